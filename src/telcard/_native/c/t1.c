#include "t1.h"

#include "e1.h"

#include <string.h>

enum { BIT_2 = 0x40, CODE_ERRORS = 2 };

/* ---- CRC-6: G.704, clause 2.1.3.1.2 ---- */

uint8_t tc_t1_crc6(uint8_t crc, const uint8_t frame[TC_T1_CHANNELS])
{
    /* x^6, and x^10, times a nibble, modulo x^6 + x + 1. */
    static const uint8_t LOW[16] = {0x00, 0x03, 0x06, 0x05, 0x0C, 0x0F, 0x0A, 0x09,
                                    0x18, 0x1B, 0x1E, 0x1D, 0x14, 0x17, 0x12, 0x11};
    static const uint8_t HIGH[16] = {0x00, 0x30, 0x23, 0x13, 0x05, 0x35, 0x26, 0x16,
                                     0x0A, 0x3A, 0x29, 0x19, 0x0F, 0x3F, 0x2C, 0x1C};
    crc = (uint8_t)((crc << 1 ^ (crc >> 5 ? 0 : 0x43)) & 0x3F); /* F, a one */
    for (unsigned i = 0; i < TC_T1_CHANNELS; i++) {
        uint8_t sum = (uint8_t)(crc << 2 ^ frame[i]);
        crc = HIGH[sum >> 4] ^ LOW[sum & 0xF];
    }
    return crc;
}

/* ---- Sending ---- */

#define D4_BITS 0x8DC /* F of frames 1 to 12 */
#define FPS 0x0B      /* 001011, in frames 4, 8 ... 24 */
#define YELLOW 0xFF00

static unsigned superframe(unsigned esf)
{
    return esf ? 24 : 12;
}

static unsigned d4_bit(unsigned number)
{
    return D4_BITS >> (11 - number) & 1;
}

/* The letter that frame `number` robs bits for, as the shift of its bit; 4: none. */
static unsigned robbed(unsigned number)
{
    return number % 6 == 5 ? 3 - number / 6 : 4;
}

void tc_t1tx_init(tc_t1tx *tx, int esf, int robs)
{
    *tx = (tc_t1tx){.esf = esf != 0, .robs = robs != 0, .message = TC_T1_NO_MESSAGE};
    tc_hdlc_sender_init(&tx->data, 8, false);
}

/* ---- The data link ---- */

/* SAPI 14, C/R 0; TEI 0; UI. */
static const uint8_t HEADER[TC_T1_REPORT_HEADER] = {0x38, 0x01, 0x03};

void tc_t1tx_report(tc_t1tx *tx, const uint8_t report[TC_T1_REPORT])
{
    tc_hdlc_abort(&tx->data);
    memcpy(tx->report, HEADER, sizeof HEADER);
    memcpy(tx->report + sizeof HEADER, report, TC_T1_REPORT);
    tc_hdlc_give(&tx->data, tx->report, sizeof tx->report);
}

/* The next sixteen bits of HDLC. */
static uint16_t data_bits(tc_t1tx *tx)
{
    uint8_t octets[2];
    for (size_t made = 0; made < sizeof octets;)
        made += tc_hdlc_make(&tx->data, octets + made, sizeof octets - made);
    return (uint16_t)(octets[0] << 8 | octets[1]);
}

static unsigned link_bit(tc_t1tx *tx)
{
    if (tx->link == 0) {
        int said = tx->rai || tx->message != TC_T1_NO_MESSAGE;
        if (said)
            tc_hdlc_abort(
                &tx->data); /* it would be torn; the next report tells its seconds again */
        tx->links = !said ? data_bits(tx) : tx->rai ? YELLOW : (uint16_t)(0xFF00 | tx->message);
    }
    unsigned bit = tx->links >> (15 - tx->link) & 1;
    tx->link = (tx->link + 1) % 16;
    return bit;
}

static unsigned framing_bit(tc_t1tx *tx)
{
    unsigned number = tx->number;
    if (!tx->esf)
        return d4_bit(number);
    if (number == 0) {
        tx->word = tx->crc;
        tx->crc = 0;
    }
    if (number % 4 == 3)
        return FPS >> (5 - number / 4) & 1;
    if (number % 4 == 1)
        return tx->word >> (5 - number / 4) & 1;
    return link_bit(tx);
}

