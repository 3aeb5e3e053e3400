/* The tone disabler of an echo canceller, in 16 lanes (G.168 7).
 *
 * A modem that answers sends 2100 Hz with its phase reversed every 450 ms: from then on its line
 * must be left as it is, whichever way the tone went.  It may be worked on again when both ways
 * together have been quiet, below -36 dBm0, for 250 ms: a modem that only listens for a while is no
 * end of the call.  The tone is heard by fax_tones.h, and so are its limits.
 *
 * Memory is the caller's, 64-byte aligned.  Decisions come at multiples of 40 samples of the group;
 * whoever wants the same ones for every cutting of a stream asks at those.
 */
#ifndef TC_DISABLER_H
#define TC_DISABLER_H

#include "fax_tones.h"

typedef struct {
    tc_fax_tones receive, send;
    uint32_t disabled;
} tc_disabler;

void tc_disabler_init(tc_disabler *d);

/* A new call on a lane: it is worked on. */
void tc_disabler_reset(tc_disabler *d, unsigned lane);

/* Hear n samples of both ways, [sample][lane]; returns the lanes that must be left alone now. */
uint32_t tc_disabler_feed(tc_disabler *d, const int16_t *receive, const int16_t *send, unsigned n);

#endif
