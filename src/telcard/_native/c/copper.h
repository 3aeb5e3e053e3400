/* Copper: what a subscriber's own line does to sound, on its way to him and from him.
 *
 * What.  Loss, white noise, delay, the echo of a hybrid, frequency offset, impulses and slips:
 *
 *     exchange --> delay, slips --> loss --> offset --> noise, impulses --+--> what he hears
 *                                                                        hybrid
 *     exchange <-- slips, delay <-- impulses, noise <-- offset <-- loss <-(+)-- what he says
 *
 * The hybrid is a filter of up to 64 ms: what he hears comes back into what he sends.  Each effect
 * is left out, and costs nothing, where it does nothing; a line without any changes no sample.
 *
 * Noise.  Four 16-bit parts of each of three random words are added: the sum of twelve uniform
 * numbers has a normal shape (kurtosis 2.9, none beyond 6 sigma) and the variance 2^32, exactly.
 * A word is splitmix64 of (seed, number of the word), so that it does not depend on what was drawn
 * before.  0 dBm0 is an RMS value of 16141.2 (telcard.units).
 *
 * Offset.  As in a carrier system whose oscillators differ, all frequencies move by the same number
 * of Hz.  The sound and its Hilbert transform (129 taps, Kaiser) are turned by an oscillator whose
 * phase never jumps; between 200 and 3800 Hz the level stays within 0.1 dB and the mirror image is
 * 45 dB down.  The transform takes 64 samples (8 ms), which come on top of the delay.
 *
 * Impulses and slips come by chance, each sample with the same probability (a Poisson process), or
 * slips at given samples.  An impulse is a decaying oscillation of 1 kHz that lasts 4 ms, of either
 * sign; a new one ends the one before.  Slips take turns: one sample is sent twice, then one is
 * lost, so that a line never runs away from its delay by more than one sample.
 *
 * How.  Float, one sample at a time in each sum, integers for chance and phase.  The same bits at
 * every SIMD level and however the stream is cut.
 *
 * Limits.  At most TC_COPPER_MOST samples a call.  Sums beyond int16 are clipped.  Memory is the
 * caller's: tc_copper_floats() says how much.
 *
 * Use.  tc_copper_init(); then for each block tc_copper_receive() and tc_copper_send() of the same
 * length, in this order.  The sending half may begin later than the receiving one.
 *
 * Source.  ITU-T G.122 (hybrid, echo), O.71 (impulses), Q.511 and G.822 (slips), G.135 (offset);
 * splitmix64: G. Steele et al., "Fast splittable pseudorandom number generators", 2014.
 */
#ifndef TC_COPPER_H
#define TC_COPPER_H

#include <stddef.h>
#include <stdint.h>

enum {
    TC_COPPER_MOST = 80,  /* samples in a call */
    TC_COPPER_TAPS = 512, /* 64 ms of echo */
    TC_COPPER_SHIFT = 64, /* samples that the Hilbert transform takes */
};

/* What happens on one way. */
typedef struct {
    float gain;            /* 1: no loss */
    float noise;           /* RMS value on the int16 scale, 0: none */
    float impulse;         /* its peak */
    uint32_t impulse_odds; /* of an impulse's beginning at a sample, of 2^32 */
    uint32_t slip_odds;    /* likewise */
    uint32_t delay;        /* samples */
    uint32_t turn;         /* of the offset's oscillator in a sample, of 2^32; 0: no offset */
} tc_copper_figures;

typedef struct {
    tc_copper_figures figures;
    uint64_t sample; /* its number, from 0 */
    uint64_t noise_seed, impulse_seed, slip_seed;
    uint32_t phase;        /* of the oscillator */
    uint32_t impulse_at;   /* sample of the impulse that sounds */
    float impulse_peak;    /* with its sign */
    const uint64_t *slips; /* at given samples, ascending */
    unsigned slips_left;
    unsigned twice; /* 1: one sample was sent twice and none lost since */
    float *carried; /* the newest delay + 1 samples, and room for a block */
    float *shifted; /* the newest 2 * TC_COPPER_SHIFT, and room for a block */
} tc_copper_way;

typedef struct {
    tc_copper_way receive, send;
    unsigned taps; /* 0: no echo */
    float *echo;   /* the hybrid's taps */
    float *heard;  /* the newest taps - 1 samples, then the block that he heard last */
    size_t last;   /* the length of that block */
} tc_copper;

/* Floats of memory for a line. */
size_t tc_copper_floats(const tc_copper_figures *receive, const tc_copper_figures *send,
                        unsigned taps);

/* `memory` holds tc_copper_floats(); `echo` is copied, `slips` must live as long as the line. */
void tc_copper_init(tc_copper *copper, const tc_copper_figures *receive,
                    const tc_copper_figures *send, const float *echo, unsigned taps,
                    const uint64_t *slips, unsigned slip_count, uint64_t seed, float *memory);

/* What he hears of n samples from the exchange; `in` may be `out`. */
void tc_copper_receive(tc_copper *copper, const int16_t *in, int16_t *out, size_t n);

/* What arrives at the exchange of n samples that he sends, while he heard the last n. */
void tc_copper_send(tc_copper *copper, const int16_t *in, int16_t *out, size_t n);

#endif
