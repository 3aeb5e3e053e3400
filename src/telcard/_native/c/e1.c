#include "e1.h"

#include <string.h>

/* ---- CRC-4: G.704, clause 2.3.3.5 ---- */

/* x^4 times an octet, modulo x^4 + x + 1, by nibbles: the high one is worth x^4 more. */
static const uint8_t LOW[16] = {0x0, 0x3, 0x6, 0x5, 0xC, 0xF, 0xA, 0x9,
                                0xB, 0x8, 0xD, 0xE, 0x7, 0x4, 0x1, 0x2};

static uint8_t crc4_octet(uint8_t crc, uint8_t octet)
{
    uint8_t sum = (uint8_t)(crc << 4 ^ octet);
    return LOW[LOW[sum >> 4] ^ (sum & 0xF)];
}

uint8_t tc_e1_crc4(uint8_t crc, const uint8_t frame[TC_E1_SLOTS])
{
    enum { PERIOD = 15, REST = TC_E1_SLOTS - 2 * PERIOD };
    uint8_t folded[PERIOD];
    for (unsigned i = 0; i < PERIOD; i++)
        folded[i] = frame[REST + i] ^ frame[REST + PERIOD + i];
    folded[PERIOD - 2] ^= frame[0] ^ (uint8_t)(crc << 4);
    folded[PERIOD - 1] ^= frame[1];
    uint8_t rest = 0;
    for (unsigned i = 0; i < PERIOD; i++)
        rest = crc4_octet(rest, folded[i]);
    return rest;
}

/* ---- Sending ---- */

enum { BIT_1 = 0x80, BIT_2 = 0x40, BIT_A = 0x20, SA = 0x1F, BIT_Y = 0x04, SPARE = 0x0B };

#define MFAS 0x0B /* 001011, in frames 1, 3 ... 11 */

void tc_e1tx_init(tc_e1tx *tx, int crc4, int cas)
{
    *tx = (tc_e1tx){.crc4 = crc4 != 0, .cas = cas != 0, .sa = SA, .spare = SPARE};
    memset(tx->abcd, 0xD, sizeof tx->abcd); /* out of service (Q.421) */
}

static uint8_t nfas(tc_e1tx *tx)
{
    unsigned first = 1;
    if (tx->crc4 && tx->number < 12) {
        first = MFAS >> (5 - tx->number / 2) & 1;
    } else if (tx->crc4) {
        first = tx->crc_heard && !tx->owed;
        if (tx->crc_heard && tx->owed)
            tx->owed--;
    }
    return (uint8_t)(first << 7 | BIT_2 | (tx->rai ? BIT_A : 0) | (tx->sa & SA));
}

static void complete(tc_e1tx *tx, uint8_t frame[TC_E1_SLOTS])
{
    unsigned number = tx->number;
    if (tx->crc4 && number % 8 == 0) {
        tx->word = tx->crc;
        tx->crc = 0;
    }
    if (tx->cas)
        frame[16] = number ? (uint8_t)(tx->abcd[number] << 4 | (tx->abcd[number + 16] & 0xF))
                           : (uint8_t)((tx->spare & SPARE) | (tx->cas_rai ? BIT_Y : 0));
    frame[0] = number & 1 ? nfas(tx) : TC_E1_FAS;
    if (tx->crc4)
        tx->crc = tc_e1_crc4(tx->crc, frame);
    if (!(number & 1) && (!tx->crc4 || tx->word >> (3 - number / 2 % 4) & 1))
        frame[0] |= BIT_1;
    tx->number = (uint8_t)((number + 1) % 16);
}

void tc_e1tx_feed(tc_e1tx *tx, uint8_t (*frames)[TC_E1_SLOTS], size_t count)
{
    for (size_t i = 0; i < count; i++)
        complete(tx, frames[i]);
}

/* ---- Receiving: timeslot 16 ---- */

enum { THRICE = 3 };

/* A bit counts when it has been the same three times. */
static uint8_t steady(uint8_t known, uint8_t bit, uint8_t *run)
{
    if (bit == known) {
        *run = 0;
        return known;
    }
    if (++*run < THRICE)
        return known;
    *run = 0;
    return bit;
}

static void cas_lose(tc_e1rx *rx)
{
    rx->cas_aligned = 0;
    rx->cas_rai = 0;
    rx->counts.cas_losses++;
}

