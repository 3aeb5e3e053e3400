#include "fsk.h"

#include "simd.h"

#include <math.h>
#include <string.h>

#define TWO_PI 6.283185307179586
#define RATE 8000.0
#define DBM0_POWER 260551249.0 /* square of units.DBM0_RMS */
#define VALUES_A_BIT 4
#define OWN_VALUES 5.5     /* the middle of the bit that is told is older than the newest value */
#define HYSTERESIS_DB 4.3f /* V.21 and V.23: on above -43 dBm, off below -48, at least 2 apart */

/* Part of the band's power that the best three bits explain, over some eight bits: of a modem 0.8
 * (one tone: 1; 10 dB of twist or 30 Hz beside: 0.6), of noise 0.5. */
#define LIKE 0.6f
#define UNLIKE 0.45f
#define FORGETTING 0.909f /* a block */

/* Values that a carrier has been there, or gone, when that is first seen. */
#define BEGINNING 6
#define ENDING 7

#define LEAST_GAIN 0.12f /* a settled bit clock moves by this part of what it sees */
#define FOLLOWING 0.0625f
#define LEAST_LEVEL 0.4f   /* one tone is never taken for more than 8 dB below the other */
#define WORD_TOP (1 << 15) /* bits come in here and move down */

typedef struct {
    uint32_t done, change; /* lanes */
} tc_fsk_news;

#define TC_KERNEL "fsk.inl"
#include "levels.inl"

/* ---- The plan ---- */

static tc_fsk_phasor turn(double angle, double size)
{
    return (tc_fsk_phasor){(float)(size * cos(angle)), (float)(size * sin(angle))};
}

/* Modified Bessel function of order 0, for Kaiser's window. */
static double bessel(double x)
{
    double sum = 1, term = 1;
    for (int i = 1; i < 30; i++) {
        term *= x / 2 / i;
        sum += term * term;
    }
    return sum;
}

/* Tap i, where it belongs in its pair. */
static int32_t paired_tap(double tap, unsigned i)
{
    return (int32_t)((uint32_t)(uint16_t)lrint(tap) << 16 * (i % 2));
}

/* A low pass, moved up to the middle of the band; value v of a block lies v / 3 of it later.  Taps
 * are whole numbers, as large as a sum of 32 bits bears, whatever is heard: their rounding is noise
 * 80 dB below. */
static void design(tc_fsk_plan *plan, const tc_fsk_standard *standard)
{
    const double width = standard->band_hz / RATE, beta = 3.9; /* 43 dB */
    const double middle = TWO_PI * (standard->mark_hz + standard->space_hz) / 2 / RATE;
    double scale = 0;
    for (unsigned v = 0; v < 3; v++) {
        double later = v * plan->spacing, taps[TC_FSK_TAPS], sum = 0, size = 0;
        plan->offset[v] = (unsigned)later;
        double centre = (plan->taps - 1) / 2.0 + later - plan->offset[v];
        for (unsigned i = 0; i < plan->taps; i++) {
            double at = i - centre, edge = 2 * at / (plan->taps + 1);
            double angle = TWO_PI * width * at;
            double sinc = fabs(angle) < 1e-9 ? 1 : sin(angle) / angle;
            taps[i] = edge * edge < 1 ? sinc * bessel(beta * sqrt(1 - edge * edge)) : 0;
            sum += taps[i];
            size += fabs(taps[i]);
        }
        if (!v)
            scale = (65535.0 - TC_FSK_TAPS) * sum / size / 1.05; /* the others are not larger */
        for (unsigned i = 0; i < plan->taps; i++) {
            double angle = middle * (i - centre), whole = taps[i] / sum * scale;
            plan->re[v][i / 2] |= paired_tap(whole * cos(angle), i);
            plan->im[v][i / 2] |= paired_tap(-whole * sin(angle), i);
        }
    }
    plan->unit = (float)(sqrt(2) / scale);
}

