/* Engine: one tick of 10 ms over all lanes and spans, without Python, lock or allocation.
 *
 * What.  Spans are ends of E1 lines (e1line.h); a lane (lane.h) serves one timeslot of one span, or
 * is a resource without a line, such as a fax channel.  In every tick the engine applies the
 * commands that came, reads the lines, takes their echo away where that is wanted, lets the
 * resources receive, detects DTMF in groups of 16 lanes, advances every lane, and writes the lines.
 *
 * How.  Commands come by a ring, events, tapped octets and recorded blocks go by rings.  Octets lie
 * planar ([lane][80]) where they are copied, and are laid out [sample][16] where 16 lanes are
 * computed at once.  All memory is taken when the engine is made.
 *
 * Slots.  A lane puts values on a bus, tick by tick: what its line receives, and its sound, which
 * is what its operation sends (a voice resource works on the lane of its line, so such a lane has
 * both; a resource has its sound alone).  A lane listens to one value of one lane: a line's lane
 * sends it on, a resource receives it.  That takes no tick, but for a resource that listens to a
 * sound: it receives before this tick's sound is made, and so hears that of the last tick.  What a
 * masked lane receives is silence for everybody.
 *
 * Threads.  One thread ticks (the driver's, or the loop's in virtual time), one gives commands and
 * takes events (the loop's), one drains the recorder.  tc_engine_due() belongs to the thread that
 * ticks.
 *
 * Order.  Commands apply in the order they were given, at the next tick.  Events of one tick come
 * out in the order: commands' effects, by span its alarms and then its bits by timeslot, digits and
 * outcomes by lane, closed lanes by lane.  What a tick does never depends on which engine on a
 * common line runs first.
 *
 * Stalls.  A machine that stands still for a while does not tick; afterwards the ticks are made up
 * for, one by one, so that none is left out (driver.h).  TC_DO_STALL rehearses just that: what the
 * far end sent meanwhile is gone but for the newest ticks (e1line.h), and it heard idle octets.
 *
 * Use.  tc_engine_create(), tc_engine_command() and tc_engine_tick() with ticks that grow by one
 * while a lane is open (others may be skipped when tc_engine_due() is false).
 */
#ifndef TC_ENGINE_H
#define TC_ENGINE_H

#include "cancellers.h"
#include "collector.h"
#include "e1line.h"
#include "hearing.h"
#include "histogram.h"
#include "lane.h"
#include "modems.h"
#include "ring.h"
#include "shared.h"
#include "span.h"

enum {
    TC_DO_PLUG = 1, /* `lane` is the span */
    TC_DO_BITS,     /* `lane` is the span */
    TC_DO_OPEN,
    TC_DO_MOVE, /* to another timeslot */
    TC_DO_CLOSE,
    TC_DO_PLAY,
    TC_DO_COLLECT,
    TC_DO_TONES,
    TC_DO_MODEM,
    TC_DO_FAX,
    TC_DO_STOP, /* the operation, if it still runs; so do the next three, if it is a play */
    TC_DO_PAUSE,
    TC_DO_RESUME,
    TC_DO_SEEK,
    TC_DO_VOLUME,
    TC_DO_SPEED,
    TC_DO_GAINS,
    TC_DO_CLEAR_DIGITS,
    TC_DO_ARM,
    TC_DO_DISARM,
    TC_DO_LISTEN,
    TC_DO_TAP,
    TC_DO_UNTAP,
    TC_DO_RECORD,
    TC_DO_STOP_RECORDING,
    TC_DO_COPPER,
    TC_DO_HEAR,
    TC_DO_CANCEL,
    TC_DO_JOIN, /* a place of a shared detector */
    TC_DO_LEAVE,
    TC_DO_DCHANNEL, /* `lane` is the span */
    TC_DO_UNPLUG,   /* from here on, up to TC_DO_SAY, `lane` is the span */
    TC_DO_CUT,      /* TC_SIGNAL_* received, sent */
    TC_DO_DRIFT,    /* 1e-12 */
    TC_DO_SLIP,     /* octets */
    TC_DO_ERRORS,   /* seed; threshold and, 32 bits up, burst */
    TC_DO_LOSE,     /* bits, of a carrier */
    TC_DO_LOOP,     /* TC_LOOP_*, of a carrier */
    TC_DO_SAY,      /* TC_SAY_*; what, on a carrier's data link */
    TC_DO_STICK,    /* on or off; faults of the machine, for rehearsals */
    TC_DO_JAM,      /* on or off */
    TC_DO_STALL,    /* ticks, from the next one on */
};

