#include "fax_ear.h"

#include <math.h>
#include <string.h>

#define FULL_SCALE 16141.2f         /* RMS of 0 dBm0 (telcard.units) */
#define LOUDER 8.0f                 /* 9 dB above the floor something is there */
#define SILENT_DBM0 -47             /* below it nothing is, whatever the floor */
#define FLOOR_DBM0 -45              /* more than this a line does not noise before we know it */
#define LEAST_FLOOR_DBM0 -62        /* less, and it may be silence that no line has */
#define LOW_FLOOR_DBM0 -47          /* up to here it rises soon; its 9 dB stay below most signals */
#define RISE 1.000115f              /* of the floor, a block of 5 ms: 0.1 dB a second */
#define SOON 1.00346f               /* 3 dB a second */
#define LOWER 10                    /* blocks before it falls: longer than a lost packet */
#define BELIEVABLE_DB 8             /* points this far above the noise are no accident */
#define RUN 32                      /* zeros in a row are no accident */
#define EOL_ZEROS 11                /* before its 1 (T.4 4.1.2) */
#define RTC 6                       /* EOLs in a row (T.4 4.1.4, 4.2.5) */
#define AFTER_RCP 32                /* octets: two more RCPs and what lies between */
#define LONGEST_TRAINING (2000 * 8) /* V.17's takes 1.6 s, with talker echo protection */
#define STRANGER_GONE (100 * 8)
#define RCPS 3 /* T.4 A.3.2 */

enum { BEHIND_TAG = 1, BEHIND_DATA }; /* an EOL, before the next one */

/* Frames: address, control, what it is (T.30 5.3.5, 5.3.6.1, T.4 A.3), here lowest bit first. */
enum { ADDRESS = 0xFF, FCF = 2, INFORMATION = 3, FCF_DCS = 0x82, FCF_RCP = 0x86, ANY_X = 0xFE };

/* T.30 Table 2, bits 11 to 14 of a DCS, bit 11 lowest; TC_FAX_SLOW: reserved. */
static const uint8_t MODE_OF[16] = {
    TC_FAX_V27TER_2400, TC_FAX_V29_9600, TC_FAX_V27TER_4800, TC_FAX_V29_7200,
    TC_FAX_SLOW,        TC_FAX_SLOW,     TC_FAX_SLOW,        TC_FAX_SLOW,
    TC_FAX_V17_14400,   TC_FAX_V17_9600, TC_FAX_V17_12000,   TC_FAX_V17_7200,
    TC_FAX_SLOW,        TC_FAX_SLOW,     TC_FAX_SLOW,        TC_FAX_SLOW,
};

static float power_of(float dbm0)
{
    return powf(10.0f, dbm0 / 10.0f) * FULL_SCALE * FULL_SCALE;
}

void tc_fax_ear_init(tc_fax_ear *ear, const tc_fax_plans *plans, tc_ring *told)
{
    memset(ear, 0, sizeof *ear);
    ear->plans = plans;
    ear->told = told;
    ear->floor = power_of(FLOOR_DBM0);
    ear->mode = TC_FAX_SLOW;
    tc_fax_greeting_init(&ear->greeting);
    tc_fax_receive_init(&ear->fast, &plans->plan[0]);
}

/* ---- Telling ---- */

static void tell(tc_fax_ear *ear, const tc_fax_told *what, const uint8_t *octets)
{
    tc_fax_told *place = tc_ring_claim(ear->told);
    if (!place)
        return;
    memcpy(place, what, offsetof(tc_fax_told, octets));
    if (what->length)
        memcpy(place->octets, octets, what->length);
    tc_ring_publish(ear->told);
}

static tc_fax_told about(const tc_fax_ear *ear, uint8_t kind, uint8_t mode)
{
    return (tc_fax_told){.sample = ear->heard,
                         .kind = kind,
                         .mode = mode,
                         .snr_db = NAN,
                         .level_dbm0 = NAN,
                         .offset_hz = NAN};
}

static tc_fax_told about_fast(const tc_fax_ear *ear, uint8_t kind)
{
    tc_fax_told what = about(ear, kind, ear->mode);
    what.snr_db = (float)ear->fast.snr / 256;
    what.level_dbm0 = (float)ear->fast.level / 256;
    what.offset_hz = tc_fax_receive_offset_hz(&ear->fast);
    what.slips = (uint16_t)ear->fast.slips;
    return what;
}

