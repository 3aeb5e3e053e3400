#include "dtmf.h"

#include "dtmf_tables.h"
#include "simd.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define TWO_PI 6.283185307179586
#define DBM0_POWER (260551249.0 * UNIT * UNIT) /* square of units.DBM0_RMS */

/* A suspicion holds this long: a bridged hole and one block. */
#define SUSPECT_BLOCKS 6

/* While a digit lasts, z * conj(z 5 ms before) may fall to this part of its power (-8 dB): echoes
 * 10 dB down do not prolong it, noise at 6 dB does not interrupt it. */
#define REMAINS 0.16f

/* The gains of any two tones differ by less, rounding included. */
#define UNEVEN 1.1f

/* Both tones of a digit begin within so many blocks, and from one half of a window to the other
 * their ratio changes by no more than this: 6 dB, of which an echo 10 dB down may make 5.7. */
#define SKEW 6
#define SWELL 4.0f

/* Values of step 2 that are remembered. */
#define REMEMBERED (4 * TC_DTMF_RING)

/* What sounds within 2 ms after a digit's end is still that digit. */
#define AFTERGLOW 16

/* An echo of this delay or less, 6 dB down or more, is not a digit of its own. */
#define ECHO_SAMPLES 480
#define ECHO_POWER 0.25f

typedef struct {
    uint32_t hit;  /* lanes whose window holds a digit that is not the one in progress */
    uint32_t over; /* lanes whose digit has been absent for longer than a hole */
} tc_dtmf_news;

/* After so many quiet blocks all that is remembered is silence: the values of step 2 (a ring),
 * three of which no longer hear what was before. */
#define SILENT (TC_DTMF_RING + 4)

#define TC_KERNEL "dtmf.inl"
#include "levels.inl"

static const char DIGITS[4][4] = {
    {'1', '2', '3', 'A'}, {'4', '5', '6', 'B'}, {'7', '8', '9', 'C'}, {'*', '0', '#', 'D'}};

tc_dtmf_profile tc_dtmf_profile_default(void)
{
    return (tc_dtmf_profile){
        .floor_dbm0 = -46.0f,
        .forward_twist_db = 9.0f,
        .reverse_twist_db = 6.5f,
        .tolerance = 0.019f,
        .purity = 0.87f,
        .share = 0.72f,
        .gap_ms = 25.0f,
    };
}

static void idle(tc_dtmf *d, unsigned lane)
{
    d->held[lane] = 0;
    d->gap[lane] = 0;
    for (int band = 0; band < 2; band++)
        d->least[band][lane] = INFINITY;
}

void tc_dtmf_init(tc_dtmf *d, const tc_dtmf_profile *profile)
{
    memset(d, 0, sizeof *d);
    d->profile = profile ? *profile : tc_dtmf_profile_default();
    d->limits.floor = (float)(DBM0_POWER * pow(10, d->profile.floor_dbm0 / 10));
    d->limits.quiet = TC_DTMF_BLOCK * d->limits.floor / 4;
    d->limits.forward = powf(10, d->profile.forward_twist_db / 10);
    d->limits.reverse = powf(10, d->profile.reverse_twist_db / 10);
    d->limits.share = d->profile.share / (7 * TC_DTMF_BLOCK);
    /* What the matched filter finds is at most all of a band's power, and purity of it at least;
     * the last number is for the bands' gains and for rounding. */
    d->limits.low = d->limits.forward / d->profile.purity * UNEVEN;
    d->limits.high = d->limits.reverse / d->profile.purity * UNEVEN;
    d->limits.pair = 28 * d->limits.share / UNEVEN;
    d->limits.gap = (int)lrintf(d->profile.gap_ms / 1.25f);
    d->limits.shortest = d->profile.shortest_ms * 8;
    for (unsigned lane = 0; lane < TC_GROUP; lane++) {
        idle(d, lane);
        d->ended[lane] = -AFTERGLOW;
    }
}

/* Zero the lane in some rows that lie side by side. */
static void forget(void *rows, size_t bytes, unsigned lane)
{
    for (float *row = rows; bytes; row += TC_GROUP, bytes -= sizeof(tc_dtmf_row))
        row[lane] = 0;
}

