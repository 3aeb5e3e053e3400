#include "echo.h"

#include "bulk_delay.h"
#include "disabler.h"
#include "echo_tables.h"
#include "residual.h"
#include "simd.h"

#include <math.h>
#include <string.h>

/* Fused multiply-add, which v3 and v4 have: their bits are the same, those of `base` are not, but
 * it cancels as well. */
#pragma GCC optimize("fp-contract=fast")

typedef struct {
    tc_echo_row re, im;
} tc_echo_bin;

/* Complex numbers of which 16 bits of each part are kept, the real one's above: a sign, 8 bits of
 * exponent and 7 of mantissa are as good as a noise 55 dB below them. */
typedef uint32_t tc_echo_pairs[TC_ECHO_LANES] __attribute__((aligned(64)));

/* A bin of 80 taps: of the filter that is heard, how uncertain that is, and of the scout. */
typedef struct {
    tc_echo_bin filter;
    tc_echo_row doubt;
    tc_echo_pairs scout;
} tc_echo_weight;

/* What is known of a bin before its block has come, from all partitions but the first: the scout's
 * estimate, the reference's power and the power that the filter is uncertain of.  And how uncertain
 * all of them are. */
typedef struct {
    tc_echo_bin scout;
    tc_echo_row power, doubt, total;
} tc_echo_outlook;

#define MOST_PARTS ((TC_ECHO_LONGEST + TC_ECHO_BLOCK - 1) / TC_ECHO_BLOCK)

struct tc_echo {
    unsigned parts, reach, flags;
    unsigned at;   /* samples of the block so far */
    unsigned head; /* the newest of `past` */
    unsigned turn; /* which response is cut to its taps next: filter and scout of each partition */
    unsigned ring; /* where the next sample of the delay line goes */
    uint32_t frozen, known, changed, disabled; /* known: 15 dB of an echo are taken */
    uint32_t alien, narrow, sung; /* no echo leaves such an error; it, the reference is tones */
    unsigned event_count;
    tc_echo_event *events; /* of this call */
    uint64_t count[TC_ECHO_LANES];
    unsigned waits[TC_ECHO_LANES]; /* blocks until the tail has been filled, after it was moved */
    unsigned delay[TC_ECHO_LANES], least_delay[TC_ECHO_LANES];

    /* Sound: the block before this one, and this. */
    tc_echo_row x[2 * TC_ECHO_BLOCK], d[TC_ECHO_BLOCK], y[TC_ECHO_BLOCK];
    tc_echo_row e[TC_ECHO_PART];      /* what is left of the samples in hand */
    tc_echo_row first[TC_ECHO_BLOCK]; /* the first partition's response */
    tc_echo_row tail[TC_ECHO_BLOCK];  /* what the others give to this block */
    tc_echo_row x1, x2, d1, d2;       /* of the high-pass */
    tc_echo_row gain;                 /* of the estimate */
    tc_echo_row now_in, now_left;     /* mean squares over 2 ms */
    tc_echo_row peak;                 /* of what came in, fading in some samples */
    tc_echo_row in, left;             /* mean squares over some 4 ms */
    tc_echo_row receive, send, rest;  /* mean squares over some 200 ms */

    /* Learning. */
    tc_echo_row own_taps, used_parts, used[MOST_PARTS], share[MOST_PARTS], first_doubt, learning;
    tc_echo_outlook outlook[TC_ECHO_BINS];
    tc_echo_row power[TC_ECHO_BINS];               /* of the reference, slowly falling */
    tc_echo_row near[TC_ECHO_BINS];                /* power of the error */
    tc_echo_row block_in, block_left, block_scout; /* mean squares over some 30 ms */
    tc_echo_row long_left, long_scout;             /* over some 300 ms */
    tc_echo_row loud, evidence, usual, offset;

    tc_residual residual;
    tc_disabler disabler;
    tc_echo_pairs *past;     /* spectra of the reference, [bin][block] */
    tc_echo_weight *weights; /* [bin][partition] */
    int16_t *line;           /* the delay line, rows of 16 */
    tc_bulk_delay *bulk;     /* or NULL: delays are known */
};

