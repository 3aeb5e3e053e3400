#include "fax_send.h"

#include "fax_send_tables.h"
#include "simd.h"
#include "v17_tables.h"

#include <math.h>
#include <string.h>

_Static_assert(PULSE_TAPS == (int)TC_FAX_PULSE, "the pulse's length is told in fax_send.h");

#define STRETCH 80
#define SYMBOLS (STRETCH * 3 / 10 + 4) /* at most, in a stretch; and what is looked at beyond */

#define TC_KERNEL "fax_send.inl"
#include "levels.inl"

/* Eighths of a turn by three bits, the first one lowest: V.29 table 1, V.27 ter table 1; by two,
 * V.27 ter table 2. */
static const uint8_t TURNS[8] = {1, 6, 2, 5, 0, 7, 3, 4};
static const uint8_t QUARTERS[4] = {0, 6, 2, 4};

#define HALF 0.70710678118654752f
static const float EIGHTHS_I[8] = {1, HALF, 0, -HALF, -1, -HALF, 0, HALF};
static const float EIGHTHS_Q[8] = {0, HALF, 1, HALF, 0, -HALF, -1, -HALF};

/* V.17's states of training. */
enum { A, B, C, D };
static const float ABCD_I[4] = {-6, 2, 6, -2};
static const float ABCD_Q[4] = {-2, -6, 2, 6};

/* V.17 5: two bits of scrambled ones pick a state, the first one lowest, those of the bridge turn
 * it by quarters.  The bridge's 16 bits are V.32's word of rates without a rate: 0, with a 1 at 7,
 * 11 and 15. */
#define V17_BRIDGE 0x8880u
static const uint8_t V17_STATE[4] = {C, B, D, A};
static const uint8_t V17_TURN[4] = {1, 2, 0, 3};

#define V29_BEGIN 0x2Au /* V.29 8.1: C D C D C D C is what segment 3 begins with */

static const float *pulse_of(tc_fax_mode mode)
{
    return mode == TC_FAX_V27TER_2400   ? PULSE_1200
           : mode == TC_FAX_V27TER_4800 ? PULSE_1600
                                        : PULSE_2400;
}

/* The mean power of a mode's points, in the units of its recommendation. */
static double power_of(tc_fax_mode mode)
{
    static const double V17[4] = {40, 40, 42, 41};
    return tc_fax_is_v17(mode)       ? V17[mode - TC_FAX_V17_7200]
           : mode == TC_FAX_V29_9600 ? 13.5
           : mode == TC_FAX_V29_7200 ? 5.5
                                     : 1;
}

/* Symbols of a stage; 0: it is passed over. */
static uint32_t length_of(const tc_fax_send *send, unsigned stage)
{
    unsigned baud = tc_fax_figures_of(send->mode).baud;
    int v17 = tc_fax_is_v17(send->mode), v29 = tc_fax_is_v29(send->mode);
    switch (stage) {
    case TC_FAX_SEND_TONE:
        return baud * 190 / 1000; /* T.30 5.3.2.2, V.27 ter table 3: 185 to 200 ms */
    case TC_FAX_SEND_GAP:
        return v29 ? 0 : baud * 22 / 1000; /* 20 to 25 ms; V.29's first segment does for it */
    case TC_FAX_SEND_QUIET:
        return v29 ? 48 : 0;
    case TC_FAX_SEND_ALTERNATE:
        return v17 ? 256 : v29 ? 128 : 50;
    case TC_FAX_SEND_CONDITION:
        return v17 ? (send->short_train ? 38 : 2976) : v29 ? 384 : 1074;
    case TC_FAX_SEND_BRIDGE:
        return v17 && !send->short_train ? 64 : 0;
    case TC_FAX_SEND_ONES:
        return v17 || v29 ? 48 : 8;
    case TC_FAX_SEND_LAST:
        /* V.17 5.3: 32; V.27 ter 2.5.2: 5 to 10 ms; V.29 asks for none: as long as a receiver's
         * filters may need to see the last data. */
        return v17 ? 32 : v29 ? 16 : baud * 8 / 1000;
    case TC_FAX_SEND_SILENCE:
        return baud / 50;
    default:
        return UINT32_MAX;
    }
}

