#include "bitpack.h"

void tc_bitpack(const uint8_t *codes, size_t n, unsigned bits, int big, uint8_t *octets)
{
    uint32_t mask = (1u << bits) - 1, held = 0;
    unsigned filled = 0; /* bits of `held` that count: its lowest ones */
    for (size_t i = 0; i < n; i++) {
        held = big ? held << bits | (codes[i] & mask) : held | (codes[i] & mask) << filled;
        filled += bits;
        if (filled >= 8) {
            filled -= 8;
            *octets++ = (uint8_t)(big ? held >> filled : held);
            held = big ? held & ((1u << filled) - 1) : held >> 8;
        }
    }
    if (filled)
        *octets = (uint8_t)(big ? held << (8 - filled) : held);
}

void tc_bitunpack(const uint8_t *octets, size_t n, unsigned bits, int big, uint8_t *codes)
{
    uint32_t mask = (1u << bits) - 1, held = 0;
    unsigned filled = 0;
    for (size_t i = 0; i < n; i++) {
        if (filled < bits) {
            held = big ? held << 8 | *octets++ : held | (uint32_t)*octets++ << filled;
            filled += 8;
        }
        filled -= bits;
        codes[i] = (uint8_t)((big ? held >> filled : held) & mask);
        held = big ? held & ((1u << filled) - 1) : held >> bits;
    }
}
