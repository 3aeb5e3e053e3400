#include "mf.h"

#include "mf_tables.h"
#include "simd.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define TWO_PI 6.283185307179586
#define DBM0_POWER 260551249.0 /* square of units.DBM0_RMS */

/* What must remain of a tone's power in the window for the signal to last (-10 dB). */
#define REMAINS 0.1f

/* From a window's newest sample back to its middle. */
#define DELAY (TC_MF_BLOCK * BLOCKS / 2.0)

typedef struct {
    uint32_t hit;  /* lanes whose window holds a signal that is not the one in progress */
    uint32_t over; /* lanes whose signal has been absent for longer than a hole */
} tc_mf_news;

/* After so many quiet blocks all that is remembered is silence: the windows' powers, which hear
 * seven blocks. */
#define SILENT (TC_MF_BEFORE + 8)

#define TC_KERNEL "mf.inl"
#include "levels.inl"

tc_mf_profile tc_mf_profile_default(unsigned system)
{
    tc_mf_profile p = {
        .system = (uint8_t)system,
        .floor_dbm0 = -39.0f,
        .adjacent_twist_db = 8.0f,
        .twist_db = 9.5f,
        .third_db = 7.0f,
        .tolerance_hz = 14.0f,
        .share = 0.75f,
        .sure = 0.9f,
        .doubt_ms = 7.5f,
        .gap_ms = 2.5f,
    };
    if (system == TC_MF_R1) {
        p.floor_dbm0 = -21.0f;
        p.adjacent_twist_db = p.twist_db = 8.0f;
        p.tolerance = 0.015f;
        p.tolerance_hz = 18.0f;
        p.share = 0.68f;
        p.sure = 0.8f;
        p.operate_ms = 7.5f;
        p.doubt_ms = 10.0f;
        p.gap_ms = 7.5f;
    } else if (system == TC_MF_SIGNALLING) {
        p.floor_dbm0 = -33.0f;
        p.adjacent_twist_db = p.twist_db = 8.0f;
        p.tolerance_hz = 22.0f;
        p.share = 0.8f;
        p.sure = 0.9f;
        p.operate_ms = 20.0f;
        p.doubt_ms = 30.0f;
    }
    return p;
}

static void idle(tc_mf *d, unsigned lane)
{
    d->held[lane] = 0;
    d->missed[lane] = 0;
}

void tc_mf_init(tc_mf *d, const tc_mf_profile *profile)
{
    memset(d, 0, sizeof *d);
    d->profile = *profile;
    d->limits.floor = (float)(DBM0_POWER * pow(10, profile->floor_dbm0 / 10));
    d->limits.quiet = TC_MF_BLOCK * d->limits.floor / 16; /* two tones beat, down to a seventh */
    d->limits.twist[0] = powf(10, profile->adjacent_twist_db / 10);
    d->limits.twist[1] = powf(10, profile->twist_db / 10);
    d->limits.third = powf(10, profile->third_db / 10);
    d->limits.share = profile->share;
    d->limits.sure = profile->sure;
    for (int t = 0; t < TC_MF_TONES; t++)
        d->limits.hz[t] =
            TONE_HZ[profile->system][t][0] * profile->tolerance + profile->tolerance_hz;
    d->limits.operate = (int)lrintf(profile->operate_ms / 2.5f);
    d->limits.doubt = (int)lrintf(profile->doubt_ms / 2.5f);
    d->limits.gap = (int)lrintf(profile->gap_ms / 2.5f);
    d->limits.alone = profile->system == TC_MF_SIGNALLING;
}

void tc_mf_reset(tc_mf *d, unsigned lane)
{
    size_t rows = offsetof(tc_mf, profile) / sizeof(tc_dtmf_row);
    float *memory = (float *)(void *)d;
    for (size_t i = 0; i < rows; i++)
        memory[i * TC_GROUP + lane] = 0;
    for (unsigned i = 0; i < d->fill; i++)
        d->pending[i][lane] = 0;
    d->ended[lane] = 0;
    d->origin[lane] = d->blocks * TC_MF_BLOCK + d->fill;
}

/* The first sample after a tone that fills just half of a window; windows are numbered from the
 * group's first block on, the newest is blocks - 1. */
static double middle_of(double window)
{
    return (window + 1) * TC_MF_BLOCK - DELAY;
}

/* Magnitude of a window relative to the signal's level, the lesser of both tones'. */
static float presence(const tc_mf *d, unsigned lane, uint64_t window)
{
    const unsigned signal = (unsigned)d->held[lane] - 1;
    float least = d->power[window % TC_MF_BEFORE][signal & 15][lane] / d->tone[0].power[lane];
    if (signal >> 4 < TC_MF_TONES) {
        float part = d->power[window % TC_MF_BEFORE][signal >> 4][lane] / d->tone[1].power[lane];
        least = part < least ? part : least;
    }
    return sqrtf(least);
}

