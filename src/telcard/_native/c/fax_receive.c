#include "fax_receive.h"

#include "simd.h"
#include "v17_tables.h"

#include <math.h>
#include <string.h>

#define RATE 8000
#define TURN 0x1p32f
#define SAMPLE ((int64_t)1 << 32) /* of the moments at which is heard */
#define TURN_A_RADIAN ((float)(0x1p31 / M_PI))
#define DBM0_POWER 260551249.0 /* square of units.DBM0_RMS */

#define MARGIN (TC_FAX_BAND_TAPS / 2 + 5) /* samples behind the last moment that may be needed */
#define KEPT 400                          /* samples, while data is received */

/* The alternation. */
#define LINES 0.55f   /* share of what is heard that is the three lines */
#define OUTER 0.04f   /* of the lines' power belongs to the outer two, */
#define TOGETHER 0.7f /* and they turn together */
#define ENOUGH 3      /* pairs of blocks that have to be so */
#define BEFORE 64     /* samples before and behind where the alternation ended */
#define BEHIND 80
#define PLACES 100      /* at most, half a symbol apart */
#define RECOGNISED 0.2f /* of the power where the sequence was found explains it */
#define PIECES 8
#define SAME_HZ 2.0 /* of offset, within which a short training's is that of the long one */
#define UNSOLVED 0.5f

/* The loops. */
#define LAST_STEP (1 / 1500.0f) /* of the taps, as a share of the error */
#define PHASE_GAIN 0.06f
#define OFFSET_GAIN 0.0012f
#define CLOCK_GAIN 0.012f
#define CLOCK_DRIFT 2e-5f
#define CLOCK_MOST 5e-4f
#define OFFSET_MOST_HZ 30.0f
#define CENTRING 0.05f
#define EVERY 32    /* symbols, in which the taps' centre is looked at */
#define ABSURD 9.0f /* times the noise */
#define SURE 1.5f
#define FAINT 0.35f    /* of the power: the carrier may be gone; with little noise less, */
#define FAINTEST 0.08f /* but not less than that */
#define WEAK 0.08f     /* of the power that there was in training, all noise included: it is gone */
#define FADE_S 0.02f

/* Trouble. */
#define TRIED 10 /* symbols */
#define TROUBLE 2.2f
#define FITS 1.8f   /* times the noise, when it is over */
#define BETTER 0.5f /* times what it was before */
#define CLEARLY 0.7f
#define HARMLESS 0.005f /* of the power: no error of a point */
#define STRETCHED 3.0f  /* at most, in all */
#define TURNINGS 6

static const tc_fax_phasor TURNED[TURNINGS] = {
    {1, 0}, {0.93f, 0.37f}, {0.93f, -0.37f}, {0.71f, 0.71f}, {0.77f, -0.64f}, {1, 0},
};

/* Slips of V.17, see v17_slip.inl. */
#define V17_TROUBLE 1.5f
#define V17_NOTICES 32 /* symbols, in which it is seen */
#define V17_WAIT 30    /* symbols until it is looked into, and between tries */

typedef struct {
    float re[2 * (TRIED - 1) + TC_FAX_RX_TAPS], im[2 * (TRIED - 1) + TC_FAX_RX_TAPS];
    tc_fax_phasor y, a, by;
    uint32_t phase;
} tc_fax_again;

static uint64_t base(const tc_fax_receive *rx) /* the lane's sample that x begins with */
{
    return rx->heard - rx->fill;
}

static unsigned known_of(const tc_fax_receive *rx)
{
    return rx->short_train ? rx->plan->known_short : rx->plan->known_long;
}

/* Symbols that have to be heard before it can go on. */
static unsigned learning(const tc_fax_receive *rx)
{
    return rx->short_train ? rx->plan->known_short : rx->plan->learning;
}

static int runs(const tc_fax_receive *rx)
{
    return rx->state == TC_FAX_RX_TRAINING || rx->state == TC_FAX_RX_DATA;
}

static void happened(tc_fax_receive *rx, unsigned state, int32_t value)
{
    uint64_t sample = rx->heard;
    if (runs(rx))
        sample = base(rx) + (uint64_t)(rx->at >> 32) + MARGIN;
    if (rx->event_count < TC_FAX_RX_EVENTS)
        rx->events[rx->event_count++] =
            (tc_fax_receive_event){sample, rx->bits, value, (uint8_t)state};
}