/* The first stage from this one on that has symbols. */
static void enter(tc_fax_send *send, unsigned stage)
{
    while (!(send->left = length_of(send, stage)))
        stage++;
    send->stage = (uint8_t)stage;
    if (stage == TC_FAX_SEND_ONES)
        /* What the differential code begins from: V.17's Y is 0 behind the short sequence, and 1
         * behind the bridge; V.29 turns from 0 degrees, V.27ter from where it is. */
        send->place = tc_fax_is_v17(send->mode)   ? !send->short_train
                      : tc_fax_is_v29(send->mode) ? 0
                                                  : send->place;
}

void tc_fax_send_init(tc_fax_send *send, tc_fax_mode mode, int short_train, int echo_tone,
                      double level_dbm0)
{
    tc_fax_figures figures = tc_fax_figures_of(mode);
    memset(send, 0, sizeof *send);
    send->mode = (uint8_t)mode;
    send->short_train = short_train && tc_fax_is_v17(mode);
    send->age = figures.phases - figures.step; /* the first sample is the first symbol's */
    send->chance = V29_BEGIN;
    if (tc_fax_is_v17(mode))
        send->scrambler.line = TC_FAX_V17_BEGIN;
    if (!tc_fax_is_v17(mode) && !tc_fax_is_v29(mode)) {
        send->scrambler.line = TC_FAX_V27TER_BEGIN;
        send->scrambler.guarded = 1;
    }
    double rms = 32768.0 / sqrt(2.0) * pow(10.0, (level_dbm0 - 3.14) / 20.0); /* telcard.units */
    send->scale = (float)(rms / sqrt(power_of(mode)));
    enter(send, echo_tone ? TC_FAX_SEND_TONE : TC_FAX_SEND_QUIET);
    if (send->stage == TC_FAX_SEND_QUIET)
        return;
    int16_t before[STRETCH]; /* the middle of the first symbol's pulse */
    size_t used, n = TC_FAX_PULSE / 2 * figures.phases / figures.step;
    tc_fax_send_feed(send, NULL, 0, 0, &used, before, n);
}

typedef struct {
    float i, q;
} point;

/* A phase of V.27ter, or of V.29 with one of two amplitudes. */
static point at_phase(const tc_fax_send *send, unsigned eighth, unsigned high)
{
    float size = 1;
    if (tc_fax_is_v29(send->mode)) /* V.29 table 2 */
        size = eighth % 2 ? (high ? 6 * HALF : 2 * HALF) : (high ? 5 : 3);
    return (point){size * EIGHTHS_I[eighth], size * EIGHTHS_Q[eighth]};
}

/* One of A B C D: of V.17, or of V.29 8.1, where B and D are nearer in at 7200 bit/s. */
static point state_of(const tc_fax_send *send, unsigned state)
{
    static const uint8_t V29[4] = {4, 7, 0, 3};
    if (tc_fax_is_v17(send->mode))
        return (point){ABCD_I[state], ABCD_Q[state]};
    return at_phase(send, V29[state], state % 2 && send->mode == TC_FAX_V29_9600);
}

/* The symbol of some bits, in the order of the line from the lowest on; they are scrambled here. */
static point coded(tc_fax_send *send, unsigned bits)
{
    unsigned count = tc_fax_figures_of(send->mode).bits;
    unsigned line = tc_fax_scramble(&send->scrambler, bits & ((1u << count) - 1), count);
    if (tc_fax_is_v17(send->mode)) {
        static const float *const I[4] = {TC_V17_I_16, TC_V17_I_32, TC_V17_I_64, TC_V17_I_128};
        static const float *const Q[4] = {TC_V17_Q_16, TC_V17_Q_32, TC_V17_Q_64, TC_V17_Q_128};
        unsigned y = send->place = (send->place + line) & 3;
        unsigned number = (line & ~3u) << 1 | y << 1 | (send->trellis & 1);
        send->trellis = TC_V17_NEXT[send->trellis << 2 | y];
        return (point){I[send->mode - TC_FAX_V17_7200][number],
                       Q[send->mode - TC_FAX_V17_7200][number]};
    }
    unsigned high = count == 4 ? line & 1 : 0; /* V.29 9600: the first bit is the amplitude */
    unsigned turn = count == 2 ? QUARTERS[line] : TURNS[line >> (count - 3)];
    send->place = (send->place + turn) & 7;
    return at_phase(send, send->place, high);
}

