/* What follows a linear echo canceller: its residual suppressed, comfort noise in its place, in 16
 * lanes.
 *
 * What.  Sample by sample it takes what the canceller knows: x, the reference (delayed as the line
 * is), d, what came in, y, the estimate of the echo, and e, what is left.  It gives what goes out,
 * in the same sample: e itself while somebody talks at the near end or nobody at the far end, else
 * noise with the level and the spectrum of the near end's background.  Beside that it tells echo
 * return loss, enhancement and state of each lane.
 *
 * How.  Every 8 samples (a part) it compares the power of e with that of the residual which is to
 * be expected there, both from 200 Hz on:
 *
 *   echo       the estimate's power over the last 4 ms, and a share of the loudest part of x in the
 *              tail, times the loss measured so far: what a bad estimate leaves is heard there;
 *   leak       residual per echo, followed while only the far end talks: down as fast as a filter
 *              converges, up slowly; while somebody talks hardly beyond -24 dB, or 6 dB above what
 *              the filter is known to leave.  Never below that (a mean over a quarter of a second
 *              of the far end alone), nor below -33 dB: that much A-law's noise leaves.  It is
 *              believed up to -26 dB, for it may be a voice that was not heard as one, and up to
 *              -16 dB where e has followed the echo's level up and down for seconds, as the noise
 *              of a coder in the path does and no voice;
 *   expected   leak * echo, what the canceller's own safety has not taken out of d (e + y - d), and
 *              the quantising noise of a quiet line.
 *
 * Nothing in e is the near end's that is not in d: what e has beyond it, a bad estimate has
 * brought, as after the end of a loud burst.
 *
 * The near end talks when e is 14.5 dB above that over 2 ms, or 12 dB over 5 ms, or 8.5 dB over 16
 * ms (and 9, 6, 3.5 dB above the background's noise).  The gain is then 1 within a millisecond, so
 * that no onset is lost, and stays so for 10, 30 or 60 ms; then it falls to nothing within some 20
 * ms.  The share of noise is sqrt(1 - gain^2), which keeps the background's level while they
 * change places.  When the far end has been silent for 400 ms the gain is 1, whoever talks.
 *
 * Someone softer than that may still be heard by his spectrum: the canceller looks at e bin by bin
 * once a block, and tells (tc_residual_tell) when a bin holds more than 10 dB beyond what the echo
 * there, or noise that comes of an echo, can leave.  So a modem passes beside a louder one in
 * another band, and a key behind a prompt.  Such tones are no background either.
 *
 * A changed echo path looks like a voice, too.  But what a wrong estimate leaves is correlated with
 * the estimate, which no voice is for long: that, or the word of a caller who has just replaced his
 * filter, lifts the leak to where e is.
 *
 * The background is heard in blocks of 80 samples.  The least of their mean power (over some four)
 * in 2.4 s is its floor, whoever talks: a residual, or a voice, can only add to it.  The
 * autocorrelation of those that are near to the floor, and can hold little residual, is averaged;
 * ten coefficients by Levinson's recursion make a filter of it, which is fed with noise of a
 * per-lane generator.
 *
 * Limits.  Memory is the caller's, 64-byte aligned; nothing is allocated.  Any cutting of the
 * stream gives the same bits, at every SIMD level; a lane's depend on its own samples only, as long
 * as its reset happens between two blocks of TC_RESIDUAL_BLOCK samples.
 */
#ifndef TC_RESIDUAL_H
#define TC_RESIDUAL_H

#include <stdint.h>

#define TC_RESIDUAL_LANES 16
#define TC_RESIDUAL_PART 8   /* samples between two decisions */
#define TC_RESIDUAL_BLOCK 80 /* samples in which the background is measured */
#define TC_RESIDUAL_ORDER 10
#define TC_RESIDUAL_CHUNKS 17 /* of 8 ms: the longest tail, and the one that is not full yet */

typedef float tc_residual_row[TC_RESIDUAL_LANES] __attribute__((aligned(64)));
typedef int32_t tc_residual_flags[TC_RESIDUAL_LANES] __attribute__((aligned(64)));

/* What is done with each lane. */
enum { TC_RESIDUAL_SUPPRESS = 1, TC_RESIDUAL_NOISE = 2 };