static void cas_ais_period(tc_e1rx *rx)
{
    uint8_t all_ones = rx->cas_ones >= 128 - 3;
    rx->cas_run = all_ones != rx->cas_ais ? rx->cas_run + 1 : 0;
    if (rx->cas_run == 2) {
        rx->cas_ais = all_ones;
        rx->cas_run = 0;
    }
    rx->cas_ones = 0;
    rx->cas_window = 0;
}

static void cas_word(tc_e1rx *rx, uint8_t octet)
{
    if (octet >> 4) {
        if (++rx->cas_bad == 2)
            cas_lose(rx);
        return;
    }
    rx->cas_bad = 0;
    rx->spare = octet & SPARE;
    rx->cas_rai = steady(rx->cas_rai, (octet & BIT_Y) != 0, &rx->cas_rai_run);
}

static void timeslot_16(tc_e1rx *rx, uint8_t octet)
{
    rx->cas_ones = (uint8_t)(rx->cas_ones + __builtin_popcount(octet));
    if (++rx->cas_window == 16)
        cas_ais_period(rx);
    rx->cas_zeros = octet ? 0 : (uint8_t)(rx->cas_zeros + 1);
    uint8_t before = rx->cas_last;
    rx->cas_last = octet;
    if (!rx->cas_aligned) {
        if (octet >> 4 || !before)
            return;
        rx->cas_aligned = 1;
        rx->cas_number = rx->cas_bad = rx->cas_rai_run = 0;
        rx->cas_ais = rx->cas_run = 0;
        cas_word(rx, octet);
        return;
    }
    if (rx->cas_zeros >= 16) {
        rx->cas_zeros = 0;
        cas_lose(rx);
        return;
    }
    rx->cas_number = (uint8_t)((rx->cas_number + 1) % 16);
    if (!rx->cas_number) {
        cas_word(rx, octet);
        return;
    }
    rx->staged[rx->cas_number] = octet >> 4;
    rx->staged[rx->cas_number + 16] = octet & 0xF;
    if (rx->cas_number == 15 && !rx->cas_bad)
        memcpy(rx->abcd, rx->staged, sizeof rx->abcd);
}

static void cas_reset(tc_e1rx *rx)
{
    rx->cas_aligned = rx->cas_ais = rx->cas_rai = rx->cas_run = rx->cas_last = rx->cas_zeros = 0;
    rx->cas_ones = rx->cas_window = 0;
}

/* ---- Receiving: alignment ---- */

enum { HUNT, BESIDE, AGAIN, MULTI, DONE };

static void multi_reset(tc_e1rx *rx)
{
    rx->multi = 0;
    rx->checks = 0;
    rx->crc = 0;
    rx->blocks = rx->errored = 0;
}

static void lose(tc_e1rx *rx)
{
    if (rx->cas && rx->cas_aligned)
        rx->counts.cas_losses++;
    rx->counts.losses++;
    rx->aligned = rx->interworking = rx->rai = 0;
    rx->search = (tc_e1_search){.stage = HUNT, .shift = rx->shift + 1, .wait = 1};
    multi_reset(rx);
    cas_reset(rx);
}

/* The octet of timeslot 0 that has just come begins the frame that is being filled. */
static void align(tc_e1rx *rx, unsigned shift, uint8_t octet, unsigned odd)
{
    rx->shift = (uint8_t)shift;
    rx->at = 1;
    rx->frame[0] = octet;
    rx->odd = (uint8_t)odd;
    rx->bad_fas = rx->bad_nfas = rx->rai_run = 0;
    cas_reset(rx);
}

static void check_block(tc_e1rx *rx)
{
    rx->counts.crc_blocks++;
    rx->blocks++;
    if (rx->word != rx->expected) {
        rx->counts.crc_errors++;
        rx->errored++;
        rx->owed++;
    }
    if (rx->errored >= TC_E1_CRC_FALSE) {
        rx->counts.crc_losses++;
        lose(rx);
        rx->search.wait = 2; /* the same timeslot not first of all */
    } else if (rx->blocks == TC_E1_CRC_BLOCKS) {
        rx->blocks = rx->errored = 0;
    }
}

