#include "bulk_delay.h"

#include "bulk_delay_tables.h"
#include "echo.h"
#include "echo_tables.h"
#include "simd.h"

#include <string.h>

#define SPEAKING 3.1e5f /* power of a bin under white noise of -50 dBm0 */
#define QUIET 3.1e4f    /* ... of -60 dBm0: what comes back softer is as good as nothing */
#define LEAST 0.01f     /* of its usual power is as good as nothing, too */
#define LONG 75.0f      /* hops in the average of what is sent, 1.5 s */
#define KEEP 0.9868f    /* of the averages, each hop */
#define ENOUGH 40.0f    /* hops that have to be averaged before anything is told */
#define EARLY 8         /* lags that are worked on beside the transforms */

#define WIDTH 2 /* pieces in which an echo stands out: 4 ms */
#define PLACES (TC_BULK_PIECES - WIDTH + 1)
#define AROUND 12 /* pieces that belong to it on either side, 24 ms, */
#define SKIRT 24  /* and that show whether it is no more than a swell */
#define OUT_OF_ALL 20.0f
#define OUT_OF_SKIRT 4.0f
#define BEGINS 0.25f /* of its energy are where it begins, */
#define ENDS 0.1f    /* and ends */
#define GHOST 0.3f   /* of the energy 20 ms away belongs there */
#define LOUDER 2.0f  /* an echo elsewhere has to be */
#define CROWD 16     /* pieces elsewhere that are nearly as strong: it is periodic */
#define STEADY 2     /* pieces by which it may lie elsewhere each time */
#define TIMES 3      /* it is found there, then it is told */

#define TC_KERNEL "bulk_delay.inl"
#include "levels.inl"

void tc_bulk_delay_init(tc_bulk_delay *b)
{
    memset(b, 0, sizeof *b);
    for (unsigned lane = 0; lane < TC_BULK_LANES; lane++)
        tc_bulk_delay_reset(b, lane);
}

static void clear(void *rows, size_t octets, unsigned lane)
{
    tc_bulk_row *row = rows;
    for (size_t k = 0; k < octets / sizeof *row; k++)
        row[k][lane] = 0;
}

void tc_bulk_delay_reset(tc_bulk_delay *b, unsigned lane)
{
    for (unsigned n = 0; n < 2 * TC_BULK_HOP; n++)
        b->x[n][lane] = b->d[n][lane] = 0;
#define CLEAR(name) clear(&b->name, sizeof b->name, lane)
    CLEAR(now), CLEAR(weight), CLEAR(went), CLEAR(came), CLEAR(heard), CLEAR(sent), CLEAR(past);
    CLEAR(crossed), CLEAR(before), CLEAR(energy);
#undef CLEAR
    b->silent[lane] = TC_BULK_LAGS;
    b->keep[lane] = 1;
    b->place[lane] = b->times[lane] = 0;
}

void tc_bulk_delay_take(tc_bulk_delay *b, const int16_t (*receive)[TC_BULK_LANES],
                        const int16_t (*send)[TC_BULK_LANES], unsigned n)
{
    memcpy(b->x[TC_BULK_HOP + b->filled], receive, n * sizeof *receive);
    memcpy(b->d[TC_BULK_HOP + b->filled], send, n * sizeof *send);
    b->filled += n;
}

/* The energy of 4 ms of a lane's response. */
static float energy(const tc_bulk_delay *b, unsigned lane, unsigned piece)
{
    return b->energy[piece][lane] + b->energy[piece + 1][lane];
}

/* The mean of pieces from `first` on, before `end`; nothing lies beyond the response. */
static float mean(const tc_bulk_delay *b, unsigned lane, int first, int end)
{
    float sum = 0;
    int from = first < 0 ? 0 : first, to = end > TC_BULK_PIECES - 1 ? TC_BULK_PIECES - 1 : end;
    for (int piece = from; piece < to; piece++)
        sum += energy(b, lane, (unsigned)piece);
    return to > from ? sum / (float)(to - from) : 0;
}

