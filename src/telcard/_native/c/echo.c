#include "echo.h"

#include "disabler.h"
#include "residual.h"

#include "simd.h"

#include <math.h>
#include <string.h>

struct tc_echo {
    unsigned taps, reach, at; /* at: samples of the block so far */
    unsigned ring;            /* where the next sample of the delay line goes */
    unsigned flags;
    unsigned event_count;
    tc_echo_event *events;         /* of this call */
    uint64_t count[TC_ECHO_LANES]; /* samples since the reset */
    uint32_t frozen, known;        /* known: 15 dB of an echo have been taken */
    unsigned own_taps[TC_ECHO_LANES], delay[TC_ECHO_LANES];
    tc_echo_row last_x, last_d, flat_x, flat_d; /* of the high-pass */
    tc_echo_row gain;                           /* of the estimate */
    tc_echo_row in, left;                       /* mean squares over some 4 ms */
    tc_echo_row receive, send, rest;            /* mean squares over some 200 ms */
    tc_echo_row loudest;                        /* of the reference, falling over some 60 ms */
    tc_echo_part part;
    tc_residual residual;
    tc_disabler disabler;
    uint32_t disabled;
    tc_echo_row weights[TC_ECHO_LONGEST];
    tc_echo_row past[2 * TC_ECHO_LONGEST]; /* the newest first, from `newest` on */
    unsigned newest;
    int16_t line[]; /* the delay line, rows of 16 */
};

#define HIGH_PASS 0.9843f /* one pole at 20 Hz */
#define FLOOR 2604.0f     /* mean square of -50 dBm0 */

static void happened(tc_echo *echo, unsigned lane, unsigned kind)
{
    echo->events[echo->event_count++] =
        (tc_echo_event){echo->count[lane], (uint8_t)lane, (uint8_t)kind};
}

#define TC_KERNEL "echo.inl"
#include "levels.inl"

size_t tc_echo_octets(unsigned taps, unsigned reach)
{
    (void)taps;
    size_t line = reach ? (size_t)(reach + 1) * TC_ECHO_LANES * sizeof(int16_t) : 0;
    return (sizeof(tc_echo) + line + 63) / 64 * 64;
}

void tc_echo_init(tc_echo *echo, unsigned taps, unsigned reach, unsigned flags)
{
    memset(echo, 0, tc_echo_octets(taps, reach));
    echo->taps = taps;
    echo->reach = reach;
    echo->flags = flags;
    tc_residual_init(&echo->residual);
    tc_disabler_init(&echo->disabler);
    for (unsigned lane = 0; lane < TC_ECHO_LANES; lane++)
        tc_echo_shape(echo, lane, taps, 0);
}

void tc_echo_shape(tc_echo *echo, unsigned lane, unsigned taps, unsigned delay)
{
    echo->own_taps[lane] = taps;
    echo->delay[lane] = delay;
    unsigned what = (echo->flags & TC_ECHO_NLP ? TC_RESIDUAL_SUPPRESS : 0) |
                    (echo->flags & TC_ECHO_COMFORT ? TC_RESIDUAL_NOISE : 0);
    tc_residual_set(&echo->residual, lane, what, taps / 8);
    tc_echo_reset(echo, lane);
}

void tc_echo_reset(tc_echo *echo, unsigned lane)
{
    for (unsigned k = 0; k < TC_ECHO_LONGEST; k++)
        echo->weights[k][lane] = 0;
    for (unsigned k = 0; k < 2 * TC_ECHO_LONGEST; k++)
        echo->past[k][lane] = 0;
    for (unsigned k = 0; echo->reach && k <= echo->reach; k++)
        echo->line[k * TC_ECHO_LANES + lane] = 0;
    echo->last_x[lane] = echo->last_d[lane] = echo->flat_x[lane] = echo->flat_d[lane] = 0;
    echo->in[lane] = echo->left[lane] = echo->loudest[lane] = 0;
    echo->receive[lane] = echo->send[lane] = echo->rest[lane] = 0;
    echo->gain[lane] = 1;
    echo->frozen &= ~(1u << lane);
    echo->known &= ~(1u << lane);
    echo->count[lane] = 0;
    echo->disabled &= ~(1u << lane);
    tc_residual_reset(&echo->residual, lane);
    tc_disabler_reset(&echo->disabler, lane);
}