static void multiframe(tc_e1rx *rx, const uint8_t frame[TC_E1_SLOTS])
{
    unsigned number = rx->number, first = frame[0] >> 7;
    rx->number = (uint8_t)((number + 1) % 16);
    if (number % 8 == 0) {
        if (rx->checks < 2) /* 2: a block was received as a whole */
            rx->checks++;
        rx->expected = rx->crc;
        rx->crc = 0;
    }
    if (number & 1) {
        rx->crc = tc_e1_crc4(rx->crc, frame);
        if (number >= 13)
            rx->counts.e_errors += !first;
        return;
    }
    uint8_t cleared[TC_E1_SLOTS];
    memcpy(cleared, frame, sizeof cleared);
    cleared[0] &= 0x7F;
    rx->crc = tc_e1_crc4(rx->crc, cleared);
    rx->word = (uint8_t)((rx->word << 1 | first) & 0xF);
    if (number % 8 == 6 && rx->checks == 2)
        check_block(rx);
}

/* A frame is complete; without alignment it is one of ones. */
static void finish(tc_e1rx *rx, uint8_t frame[TC_E1_SLOTS])
{
    if (!rx->aligned) {
        memset(frame, 0xFF, TC_E1_SLOTS);
        return;
    }
    rx->counts.frames++;
    uint8_t word = frame[0];
    if (rx->odd) {
        rx->bad_nfas = word & BIT_2 ? 0 : rx->bad_nfas + 1;
        rx->rai = steady(rx->rai, (word & BIT_A) != 0, &rx->rai_run);
        rx->sa = word & SA;
    } else if ((word & 0x7F) == TC_E1_FAS) {
        rx->bad_fas = 0;
    } else {
        rx->bad_fas++;
        rx->counts.fas_errors++;
    }
    rx->odd ^= 1;
    if (rx->bad_fas == THRICE || rx->bad_nfas == THRICE) {
        lose(rx);
        return;
    }
    if (rx->multi)
        multiframe(rx, frame);
    else if (rx->crc4 && !rx->interworking && ++rx->waited == TC_E1_CRC_FRAMES) {
        rx->interworking = 1;
        rx->search.stage = DONE;
    }
    if (rx->cas && rx->aligned)
        timeslot_16(rx, frame[16]);
}

static void found_frame(tc_e1rx *rx, uint8_t octet)
{
    tc_e1_search *search = &rx->search;
    if (!rx->aligned) {
        align(rx, search->shift, octet, 0);
        rx->aligned = 1;
        rx->waited = 0;
    }
    search->stage = rx->crc4 ? MULTI : DONE;
    search->wait = 32;
    search->word = search->seen = search->count = 0;
}

/* The word 001011 has been seen twice: the frame that has just begun is number 11. */
static void found_multi(tc_e1rx *rx, uint8_t octet)
{
    tc_e1_search *search = &rx->search;
    if (rx->shift != search->shift || rx->at != 1)
        align(rx, search->shift, octet, 1);
    multi_reset(rx);
    rx->multi = 1;
    rx->number = 11;
    search->stage = DONE;
}

/* From bit to bit of the octet that is the low half of `pair`: its bit 7 - `from` is the first that
 * may end an alignment signal. */
static void hunt(tc_e1_search *search, unsigned pair, int from)
{
    *search = (tc_e1_search){.stage = HUNT, .shift = 7, .wait = 1};
    for (int shift = from; shift >= 0; shift--) {
        if ((pair >> shift & 0x7F) == TC_E1_FAS) {
            *search = (tc_e1_search){.stage = BESIDE, .shift = (uint8_t)shift, .wait = 32};
            return;
        }
    }
}

static void look(tc_e1rx *rx, unsigned pair)
{
    tc_e1_search *search = &rx->search;
    uint8_t octet = (uint8_t)(pair >> search->shift);
    int rest = search->shift - 1;
    switch (search->stage) {
    case HUNT:
        hunt(search, pair, search->shift);
        break;
    case BESIDE:
        if (octet & BIT_2) {
            search->stage = AGAIN;
            search->wait = 32;
        } else {
            hunt(search, pair, rest);
        }
        break;
    case AGAIN:
        if ((octet & 0x7F) == TC_E1_FAS)
            found_frame(rx, octet);
        else
            hunt(search, pair, rest);
        break;
    case MULTI:
        search->word = (uint8_t)((search->word << 1 | octet >> 7) & 0x3F);
        search->count++;
        search->wait = 64;
        if (search->count >= 6 && search->word == MFAS) {
            uint8_t mark = (uint8_t)(1u << search->count % 8);
            if (search->seen & mark) {
                found_multi(rx, octet);
                break;
            }
            search->seen |= mark;
        }
        if (search->count == 32) /* 8 ms */
            hunt(search, pair, rest);
        break;
    default:
        break;
    }
}

