/* A data link over modems, as a host answers terminals at points of sale: octets in and out.
 *
 * What.  One end of a dialled line with an FSK modem at either end.  It goes through an answer or
 * waits for one, raises its carrier, waits for the other's, carries octets, and says why it ended.
 *
 * How.  It hears what a receiver of fsk.h reports of its lane and makes its own sound: silence and
 * the answer tone (V.25: 1.8 to 2.5 s, then 2100 Hz for 2.6 to 4 s, then 75 ms), then a carrier
 * (fsk_send.h).  Both directions at once (duplex: V.21, V.23 with its backward channel, Bell 103),
 * or one after the other (half duplex: V.23, Bell 202): then the carrier goes up when there are
 * octets and the other's carrier has been down for `turn`, sends mark for `ready`, the octets, mark
 * for `trail`, and goes down; what comes meanwhile, and for `deaf` after, is the line's echo of it.
 *
 * Half duplex, the end that calls waits until an answer tone has come and gone (it lies in the
 * band). Duplex, the other end counts as there when its carrier has sent mark for `settle`: an
 * answer tone may look like space.  Octets of the wrong parity or without a stop bit are counted
 * and not delivered.
 *
 * Threads.  Octets lie in two rings, one producer and one consumer each: the tick at one end, the
 * loop at the other.  What the loop may read beside is atomic.
 *
 * Limits.  Times are samples; no allocation after init; bounded rings: what finds `received` full
 * is lost and counted.
 */
#ifndef TC_LINK_H
#define TC_LINK_H

#include "fsk.h"
#include "fsk_send.h"
#include "ring.h"
#include "tone.h"

#define TC_LINK_STRETCH 80 /* 10 ms */

enum {
    TC_LINK_QUIET, /* before the answer tone */
    TC_LINK_TONE,
    TC_LINK_PAUSE,
    TC_LINK_WAITS, /* for the other's carrier */
    TC_LINK_DATA,
    TC_LINK_OVER,
};

enum {
    TC_LINK_RUNS,
    TC_LINK_NO_CARRIER, /* it never came */
    TC_LINK_LOST,       /* it went, and stayed away */
    TC_LINK_IDLE,       /* no octet either way for too long */
    TC_LINK_CLOSED,     /* as was asked for: all octets have left */
};

typedef struct {
    uint32_t quiet, tone, pause; /* of the answer; 0: left out */
    uint32_t carrier;            /* longest wait for the other's carrier */
    uint32_t settle;             /* it must send mark for so long */
    uint32_t lost;               /* absence that ends the link, duplex */
    uint32_t idle;               /* longest time without an octet; 0: any */
    uint32_t ready, trail, turn, deaf;
    uint8_t half;    /* one after the other */
    uint8_t follows; /* raises its carrier when the other's is there */
    uint8_t awaits;  /* half duplex: octets after the other's answer tone only */
    float tone_hz, level_dbm0;
} tc_link_plan;

typedef struct {
    tc_link_plan plan;
    tc_fsk_framing framing; /* of what is received */
    tc_fsk_send send;
    tc_tone_segment answer;
    tc_tone tone;
    uint64_t now, since; /* samples made; when the phase began */
    uint64_t last_octet, absent_since, marking_since, quiet_since, raised, emptied;
    uint8_t there, marks, raised_now, trailing, answered;
    uint8_t up, may; /* in the present stretch: the carrier; octets in it */
    _Atomic uint8_t phase, why, carrier;
    _Atomic uint8_t closing; /* the loop asks for the end */
    _Atomic uint32_t framing_errors, parity_errors, breaks;
    _Atomic int32_t level;     /* of the other's carrier, 1/256 dBm0 */
    uint8_t news;              /* something the loop has not been told of */
    tc_ring to_send, received; /* octets */
} tc_link;

/* 0, or -1 when there is no memory.  `send` as in tc_fsk_send_init(). */
int tc_link_init(tc_link *link, const tc_link_plan *plan, const tc_fsk_standard *sends,
                 tc_fsk_framing framing, uint8_t stop, uint32_t capacity);
void tc_link_free(tc_link *link);

/* What the receiver found in some samples: those of `events` that are of `row`; whether it hears
 * mark at their end. */
void tc_link_hear(tc_link *link, const tc_fsk_event *events, unsigned count, unsigned row,
                  bool marks);

/* The next n samples; false when the link is over.  It decides every TC_LINK_STRETCH samples, so
 * what was heard is told then, not between. */
bool tc_link_make(tc_link *link, int16_t *out, uint32_t n);

#endif
