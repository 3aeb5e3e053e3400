/* Lane: everything that happens on one channel, tick by tick.
 *
 * What.  A lane serves a timeslot of a line, or is a resource: a device that has no line and
 * receives what it listens to.  Either has one foreground operation at a time (a play, a collect,
 * tones, a modem with its data link, a fax), a type-ahead buffer, a meter, perhaps a recording and
 * a tap, and perhaps a source: a lane that it listens to.  A line's lane has a secret mask as well;
 * a resource needs none, for what it listens to is masked where it comes from.  A line's lane may
 * also monitor another, and so hear both what that one receives and what it sends.  Between it and
 * its span there may be a subscriber's line (copper.h).
 *
 * How.  Each tick in two steps, because a lane may send what another receives: tc_lane_hear() takes
 * in what was detected, masks the received octets if a secret step is armed, and advances the
 * operation; when all lanes have done so, tc_lane_send() completes the octets to send and serves
 * recorder and tap; lanes that monitor come last, and are not monitored themselves.  A lane's
 * octets depend on its own input only, not on its row or its neighbours.
 *
 * Levels.  The line lies outside two faders: what it brings passes `receive` before anybody hears
 * it, what is sent passes `transmit` when all others have heard it.  A play has a third, `volume`,
 * and a `speed` that keeps its pitch; both last beyond the play.
 *
 * A digit that controls the play is told as an event and is otherwise gone.  In a secret step no
 * digit is a control.
 *
 * Beep.  A recording may begin with one that it does not hear: the lane sends it beside whatever
 * else it sends, and the recording's first tick is the one after.
 *
 * Events.  What merely informs (a digit) is lost when the event ring is full, and counted.  What
 * somebody waits for (an operation's end, a lane's closing, a recording's) is kept in the lane and
 * tried again in every tick; a lane is not free before all of it was delivered.
 *
 * Watchdog.  An operation advances in every tick.  One that has not for TC_STUCK_TICKS is reported,
 * by the evidence of its last step and not of any fault that was set; closing the lane ends it
 * whatever it does.
 *
 * Memory.  Thousands of lanes do not fit into a near cache, so a tick costs mostly the cache lines
 * that it touches: two for a lane, two more for its operation, which the engine fetches ahead.
 * What is needed seldom lies behind them; a flag in the first two, or the engine's mask of a group,
 * says when.
 *
 * Limits.  No allocation, no lock, no time but the tick's number.
 */
#ifndef TC_LANE_H
#define TC_LANE_H

#include "collector.h"
#include "copper.h"
#include "dtmf.h"
#include "fax_lane.h"
#include "hearing.h"
#include "link.h"
#include "mix.h"
#include "player.h"
#include "recorder.h"
#include "ring.h"
#include "tone.h"

#include <stddef.h>

enum {
    TC_EVENT_BITS = 1,  /* lane: span, code: timeslot, value: abcd, sample: when they were read */
    TC_EVENT_DIGIT,     /* code: digit, value: two levels (tc_pack_levels), sample: its first */
    TC_EVENT_DIGIT_END, /* code: digit, value: frames, sample: its first */
    TC_EVENT_DONE,      /* value: operation; the outcome is in the lane */
    TC_EVENT_MASK,      /* code: 1 on, 0 off, sample: the first masked, or unmasked */
    TC_EVENT_CLOSED,    /* the lane is free */
    TC_EVENT_ALARM,     /* lane: span, value: TC_ALARM_* from now on */
    TC_EVENT_STUCK,     /* value: an operation that has not advanced for TC_STUCK_TICKS */
    TC_EVENT_HEARD,     /* code: TC_HEARING_* and 8 times the phase, value: signal and above it, by
                           phase, level or frames; sample: the signal's first */
    TC_EVENT_LINK,      /* value: operation; its data link or fax has news */
    TC_EVENT_ECHO,      /* code: TC_ECHO_*, of the lane's canceller; sample: when */
    TC_EVENT_FRAMES,    /* lane: span, code: timeslot; frames wait in its D-channel */
};

#define TC_STUCK_TICKS 200 /* 2 s: no operation of an engine that ticks stands still for one */

typedef struct {
    uint64_t sample;
    uint32_t value;
    uint16_t lane;
    uint8_t kind; /* TC_EVENT_* */
    char code;
} tc_event;

_Static_assert(sizeof(tc_event) == 16, "four to a cache line");