static void tell_frame(tc_fax_ear *ear, uint8_t mode, const uint8_t *octets, size_t length)
{
    tc_fax_told what = about(ear, TC_TOLD_FRAME, mode);
    what.length = (uint16_t)length;
    tell(ear, &what, octets);
}

/* ---- What a fast carrier brings ---- */

static void tell_image(tc_fax_ear *ear)
{
    if (!ear->held)
        return;
    tc_fax_told what = about(ear, TC_TOLD_IMAGE, ear->mode);
    what.length = ear->held;
    tell(ear, &what, ear->image);
    ear->held = 0;
}

/* A run of zeros is over: whether it is one of the two longest. */
static void end_run(tc_fax_ear *ear)
{
    if (ear->run > ear->longest) {
        ear->second = ear->longest;
        ear->longest = ear->run;
    } else if (ear->run > ear->second) {
        ear->second = ear->run;
    }
    ear->run = 0;
}

static void tell_check(tc_fax_ear *ear)
{
    end_run(ear);
    tc_fax_told what = about_fast(ear, TC_TOLD_CHECKED);
    what.count = ear->bits;
    what.bad = ear->ones;
    what.longest = ear->longest;
    what.second = ear->second;
    tell(ear, &what, NULL);
}

static void wait_for(tc_fax_ear *ear, uint8_t mode, uint8_t content, bool short_train)
{
    ear->mode = mode;
    ear->content = content;
    ear->short_train = short_train;
    ear->state = mode == TC_FAX_SLOW ? TC_FAST_OFF : TC_FAST_WAITS;
    if (mode != TC_FAX_SLOW)
        tc_fax_receive_arm(&ear->fast, &ear->plans->plan[mode], short_train);
}

static void wait_again(tc_fax_ear *ear)
{
    wait_for(ear, ear->mode, ear->content, ear->short_train);
}

/* The content begins. */
static void begin(tc_fax_ear *ear)
{
    ear->state = TC_FAST_CARRIES;
    ear->met = 1;
    ear->rcps = 0;
    ear->fast_good = 0;
    ear->rest = AFTER_RCP;
    ear->bits = ear->ones = ear->run = ear->open = ear->open_ones = 0;
    ear->longest = ear->second = 0;
    ear->begun = ear->eols = ear->zeros = 0;
    ear->behind = BEHIND_DATA;
    ear->held = 0;
    tc_hdlc_receiver_init(&ear->fast_frames, 8, INFORMATION, TC_FAX_FRAME_MOST);
    tc_fax_told what = about_fast(ear, TC_TOLD_UP);
    what.trained = 1;
    tell(ear, &what, NULL);
}

/* The content has ended, or its carrier has; `trained`: it ever came so far. */
static void end(tc_fax_ear *ear, bool trained)
{
    if (trained && ear->content == TC_CONTENT_CHECK)
        tell_check(ear);
    tell_image(ear);
    tc_fax_told what = about_fast(ear, TC_TOLD_GONE);
    what.trained = trained;
    if (trained) {
        what.count = ear->fast_good;
        what.bad =
            (uint32_t)(ear->fast_frames.counts.fcs_errors + ear->fast_frames.counts.misaligned +
                       ear->fast_frames.counts.too_long);
    }
    tell(ear, &what, NULL);
    ear->state = TC_FAST_OVER;
}

static void check_bit(tc_fax_ear *ear, unsigned bit)
{
    ear->open++;
    ear->open_ones += bit;
    if (bit)
        end_run(ear);
    else
        ear->run++;
    if (ear->run < RUN)
        return;
    if (!ear->begun) { /* what came before was training, or its echo */
        ear->begun = 1;
        ear->open = RUN;
        ear->open_ones = 0;
    }
    ear->bits += ear->open;
    ear->ones += ear->open_ones;
    ear->open = ear->open_ones = 0;
}

/* Whether the page ends with this bit.  Between the EOLs of its end lies nothing, or the tag of the
 * row that does not come: a 1 close behind. */