static int32_t blocks_in(double ms, const tc_fsk_plan *plan)
{
    return (int32_t)fmax(1, ceil(ms * RATE / 1000 / plan->block));
}

void tc_fsk_plan_init(tc_fsk_plan *plan, const tc_fsk_standard *standard)
{
    memset(plan, 0, sizeof *plan);
    plan->stretch = (unsigned)lrint(1200 / standard->baud);
    plan->block = 5 * plan->stretch;
    plan->taps = 24 * plan->stretch;
    plan->spacing = plan->block / 3.0;
    design(plan, standard);
    plan->keep = plan->taps + plan->offset[2] - plan->block;
    plan->step = (float)(standard->baud * plan->spacing / RATE);
    for (int tone = 0; tone < 2; tone++) {
        double hz = tone ? standard->mark_hz : standard->space_hz;
        double w = TWO_PI * hz * plan->spacing / RATE; /* from value to value */
        plan->turn_1[tone] = turn(w, 1);
        plan->turn_2[tone] = turn(2 * w, 1);
        plan->back[tone] = turn(-VALUES_A_BIT * w, standard->neighbours);
        plan->forth[tone] = turn(VALUES_A_BIT * w, standard->neighbours);
    }
    plan->aside =
        turn(TWO_PI * (standard->mark_hz - standard->space_hz) / 2 * plan->spacing / RATE, 1);
    plan->on = (float)(9 * DBM0_POWER * pow(10, standard->floor_dbm0 / 10));
    plan->off = plan->on * powf(10, -HYSTERESIS_DB / 10);
    float whole = (float)(VALUES_A_BIT * (1 + 2 * standard->neighbours));
    plan->like = LIKE * whole * whole;
    plan->unlike = UNLIKE * whole * whole;
    plan->on_blocks = blocks_in(standard->on_ms, plan);
    plan->off_blocks = blocks_in(standard->off_ms, plan);
    /* From a bit's middle to the end of the block with whose first value it is decided: the middle
     * of the filter, of the four values that are added up, and the bit after. */
    plan->delay = plan->keep + plan->block - (plan->taps - 1) / 2.0 + OWN_VALUES * plan->spacing;
}

/* ---- A group ---- */

static void frame(tc_fsk *fsk, unsigned lane, tc_fsk_framing framing)
{
    fsk->framing[lane] = framing;
    fsk->framed[lane] = framing.data ? -1 : 0;
    fsk->length[lane] = framing.data  ? 2 + framing.data + (framing.parity != TC_FSK_NONE)
                        : framing.raw ? framing.raw
                                      : 8;
}

void tc_fsk_init(tc_fsk *fsk, const tc_fsk_plan *plan)
{
    memset(fsk, 0, sizeof *fsk);
    fsk->plan = plan;
    fsk->fill = plan->keep;
    for (unsigned lane = 0; lane < TC_FSK_LANES; lane++)
        frame(fsk, lane, (tc_fsk_framing){8, TC_FSK_NONE, 0});
}

void tc_fsk_reset(tc_fsk *fsk, unsigned lane, tc_fsk_framing framing)
{
    for (float *row = fsk->z.re; row < (float *)&fsk->values; row += TC_FSK_LANES)
        row[lane] = 0;
    for (unsigned i = 0; i < fsk->fill; i++)
        fsk->x[i][lane] = 0;
    fsk->origin[lane] = fsk->samples + fsk->fill - fsk->plan->keep;
    frame(fsk, lane, framing);
}

/* ---- What a lane reports ---- */

static uint64_t since_reset(const tc_fsk *fsk, unsigned lane, double sample)
{
    double origin = (double)fsk->origin[lane];
    return sample > origin ? (uint64_t)llrint(sample - origin) : 0;
}

static int odd(unsigned bits)
{
    return __builtin_parity(bits);
}