/* A loop code in all channels; it counts the framing bit, whose place it does not get. */
static void fill(tc_t1tx *tx, uint8_t frame[TC_T1_CHANNELS])
{
    unsigned step = (tx->step + 1u) % tx->code;
    for (unsigned i = 0; i < TC_T1_CHANNELS; i++) {
        unsigned octet = 0;
        for (unsigned bit = 0; bit < 8; bit++) {
            octet = octet << 1 | (step == tx->code - 1u);
            step = (step + 1) % tx->code;
        }
        frame[i] = (uint8_t)octet;
    }
    tx->step = (uint8_t)step;
}

size_t tc_t1tx_feed(tc_t1tx *tx, uint8_t (*frames)[TC_T1_CHANNELS], size_t count, uint8_t *octets)
{
    size_t made = 0;
    for (size_t n = 0; n < count; n++) {
        uint8_t *frame = frames[n];
        unsigned shift = tx->robs && !tx->code ? robbed(tx->number) : 4;
        if (tx->code)
            fill(tx, frame);
        if (shift < 4)
            for (unsigned i = 0; i < TC_T1_CHANNELS; i++)
                frame[i] = (uint8_t)((frame[i] & 0xFE) | (tx->abcd[i + 1] >> shift & 1));
        if (tx->rai && !tx->esf)
            for (unsigned i = 0; i < TC_T1_CHANNELS; i++)
                frame[i] &= (uint8_t)~BIT_2;
        tx->bits = tx->bits << 1 | framing_bit(tx);
        tx->held++;
        if (tx->esf)
            tx->crc = tc_t1_crc6(tx->crc, frame);
        for (unsigned i = 0; i < TC_T1_CHANNELS; i++) {
            tx->bits = tx->bits << 8 | frame[i];
            octets[made++] = (uint8_t)(tx->bits >> tx->held);
        }
        if (tx->held == 8) {
            octets[made++] = (uint8_t)tx->bits;
            tx->held = 0;
        }
        tx->number = (uint8_t)((tx->number + 1) % superframe(tx->esf));
    }
    return made;
}

/* ---- Receiving: hunting ---- */

enum { LONG = 12, ENOUGH = 24, PATIENCE = 40, NOWHERE = 6 };

/* Six bits of FPS, begun anywhere, as bits of a mask. */
#define SOME_FPS                                                                                   \
    (UINT64_C(1) << 0x0B | UINT64_C(1) << 0x16 | UINT64_C(1) << 0x2C | UINT64_C(1) << 0x19 |       \
     UINT64_C(1) << 0x32 | UINT64_C(1) << 0x25)

/* Which bit of a pattern of six, sent over and over, is the last of six; NOWHERE: none. */
static unsigned place_in(unsigned pattern, unsigned six)
{
    for (unsigned last = 0; last < 6; last++)
        if (six == ((pattern << (last + 1) | pattern >> (5 - last)) & 0x3F))
            return last;
    return NOWHERE;
}

static void hunt_anew(tc_t1rx *rx)
{
    memset(rx->run, 0, sizeof rx->run);
    rx->rivals = 0;
    rx->place = 0;
    rx->barred = TC_T1_PLACES;
}

/* How long the pattern has been kept; in ESF from the first six bits on, which count as one. */
static unsigned kept(const tc_t1rx *rx, unsigned run, unsigned past, unsigned bit)
{
    if (!rx->esf)
        return bit != (past & 1) ? run + 1 : 0;
    if (run && bit == (past >> 5 & 1))
        return run + 1;
    return SOME_FPS >> ((past << 1 | bit) & 0x3F) & 1;
}

/* The number of the frame whose framing bit has just come at this place; superframe(): none. */
static unsigned number_at(const tc_t1rx *rx, unsigned place)
{
    if (rx->esf) /* FPS is in frames 3, 7 ... 23 */
        return place_in(FPS, rx->past[place] & 0x3F) * 4 + 3;
    enum { HALF = TC_T1_BITS, PERIOD = 2 * TC_T1_BITS, FS = 0x0E };
    unsigned last = place_in(FS, rx->past[(place + HALF) % PERIOD] & 0x3F);
    unsigned number = last == NOWHERE ? 12 : (last * 2 + 2) % 12; /* after Fs in 1, 3 ... 11 */
    return number < 12 && d4_bit(number) == (rx->past[place] & 1u) ? number : 12;
}

