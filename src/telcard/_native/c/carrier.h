/* Framed line: what the two ends of a line do whose frames are real ones (e1.h, t1.h).
 *
 * What.  Instead of octets by timeslot, each tick carries the 80 frames of 10 ms as the bits of a
 * line: 2,560 octets of an E1, 1,930 of a T1.  The end that sends frames what its lanes say, with
 * its ABCD bits and what follows of its receiver's alarms; the end that receives finds the frames
 * again.  So bit errors, lost bits and cuts act on framing, signalling and sound as on copper, and
 * alarms come out of the receiver.
 *
 * How.  What arrives passes, in this order: the signal as a whole (cut, all ones, noise); a store
 * that is `delay` bits long, and loses or gains bits between two ticks; bit errors; the receiver. A
 * receiver that finds a new alignment completes one frame less in that tick: the last one is
 * repeated.  A slip of the store that would need bits that have not been sent yet waits for a
 * multiframe (16 frames, 24 of a T1), which changes no alignment but that asked for.
 *
 * Sleep.  Where nothing happens an end is *quiet*: no lane, no errors, the same bits and alarms for
 * 160 ms.  When both are quiet both stop sending, and time stands still on the line until one of
 * them has something to say: virtual time may then be skipped.  Nothing is lost by that, since an
 * end reads all that the other wrote.
 *
 * Asked for.  An end of a T1 that obeys loops itself when the far end's data link, or its loop
 * code, asks for that, and ends the loop when it asks for that.  One that has asked hears its own
 * words back, so only one of the two may obey.
 *
 * Loops.  Local: the receiver hears what its own end sends, and the line gets all ones.  Line: what
 * arrives goes back bit for bit.  Payload: the timeslots go back in frames of our own.
 *
 * Limits.  Alarms are told as the end of a tick finds them; what came and went within 10 ms is
 * seen in the counts alone.  Octets reach lanes with less than one frame of delay more than on a
 * line without frames, once its frames do not begin where ours do.
 *
 * Use.  tc_carrier_init(); every tick tc_carrier_receive(), then, unless tc_carrier_sleeps(),
 * tc_carrier_send().
 */
#ifndef TC_CARRIER_H
#define TC_CARRIER_H

#include "e1.h"
#include "e1line.h"
#include "impair.h"
#include "t1.h"

#include <stdbool.h>

#define TC_CARRIER_OCTETS (TC_TICK_SAMPLES * TC_E1_SLOTS) /* of the line in a tick, at most */
#define TC_QUIET_TICKS 16

enum { TC_LOOP_NONE, TC_LOOP_LOCAL, TC_LOOP_LINE, TC_LOOP_PAYLOAD };

enum {
    TC_COUNT_FRAMES,
    TC_COUNT_FRAMING, /* errored alignment signals or bits */
    TC_COUNT_CRC_BLOCKS,
    TC_COUNT_CRC_ERRORS,
    TC_COUNT_E_ERRORS,
    TC_COUNT_LOSSES,
    TC_COUNT_CRC_LOSSES,
    TC_COUNT_CAS_LOSSES,
    TC_COUNT_REPEATED, /* frames, at a new alignment */
    TC_COUNT_REPORTS,  /* of the far end's performance, on the data link of a T1 */
    TC_COUNT_REPORT,   /* not a number: its eight octets, the first one highest */
    TC_COUNTS,
};

typedef struct {
    uint8_t t1, cas;            /* T1 or E1; whether there are ABCD bits */
    uint8_t loop;               /* TC_LOOP_* */
    uint8_t obeys;              /* loops when it is asked to */
    uint8_t asked, coded;       /* by the message, and the loop code, that was heard last */
    uint8_t fresh;              /* this tick's octets are in `octets` */
    uint8_t alarms;             /* TC_E1_*, at the end of this tick */
    uint8_t told;               /* whether the other end's last tick was quiet, or there was none */
    uint8_t quiet;              /* ticks in which nothing happened */
    uint8_t known[TC_E1_SLOTS]; /* bits as last sent */
    uint8_t cut, hurt;          /* TC_SIGNAL_* that the line made of what was sent, and received */
    uint32_t delay;             /* of the line's store, in bits */
    uint64_t read;              /* the newest tick of the other end that was looked for */
    union {
        struct {
            tc_e1tx tx;
            tc_e1rx rx;
        } e1;
        struct {
            tc_t1tx tx;
            tc_t1rx rx;
        } t1;
    } at;
    _Atomic uint64_t counts[TC_COUNTS];
    _Atomic uint32_t status;            /* TC_STATUS_*, for the loop */
    uint8_t past[TC_CARRIER_OCTETS];    /* what came in the tick before */
    uint8_t arrived[TC_CARRIER_OCTETS]; /* this tick */
    uint8_t sent[TC_CARRIER_OCTETS];    /* by this end, in the last tick */
    uint8_t frames[TC_TICK_SAMPLES + 2][TC_E1_SLOTS];
    uint8_t octets[TC_E1_SLOTS][TC_TICK_SAMPLES]; /* received, by timeslot; then to be sent */
} tc_carrier;

enum { TC_STATUS_ALIGNED = 1, TC_STATUS_MULTI = 2, TC_STATUS_INTERWORKING = 4, TC_STATUS_CAS = 8 };
enum { TC_STATUS_LOOP = 4, TC_STATUS_CODE = 8, TC_STATUS_MESSAGE = 16 }; /* shifts: what follows */

/* What an end of a T1 may be told to say, and whether it obeys. */
enum { TC_SAY_MESSAGE, TC_SAY_REPORT, TC_SAY_CODE, TC_SAY_OBEYS };

/* `multi`: CRC-4 of an E1, ESF of a T1. */
void tc_carrier_init(tc_carrier *carrier, bool t1, bool multi, bool cas);

/* The line loses so many bits, or gains them where below 0. */
void tc_carrier_slip(tc_carrier *carrier, int32_t bits);

/* A message of the data link, or TC_T1_NO_MESSAGE; a report, its first octet highest; a loop code;
 * whether it obeys.  Nothing of it on an E1. */
void tc_carrier_say(tc_carrier *carrier, unsigned what, uint64_t value);

/* Takes what `end` receives at `tick`: `frame` is that of the other end's last tick or NULL, and
 * `state` what lasts of it, whose bits become those to believe.  `open`: timeslots that
 * somebody has opened.
 * Returns alarms. */
unsigned tc_carrier_receive(tc_carrier *carrier, tc_impairment *impairment, uint64_t tick,
                            const tc_e1_frame *frame, tc_e1_state *state, uint32_t open);

/* Whether both ends are quiet, so that nothing is to be sent in this tick.  `busy`: somebody is at
 * work on the span. */
bool tc_carrier_sleeps(tc_carrier *carrier, const tc_impairment *impairment, const uint8_t *bits,
                       bool busy);

/* Sends frame->speaking's timeslots of carrier->octets, and these bits. */
void tc_carrier_send(tc_carrier *carrier, const uint8_t *bits, uint32_t open, tc_e1_frame *frame);

/* Whether the end has something to do in its next tick. */
bool tc_carrier_due(const tc_carrier *carrier, const tc_e1line *line, unsigned end);

#endif
