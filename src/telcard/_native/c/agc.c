#include "agc.h"

#include <math.h>
#include <stdbool.h>

#define ZERO_DBM0 (16141.2f * 16141.2f)
#define LIMIT 23000.0f /* the greatest sample */
#define OVER_FLOOR 10.0f
#define FLOOR_RISES 1.0046f   /* a hop: 2 dB a second */
#define FLOOR_AT_FIRST 260.0f /* -60 dBm0 */
#define LEAST_FLOOR 26.0f     /* -70 dBm0 */
#define FLOOR_BEARS 26054.0f  /* -40 dBm0 */
#define RISE 0.06f            /* of the level, a hop */
#define FALL 0.02f
#define GAIN_FALLS 0.794f /* 2 dB */
#define GAIN_RISES 1.0174f
#define FEW 20 /* hops in which the level is merely a mean */
#define PART 8 /* samples between two gains of the limiter */
#define PARTS (TC_AGC_HOP / PART)

tc_agc_profile tc_agc_profile_default(void)
{
    return (tc_agc_profile){.target_dbm0 = -18, .most_db = 24, .least_db = -15, .gate_dbm0 = -50};
}

void tc_agc_init(tc_agc *agc, const tc_agc_profile *profile)
{
    tc_agc_profile p = profile ? *profile : tc_agc_profile_default();
    *agc = (tc_agc){.target = powf(10, p.target_dbm0 / 10) * ZERO_DBM0,
                    .most = powf(10, p.most_db / 20),
                    .least = powf(10, p.least_db / 20),
                    .gate = powf(10, p.gate_dbm0 / 10) * ZERO_DBM0,
                    .floor = FLOOR_AT_FIRST,
                    .gain = 1,
                    .sent = 1};
}

static float mean_square(const int16_t *x)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < TC_AGC_HOP; i++)
        sum += (uint32_t)(x[i] * x[i]);
    return (float)sum / TC_AGC_HOP;
}

/* The gain that this hop asks for. */
static float follow(tc_agc *agc, float power)
{
    bool talk = power > OVER_FLOOR * agc->floor && power > agc->gate;
    agc->floor = power < agc->floor ? power : agc->floor * FLOOR_RISES;
    agc->floor = agc->floor > LEAST_FLOOR ? agc->floor : LEAST_FLOOR;
    if (talk) {
        float part = power > agc->level ? RISE : FALL;
        agc->talks += agc->talks < FEW;
        float mean = 1.0f / (float)agc->talks;
        if (agc->talks < FEW && mean > part)
            part = mean;
        agc->level += part * (power - agc->level);
        float wanted = sqrtf(agc->target / agc->level);
        wanted = wanted < agc->most ? wanted : agc->most;
        wanted = wanted > agc->least ? wanted : agc->least;
        float low = agc->gain * GAIN_FALLS, high = agc->gain * GAIN_RISES;
        agc->gain = wanted < low ? low : wanted > high ? high : wanted;
    }
    float bears = sqrtf(FLOOR_BEARS / agc->floor);
    bears = bears > 1.0f ? bears : 1.0f;
    return agc->gain < bears ? agc->gain : bears;
}

/* The greatest gain that each part bears. */
static void bear(const int16_t *x, float gains[PARTS])
{
    for (unsigned k = 0; k < PARTS; k++) {
        int peak = 1;
        for (unsigned i = k * PART; i < (k + 1) * PART; i++) {
            int size = x[i] < 0 ? -x[i] : x[i];
            peak = size > peak ? size : peak;
        }
        gains[k] = LIMIT / (float)peak;
    }
}

void tc_agc_hop(tc_agc *agc, const int16_t in[TC_AGC_HOP], int16_t out[TC_AGC_HOP])
{
    float wanted = follow(agc, mean_square(in)), from = agc->sent, bears[PARTS];
    float step = (wanted - from) / PARTS;
    bear(in, bears);
    float gain =
        from < bears[0] ? from : bears[0]; /* the one step that may be: an onset hides it */
    for (unsigned k = 0; k < PARTS; k++) {
        float next = from + step * (float)(k + 1);
        float least = k + 1 < PARTS && bears[k + 1] < bears[k] ? bears[k + 1] : bears[k];
        next = next < least ? next : least;
        for (unsigned i = 0; i < PART; i++) {
            float y = in[k * PART + i] * (gain + (next - gain) * ((float)(i + 1) / PART));
            out[k * PART + i] = (int16_t)lrintf(y);
        }
        gain = next;
    }
    agc->sent = gain;
}
