#include "span.h"

#include "lane.h"

#include <string.h>

void tc_span_plug(tc_span *span, tc_e1line *line, tc_carrier *carrier, unsigned end, bool ulaw,
                  uint8_t idle)
{
    *span = (tc_span){.line = line, .carrier = carrier, .end = end, .ulaw = ulaw, .idle = idle};
    memset(span->received, TC_BITS_BLOCKED, sizeof span->received);
    memset(span->sent, TC_BITS_BLOCKED, sizeof span->sent);
    span->alarms = TC_ALARM_LOS; /* until somebody is heard */
    tc_e1_state_init(&span->heard);
}

void tc_span_unplug(tc_span *span, uint64_t tick)
{
    tc_e1_frame *frame = tc_e1_begin(span->line, span->end, tick);
    memset(frame->bits, TC_BITS_ALL_ONES, sizeof frame->bits);
    frame->idle = span->idle;
    frame->signal = TC_SIGNAL_NONE;
    frame->remote = frame->quiet = 0;
    tc_e1_commit(span->line, span->end, tick, frame);
    span->line = NULL;
}

/* False: the ring is full, what cannot be reported now differs still in the next tick. */
static bool report(tc_ring *events, unsigned index, uint64_t tick, uint8_t kind, unsigned code,
                   unsigned value)
{
    tc_event *event = tc_ring_try(events);
    if (!event)
        return false;
    *event = (tc_event){.sample = tick * TC_TICK_SAMPLES,
                        .value = value,
                        .lane = (uint16_t)index,
                        .kind = kind,
                        .code = (char)code};
    tc_ring_publish(events);
    return true;
}

void tc_span_read(tc_span *span, tc_impairment *impairment, unsigned index, uint64_t tick,
                  tc_ring *events)
{
    tc_e1_state_at(span->line, span->end, tick, &span->heard);
    span->read = tick;
    tc_e1_state state = span->heard;
    unsigned alarms;
    if (span->carrier) { /* whose octets are all ones already where they are to be */
        const tc_e1_frame *frame = tc_e1_read(span->line, span->end, tick);
        alarms = tc_carrier_receive(span->carrier, impairment, tick, frame, &state,
                                    span->open | span->framed);
    } else {
        alarms = tc_impair_state(impairment, &state);
        span->garbled = state.signal != TC_SIGNAL_NORMAL && state.signal != TC_SIGNAL_ABSENT;
    }
    span->behind = 0;
    if (alarms != span->alarms) {
        if (report(events, index, tick, TC_EVENT_ALARM, 0, alarms))
            span->alarms = (uint8_t)alarms;
        else
            span->behind = 1;
    }
    if (memcmp(state.bits, span->received, sizeof state.bits) == 0)
        return;
    for (unsigned t = 0; t < TC_E1_TIMESLOTS; t++) {
        if (state.bits[t] == span->received[t])
            continue;
        if (report(events, index, tick, TC_EVENT_BITS, t, state.bits[t]))
            span->received[t] = state.bits[t];
        else
            span->behind = 1;
    }
}

/* ---- D-channels ---- */

void tc_span_hear_frames(tc_span *span, tc_impairment *impairment, uint64_t tick,
                         const tc_e1_frame *frame, int32_t slips)
{
    for (uint32_t left = span->framed; left; left &= left - 1) {
        unsigned t = (unsigned)__builtin_ctz(left);
        uint8_t octets[TC_TICK_SAMPLES];
        const uint8_t *came = tc_span_octets(span, frame, t);
        if (span->garbled)
            memset(octets, TC_ALL_ONES, TC_TICK_SAMPLES);
        else if (came)
            memcpy(octets, came, TC_TICK_SAMPLES);
        else if (!frame || span->carrier) /* nobody ticked there: the line rests */
            memset(octets, span->dchannel[t]->heard, TC_TICK_SAMPLES);
        else
            memset(octets, frame->idle, TC_TICK_SAMPLES);
        tc_impair_octets(impairment, tick, t, slips, span->carrier != NULL, octets);
        tc_dchannel_hear(span->dchannel[t], octets);
    }
}

void tc_span_make_frames(tc_span *span, tc_e1_frame *frame, uint8_t (*octets)[TC_TICK_SAMPLES])
{
    for (uint32_t left = span->framed; left; left &= left - 1) {
        unsigned t = (unsigned)__builtin_ctz(left);
        tc_dchannel_make(span->dchannel[t], octets[t]);
        frame->lively |= (uint32_t)span->dchannel[t]->lively << t;
    }
    frame->speaking |= span->framed;
}

void tc_span_tell_frames(tc_span *span, unsigned index, uint64_t tick, tc_ring *events)
{
    for (uint32_t left = span->framed; left; left &= left - 1) {
        unsigned t = (unsigned)__builtin_ctz(left);
        tc_dchannel *channel = span->dchannel[t];
        if (channel->news && report(events, index, tick, TC_EVENT_FRAMES, t, 0))
            channel->news = 0;
    }
}

/* A D-channel with an elastic store or bit errors never rests. */
static bool frames_due(const tc_span *span, const tc_impairment *impairment)
{
    if (impairment->store.in || impairment->errors.threshold ||
        tc_e1_lively(span->line, span->end, span->read) & span->framed)
        return true;
    for (uint32_t left = span->framed; left; left &= left - 1)
        if (tc_dchannel_due(span->dchannel[__builtin_ctz(left)]))
            return true;
    return false;
}

bool tc_span_busy(const tc_span *span, const tc_impairment *impairment)
{
    return span->open || (span->framed && frames_due(span, impairment));
}

bool tc_span_due(const tc_span *span, const tc_impairment *impairment)
{
    return span->line && (span->behind || tc_e1_news(span->line, span->end, &span->heard) ||
                          (span->framed && frames_due(span, impairment)) ||
                          (span->carrier && tc_carrier_due(span->carrier, span->line, span->end)));
}