/* What a tap delivers. */
typedef struct {
    uint64_t sample;     /* position of the first */
    uint32_t generation; /* of the lane */
    uint32_t lane;
    uint8_t octets[TC_TICK_SAMPLES];
} tc_tapped;

/* Ways out of the tick. */
typedef struct {
    tc_ring *events; /* tc_event */
    tc_ring *tapped; /* tc_tapped */
    tc_ring *blocks; /* tc_block, to the writer */
} tc_ways;

/* What a lane hears of its source: what that one receives; what its operations send, which is all
 * there is to hear of a resource; or, as a monitor, all that it receives and sends, added up. */
enum { TC_HEARS_RECEIVED, TC_HEARS_SENT, TC_HEARS_BOTH };

enum { TC_IDLE, TC_PLAY, TC_COLLECT, TC_TONES, TC_MODEM, TC_FAX };

typedef struct {
    uint64_t start, end; /* samples */
    uint64_t position;   /* that a play has reached, in samples of its list */
    uint32_t reasons;
    uint8_t armed;    /* a secret step began as the collect ended */
    tc_digits digits; /* taken by a collect that is not secret */
} tc_outcome;

#define TC_BEEP_TICKS 20 /* before a recording: 200 ms */

/* A recording takes in the ticks first <= tick < end; what leaves the look-back is later. */
typedef struct {
    uint64_t first, end;
    uint32_t slot, missing, reasons;
    tc_tone beep;
} tc_recording;

/* The lane as others may read it at any time. */
typedef struct {
    _Atomic uint64_t energy;   /* of the last tick received */
    _Atomic uint64_t position; /* of the play, in samples of its list */
    _Atomic uint32_t run;      /* ticks that the present silence, or sound, has lasted */
    _Atomic uint8_t loud;      /* which of the two */
    _Atomic uint8_t doing;     /* TC_IDLE ... */
    _Atomic uint8_t waiting;   /* digits in the type-ahead buffer */
    _Atomic uint8_t masked;    /* TC_MASK_* */
    _Atomic uint8_t paused;    /* the play */
    _Atomic uint8_t speed;     /* percent */
    _Atomic int16_t volume;    /* tenths of a dB */
    _Atomic uint32_t lost;     /* digits that found the buffer full */
} tc_lane_status;

#define TC_NO_SPAN 0xFFFFu /* the span of a lane without a line */

typedef struct {
    /* Two cache lines that every open lane needs in every tick. */
    _Alignas(TC_CACHE_LINE) tc_lane_status status; /* first: outlives the call, see open_lane() */
    uint8_t open, closing;
    uint8_t detects; /* wants digits detected */
    uint8_t doing;   /* TC_IDLE ... */
    uint8_t stopping;
    uint8_t owed;               /* an outcome still to be reported */
    uint8_t speaks;             /* the operation filled this tick's octets to send */
    uint8_t quiet;              /* nobody did: the line carries its idle octet */
    uint8_t sounding, reported; /* a digit was accepted and lasts; an event told so */
    uint8_t tapped, tap_delayed;
    uint8_t records;   /* a recording is on */
    uint8_t beeps;     /* the beep before its first tick has still to be heard to its end */
    uint8_t stuck;     /* a fault: the operation does not advance, and does not end */
    uint8_t told;      /* that it is stuck */
    uint8_t then_arm;  /* the collect's end begins a secret step */
    uint8_t armed_now; /* it has, in this tick */
    uint8_t speed;     /* of plays, in percent */
    uint8_t raised;    /* set of TC_ALSO_*, by shared.h in this tick */
    uint16_t index, span, timeslot;
    uint8_t hears;  /* TC_HEARS_*: what of its source */
    int32_t source; /* lane listened to or monitored, -1 for none */
    uint64_t heard; /* samples since the detector was reset */
    tc_meter meter;
    tc_mask mask;
    tc_gain volume;
    tc_typeahead ahead; /* its counters; the digits lie on the next line */

    /* Two more while an operation runs. */
    _Alignas(TC_CACHE_LINE) tc_collector collector;
    tc_player player;
    uint64_t beat; /* tick in which the operation has advanced */
    tc_tone *tone;
    tc_digits *into; /* where a collect puts its digits */

    /* The rest, for a few lanes or a few ticks. */
    uint32_t operation;
    uint32_t generation;
    tc_link *link;      /* of a modem, */
    tc_fax_lane *fax;   /* or of a fax */
    unsigned place;     /* of it in modems.h */
    uint32_t shares[2]; /* places in shared.h, from 1: of tones, of voice; 0: none */
    uint64_t tap_first;
    tc_copper *copper;   /* a subscriber's line between this lane and the span, or NULL */
    uint8_t cut_through; /* what the lane sends goes over it too */
    tc_gain receive, transmit;
    tc_controls controls;
    tc_tempo tempo; /* of a play that is not as fast as it was recorded */
    tc_recording recording;
    tc_outcome outcome;
} tc_lane;

