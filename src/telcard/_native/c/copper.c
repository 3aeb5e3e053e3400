#include "copper.h"
#include "copper_tables.h"
#include "simd.h"

#include <string.h>

#define GOLDEN 0x9e3779b97f4a7c15u
#define NOISE_MEAN (12 * 65535 / 2)
#define IMPULSE_SAMPLES (sizeof IMPULSE / sizeof *IMPULSE)

#define TC_KERNEL "copper.inl"
#include "levels.inl"

/* ---- Setting up ---- */

static int moves(const tc_copper_figures *figures, unsigned slip_count)
{
    return figures->delay || figures->slip_odds || slip_count;
}

static size_t carried_floats(const tc_copper_figures *figures)
{
    return figures->delay + 1 + TC_COPPER_MOST;
}

/* Room for slips is always counted: it is one block. */
static size_t way_floats(const tc_copper_figures *figures)
{
    return carried_floats(figures) + (figures->turn ? 2 * TC_COPPER_SHIFT + TC_COPPER_MOST : 0);
}

size_t tc_copper_floats(const tc_copper_figures *receive, const tc_copper_figures *send,
                        unsigned taps)
{
    return way_floats(receive) + way_floats(send) + (taps ? 2 * taps + TC_COPPER_MOST : 0);
}

static float *init_way(tc_copper_way *way, const tc_copper_figures *figures, const uint64_t *slips,
                       unsigned slip_count, uint64_t seed, float *memory)
{
    way->figures = *figures;
    way->slips = slips;
    way->slips_left = slip_count;
    way->noise_seed = chance_base(seed, 0);
    way->impulse_seed = chance_base(seed, 1);
    way->slip_seed = chance_base(seed, 2);
    way->impulse_at = IMPULSE_SAMPLES;
    if (moves(figures, slip_count))
        way->carried = memory;
    memory += carried_floats(figures);
    if (figures->turn) {
        way->shifted = memory;
        memory += 2 * TC_COPPER_SHIFT + TC_COPPER_MOST;
    }
    return memory;
}

void tc_copper_init(tc_copper *copper, const tc_copper_figures *receive,
                    const tc_copper_figures *send, const float *echo, unsigned taps,
                    const uint64_t *slips, unsigned slip_count, uint64_t seed, float *memory)
{
    memset(copper, 0, sizeof *copper);
    memset(memory, 0, tc_copper_floats(receive, send, taps) * sizeof *memory);
    memory = init_way(&copper->receive, receive, slips, slip_count, chance_base(seed, 0), memory);
    memory = init_way(&copper->send, send, slips, slip_count, chance_base(seed, 1), memory);
    copper->taps = taps;
    if (taps) {
        copper->echo = memory;
        copper->heard = memory + taps;
        memcpy(copper->echo, echo, taps * sizeof *echo);
    }
}

/* ---- Effects of one way ---- */

/* Appends a block to a history of `keep` samples; returns where the block begins in it. */
static float *append(float *history, size_t keep, const float *x, size_t n)
{
    memcpy(history + keep, x, n * sizeof *x);
    return history + keep;
}

static void forget(float *history, size_t keep, size_t n)
{
    memmove(history, history + n, keep * sizeof *history);
}

static int slips(tc_copper_way *way, uint64_t sample)
{
    int now = 0;
    while (way->slips_left && *way->slips <= sample) {
        now |= *way->slips == sample;
        way->slips++;
        way->slips_left--;
    }
    if (way->figures.slip_odds)
        now |= chance_base(way->slip_seed, sample) >> 32 < way->figures.slip_odds;
    return now;
}

/* Delay, and slips on the way. */
static void carry(tc_copper_way *way, float *x, size_t n)
{
    if (!way->carried)
        return;
    size_t delay = way->figures.delay;
    const float *now = append(way->carried, delay + 1, x, n) - delay;
    for (size_t i = 0; i < n; i++) {
        way->twice ^= (unsigned)slips(way, way->sample + i);
        x[i] = now[i - way->twice];
    }
    forget(way->carried, delay + 1, n);
}

static void strike(tc_copper_way *way, float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word = chance_base(way->impulse_seed, way->sample + i);
        if (word >> 32 < way->figures.impulse_odds) {
            way->impulse_peak = word & 1 ? way->figures.impulse : -way->figures.impulse;
            way->impulse_at = 0;
        }
        if (way->impulse_at < IMPULSE_SAMPLES)
            x[i] += way->impulse_peak * IMPULSE[way->impulse_at++];
    }
}

/* Loss, offset, noise, impulses. */
static void degrade(tc_copper_way *way, float *x, size_t n)
{
    const tc_copper_figures *figures = &way->figures;
    if (figures->gain != 1.0f)
        TC_DISPATCH(copper_gain, x, figures->gain, n);
    if (way->shifted) {
        const float *now = append(way->shifted, 2 * TC_COPPER_SHIFT, x, n);
        TC_DISPATCH(copper_shift, x, now - TC_COPPER_SHIFT, way->phase, figures->turn, n);
        forget(way->shifted, 2 * TC_COPPER_SHIFT, n);
        way->phase += (uint32_t)n * figures->turn;
    }
    if (figures->noise != 0.0f)
        TC_DISPATCH(copper_noise, x, way->noise_seed, way->sample, figures->noise, n);
    if (figures->impulse_odds)
        strike(way, x, n);
}

static void widen(const int16_t *in, float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = in[i];
}

/* ---- Both ways ---- */

void tc_copper_receive(tc_copper *copper, const int16_t *in, int16_t *out, size_t n)
{
    tc_copper_way *way = &copper->receive;
    float x[TC_COPPER_MOST];
    widen(in, x, n);
    carry(way, x, n);
    degrade(way, x, n);
    way->sample += n;
    if (copper->taps) {
        /* The block before has been sent by now, or never will be. */
        memmove(copper->heard, copper->heard + copper->last, (copper->taps - 1) * sizeof *x);
        memcpy(copper->heard + copper->taps - 1, x, n * sizeof *x);
        copper->last = n;
    }
    TC_DISPATCH(copper_round, x, out, n);
}

void tc_copper_send(tc_copper *copper, const int16_t *in, int16_t *out, size_t n)
{
    tc_copper_way *way = &copper->send;
    float x[TC_COPPER_MOST];
    widen(in, x, n);
    if (copper->taps)
        TC_DISPATCH(copper_echo, x, copper->heard + copper->taps - 1, copper->echo, copper->taps,
                    n);
    degrade(way, x, n);
    carry(way, x, n);
    way->sample += n;
    TC_DISPATCH(copper_round, x, out, n);
}