/* Butterworth's high-pass of the second order, 60 Hz. */
#define HIGH_PASS 0.96722728f
#define HIGH_PASS_1 -1.93338023f
#define HIGH_PASS_2 0.93552890f

#define FLOOR 2605.0f /* mean square of -50 dBm0: what is softer makes nothing worse */
#define LOUDEST 1.41f /* times the peak of what came in may come out, */
#define FADING 0.85f  /* a peak which falls by 1.4 dB a sample, */
#define QUIET 72.0f   /* and so much more: the root of -50 dBm0, with its 3 dB */
#define LITTLE 30.0f  /* mean square of an error from which nothing can be learnt, -69 dBm0 */
#define LONG 0.03f    /* of a block in the averages over some 300 ms */
#define EVIDENCE 3.0f /* nepers of error energy by which the scout has to be better, in all */
#define DEAD 0.15f    /* share by which it is better by chance */
#define TONAL 12.0f   /* fewer bins than that hold a tone, or two, of an error, */
#define SINGING 7.0f  /* or of the reference */
#define LEAK_NEAR 0.5f
#define LEAK_MOST 0.04f
#define LEAK_FAR 0.87f
#define LEAK_LEAST 0.002f
#define DRIFT 2e-5f   /* of the path's power, each block */
#define SCOUT 0.6f    /* the scout's step */
#define DECAY 0.98f   /* of the power that the scout's step is divided by, each block */
#define DOUBT 4.0f    /* uncertainty at first: of an echo 6 dB louder than what causes it */
#define SHARING 0.05f /* of the uncertainty is divided anew, each block */
#define TURNS 5       /* blocks in which each response is cut to its 80 taps once */
#define ALIEN 10.0f   /* times what is expected of an echo in a bin are none, */
#define CODED 0.02f   /* nor can noise that comes of it, as of coders, be more of the echo; */
#define LOWEST 6      /* bins from 300 Hz to 3.4 kHz, in which alien sound is looked for */
#define HIGHEST 68
#define NARROW 9.7f    /* bins that tones, or a modem's two, fill in the mean of some blocks */
#define STEADY 6400.0f /* a tone, in its bin, of twice the background's mean square */
#define AHEAD 24       /* samples of the tail before what was found, or an eighth of it */
#define LEAST 0.1f     /* of the strongest partition's amplitude, by which the others learn, too */

static void happened(tc_echo *echo, unsigned lane, unsigned kind)
{
    echo->events[echo->event_count++] =
        (tc_echo_event){echo->count[lane], (uint8_t)lane, (uint8_t)kind};
}

/* n samples of the reference, each lane's by its delay; `room` may be used for them. */
static const int16_t (*delayed(tc_echo *echo, const int16_t (*receive)[TC_ECHO_LANES], unsigned n,
                               int16_t (*room)[TC_ECHO_LANES])) [TC_ECHO_LANES] {
    if (!echo->reach)
        return receive;
    for (unsigned i = 0; i < n; i++) {
        memcpy(echo->line + echo->ring * TC_ECHO_LANES, receive[i], sizeof receive[i]);
        for (unsigned l = 0; l < TC_ECHO_LANES; l++) {
            unsigned back = echo->delay[l], ring = echo->ring;
            ring = ring >= back ? ring - back : ring + echo->reach + 1 - back;
            room[i][l] = echo->line[ring * TC_ECHO_LANES + l];
        }
        echo->ring = echo->ring == echo->reach ? 0 : echo->ring + 1;
    }
    return (const int16_t (*)[TC_ECHO_LANES])room;
}

/* How many responses are cut to their taps after each block. */
static unsigned responses(const tc_echo *echo)
{
    return (2 * echo->parts + TURNS - 1) / TURNS;
}

#define TC_KERNEL "echo.inl"
#include "levels.inl"

static unsigned parts_of(unsigned taps)
{
    return (taps + TC_ECHO_BLOCK - 1) / TC_ECHO_BLOCK;
}