/* The same without what a lag sees of the lags 20 ms before and behind it, a quarter at most. */
static float own_energy(const tc_bulk_delay *b, unsigned lane, int piece)
{
    const int apart = TC_BULK_HOP / TC_BULK_PIECE;
    float other = piece >= apart ? energy(b, lane, (unsigned)(piece - apart)) : 0;
    if (piece + apart < PLACES)
        other += energy(b, lane, (unsigned)(piece + apart));
    return energy(b, lane, (unsigned)piece) - GHOST * other;
}

/* Where most energy is, from `first` on and before `end`. */
static int strongest(const tc_bulk_delay *b, unsigned lane, int first, int end)
{
    int at = first < 0 ? 0 : first;
    for (int piece = at; piece < end && piece < PLACES; piece++)
        if (energy(b, lane, (unsigned)piece) > energy(b, lane, (unsigned)at))
            at = piece;
    return at;
}

/* Whether a lane's echo stands out, and where. */
static int look(tc_bulk_delay *b, unsigned lane, tc_bulk_found *found)
{
    int place = b->place[lane], at = strongest(b, lane, 0, PLACES);
    float enough = energy(b, lane, (unsigned)at) / LOUDER;
    int kept = strongest(b, lane, place - AROUND, place + AROUND);
    if (b->times[lane] == TIMES && energy(b, lane, (unsigned)kept) > enough)
        at = kept;
    for (int piece = 0; piece < at - AROUND; piece++)
        if (b->times[lane] < TIMES && energy(b, lane, (unsigned)piece) > enough)
            at = strongest(b, lane, piece, piece + AROUND);
    float most = energy(b, lane, (unsigned)at);
    float before = mean(b, lane, 0, at - AROUND), behind = mean(b, lane, at + AROUND, PLACES);
    float rise = mean(b, lane, at - SKIRT, at - AROUND);
    float fall = mean(b, lane, at + AROUND, at + SKIRT);
    int outside = at > AROUND ? at - AROUND : 0, beyond = PLACES - at - AROUND;
    beyond = beyond > 0 ? beyond : 0;
    float all = (before * (float)outside + behind * (float)beyond) / (float)(outside + beyond);
    int others = 0;
    for (int piece = 0; piece < PLACES; piece++)
        if (piece <= at - AROUND || piece >= at + AROUND)
            others += energy(b, lane, (unsigned)piece) > most / LOUDER;
    int stands = b->heard[lane] >= ENOUGH && others < CROWD && most > OUT_OF_ALL * all &&
                 most > OUT_OF_SKIRT * rise && most > OUT_OF_SKIRT * fall;
    int moved = at > place ? at - place : place - at;
    if (!stands) {
        if (b->times[lane] < TIMES)
            b->times[lane] = 0;
        return 0;
    }
    if (moved > STEADY)
        b->times[lane] = 0;
    b->place[lane] = (uint16_t)at;
    if (b->times[lane] < TIMES)
        b->times[lane]++;
    int first = at, last = at;
    for (int piece = at; piece >= 0 && piece > at - AROUND; piece--)
        first = own_energy(b, lane, piece) > BEGINS * most ? piece : first;
    for (int piece = at; piece < PLACES && piece < at + AROUND; piece++)
        last = own_energy(b, lane, piece) > ENDS * most ? piece : last;
    found->lane = lane;
    first += b->energy[first][lane] < BEGINS * b->energy[first + 1][lane]; /* it is in the second */
    found->first = (unsigned)first * TC_BULK_PIECE;
    found->last = (unsigned)(last + WIDTH) * TC_BULK_PIECE;
    return b->times[lane] == TIMES;
}

int tc_bulk_delay_turn(tc_bulk_delay *b, tc_bulk_found *found)
{
    int whole = b->filled == TC_BULK_HOP;
    if (whole)
        b->head = b->head ? b->head - 1 : TC_BULK_LAGS - 1;
    TC_DISPATCH(work, b);
    if (whole) {
        memcpy(b->x, b->x + TC_BULK_HOP, TC_BULK_HOP * sizeof *b->x);
        memcpy(b->d, b->d + TC_BULK_HOP, TC_BULK_HOP * sizeof *b->d);
        b->filled = 0;
    }
    int told = b->lag < TC_BULK_LANES && look(b, b->lag, found);
    b->lag = (b->lag + 1) % TC_BULK_LAGS;
    return told;
}
