/* Span: one end of an E1 line, as an engine has it.
 *
 * What.  Reads what lasts on the line - ABCD bits, and the signal as a whole - and tells the loop
 * of everything that has changed: first its alarms, then the bits, timeslot by timeslot.
 *
 * How.  What was told is kept, and compared with the line in every tick that runs.  What finds the
 * ring of events full is told later, as it is by then: bits and alarms are states, so the last one
 * counts.  A span that has told everything, and whose line has not changed, makes no tick due.
 *
 * Limits.  Octets are the engine's matter; how the line harms both is that of impair.h.
 */
#ifndef TC_SPAN_H
#define TC_SPAN_H

#include "carrier.h"
#include "dchannel.h"
#include "e1line.h"
#include "g711.h"
#include "impair.h"
#include "ring.h"

typedef struct {
    tc_e1line *line;     /* NULL: nothing is plugged */
    tc_carrier *carrier; /* NULL: the line carries no real frames, which costs nothing */
    unsigned end;
    uint8_t ulaw;                           /* what the line carries; inside all is A-law */
    uint8_t idle;                           /* octet sent where nobody speaks, in the line's law */
    uint32_t open;                          /* timeslots with a lane */
    uint16_t lane_at[TC_E1_TIMESLOTS];      /* valid where `open` says so */
    uint8_t received[TC_E1_TIMESLOTS];      /* bits as last reported */
    uint8_t sent[TC_E1_TIMESLOTS];          /* bits as sent */
    uint8_t alarms;                         /* TC_ALARM_*, as last reported */
    uint8_t garbled;                        /* all ones are received instead of octets */
    uint8_t behind;                         /* something could not be reported yet */
    uint32_t framed;                        /* timeslots with a D-channel */
    tc_dchannel *dchannel[TC_E1_TIMESLOTS]; /* valid where `framed` says so */
    uint64_t read;                          /* the tick in which the line was last read */
    tc_e1_state heard;                      /* the line as last read */
} tc_span;

/* An octet of silence, in the law of the line. */
static inline uint8_t tc_span_silence(const tc_span *span)
{
    return span->ulaw ? TC_ULAW_SILENCE : TC_ALAW_SILENCE;
}

void tc_span_plug(tc_span *span, tc_e1line *line, tc_carrier *carrier, unsigned end, bool ulaw,
                  uint8_t idle);

/* What came in for a timeslot at this tick; NULL: nobody spoke there. */
static inline const uint8_t *tc_span_octets(const tc_span *span, const tc_e1_frame *frame,
                                            unsigned timeslot)
{
    if (span->carrier)
        return span->carrier->fresh ? span->carrier->octets[timeslot] : NULL;
    return frame && frame->speaking >> timeslot & 1 ? frame->octets[timeslot] : NULL;
}

/* The cable is pulled: the other end hears that once, and nothing any more. */
void tc_span_unplug(tc_span *span, uint64_t tick);

/* Reads the line's state at `tick`; `index` is the span's number in the events. */
void tc_span_read(tc_span *span, tc_impairment *impairment, unsigned index, uint64_t tick,
                  tc_ring *events);

/* The octets of its D-channels, `frame` being what has come at this tick, or NULL; `slips` as in
 * tc_impair_octets(). */
void tc_span_hear_frames(tc_span *span, tc_impairment *impairment, uint64_t tick,
                         const tc_e1_frame *frame, int32_t slips);

/* What its D-channels send, by timeslot into `octets`. */
void tc_span_make_frames(tc_span *span, tc_e1_frame *frame, uint8_t (*octets)[TC_TICK_SAMPLES]);

/* Tells that frames have come. */
void tc_span_tell_frames(tc_span *span, unsigned index, uint64_t tick, tc_ring *events);

/* Whether lanes, or D-channels with something to say, are at work on it. */
bool tc_span_busy(const tc_span *span, const tc_impairment *impairment);

/* Whether the next tick has something to read, to send, or still to tell. */
bool tc_span_due(const tc_span *span, const tc_impairment *impairment);

#endif