/* An echo that is to be found may be as far away as any. */
static unsigned reach_of(unsigned reach, unsigned flags)
{
    return flags & TC_ECHO_FIND_DELAY ? TC_ECHO_FARTHEST : reach;
}

size_t tc_echo_octets(unsigned taps, unsigned reach, unsigned flags)
{
    reach = reach_of(reach, flags);
    size_t part = TC_ECHO_BINS * (sizeof(tc_echo_weight) + sizeof(tc_echo_pairs));
    size_t line = reach ? (size_t)(reach + 1) * TC_ECHO_LANES * sizeof(int16_t) : 0;
    size_t bulk = flags & TC_ECHO_FIND_DELAY ? sizeof(tc_bulk_delay) : 0;
    return (sizeof(tc_echo) + 63) / 64 * 64 + parts_of(taps) * part + (line + 63) / 64 * 64 + bulk;
}

void tc_echo_init(tc_echo *echo, unsigned taps, unsigned reach, unsigned flags)
{
    memset(echo, 0, tc_echo_octets(taps, reach, flags));
    reach = reach_of(reach, flags);
    echo->parts = parts_of(taps);
    echo->reach = reach;
    echo->flags = flags;
    char *memory = (char *)echo + (sizeof(tc_echo) + 63) / 64 * 64;
    echo->past = (tc_echo_pairs *)(void *)memory;
    memory += echo->parts * TC_ECHO_BINS * sizeof(tc_echo_pairs);
    echo->weights = (tc_echo_weight *)(void *)memory;
    memory += echo->parts * TC_ECHO_BINS * sizeof(tc_echo_weight);
    echo->line = (int16_t *)(void *)memory;
    if (flags & TC_ECHO_FIND_DELAY) {
        memory += ((size_t)(reach + 1) * TC_ECHO_LANES * sizeof(int16_t) + 63) / 64 * 64;
        echo->bulk = (tc_bulk_delay *)(void *)memory;
        tc_bulk_delay_init(echo->bulk);
    }
    tc_residual_init(&echo->residual);
    tc_disabler_init(&echo->disabler);
    for (unsigned lane = 0; lane < TC_ECHO_LANES; lane++)
        tc_echo_shape(echo, lane, taps, 0);
}

void tc_echo_shape(tc_echo *echo, unsigned lane, unsigned taps, unsigned delay)
{
    unsigned parts = parts_of(taps);
    echo->least_delay[lane] = delay;
    echo->own_taps[lane] = (float)taps;
    echo->used_parts[lane] = (float)parts;
    echo->first_doubt[lane] = DOUBT / (float)parts;
    for (unsigned p = 0; p < MOST_PARTS; p++)
        echo->used[p][lane] = p < parts;
    unsigned what = (echo->flags & TC_ECHO_NLP ? TC_RESIDUAL_SUPPRESS : 0) |
                    (echo->flags & TC_ECHO_COMFORT ? TC_RESIDUAL_NOISE : 0);
    tc_residual_set(&echo->residual, lane, what, taps / 8);
    tc_echo_reset(echo, lane);
}

static void clear(tc_echo_row *rows, size_t octets, unsigned lane)
{
    for (size_t k = 0; k < octets / sizeof *rows; k++)
        rows[k][lane] = 0;
}

#define CLEAR(name) clear((tc_echo_row *)(void *)&echo->name, sizeof echo->name, lane)

/* The path is another one: what was learnt of it goes, and what was sent that long ago. */
static void forget(tc_echo *echo, unsigned lane)
{
    CLEAR(x), CLEAR(y), CLEAR(first), CLEAR(tail), CLEAR(x1), CLEAR(x2);
    CLEAR(near), CLEAR(power), CLEAR(block_in), CLEAR(block_left), CLEAR(block_scout);
    CLEAR(long_left), CLEAR(long_scout), CLEAR(loud), CLEAR(evidence), CLEAR(usual), CLEAR(outlook);
    for (unsigned k = 0; k < echo->parts * TC_ECHO_BINS; k++) {
        tc_echo_weight *w = echo->weights + k;
        w->filter.re[lane] = w->filter.im[lane] = 0;
        w->doubt[lane] = echo->used[k % echo->parts][lane] * echo->first_doubt[lane];
        w->scout[lane] = echo->past[k][lane] = 0;
    }
    for (unsigned k = 0; k < TC_ECHO_BINS; k++)
        echo->outlook[k].total[lane] = echo->used_parts[lane] * echo->first_doubt[lane];
    for (unsigned p = 0; p < MOST_PARTS; p++)
        echo->share[p][lane] = echo->used[p][lane] / echo->used_parts[lane];
    echo->gain[lane] = 1;
    echo->known &= ~(1u << lane);
}