/* Equaliser conditioning. */
static point conditioned(tc_fax_send *send)
{
    if (tc_fax_is_v29(send->mode)) {
        unsigned chance = send->chance;
        send->chance = (uint8_t)(chance >> 1 | ((chance ^ chance >> 1) & 1) << 6);
        return state_of(send, chance & 1 ? D : C);
    }
    if (tc_fax_is_v17(send->mode)) {
        send->place = V17_STATE[tc_fax_scramble(&send->scrambler, 3, 2)];
        return state_of(send, send->place);
    }
    unsigned line = tc_fax_scramble(&send->scrambler, 7, 3); /* V.27 ter: every third bit */
    send->place = (send->place + 4 * (line & 1)) & 7;
    return at_phase(send, send->place, 0);
}

/* The next symbol of training or turn-off. */
static point prepared(tc_fax_send *send)
{
    switch (send->stage) {
    case TC_FAX_SEND_TONE:
        return tc_fax_is_v17(send->mode) ? state_of(send, A) : at_phase(send, 0, 0);
    case TC_FAX_SEND_ALTERNATE:
        if (tc_fax_is_v17(send->mode) || tc_fax_is_v29(send->mode))
            return state_of(send, send->left % 2 ? B : A); /* their numbers are even */
        send->place ^= 4;
        return at_phase(send, send->place, 0);
    case TC_FAX_SEND_CONDITION:
        return conditioned(send);
    case TC_FAX_SEND_BRIDGE: {
        unsigned at = (64 - send->left) % 8 * 2;
        unsigned line = tc_fax_scramble(&send->scrambler, V17_BRIDGE >> at & 3, 2);
        send->place = (send->place + V17_TURN[line]) & 3;
        return state_of(send, send->place);
    }
    case TC_FAX_SEND_ONES:
    case TC_FAX_SEND_LAST:
        return coded(send, ~0u);
    default:
        return (point){0, 0};
    }
}

/* The next symbol; false: there is none (yet). */
static int next_symbol(tc_fax_send *send, const uint8_t *octets, size_t count, int ended,
                       size_t *used, point *made)
{
    if (send->stage == TC_FAX_SEND_DATA) {
        unsigned bits = tc_fax_figures_of(send->mode).bits;
        while (send->held < bits && *used < count) {
            send->bits |= (uint32_t)octets[(*used)++] << send->held;
            send->held += 8;
        }
        if (send->held >= bits || (ended && send->held)) {
            *made = coded(send, send->held < bits ? send->bits | ~0u << send->held : send->bits);
            send->bits >>= bits;
            send->held = send->held > bits ? (uint8_t)(send->held - bits) : 0;
            return 1;
        }
        if (!ended)
            return 0;
        enter(send, TC_FAX_SEND_LAST);
    }
    if (send->stage == TC_FAX_SEND_DONE)
        return 0;
    *made = prepared(send);
    if (!--send->left)
        enter(send, send->stage + 1u);
    return 1;
}

size_t tc_fax_send_feed(tc_fax_send *send, const uint8_t *octets, size_t count, int ended,
                        size_t *used, int16_t *out, size_t n)
{
    tc_fax_figures figures = tc_fax_figures_of(send->mode);
    float i[TC_FAX_PULSE + SYMBOLS] = {0}, q[TC_FAX_PULSE + SYMBOLS] = {0};
    size_t total = 0;
    *used = 0;
    while (total < n) {
        unsigned room = n - total < STRETCH ? (unsigned)(n - total) : STRETCH, made = room;
        unsigned wanted = (send->age + room * figures.step) / figures.phases, symbols = 0;
        memcpy(i, send->i, sizeof send->i);
        memcpy(q, send->q, sizeof send->q);
        for (point symbol; symbols < wanted; symbols++) {
            if (!next_symbol(send, octets, count, ended, used, &symbol)) {
                /* as many samples as the symbols that there are sound in */
                made = ((symbols + 1) * figures.phases - 1 - send->age) / figures.step;
                break;
            }
            i[TC_FAX_PULSE + symbols] = send->scale * symbol.i;
            q[TC_FAX_PULSE + symbols] = send->scale * symbol.q;
        }
        TC_DISPATCH(shape, pulse_of(send->mode), i, q, send->age, send->turn, figures, out + total,
                    made);
        send->age = (uint8_t)((send->age + made * figures.step) % figures.phases);
        send->turn = (uint8_t)((send->turn + made * figures.carrier) % TC_FAX_TURN);
        memcpy(send->i, i + symbols, sizeof send->i);
        memcpy(send->q, q + symbols, sizeof send->q);
        total += made;
        if (made < room)
            break;
    }
    return total;
}
