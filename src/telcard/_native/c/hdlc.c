#include "hdlc.h"

#include <string.h>

#define GOOD_FCS 0xF0B8 /* what is left of a frame and its FCS (ISO/IEC 13239; X.25, 2.2.7) */
#define FLAG_BEGUN 6    /* bits of a flag that look like data until its sixth 1 has come */

static unsigned mirror(unsigned octet)
{
    return (unsigned)(((octet * 0x80200802ull & 0x0884422110ull) * 0x0101010101ull >> 32) & 0xFF);
}

/* The places in `bits` where five 1s in a row begin. */
static unsigned fives(unsigned bits)
{
    return bits & bits >> 1 & bits >> 2 & bits >> 3 & bits >> 4;
}

static unsigned lowest(unsigned bits, unsigned count)
{
    return bits & ((1u << count) - 1);
}

/* 1s in a row at the end of `bits`, one of which at least is 0. */
static unsigned ones_at_end(unsigned bits, unsigned width)
{
    return (unsigned)__builtin_clz(~(bits << (32 - width)));
}

/* One octet into the check, without a table: the division by the polynomial, mirrored (0x8408),
 * folded into shifts by 4 and 3. */
static uint16_t check(uint16_t fcs, uint8_t octet)
{
    uint8_t x = (uint8_t)(octet ^ fcs);
    x ^= (uint8_t)(x << 4);
    return (uint16_t)((fcs >> 8) ^ (x << 8) ^ (x << 3) ^ (x >> 4));
}

static uint16_t check_all(const uint8_t *octets, size_t length)
{
    uint16_t fcs = 0xFFFF;
    for (size_t i = 0; i < length; i++)
        fcs = check(fcs, octets[i]);
    return fcs;
}

uint16_t tc_hdlc_fcs(const uint8_t *octets, size_t length)
{
    return (uint16_t)~check_all(octets, length);
}

/* ---- Sender ---- */

void tc_hdlc_sender_init(tc_hdlc_sender *sender, unsigned width, bool marks)
{
    memset(sender, 0, sizeof *sender);
    sender->width = (uint8_t)width;
    sender->marks = marks;
}

/* Bits that are no data. */
static void put(tc_hdlc_sender *sender, unsigned bits, unsigned count)
{
    sender->bits |= (uint64_t)bits << sender->count;
    sender->count += count;
    sender->run = 0;
}

static void put_data(tc_hdlc_sender *sender, unsigned octet)
{
    unsigned run = sender->run, count = run + 8;
    unsigned bits = octet << run | lowest(~0u, run); /* behind the 1s before it */
    for (unsigned found = fives(bits); found;) {
        unsigned at = (unsigned)__builtin_ctz(found) + 5; /* a 0 keeps it from being a flag */
        bits = lowest(bits, at) | bits >> at << (at + 1);
        count++;
        found = fives(bits) >> at << at;
    }
    sender->bits |= (uint64_t)(bits >> run) << sender->count;
    sender->count += count - run;
    sender->run = (uint8_t)ones_at_end(bits, count);
}

void tc_hdlc_give(tc_hdlc_sender *sender, const uint8_t *frame, size_t length)
{
    if (!sender->flagged)
        put(sender, TC_HDLC_FLAG, 8);
    sender->frame = frame;
    sender->length = length;
    sender->at = 0;
    sender->fcs = tc_hdlc_fcs(frame, length);
}

void tc_hdlc_abort(tc_hdlc_sender *sender)
{
    if (!sender->frame)
        return;
    put(sender, 0xFF, 8);
    sender->frame = NULL;
    sender->flagged = 0;
    sender->idles = 0;
}

/* The next bits of a frame; false: it has ended. */
static bool put_frame(tc_hdlc_sender *sender)
{
    size_t at = sender->at++;
    if (at < sender->length) {
        put_data(sender, sender->frame[at]);
    } else if (at < sender->length + TC_HDLC_FCS) {
        put_data(sender, sender->fcs >> 8 * (at - sender->length) & 0xFF);
    } else {
        put(sender, TC_HDLC_FLAG, 8);
        sender->frame = NULL;
        sender->flagged = 1;
        sender->idles = 0;
        return false;
    }
    return true;
}

static void put_idle(tc_hdlc_sender *sender)
{
    sender->flagged = !sender->marks;
    put(sender, sender->marks ? 0xFF : TC_HDLC_FLAG, 8);
    sender->idles = (uint8_t)(sender->idles < 2 ? sender->idles + 1 : 2);
}

size_t tc_hdlc_make(tc_hdlc_sender *sender, uint8_t *octets, size_t n)
{
    const unsigned width = sender->width, ours = (1u << width) - 1;
    for (size_t i = 0; i < n; i++) {
        if (i && tc_hdlc_rests(sender)) {
            memset(octets + i, octets[i - 1], n - i);
            return n;
        }
        while (sender->count < width) {
            if (!sender->frame)
                put_idle(sender);
            else if (!put_frame(sender))
                return i;
        }
        octets[i] = (uint8_t)mirror(((unsigned)sender->bits & ours) | (0xFF & ~ours));
        sender->bits >>= width;
        sender->count -= width;
    }
    return n;
}

/* ---- Receiver ---- */

