#include "biterrors.h"

#include <stdbool.h>

#define GOLDEN UINT64_C(0x9E3779B97F4A7C15)
#define TIMESLOTS 32

static uint64_t mixed(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static unsigned in_bursts(const tc_biterrors *errors, uint64_t state, uint8_t *octets, size_t count)
{
    uint32_t left = 0;
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned turned = 0;
        for (unsigned bit = 0; bit < 8; bit++) {
            uint64_t chance = mixed(state += GOLDEN);
            bool begins = !left && (uint32_t)chance < errors->threshold;
            unsigned turn = left ? (unsigned)(chance >> 63) : begins;
            left = begins ? errors->burst - 1 : left ? left - 1 : 0;
            turned = turned << 1 | turn;
            wrong += turn;
        }
        octets[i] ^= (uint8_t)turned;
    }
    return wrong;
}

void tc_biterrors_feed(tc_biterrors *errors, uint64_t tick, unsigned timeslot, uint8_t *octets,
                       size_t count)
{
    uint64_t state = mixed(errors->seed ^ mixed(tick * TIMESLOTS + timeslot));
    unsigned wrong = 0;
    if (errors->burst > 1) {
        wrong = in_bursts(errors, state, octets, count);
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned turned = 0;
        for (unsigned pair = 0; pair < 4; pair++) {
            uint64_t chance = mixed(state += GOLDEN);
            bool one = (uint32_t)chance < errors->threshold;
            bool other = chance >> 32 < errors->threshold;
            turned = turned << 2 | (unsigned)one << 1 | (unsigned)other;
            wrong += (unsigned)one + (unsigned)other;
        }
        octets[i] ^= (uint8_t)turned;
    }
    atomic_fetch_add_explicit(&errors->count, wrong, memory_order_relaxed);
}