/* Whether V.17's trellis has begun. */
static int coded(const tc_fax_receive *rx)
{
    return tc_fax_is_v17(rx->plan->mode) && rx->symbol > known_of(rx);
}

static inline float bounded(float x, float most)
{
    return x > most ? most : x < -most ? -most : x;
}

static int32_t snr(const tc_fax_receive *rx)
{
    return (int32_t)lrintf(2560 * log10f(rx->plan->power / (rx->noise + 1e-9f)));
}

/* A bit of the data, as it was on the line. */
static inline void received(tc_fax_receive *rx, unsigned bit)
{
    bit = tc_fax_descramble(&rx->scrambler, bit);
    if (rx->state != TC_FAX_RX_DATA)
        return;
    rx->octet |= bit << rx->held;
    rx->bits++;
    if (++rx->held == 8) {
        *rx->out++ = (uint8_t)rx->octet;
        rx->octet = 0;
        rx->held = 0;
    }
}

/* V.29 and V.27ter: bits by the turn from point to point, the first one highest. */
static inline void decided(tc_fax_receive *rx, unsigned number)
{
    static const uint8_t eighths[8] = {1, 0, 2, 3, 7, 6, 4, 5}, quarters[4] = {0, 1, 3, 2};
    if (rx->plan->mode == TC_FAX_V27TER_2400) {
        unsigned two = quarters[(number - rx->place) & 3];
        rx->place = (uint8_t)number;
        received(rx, two >> 1);
        received(rx, two & 1);
        return;
    }
    if (rx->plan->mode == TC_FAX_V29_9600)
        received(rx, number >> 3);
    unsigned three = eighths[(number - rx->place) & 7];
    rx->place = number & 7;
    received(rx, three >> 2);
    received(rx, three >> 1 & 1);
    received(rx, three & 1);
}

/* V.17: n symbols of the trellis have been waited for long enough. */
static void v17_told(tc_fax_receive *rx, unsigned n)
{
    const unsigned bits = rx->plan->figures.bits;
    const uint32_t first = rx->v17.told;
    uint8_t told[TC_V17_KEPT];
    tc_v17_tell(&rx->v17, n, bits, told);
    for (unsigned k = 0; k < n; k++) {
        if (first + k < rx->plan->ones)
            continue;
        rx->octet |= (uint32_t)told[k] << rx->held;
        rx->held = (uint8_t)(rx->held + bits);
        rx->bits += bits;
        if (rx->held >= 8) {
            *rx->out++ = (uint8_t)rx->octet;
            rx->octet >>= 8;
            rx->held = (uint8_t)(rx->held - 8);
        }
    }
}

/* After each symbol: what there is to tell, and what goes more slowly. */
static void watch(tc_fax_receive *rx)
{
    const tc_fax_plan *plan = rx->plan;
    unsigned known = known_of(rx);
    if (!rx->short_train && rx->symbol >= plan->learning && rx->symbol < 1 / LAST_STEP)
        rx->step = 1 / (float)(rx->symbol + 1); /* each symbol tells as much as any before */
    rx->slipped = 0;
    if (rx->seen_count < rx->seen_room && rx->symbol > known)
        rx->seen[rx->seen_count++] = rx->y;
    if (rx->symbol == known + plan->ones + plan->delay) {
        rx->state = TC_FAX_RX_DATA;
        happened(rx, TC_FAX_RX_DATA, rx->snr = rx->snr_now = snr(rx));
    }
    if (rx->symbol >= known && rx->faint > FADE_S * plan->figures.baud) {
        uint32_t waiting = rx->v17.symbols - rx->v17.told;
        if (coded(rx) && waiting > rx->fading)
            v17_told(rx, waiting - rx->fading); /* the others are silence */
        happened(rx, TC_FAX_RX_LOST, rx->snr);
        rx->state = TC_FAX_RX_LOST;
        return;
    }
    if (rx->symbol % EVERY == 0) {
        if (!rx->faint) {
            rx->snr = rx->snr_now; /* of before: the last symbols may be the end */
            rx->snr_now = snr(rx);
            rx->least = fmaxf(FAINTEST, fminf(FAINT, sqrtf(rx->noise / plan->power)));
        }
        float moment = 0, whole = 0;
        for (unsigned i = 0; i < TC_FAX_RX_TAPS; i++) {
            float power = rx->w_re[i] * rx->w_re[i] + rx->w_im[i] * rx->w_im[i];
            moment += (float)i * power;
            whole += power;
        }
        rx->at += (int64_t)(CENTRING * (moment / whole - rx->centre) * (float)plan->half);
    }
    float bearable =
        coded(rx) ? V17_TROUBLE * rx->noise : fmaxf(TROUBLE * rx->noise, HARMLESS * plan->power);
    rx->slipped = rx->symbol > learning(rx) && rx->symbol >= rx->next_try && !rx->faint &&
                  rx->error > bearable;
    if (rx->slipped && coded(rx)) {
        rx->slipped = rx->troubled++ > 0;
        rx->next_try = rx->symbol + V17_WAIT;
    } else if (rx->slipped) {
        rx->next_try = rx->symbol + 6;
    }
}

