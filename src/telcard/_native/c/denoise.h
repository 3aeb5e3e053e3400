/* Noise suppression: steady noise made less, speech left as it is, in 16 lanes.
 *
 * What.  Hops of 10 ms in, hops out, 20 ms late (TC_DENOISE_DELAY).  Noise that is there for some
 * time is lowered by up to `reduction` dB, bin by bin; a floor of it stays, which hides what
 * suppression leaves of it.
 *
 * How.  From the spectrum (spectrum.h) a gain for each bin, then back to sound, added up over the
 * windows.  The gain is that of the least error of the logarithm of amplitude (Y. Ephraim, D.
 * Malah, 1985), weighted with the probability that there is speech at all (I. Cohen, 2002: OM-LSA):
 * where it is certain the bin has the first gain, where there is none the least one, and between
 * them a geometric mean.  Whether there is speech is asked of five bins together, for one by itself
 * jumps: that is what is known as musical noise.
 *
 *   xi, gamma      prior and posterior ratio of the bin;  v = gamma xi / (1 + xi)
 *   gain           xi / (1 + xi) * exp(E1(v) / 2)
 *   E1(v)          exp(-v) ln(1 + (0.5615 + v) / (v + v^2)): exact at both ends, 3 % between
 *   absence        1 - (mean of xi over 5 bins, -10 .. -5 dB, as 0 .. 1), at least 0.02
 *   presence       1 / (1 + absence / (1 - absence) * (1 + xi) exp(-v))
 *
 * Limits.  Noise that changes faster than half a second is speech to it; so are voices in the
 * background.  Memory is the caller's, 64-byte aligned.  The same bits at every SIMD level.
 */
#ifndef TC_DENOISE_H
#define TC_DENOISE_H

#include "spectrum.h"

#define TC_DENOISE_DELAY (TC_SPECTRUM_WINDOW - TC_HOP)

typedef struct {
    tc_spectrum spectrum;
    tc_lane_row sound[TC_SPECTRUM_WINDOW]; /* sums of windows, the oldest first */
    tc_lane_row prior[TC_BINS];            /* smoothed */
    float least;                           /* log2 of the least gain */
} tc_denoise;

void tc_denoise_init(tc_denoise *denoise, float reduction_db);

/* Forget what a lane has heard; between two hops. */
void tc_denoise_reset(tc_denoise *denoise, unsigned lane);

/* A hop of each lane, x[sample][lane], and what was that hop 160 samples ago without its noise. */
void tc_denoise_hop(tc_denoise *denoise, const int16_t *x, int16_t *out);

#endif