typedef struct {
    uint16_t what; /* TC_DO_* */
    uint16_t lane;
    uint32_t operation;
    union {
        struct {
            tc_e1line *line;
            tc_carrier *carrier; /* NULL: no real frames */
            uint8_t end, ulaw, idle;
        } plug;
        struct {
            uint8_t timeslot, abcd;
        } bits;
        struct {
            uint32_t generation;
            uint16_t span; /* TC_NO_SPAN: a resource */
            uint8_t timeslot, digits, detects;
            int16_t receive, transmit; /* gains, in tenths of a dB */
        } open;
        struct {
            uint16_t span;
            uint8_t timeslot;
        } move;
        struct {
            tc_until until;
            const tc_playlist *list;
            tc_controls controls;
            tc_tone *tone;
            tc_digits *secret;
            uint8_t then_arm;
            tc_link *link;
            tc_fax_lane *fax;
            tc_fsk *fsk;
            unsigned place;
        } start;
        struct {
            int64_t samples;
            uint8_t relative;
        } seek;
        struct {
            int16_t tenths;
        } volume;
        struct {
            uint8_t percent;
        } speed;
        struct {
            int16_t receive, transmit;
        } gains;
        struct {
            int32_t source; /* -1: none */
            uint8_t what;   /* TC_HEARS_* */
        } listen;
        struct {
            uint8_t delayed;
        } tap;
        struct {
            uint32_t slot;
            uint64_t ticks;
            uint8_t beep;
        } record;
        struct {
            tc_copper *line; /* NULL: none */
            uint8_t cut_through;
        } copper;
        struct {
            uint8_t hearing, wanted; /* TC_HEARING_* */
        } hear;
        tc_canceller_order cancel;
        struct {
            tc_detector detector;
            unsigned place;
        } join;
        struct {
            uint8_t kind; /* TC_HEARING_TONES, TC_HEARING_VOICE */
        } leave;
        struct {
            tc_dchannel *channel; /* NULL: none any more */
            uint8_t timeslot;
        } dchannel;
        struct {
            int64_t value, other;
        } number; /* of the commands from TC_DO_UNPLUG on */
    } args;
} tc_command;

typedef struct {
    tc_ring commands; /* loop -> tick */
    tc_ring events;   /* tick -> loop */
    tc_ring tapped;   /* tick -> loop */
    tc_recorder recorder;
    unsigned lanes, spans, groups;
    uint16_t *open; /* by group: its open lanes */
    uint16_t *detecting;
    uint16_t *resources; /* those open lanes that have no line */
    uint16_t *faded;     /* whose line has had a gain */
    uint16_t *monitoring;
    uint16_t *on_copper; /* that have a subscriber's line */
    uint16_t *quiet;     /* as their lanes say, for this tick's lines */
    unsigned open_lanes;
    tc_span *span;
    tc_impairment *impairment; /* by span; its pages are touched by those that have one */
    tc_lane *lane;
    tc_dtmf *dtmf;                        /* by group */
    uint8_t (*received)[TC_TICK_SAMPLES]; /* by lane */
    uint8_t (*to_send)[TC_TICK_SAMPLES];  /* by lane */
    tc_lookback *lookback;                /* by lane */
    tc_modems modems;
    tc_cancellers cancellers;
    tc_shared shared;
    tc_dtmf_event found[TC_DTMF_MAX_EVENTS(TC_TICK_SAMPLES)];
    tc_hearing *hearing; /* by group: the detectors beside DTMF */
    tc_heard heard[TC_HEARD_MAX];
    _Atomic uint64_t last_tick; /* 0: none yet */
    uint64_t stalled_from;      /* the first tick that still is to be made up for; 0: none */
    uint64_t stalled_until;     /* the tick that makes up for it */
    _Atomic uint64_t late;      /* ticks that ran after their time */
    tc_histogram tick_ns;       /* processor time of the ticks */
    int wake_fd;                /* eventfd: something waits for the loop */
    _Atomic int woken;
} tc_engine;

/* Room for `lanes` (1..65,535) and `spans` (1..65,535); its lanes hear digits within the limits of
 * `dtmf`, NULL for the default ones.  NULL when there is no memory or no eventfd. */
tc_engine *tc_engine_create(unsigned lanes, unsigned spans, const tc_dtmf_profile *dtmf);
void tc_engine_destroy(tc_engine *engine);

/* False when the command ring has less than `reserve` places left: nothing was done then. */
bool tc_engine_command(tc_engine *engine, const tc_command *command, unsigned reserve);

/* Whether the next tick would do anything: a lane is open, a command waits, bits have changed. */
bool tc_engine_due(const tc_engine *engine);

/* Runs tick number `tick`, from 1. */
void tc_engine_tick(tc_engine *engine, uint64_t tick);

/* Whether an event, tapped octets or a finished recording wait for the loop. */
bool tc_engine_waits(const tc_engine *engine);

/* Makes wake_fd readable if something waits; at most once until tc_engine_awake(). */
void tc_engine_wake(tc_engine *engine);
void tc_engine_awake(tc_engine *engine);

#endif
