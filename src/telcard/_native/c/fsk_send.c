#include "fsk_send.h"

#include "fsk.h"
#include "simd.h"

#include <math.h>
#include <string.h>

#define STRETCH 160

#define TC_KERNEL "fsk_send.inl"
#include "levels.inl"

static uint32_t step_of(double hz)
{
    return (uint32_t)llround(hz / 8000 * 0x1p32);
}

void tc_fsk_send_init(tc_fsk_send *send, double mark_hz, double space_hz, double baud,
                      double level_dbm0, uint8_t data, uint8_t parity, uint8_t stop)
{
    memset(send, 0, sizeof *send);
    send->step[0] = step_of(space_hz);
    send->step[1] = step_of(mark_hz);
    send->bit_step =
        (uint32_t)ceil(baud / 8000 * 0x1p32); /* whole samples end a bit, not one more */
    send->amplitude = (float)(32768.0 * pow(10.0, (level_dbm0 - 3.14) / 20.0));
    send->data = data;
    send->parity = parity;
    send->stop = stop;
    send->bit = 1;
}

static void load(tc_fsk_send *send, uint8_t octet)
{
    if (!send->data) {
        send->word = octet;
        send->left = 8;
        return;
    }
    uint32_t data = octet & ((1u << send->data) - 1), word = data << 1;
    unsigned at = 1u + send->data;
    if (send->parity != TC_FSK_NONE)
        word |= (uint32_t)(__builtin_parity(data) ^ (send->parity == TC_FSK_ODD)) << at++;
    for (unsigned i = 0; i < send->stop; i++)
        word |= 1u << at++;
    send->word = word;
    send->left = (uint8_t)at;
}

int tc_fsk_send_bits(tc_fsk_send *send, uint32_t bits, unsigned count)
{
    if (send->left)
        return 0;
    send->word = bits;
    send->left = (uint8_t)count;
    return 1;
}

/* The next bit begins; false: there is none. */
static int begin_bit(tc_fsk_send *send, const uint8_t *octets, size_t count, size_t *used)
{
    if (!send->left && *used < count)
        load(send, octets[(*used)++]);
    if (send->left) {
        send->bit = send->word & 1;
        send->word >>= 1;
        send->left--;
    } else if (send->idles && !send->data) {
        send->bit = 1;
    } else {
        return 0;
    }
    send->begun = 1;
    return 1;
}

/* Mark, up to `room`: a character may begin behind any sample of it. */
static uint32_t idle(tc_fsk_send *send, uint32_t *phases, uint32_t filled, uint32_t room)
{
    for (; filled < room; filled++) {
        phases[filled] = send->phase;
        send->phase += send->step[1];
    }
    return filled;
}

size_t tc_fsk_send_feed(tc_fsk_send *send, const uint8_t *octets, size_t count, size_t *used,
                        int16_t *out, size_t n)
{
    uint32_t phases[STRETCH];
    size_t made = 0;
    *used = 0;
    while (made < n) {
        uint32_t room = n - made < STRETCH ? (uint32_t)(n - made) : STRETCH, filled = 0;
        while (filled < room) {
            if (!send->begun && !begin_bit(send, octets, count, used)) {
                if (send->idles)
                    filled = idle(send, phases, filled, room);
                break;
            }
            /* Samples of this bit: the first lies `bit_phase` behind its beginning. */
            uint32_t step = send->step[send->bit];
            uint32_t samples = (uint32_t)((0x100000000ull - send->bit_phase + send->bit_step - 1) /
                                          send->bit_step);
            uint32_t part = samples < room - filled ? samples : room - filled;
            uint32_t phase = send->phase;
            for (uint32_t i = 0; i < part; i++)
                phases[filled + i] = phase + i * step;
            filled += part;
            send->phase = phase + part * step;
            uint64_t clock = send->bit_phase + (uint64_t)part * send->bit_step;
            send->bit_phase = (uint32_t)clock;
            if (clock >> 32) {
                /* The next sample is the next bit's by bit_phase: that part of the way is its. */
                double late = (double)send->bit_phase / send->bit_step;
                send->begun = 0;
                if (!begin_bit(send, octets, count, used)) {
                    send->bit = 1;
                    send->bit_phase = 0;
                }
                double change = (double)send->step[send->bit] - (double)step;
                send->phase += (uint32_t)(int64_t)llrint(late * change);
            }
        }
        TC_DISPATCH(sines, phases, send->amplitude, out + made, filled);
        made += filled;
        if (filled < room)
            break;
    }
    return made;
}
