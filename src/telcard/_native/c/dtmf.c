#include "dtmf.h"

#include "dtmf_tables.h"
#include "simd.h"

#include <math.h>
#include <string.h>

#define TWO_PI 6.283185307179586
#define DBM0_POWER 260551249.0 /* square of units.DBM0_RMS */

/* A suspicion holds this long: a bridged hole and one block. */
#define SUSPECT_BLOCKS 6

/* While a digit lasts, z * conj(z 5 ms before) may fall to this part of its power (-8 dB): echoes
 * 10 dB down do not prolong it, noise at 6 dB does not interrupt it. */
#define REMAINS 0.16f

/* Vectors of 64 bytes pass between inlined functions only. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define TC_ISA(name) name##_base
#include "dtmf.inl"
#undef TC_ISA
#if TC_HAVE_X86_LEVELS
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define TC_ISA(name) name##_v3
#include "dtmf.inl"
#undef TC_ISA
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define TC_ISA(name) name##_v4
#include "dtmf.inl"
#undef TC_ISA
#pragma GCC pop_options
#endif

static const char DIGITS[4][4] = {
    {'1', '2', '3', 'A'}, {'4', '5', '6', 'B'}, {'7', '8', '9', 'C'}, {'*', '0', '#', 'D'}};

tc_dtmf_profile tc_dtmf_profile_default(void)
{
    return (tc_dtmf_profile){
        .floor_dbm0 = -46.0f,
        .forward_twist_db = 10.0f,
        .reverse_twist_db = 6.5f,
        .tolerance = 0.025f,
        .purity = 0.78f,
        .share = 0.27f,
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
    d->limits.forward = powf(10, d->profile.forward_twist_db / 10);
    d->limits.reverse = powf(10, d->profile.reverse_twist_db / 10);
    d->limits.share = d->profile.share / (7 * TC_DTMF_BLOCK);
    d->limits.gap = (int)lrintf(d->profile.gap_ms / 1.25f);
    for (unsigned lane = 0; lane < TC_GROUP; lane++)
        idle(d, lane);
}

static void forget(tc_dtmf_row *rows, size_t bytes, unsigned lane)
{
    for (size_t i = 0; i < bytes / sizeof *rows; i++)
        rows[i][lane] = 0;
}

void tc_dtmf_reset(tc_dtmf *d, unsigned lane)
{
    forget(d->x, sizeof d->x, lane);
    forget(&d->s[0][0].re, sizeof d->s, lane);
    forget(&d->z[0][0][0].re, sizeof d->z, lane);
    forget(&d->power[0][0], sizeof d->power, lane);
    forget(&d->turn_4[0][0].re, sizeof d->turn_4, lane);
    forget(&d->turn_1[0].re, sizeof d->turn_1, lane);
    forget(d->energy, sizeof d->energy, lane);
    for (unsigned i = 0; i < d->fill; i++)
        d->pending[i][lane] = 0;
    idle(d, lane);
    d->suspect[lane] = 0;
    d->ended[lane] = 0;
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
        const tc_dtmf_complex *z = &d->z[band][value / 4 % TC_DTMF_RING][value % 4];
        float re = z->re[lane], im = z->im[lane];
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
 * and over holes that are bridged. */
