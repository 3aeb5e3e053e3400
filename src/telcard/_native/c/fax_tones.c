#include "fax_tones.h"

#include "fax_tones_tables.h"
#include "simd.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define TWO_PI 6.283185307179586
#define DBM0_POWER 260551249.0 /* square of units.DBM0_RMS */

#define VALUE 20 /* samples of a value; a block has two */

/* Sines of the phase step over a value: CNG within 45 Hz, 2100 Hz within 28 Hz and 2225 Hz within
 * 22 Hz, seen from 1100 and 2150 Hz. */
#define CNG_SINE 0.649f
static const float ANS_SINE[2] = {-0.941f, -0.339f}, BELL_SINE[2] = {0.74f, 1.0f};

#define CNG_MOST 126    /* blocks of it: 0.5 s +15 % (T.30 5.2), and what noise adds: 0.65 s */
#define REVERSED -0.67f /* cosine of 132 degrees */
#define STEADY_BLOCKS 6 /* good blocks that a tone must have had before a reversal counts */
#define AM_VALUES 80    /* 200 ms, three turns of 15 Hz */
#define AM_LEAST 0.12f  /* depth of modulation; V.8 has 0.2 */
#define AM_MOST 0.4f
#define ANS_PATIENCE 12 /* blocks: a reversal disturbs the window for some 30 ms */
#define OTHER_PATIENCE 4
#define RELEASE_BLOCKS 50
#define RELEASE_DBM0 -36
#define DISABLE_DBM0 -33 /* the tone disables from -31 dBm0 on (G.168 7.2) */

/* G.168 7.3: 450 +-25 ms; our own measurement is good to some 5 ms at either end. */
#define PERIOD 3600
#define PERIOD_TOLERANCE 280

typedef struct {
    uint32_t fresh;    /* lanes whose tone has lasted long enough, */
    uint32_t over;     /* is over, */
    uint32_t reversed; /* has its phase reversed, */
    uint32_t hushed;   /* has been below the release level for long enough */
} tc_fax_news;

#define TC_KERNEL "fax_tones.inl"
#include "levels.inl"

tc_fax_profile tc_fax_profile_default(void)
{
    return (tc_fax_profile){
        .floor_dbm0 = -44.0f, .share = 0.7f, .cng_ms = 350.0f, .answer_ms = 200.0f, .flags = 6.0f};
}

void tc_fax_tones_init(tc_fax_tones *d, const tc_fax_profile *profile)
{
    memset(d, 0, sizeof *d);
    d->profile = profile ? *profile : tc_fax_profile_default();
    d->limits.floor = (float)(DBM0_POWER * pow(10, d->profile.floor_dbm0 / 10));
    d->limits.release = (float)(DBM0_POWER * pow(10, RELEASE_DBM0 / 10.0) * TC_FAX_BLOCK);
    d->limits.cng = (int)lrintf(d->profile.cng_ms / 5) - 3; /* the first block saw 15 ms of it */
    d->limits.answer = (int)lrintf(d->profile.answer_ms / 5) - 3;
    d->limits.changes = (int)lrintf(2 * d->profile.flags);
}

void tc_fax_tones_reset(tc_fax_tones *d, unsigned lane)
{
    size_t rows = offsetof(tc_fax_tones, profile) / sizeof(tc_dtmf_row);
    float *memory = (float *)(void *)d;
    for (size_t i = 0; i < rows; i++)
        memory[i * TC_GROUP + lane] = 0;
    for (unsigned i = 0; i < d->fill; i++)
        d->pending[i][lane] = 0;
    d->start[lane] = d->reversed[lane] = 0;
    d->reversals[lane] = d->periodic[lane] = d->disabled[lane] = 0;
    d->origin[lane] = d->blocks * TC_FAX_BLOCK + d->fill;
}

/* When the candidate's tone began: the block that was good first saw most of 20 ms of it;
 * that of a preamble, all flags
 * that are wanted. */
static double began(const tc_fax_tones *d, unsigned lane)
{
    double seen = d->candidate[lane] == TC_FAX_V21 ? d->limits.changes * 320.0 / 3 + 40 : 160;
    return (double)(d->blocks * TC_FAX_BLOCK) - TC_FAX_BLOCK * (double)d->age[lane] - seen;
}

