/* ADPCM of 4 bits a sample: Dialogic's VOX in both published roundings, and IMA/DVI.
 *
 * What.  A code is a sign and the size, 0 to 7, of the step from the sample before to this one, in
 * quarters of a step size that follows the codes: small codes shrink it by a tenth, great ones let
 * it grow.  Coder and decoder keep the same two numbers, the last sample and the place in a table
 * of step sizes, so every coder has a decoder inside.
 *
 * Which rule.  All agree on the difference that a code stands for, (size + 1/2) / 4 of a step, but
 * not on its rounding, and a decoder that rounds otherwise than the coder drifts away:
 *
 *   DIALOGIC  each of the four parts ss, ss/2, ss/4 and ss/8 is cut off by itself; 12 bits.  The
 *             application note "Dialogic ADPCM Algorithm" (00-1366-001, 1988), and so the boards;
 *   OKI       their sum is cut off once; the sum may reach the full 16 bits.  libsndfile and SoX;
 *   IMA       cut off by itself as by Dialogic, but with 89 step sizes and in 16 bits. "Recommended
 *             Practices for Enhancing Digital Audio Compatibility" (IMA, 1992).
 *
 * The table has 49 steps of 12 bits for the first two.  Linear sound is left-justified in 16 bits
 * everywhere: the 12 bits are its upper ones.
 *
 * Limits.  The caller owns the memory and sets it up with tc_adpcm_reset().  A call takes either
 * one lane, x[sample], or a group, x[sample][16]; codes, one an octet, lie in the same way.
 * Integers alone: the same codes at every SIMD level and for every cutting.  Lanes do not meet.
 */
#ifndef TC_ADPCM_H
#define TC_ADPCM_H

#include <stddef.h>
#include <stdint.h>

#define TC_ADPCM_LANES 16

enum { TC_ADPCM_DIALOGIC, TC_ADPCM_OKI, TC_ADPCM_IMA, TC_ADPCM_KINDS };

typedef struct {
    int32_t last[TC_ADPCM_LANES] __attribute__((aligned(64)));  /* sample, of 16 bits */
    int32_t place[TC_ADPCM_LANES] __attribute__((aligned(64))); /* in the table of steps */
} tc_adpcm;

/* Begin: all is 0 on one lane. */
void tc_adpcm_reset(tc_adpcm *s, unsigned lane);

/* n samples of 1 lane (lane 0) or of 16; `kind` as above. */
void tc_adpcm_encode(tc_adpcm *s, int kind, const int16_t *x, uint8_t *codes, size_t n,
                     unsigned lanes);
void tc_adpcm_decode(tc_adpcm *s, int kind, const uint8_t *codes, int16_t *x, size_t n,
                     unsigned lanes);

#endif
