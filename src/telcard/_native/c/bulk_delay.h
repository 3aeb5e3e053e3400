/* Bulk delay: how much later than it was sent an echo comes back, up to 500 ms, in 16 lanes.
 *
 * What.  A canceller's tail covers 8 to 128 ms.  Where a path is longer (satellites, packets, a
 * line that does not tell its delay) the tail has to begin later: this listens to what is sent and
 * to what comes back, and tells for each lane from when until when its echo comes back.
 *
 * How.  Every 160 samples (a hop) the newest 320 of both ways are windowed and folded to 160, of
 * which a transform makes bins of 50 Hz; those from 500 to 2,050 Hz are worked on.  What came back
 * is multiplied with what was sent in this hop and in each of the 26 before: cross-spectra for all
 * lags, averaged over a second and a half of talk.  So that few of its sounds do not outweigh all
 * others,
 *
 *   what was sent   is divided by its usual spectrum: pitch would look like echoes;
 *   what came back  is weighted by one over its power of the moment: a stretch in which the near
 *                   end talks counts little, and so does a band that its voice fills;
 *   the sum         is divided by the root of the weighted power that was sent at that lag: what
 *                   chance leaves there is the same everywhere then.
 *
 * Back in the time domain (lags lie 160 samples apart and windows overlap, so two of them make each
 * stretch) that is a response of the path over 520 ms.  An echo is where 4 ms of it have 13 dB more
 * than the mean of all others and 6 dB more than those 24 to 48 ms away, three times on end at one
 * place.  It begins and ends where its energy is a quarter and a tenth of that.  Of places that are
 * nearly alike the earliest is taken, and the one that was told before stays.
 *
 * A tone has no lag that stands out, a buzz too many: nothing is told of them.  Silence stops the
 * averages.  Two voices that have nothing to do with each other stay 2 dB below the threshold.
 *
 * The work is even, every 80 samples: either both transforms or most of the multiplying; one lag
 * back in the time domain, and one lane to be looked at.
 *
 * Limits.  An echo is told after 1.4 to 3 s of talk, one that goes elsewhere in twice that time,
 * for the old place has to fade.  What repeats itself within half a second may be told a period too
 * late.  Memory is the caller's, 64-byte aligned, 17 KiB a lane; nothing is allocated.  Any cutting
 * of the stream gives the same bits, at every SIMD level (what calls it may fuse, this does not). A
 * lane's bits depend on its own samples only, counted from its reset, at the group's hops.
 */
#ifndef TC_BULK_DELAY_H
#define TC_BULK_DELAY_H

#include <stddef.h>
#include <stdint.h>

#define TC_BULK_LANES 16
#define TC_BULK_TURN 80  /* samples between two pieces of work */
#define TC_BULK_HOP 160  /* samples between two spectra, each of 320 */
#define TC_BULK_LAGS 27  /* hops that are looked back */
#define TC_BULK_BINS 32  /* that are worked on, */
#define TC_BULK_FIRST 10 /* from this one on */
#define TC_BULK_PIECE 16 /* samples of a response whose energy is one number */
#define TC_BULK_PIECES ((TC_BULK_LAGS - 1) * TC_BULK_HOP / TC_BULK_PIECE)

typedef float tc_bulk_row[TC_BULK_LANES] __attribute__((aligned(64)));

typedef struct {
    tc_bulk_row re, im;
} tc_bulk_bin;

typedef struct {
    int16_t x[2 * TC_BULK_HOP][TC_BULK_LANES], d[2 * TC_BULK_HOP][TC_BULK_LANES];
    unsigned filled;                  /* samples of the hop so far */
    unsigned head;                    /* the newest of `past` */
    unsigned lag;                     /* which is brought back to the time domain next */
    tc_bulk_bin now[TC_BULK_BINS];    /* what came back in this hop, weighted, */
    tc_bulk_row weight[TC_BULK_BINS]; /* and its weights */
    tc_bulk_row keep;                 /* of the averages; 1 while nothing is sent */
    tc_bulk_row went[TC_BULK_BINS],
        came[TC_BULK_BINS];         /* power that was sent, and came back, as usual */
    tc_bulk_row silent;             /* hops since something was sent, */
    tc_bulk_row heard;              /* hops that have been averaged, */
    tc_bulk_row sent[TC_BULK_LAGS]; /* weighted power that was, by lag */
    tc_bulk_bin past[TC_BULK_BINS][TC_BULK_LAGS], crossed[TC_BULK_BINS][TC_BULK_LAGS];
    tc_bulk_row before[TC_BULK_HOP]; /* the response at the last lag */
    tc_bulk_row energy[TC_BULK_PIECES];
    /* What is believed of each lane: where its echo is, and how often on end it was found there. */
    uint16_t place[TC_BULK_LANES], times[TC_BULK_LANES];
} tc_bulk_delay;

/* From when until when a lane's echo comes back, in samples. */
typedef struct {
    unsigned lane, first, last;
} tc_bulk_found;

void tc_bulk_delay_init(tc_bulk_delay *bulk);

/* Forget what a lane has sent and heard. */
void tc_bulk_delay_reset(tc_bulk_delay *bulk, unsigned lane);

/* Take n samples of both ways in, [sample][lane]: no more than are left of these 80. */
void tc_bulk_delay_take(tc_bulk_delay *bulk, const int16_t (*receive)[TC_BULK_LANES],
                        const int16_t (*send)[TC_BULK_LANES], unsigned n);

/* After every 80 samples.  1 when one lane's echo stands where it is told in `found`. */
int tc_bulk_delay_turn(tc_bulk_delay *bulk, tc_bulk_found *found);

#endif
