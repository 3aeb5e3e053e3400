#include "vad.h"

#include "simd.h"
#include "spectrum_tables.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define FIRST_BIN 6  /* 190 Hz */
#define LAST_BIN 112 /* 3,500 Hz: behind the last */

#define LOG_2 0.693147181f
#define MOST_RATIO 3.0f /* no longer than this does a loud end ring in the quick mean */
#define LEAST_RATIO 0.05f
#define LOG2_LEAST_RATIO -4.32192809f
#define NOISE_BELOW -1.8f  /* slow mean below which noise is followed as fast as may be, */
#define SPEECH_ABOVE -0.8f /* above which it is not */
#define BAND_BINS 8
#define FIRST_LEAST 12.5f /* hops: the windows before are not full, or still learn */

#define TC_KERNEL "vad.inl"
#include "levels.inl"

#define ONSET_HOPS 4
#define TONE_SHARE 0.97f
#define TONE_MOVES 0.12f /* bins from hop to hop, 4 Hz */
#define PITCH_BELOW 9.6f /* 300 Hz: a line below may be the pitch of a voice, */
#define PITCH_STANDS 15  /* unless it stands for so many hops */
#define TONE_HOLD 8      /* hops for which a tone that has ended still explains what is heard */
#define TONES_RULE 60    /* a third of it hops of a tone, in the midst of speech, end it */
#define LEAST_HOPS 20    /* after which the noise is compared with the least, and raised */
#define LEAST_BIAS 1.6f  /* of the mean above the least of 160 hops */
#define NOISE_RISES 2.0f /* by no more than this at once */
/* From power of a window's bins (half of them) to the mean square of its samples, 0 dBm0 = 1. */
#define WINDOW_POWER (2.0 / (256.0 * 90.0))
#define ZERO_DBM0 (16141.2 * 16141.2)

static double dbm0(double power)
{
    return 10 * log10(power * WINDOW_POWER / ZERO_DBM0 + 1e-12);
}

tc_vad_profile tc_vad_profile_default(void)
{
    return (tc_vad_profile){.threshold = 0.25f, .floor_dbm0 = -60, .hangover = 20};
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
    vad->quick[lane] = vad->slow[lane] = vad->level[lane] = vad->held[lane] = 0;
    vad->taken[lane] = 0;
    vad->talks[lane] = vad->tonal[lane] = 0;
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
    if (talk) {
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
static bool is_tone(tc_vad *vad, unsigned lane, bool likely)
{
    float first = vad->line[0][lane], *before = vad->before_line[lane];
    bool pure = likely && vad->share[lane] > TONE_SHARE;
    bool steady = fabsf(first - before[0]) < TONE_MOVES || fabsf(first - before[1]) < TONE_MOVES;
    before[0] = first;
    before[1] = vad->line[1][lane];
    int tonal = !pure ? 0 : vad->tonal[lane] && steady ? vad->tonal[lane] + 1 : 1;
    vad->tonal[lane] = (uint8_t)(tonal > PITCH_STANDS ? PITCH_STANDS : tonal);
    bool stands = tonal >= (vad->lowest[lane] > PITCH_BELOW ? 2 : PITCH_STANDS);
    if (stands)
        vad->held[lane] = TONE_HOLD;
    else if (vad->held[lane] > 0)
        vad->held[lane]--;
    if (vad->held[lane] > 0)
        vad->spectrum.frozen[lane] = 1;
    int tones = vad->tones[lane] + (stands ? 3 : likely ? -1 : 0);
    vad->tones[lane] = (int8_t)(tones < 0 ? 0 : tones > 2 * TONES_RULE ? 2 * TONES_RULE : tones);
    bool talking = vad->talking >> lane & 1;
    return vad->held[lane] > 0 && (!talking || vad->tones[lane] >= TONES_RULE);
}

/* The noise of each band has at least the power that the band never fell below for 1.6 s: nobody
 * talks for so long without a pause in it. */
static void raise_noise(tc_vad *vad, unsigned lane)
{
    uint64_t turn = vad->taken[lane] / LEAST_HOPS - 1;
    for (unsigned band = 0; band < TC_VAD_BANDS; band++) {
        tc_lane_row *lowest = vad->lowest_of[band];
        lowest[turn % TC_VAD_LEASTS][lane] = vad->least[band][lane];
        vad->least[band][lane] = vad->smooth[band][lane];
        if (turn < TC_VAD_LEASTS - 1 || vad->held[lane] > 0)
            continue;
        float least = lowest[0][lane], sum = 0;
        for (unsigned i = 1; i < TC_VAD_LEASTS; i++)
            least = fminf(least, lowest[i][lane]);
        for (unsigned k = band * BAND_BINS; k < (band + 1) * BAND_BINS; k++)
            sum += vad->spectrum.noise[k][lane];
        float rises = fminf(least * LEAST_BIAS * BAND_BINS / sum, NOISE_RISES);
        for (unsigned k = band * BAND_BINS; rises > 1 && k < (band + 1) * BAND_BINS; k++)
            vad->spectrum.noise[k][lane] *= rises;
    }
}

unsigned tc_vad_hop(tc_vad *vad, const int16_t *x, uint32_t lanes, tc_vad_event events[TC_GROUP],
                    float scores[TC_GROUP])
{
    unsigned found = 0;
    tc_spectrum_take(&vad->spectrum, x);
    TC_DISPATCH(vad_spectra, vad);
    for (unsigned lane = 0; lane < TC_GROUP; lane++) {
        bool likely = vad->quick[lane] > vad->profile.threshold && vad->level[lane] > vad->floor;
        bool tone = is_tone(vad, lane, likely);
        if (tone)
            vad->quick[lane] = 0;
        if (scores)
            scores[lane] = tone && vad->tones[lane] >= TONES_RULE ? 0 : vad->score[lane];
        bool talk = likely && !tone && vad->fresh[lane] > vad->profile.threshold;
        uint8_t kind = decide(vad, lane, talk);
        if (vad->taken[lane] % LEAST_HOPS == 0)
            raise_noise(vad, lane);
        if (kind && lanes >> lane & 1)
            events[found++] = event_of(vad, lane, kind);
    }
    return found;
}