static double find_start(const tc_dtmf *d, unsigned lane)
{
    uint64_t newest = d->blocks * 4 - 1;
    uint64_t oldest = newest + 1 > 4 * TC_DTMF_RING ? newest + 1 - 4 * TC_DTMF_RING : 0;
    uint64_t first = newest;
    int missing = 0;
    for (uint64_t v = newest; v >= oldest && missing < d->limits.gap; v--) {
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
    if (start < d->ended[lane])
        start = d->ended[lane];
    return start;
}

/* First sample after the tone: it was last there `gap` values ago, its edge is near that. */
static double find_end(const tc_dtmf *d, unsigned lane)
{
    uint64_t newest = d->blocks * 4 - 1, last = newest - (uint64_t)d->gap[lane];
    uint64_t oldest = newest + 1 > 4 * TC_DTMF_RING ? newest + 1 - 4 * TC_DTMF_RING : 0;
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
    tc_dtmf_event e = d->digit[lane];
    double start = ceil(d->start[lane] - 1e-3), origin = (double)d->origin[lane];
    if (start < origin)
        start = origin;
    e.kind = kind;
    e.lane = (uint8_t)lane;
    e.start = (uint64_t)(start - origin);
    e.decided = d->blocks * TC_DTMF_BLOCK - d->origin[lane];
    e.frames = end > start ? (uint32_t)lrint(end - start) : 0;
    return e;
}

/* Take level and frequency from the window just judged. */
static void measure(tc_dtmf *d, unsigned lane)
{
    static const float *const HZ[2] = {TONE_HZ[0], TONE_HZ[1]};
    const tc_dtmf_verdict *low = &d->verdict[0], *high = &d->verdict[1];
    tc_dtmf_event *e = &d->digit[lane];
    e->low_dbm0 = dbm0(low->level[lane]);
    e->high_dbm0 = dbm0(high->level[lane]);
    e->low_offset = low->offset[lane] / HZ[0][low->tone[lane]];
    e->high_offset = high->offset[lane] / HZ[1][high->tone[lane]];
}

/* The window holds a digit; write what that means and return the number of events. */
static unsigned on_hit(tc_dtmf *d, unsigned lane, tc_dtmf_event out[2])
{
    char digit = DIGITS[d->verdict[0].tone[lane]][d->verdict[1].tone[lane]];
    float purity = fminf(d->verdict[0].purity[lane], d->verdict[1].purity[lane]);
    unsigned found = 0;
    int fresh = !d->held[lane] || d->digit[lane].digit != digit;
    double end_before = 0;
    int was = d->held[lane] != 0;

    if (fresh && was)
        end_before = find_end(d, lane);
    if (fresh || purity > d->best[lane]) {
        for (int band = 0; band < 2; band++) {
            d->held_4[band].re[lane] = d->verdict[band].step_4.re[lane];
            d->held_4[band].im[lane] = d->verdict[band].step_4.im[lane];
        }
    }
    for (int band = 0; band < 2; band++) {
        d->held_power[band][lane] = d->verdict[band].level[lane];
        d->least[band][lane] = REMAINS * d->verdict[band].level[lane];
    }
    if (fresh) {
        double start = find_start(d, lane);
        if (was) { /* one digit turned into another: it ended where this one began */
            double end = end_before < start ? end_before : start;
            out[found++] = report(d, lane, TC_DTMF_OFF, end);
            d->ended[lane] = end;
        }
        d->start[lane] = start;
        d->held[lane] = -1;
        d->gap[lane] = 0;
        d->digit[lane].digit = digit;
        d->best[lane] = 0;
    }
    if (purity > d->best[lane]) {
        d->best[lane] = purity;
        measure(d, lane);
    }
    if (fresh) {
        double here = sample_of((double)(d->blocks * 4 - 1));
        out[found++] = report(d, lane, TC_DTMF_ON, here);
    }
    return found;
}

static unsigned on_over(tc_dtmf *d, unsigned lane, tc_dtmf_event out[2])
{
    double end = find_end(d, lane);
    out[0] = report(d, lane, TC_DTMF_OFF, end);
    d->ended[lane] = end;
    idle(d, lane);
    return 1;
}

static unsigned hear(tc_dtmf *d, const int16_t *x, const tc_dtmf_words *mask,
                     tc_dtmf_event *events, unsigned max)
{
    tc_dtmf_flags hit, over;
    unsigned found = 0;
    if (!TC_DISPATCH(tc_dtmf_block, d, x, mask, &hit, &over))
        return 0;
    for (unsigned lane = 0; lane < TC_GROUP; lane++) {
        tc_dtmf_event made[3];
        unsigned n = 0;
        if (over[lane])
            n = on_over(d, lane, made);
        if (hit[lane])
            n += on_hit(d, lane, made + n);
        for (unsigned i = 0; i < n && found < max; i++)
            events[found++] = made[i];
    }
    return found;
}

unsigned tc_dtmf_feed(tc_dtmf *d, const int16_t *x, unsigned n, uint32_t lanes,
                      tc_dtmf_event *events, unsigned max)
{
    tc_dtmf_words mask;
    unsigned found = 0;
    for (unsigned lane = 0; lane < TC_GROUP; lane++)
        mask[lane] = (int16_t) - (int)(lanes >> lane & 1);
    while (n) {
        if (!d->fill && n >= TC_DTMF_BLOCK) {
            found += hear(d, x, &mask, events + found, max - found);
            x += TC_DTMF_BLOCK * TC_GROUP;
            n -= TC_DTMF_BLOCK;
            continue;
        }
        unsigned take = TC_DTMF_BLOCK - d->fill < n ? TC_DTMF_BLOCK - d->fill : n;
        for (unsigned i = 0; i < take; i++, x += TC_GROUP) {
            tc_dtmf_words v;
            memcpy(&v, x, sizeof v);
            v &= mask;
            memcpy(d->pending[d->fill + i], &v, sizeof v);
        }
        n -= take;
        d->fill += take;
        if (d->fill == TC_DTMF_BLOCK) {
            static const tc_dtmf_words everybody = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                    -1, -1, -1, -1, -1, -1, -1, -1};
            found += hear(d, d->pending[0], &everybody, events + found, max - found);
            d->fill = 0;
        }
    }
    return found;
}

uint32_t tc_dtmf_busy(const tc_dtmf *d)
{
    uint32_t busy = 0;
    for (unsigned lane = 0; lane < TC_GROUP; lane++)
        busy |= (uint32_t)(d->held[lane] || d->suspect[lane]) << lane;
    return busy;
}
