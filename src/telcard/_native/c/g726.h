/* ITU-T G.726: ADPCM of 40, 32, 24 and 16 kbit/s.
 *
 * What.  Each sample becomes a code of 5, 4, 3 or 2 bits: the difference between it and what a
 * filter of two poles and six zeros predicts, on a logarithmic scale that follows the signal's
 * level.  Filter and scale adapt to the codes alone, so the decoder's always equal the coder's; a
 * code that is lost on the way is forgotten within some milliseconds, since all adaption leaks.
 *
 * How.  The blocks have the names of the recommendation (clause 4.2); their arithmetic, of odd word
 * lengths and of small floating-point numbers with 4 bits of exponent and 6 of mantissa, is kept
 * bit for bit.  Exponents are found by converting to float.  Nothing branches, so that 16 channels
 * can go side by side.
 *
 * Which side.  Coders take linear sound, left-justified in 16 bits; of these the recommendation's
 * 14 bits are the upper ones.  A-law and u-law octets, decoded by G.711, are such sound, and give
 * the recommendation's codes.  Decoders give linear sound again (the last two bits are 0), or
 * octets of a law: then the synchronous adjustment of clause 4.2.8 is made, which keeps tandem
 * connections over several coders from getting worse.
 *
 * Limits.  The caller owns the memory; tc_g726_reset() is the recommendation's reset, an all-ones
 * or an all-zeros code is taken for what it says.  A call takes one lane, x[sample], or a group,
 * x[sample][16].  Integers alone: the same codes at every SIMD level and for every cutting.
 */
#ifndef TC_G726_H
#define TC_G726_H

#include <stddef.h>
#include <stdint.h>

#define TC_G726_LANES 16

enum { TC_G726_LINEAR, TC_G726_ALAW, TC_G726_ULAW };

typedef int32_t tc_g726_row[TC_G726_LANES] __attribute__((aligned(64)));

/* Names of table 3/G.726.  dq and sr are kept as float: sign, exponent and mantissa, 1+4+6 bits. */
typedef struct {
    tc_g726_row a[2], b[6];   /* coefficients of the predictor */
    tc_g726_row dq[6], sr[2]; /* what they are multiplied with */
    tc_g726_row pk[2];        /* signs of the two partial sums before */
    tc_g726_row yu, yl;       /* scale: fast and slow */
    tc_g726_row dms, dml;     /* mean of the codes' function: short and long */
    tc_g726_row ap;           /* how quickly the scale adapts */
    tc_g726_row td;           /* a narrow-band signal, such as a modem's, was heard */
} tc_g726;

void tc_g726_reset(tc_g726 *s, unsigned lane);

/* n samples of 1 lane (lane 0) or of 16, `bits` a code: 2, 3, 4 or 5. */
void tc_g726_encode(tc_g726 *s, unsigned bits, const int16_t *x, uint8_t *codes, size_t n,
                    unsigned lanes);
void tc_g726_decode(tc_g726 *s, unsigned bits, const uint8_t *codes, int16_t *x, size_t n,
                    unsigned lanes);

/* The same, but into octets of TC_G726_ALAW or TC_G726_ULAW. */
void tc_g726_decode_law(tc_g726 *s, unsigned bits, int law, const uint8_t *codes, uint8_t *octets,
                        size_t n, unsigned lanes);

#endif