static bool image_bit(tc_fax_ear *ear, unsigned bit)
{
    if (!bit) {
        ear->zeros = ear->zeros < EOL_ZEROS ? (uint8_t)(ear->zeros + 1) : EOL_ZEROS;
        return false;
    }
    if (ear->zeros < EOL_ZEROS) {
        bool tag = !ear->zeros && !ear->behind;
        ear->behind = tag ? BEHIND_TAG : BEHIND_DATA;
        ear->zeros = 0;
        return false;
    }
    ear->eols = ear->behind == BEHIND_DATA ? 1 : (uint8_t)(ear->eols + 1);
    ear->zeros = ear->behind = 0;
    return ear->eols == RTC;
}

static bool take_image(tc_fax_ear *ear, uint8_t octet)
{
    bool over = false;
    ear->image[ear->held++] = octet;
    for (unsigned i = 0; i < 8 && !over; i++)
        over = image_bit(ear, octet >> i & 1);
    if (ear->held == sizeof ear->image)
        tell_image(ear);
    return over;
}

static uint8_t mirror(uint8_t octet)
{
    return (uint8_t)((octet * 0x80200802ull & 0x0884422110ull) * 0x0101010101ull >> 32);
}

/* Octets of a partial page, up to the one in which a frame ends, or with which the page does; how
 * many they were. */
static size_t take_ecm(tc_fax_ear *ear, const uint8_t *octets, size_t n)
{
    uint8_t
        line[TC_FAX_RX_OCTETS(TC_FAX_RX_CHUNK)]; /* hdlc.h: timeslots, their first bit highest */
    size_t length;
    if (ear->rcps && n > ear->rest)
        n = ear->rest;
    for (size_t i = 0; i < n; i++)
        line[i] = mirror(octets[i]);
    n = tc_hdlc_hear(&ear->fast_frames, line, n, &length);
    uint32_t behind = ear->rcps ? (uint32_t)n : 0;
    if (length) {
        const uint8_t *frame = ear->fast_frames.octets;
        ear->fast_good++;
        if ((frame[FCF] & ANY_X) == FCF_RCP && !ear->rcps++)
            behind = 1;
        tell_frame(ear, ear->mode, frame, length);
    }
    ear->rest -= behind;
    if (ear->rcps == RCPS || !ear->rest)
        end(ear, true);
    return n;
}

static void take(tc_fax_ear *ear, const uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < n && ear->state == TC_FAST_CARRIES;) {
        if (ear->content == TC_CONTENT_ECM) {
            i += take_ecm(ear, octets + i, n - i);
            continue;
        }
        if (ear->content == TC_CONTENT_CHECK)
            for (unsigned b = 0; b < 8; b++)
                check_bit(ear, octets[i] >> b & 1);
        else if (take_image(ear, octets[i]))
            end(ear, true);
        i++;
    }
}

static bool waits(const tc_fax_ear *ear)
{
    return ear->state == TC_FAST_WAITS;
}

static void hear_fast(tc_fax_ear *ear, const int16_t *in, unsigned n)
{
    uint8_t octets[TC_FAX_RX_OCTETS(TC_FAX_RX_CHUNK)];
    if (ear->state == TC_FAST_OFF)
        return;
    while (n) {
        unsigned part = n < TC_FAX_RX_CHUNK ? n : TC_FAX_RX_CHUNK;
        size_t made = tc_fax_receive_feed(&ear->fast, in, part, octets);
        in += part;
        n -= part;
        for (unsigned i = 0; i < ear->fast.event_count; i++) {
            switch (ear->fast.events[i].state) {
            case TC_FAX_RX_DATA:
                if (waits(ear))
                    begin(ear);
                break;
            case TC_FAX_RX_FAILED:
                if (waits(ear))
                    end(ear, false);
                wait_again(ear);
                break;
            case TC_FAX_RX_LOST:
                take(ear, octets, made);
                made = 0;
                if (ear->state == TC_FAST_CARRIES)
                    end(ear, true);
                wait_again(ear);
                break;
            default:
                break;
            }
        }
        ear->fast.event_count = 0;
        take(ear, octets, made);
    }
}

/* ---- 300 bit/s ---- */

static bool believes_fast(const tc_fax_ear *ear)
{
    return ear->state == TC_FAST_CARRIES && ear->fast.snr >= BELIEVABLE_DB * 256;
}

/* A fast carrier that was none, or whose end was not seen. */
static void shut_out_fast(tc_fax_ear *ear)
{
    if (ear->state == TC_FAST_CARRIES)
        end(ear, true);
    if (ear->state != TC_FAST_OFF)
        wait_again(ear);
}

