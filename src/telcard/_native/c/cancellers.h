/* Echo cancellers of an engine: lanes whose lines give back what was sent, 16 abreast.
 *
 * What.  A lane of a line may have a canceller (echo.h).  In every tick, before anybody hears what
 * the line has brought, the echo of what the lane has sent is taken out of it, so that detectors,
 * recorders, bridges, listeners and data links all get the rest.
 *
 * How.  What goes to the line (after its gain, in the octets of its law) is kept for a tick.  The
 * line says how many samples later it may come back at the earliest (cards: LineFace); the tick
 * that was sent last is one tick old when this one is received, so the canceller delays it by that
 * many samples less a tick.  The rest is coded as A-law again, as all sound in the engine is.
 *
 * Lanes have places in groups of 16, as modems have (modems.h): the loop thread owns their memory,
 * keeps it as long as the engine lives, and gives places out; those of a group share the longest
 * tail and what is done beside cancelling.  A place is taken by TC_DO_CANCEL, and free again when
 * it is given up or its lane closes.
 *
 * Figures are copied out of the kernel every 16 ticks, for the loop thread to read at any time.
 *
 * Limits.  Memory is the caller's.  The rest is silence where nothing was received.
 */
#ifndef TC_CANCELLERS_H
#define TC_CANCELLERS_H

#include "echo.h"
#include "lane.h"

#define TC_CANCELLER_KINDS 64 /* of tails and manners in use at a time; each may leave places */

/* Groups that have room for all `lanes` lanes, whatever they want. */
#define TC_CANCELLER_GROUPS(lanes)                                                                 \
    (((lanes) + TC_ECHO_LANES - 1) / TC_ECHO_LANES + TC_CANCELLER_KINDS)

/* A lane's figures as others may read them: odd while they are being written. */
typedef struct {
    _Atomic uint32_t version;
    tc_echo_figures figures;
} tc_canceller_look;

typedef struct {
    tc_echo *echo;
    uint16_t rows; /* places that are taken */
    uint16_t ulaw; /* of those: the ones whose lines code so */
    uint16_t lane[TC_ECHO_LANES];
    uint64_t since[TC_ECHO_LANES]; /* the engine's sample when a lane began */
    tc_canceller_look look[TC_ECHO_LANES];
} tc_canceller_group;

typedef struct {
    tc_canceller_group *group;
    unsigned count;
    uint16_t *wanted;                 /* by group of lanes: those that have one */
    uint32_t *place;                  /* by lane: where */
    uint8_t (*sent)[TC_TICK_SAMPLES]; /* by lane: octets that went to its line in the last tick */
    tc_echo_event found[TC_ECHO_MAX_EVENTS(TC_TICK_SAMPLES)];
} tc_cancellers;

/* A place for a lane, and what it wants: how long its echo lasts, and after how many samples at the
 * earliest it comes back. */
typedef struct {
    tc_echo *echo; /* NULL: none, from now on */
    uint32_t place;
    uint16_t taps, delay;
    uint8_t ulaw;
} tc_canceller_order;

/* From this tick on. */
void tc_cancellers_join(tc_cancellers *cancellers, unsigned lane, uint64_t tick,
                        const tc_canceller_order *order);

/* The lane has none any more, if it had one. */
void tc_cancellers_leave(tc_cancellers *cancellers, unsigned lane);

/* What a lane sends in this tick, as octets of its line's law; NULL: nothing, the line is idle. */
void tc_cancellers_sent(tc_cancellers *cancellers, unsigned lane, const uint8_t *octets);

/* A tick of what the lanes have received. */
void tc_cancellers_tick(tc_cancellers *cancellers, tc_lane *lanes, const tc_ways *ways,
                        uint64_t tick, uint8_t (*received)[TC_TICK_SAMPLES]);

/* The figures of a place as they were less than 16 ticks ago; for any thread. */
tc_echo_figures tc_cancellers_look(const tc_cancellers *cancellers, uint32_t place);

#endif
