/* Impairments: what a line does to one span, and which alarms its receiver raises.
 *
 * What.  Either way the signal may be cut, replaced by AIS, or lose its framing; what is received
 * may pass an elastic store with slips (elastic.h) and meet bit errors (biterrors.h).  All zero is
 * a line in order, which costs one comparison a tick.
 *
 * Alarms.  A signal changes between two ticks only, so every criterion of the standards for 2048
 * kbit/s is met, and every alarm entered or left, with the first tick (10 ms) of a new state:
 *
 *     LOS   no transitions for 10 to 255 pulse intervals; left when there are some for as long
 *           (ITU-T G.775, 2048 kbit/s): 0.12 ms at most
 *     AIS   at most 2 zeros in each of two periods of 512 bits; left with 3 or more in each of two,
 *           or with frame alignment (G.775): 0.5 ms
 *     LFA   three consecutive incorrect frame alignment signals; left with a correct one, a frame
 *           without it, and a correct one (G.706, clauses 4.1.1 and 4.1.2): 0.75 and 0.5 ms
 *     RAI   bit A of timeslot 0 set, or not set, three times (O.162, clause 2.1.4): 0.75 ms
 *
 * Only the root is reported: a line without signal has no frame alignment either.  While there is
 * LOS, AIS or LFA the receiver gives all ones instead of octets and ABCD bits, and the far end is
 * told by bit A (G.732, clause 4 and its table of consequent actions; Q.421 knows bits 1 1 of
 * a failed multiplex as "blocked").
 *
 * Limits.  What lasts is not judged here: how long an alarm may stand before calls are cleared is
 * up to the trunk.
 */
#ifndef TC_IMPAIR_H
#define TC_IMPAIR_H

#include "biterrors.h"
#include "e1line.h"
#include "elastic.h"

#include <stdbool.h>

#define TC_ALL_ONES 0xFF
#define TC_BITS_ALL_ONES 0xF

/* Alarms, as flags. */
enum { TC_ALARM_LOS = 1, TC_ALARM_LFA = 2, TC_ALARM_AIS = 4, TC_ALARM_RAI = 8 };

typedef struct {
    uint8_t received, sent; /* TC_SIGNAL_* that the line makes of it; TC_SIGNAL_NORMAL: as it is */
    tc_biterrors errors;
    tc_elastic store;
} tc_impairment;

/* What the receiver makes of the state of the line: alarms, and the bits to believe. */
unsigned tc_impair_state(const tc_impairment *impairment, tc_e1_state *state);

/* What a lane receives of what arrived; may be called with `octets` the same as `arrived`.
 * `slips`: of tc_elastic_advance() at this tick.  `carried`: its errors it has met already, among
 * the bits of real frames (carrier.h). */
void tc_impair_octets(tc_impairment *impairment, uint64_t tick, unsigned timeslot, int32_t slips,
                      bool carried, uint8_t *octets);

/* The frame that is about to be sent, when our own receiver hears this signal; nobody is told that
 * he cannot be heard before he was plugged in. */
void tc_impair_sent(const tc_impairment *impairment, const tc_e1_state *heard, tc_e1_frame *frame);

#endif