static void take_slow_frame(tc_fax_ear *ear, size_t length)
{
    const uint8_t *octets = ear->slow_frames.octets;
    ear->good++;
    ear->met = 1;
    shut_out_fast(ear);
    tell_frame(ear, TC_FAX_SLOW, octets, length);
    if ((octets[FCF] & ANY_X) == FCF_DCS && length >= INFORMATION + 2) {
        uint8_t mode = MODE_OF[octets[INFORMATION + 1] >> 2 & 15];
        if (mode != TC_FAX_SLOW && ear->wish.after_dcs >> mode & 1)
            wait_for(ear, mode, TC_CONTENT_CHECK, false);
    }
}

/* Flag behind flag, each with its own 0 or sharing one; a single one may be an accident. */
static bool two_flags(uint16_t bits)
{
    return bits == 0x7E7E || (bits & 0x7FFF) == 0x3F7E;
}

static void take_slow_bit(tc_fax_ear *ear, unsigned bit)
{
    size_t length;
    uint8_t line = bit ? 0x80 : 0;
    const tc_hdlc_counts *counts = &ear->slow_frames.counts;
    tc_hdlc_hear(&ear->slow_frames, &line, 1, &length);
    ear->last_bits = (uint16_t)(ear->last_bits << 1 | bit);
    if (!ear->flags && two_flags(ear->last_bits)) {
        ear->flags = 1;
        tc_fax_told what = about(ear, TC_TOLD_UP, TC_FAX_SLOW);
        what.trained = 1;
        what.level_dbm0 = ear->slow_level;
        tell(ear, &what, NULL);
    }
    if (length)
        take_slow_frame(ear, length);
    uint64_t spoilt = counts->fcs_errors + counts->misaligned + counts->too_long;
    if (spoilt > ear->spoilt) {
        ear->spoilt = spoilt;
        ear->bad++;
        tc_fax_told what = about(ear, TC_TOLD_BAD, TC_FAX_SLOW);
        tell(ear, &what, NULL);
    }
}

static void begin_slow(tc_fax_ear *ear)
{
    ear->flags = 0;
    ear->good = ear->bad = 0;
    ear->spoilt = 0;
    tc_hdlc_receiver_init(&ear->slow_frames, 1, INFORMATION, TC_FAX_FRAME_MOST);
}

static void end_slow(tc_fax_ear *ear)
{
    ear->slow = 0;
    if (!ear->flags)
        return;
    ear->flags = 0;
    tc_fax_told what = about(ear, TC_TOLD_GONE, TC_FAX_SLOW);
    what.trained = 1;
    what.count = ear->good;
    what.bad = ear->bad;
    what.level_dbm0 = ear->slow_level;
    tell(ear, &what, NULL);
}

static void hear_slow(tc_fax_ear *ear, const tc_fsk_event *found, unsigned finds, unsigned row)
{
    for (unsigned i = 0; i < finds; i++) {
        if (found[i].lane != row)
            continue;
        switch (found[i].kind) {
        case TC_FSK_CARRIER:
            ear->slow = 1;
            ear->slow_level = (float)found[i].value / 256;
            begin_slow(ear);
            break;
        case TC_FSK_OCTET:
            take_slow_bit(ear, (unsigned)found[i].value);
            break;
        case TC_FSK_LOST:
            end_slow(ear);
            break;
        }
    }
}

/* ---- Power ---- */

/* A fast signal that has not trained when it should have, and what becomes of it. */
static void tell_stranger(tc_fax_ear *ear)
{
    bool strange = ear->listens && ear->state == TC_FAST_WAITS && !ear->flags;
    if (!strange)
        ear->loud = 0;
    if (strange && !ear->stranger && ear->loud >= LONGEST_TRAINING) {
        ear->stranger = 1;
        tc_fax_told what = about(ear, TC_TOLD_UP, ear->mode);
        tell(ear, &what, NULL);
    } else if (ear->stranger && ear->state == TC_FAST_CARRIES) {
        ear->stranger = 0; /* it has trained after all, and its end will be told */
    } else if (ear->stranger && (!strange || ear->quiet >= STRANGER_GONE)) {
        ear->stranger = 0;
        tc_fax_told what = about(ear, TC_TOLD_GONE, ear->mode);
        tell(ear, &what, NULL);
    }
}