_Static_assert(offsetof(tc_lane, heard) == TC_CACHE_LINE, "the first line");
_Static_assert(offsetof(tc_lane, ahead.digits) <= 2 * TC_CACHE_LINE, "the second");
_Static_assert(offsetof(tc_lane, operation) - offsetof(tc_lane, collector) == 2 * TC_CACHE_LINE,
               "those of an operation");

/* Whether it is a resource. */
static inline bool tc_lane_is_resource(const tc_lane *lane)
{
    return lane->span == TC_NO_SPAN;
}

/* Levels of a digit's tones in 1/256 dB, low group in the upper half. */
uint32_t tc_pack_levels(float low_dbm0, float high_dbm0);

/* ---- Commands; `tick` is the one about to run. ---- */

typedef struct {
    const tc_until *until;
    const tc_playlist *list;     /* TC_PLAY */
    const tc_controls *controls; /* TC_PLAY: copied */
    tc_tone *tone;               /* TC_TONES */
    tc_digits *secret;           /* TC_COLLECT: NULL puts the digits into the outcome */
    bool then_arm;               /* TC_COLLECT that takes a digit: its end begins a secret step */
    tc_link *link;               /* TC_MODEM, */
    tc_fax_lane *fax;            /* TC_FAX, */
    unsigned place;              /* and its place */
} tc_start;

void tc_lane_start(tc_lane *lane, uint64_t tick, unsigned what, uint32_t operation, tc_start start);
void tc_lane_pause(tc_lane *lane, bool paused);
void tc_lane_seek(tc_lane *lane, int64_t samples, bool relative);
void tc_lane_volume(tc_lane *lane, int tenths);
void tc_lane_speed(tc_lane *lane, int percent);
void tc_lane_clear_digits(tc_lane *lane);
void tc_lane_arm(tc_lane *lane, const tc_ways *ways, uint64_t tick, tc_lookback *lookback);
void tc_lane_disarm(tc_lane *lane, uint64_t tick);
void tc_lane_record(tc_lane *lane, uint64_t tick, uint32_t slot, uint64_t ticks, bool beep);
void tc_lane_stop_recording(tc_lane *lane, uint64_t tick);

/* ---- The tick. ---- */

/* A tick's octets over the lane's copper: `way` is tc_copper_receive or tc_copper_send. */
void tc_lane_over_copper(tc_lane *lane,
                         void (*way)(tc_copper *, const int16_t *, int16_t *, size_t),
                         uint8_t *octets);

/* `found`: what the detector found on this lane in this tick, `busy`: whether a tone sounds at its
 * end.  Masks `received` if need be; fills `send` if the operation does. */
void tc_lane_hear(tc_lane *lane, const tc_ways *ways, uint64_t tick, const tc_dtmf_event *found,
                  unsigned finds, bool busy, uint64_t energy, uint8_t *received, uint8_t *send,
                  tc_lookback *lookback);

/* What a detector beside DTMF has found on this lane in this tick; a masked lane tells nothing. */
void tc_lane_tell_heard(tc_lane *lane, const tc_ways *ways, const tc_heard *heard);

/* Something has happened to the lane's echo canceller. */
void tc_lane_tell_echo(tc_lane *lane, const tc_ways *ways, uint8_t kind, uint64_t sample);

/* `source`: what comes from the lane listened to or monitored, or NULL; a resource has received it
 * already and gets NULL.  `send` is the lane's own and keeps what is in it from tick to tick.
 * Returns false when the lane was closing and is free now. */
bool tc_lane_send(tc_lane *lane, const tc_ways *ways, uint64_t tick, const uint8_t *source,
                  const uint8_t *received, uint8_t *send, tc_lookback *lookback);

#endif
