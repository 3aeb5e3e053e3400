/* Phase jitter: a carrier that hums.
 *
 * What.  Supplies of old carrier systems turn the carrier to and fro, some degrees at 50 or 60 Hz
 * and their multiples: too fast for a carrier loop that noise must not move.  V.17's points of
 * 14400 bit/s lie 9 degrees apart, so that it is predicted, and taken off before the decision.
 *
 * How.  What the loop leaves of a symbol's phase is the sum over the 32 symbols before it, times
 * taps, which follow the error (normalised LMS).  While the symbols are known they learn, and
 * change nothing; if then they predict a good part of it, they are used for the data.  The loop
 * sees what it would without them, so that neither can lead the other astray.  A short training
 * goes on with the taps that are there.
 *
 * Source.  R. Gitlin, J. Hayes, S. Weinstein, "Data Communications Principles", 1992, on
 * decision-directed phase predictors.
 */
#ifndef TC_FAX_JITTER_H
#define TC_FAX_JITTER_H

#include <stdint.h>

enum {
    TC_FAX_JITTER_TAPS = 32,
    TC_FAX_JITTER_PAST = 128,
};

typedef struct {
    float w[TC_FAX_JITTER_TAPS] __attribute__((aligned(64)));
    float turns[TC_FAX_JITTER_PAST]; /* of symbols, in radians, less what the loop knew */
    unsigned count;                  /* in turns */
    float power, missed;             /* mean squares: of turns, and of what was not predicted */
    uint32_t from, until;            /* symbols in which it is looked for, or used */
} tc_fax_jitter;

#endif