static tc_fax_event report(const tc_fax_tones *d, unsigned lane, uint8_t kind, uint8_t tone)
{
    const int band = tone == TC_FAX_CNG   ? TC_FAX_LOW
                     : tone == TC_FAX_V21 ? TC_FAX_MIDDLE
                                          : TC_FAX_HIGH;
    double origin = (double)d->origin[lane], now = (double)(d->blocks * TC_FAX_BLOCK);
    double start = fmax(rint(d->start[lane]), origin), end = now;
    if (kind == TC_FAX_OFF || tone == TC_FAX_CNG)
        end -= TC_FAX_BLOCK * (double)d->missed[lane] + 20;
    double away = atan2(d->sum_step.im[lane], d->sum_step.re[lane]) / TWO_PI * 8000 / VALUE;
    double slope = tone == TC_FAX_V21 ? 0.25 : fabs(away) * VALUE / 8000; /* of the boxcar */
    if (tone == TC_FAX_V21)
        away = 0;
    double gain = slope > 0 ? sin(slope * TWO_PI / 2) / (slope * TWO_PI / 2) : 1;
    double power = d->sum_power[lane] / (2.0 * d->good[lane] + 1e-9) / (gain * gain);
    return (tc_fax_event){
        .start = (uint64_t)(start - origin),
        .decided = d->blocks * TC_FAX_BLOCK - d->origin[lane],
        .frames = end > start ? (uint32_t)lrint(end - start) : 0,
        .lane = (uint8_t)lane,
        .kind = kind,
        .tone = tone,
        .reversals = d->reversals[lane],
        .level_dbm0 = (float)(10 * log10(power / DBM0_POWER + 1e-20)),
        .hz = CENTRE_HZ[band][0] + (float)away,
    };
}

static uint8_t tone_of(const tc_fax_tones *d, unsigned lane)
{
    int tone = d->candidate[lane];
    return (uint8_t)(tone == TC_FAX_ANS && d->am_told[lane] == 2 ? TC_FAX_ANSAM : tone);
}

/* Returns whether the reversals have turned out to be periodic. */
static int reverse(tc_fax_tones *d, unsigned lane)
{
    double start = began(d, lane), at = (double)(d->blocks * TC_FAX_BLOCK) - 70;
    if (d->reversed[lane] < start) { /* the first one of this tone */
        d->reversed[lane] = start;
        d->reversals[lane] = d->periodic[lane] = 0;
    }
    double apart = fabs(at - d->reversed[lane] - PERIOD);
    d->reversed[lane] = at;
    d->reversals[lane] += d->reversals[lane] < 255;
    if (apart > PERIOD_TOLERANCE || d->periodic[lane])
        return 0;
    d->periodic[lane] = 1;
    return 1;
}

static unsigned tell(tc_fax_tones *d, tc_fax_news news, unsigned lane, tc_fax_event out[5])
{
    unsigned n = 0;
    if (news.over >> lane & 1) {
        out[n++] = report(d, lane, TC_FAX_OFF, (uint8_t)d->held[lane]);
        d->held[lane] = 0;
        d->reversals[lane] = d->periodic[lane] = 0;
    }
    if (news.fresh >> lane & 1) {
        d->held[lane] = d->candidate[lane] ? tone_of(d, lane) : TC_FAX_CNG;
        d->start[lane] = began(d, lane);
        out[n++] = report(d, lane, TC_FAX_ON, (uint8_t)d->held[lane]);
        if (d->held[lane] == TC_FAX_CNG) {
            out[n++] = report(d, lane, TC_FAX_OFF, TC_FAX_CNG);
            d->held[lane] = 0;
        }
    }
    if (news.reversed >> lane & 1 && reverse(d, lane) && d->held[lane]) {
        out[n++] = report(d, lane, TC_FAX_REVERSES, (uint8_t)d->held[lane]);
        if (!d->disabled[lane] && out[n - 1].level_dbm0 >= DISABLE_DBM0) {
            d->disabled[lane] = 1;
            out[n++] = report(d, lane, TC_FAX_DISABLE, (uint8_t)d->held[lane]);
        }
    }
    if (news.hushed >> lane & 1 && d->disabled[lane]) {
        d->disabled[lane] = 0;
        out[n++] = report(d, lane, TC_FAX_RELEASE, 0);
    }
    return n;
}

static unsigned hear(tc_fax_tones *d, const int16_t *x, tc_fax_event *events, unsigned max)
{
    tc_fax_news news = TC_DISPATCH(tc_fax_block, d, x);
    unsigned found = 0;
    d->blocks++;
    uint32_t lanes = news.fresh | news.over | news.reversed | news.hushed;
    for (; lanes; lanes &= lanes - 1) {
        tc_fax_event made[5];
        unsigned n = tell(d, news, (unsigned)__builtin_ctz(lanes), made);
        for (unsigned i = 0; i < n && found < max; i++)
            events[found++] = made[i];
    }
    return found;
}

unsigned tc_fax_tones_feed(tc_fax_tones *d, const int16_t *x, unsigned n, uint32_t lanes,
                           tc_fax_event *events, unsigned max)
{
    const int16_t *block;
    unsigned found = 0;
    while ((block = tc_next_block(&x, &n, lanes, d->pending, &d->fill, TC_FAX_BLOCK)))
        found += hear(d, block, events + found, max - found);
    return found;
}

uint32_t tc_fax_tones_disabled(const tc_fax_tones *d)
{
    uint32_t disabled = 0;
    for (unsigned lane = 0; lane < TC_GROUP; lane++)
        disabled |= (uint32_t)d->disabled[lane] << lane;
    return disabled;
}

uint32_t tc_fax_tones_hushed(const tc_fax_tones *d)
{
    uint32_t hushed = 0;
    for (unsigned lane = 0; lane < TC_GROUP; lane++)
        hushed |= (uint32_t)(d->hushed[lane] >= RELEASE_BLOCKS) << lane;
    return hushed;
}