void tc_echo_freeze(tc_echo *echo, unsigned lane, int on)
{
    echo->frozen = (echo->frozen & ~(1u << lane)) | (uint32_t)(on != 0) << lane;
}

void tc_echo_save(const tc_echo *echo, unsigned lane, float *response)
{
    for (unsigned k = 0; k < echo->own_taps[lane]; k++)
        response[k] = echo->weights[k][lane];
}

void tc_echo_load(tc_echo *echo, unsigned lane, const float *response)
{
    for (unsigned k = 0; k < echo->own_taps[lane]; k++)
        echo->weights[k][lane] = response[k];
}

void tc_echo_look(const tc_echo *echo, unsigned lane, tc_echo_figures *figures)
{
    memset(figures, 0, sizeof *figures);
    figures->receive = echo->receive[lane];
    figures->send = echo->send[lane];
    figures->rest = echo->rest[lane];
    float energy = 0, strongest = 0;
    for (unsigned k = 0; k < echo->own_taps[lane]; k++) {
        float power = echo->weights[k][lane] * echo->weights[k][lane];
        energy += power;
        strongest = power > strongest ? power : strongest;
    }
    unsigned first = 0;
    while (first < echo->own_taps[lane] &&
           echo->weights[first][lane] * echo->weights[first][lane] < strongest / 4)
        first++;
    figures->delay = echo->delay[lane] + (strongest > 0 ? first : 0);
    figures->erl_db = energy > 0 ? -10 * log10f(energy) : INFINITY;
    figures->erle_db = echo->rest[lane] > 0 ? 10 * log10f(echo->send[lane] / echo->rest[lane]) : 0;
    figures->converged = echo->known >> lane & 1;
    tc_residual_figures seen;
    tc_residual_look(&echo->residual, lane, &seen);
    figures->double_talk = seen.state == TC_RESIDUAL_DOUBLE;
    figures->disabled = echo->disabled >> lane & 1;
    figures->frozen = echo->frozen >> lane & 1;
}

/* What comes after the linear filter: these samples of the part, and what they change. */
static void finish(tc_echo *echo, unsigned first, const int16_t (*receive)[TC_ECHO_LANES],
                   const int16_t (*send)[TC_ECHO_LANES], int16_t (*out)[TC_ECHO_LANES], unsigned n)
{
    const tc_echo_part *part = &echo->part;
    tc_residual_feed(&echo->residual, part->x + first, part->d + first, part->y + first,
                     part->e + first, out, n);
    for (uint32_t lanes = echo->residual.changed; lanes; lanes &= lanes - 1)
        happened(echo, (unsigned)__builtin_ctz(lanes), TC_ECHO_PATH_CHANGED);
    echo->residual.changed = 0;
    if (!(echo->flags & TC_ECHO_TONE_DISABLER))
        return;
    for (uint32_t lanes = echo->disabled; lanes; lanes &= lanes - 1)
        for (unsigned i = 0, lane = (unsigned)__builtin_ctz(lanes); i < n; i++)
            out[i][lane] = send[i][lane];
    uint32_t disabled = tc_disabler_feed(&echo->disabler, receive[0], send[0], n);
    for (uint32_t lanes = disabled ^ echo->disabled; lanes; lanes &= lanes - 1) {
        unsigned lane = (unsigned)__builtin_ctz(lanes);
        happened(echo, lane, disabled >> lane & 1 ? TC_ECHO_DISABLED : TC_ECHO_ENABLED);
    }
    echo->disabled = disabled;
}

unsigned tc_echo_feed(tc_echo *echo, const int16_t (*receive)[TC_ECHO_LANES],
                      const int16_t (*send)[TC_ECHO_LANES], int16_t (*out)[TC_ECHO_LANES], size_t n,
                      tc_echo_event *events)
{
    echo->events = events;
    echo->event_count = 0;
    while (n) {
        unsigned first = echo->at % TC_ECHO_PART, room = TC_ECHO_PART - first;
        unsigned some = n < room ? (unsigned)n : room;
        TC_DISPATCH(echo_feed, echo, receive, send, some);
        finish(echo, first, receive, send, out, some);
        receive += some, send += some, out += some;
        n -= some;
    }
    return echo->event_count;
}