void tc_hdlc_receiver_init(tc_hdlc_receiver *receiver, unsigned width, unsigned least,
                           unsigned most)
{
    memset(receiver, 0, sizeof *receiver);
    receiver->width = (uint8_t)width;
    receiver->least = (uint16_t)least;
    receiver->most = (uint16_t)most;
}

static void count(_Atomic uint64_t *counter)
{
    uint64_t was = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, was + 1, memory_order_relaxed);
}

/* Wait for a flag. */
static void hunt(tc_hdlc_receiver *receiver)
{
    receiver->framed = 0;
    receiver->length = 0;
    receiver->have = 0;
    receiver->gathered = 0;
}

static void gather(tc_hdlc_receiver *receiver, unsigned bits, unsigned count_of_bits)
{
    receiver->gathered |= bits << receiver->have;
    receiver->have = (uint8_t)(receiver->have + count_of_bits);
    if (receiver->have < 8)
        return;
    if (receiver->length == receiver->most + TC_HDLC_FCS) {
        count(&receiver->counts.too_long);
        hunt(receiver);
        return;
    }
    receiver->octets[receiver->length++] = (uint8_t)receiver->gathered;
    receiver->gathered >>= 8;
    receiver->have = (uint8_t)(receiver->have - 8);
}

/* What lies between two flags: the length of a good frame, or 0. */
static size_t judge(tc_hdlc_receiver *receiver)
{
    tc_hdlc_counts *counts = &receiver->counts;
    size_t bits = 8u * receiver->length + receiver->have;
    if (!receiver->framed || bits <= FLAG_BEGUN)
        return 0; /* flag behind flag, with a 0 of its own or not */
    size_t length = (bits - FLAG_BEGUN) / 8;
    if (length < (size_t)receiver->least + TC_HDLC_FCS)
        count(&counts->too_short);
    else if ((bits - FLAG_BEGUN) % 8)
        count(&counts->misaligned);
    else if (check_all(receiver->octets, length) != GOOD_FCS)
        count(&counts->fcs_errors);
    else {
        count(&counts->good);
        return length - TC_HDLC_FCS;
    }
    return 0;
}

static size_t flag(tc_hdlc_receiver *receiver)
{
    size_t found = judge(receiver);
    hunt(receiver);
    receiver->framed = 1;
    return found;
}

static void take_one(tc_hdlc_receiver *receiver)
{
    if (receiver->run == 7)
        return;
    receiver->run++;
    if (!receiver->framed || receiver->run == 6)
        return; /* the sixth is a flag's, or an abort's, never data */
    if (receiver->run == 7) {
        if (receiver->length || receiver->have > FLAG_BEGUN)
            count(&receiver->counts.aborts);
        hunt(receiver);
        return;
    }
    gather(receiver, 1, 1);
}

static size_t take_zero(tc_hdlc_receiver *receiver)
{
    unsigned run = receiver->run;
    receiver->run = 0;
    if (run == 6)
        return flag(receiver);
    if (run < 5 && receiver->framed) /* behind five it was put in by the sender */
        gather(receiver, 0, 1);
    return 0;
}

/* Data, less the 0s behind five 1s; false: there is more than data among them. */
static bool take_data(tc_hdlc_receiver *receiver, unsigned bits, unsigned width)
{
    unsigned run = receiver->run, count = run + width;
    unsigned all = bits << run | lowest(~0u, run), found = fives(all); /* with the 1s before them */
    if (run > 5 || found & found >> 1)
        return false; /* six 1s */
    receiver->run = (uint8_t)ones_at_end(bits, width);
    if (!receiver->framed)
        return true;
    for (; found; found = (found & (found - 1)) >> 1, count--) {
        unsigned at = (unsigned)__builtin_ctz(found) + 5;
        if (at >= count)
            break; /* it comes with the next octet */
        all = lowest(all, at) | all >> (at + 1) << at;
    }
    gather(receiver, all >> run, count - run);
    return true;
}

static size_t take(tc_hdlc_receiver *receiver, unsigned bits, unsigned width)
{
    size_t found = 0;
    if (width > 1 && take_data(receiver, bits, width))
        return 0;
    for (unsigned i = 0; i < width; i++) {
        if (bits >> i & 1) {
            take_one(receiver);
        } else {
            size_t length = take_zero(receiver);
            found = length ? length : found;
        }
    }
    return found;
}

size_t tc_hdlc_hear(tc_hdlc_receiver *receiver, const uint8_t *octets, size_t n, size_t *found)
{
    const unsigned width = receiver->width, ours = (1u << width) - 1;
    *found = 0;
    for (size_t i = 0; i < n; i++) {
        if (receiver->steady && octets[i] == receiver->last)
            continue;
        uint8_t run = receiver->run, have = receiver->have, framed = receiver->framed;
        uint32_t gathered = receiver->gathered;
        uint16_t length = receiver->length;
        *found = take(receiver, mirror(octets[i]) & ours, width);
        receiver->steady = octets[i] == receiver->last && run == receiver->run &&
                           have == receiver->have && !*found && framed == receiver->framed &&
                           gathered == receiver->gathered && length == receiver->length;
        receiver->last = octets[i];
        if (*found)
            return i + 1;
    }
    return n;
}
