/* PCM: float samples in -1..1 to int16.
 *
 * What.  x * 32768, rounded to the nearest (ties to even) and clipped to -32768..32767; what is not
 * a number becomes 0.  Every kernel that takes linear sound takes int16, so this is the one door
 * for float.
 *
 * How.  Adding 1.5 * 2^23 leaves a float no room for a fraction, so the processor rounds.
 */
#ifndef TC_PCM_H
#define TC_PCM_H

#include <stddef.h>
#include <stdint.h>

void tc_pcm_from_float(const float *in, int16_t *out, size_t n);

#endif