/* CED, CNG, or sound that is neither, nor flags. */
static void tell_greeting(tc_fax_ear *ear, float energy, bool loud)
{
    unsigned listens = ear->flags ? 0 : ear->greets;
    if (ear->state != TC_FAST_OFF) /* what sounds is its training */
        listens &= ~(unsigned)TC_GREETING_SOUND;
    unsigned known = tc_fax_greeting_block(&ear->greeting, energy, loud, listens);
    for (unsigned one = TC_GREETING_CED; one <= TC_GREETING_SOUND; one <<= 1) {
        if (!(known & one))
            continue;
        tc_fax_told what = about(ear, TC_TOLD_TONE, TC_FAX_SLOW);
        what.count = one;
        tell(ear, &what, NULL);
    }
}

/* Down to what a line noises for a while, up little by little: soon where it may have been silence
 * that no line has (a gateway's, a packet that was lost), not while the far end surely sends. */
static void follow_floor(tc_fax_ear *ear, float power)
{
    bool known = ear->flags || ear->state == TC_FAST_CARRIES;
    if (power >= ear->floor) {
        ear->low = 0;
        if (!known)
            ear->floor *= ear->floor < power_of(LOW_FLOOR_DBM0) ? SOON : RISE;
        return;
    }
    ear->lower = ear->low && ear->lower > power ? ear->lower : power;
    if (++ear->low < LOWER)
        return;
    float least = power_of(LEAST_FLOOR_DBM0);
    ear->floor = ear->lower > least ? ear->lower : least;
    ear->low = 0;
}

static void weigh(tc_fax_ear *ear)
{
    int64_t sum = ear->sum; /* less direct current, and most hum */
    float energy = (float)(TC_FAX_EAR_BLOCK * ear->squares - sum * sum) / TC_FAX_EAR_BLOCK;
    float power = energy / TC_FAX_EAR_BLOCK;
    bool quiet = power < LOUDER * ear->floor || power < power_of(SILENT_DBM0);
    follow_floor(ear, power);
    ear->quiet = quiet ? ear->quiet + TC_FAX_EAR_BLOCK : 0;
    ear->loud = quiet ? 0 : ear->loud + TC_FAX_EAR_BLOCK;
    if (!ear->met)
        tell_greeting(ear, energy, !quiet);
    ear->squares = ear->sum = 0;
    ear->fill = 0;
    tell_stranger(ear);
}

static void hear_power(tc_fax_ear *ear, const int16_t *in, unsigned n)
{
    while (n) {
        unsigned space = TC_FAX_EAR_BLOCK - ear->fill, part = n < space ? n : space;
        for (unsigned i = 0; i < part; i++) {
            ear->squares += in[i] * in[i];
            ear->sum += in[i];
        }
        if (!ear->met)
            tc_fax_greeting_hear(&ear->greeting, in, part);
        in += part;
        n -= part;
        ear->heard += part;
        ear->fill += part;
        if (ear->fill == TC_FAX_EAR_BLOCK)
            weigh(ear);
    }
}

/* ---- The ear ---- */

void tc_fax_ear_open(tc_fax_ear *ear, tc_fax_wish wish)
{
    ear->wish = wish;
    ear->listens = 1;
    ear->restart = 1;
    ear->loud = 0; /* what sounds now may be our own echo */
    ear->slow = 0;
    begin_slow(ear);
    wait_for(ear, wish.mode, wish.content, wish.short_train);
}

void tc_fax_ear_close(tc_fax_ear *ear)
{
    tell_image(ear);
    ear->listens = 0;
    ear->slow = ear->flags = ear->stranger = 0;
    ear->state = TC_FAST_OFF;
}

bool tc_fax_ear_wants_slow(tc_fax_ear *ear, bool *anew)
{
    bool wants = ear->listens && !believes_fast(ear);
    *anew = wants && ear->restart;
    ear->restart = !wants;
    return wants;
}

void tc_fax_ear_hear(tc_fax_ear *ear, const int16_t *in, unsigned n, const tc_fsk_event *found,
                     unsigned finds, unsigned row)
{
    hear_power(ear, in, n);
    if (!ear->listens)
        return;
    hear_slow(ear, found, finds, row);
    hear_fast(ear, in, n);
}
