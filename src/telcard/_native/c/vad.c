#include "vad.h"

#include "simd.h"
#include "spectrum_tables.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define FIRST_BIN 6  /* 190 Hz */
#define LAST_BIN 112 /* 3,500 Hz: behind the last */

#define MOST_SCORE 3.0f /* no longer than this does a loud end ring in the mean */

#define TC_KERNEL "vad.inl"
#include "levels.inl"

#define ONSET_HOPS 4
#define TONE_SHARE 0.985f
#define TONE_HOLD 8   /* hops for which a tone that has ended still explains what is heard */
#define TONES_RULE 60 /* a third of it hops of a tone, in the midst of speech, end it */
/* From power of a window's bins (half of them) to the mean square of its samples, 0 dBm0 = 1. */
#define WINDOW_POWER (2.0 / (256.0 * 90.0))
#define ZERO_DBM0 (16141.2 * 16141.2)

static double dbm0(double power)
{
    return 10 * log10(power * WINDOW_POWER / ZERO_DBM0 + 1e-12);
}

tc_vad_profile tc_vad_profile_default(void)
{
    return (tc_vad_profile){.threshold = 0.25f, .floor_dbm0 = -55, .hangover = 20};
}

void tc_vad_init(tc_vad *vad, const tc_vad_profile *profile)
{
    memset(vad, 0, sizeof *vad);
    vad->profile = profile ? *profile : tc_vad_profile_default();
    vad->floor = pow(10, vad->profile.floor_dbm0 / 10) * ZERO_DBM0 / WINDOW_POWER;
}

void tc_vad_reset(tc_vad *vad, unsigned lane)
{
    tc_spectrum_reset(&vad->spectrum, lane);
    vad->score[lane] = 0;
    vad->taken[lane] = 0;
    vad->talks[lane] = vad->tonal[lane] = vad->held[lane] = 0;
    vad->tones[lane] = 0;
    vad->talking &= ~(1u << lane);
}

uint32_t tc_vad_talking(const tc_vad *vad)
{
    return vad->talking;
}

/* A hop's window lies 120 samples back, and its middle weighs most: speech that begins in a hop is
 * seen in the next one, speech that has ended is seen for one more. */
static uint64_t first_sample(uint64_t hop)
{
    return hop * TC_HOP;
}

static uint64_t end_sample(uint64_t hop)
{
    return hop ? (hop - 1) * TC_HOP : 0;
}

static tc_vad_event event_of(const tc_vad *vad, unsigned lane, uint8_t kind)
{
    tc_vad_event event = {.start = first_sample(vad->start[lane]),
                          .decided = vad->taken[lane] * TC_HOP,
                          .lane = (uint8_t)lane,
                          .kind = kind};
    uint64_t end = end_sample(vad->last[lane] + 1);
    event.frames = end > event.start ? end - event.start : 0;
    event.level_dbm0 = (float)dbm0(vad->power[lane] / (vad->hops[lane] ? vad->hops[lane] : 1));
    event.snr_db = event.level_dbm0 - (float)dbm0(vad->before[lane]);
    return event;
}

/* The speech begins with the oldest of the hops of talk that made it certain. */
static void begin(tc_vad *vad, unsigned lane, uint64_t hop)
{
    unsigned back = 31 - (unsigned)__builtin_clz(vad->talks[lane]);
    vad->start[lane] = hop - back;
    vad->talking |= 1u << lane;
    vad->last[lane] = hop;
    vad->power[lane] = 0;
    vad->hops[lane] = 0;
}

/* Returns TC_VAD_ON or TC_VAD_OFF when it has begun or ended with this hop. */
static uint8_t decide(tc_vad *vad, unsigned lane, bool talk)
{
    uint64_t hop = vad->taken[lane]++;
    uint32_t bit = 1u << lane;
    uint8_t kind = 0;
    vad->talks[lane] = (uint8_t)(vad->talks[lane] << 1 | talk);
    if (!(vad->talking & bit)) {
        if (!vad->talks[lane])
            vad->before[lane] = vad->hush[lane];
        if (__builtin_popcount(vad->talks[lane]) < ONSET_HOPS)
            return 0;
        begin(vad, lane, hop);
        kind = TC_VAD_ON;
    }
    if (talk && vad->fresh[lane] > vad->profile.threshold) { /* not merely the mean's memory */
        vad->power[lane] += vad->heard[lane];
        vad->hops[lane]++;
        vad->last[lane] = hop;
    } else if (hop - vad->last[lane] >= vad->profile.hangover) {
        vad->talking &= ~bit;
        vad->talks[lane] = 0;
        return TC_VAD_OFF;
    }
    return kind;
}

/* Whether a tone explains what is heard, in a hop that would be talk otherwise. */
static bool is_tone(tc_vad *vad, unsigned lane, bool talk)
{
    float first = vad->line[0][lane], *before = vad->before_line[lane];
    bool pure = talk && vad->share[lane] > TONE_SHARE;
    bool steady = fabsf(first - before[0]) < 1.5f || fabsf(first - before[1]) < 1.5f;
    before[0] = first;
    before[1] = vad->line[1][lane];
    vad->tonal[lane] = !pure ? 0 : vad->tonal[lane] && steady ? 2 : 1;
    if (vad->tonal[lane] == 2)
        vad->held[lane] = TONE_HOLD;
    else if (vad->held[lane])
        vad->held[lane]--;
    vad->spectrum.frozen[lane] = vad->held[lane] > 0;
    int tones = vad->tones[lane] + (vad->tonal[lane] == 2 ? 3 : talk ? -1 : 0);
    vad->tones[lane] = (int8_t)(tones < 0 ? 0 : tones > 2 * TONES_RULE ? 2 * TONES_RULE : tones);
    bool talking = vad->talking >> lane & 1;
    return vad->held[lane] && (!talking || vad->tones[lane] >= TONES_RULE);
}

unsigned tc_vad_hop(tc_vad *vad, const int16_t *x, uint32_t lanes, tc_vad_event events[TC_GROUP],
                    float scores[TC_GROUP])
{
    unsigned found = 0;
    tc_spectrum_take(&vad->spectrum, x);
    TC_DISPATCH(vad_spectra, vad);
    for (unsigned lane = 0; lane < TC_GROUP; lane++) {
        float score = vad->heard[lane] > vad->floor ? vad->score[lane] : 0;
        if (is_tone(vad, lane, score > vad->profile.threshold))
            score = vad->score[lane] = 0;
        if (scores)
            scores[lane] = score;
        if (!(lanes >> lane & 1))
            continue;
        uint8_t kind = decide(vad, lane, score > vad->profile.threshold);
        if (kind)
            events[found++] = event_of(vad, lane, kind);
    }
    return found;
}