/* ---- Receiving: the line ---- */

enum { PERIOD = 64 }; /* octets: 512 bits */

static void period(tc_e1rx *rx)
{
    unsigned zeros = PERIOD * 8 - rx->ones;
    if (rx->ones == 0)
        rx->los = 1;
    else if (rx->ones >= 4)
        rx->los = 0;
    uint8_t all_ones = zeros <= 2;
    rx->ais_run = all_ones != rx->ais ? rx->ais_run + 1 : 0;
    if (rx->ais_run == 2) {
        rx->ais = all_ones;
        rx->ais_run = 0;
    }
    rx->ones = rx->window = 0;
}

static unsigned ones_of(const uint8_t *octets, size_t count)
{
    unsigned ones = 0;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint64_t word;
        memcpy(&word, octets + i, sizeof word);
        ones += (unsigned)__builtin_popcountll(word);
    }
    for (; i < count; i++)
        ones += (unsigned)__builtin_popcount(octets[i]);
    return ones;
}

static uint8_t alarms_of(const tc_e1rx *rx)
{
    if (rx->los)
        return TC_E1_LOS;
    if (!rx->aligned)
        return rx->ais ? TC_E1_AIS : TC_E1_LFA;
    unsigned alarms = rx->rai ? TC_E1_RAI : 0;
    if (rx->crc4 && !rx->multi && !rx->interworking)
        alarms |= TC_E1_LMFA;
    if (rx->cas) {
        if (!rx->cas_aligned)
            alarms |= rx->cas_ais ? TC_E1_CAS_AIS : TC_E1_CAS_LMFA;
        else if (rx->cas_rai)
            alarms |= TC_E1_CAS_RAI;
    }
    return (uint8_t)alarms;
}

void tc_e1rx_init(tc_e1rx *rx, int crc4, int cas)
{
    memset(rx, 0, sizeof *rx);
    rx->crc4 = crc4 != 0;
    rx->cas = cas != 0;
    rx->sa = SA;
    memset(rx->abcd, 0xD, sizeof rx->abcd);
    rx->search = (tc_e1_search){.stage = HUNT, .shift = 1, .wait = 1};
    rx->alarms = alarms_of(rx);
}

/* Octets of the frame that is being filled. */
static void fill(uint8_t *to, const uint8_t *octets, size_t count, unsigned shift, uint8_t before)
{
    if (!shift) {
        memcpy(to, octets, count);
        return;
    }
    to[0] = (uint8_t)((before << 8 | octets[0]) >> shift);
    for (size_t i = 1; i < count; i++)
        to[i] = (uint8_t)((octets[i - 1] << 8 | octets[i]) >> shift);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t tc_e1rx_feed(tc_e1rx *rx, const uint8_t *octets, size_t count,
                    uint8_t (*frames)[TC_E1_SLOTS])
{
    size_t made = 0;
    while (count) {
        size_t n = least(count, (size_t)(TC_E1_SLOTS - rx->at));
        n = least(n, (size_t)(PERIOD - rx->window));
        if (rx->search.stage != DONE)
            n = least(n, rx->search.wait);
        fill(rx->frame + rx->at, octets, n, rx->shift, rx->last);
        rx->at = (uint8_t)(rx->at + n);
        rx->ones = (uint16_t)(rx->ones + ones_of(octets, n));
        rx->window = (uint8_t)(rx->window + n);
        unsigned pair = (unsigned)(n > 1 ? octets[n - 2] : rx->last) << 8 | octets[n - 1];
        if (rx->search.stage != DONE)
            rx->search.wait = (uint8_t)(rx->search.wait - n);
        if (rx->at == TC_E1_SLOTS) {
            rx->at = 0;
            memcpy(frames[made], rx->frame, TC_E1_SLOTS);
            finish(rx, frames[made++]);
        }
        if (rx->search.stage != DONE && !rx->search.wait)
            look(rx, pair);
        if (rx->window == PERIOD)
            period(rx);
        rx->last = octets[n - 1];
        octets += n;
        count -= n;
    }
    rx->alarms = alarms_of(rx);
    return made;
}