/* Takes a bit; whether it was the framing bit of frame rx->number. */
static int hunt(tc_t1rx *rx, unsigned bit)
{
    unsigned place = rx->place, run = rx->run[place], past = rx->past[place];
    unsigned places = rx->esf ? TC_T1_PLACES : TC_T1_PLACES / 2;
    rx->place = (uint16_t)((place + 1) % places);
    if (place == rx->barred)
        return 0;
    unsigned next = kept(rx, run, past, bit);
    if (next > UINT8_MAX)
        next = UINT8_MAX;
    rx->rivals = (uint16_t)(rx->rivals + (next >= LONG) - (run >= LONG));
    rx->run[place] = (uint8_t)next;
    rx->past[place] = (uint8_t)(past << 1 | bit);
    if (next < ENOUGH || (rx->rivals > 1 && next < ENOUGH + PATIENCE))
        return 0;
    unsigned number = number_at(rx, place);
    if (number >= superframe(rx->esf))
        return 0;
    rx->number = (uint8_t)number;
    rx->doubtful = rx->rivals > 1;
    rx->fitted = 0;
    return 1;
}

/* ---- Receiving: in alignment ---- */

static void begin(tc_t1rx *rx)
{
    rx->aligned = 1;
    rx->at = 1;
    rx->bits = 0;
    rx->wrong = rx->wrong_fs = rx->checks = rx->seen = 0;
    rx->message = TC_T1_NO_MESSAGE;
    rx->yellow = rx->yellow_set = rx->blocks = rx->errored = 0;
    rx->rai = 0;
}

static void lose(tc_t1rx *rx)
{
    rx->counts.losses++;
    rx->aligned = rx->rai = 0;
    rx->at = 0;
    hunt_anew(rx);
}

static void take_data(tc_t1rx *rx, unsigned bit)
{
    uint8_t octet = (uint8_t)(bit << 7);
    size_t length;
    tc_hdlc_hear(&rx->data, &octet, 1, &length);
    const uint8_t *frame = rx->data.octets;
    int from_either = length && (frame[0] & 0xFD) == HEADER[0]; /* C/R says who */
    if (from_either && frame[1] == HEADER[1] && frame[2] == HEADER[2]) {
        memcpy(rx->report, frame + sizeof HEADER, TC_T1_REPORT);
        rx->reports++;
    }
}

static void take_message(tc_t1rx *rx, unsigned bit)
{
    rx->links = (uint16_t)(rx->links << 1 | bit);
    rx->link = (rx->link + 1) % 16;
    int there = rx->links >> 8 == 0xFF && !(rx->links & 0x81);
    uint8_t code = (uint8_t)rx->links;
    if (there && !rx->seen) {
        rx->code = code;
        rx->slot = rx->link;
        rx->seen = 1;
    } else if (rx->seen && rx->link == rx->slot) {
        if (!there || code != rx->code)
            rx->seen--;
        else if (rx->seen < 10)
            rx->seen++;
    } else {
        return;
    }
    if (rx->seen >= 7)
        rx->message = rx->code;
    else if (rx->seen <= 3)
        rx->message = TC_T1_NO_MESSAGE;
    rx->rai = rx->message == 0;
}

static void check_block(tc_t1rx *rx)
{
    rx->counts.crc_blocks++;
    rx->blocks++;
    if (rx->word != rx->expected) {
        rx->counts.crc_errors++;
        rx->errored++;
        rx->fitted = 0;
    } else if (++rx->fitted >= 2) {
        rx->fitted = 2;
        rx->doubtful = 0;
    }
    if (rx->doubtful && rx->errored >= TC_T1_CRC_FALSE) {
        rx->counts.crc_losses++;
        lose(rx);
        rx->barred = TC_T1_BITS; /* after frame 21 comes 22's F, and then this */
    } else if (rx->blocks == TC_T1_CRC_BLOCKS) {
        rx->blocks = rx->errored = 0;
    }
}

static void judge(tc_t1rx *rx, uint8_t *history, unsigned wrong, unsigned errors, unsigned of)
{
    *history = (uint8_t)(*history << 1 | wrong);
    rx->counts.framing_errors += wrong;
    unsigned recent = *history & ((1u << of) - 1);
    if (wrong && (unsigned)__builtin_popcount(recent) >= errors)
        lose(rx);
}

