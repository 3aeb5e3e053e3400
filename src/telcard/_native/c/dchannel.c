#include "dchannel.h"

#include <string.h>

#define ALL_ONES 0xFF /* what a line is before anybody has spoken */

int tc_dchannel_init(tc_dchannel *channel, unsigned width, bool marks, unsigned least,
                     unsigned most)
{
    memset(channel, 0, sizeof *channel);
    tc_hdlc_sender_init(&channel->sender, width, marks);
    tc_hdlc_receiver_init(&channel->receiver, width, least, most);
    channel->said = channel->heard = ALL_ONES;
    if (tc_ring_init(&channel->to_send, sizeof(tc_dframe), TC_DCHANNEL_FRAMES))
        return -1;
    if (tc_ring_init(&channel->received, sizeof(tc_dframe), TC_DCHANNEL_FRAMES)) {
        tc_ring_free(&channel->to_send);
        return -1;
    }
    return 0;
}

void tc_dchannel_free(tc_dchannel *channel)
{
    tc_ring_free(&channel->to_send);
    tc_ring_free(&channel->received);
}

static void fill(tc_dframe *place, const uint8_t *frame, size_t length)
{
    place->length = (uint16_t)length;
    memcpy(place->octets, frame, length);
}

bool tc_dchannel_give(tc_dchannel *channel, const uint8_t *frame, size_t length)
{
    tc_dframe *place = tc_ring_claim(&channel->to_send);
    if (!place)
        return false;
    fill(place, frame, length);
    tc_ring_publish(&channel->to_send);
    return true;
}

static void take(tc_dchannel *channel, size_t length)
{
    tc_dframe *place = tc_ring_claim(&channel->received);
    if (!place)
        return;
    fill(place, channel->receiver.octets, length);
    tc_ring_publish(&channel->received);
    channel->news = 1;
}

void tc_dchannel_hear(tc_dchannel *channel, const uint8_t octets[TC_TICK_SAMPLES])
{
    size_t at = 0, length;
    while (at < TC_TICK_SAMPLES) {
        at += tc_hdlc_hear(&channel->receiver, octets + at, TC_TICK_SAMPLES - at, &length);
        if (length)
            take(channel, length);
    }
    channel->heard = octets[TC_TICK_SAMPLES - 1];
}

void tc_dchannel_make(tc_dchannel *channel, uint8_t octets[TC_TICK_SAMPLES])
{
    tc_hdlc_sender *sender = &channel->sender;
    size_t at = 0;
    while (at < TC_TICK_SAMPLES) {
        const tc_dframe *frame;
        if (tc_hdlc_wants(sender) && (frame = tc_ring_front(&channel->to_send)))
            tc_hdlc_give(sender, frame->octets, frame->length);
        bool sending = !tc_hdlc_wants(sender);
        at += tc_hdlc_make(sender, octets + at, TC_TICK_SAMPLES - at);
        if (sending && tc_hdlc_wants(sender)) {
            tc_ring_pop(&channel->to_send);
            atomic_fetch_add_explicit(&channel->sent, 1, memory_order_relaxed);
        }
    }
    channel->lively = 0;
    for (unsigned i = 0; i < TC_TICK_SAMPLES; i++)
        channel->lively |= octets[i] != channel->said;
    channel->said = octets[TC_TICK_SAMPLES - 1];
}

bool tc_dchannel_due(const tc_dchannel *channel)
{
    return channel->news || tc_ring_waits(&channel->to_send) || !tc_hdlc_rests(&channel->sender);
}