/* A character is complete. */
static uint8_t judge(const tc_fsk *fsk, unsigned lane, int32_t *data)
{
    const tc_fsk_framing framing = fsk->framing[lane];
    unsigned length = (unsigned)fsk->length[lane];
    unsigned word = (unsigned)fsk->done[lane] >> (16 - length);
    if (!framing.data) {
        *data = (int32_t)word;
        return TC_FSK_OCTET;
    }
    unsigned stop = word >> (length - 1), parity = word >> (1 + framing.data) & 1;
    *data = (int32_t)(word >> 1 & ((1u << framing.data) - 1));
    if (!word)
        return TC_FSK_BREAK;
    if (!stop)
        return TC_FSK_FRAMING;
    if (framing.parity != TC_FSK_NONE &&
        (odd((unsigned)*data) ^ (int)parity) != (framing.parity == TC_FSK_ODD))
        return TC_FSK_PARITY;
    return TC_FSK_OCTET;
}

static unsigned report(tc_fsk *fsk, tc_fsk_news news, uint16_t block, tc_fsk_event *events,
                       unsigned max)
{
    const tc_fsk_plan *plan = fsk->plan;
    const double bit = plan->spacing / plan->step, at = (double)fsk->samples + 2 * plan->spacing;
    unsigned found = 0;
    for (uint32_t left = news.change | news.done; left; left &= left - 1) {
        unsigned lane = (unsigned)__builtin_ctz(left);
        uint64_t decided = fsk->samples - fsk->origin[lane];
        if (news.done >> lane & 1) {
            int32_t data;
            uint8_t kind = judge(fsk, lane, &data);
            double middle = at - plan->delay - fsk->done_phase[lane] * bit;
            double start = middle - (fsk->length[lane] - 0.5) * bit;
            if (found < max)
                events[found++] = (tc_fsk_event){.start = since_reset(fsk, lane, ceil(start)),
                                                 .decided = decided,
                                                 .value = data,
                                                 .block = block,
                                                 .lane = (uint8_t)lane,
                                                 .kind = kind};
        }
        if (news.change >> lane & 1) {
            int on = fsk->carrier[lane] != 0;
            double lasted =
                3 * (on ? plan->on_blocks : plan->off_blocks) + (on ? BEGINNING : ENDING);
            double start = at - plan->delay + (OWN_VALUES - lasted) * plan->spacing;
            double level = 10 * log10(fsk->done_power[lane] / (9 * DBM0_POWER) + 1e-12);
            if (found < max)
                events[found++] = (tc_fsk_event){.start = since_reset(fsk, lane, ceil(start)),
                                                 .decided = decided,
                                                 .value = on ? (int32_t)lrint(level * 256) : 0,
                                                 .block = block,
                                                 .lane = (uint8_t)lane,
                                                 .kind = on ? TC_FSK_CARRIER : TC_FSK_LOST};
        }
    }
    return found;
}

unsigned tc_fsk_feed(tc_fsk *fsk, const int16_t *x, unsigned n, uint32_t lanes,
                     tc_fsk_event *events, unsigned max)
{
    const tc_fsk_plan *plan = fsk->plan;
    tc_fsk_flags mask;
    unsigned found = 0;
    uint16_t block = 0;
    for (unsigned lane = 0; lane < TC_FSK_LANES; lane++)
        mask[lane] = (lanes >> lane & 1) ? -1 : 0;
    while (n) {
        unsigned take = n < TC_FSK_CHUNK ? n : TC_FSK_CHUNK, at = 0;
        TC_DISPATCH(tc_fsk_lay, fsk, x, take, mask);
        x += take * TC_FSK_LANES;
        n -= take;
        fsk->fill += take;
        for (; at + plan->keep + plan->block <= fsk->fill; at += plan->block) {
            tc_fsk_news news = TC_DISPATCH(tc_fsk_block, fsk, fsk->x + at);
            fsk->samples += plan->block;
            fsk->values += 3;
            if (news.done | news.change)
                found += report(fsk, news, block, events + found, max - found);
            block++;
        }
        memmove(fsk->x, fsk->x + at, (fsk->fill - at) * sizeof *fsk->x);
        fsk->fill -= at;
    }
    return found;
}