/* What a lane is like. */
enum {
    TC_RESIDUAL_IDLE = 0,       /* the far end is silent */
    TC_RESIDUAL_CONVERGING = 1, /* it talks, and less than 15 dB are taken away */
    TC_RESIDUAL_CONVERGED = 2,
    TC_RESIDUAL_DOUBLE = 3, /* both talk */
};

typedef struct {
    float erl_db, erle_db; /* of the far end alone; 0 before there was any */
    float leak_db;         /* residual expected, relative to the echo */
    float noise;           /* mean square of the near end's background */
    uint8_t state;
} tc_residual_figures;

typedef struct {
    /* The part that is not full yet. */
    tc_residual_row of_d[3], of_y[3], of_e[3]; /* of their high-pass */
    tc_residual_row sum_x, sum_d, sum_y, sum_e, sum_dy, sum_kept;
    /* Means of past parts. */
    tc_residual_row y[3], d_last, e_last;            /* of the last ones */
    tc_residual_row chunk[TC_RESIDUAL_CHUNKS], hull; /* of x: loudest part of 8 ms; of the tail */
    tc_residual_row e5, h5, e16, h16; /* e, and the echo expected, smoothed over 5 and 16 ms */
    tc_residual_row k5, k16, k_last;  /* the estimate that was kept in, likewise */
    tc_residual_row wy, yy, ww;       /* products over 128 ms; w is d - y */
    tc_residual_row mean_x, mean_d, mean_e; /* far end alone, over 1/4 s */
    tc_residual_row moments[6], coded; /* of the echo's and of e's level; what that tells of it */
    tc_residual_row leak;
    tc_residual_row gain, gain_step, gain_next; /* now, per sample, at the end of the part */
    tc_residual_row noise, noise_step, noise_next;
    tc_residual_flags near, far; /* parts for which each is still taken for talking */
    tc_residual_flags doubt;     /* parts on end in which the estimate was found wrong */
    tc_residual_flags told;      /* the caller says that the estimate was wrong, */
    tc_residual_flags sung;      /* or may look so, for the reference is a tone; */
    tc_residual_flags narrow;    /* so is e */
    tc_residual_flags suspect;   /* parts for which e may be anything of an echo */
    tc_residual_flags converged; /* parts that it has been so, up to 100 */
    /* The background. */
    tc_residual_row background;          /* its mean square, after the high-pass */
    tc_residual_row worst, sum_of_block; /* residual expected in this block; sum of e's parts */
    tc_residual_row windowed[TC_RESIDUAL_ORDER], products[TC_RESIDUAL_ORDER + 1];
    tc_residual_row smooth, lowest[4]; /* mean power of blocks; least of it in 0.6 s each */
    tc_residual_flags count;           /* blocks in the average */
    tc_residual_row correlation[TC_RESIDUAL_ORDER + 1];
    tc_residual_row filter[TC_RESIDUAL_ORDER], excitation;
    tc_residual_row past[TC_RESIDUAL_ORDER]; /* of the noise, the newest first */
    tc_residual_flags seed;
    /* What the caller wants. */
    tc_residual_flags chunks, suppress, comfort;
    uint64_t at;      /* samples heard */
    uint32_t changed; /* lanes whose path has changed, until somebody asks */
} tc_residual;

void tc_residual_init(tc_residual *r);

/* What to do with a lane (TC_RESIDUAL_SUPPRESS | TC_RESIDUAL_NOISE), and its tail in ms. */
void tc_residual_set(tc_residual *r, unsigned lane, unsigned what, unsigned tail_ms);

/* Forget what a lane has heard; what to do with it stays. */
void tc_residual_reset(tc_residual *r, unsigned lane);

/* What the filter knows of the last block: lanes whose filter did not fit and has been replaced (e
 * is echo, whatever it looks like), whose reference is a tone (what is like it may still be the
 * near end's), whose error has a spectrum that no echo can have left, and whose error is tones,
 * which are no background. */
void tc_residual_tell(tc_residual *r, uint32_t replaced, uint32_t sung, uint32_t alien,
                      uint32_t narrow);

void tc_residual_look(const tc_residual *r, unsigned lane, tc_residual_figures *figures);

/* n samples of each lane, [sample][lane]; rounded and saturated. */
void tc_residual_feed(tc_residual *r, const tc_residual_row *x, const tc_residual_row *d,
                      const tc_residual_row *y, const tc_residual_row *e,
                      int16_t (*out)[TC_RESIDUAL_LANES], unsigned n);

#endif
