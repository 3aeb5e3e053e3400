#include "cancellers.h"

#include "g711.h"

#include <stdatomic.h>
#include <string.h>

typedef int16_t tc_canceller_row[TC_ECHO_LANES];

static uint16_t bit_of(unsigned row)
{
    return (uint16_t)(1u << row);
}

/* ---- Places ---- */

void tc_cancellers_leave(tc_cancellers *cancellers, unsigned lane)
{
    uint16_t *wanted = &cancellers->wanted[lane / TC_GROUP];
    if (!(*wanted & bit_of(lane % TC_GROUP)))
        return;
    uint32_t place = cancellers->place[lane];
    cancellers->group[place / TC_ECHO_LANES].rows &= (uint16_t)~bit_of(place % TC_ECHO_LANES);
    *wanted &= (uint16_t)~bit_of(lane % TC_GROUP);
}

static void publish(tc_canceller_group *group, unsigned row)
{
    tc_canceller_look *look = &group->look[row];
    atomic_fetch_add_explicit(&look->version, 1, memory_order_acq_rel);
    tc_echo_look(group->echo, row, &look->figures);
    look->figures.delay += TC_TICK_SAMPLES; /* as the line counts it */
    look->figures.begins += TC_TICK_SAMPLES;
    atomic_fetch_add_explicit(&look->version, 1, memory_order_release);
}

void tc_cancellers_join(tc_cancellers *cancellers, unsigned lane, uint64_t tick,
                        const tc_canceller_order *order)
{
    tc_cancellers_leave(cancellers, lane);
    if (!order->echo)
        return;
    tc_canceller_group *group = &cancellers->group[order->place / TC_ECHO_LANES];
    unsigned row = order->place % TC_ECHO_LANES;
    cancellers->place[lane] = order->place;
    cancellers->wanted[lane / TC_GROUP] |= bit_of(lane % TC_GROUP);
    group->echo = order->echo;
    group->lane[row] = (uint16_t)lane;
    group->since[row] = tick * TC_TICK_SAMPLES;
    group->rows |= bit_of(row);
    group->ulaw &= (uint16_t)~bit_of(row);
    if (order->ulaw)
        group->ulaw |= bit_of(row);
    int delay = order->delay - TC_TICK_SAMPLES; /* what is fed is a tick old */
    tc_echo_shape(group->echo, row, order->taps, delay > 0 ? (unsigned)delay : 0);
    tc_echo_reset(group->echo, row);
    publish(group, row);
    tc_cancellers_sent(cancellers, lane, NULL);
}

void tc_cancellers_sent(tc_cancellers *cancellers, unsigned lane, const uint8_t *octets)
{
    uint32_t place = cancellers->place[lane];
    bool ulaw = cancellers->group[place / TC_ECHO_LANES].ulaw >> place % TC_ECHO_LANES & 1;
    if (octets)
        memcpy(cancellers->sent[lane], octets, TC_TICK_SAMPLES);
    else
        memset(cancellers->sent[lane], ulaw ? TC_ULAW_SILENCE : TC_ALAW_SILENCE, TC_TICK_SAMPLES);
}

tc_echo_figures tc_cancellers_look(const tc_cancellers *cancellers, uint32_t place)
{
    const tc_canceller_look *look =
        &cancellers->group[place / TC_ECHO_LANES].look[place % TC_ECHO_LANES];
    for (;;) {
        uint32_t before = atomic_load_explicit(&look->version, memory_order_acquire);
        tc_echo_figures figures = look->figures;
        atomic_thread_fence(memory_order_acquire);
        if (!(before & 1) && before == atomic_load_explicit(&look->version, memory_order_relaxed))
            return figures;
    }
}

/* ---- The tick ---- */

static void lay(const int16_t *sound, tc_canceller_row *rows, unsigned row)
{
    for (unsigned s = 0; s < TC_TICK_SAMPLES; s++)
        rows[s][row] = sound[s];
}

static void cancel(tc_cancellers *cancellers, tc_canceller_group *group, unsigned *found,
                   uint8_t (*received)[TC_TICK_SAMPLES])
{
    tc_canceller_row receive[TC_TICK_SAMPLES], send[TC_TICK_SAMPLES], out[TC_TICK_SAMPLES];
    int16_t sound[TC_TICK_SAMPLES];
    if (group->rows != UINT16_MAX) {
        memset(receive, 0, sizeof receive);
        memset(send, 0, sizeof send);
    }
    for (uint32_t left = group->rows; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctz(left), lane = group->lane[row];
        if (group->ulaw >> row & 1)
            tc_ulaw_decode(cancellers->sent[lane], sound, TC_TICK_SAMPLES);
        else
            tc_alaw_decode(cancellers->sent[lane], sound, TC_TICK_SAMPLES);
        lay(sound, receive, row);
        tc_alaw_decode(received[lane], sound, TC_TICK_SAMPLES);
        lay(sound, send, row);
    }
    *found = tc_echo_feed(group->echo, (const tc_canceller_row *)receive,
                          (const tc_canceller_row *)send, out, TC_TICK_SAMPLES, cancellers->found);
    for (uint32_t left = group->rows; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctz(left);
        for (unsigned s = 0; s < TC_TICK_SAMPLES; s++)
            sound[s] = out[s][row];
        tc_alaw_encode(sound, received[group->lane[row]], TC_TICK_SAMPLES);
    }
}

void tc_cancellers_tick(tc_cancellers *cancellers, tc_lane *lanes, const tc_ways *ways,
                        uint64_t tick, uint8_t (*received)[TC_TICK_SAMPLES])
{
    for (unsigned g = 0; g < cancellers->count; g++) {
        tc_canceller_group *group = &cancellers->group[g];
        if (!group->rows)
            continue;
        unsigned found;
        cancel(cancellers, group, &found, received);
        for (unsigned i = 0; i < found; i++) {
            const tc_echo_event *event = &cancellers->found[i];
            if (group->rows >> event->lane & 1)
                tc_lane_tell_echo(&lanes[group->lane[event->lane]], ways, event->kind,
                                  group->since[event->lane] + event->start);
        }
        unsigned turn = tick % TC_ECHO_LANES;
        if (group->rows >> turn & 1)
            publish(group, turn);
    }
}
