/* G.711: A-law and u-law, both ways, and directly from one to the other.
 *
 * What.  ITU-T G.711 lays 13 bits (A-law) or 14 bits (u-law) of linear sound on 8 bits: a sign, one
 * of eight segments, one of sixteen steps in it.  Each segment is twice as wide as the one below
 * (but A-law's lowest two are equal, so its middle is a straight line).
 *
 * Which rule.  16-bit input is treated as the ITU's Software Tool Library (G.191) treats it: the
 * sound is left-justified in the 16 bits, a negative value is folded by ones' complement (so -1
 * codes like 0 with the other sign) and the low bits are cut off.  All 65,536 inputs and 256
 * octets agree with that library.  Python's old audioop negates instead and so differs from it at
 * 508 u-law inputs.  Octets are as they travel: A-law with its even bits inverted, u-law inverted
 * altogether.
 *
 * How.  Arithmetic, no tables, so that the compiler can lay 8 to 64 samples side by side.  A float
 * is a code of this very kind: its exponent is the segment and the highest four bits of its
 * mantissa are the step.  Encoding converts the magnitude to float and takes those bits; decoding
 * puts them back, with half a step, and converts to integer.  All of it is exact.
 *
 * Limits.  `in` and `out` of the coders must not overlap; n may be anything, and no alignment is
 * needed.  Transcoding goes by tables 3/G.711 and 4/G.711, not by decoding and encoding again,
 * which would give another octet 44 times of 256 (u to A) and 32 times (A to u).  There `in` may
 * equal `out`.
 */
#ifndef TC_G711_H
#define TC_G711_H

#include <stddef.h>
#include <stdint.h>

#define TC_ALAW_SILENCE 0xD5 /* +0, the idle octet of an E1 */
#define TC_ULAW_SILENCE 0xFF /* +0 */

void tc_alaw_encode(const int16_t *in, uint8_t *out, size_t n);
void tc_alaw_decode(const uint8_t *in, int16_t *out, size_t n);
void tc_ulaw_encode(const int16_t *in, uint8_t *out, size_t n);
void tc_ulaw_decode(const uint8_t *in, int16_t *out, size_t n);

void tc_alaw_to_ulaw(const uint8_t *in, uint8_t *out, size_t n);
void tc_ulaw_to_alaw(const uint8_t *in, uint8_t *out, size_t n);

#endif
