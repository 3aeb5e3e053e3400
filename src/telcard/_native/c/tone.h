/* Tones: up to four sines at a time, switched by a cadence.
 *
 * What.  A list of segments, each with up to four frequencies, their levels and a length in
 * samples, played a number of times or for ever: DTMF digits, dial tone, ringing tone, busy tone,
 * special information tones.  A tone that another modulates is three sines, the carrier and its
 * two sides: (1 + m cos b) sin a = sin a + m/2 sin(a + b) + m/2 sin(a - b).  Linear sound, int16,
 * at 8 kHz.
 *
 * How.  Each oscillator is a 32-bit phase that a constant is added to: frequencies are multiples of
 * 1.9 uHz, for ever (the nearest one is taken: at most 1.2 degrees an hour away).  The phase is
 * folded to a quarter turn and a Taylor polynomial of degree 11 gives the sine (error under 6e-8,
 * -144 dB).  The sines are added before the one rounding to int16; what remains is the rounding
 * itself (-98 dB below full scale).  Two of them or fewer, which is nearly always, cost half.
 * Sums beyond int16 are clipped.
 *
 * Phase.  An oscillator goes on without a step from segment to segment as long as it sounds, also
 * when its frequency or level changes; after a silent part (f = 0) it starts again at phase 0.
 *
 * Level.  0 dBm0 is an RMS value of 16141.2 (telcard.units; ITU-T G.711 table 5, A-law), so one
 * sine clips above +3.14 dBm0 and two equal ones above -2.88 dBm0 each.
 *
 * Limits.  Frequencies 0..4000 Hz.  The segments belong to the caller and must live, unchanged,
 * until the tone is over or forgotten.  A cadence whose segments are all empty is over at once. The
 * same bits at every SIMD level and however the stream is cut.
 *
 * Use.  tc_tone_init(), then tc_tone_feed() until it makes fewer samples than asked for.
 */
#ifndef TC_TONE_H
#define TC_TONE_H

#include <stddef.h>
#include <stdint.h>

#define TC_TONE_SINES 4

typedef struct {
    float hz[TC_TONE_SINES];         /* 0: this one is silent */
    float level_dbm0[TC_TONE_SINES]; /* of each sine by itself */
    uint32_t samples;
} tc_tone_segment;

typedef struct {
    uint32_t phase, step; /* of 2^32 a turn; step 0: silent */
    float amplitude;      /* peak, on the int16 scale */
} tc_oscillator;

typedef struct {
    const tc_tone_segment *segments;
    unsigned count;   /* of segments */
    unsigned current; /* index of the one that sounds */
    unsigned repeats; /* passes still to be made, the present one included; 0 = over */
    uint32_t left;    /* samples of the present segment not yet made */
    int endless;
    tc_oscillator oscillator[TC_TONE_SINES];
} tc_tone;

/* `repeats` 0: for ever. */
void tc_tone_init(tc_tone *tone, const tc_tone_segment *segments, unsigned count, unsigned repeats);

/* Makes n samples, or as many as there are left; returns how many. */
size_t tc_tone_feed(tc_tone *tone, int16_t *out, size_t n);

#endif
