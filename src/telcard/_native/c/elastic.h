/* Elastic store: what stands between a line with a clock of its own and our clock.
 *
 * What.  Octets of each timeslot are written at the line's pace and read at ours.  Where the two
 * differ the store fills or empties, and a controlled slip evens it out: one octet of every
 * timeslot is deleted (the line is fast) or repeated (it is slow), which is one frame of 125 us.
 * Two clocks as ITU-T G.811 wants them (1e-11 each) slip once in 70 days; G.822 allows a connection
 * 5 slips in 24 hours; at 50 ppm, the tolerance of G.703 for 2048 kbit/s, there are 2 in 5 s.
 *
 * How.  The difference is a whole number of 1e-12 and adds up exactly, over ticks that are skipped
 * as well: the same slips on every machine.  A slip happens between two ticks.  Each timeslot is
 * read `delay` octets behind what has arrived, 0 to 160; a deletion shortens that by one, a repeat
 * lengthens it.  A call on a plesiochronous span begins in the middle, 10 ms late; on a span that
 * is locked to our clock the store is out of the way and costs nothing.
 *
 * Limits.  Both ends of an emulated line are ticked by one clock: the far end makes 80 octets a
 * tick, however fast it claims to be.  So slips are real to the ear, but between two of them the
 * sound has not the 0.005 % of a wrong pitch that it had in life, and the store does not fill by
 * itself: after 80 slips one way (200 s at 50 ppm) it is at its end and starts from the middle,
 * 80 octets at once, which is counted apart.  A deletion on a locked span takes the store in, with
 * 80 octets repeated first.
 *
 * Use.  Every tick tc_elastic_advance(), then tc_elastic_pass() for each timeslot with a lane.
 */
#ifndef TC_ELASTIC_H
#define TC_ELASTIC_H

#include "e1line.h"

#define TC_ELASTIC_DEPTH (2 * TC_TICK_SAMPLES)
#define TC_ELASTIC_CENTRE TC_TICK_SAMPLES
#define TC_ELASTIC_UNIT INT64_C(1000000000000) /* of the drift: 1e-12 */

/* All zero: a locked span, the store out of the way. */
typedef struct {
    int64_t drift; /* of the line's clock against ours, in 1e-12; above 0 it is fast */
    int64_t phase; /* of the next slip, in 1e-12 octets */
    uint64_t tick; /* up to which `phase` counts */
    int32_t asked; /* slips asked for: above 0 octets to delete, below 0 to repeat */
    uint8_t in;    /* whether the store is between line and lanes */
    uint8_t delay[TC_E1_TIMESLOTS];
    uint8_t past[TC_E1_TIMESLOTS][TC_ELASTIC_DEPTH]; /* what arrived before this tick */
    _Atomic uint64_t slips;                          /* frames deleted or repeated */
    _Atomic uint64_t recentred;                      /* timeslots that met the store's end */
} tc_elastic;

/* From `tick` on the line's clock differs by so many 1e-12; 0: locked. */
void tc_elastic_tune(tc_elastic *store, int64_t drift, uint64_t tick);

/* Delete so many octets of every timeslot at the next tick, or repeat them where below 0. */
void tc_elastic_ask(tc_elastic *store, int32_t octets);

/* The store goes in between line and lanes; `last` is what a timeslot's lane received last. */
void tc_elastic_take_in(tc_elastic *store, unsigned timeslot, const uint8_t *last, uint8_t silence);

/* A lane was opened on the timeslot. */
void tc_elastic_open(tc_elastic *store, unsigned timeslot, uint8_t silence);

/* Octets that slip at this tick: above 0 deleted, below 0 repeated.  `open`: timeslots with a lane;
 * the store goes out of the way when none of them needs it. */
int32_t tc_elastic_advance(tc_elastic *store, uint64_t tick, uint32_t open);

/* What the lane receives in this tick, when `arrived` has come in from the line. */
void tc_elastic_pass(tc_elastic *store, unsigned timeslot, int32_t slips, const uint8_t *arrived,
                     uint8_t *received);

#endif
