#include "impair.h"

#include <string.h>

unsigned tc_impair_state(const tc_impairment *impairment, tc_e1_state *state)
{
    static const uint8_t ALARMS[] = {
        [TC_SIGNAL_NORMAL] = 0,
        [TC_SIGNAL_NONE] = TC_ALARM_LOS,
        [TC_SIGNAL_AIS] = TC_ALARM_AIS,
        [TC_SIGNAL_UNFRAMED] = TC_ALARM_LFA,
        [TC_SIGNAL_ABSENT] = TC_ALARM_LOS,
    };
    if (impairment->received != TC_SIGNAL_NORMAL)
        state->signal = impairment->received;
    if (state->signal == TC_SIGNAL_NORMAL)
        return state->remote ? TC_ALARM_RAI : 0;
    if (state->signal != TC_SIGNAL_ABSENT)
        memset(state->bits, TC_BITS_ALL_ONES, sizeof state->bits);
    return ALARMS[state->signal];
}

void tc_impair_octets(tc_impairment *impairment, uint64_t tick, unsigned timeslot, int32_t slips,
                      bool carried, uint8_t *octets)
{
    if (impairment->store.in)
        tc_elastic_pass(&impairment->store, timeslot, slips, octets, octets);
    if (impairment->errors.threshold && !carried)
        tc_biterrors_feed(&impairment->errors, tick, timeslot, octets, TC_TICK_SAMPLES);
}

void tc_impair_sent(const tc_impairment *impairment, const tc_e1_state *heard, tc_e1_frame *frame)
{
    unsigned signal = impairment->received ? impairment->received : heard->signal;
    frame->signal = impairment->sent;
    frame->remote = signal != TC_SIGNAL_NORMAL && signal != TC_SIGNAL_ABSENT;
}
