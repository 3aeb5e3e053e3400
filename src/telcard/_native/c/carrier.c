#include "carrier.h"

#include <string.h>

enum { TIMESLOT_16 = 1 << 16 };

#define EVERY_OTHER 0x80000000u /* bit turned: noise */

static size_t octets_of(const tc_carrier *carrier)
{
    return carrier->t1 ? TC_TICK_SAMPLES * TC_T1_BITS / 8 : TC_CARRIER_OCTETS;
}

void tc_carrier_init(tc_carrier *carrier, bool t1, bool multi, bool cas)
{
    memset(carrier, 0, sizeof *carrier);
    carrier->t1 = t1;
    carrier->cas = cas;
    carrier->told = 1;
    memset(carrier->known, TC_BITS_BLOCKED, sizeof carrier->known);
    carrier->asked = TC_T1_NO_MESSAGE;
    if (t1) {
        tc_t1tx_init(&carrier->at.t1.tx, multi, cas);
        tc_t1rx_init(&carrier->at.t1.rx, multi, cas, 2, 4);
    } else {
        tc_e1tx_init(&carrier->at.e1.tx, multi, cas);
        tc_e1rx_init(&carrier->at.e1.rx, multi, cas);
    }
}

void tc_carrier_say(tc_carrier *carrier, unsigned what, uint64_t value)
{
    tc_t1tx *tx = &carrier->at.t1.tx;
    uint8_t report[TC_T1_REPORT];
    carrier->quiet = 0;
    if (!carrier->t1)
        return;
    switch (what) {
    case TC_SAY_MESSAGE:
        tx->message = (uint8_t)value;
        break;
    case TC_SAY_REPORT:
        for (unsigned i = 0; i < TC_T1_REPORT; i++)
            report[i] = (uint8_t)(value >> (56 - 8 * i));
        tc_t1tx_report(tx, report);
        break;
    case TC_SAY_CODE:
        tx->code = (uint8_t)value;
        tx->step = 0;
        break;
    default:
        carrier->obeys = value != 0;
    }
}

/* ---- The line ---- */

void tc_carrier_slip(tc_carrier *carrier, int32_t bits)
{
    int32_t multiframe = carrier->t1 ? 24 * TC_T1_BITS : 16 * TC_E1_SLOTS * 8;
    int32_t delay = (int32_t)carrier->delay - bits % multiframe;
    if (delay < 0)
        delay += multiframe;
    carrier->delay = (uint32_t)(delay % (2 * multiframe));
    carrier->quiet = 0;
}

/* `line` as it comes out of the store. */
static void through_store(tc_carrier *carrier, const uint8_t *line, uint8_t *out)
{
    size_t count = octets_of(carrier), late = carrier->delay / 8;
    unsigned shift = carrier->delay % 8;
    memcpy(out, carrier->past + count - late, late);
    memcpy(out + late, line, count - late);
    if (shift) {
        uint8_t before = carrier->past[count - late - 1];
        for (size_t i = 0; i < count; i++) {
            uint8_t now = out[i];
            out[i] = (uint8_t)((before << 8 | now) >> shift);
            before = now;
        }
    }
    memcpy(carrier->past, line, count);
}

static void replaced(uint8_t *line, size_t count, unsigned signal, uint64_t tick)
{
    memset(line, signal == TC_SIGNAL_AIS ? TC_ALL_ONES : 0, count);
    if (signal == TC_SIGNAL_UNFRAMED) {
        tc_biterrors noise = {.seed = tick, .threshold = EVERY_OTHER};
        tc_biterrors_feed(&noise, tick, 0, line, count);
    }
}

/* ---- Receiving ---- */

/* The frames of a tick by timeslot: 80 of them, whatever was completed. */
static void lay_out(tc_carrier *carrier, size_t made)
{
    if (made < TC_TICK_SAMPLES) {
        uint8_t *last = carrier->frames[made];
        if (made)
            memcpy(last, carrier->frames[made - 1], TC_E1_SLOTS);
        else
            memset(last, TC_ALL_ONES, TC_E1_SLOTS);
        atomic_fetch_add_explicit(&carrier->counts[TC_COUNT_REPEATED], 1, memory_order_relaxed);
        made++;
    }
    for (unsigned n = 0; n < TC_TICK_SAMPLES; n++)
        for (unsigned t = 0; t < TC_E1_SLOTS; t++)
            carrier->octets[t][n] = carrier->frames[n][t];
}