void tc_echo_reset(tc_echo *echo, unsigned lane)
{
    forget(echo, lane);
    CLEAR(d), CLEAR(d1), CLEAR(d2), CLEAR(now_in), CLEAR(now_left), CLEAR(peak), CLEAR(in),
        CLEAR(left), CLEAR(receive), CLEAR(send), CLEAR(rest), CLEAR(offset);
    for (unsigned k = 0; echo->reach && k <= echo->reach; k++)
        echo->line[k * TC_ECHO_LANES + lane] = 0;
    echo->delay[lane] = echo->least_delay[lane];
    echo->frozen &= ~(1u << lane);
    echo->count[lane] = echo->waits[lane] = 0;
    echo->disabled &= ~(1u << lane);
    tc_residual_reset(&echo->residual, lane);
    tc_disabler_reset(&echo->disabler, lane);
    if (echo->bulk)
        tc_bulk_delay_reset(echo->bulk, lane);
}
#undef CLEAR

void tc_echo_freeze(tc_echo *echo, unsigned lane, int on)
{
    echo->frozen = (echo->frozen & ~(1u << lane)) | (uint32_t)(on != 0) << lane;
}

void tc_echo_save(const tc_echo *echo, unsigned lane, float *response)
{
    TC_DISPATCH(response, echo, lane, response);
}

void tc_echo_load(tc_echo *echo, unsigned lane, const float *response)
{
    TC_DISPATCH(begin_with, echo, lane, response);
}

void tc_echo_look(const tc_echo *echo, unsigned lane, tc_echo_figures *figures)
{
    float response[TC_ECHO_LONGEST], energy = 0, strongest = 0;
    unsigned taps = (unsigned)echo->own_taps[lane], first = 0;
    tc_echo_save(echo, lane, response);
    for (unsigned k = 0; k < taps; k++) {
        float power = response[k] * response[k];
        energy += power;
        strongest = power > strongest ? power : strongest;
    }
    while (strongest > 0 && response[first] * response[first] < strongest / 4)
        first++;
    tc_residual_figures seen;
    tc_residual_look(&echo->residual, lane, &seen);
    *figures = (tc_echo_figures){
        .receive = echo->receive[lane],
        .send = echo->send[lane],
        .rest = echo->rest[lane],
        .erl_db = energy > 0 ? -10 * log10f(energy) : INFINITY,
        .erle_db = echo->rest[lane] > 0 ? 10 * log10f(echo->send[lane] / echo->rest[lane]) : 0,
        .delay = echo->delay[lane] + first,
        .begins = echo->delay[lane],
        .converged = echo->known >> lane & 1,
        .double_talk = seen.state == TC_RESIDUAL_DOUBLE,
        .frozen = echo->frozen >> lane & 1,
        .disabled = echo->disabled >> lane & 1,
    };
}

/* After a block: what there is to tell of it. */
static void tell(tc_echo *echo)
{
    for (unsigned lane = 0; lane < TC_ECHO_LANES; lane++) {
        uint32_t bit = 1u << lane;
        if (echo->receive[lane] < FLOOR || echo->frozen & bit)
            continue;
        if (echo->rest[lane] > 0.1f * echo->send[lane]) {
            echo->known &= ~bit;
        } else if (echo->rest[lane] < 0.03f * echo->send[lane] && !(echo->known & bit)) {
            echo->known |= bit;
            happened(echo, lane, TC_ECHO_CONVERGED);
        }
    }
}

/* Of one lane is known where its echo is: its tail goes there, unless it holds it, or does well.
 * Returns the lane's bit when it has gone. */