void tc_dtmf_reset(tc_dtmf *d, unsigned lane)
{
    forget(d, offsetof(tc_dtmf, profile), lane);
    for (unsigned i = 0; i < d->fill; i++)
        d->pending[i][lane] = 0;
    idle(d, lane);
    d->untold &= ~(1u << lane);
    d->ended[lane] = -AFTERGLOW;
    d->origin[lane] = d->blocks * TC_DTMF_BLOCK + d->fill;
}

/* Values of step 2 are numbered from the group's first sample on; the newest is 4 * blocks - 1. */
static double sample_of(double value)
{
    return value * 10 + 9 - DELAY;
}

/* Magnitude of a value relative to the digit's level, the lesser of both bands'; it crosses one
 * half where the tone begins or ends, for the filters are symmetric. */
static float presence(const tc_dtmf *d, unsigned lane, uint64_t value)
{
    float least = INFINITY;
    for (int band = 0; band < 2; band++) {
        uint32_t packed = (uint32_t)d->z[band][value / 4 % TC_DTMF_RING][value % 4][lane];
        float re = (int16_t)packed, im = (int16_t)(packed >> 16);
        float part = (re * re + im * im) / d->held_power[band][lane];
        least = part < least ? part : least;
    }
    return sqrtf(least);
}

/* Where presence crosses one half between a value that lacks it and its neighbour that has it. */
static double crossing(const tc_dtmf *d, unsigned lane, uint64_t absent, uint64_t present)
{
    float a = presence(d, lane, absent), p = presence(d, lane, present);
    double part = a < 0.5f && p > a ? (0.5f - a) / (p - a) : 0;
    return sample_of((double)absent + part * ((double)present - (double)absent)) + 0.5;
}

/* First sample of the tone that fills the window: back from the newest value over what is there,
 * and over holes that are bridged, but not into the digit before. */
static double find_start(const tc_dtmf *d, unsigned lane, double before)
{
    uint64_t newest = d->blocks * 4 - 1;
    uint64_t oldest = newest + 1 > REMEMBERED ? newest + 1 - REMEMBERED : 0;
    uint64_t first = newest;
    int missing = 0;
    for (uint64_t v = newest;
         v >= oldest && missing < d->limits.gap && sample_of((double)v) >= before; v--) {
        if (presence(d, lane, v) >= 0.5f) {
            first = v;
            missing = 0;
        } else if (first != newest || v + 14 < newest) {
            missing++;
        }
        if (v == 0)
            break;
    }
    double start = first > oldest ? crossing(d, lane, first - 1, first) : sample_of((double)first);
    return fmax(start, before);
}

/* First sample after the tone: it was last there `gap` values ago, its edge is near that. */
static double find_end(const tc_dtmf *d, unsigned lane)
{
    uint64_t newest = d->blocks * 4 - 1, last = newest - (uint64_t)d->gap[lane];
    uint64_t oldest = newest + 1 > REMEMBERED ? newest + 1 - REMEMBERED : 0;
    while (last > oldest && presence(d, lane, last) < 0.5f)
        last--;
    return last < newest ? crossing(d, lane, last + 1, last) : sample_of((double)newest);
}

static float dbm0(float power)
{
    return (float)(10 * log10(power / DBM0_POWER));
}

static tc_dtmf_event report(const tc_dtmf *d, unsigned lane, uint8_t kind, double end)
{
    const int low = d->tone[0][lane], high = d->tone[1][lane];
    double origin = (double)d->origin[lane], start = fmax(ceil(d->start[lane] - 1e-3), origin);
    return (tc_dtmf_event){
        .start = (uint64_t)(start - origin),
        .decided = d->blocks * TC_DTMF_BLOCK - d->origin[lane],
        .frames = end > start ? (uint32_t)lrint(end - start) : 0,
        .lane = (uint8_t)lane,
        .kind = kind,
        .digit = DIGITS[low][high],
        .low_dbm0 = dbm0(d->level[0][lane]),
        .high_dbm0 = dbm0(d->level[1][lane]),
        .low_offset = d->offset[0][lane] / TONE_HZ[0][low],
        .high_offset = d->offset[1][lane] / TONE_HZ[1][high],
    };
}

