/* Spectra of 16 lanes every 10 ms, and the noise in them: what VAD and noise suppression stand on.
 *
 * What.  Every 80 samples (TC_HOP) the newest 240 are windowed and transformed: 129 bins of
 * 31.25 Hz.  In each bin the power of the noise alone is tracked, also while somebody talks, and
 * with it two ratios that decisions are made of: how far the bin is above the noise now
 * (`posterior`, gamma), and how far it probably is, seen from what was there 10 ms before (`prior`,
 * xi).
 *
 * How.  Lanes lie side by side, so each step of the transform serves TC_WIDTH of them with one
 * instruction, without any shuffling.  The noise is followed by its expected value: what a bin has
 * counts as noise by the probability that nobody talks in it (a fixed prior ratio of 15 dB makes
 * that a function of gamma alone), as T. Gerkmann and R. Hendriks describe ("Unbiased MMSE-based
 * noise power estimation with low complexity and low tracking delay", 2012).  Their safety net is
 * here too: what is believed to be speech for a second on end is noise after all.  The prior
 * ratio is "decision-directed", after Y. Ephraim and D. Malah (1984).
 *
 * Start.  The first 80 ms are taken for noise, but never for more than a flat noise of -30 dBm0
 * has, so that who talks at once is heard.
 *
 * Limits.  Noise that falls is followed within half a second, one that rises within two.  Below the
 * quantising noise of A-law (-66 dBm0) nothing is tracked.  Memory is the caller's, 64-byte
 * aligned.  A lane's bits depend on its own samples only, counted from its reset, which must
 * happen between two hops.
 */
#ifndef TC_SPECTRUM_H
#define TC_SPECTRUM_H

#include <stdint.h>

#ifndef TC_GROUP
#define TC_GROUP 16
#endif
#define TC_HOP 80
#define TC_SPECTRUM_WINDOW 240
#define TC_BINS 129

typedef float tc_lane_row[TC_GROUP] __attribute__((aligned(64)));

typedef struct {
    tc_lane_row past[TC_SPECTRUM_WINDOW]; /* samples, the newest last */
    tc_lane_row noise[TC_BINS];           /* power */
    tc_lane_row presence[TC_BINS];        /* of speech, smoothed over 200 ms */
    tc_lane_row clean[TC_BINS];           /* power of the last hop, less noise */
    tc_lane_row frozen;                   /* 1: the noise is not followed now, as under a tone */
    tc_lane_row hops;                     /* since the reset, up to a million */
} tc_spectrum;

static inline void tc_spectrum_reset(tc_spectrum *s, unsigned lane)
{
    for (unsigned n = 0; n < TC_SPECTRUM_WINDOW; n++)
        s->past[n][lane] = 0;
    for (unsigned k = 0; k < TC_BINS; k++)
        s->noise[k][lane] = s->presence[k][lane] = s->clean[k][lane] = 0;
    s->frozen[lane] = s->hops[lane] = 0;
}

/* Takes in a hop, x[sample][lane]. */
static inline void tc_spectrum_take(tc_spectrum *s, const int16_t *x)
{
    const unsigned kept = TC_SPECTRUM_WINDOW - TC_HOP;
    for (unsigned n = 0; n < kept; n++)
        for (unsigned l = 0; l < TC_GROUP; l++)
            s->past[n][l] = s->past[n + TC_HOP][l];
    for (unsigned n = 0; n < TC_HOP; n++)
        for (unsigned l = 0; l < TC_GROUP; l++)
            s->past[kept + n][l] = x[n * TC_GROUP + l];
}

#endif