static void extended(tc_t1rx *rx, const uint8_t frame[TC_T1_CHANNELS])
{
    unsigned number = rx->number, bit = rx->framing;
    if (number == 0) {
        if (rx->checks < 2)
            rx->checks++;
        rx->expected = rx->crc;
        rx->crc = 0;
    }
    rx->crc = tc_t1_crc6(rx->crc, frame);
    if (number % 4 == 3) {
        judge(rx, &rx->wrong, bit != (FPS >> (5 - number / 4) & 1u), rx->errors, rx->of);
    } else if (number % 4 == 1) {
        rx->word = (uint8_t)((rx->word << 1 | bit) & 0x3F);
        if (number == 21 && rx->checks == 2)
            check_block(rx);
    } else {
        take_message(rx, bit);
        take_data(rx, bit);
    }
}

static void plain(tc_t1rx *rx, const uint8_t frame[TC_T1_CHANNELS])
{
    enum { PERIOD = 256, FEW = PERIOD * TC_T1_CHANNELS / 100 };
    for (unsigned i = 0; i < TC_T1_CHANNELS; i++)
        rx->yellow_set = (uint16_t)(rx->yellow_set + ((frame[i] & BIT_2) != 0));
    if (++rx->yellow == PERIOD) {
        rx->rai = rx->yellow_set < FEW;
        rx->yellow = rx->yellow_set = 0;
    }
    unsigned wrong = rx->framing != d4_bit(rx->number);
    if (rx->number & 1)
        judge(rx, &rx->wrong_fs, wrong, 3, 6);
    else
        judge(rx, &rx->wrong, wrong, rx->errors, rx->of);
}

static void take_bits(tc_t1rx *rx, const uint8_t frame[TC_T1_CHANNELS])
{
    unsigned shift = robbed(rx->number);
    if (shift == 4)
        return;
    for (unsigned i = 0; i < TC_T1_CHANNELS; i++) {
        uint8_t bit = (uint8_t)((frame[i] & 1) << shift);
        rx->staged[i + 1] = (uint8_t)((rx->staged[i + 1] & ~(1u << shift)) | bit);
    }
    if (rx->number + 1u != superframe(rx->esf))
        return;
    for (unsigned i = 1; i <= TC_T1_CHANNELS && !rx->esf; i++)
        rx->staged[i] = (uint8_t)((rx->staged[i] & 0xC) | rx->staged[i] >> 2);
    if (!(rx->wrong & 0x3F)) /* not while framing is in doubt */
        memcpy(rx->abcd, rx->staged, sizeof rx->abcd);
}

/* How many bits of a frame are no code of this length, up to a few. */
static unsigned astray(const uint8_t frame[TC_T1_CHANNELS], unsigned code, unsigned mask)
{
    unsigned cycle = frame[0] >> (8 - code), wrong = 0; /* its next bit is highest */
    for (unsigned i = 0; i < TC_T1_CHANNELS && wrong <= CODE_ERRORS; i++) {
        unsigned octet = 0;
        for (unsigned bit = 0; bit < 8; bit++) {
            unsigned next = cycle >> (code - 1) & 1;
            octet = octet << 1 | next;
            cycle = (cycle << 1 | next) & ((1u << code) - 1);
        }
        wrong += (unsigned)__builtin_popcount((octet ^ frame[i]) & mask);
    }
    return wrong;
}

/* The code that a frame is of: one 1 in as many bits as it is long. */
static unsigned code_of(const uint8_t frame[TC_T1_CHANNELS], unsigned mask)
{
    static const uint8_t CODES[] = {TC_T1_CODE_UP, TC_T1_CODE_DOWN};
    for (unsigned i = 0; i < sizeof CODES; i++) {
        unsigned first = frame[0] >> (8 - CODES[i]);
        if (first && !(first & (first - 1)) && astray(frame, CODES[i], mask) <= CODE_ERRORS)
            return CODES[i];
    }
    return TC_T1_NO_CODE;
}

static void take_code(tc_t1rx *rx, const uint8_t frame[TC_T1_CHANNELS])
{
    enum { FIVE_SECONDS = 40000, COST = 4 };
    unsigned mask = rx->robs && robbed(rx->number) < 4 ? 0xFE : 0xFF;
    unsigned code = code_of(frame, mask);
    if (code && code != rx->coding) {
        rx->coding = (uint8_t)code;
        rx->coded = 0;
    }
    if (code && rx->coded < FIVE_SECONDS)
        rx->coded++;
    else if (!code)
        rx->coded = (uint16_t)(rx->coded > COST ? rx->coded - COST : 0);
    if (rx->coded == FIVE_SECONDS)
        rx->loop_code = rx->coding;
    else if (rx->loop_code != rx->coding || rx->coded < FIVE_SECONDS - 100 * COST)
        rx->loop_code = TC_T1_NO_CODE;
}

