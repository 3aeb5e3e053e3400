/* Level: how loud linear sound is, exactly.
 *
 * What.  The sum of the squares of int16 samples, as an integer: no rounding, so the answer does
 * not depend on how a stream is cut, on the SIMD level or on the order of adding.  telcard.units
 * says what RMS value is 0 dBm0.
 *
 * How.  A square is at most 2^30; 64-bit sums hold 2^34 of the largest (24 days at 8 kHz).
 *
 * Use.  tc_energy() for one channel, its samples side by side.  tc_energy_lanes() for sound laid
 * out [frame][channel]; it *adds* to sums[channel], which the caller has cleared.
 */
#ifndef TC_LEVEL_H
#define TC_LEVEL_H

#include <stddef.h>
#include <stdint.h>

/* Sum of the squares of x[0..n). */
uint64_t tc_energy(const int16_t *x, size_t n);

/* sums[c] += the squares of x[f * channels + c] for every f in 0..frames. */
void tc_energy_lanes(const int16_t *x, size_t frames, size_t channels, uint64_t *sums);

#endif