/* A digit that has not been told of was too short to be one: its end is not told either. */
static unsigned end_digit(tc_dtmf *d, unsigned lane, double end, tc_dtmf_event *out)
{
    const uint32_t bit = 1u << lane, untold = d->untold & bit;
    d->untold &= ~bit;
    d->ended[lane] = end;
    if (untold)
        return 0;
    *out = report(d, lane, TC_DTMF_OFF, end);
    return 1;
}

/* Tell of a digit as soon as it is long enough. */
static unsigned tell_digit(tc_dtmf *d, unsigned lane, tc_dtmf_event *out)
{
    const double here = sample_of((double)(d->blocks * 4 - 1) - d->gap[lane]);
    if (here - d->start[lane] < d->limits.shortest)
        return 0;
    d->untold &= ~(1u << lane);
    *out = report(d, lane, TC_DTMF_ON, here);
    return 1;
}

/* The window holds a digit, and it is not the one in progress. */
static unsigned begin_digit(tc_dtmf *d, unsigned lane, tc_dtmf_event out[2])
{
    const double here = sample_of((double)(d->blocks * 4 - 1));
    int same = d->tone[0][lane] == d->tone_now[0][lane] && d->tone[1][lane] == d->tone_now[1][lane];
    int weak = d->power_now[0][lane] < ECHO_POWER * d->held_power[0][lane] &&
               d->power_now[1][lane] < ECHO_POWER * d->held_power[1][lane];
    unsigned found = 0;
    double before = d->ended[lane] + AFTERGLOW, end_before = 0;

    if (!d->held[lane] && same && weak && here < d->ended[lane] + ECHO_SAMPLES)
        return 0;
    if (d->held[lane]) {
        before = d->ended[lane];
        end_before = find_end(d, lane);
    }
    for (int band = 0; band < 2; band++)
        d->held_power[band][lane] = d->power_now[band][lane];
    double start = find_start(d, lane, before);
    if (d->held[lane]) /* it turned into another: it ended where this one began */
        found += end_digit(d, lane, fmin(end_before, start), out + found);
    for (int band = 0; band < 2; band++) {
        d->tone[band][lane] = d->tone_now[band][lane];
        d->held_4[band].re[lane] = d->turn_now[band].re[lane];
        d->held_4[band].im[lane] = d->turn_now[band].im[lane];
        d->least[band][lane] = REMAINS * d->power_now[band][lane];
        d->level[band][lane] = d->power_now[band][lane];
        d->offset[band][lane] = d->offset_now[band][lane];
    }
    d->start[lane] = start;
    d->held[lane] = -1;
    d->gap[lane] = 0;
    d->untold |= 1u << lane;
    return found + tell_digit(d, lane, out + found);
}

static unsigned hear(tc_dtmf *d, const int16_t *x, tc_dtmf_event *events, unsigned max)
{
    tc_dtmf_news news = TC_DISPATCH(tc_dtmf_block, d, x);
    unsigned found = 0;
    d->blocks++;
    for (uint32_t lanes = news.hit | news.over | d->untold; lanes; lanes &= lanes - 1) {
        unsigned lane = (unsigned)__builtin_ctz(lanes), n = 0;
        tc_dtmf_event made[3];
        if (news.over >> lane & 1) {
            n += end_digit(d, lane, find_end(d, lane), made + n);
            idle(d, lane);
        }
        if (news.hit >> lane & 1)
            n += begin_digit(d, lane, made + n);
        else if (d->untold >> lane & 1)
            n += tell_digit(d, lane, made + n);
        for (unsigned i = 0; i < n && found < max; i++)
            events[found++] = made[i];
    }
    return found;
}

unsigned tc_dtmf_feed(tc_dtmf *d, const int16_t *x, unsigned n, uint32_t lanes,
                      tc_dtmf_event *events, unsigned max)
{
    const int16_t *block;
    unsigned found = 0;
    while ((block = tc_next_block(&x, &n, lanes, d->pending, &d->fill, TC_DTMF_BLOCK)))
        found += hear(d, block, events + found, max - found);
    return found;
}

uint32_t tc_dtmf_busy(const tc_dtmf *d)
{
    uint32_t busy = 0;
    for (unsigned lane = 0; lane < TC_GROUP; lane++)
        busy |= (uint32_t)(d->held[lane] || d->suspect[lane]) << lane;
    return busy;
}