static void finish(tc_t1rx *rx, uint8_t frame[TC_T1_CHANNELS])
{
    rx->counts.frames++;
    if (rx->esf)
        extended(rx, frame);
    else
        plain(rx, frame);
    if (!rx->aligned)
        return;
    take_code(rx, frame);
    if (rx->robs)
        take_bits(rx, frame);
    rx->number = (uint8_t)((rx->number + 1) % superframe(rx->esf));
}

/* ---- Receiving: the line ---- */

static void listen(tc_t1rx *rx, uint8_t octet)
{
    enum { PERIOD = 579, WINDOW = 64 }; /* octets: 3 ms, 512 bits */
    unsigned ones = (unsigned)__builtin_popcount(octet);
    rx->ones = (uint16_t)(rx->ones + ones);
    rx->zeros = (uint16_t)(rx->zeros + 8 - ones);
    if (ones)
        rx->los = 0;
    if (++rx->window == WINDOW) {
        if (!rx->ones)
            rx->los = 1;
        rx->window = rx->ones = 0;
    }
    if (++rx->period == PERIOD) {
        uint8_t all_ones = rx->zeros < 5;
        rx->ais_run = all_ones != rx->ais ? rx->ais_run + 1 : 0;
        if (rx->ais_run == 2) {
            rx->ais = all_ones;
            rx->ais_run = 0;
        }
        rx->period = rx->zeros = 0;
    }
}

static uint8_t alarms_of(const tc_t1rx *rx)
{
    if (rx->los)
        return TC_E1_LOS;
    if (!rx->aligned)
        return rx->ais ? TC_E1_AIS : TC_E1_LFA;
    return rx->rai ? TC_E1_RAI : 0;
}

void tc_t1rx_init(tc_t1rx *rx, int esf, int robs, unsigned errors, unsigned of)
{
    memset(rx, 0, sizeof *rx);
    rx->esf = esf != 0;
    rx->robs = robs != 0;
    rx->errors = (uint8_t)errors;
    rx->of = (uint8_t)of;
    rx->message = TC_T1_NO_MESSAGE;
    enum { LEAST = TC_T1_REPORT_HEADER + TC_T1_REPORT };
    tc_hdlc_receiver_init(&rx->data, 1, LEAST, LEAST);
    rx->barred = TC_T1_PLACES;
    memset(rx->abcd, 0xF, sizeof rx->abcd);
    rx->alarms = alarms_of(rx);
}

size_t tc_t1rx_feed(tc_t1rx *rx, const uint8_t *octets, size_t count,
                    uint8_t (*frames)[TC_T1_CHANNELS])
{
    size_t made = 0;
    for (size_t n = 0; n < count; n++) {
        listen(rx, octets[n]);
        rx->line = rx->line << 8 | octets[n];
        rx->held = (uint8_t)(rx->held + 8);
        while (rx->held) {
            if (!rx->aligned) {
                rx->framing = rx->line >> --rx->held & 1;
                if (hunt(rx, rx->framing)) {
                    begin(rx);
                } else if (++rx->bits == TC_T1_BITS) {
                    rx->bits = 0;
                    memset(frames[made++], 0xFF, TC_T1_CHANNELS);
                }
            } else if (rx->at == 0) {
                rx->framing = rx->line >> --rx->held & 1;
                rx->at = 1;
            } else if (rx->held >= 8) {
                rx->held = (uint8_t)(rx->held - 8);
                rx->frame[rx->at - 1] = (uint8_t)(rx->line >> rx->held);
                if (rx->at++ == TC_T1_CHANNELS) {
                    rx->at = 0;
                    finish(rx, rx->frame);
                    if (rx->aligned)
                        memcpy(frames[made], rx->frame, TC_T1_CHANNELS);
                    else
                        memset(frames[made], 0xFF, TC_T1_CHANNELS);
                    made++;
                }
            } else {
                break;
            }
        }
    }
    rx->alarms = alarms_of(rx);
    return made;
}
