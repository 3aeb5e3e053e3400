/* E1 line: two ends, one cable, one tick each way.
 *
 * What.  What one end writes at tick n the other reads at tick n + 1: 32 timeslots of 80 octets,
 * 32 ABCD nibbles (ITU-T G.704: channel associated signalling) and the state of the signal as a
 * whole, in both directions.  Octets are passed, framing is not: the state says what a framer would
 * have found.  Where framing is asked for the octets are those of the line's bits (carrier.h).
 *
 * How.  Each direction keeps its last four ticks.  Every slot carries the number of the tick that
 * wrote it, and a mask of the timeslots in which somebody speaks; the others carry the sender's
 * idle octet.  Because a reader takes the slot of the tick before its own, it does not matter which
 * end runs first within a tick.  Bits and signal are a state, not a stream: they last when ticks
 * are skipped because both ends are idle.
 *
 * Law.  The line carries octets and knows no law: what they mean is agreed between its ends.
 *
 * Limits.  Both ends are ticked by one thread, or by two that are never more than two ticks apart.
 * An end that never wrote is TC_SIGNAL_ABSENT and sends TC_BITS_BLOCKED in every timeslot, which is
 * what a trunk does that is not in service (ITU-T Q.421: a = 1, b = 1).  An end that is no longer
 * ticked looks like one that is idle.
 *
 * Use.  Each tick: tc_e1_read() what came, then tc_e1_begin(), fill, tc_e1_commit().
 */
#ifndef TC_E1LINE_H
#define TC_E1LINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TC_E1_TIMESLOTS 32
#define TC_TICK_SAMPLES 80
#define TC_E1_DEPTH 4
#define TC_BITS_BLOCKED 0xD /* abcd = 1101 */
#define TC_NEVER UINT64_MAX /* a tick that does not come */

enum {
    TC_SIGNAL_NORMAL,   /* framed, as ITU-T G.704 has it */
    TC_SIGNAL_NONE,     /* no transitions: the cable is cut, or the sender dead */
    TC_SIGNAL_AIS,      /* all ones, from whatever lies between and has lost its own signal */
    TC_SIGNAL_UNFRAMED, /* transitions without a frame alignment signal */
    TC_SIGNAL_ABSENT,   /* nobody was ever plugged in */
};

typedef struct {
    _Atomic uint64_t tick; /* that wrote it; TC_NEVER: nobody yet */
    uint32_t speaking;     /* timeslots whose octets are meant */
    uint32_t lively;       /* timeslots whose D-channel has sent something new */
    uint8_t idle;          /* octet of the others */
    uint8_t signal;        /* TC_SIGNAL_* */
    uint8_t quiet;         /* the sender has nothing to say (carrier.h) */
    uint8_t remote;        /* bit A of timeslot 0: "I cannot hear you" (G.704, clause 2.3.2) */
    uint8_t bits[TC_E1_TIMESLOTS];
    uint8_t octets[TC_E1_TIMESLOTS][TC_TICK_SAMPLES]; /* or the bits of a framed line */
} tc_e1_frame;

typedef struct {
    _Atomic uint64_t newest; /* the last tick that wrote; TC_NEVER: none yet */
    tc_e1_frame frames[TC_E1_DEPTH];
} tc_e1_direction;

typedef struct {
    _Alignas(64) tc_e1_direction from[2]; /* from[e]: what end e sends */
} tc_e1line;

void tc_e1_init(tc_e1line *line);

/* The frame in which `end` sends at `tick`; its bits and octets are to be written. */
tc_e1_frame *tc_e1_begin(tc_e1line *line, unsigned end, uint64_t tick);

/* The frame is complete. */
void tc_e1_commit(tc_e1line *line, unsigned end, uint64_t tick, tc_e1_frame *frame);

/* What the other end sent in the tick before `tick`, or NULL when it sent nothing then. */
const tc_e1_frame *tc_e1_read(const tc_e1line *line, unsigned end, uint64_t tick);

/* What lasts from tick to tick, as an end receives it. */
typedef struct {
    uint8_t signal, remote;
    uint8_t bits[TC_E1_TIMESLOTS];
} tc_e1_state;

/* An end that nobody has heard yet. */
void tc_e1_state_init(tc_e1_state *state);

/* The state that `end` receives at `tick`: that of the last frame sent before it. */
void tc_e1_state_at(const tc_e1line *line, unsigned end, uint64_t tick, tc_e1_state *state);

/* Whether the other end's newest state differs from `known`: then the next tick has work. */
bool tc_e1_news(const tc_e1line *line, unsigned end, const tc_e1_state *known);

/* Timeslots whose D-channel has sent something new that `end`, which last read at `tick`, has not
 * read yet. */
uint32_t tc_e1_lively(const tc_e1line *line, unsigned end, uint64_t tick);

#endif