static uint32_t follow(tc_echo *echo)
{
    tc_bulk_found found;
    for (unsigned lane = 0; lane < TC_ECHO_LANES; lane++)
        echo->waits[lane] -= echo->waits[lane] > 0;
    if (!tc_bulk_delay_turn(echo->bulk, &found))
        return 0;
    unsigned lane = found.lane, taps = (unsigned)echo->own_taps[lane], now = echo->delay[lane];
    unsigned ahead = taps / 8 < AHEAD ? taps / 8 : AHEAD, least = echo->least_delay[lane];
    unsigned begins = found.first < least + ahead ? least : found.first - ahead;
    int held = now <= found.first + TC_BULK_PIECE && found.last <= now + taps;
    int near = now < begins + AHEAD && begins < now + AHEAD;
    if (held || near || (echo->known | echo->frozen | echo->disabled) >> lane & 1)
        return 0;
    forget(echo, lane);
    echo->delay[lane] = begins;
    echo->waits[lane] = parts_of(taps) + 1;
    happened(echo, lane, TC_ECHO_DELAY_FOUND);
    return 1u << lane;
}

/* What comes after the linear filter: n samples of the block, and what they change. */
static void finish(tc_echo *echo, unsigned first, const int16_t (*send)[TC_ECHO_LANES],
                   int16_t (*out)[TC_ECHO_LANES], unsigned n)
{
    tc_residual_feed(&echo->residual, echo->x + TC_ECHO_BLOCK + first, echo->d + first,
                     echo->y + first, echo->e, out, n);
    for (uint32_t lanes = echo->residual.changed; lanes; lanes &= lanes - 1)
        if (!echo->waits[__builtin_ctz(lanes)]) /* the tail has just been moved: that was told */
            happened(echo, (unsigned)__builtin_ctz(lanes), TC_ECHO_PATH_CHANGED);
    echo->residual.changed = 0;
    for (uint32_t lanes = echo->disabled; lanes; lanes &= lanes - 1)
        for (unsigned i = 0, lane = (unsigned)__builtin_ctz(lanes); i < n; i++)
            out[i][lane] = send[i][lane];
}

/* n samples for the tone disabler. */
static void listen(tc_echo *echo, const int16_t (*receive)[TC_ECHO_LANES],
                   const int16_t (*send)[TC_ECHO_LANES], unsigned n)
{
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
    unsigned unheard = 0; /* samples that the disabler has not had; it decides where it has */
    while (n) {
        unsigned first = echo->at, room = TC_ECHO_PART - first % TC_ECHO_PART;
        unsigned some = n < room ? (unsigned)n : room;
        int16_t late[TC_ECHO_PART][TC_ECHO_LANES];
        TC_DISPATCH(cancel, echo, delayed(echo, receive, some, late), send, some);
        if (echo->bulk)
            tc_bulk_delay_take(echo->bulk, receive, send, some);
        echo->at += some;
        for (unsigned lane = 0; lane < TC_ECHO_LANES; lane++)
            echo->count[lane] += some;
        finish(echo, first, send, out, some);
        receive += some, send += some, out += some;
        n -= some;
        unheard += some;
        if (echo->flags & TC_ECHO_TONE_DISABLER && (!n || echo->at % TC_FAX_BLOCK == 0)) {
            listen(echo, receive - unheard, send - unheard, unheard);
            unheard = 0;
        }
        if (echo->at % TC_ECHO_PART == 0)
            TC_DISPATCH(decide, echo);
        if (echo->at == TC_ECHO_BLOCK) {
            for (unsigned lane = 0; lane < TC_ECHO_LANES; lane++)
                echo->learning[lane] =
                    !((echo->frozen | echo->disabled) >> lane & 1) && !echo->waits[lane];
            TC_DISPATCH(turn, echo);
            uint32_t replaced = echo->changed & echo->known;
            tell(echo);
            if (echo->bulk)
                replaced |= follow(echo);
            tc_residual_tell(&echo->residual, replaced, echo->sung, echo->alien, echo->narrow);
        }
    }
    return echo->event_count;
}