static void publish(tc_carrier *carrier, unsigned which, uint64_t count)
{
    atomic_store_explicit(&carrier->counts[which], count, memory_order_relaxed);
}

static void receive_e1(tc_carrier *carrier, uint32_t open)
{
    tc_e1rx *rx = &carrier->at.e1.rx;
    rx->cas = carrier->cas && !(open & (uint32_t)TIMESLOT_16);
    lay_out(carrier, tc_e1rx_feed(rx, carrier->arrived, TC_CARRIER_OCTETS, carrier->frames));
    publish(carrier, TC_COUNT_FRAMES, rx->counts.frames);
    publish(carrier, TC_COUNT_FRAMING, rx->counts.fas_errors);
    publish(carrier, TC_COUNT_CRC_BLOCKS, rx->counts.crc_blocks);
    publish(carrier, TC_COUNT_CRC_ERRORS, rx->counts.crc_errors);
    publish(carrier, TC_COUNT_E_ERRORS, rx->counts.e_errors);
    publish(carrier, TC_COUNT_LOSSES, rx->counts.losses);
    publish(carrier, TC_COUNT_CRC_LOSSES, rx->counts.crc_losses);
    publish(carrier, TC_COUNT_CAS_LOSSES, rx->counts.cas_losses);
    unsigned status = (rx->aligned ? TC_STATUS_ALIGNED : 0) | (rx->multi ? TC_STATUS_MULTI : 0) |
                      (rx->interworking ? TC_STATUS_INTERWORKING : 0) |
                      (rx->cas_aligned ? TC_STATUS_CAS : 0) |
                      (unsigned)carrier->loop << TC_STATUS_LOOP;
    atomic_store_explicit(&carrier->status, status, memory_order_relaxed);
    carrier->alarms = rx->alarms;
}

static void loop_for(tc_carrier *carrier, uint8_t loop, uint8_t instead)
{
    if (carrier->loop == instead)
        carrier->loop = loop;
}

/* What the far end has begun to ask for. */
static void obey(tc_carrier *carrier)
{
    const tc_t1rx *rx = &carrier->at.t1.rx;
    uint8_t asked = carrier->asked, coded = carrier->coded;
    carrier->asked = rx->message;
    carrier->coded = rx->loop_code;
    if (!carrier->obeys)
        return;
    if (rx->message != asked)
        switch (rx->message) {
        case TC_T1_LINE_UP:
            loop_for(carrier, TC_LOOP_LINE, TC_LOOP_NONE);
            break;
        case TC_T1_PAYLOAD_UP:
            loop_for(carrier, TC_LOOP_PAYLOAD, TC_LOOP_NONE);
            break;
        case TC_T1_LOOPS_DOWN:
            loop_for(carrier, TC_LOOP_NONE, TC_LOOP_PAYLOAD);
            /* fall through */
        case TC_T1_LINE_DOWN:
            loop_for(carrier, TC_LOOP_NONE, TC_LOOP_LINE);
            break;
        case TC_T1_PAYLOAD_DOWN:
            loop_for(carrier, TC_LOOP_NONE, TC_LOOP_PAYLOAD);
            break;
        }
    if (rx->loop_code != coded && rx->loop_code == TC_T1_CODE_UP)
        loop_for(carrier, TC_LOOP_LINE, TC_LOOP_NONE);
    if (rx->loop_code != coded && rx->loop_code == TC_T1_CODE_DOWN)
        loop_for(carrier, TC_LOOP_NONE, TC_LOOP_LINE);
}