/* Where presence crosses one half: back from the newest window over those that have it (start), or
 * over those that lack it (end).  The filters are symmetric, so there lies the edge. */
static double find_edge(const tc_mf *d, unsigned lane, int starting)
{
    const uint64_t newest = d->blocks - 1;
    const uint64_t oldest = newest >= TC_MF_BEFORE - 1 ? newest - (TC_MF_BEFORE - 1) : 0;
    float after = presence(d, lane, newest);
    for (uint64_t w = newest; w > oldest; w--) {
        float before = presence(d, lane, w - 1);
        if (starting ? before < 0.5f && after >= 0.5f : before >= 0.5f && after < 0.5f)
            return middle_of((double)(w - 1) + (0.5 - before) / ((double)after - before));
        after = before;
    }
    return middle_of((double)(starting ? oldest : newest));
}

static float dbm0(float power)
{
    return (float)(10 * log10(power / DBM0_POWER));
}

static tc_mf_event report(const tc_mf *d, unsigned lane, uint8_t kind, double end)
{
    double origin = (double)d->origin[lane], start = fmax(rint(d->start[lane]), origin);
    tc_mf_event event = {
        .start = (uint64_t)(start - origin),
        .decided = d->blocks * TC_MF_BLOCK - d->origin[lane],
        .frames = end > start ? (uint32_t)lrint(end - start) : 0,
        .lane = (uint8_t)lane,
        .kind = kind,
        .signal = (uint8_t)(d->held[lane] - 1),
    };
    for (int k = 0; k < 2; k++) {
        float hz = d->tone[k].offset[lane];
        float even = EVEN[d->profile.system][0] + EVEN[d->profile.system][1] * hz * hz;
        event.level_dbm0[k] = dbm0(d->tone[k].level[lane] * even);
        event.offset_hz[k] = hz;
    }
    return event;
}

static tc_mf_event end_signal(tc_mf *d, unsigned lane, double end)
{
    d->ended[lane] = end;
    tc_mf_event event = report(d, lane, TC_MF_OFF, end);
    idle(d, lane);
    return event;
}

/* The window holds a signal, and it is not the one in progress. */
static unsigned begin_signal(tc_mf *d, unsigned lane, tc_mf_event out[2])
{
    unsigned found = 0;
    double end_before = d->held[lane] ? find_edge(d, lane, 0) : d->ended[lane];
    tc_mf_tone *old = d->tone, *new = d->tone_now;
    int held_before = d->held[lane];
    float power_before[2] = {old[0].power[lane], old[1].power[lane]};

    d->held[lane] = d->now[lane];
    for (int k = 0; k < 2; k++)
        old[k].power[lane] = new[k].power[lane];
    double start = find_edge(d, lane, 1);
    if (held_before) { /* it turned into another: it ended where this one began */
        d->held[lane] = held_before;
        for (int k = 0; k < 2; k++)
            old[k].power[lane] = power_before[k];
        out[found++] = end_signal(d, lane, fmax(fmin(end_before, start), d->start[lane]));
        d->held[lane] = d->now[lane];
    }
    for (int k = 0; k < 2; k++) {
        old[k].power[lane] = old[k].level[lane] = new[k].power[lane];
        old[k].offset[lane] = new[k].offset[lane];
    }
    d->start[lane] = fmax(start, d->ended[lane]);
    out[found++] = report(d, lane, TC_MF_ON, (double)(d->blocks * TC_MF_BLOCK));
    return found;
}

static unsigned hear(tc_mf *d, const int16_t *x, tc_mf_event *events, unsigned max)
{
    tc_mf_news news = TC_DISPATCH(tc_mf_block, d, x);
    unsigned found = 0;
    d->blocks++;
    for (uint32_t lanes = news.hit | news.over; lanes; lanes &= lanes - 1) {
        unsigned lane = (unsigned)__builtin_ctz(lanes), n = 0;
        tc_mf_event made[3];
        if (news.over >> lane & 1)
            made[n++] = end_signal(d, lane, find_edge(d, lane, 0));
        if (news.hit >> lane & 1)
            n += begin_signal(d, lane, made + n);
        for (unsigned i = 0; i < n && found < max; i++)
            events[found++] = made[i];
    }
    return found;
}

unsigned tc_mf_feed(tc_mf *d, const int16_t *x, unsigned n, uint32_t lanes, tc_mf_event *events,
                    unsigned max)
{
    const int16_t *block;
    unsigned found = 0;
    while ((block = tc_next_block(&x, &n, lanes, d->pending, &d->fill, TC_MF_BLOCK)))
        found += hear(d, block, events + found, max - found);
    return found;
}
