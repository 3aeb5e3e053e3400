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

void tc_biterrors_feed(tc_biterrors *errors, uint64_t tick, unsigned timeslot, uint8_t *octets,
                       size_t count)
{
    uint64_t state = mixed(errors->seed ^ mixed(tick * TIMESLOTS + timeslot));
    unsigned wrong = 0;
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
