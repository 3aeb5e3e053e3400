#include "span.h"

#include "lane.h"

#include <string.h>

void tc_span_plug(tc_span *span, tc_e1line *line, unsigned end, bool ulaw, uint8_t idle)
{
    *span = (tc_span){.line = line, .end = end, .ulaw = ulaw, .idle = idle};
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
    frame->remote = 0;
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

void tc_span_read(tc_span *span, const tc_impairment *impairment, unsigned index, uint64_t tick,
                  tc_ring *events)
{
    tc_e1_state_at(span->line, span->end, tick, &span->heard);
    tc_e1_state state = span->heard;
    unsigned alarms = tc_impair_state(impairment, &state);
    span->garbled = state.signal != TC_SIGNAL_NORMAL && state.signal != TC_SIGNAL_ABSENT;
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

bool tc_span_due(const tc_span *span)
{
    return span->line && (span->behind || tc_e1_news(span->line, span->end, &span->heard));
}
