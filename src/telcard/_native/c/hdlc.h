/* HDLC: frames on a timeslot, as ITU-T Q.921, clause 2, and ISO/IEC 13239 have them.
 *
 * What.  The sender turns frames into the octets of a 64 kbit/s timeslot, the receiver turns octets
 * into frames and counts what was none.  Between frames lie flags, 0 111111 0; inside, a 0 is put
 * behind every five 1s, so that no data look like a flag; two octets of check sequence (FCS-16,
 * X.25: polynomial x16 + x12 + x5 + 1, begun with all ones, sent inverted) end a frame.  Seven 1s
 * in a row are an abort, and 15 or more an idle line.
 *
 * Order of bits.  HDLC sends the least significant bit of an octet first (Q.921, clause 2.8.2), a
 * timeslot its bit 1, which PCM calls the most significant (G.704, G.711).  So without stuffing an
 * octet of a frame appears mirrored in the timeslot: 0x03 as 0xC0.  A flag is its own mirror.
 *
 * How.  Bits wait in a small register, the next one lowest.  One expression tells where five 1s
 * begin in an octet and what came before it; all its bits pass at once, with 0s put in or taken out
 * there.  Only where there are six 1s does the receiver take them one by one.  An octet that leaves
 * the receiver as it found it (a flag, in whatever phase; all ones) is skipped for as long as it is
 * repeated: that is what most of a D-channel is made of.
 *
 * A frame is finished when its closing flag is; that flag may open the next frame, and two flags
 * may share a 0 (ISO/IEC 13239 allows both).  The receiver takes all of that; the sender puts one
 * flag between frames.
 *
 * At 56 kbit/s (T1, where bit 8 of the timeslot is not ours) 7 bits an octet carry data, and bit 8
 * is sent as 1.
 *
 * Limits.  Frames of up to TC_HDLC_MOST octets without FCS.  No allocation; the sender reads the
 * frame where it lies until it has ended.  The same frames however the octets are cut.
 *
 * Use.  Sender: tc_hdlc_give() a frame when it `tc_hdlc_wants`, tc_hdlc_make() octets; it comes
 * back early when a frame has ended, so that the next may follow without a gap.  Receiver:
 * tc_hdlc_hear() octets until it returns with a frame in `octets`, go on with the rest.
 */
#ifndef TC_HDLC_H
#define TC_HDLC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TC_HDLC_MOST 510 /* octets of a frame, FCS apart */
#define TC_HDLC_FLAG 0x7E
#define TC_HDLC_FCS 2 /* octets */

typedef struct {
    const uint8_t *frame; /* that is being sent; NULL: none */
    size_t length, at;
    uint16_t fcs;
    uint8_t width;   /* bits of an octet that are ours: 8 or 7 */
    uint8_t marks;   /* the line idles with ones, else with flags */
    uint8_t flagged; /* the last thing said was a flag */
    uint8_t run;     /* ones in a row */
    uint8_t idles;   /* octets of idle since the last frame, 2 at most */
    uint32_t count;  /* of bits that wait */
    uint64_t bits;   /* the next one lowest */
} tc_hdlc_sender;

/* Anyone may read them at any time. */
typedef struct {
    _Atomic uint64_t good;
    _Atomic uint64_t fcs_errors;
    _Atomic uint64_t aborts; /* inside a frame */
    _Atomic uint64_t too_long, too_short;
    _Atomic uint64_t misaligned; /* not a whole number of octets */
} tc_hdlc_counts;

typedef struct {
    uint16_t least, most; /* octets of a frame, FCS apart */
    uint16_t length;      /* octets taken in of the present frame, FCS included */
    uint8_t width;        /* bits of an octet that are ours: 8 or 7 */
    uint8_t framed;       /* since a flag; else waiting for one */
    uint8_t run;          /* ones in a row, 7 at most */
    uint8_t have;         /* bits of the octet that is being gathered */
    uint8_t steady, last; /* the last octet changed nothing */
    uint32_t gathered;    /* the first one lowest */
    tc_hdlc_counts counts;
    uint8_t octets[TC_HDLC_MOST + TC_HDLC_FCS];
} tc_hdlc_receiver;

/* The FCS of a frame, as the number whose lower octet is sent first. */
uint16_t tc_hdlc_fcs(const uint8_t *octets, size_t length);

/* `width` 8 or 7; `marks`: ones between frames instead of flags. */
void tc_hdlc_sender_init(tc_hdlc_sender *sender, unsigned width, bool marks);

static inline bool tc_hdlc_wants(const tc_hdlc_sender *sender)
{
    return !sender->frame;
}

/* Begin a frame of 1..TC_HDLC_MOST octets, which must stay where they are until it has ended. */
void tc_hdlc_give(tc_hdlc_sender *sender, const uint8_t *frame, size_t length);

/* Break off the frame that is being sent, if there is one. */
void tc_hdlc_abort(tc_hdlc_sender *sender);

/* The next octets, n of them, or fewer when a frame has just ended. */
size_t tc_hdlc_make(tc_hdlc_sender *sender, uint8_t *octets, size_t n);

/* Whether the next octets are all like the last one, until a frame is given.  (Flags in 7 bits of
 * each octet never are.) */
static inline bool tc_hdlc_rests(const tc_hdlc_sender *sender)
{
    return !sender->frame && sender->idles >= 2 && (sender->width == 8 || sender->marks);
}

/* Frames of `least` to `most` octets, FCS apart (1 <= least <= most <= TC_HDLC_MOST).  `width` as
 * for the sender, or 1: bits come one by one, each the highest of its octet. */
void tc_hdlc_receiver_init(tc_hdlc_receiver *receiver, unsigned width, unsigned least,
                           unsigned most);

/* Takes octets in, up to and including the one that ends a good frame: how many.  `found`: the
 * length of that frame, which lies in `octets` until the next call; 0: none. */
size_t tc_hdlc_hear(tc_hdlc_receiver *receiver, const uint8_t *octets, size_t n, size_t *found);

#endif