#define TC_KERNEL "fax_receive.inl"
#include "levels.inl"

/* ---- Learning ---- */

static float angle_of(tc_fax_phasor a)
{
    return atan2f(a.im, a.re);
}

static tc_fax_phasor times_conj(tc_fax_phasor a, tc_fax_phasor b)
{
    return (tc_fax_phasor){a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
}

static float square(tc_fax_phasor a)
{
    return a.re * a.re + a.im * a.im;
}

static tc_fax_phasor turn_by(double radians)
{
    return (tc_fax_phasor){(float)cos(radians), (float)sin(radians)};
}

/* All but two of the values that the first symbol is made of, of which the first one is at `at`. */
static void start_at(tc_fax_receive *rx, int64_t at, const float *re, const float *im)
{
    rx->halves = TC_FAX_RX_TAPS - 2;
    memcpy(rx->z_re, re, rx->halves * sizeof *re);
    memcpy(rx->z_im, im, rx->halves * sizeof *im);
    rx->at = at + rx->halves * (int64_t)rx->plan->half;
}

/* The sequence has been found: taps from `n` symbols, whose values begin at `at`. */
static int learn_from(tc_fax_receive *rx, int64_t at, double turn, float phase)
{
    const tc_fax_plan *plan = rx->plan;
    enum { MOST = TC_FAX_MOST_LEARNING };
    float re[2 * MOST + TC_FAX_RX_TAPS], im[2 * MOST + TC_FAX_RX_TAPS], power = 0, whole = 0;
    tc_fax_phasor wanted[MOST];
    tc_fax_matrix m = {0};
    unsigned n = plan->learning, halves = 2 * n + TC_FAX_RX_TAPS;
    TC_DISPATCH(hear_many, rx, at, halves, re, im);
    for (unsigned i = 0; i < halves; i++)
        power += re[i] * re[i] + im[i] * im[i];
    rx->gain = 1 / sqrtf(power / (float)halves + 1e-3f);
    for (unsigned i = 0; i < halves; i++)
        re[i] *= rx->gain, im[i] *= rx->gain;
    for (unsigned k = 0; k < n; k++) {
        tc_fax_phasor a = plan->training[plan->known[k]], t = turn_by(phase + turn * k);
        wanted[k] = (tc_fax_phasor){a.re * t.re - a.im * t.im, a.re * t.im + a.im * t.re};
        whole += square(a);
    }
    TC_DISPATCH(products, re, im, wanted, n, &m);
    float left = 1 - tc_fax_solve(&m, re, im, n, rx->w_re, rx->w_im) / whole;
    start_at(rx, at, re, im);
    float moment = 0, weight = 0;
    for (int i = 0; i < TC_FAX_RX_TAPS; i++) {
        float tap = rx->w_re[i] * rx->w_re[i] + rx->w_im[i] * rx->w_im[i];
        moment += (float)i * tap, weight += tap;
    }
    rx->centre = moment / weight;
    rx->noise = plan->power * fmaxf(left, 1e-4f) * (float)(n + TC_FAX_RX_TAPS) /
                (float)(n - TC_FAX_RX_TAPS);
    return left < UNSOLVED;
}

/* A short training: the taps are there.  Where do they fit (the best place may have moved by half a
 * symbol), and how far is the carrier turned? */
static int resume_from(tc_fax_receive *rx, int64_t at, double turn)
{
    enum { N = 64 };
    const tc_fax_plan *plan = rx->plan;
    unsigned n = plan->known_short, best = 0;
    float re[2 * N + TC_FAX_RX_TAPS + 2], im[2 * N + TC_FAX_RX_TAPS + 2], most = 0, power = 0;
    tc_fax_phasor target[N], fits = {0, 0};
    for (unsigned k = 0; k < n; k++) {
        tc_fax_phasor a = plan->training[plan->known[k]];
        target[k] = times_conj(turn_by(-turn * k), a);
        power += square(a);
    }
    at -= (int64_t)plan->half;
    TC_DISPATCH(hear_many, rx, at, 2 * n + TC_FAX_RX_TAPS + 2, re, im);
    for (unsigned i = 0; i < 2 * n + TC_FAX_RX_TAPS + 2; i++)
        re[i] *= rx->gain, im[i] *= rx->gain;
    for (unsigned place = 0; place < 3; place++) {
        tc_fax_phasor sum = {0, 0};
        for (unsigned k = 0; k < n; k++) {
            tc_fax_phasor x = TC_DISPATCH(filter, rx, re + 2 * k + place, im + 2 * k + place);
            sum.re += x.re * target[k].re - x.im * target[k].im;
            sum.im += x.re * target[k].im + x.im * target[k].re;
        }
        if (square(sum) > most)
            most = square(sum), best = place, fits = sum;
    }
    rx->phase = (uint32_t)(int64_t)(angle_of(fits) * TURN_A_RADIAN);
    start_at(rx, at + best * (int64_t)plan->half, re + best, im + best);
    rx->noise = plan->power * 0.05f;
    return most > UNSOLVED * UNSOLVED * power * power;
}

/* All samples are at hand: where did the known sequence begin?  0: nowhere. */
static int synchronise(tc_fax_receive *rx)
{
    const tc_fax_plan *plan = rx->plan;
    float re[2 * TC_FAX_MOST_LEARNING + PLACES], im[2 * TC_FAX_MOST_LEARNING + PLACES],
        sum_re[PLACES], sum_im[PLACES];
    tc_fax_phasor target[TC_FAX_MOST_LEARNING], mean = {0, 0}, piece[PIECES], slope = {0, 0};
    const double symbol_samples = 2 * (double)plan->half * 0x1p-32;
    double from = (double)rx->clock_origin - (double)base(rx) -
                  angle_of(rx->sum_clock) / (2 * M_PI) * symbol_samples;
    double wanted = (double)(rx->broke - base(rx)) - BEFORE;
    from += ceil((wanted - from) / symbol_samples) * symbol_samples;
    int64_t at = (int64_t)(from * 0x1p32);
    unsigned places = (unsigned)((BEFORE + BEHIND) / symbol_samples * 2), n = learning(rx);
    unsigned sync = plan->sync < n ? plan->sync : n;
    TC_DISPATCH(hear_many, rx, at, 2 * n + places, re, im);
    double offset = angle_of(rx->sum_step) / TC_FAX_LINES_BLOCK * symbol_samples;
    double before = rx->offset / TURN_A_RADIAN;
    if (rx->short_train && fabs(offset - before) < SAME_HZ * 2 * M_PI / plan->figures.baud)
        offset = before;
    double turn = plan->turn * (2 * M_PI * 0x1p-32) + offset;
    for (unsigned k = 0; k < n; k++) {
        tc_fax_phasor a = plan->training[plan->known[k]];
        mean.re += a.re / (float)n, mean.im += a.im / (float)n;
    }
    for (unsigned k = 0; k < n; k++) {
        tc_fax_phasor a = plan->training[plan->known[k]];
        a.re -= mean.re, a.im -= mean.im;
        target[k] = times_conj(turn_by(-turn * k), a);
    }
    TC_DISPATCH(compare, re, im, places, target, sync, sum_re, sum_im);
    unsigned best = 0;
    float most = 0, power = 0, size = 0;
    for (unsigned i = 0; i < places; i++) {
        float found = sum_re[i] * sum_re[i] + sum_im[i] * sum_im[i];
        if (found > most)
            most = found, best = i;
    }
    for (unsigned k = 0; k < sync; k++) {
        unsigned i = best + 2 * k;
        power += re[i] * re[i] + im[i] * im[i];
        size += square(target[k]);
    }
    if (most < RECOGNISED * power * size)
        return 0;
    at += ((int64_t)best - TC_FAX_RX_TAPS / 2) * (int64_t)plan->half;
    rx->offset = (float)(offset * TURN_A_RADIAN);
    if (rx->short_train)
        return resume_from(rx, at, turn);
    unsigned length = n / PIECES;
    for (unsigned p = 0; p < PIECES; p++) {
        TC_DISPATCH(compare, re + best + 2 * p * length, im + best + 2 * p * length, 1,
                    target + p * length, length, &piece[p].re, &piece[p].im);
        if (p) {
            tc_fax_phasor step = times_conj(piece[p], piece[p - 1]);
            slope.re += step.re, slope.im += step.im;
        }
    }
    double finer = angle_of(slope) / length;
    turn += finer;
    rx->offset = (float)((offset + finer) * TURN_A_RADIAN);
    tc_fax_phasor all = {0, 0};
    for (unsigned p = 0; p < PIECES; p++) {
        tc_fax_phasor back = times_conj(piece[p], turn_by(finer * length * (p + 0.5)));
        all.re += back.re, all.im += back.im;
    }
    float phase = angle_of(all);
    rx->phase = (uint32_t)(int64_t)(phase * TURN_A_RADIAN);
    return learn_from(rx, at, turn, phase);
}

static void begin(tc_fax_receive *rx)
{
    const tc_fax_plan *plan = rx->plan;
    if (!synchronise(rx)) {
        if (!rx->broke_again && !rx->searched)
            rx->broke_again = rx->broke + BEFORE + BEHIND; /* a gap had broken it */
        rx->broke = rx->broke_again;
        rx->broke_again = 0;
        rx->searched = 1;
        if (rx->broke)
            return;
        happened(rx, TC_FAX_RX_FAILED, 0);
        tc_fax_receive_arm(rx, plan, rx->short_train);
        return;
    }
    double power = 0;
    for (unsigned i = rx->fill / 2; i < rx->fill; i++)
        power += rx->x[i] * rx->x[i];
    power /= rx->fill - rx->fill / 2;
    rx->level = (int32_t)lrint(2560 * log10((power + 1e-3) / DBM0_POWER));
    happened(rx, TC_FAX_RX_TRAINING, rx->level);
    rx->state = TC_FAX_RX_TRAINING;
    rx->symbol = rx->next_try = 0;
    rx->step = LAST_STEP; /* nothing new, to begin with */
    rx->clock = 0;
    rx->nudge = 0;
    rx->error = rx->noise;
    rx->forgets = tc_fax_is_v17(plan->mode) ? 1 / 512.0f : 1 / 128.0f;
    rx->loud = rx->strength = rx->stretched = 1;
    rx->least = FAINT;
    rx->faint = rx->fading = 0;
    rx->troubled = 0;
    tc_v17_begin(&rx->v17);
    rx->y = rx->a = (tc_fax_phasor){0, 0};
    rx->phase_gain = PHASE_GAIN * TURN_A_RADIAN;
    rx->offset_gain = OFFSET_GAIN * TURN_A_RADIAN;
    rx->offset_most = OFFSET_MOST_HZ / plan->figures.baud * TURN;
    rx->scrambler = (tc_fax_scrambler){.guarded = plan->mode <= TC_FAX_V27TER_4800};
    unsigned last = plan->known[known_of(rx) - 1];
    rx->place = (uint8_t)(tc_fax_is_v29(plan->mode) ? 3 * last : last * (plan->points / 2));
    rx->bits = rx->held = rx->octet = 0;
    rx->slips = 0;
    rx->snr = rx->snr_now = snr(rx);
    TC_DISPATCH(run, rx);
}

/* ---- Listening ---- */

/* When all samples have come that are wanted to synchronise. */
static uint64_t due(const tc_fax_receive *rx)
{
    double symbols = (learning(rx) + 9) * 2 * (double)rx->plan->half * 0x1p-32;
    return rx->broke + BEHIND + MARGIN + (uint64_t)symbols;
}

/* A block is whole: is it one of the alternation? */
static void block(tc_fax_receive *rx)
{
    const tc_fax_plan *plan = rx->plan;
    tc_fax_phasor line[3], step[3], all = {0, 0}, outer = {0, 0};
    float sum[3];
    float power = TC_DISPATCH(measure, plan, rx->x + rx->fill - TC_FAX_LINES_BLOCK, line);
    for (int l = 0; l < 3; l++) {
        step[l] = times_conj(line[l], rx->line[l]);
        step[l].re *= plan->line_turn[l], step[l].im *= plan->line_turn[l];
        sum[l] = (square(line[l]) + square(rx->line[l])) / 2;
        all.re += step[l].re, all.im += step[l].im;
        if (l != 1)
            outer.re += step[l].re, outer.im += step[l].im;
    }
    float whole = TC_FAX_LINES_BLOCK / 2 * sqrtf(power * rx->block_power), sides = sum[0] + sum[2];
    /* The real parts: a known sequence may begin with the alternation turned by half. */
    int good =
        all.re > LINES * whole && sides > OUTER * (sides + sum[1]) && outer.re > TOGETHER * sides;
    memcpy(rx->line, line, sizeof line);
    rx->block_power = power;
    if (rx->state == TC_FAX_RX_SEARCHING && !good) {
        rx->good = 0;
        rx->sum_step = rx->sum_clock = (tc_fax_phasor){0, 0};
    } else if (good && !rx->broke) {
        tc_fax_phasor clock = times_conj(line[2], line[0]);
        if (!rx->good++)
            rx->clock_origin = rx->heard - TC_FAX_LINES_BLOCK;
        rx->sum_step.re += all.re, rx->sum_step.im += all.im;
        rx->sum_clock.re += clock.re, rx->sum_clock.im += clock.im;
        if (rx->good == ENOUGH) {
            rx->state = TC_FAX_RX_CARRIER;
            double hz = angle_of(rx->sum_step) / (2 * M_PI) * RATE / TC_FAX_LINES_BLOCK;
            happened(rx, TC_FAX_RX_CARRIER, (int32_t)lrint(256 * hz));
        }
    } else if (good) {
        rx->resumed = 1; /* by chance, or it was an impulse that broke it */
    } else if (!rx->broke) {
        rx->broke = rx->heard - TC_FAX_LINES_BLOCK;
        rx->resumed = 0;
    } else if (rx->resumed) {
        rx->broke_again = rx->heard - TC_FAX_LINES_BLOCK;
        rx->resumed = 0;
    }
    if (rx->broke && rx->heard >= due(rx))
        begin(rx);
}

void tc_fax_receive_init(tc_fax_receive *rx, const tc_fax_plan *plan)
{
    memset(rx, 0, sizeof *rx);
    tc_fax_receive_arm(rx, plan, 0);
}

void tc_fax_receive_arm(tc_fax_receive *rx, const tc_fax_plan *plan, int short_train)
{
    rx->plan = plan;
    rx->state = TC_FAX_RX_SEARCHING;
    rx->short_train = (uint8_t)(short_train && plan->known_short);
    rx->fill = rx->block = rx->good = 0;
    rx->broke = rx->broke_again = rx->searched = 0;
    rx->sum_step = rx->sum_clock = (tc_fax_phasor){0, 0};
    rx->block_power = 0;
}

size_t tc_fax_receive_feed(tc_fax_receive *rx, const int16_t *x, size_t n, uint8_t *octets)
{
    rx->out = octets;
    while (n) {
        unsigned room = TC_FAX_LINES_BLOCK - rx->block, some = n < room ? (unsigned)n : room;
        if (rx->fill + some > TC_FAX_RX_HISTORY + TC_FAX_RX_CHUNK) {
            unsigned keep = rx->state == TC_FAX_RX_DATA ? KEPT : TC_FAX_RX_HISTORY;
            rx->at -= (int64_t)(rx->fill - keep) << 32;
            memmove(rx->x, rx->x + rx->fill - keep, keep * sizeof *rx->x);
            rx->fill = keep;
        }
        for (unsigned i = 0; i < some; i++)
            rx->x[rx->fill + i] = x[i];
        rx->fill += some, rx->heard += some, rx->block += some;
        x += some, n -= some;
        if (runs(rx))
            TC_DISPATCH(run, rx);
        if (rx->block ==
            TC_FAX_LINES_BLOCK) { /* here alone, so that it is the same for every cutting */
            rx->block = 0;
            if (rx->state == TC_FAX_RX_LOST)
                tc_fax_receive_arm(rx, rx->plan, rx->short_train);
            else if (!runs(rx))
                block(rx);
        }
    }
    return (size_t)(rx->out - octets);
}

float tc_fax_receive_offset_hz(const tc_fax_receive *rx)
{
    return !runs(rx) ? 0 : rx->offset * rx->plan->figures.baud / TURN;
}
