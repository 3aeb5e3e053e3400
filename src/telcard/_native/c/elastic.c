#include "elastic.h"

#include "g711.h"

#include <string.h>

void tc_elastic_tune(tc_elastic *store, int64_t drift, uint64_t tick)
{
    store->drift = drift;
    store->phase = 0;
    store->tick = tick;
}

void tc_elastic_ask(tc_elastic *store, int32_t octets)
{
    store->asked += octets;
}

void tc_elastic_take_in(tc_elastic *store, unsigned timeslot, const uint8_t *last, uint8_t silence)
{
    store->delay[timeslot] = 0;
    memset(store->past[timeslot], silence, TC_ELASTIC_DEPTH - TC_TICK_SAMPLES);
    memcpy(store->past[timeslot] + TC_ELASTIC_DEPTH - TC_TICK_SAMPLES, last, TC_TICK_SAMPLES);
}

void tc_elastic_open(tc_elastic *store, unsigned timeslot, uint8_t silence)
{
    store->delay[timeslot] = store->drift ? TC_ELASTIC_CENTRE : 0;
    memset(store->past[timeslot], silence, TC_ELASTIC_DEPTH);
}

static bool needed(const tc_elastic *store, uint32_t open)
{
    bool needs = store->drift || store->asked;
    for (; open && !needs; open &= open - 1)
        needs = store->delay[__builtin_ctz(open)] != 0;
    return needs;
}

int32_t tc_elastic_advance(tc_elastic *store, uint64_t tick, uint32_t open)
{
    int32_t slips = store->asked;
    store->asked = 0;
    store->phase += (int64_t)(tick - store->tick) * TC_TICK_SAMPLES * store->drift;
    store->tick = tick;
    slips += (int32_t)(store->phase / TC_ELASTIC_UNIT);
    store->phase %= TC_ELASTIC_UNIT;
    if (slips)
        atomic_fetch_add_explicit(&store->slips, (uint64_t)(slips < 0 ? -slips : slips),
                                  memory_order_relaxed);
    else
        store->in = needed(store, open);
    return slips;
}

void tc_elastic_pass(tc_elastic *store, unsigned timeslot, int32_t slips, const uint8_t *arrived,
                     uint8_t *received)
{
    uint8_t octets[TC_ELASTIC_DEPTH + TC_TICK_SAMPLES];
    uint8_t *past = store->past[timeslot];
    int32_t delay = store->delay[timeslot] - slips;
    if (delay < 0 || delay > TC_ELASTIC_DEPTH) {
        delay = TC_ELASTIC_CENTRE;
        atomic_fetch_add_explicit(&store->recentred, 1, memory_order_relaxed);
    }
    memcpy(octets, past, TC_ELASTIC_DEPTH);
    memcpy(octets + TC_ELASTIC_DEPTH, arrived, TC_TICK_SAMPLES);
    memcpy(received, octets + TC_ELASTIC_DEPTH - delay, TC_TICK_SAMPLES);
    memcpy(past, octets + TC_TICK_SAMPLES, TC_ELASTIC_DEPTH);
    store->delay[timeslot] = (uint8_t)delay;
}