static void receive_t1(tc_carrier *carrier)
{
    tc_t1rx *rx = &carrier->at.t1.rx;
    uint8_t frames[TC_T1_FRAMES(TC_TICK_SAMPLES * TC_T1_BITS / 8)][TC_T1_CHANNELS];
    size_t made = tc_t1rx_feed(rx, carrier->arrived, octets_of(carrier), frames);
    if (made > TC_TICK_SAMPLES)
        made = TC_TICK_SAMPLES;
    for (size_t n = 0; n < made; n++)
        memcpy(carrier->frames[n] + 1, frames[n], TC_T1_CHANNELS);
    lay_out(carrier, made);
    publish(carrier, TC_COUNT_FRAMES, rx->counts.frames);
    publish(carrier, TC_COUNT_FRAMING, rx->counts.framing_errors);
    publish(carrier, TC_COUNT_CRC_BLOCKS, rx->counts.crc_blocks);
    publish(carrier, TC_COUNT_CRC_ERRORS, rx->counts.crc_errors);
    publish(carrier, TC_COUNT_LOSSES, rx->counts.losses);
    publish(carrier, TC_COUNT_CRC_LOSSES, rx->counts.crc_losses);
    obey(carrier);
    uint64_t report = 0;
    for (unsigned i = 0; i < TC_T1_REPORT; i++)
        report = report << 8 | rx->report[i];
    publish(carrier, TC_COUNT_REPORT, report);
    publish(carrier, TC_COUNT_REPORTS, rx->reports);
    unsigned status = (rx->aligned ? TC_STATUS_ALIGNED : 0) |
                      (unsigned)carrier->loop << TC_STATUS_LOOP |
                      (unsigned)rx->loop_code << TC_STATUS_CODE |
                      (unsigned)(uint8_t)~rx->message << TC_STATUS_MESSAGE;
    atomic_store_explicit(&carrier->status, status, memory_order_relaxed);
    carrier->alarms = rx->alarms;
}

/* Bits to believe: all ones while there are none (alarms.py: WITHOUT_BITS). */
static void believe(const tc_carrier *carrier, uint8_t *bits)
{
    enum {
        DEAF = TC_E1_LOS | TC_E1_LFA | TC_E1_AIS,
        WITHOUT = DEAF | TC_E1_CAS_LMFA | TC_E1_CAS_AIS,
        CHANNELS = TC_T1_CHANNELS,
    };
    memset(bits, TC_BITS_BLOCKED, TC_E1_SLOTS);
    if (!carrier->cas)
        return;
    unsigned last = carrier->t1 ? CHANNELS : TC_E1_SLOTS - 1;
    const uint8_t *abcd = carrier->t1 ? carrier->at.t1.rx.abcd : carrier->at.e1.rx.abcd;
    for (unsigned t = 1; t <= last; t++)
        if (carrier->t1 || t != 16)
            bits[t] = carrier->alarms & WITHOUT ? TC_BITS_ALL_ONES : abcd[t];
}

unsigned tc_carrier_receive(tc_carrier *carrier, tc_impairment *impairment, uint64_t tick,
                            const tc_e1_frame *frame, tc_e1_state *state, uint32_t open)
{
    unsigned signal = impairment->received ? impairment->received : state->signal;
    size_t count = octets_of(carrier);
    carrier->read = tick ? tick - 1 : 0;
    carrier->fresh = 0;
    carrier->told = !frame || frame->quiet;
    if (carrier->hurt != impairment->received)
        carrier->quiet = 0;
    carrier->hurt = impairment->received;
    if (carrier->loop == TC_LOOP_LOCAL)
        memcpy(carrier->arrived, carrier->sent, count);
    else if (signal == TC_SIGNAL_ABSENT)
        return TC_E1_LOS;
    else if (signal != TC_SIGNAL_NORMAL)
        replaced(carrier->arrived, count, signal, tick);
    else if (frame)
        through_store(carrier, frame->octets[0], carrier->arrived);
    else {
        believe(carrier, state->bits);
        return carrier->alarms;
    }
    if (impairment->errors.threshold)
        tc_biterrors_feed(&impairment->errors, tick, 0, carrier->arrived, count);
    unsigned before = carrier->alarms;
    if (carrier->t1)
        receive_t1(carrier);
    else
        receive_e1(carrier, open);
    if (carrier->alarms != before)
        carrier->quiet = 0;
    carrier->fresh = 1;
    believe(carrier, state->bits);
    return carrier->alarms;
}

/* ---- Sending ---- */

