/* D-channel: a timeslot of a span that carries HDLC frames, in an engine's hands.
 *
 * What.  Frames that the loop gives are sent one behind the other, flags between them; frames that
 * come in wait until the loop takes them.
 *
 * How.  Two rings of frames, one producer and one consumer each: the tick at one end, the loop at
 * the other; hdlc.h in between, a tick of 80 octets at a time.  A frame is sent from where it lies
 * in the ring and leaves it when it has ended.
 *
 * Idle.  A line at rest carries the same octet for ever (hdlc.h), so nobody has to tick for it:
 * where the far end sent nothing in a tick, the octet before is heard again; `lively` says of a
 * tick's octets that they were not all like the last one before them.
 *
 * Limits.  Bounded: a frame that finds `received` full is lost and counted by the ring; one that
 * finds `to_send` full is refused to whoever gives it.  Memory is taken by tc_dchannel_init() only.
 */
#ifndef TC_DCHANNEL_H
#define TC_DCHANNEL_H

#include "e1line.h"
#include "hdlc.h"
#include "ring.h"

#define TC_DCHANNEL_FRAMES 64 /* that fit into a ring; Q.921 has 7 under way at most */

typedef struct {
    uint16_t length;
    uint8_t octets[TC_HDLC_MOST];
} tc_dframe;

typedef struct {
    tc_ring to_send, received; /* tc_dframe */
    tc_hdlc_sender sender;
    tc_hdlc_receiver receiver;
    _Atomic uint64_t sent; /* frames that have ended */
    uint8_t said, heard;   /* the last octet either way */
    uint8_t lively;        /* what was sent in this tick is news */
    uint8_t news;          /* frames have come that the loop has not been told of */
} tc_dchannel;

/* As the inits of hdlc.h; 0, or -1 when there is no memory. */
int tc_dchannel_init(tc_dchannel *channel, unsigned width, bool marks, unsigned least,
                     unsigned most);
void tc_dchannel_free(tc_dchannel *channel);

/* The loop gives a frame of 1..TC_HDLC_MOST octets; false: the ring is full. */
bool tc_dchannel_give(tc_dchannel *channel, const uint8_t *frame, size_t length);

/* A tick of what came in. */
void tc_dchannel_hear(tc_dchannel *channel, const uint8_t octets[TC_TICK_SAMPLES]);

/* A tick of what goes out. */
void tc_dchannel_make(tc_dchannel *channel, uint8_t octets[TC_TICK_SAMPLES]);

/* Whether the next tick has something to send, or to tell. */
bool tc_dchannel_due(const tc_dchannel *channel);

#endif
