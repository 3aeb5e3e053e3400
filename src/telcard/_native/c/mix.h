/* Mix: A-law sound made louder or softer, and two sounds added.
 *
 * What.  tc_gain is a fader for one channel: a level in tenths of a dB that A-law octets pass
 * through.  tc_alaw_add() is the sum of two channels, as somebody hears it who listens to both.
 *
 * How.  Octets are decoded, computed and encoded again.  A new level is reached along a straight
 * line of amplitude, TC_GAIN_RAMP samples long, so that no step can be heard as a click; a sample's
 * place on that line, not the cutting of the stream, says how loud it is.  What does not fit into
 * 16 bits is clipped.  tc_gain_ratio() takes the power of ten apart into tens, ones and tenths and
 * multiplies constants: no libm, so every machine computes the same bits.
 *
 * Silence.  A-law has no zero: its lowest steps, +8 and -8, stand for it.  They stay what they are
 * here, whatever the gain and whatever is added to them, so that a fader makes no hum of silence
 * and the sum of a voice and silence is the voice, octet for octet.
 *
 * Limits.  At 0 dB, when no ramp is under way, octets are not touched at all.  Other levels cost
 * one rounding to A-law.  A zeroed tc_gain is 0 dB.  The same bits at every SIMD level.
 */
#ifndef TC_MIX_H
#define TC_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TC_GAIN_MIN (-600) /* tenths of a dB */
#define TC_GAIN_MAX 240
#define TC_GAIN_RAMP 160 /* samples: 20 ms */

typedef struct {
    int16_t tenths; /* of a dB: where the fader stands, or where it is moving to */
    uint16_t left;  /* samples of the ramp still to come */
    float from, to; /* amplitudes at the ramp's two ends */
} tc_gain;

/* Amplitude of `tenths` of a dB, TC_GAIN_MIN to TC_GAIN_MAX. */
float tc_gain_ratio(int tenths);

/* Moves the fader, along a ramp; a level beyond the limits is taken for the limit. */
void tc_gain_move(tc_gain *gain, int tenths);

/* As tc_gain_move(), at once: for when nothing sounds. */
void tc_gain_jump(tc_gain *gain, int tenths);

/* Nothing sounds: the ramp is over, unheard. */
static inline void tc_gain_settle(tc_gain *gain)
{
    gain->left = 0;
}

/* Whether octets would be touched. */
static inline bool tc_gain_on(const tc_gain *gain)
{
    return gain->tenths || gain->left;
}

/* The octets pass through the fader. */
void tc_gain_apply(tc_gain *gain, uint8_t *octets, size_t n);

/* out = a + b; `out` may be one of them. */
void tc_alaw_add(const uint8_t *a, const uint8_t *b, uint8_t *out, size_t n);

#endif