/* By timeslot to by frame; timeslots in which nobody speaks carry the idle octet. */
static void gather(tc_carrier *carrier, uint32_t speaking, uint8_t idle)
{
    for (unsigned t = 0; t < TC_E1_SLOTS; t++)
        if (!(speaking >> t & 1))
            memset(carrier->octets[t], idle, TC_TICK_SAMPLES);
    for (unsigned n = 0; n < TC_TICK_SAMPLES; n++)
        for (unsigned t = 0; t < TC_E1_SLOTS; t++)
            carrier->frames[n][t] = carrier->octets[t][n];
}

static void send_e1(tc_carrier *carrier, const uint8_t *bits, uint32_t open)
{
    tc_e1tx *tx = &carrier->at.e1.tx;
    tc_e1rx *rx = &carrier->at.e1.rx;
    tx->cas = carrier->cas && !(open & (uint32_t)TIMESLOT_16);
    tx->rai = (carrier->alarms & (TC_E1_LOS | TC_E1_LFA | TC_E1_AIS)) != 0;
    tx->cas_rai = (carrier->alarms & (TC_E1_CAS_LMFA | TC_E1_CAS_AIS)) != 0;
    tx->crc_heard = rx->multi;
    tx->owed += rx->owed;
    rx->owed = 0;
    memcpy(tx->abcd, bits, sizeof tx->abcd);
    tc_e1tx_feed(tx, carrier->frames, TC_TICK_SAMPLES);
    memcpy(carrier->sent, carrier->frames, TC_CARRIER_OCTETS);
}

static void send_t1(tc_carrier *carrier, const uint8_t *bits)
{
    tc_t1tx *tx = &carrier->at.t1.tx;
    uint8_t frames[TC_TICK_SAMPLES][TC_T1_CHANNELS];
    for (unsigned n = 0; n < TC_TICK_SAMPLES; n++)
        memcpy(frames[n], carrier->frames[n] + 1, TC_T1_CHANNELS);
    tx->rai = (carrier->alarms & (TC_E1_LOS | TC_E1_LFA | TC_E1_AIS)) != 0;
    memcpy(tx->abcd, bits, sizeof tx->abcd);
    tc_t1tx_feed(tx, frames, TC_TICK_SAMPLES, carrier->sent);
}

bool tc_carrier_sleeps(tc_carrier *carrier, const tc_impairment *impairment, const uint8_t *bits,
                       bool busy)
{
    bool talks = carrier->t1 && (carrier->at.t1.tx.code || carrier->at.t1.rx.coded);
    bool settled = !busy && !talks && !impairment->errors.threshold && !carrier->loop &&
                   !(carrier->alarms & TC_E1_LMFA) && carrier->cut == impairment->sent &&
                   !memcmp(carrier->known, bits, sizeof carrier->known);
    memcpy(carrier->known, bits, sizeof carrier->known);
    carrier->cut = impairment->sent;
    if (!settled)
        carrier->quiet = 0;
    else if (carrier->quiet < TC_QUIET_TICKS)
        carrier->quiet++;
    return carrier->quiet == TC_QUIET_TICKS && carrier->told;
}

void tc_carrier_send(tc_carrier *carrier, const uint8_t *bits, uint32_t open, tc_e1_frame *frame)
{
    size_t count = octets_of(carrier);
    frame->quiet = carrier->quiet == TC_QUIET_TICKS;
    if (carrier->loop == TC_LOOP_LOCAL)
        frame->signal = TC_SIGNAL_AIS;
    if (carrier->loop == TC_LOOP_LINE && carrier->fresh) {
        memcpy(frame->octets, carrier->arrived, count);
        return;
    }
    bool back = carrier->loop == TC_LOOP_PAYLOAD && carrier->fresh;
    gather(carrier, back ? ~0u : frame->speaking, frame->idle);
    if (carrier->t1)
        send_t1(carrier, bits);
    else
        send_e1(carrier, bits, open);
    memcpy(frame->octets, carrier->sent, count);
}

bool tc_carrier_due(const tc_carrier *carrier, const tc_e1line *line, unsigned end)
{
    const tc_e1_direction *other = &line->from[1 - end];
    uint64_t newest = atomic_load_explicit(&other->newest, memory_order_acquire);
    return carrier->quiet < TC_QUIET_TICKS || (newest != TC_NEVER && newest > carrier->read);
}
