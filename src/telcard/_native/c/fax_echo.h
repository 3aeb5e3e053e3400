/* A fax receiver's echo canceller: the far end's signal once more, later than the equaliser
 * reaches.
 *
 * What.  A hybrid at the far end returns what another one has returned before (listener echo), 10
 * to 40 ms late and 15 to 25 dB down.  For V.17 at 14400 bit/s that is noise enough to end it; but
 * what is echoed is known: the symbols that were decided then.
 *
 * How.  In training, when all symbols are known, the errors are compared with those of 9 to 104
 * symbols before.  If the 16 neighbours that explain most of them explain enough, they become taps:
 * the sum of the old symbols times the taps is taken off each new one before it is decided, and the
 * taps go on learning with the equaliser's (LMS).  A wrong decision comes back as weak as the echo.
 * A line without an echo costs no more than keeping the symbols.
 *
 * Limits.  One echo, 9 to 104 symbols late (4 to 43 ms at 2400 a second), if it is found in a long
 * training; V.17's short ones keep its taps.  Like the equaliser: the same bits at every SIMD
 * level.
 *
 * Source.  S. U. H. Qureshi, "Adaptive equalization", Proc. IEEE 73, 1985, on decision feedback.
 */
#ifndef TC_FAX_ECHO_H
#define TC_FAX_ECHO_H

#include "fax_plan.h"

enum {
    TC_FAX_ECHO_FAR = 104, /* symbols: the oldest that is looked at, */
    TC_FAX_ECHO_LAGS = 96, /* and how many of them */
    TC_FAX_ECHO_TAPS = 16,
    TC_FAX_ECHO_AGAIN = 64, /* symbols that may be heard again */
    TC_FAX_ECHO_PAST = 256,
    TC_FAX_ECHO_KEEPS = TC_FAX_ECHO_FAR + TC_FAX_ECHO_AGAIN,
    TC_FAX_ECHO_FROM = TC_FAX_ECHO_FAR, /* symbol of the training from which on it is looked for, */
    TC_FAX_ECHO_MOST = 1024,            /* and for how many */
};

typedef struct {
    /* symbols as they were decided, the newest one before `pasts` */
    float re[TC_FAX_ECHO_PAST] __attribute__((aligned(64)));
    float im[TC_FAX_ECHO_PAST] __attribute__((aligned(64)));
    unsigned pasts;
    /* sums of what symbols are off, times the conjugates of the oldest symbols and of those behind;
     * and of that alone */
    float like_re[TC_FAX_ECHO_LAGS] __attribute__((aligned(64)));
    float like_im[TC_FAX_ECHO_LAGS] __attribute__((aligned(64)));
    tc_fax_phasor off;
    /* of the symbols from `far` back on; 0: there is no echo */
    float w_re[TC_FAX_ECHO_TAPS] __attribute__((aligned(64)));
    float w_im[TC_FAX_ECHO_TAPS] __attribute__((aligned(64)));
    unsigned far;
    uint32_t until; /* symbol of this training, up to which it is looked for */
} tc_fax_echo;

/* A training begins behind V.17's alternation; a short one keeps the taps. */
void tc_fax_echo_begin(tc_fax_echo *echo, const tc_fax_plan *plan, int short_train);

/* All has been heard that is looked for: is there an echo?  Returns its power at the symbols, 0 if
 * it is not worth taking off; `noise` is theirs. */
float tc_fax_echo_found(tc_fax_echo *echo, const tc_fax_plan *plan, float noise);

/* A symbol and what comes back with it of those sent before it. */
tc_fax_phasor tc_fax_echo_with(const tc_fax_echo *echo, const tc_fax_phasor *now);

#endif
