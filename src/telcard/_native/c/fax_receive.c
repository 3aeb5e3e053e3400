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

/* What is heard: without what lies below 150 Hz, direct current and hum.  A Butterworth high pass
 * of second order, y = 0.9201 (x - 2 x' + x'') + 1.8337 y' - 0.8465 y'', would have each sample
 * wait for the one before.  Both sides are therefore sent through two more filters, the same ones,
 * which leave of y only those of 4 and 8 samples ago: four are made abreast. */
#define PASS_4 1.354035929f
#define PASS_8 0.513539042f
#define NO_DENORMAL 1e-15f /* which silence would become, and slow */
static const float PASS[TC_FAX_RX_BEFORE + 1] = {
    0.920066158f, -0.152976954f, -0.139318100f, -0.125972267f, -1.358864870f,
    0.106449933f, 0.099720645f,  0.092747731f,  0.558147723f,
};

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
#define SAME_HZ 5.0     /* of offset, within which a short training's is that of the long one */
#define RESUMES 12      /* symbols of a short training that are enough, where a slip parts it */
#define ONE_PIECE 0.05f /* of the power unexplained: no slip parts it */
#define UNFIT 0.3f      /* of it: these are not the symbols */
#define QUIETEST 1e-4f
#define UNSOLVED 0.5f

/* The loops. */
#define LEARNS 1500               /* symbols, in which the taps' steps become smaller */
#define LAST_STEP (1.0f / LEARNS) /* of the taps, as a share of the error */
#define PHASE_GAIN 0.06f
#define OFFSET_GAIN 0.0012f
#define CLOCK_GAIN 0.012f
#define CLOCK_DRIFT 2e-5f
#define CLOCK_MOST 5e-4f
#define OFFSET_MOST_HZ 30.0f
#define CENTRING 0.05f
#define EVERY 32    /* symbols, in which the taps' centre is looked at */
#define ABSURD 9.0f /* times the noise */
#define LONG_NOISE                                                                                 \
    (1 / 512.0f) /* V.17's, in which it is measured: its errors are of the trellis                 \
                  */
#define SURE 1.5f
#define SURE_ENOUGH 6.0f /* behind the known symbols, while the noise is little known */
#define FAINT 0.35f      /* of the power: the carrier may be gone; with little noise less, */
#define FAINTEST 0.08f   /* but not less than that */
#define WEAK 0.08f /* of the power that there was in training, all noise included: it is gone */
#define FADE_S 0.02f
#define JITTER 1500u    /* last known symbols of V.17, in which it is looked for */
#define PREDICTED 0.75f /* of the jitter's power is left at most, where it is worth the trouble */

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
#define V17_TURNS 8
#define V17_TROUBLE 1.5f
#define V17_BEARS 0.16f /* of the points' least distance, squared: more noise is no noise, */
#define V17_CLEAN 0.08f /* and less is never out of place, which is 0.28 */
#define V17_NOTICES 32  /* symbols, in which it is seen */
#define V17_WAIT 30     /* symbols until it is looked into, and between tries */

static const tc_fax_phasor V17_TURNED[V17_TURNS] = {
    /* 10, 20, 30, 40 degrees either way */
    {0.985f, 0.174f}, {0.985f, -0.174f}, {0.940f, 0.342f}, {0.940f, -0.342f},
    {0.866f, 0.5f},   {0.866f, -0.5f},   {0.766f, 0.643f}, {0.766f, -0.643f}};

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

/* The least distance of V.17's points, squared. */
static inline float v17_distance(const tc_fax_receive *rx)
{
    return 128.0f / (float)(1u << rx->plan->figures.bits);
}

/* How large errors are when all is well. */
static inline float usual(const tc_fax_receive *rx)
{
    if (!coded(rx))
        return rx->noise;
    float most = V17_BEARS * v17_distance(rx);
    return rx->noise < most ? rx->noise : most;
}

static inline void be_sure(tc_fax_receive *rx)
{
    rx->sure_phase = rx->phase, rx->sure_symbol = rx->symbol;
    rx->sure_offset = rx->offset;
    rx->troubled = 0;
}

/* Whatever it is: what is no number, because taps have run away, becomes the least. */
static inline float bounded(float x, float most)
{
    return x > -most ? (x < most ? x : most) : -most;
}

static int32_t snr(const tc_fax_receive *rx)
{
    return (int32_t)lrintf(2560 * log10f(rx->plan->power / (rx->noise + 1e-9f)));
}

/* n bits of the data, the first one lowest. */
static inline void received(tc_fax_receive *rx, unsigned bits, unsigned n)
{
    rx->octet |= bits << rx->held;
    rx->held = (uint8_t)(rx->held + n);
    rx->bits += n;
    if (rx->held >= 8) {
        *rx->out++ = (uint8_t)rx->octet;
        rx->octet >>= 8;
        rx->held = (uint8_t)(rx->held - 8);
    }
}

/* V.29 and V.27ter: bits by the turn from point to point. */
static inline void decided(tc_fax_receive *rx, unsigned number)
{
    static const uint8_t eighths[8] = {4, 0, 2, 6, 7, 3, 1, 5}, quarters[4] = {0, 2, 3, 1};
    const unsigned n = rx->plan->figures.bits, turn = number - rx->place;
    unsigned line = n == 2 ? quarters[turn & 3] : eighths[turn & 7];
    if (n == 4)
        line = line << 1 | number >> 3; /* the amplitude comes first */
    rx->place = number & 7;
    unsigned bits = tc_fax_descramble(&rx->scrambler, line, n);
    if (rx->state == TC_FAX_RX_DATA)
        received(rx, bits, n);
}

/* V.17: n symbols of the trellis have been waited for long enough. */
static void v17_told(tc_fax_receive *rx, unsigned n)
{
    const unsigned bits = rx->plan->figures.bits;
    const uint32_t first = rx->v17.told;
    uint8_t told[TC_V17_KEPT];
    tc_v17_tell(&rx->v17, n, bits, told);
    for (unsigned k = 0; k < n; k++) {
        if (first + k >= rx->plan->ones)
            received(rx, told[k], bits);
    }
}

/* All EVERY symbols: how well it is heard, and whether the taps' centre is in its place. */
static void look_after(tc_fax_receive *rx)
{
    const tc_fax_plan *plan = rx->plan;
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
    float away = bounded(moment / whole - rx->centre, TC_FAX_RX_TAPS);
    rx->at += (int64_t)(CENTRING * away * (float)plan->half);
}

/* The carrier has gone. */
static void lose(tc_fax_receive *rx)
{
    uint32_t waiting = rx->v17.symbols - rx->v17.told;
    if (coded(rx) && waiting > rx->fading)
        v17_told(rx, waiting - rx->fading); /* the others are silence */
    happened(rx, TC_FAX_RX_LOST, rx->snr);
    rx->state = TC_FAX_RX_LOST;
}

/* Errors are too large: is it time to look into that? */
static int suspects(tc_fax_receive *rx)
{
    if (rx->faint || rx->symbol <= learning(rx) || rx->symbol < rx->next_try)
        return 0;
    if (!coded(rx)) {
        rx->next_try = rx->symbol + 6;
        return 1;
    }
    int before = rx->troubled++ > 0;
    rx->next_try = rx->symbol + (V17_WAIT << (rx->troubled < 6 ? rx->troubled / 2 : 3));
    return before;
}

/* After each symbol: what there is to tell, and what goes more slowly. */
static inline __attribute__((always_inline)) void watch(tc_fax_receive *rx)
{
    const tc_fax_plan *plan = rx->plan;
    const unsigned known = known_of(rx);
    if (rx->symbol < LEARNS && !rx->short_train && rx->symbol >= plan->learning)
        rx->step = 1 / (float)(rx->symbol + 1); /* each symbol tells as much as any before */
    rx->slipped = 0;
    if (rx->short_train && rx->symbol == known)
        rx->forgets = LONG_NOISE;
    if (rx->symbol == rx->jitter.until && rx->jitter.missed < PREDICTED * rx->jitter.power)
        rx->jitter.until = UINT32_MAX;
    if (rx->echo.until && rx->symbol == rx->echo.until)
        rx->noise = fmaxf(rx->noise - tc_fax_echo_found(&rx->echo, plan, rx->noise),
                          QUIETEST * plan->power);
    if (rx->seen_count < rx->seen_room && rx->symbol > known)
        rx->seen[rx->seen_count++] = rx->y;
    if (rx->symbol == known + plan->ones + plan->delay) {
        rx->state = TC_FAX_RX_DATA;
        happened(rx, TC_FAX_RX_DATA, rx->snr = rx->snr_now = snr(rx));
    }
    if (rx->faint && rx->symbol >= known && rx->faint > FADE_S * plan->figures.baud) {
        lose(rx);
        return;
    }
    if (rx->symbol % EVERY == 0)
        look_after(rx);
    float harmless = HARMLESS * plan->power, bearable = TROUBLE * rx->noise;
    bearable = coded(rx) ? V17_TROUBLE * usual(rx) : bearable > harmless ? bearable : harmless;
    if (rx->error > bearable)
        rx->slipped = (uint8_t)suspects(rx);
}

#define TC_KERNEL "fax_receive.inl"
#include "levels.inl"

#include "fax_train.inl"

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
    } else if (good) {
        if (rx->broke && rx->resumed == ENOUGH - 1) { /* a slip or an impulse had broken it */
            rx->broke = rx->broke_again = 0;
            rx->searched = 0;
            rx->sum_step = rx->again_step, rx->sum_clock = rx->again_clock;
            rx->clock_origin = rx->again_origin;
        }
        tc_fax_phasor clock = times_conj(line[2], line[0]);
        if (rx->broke ? !rx->resumed++ : !rx->good++) {
            rx->again_origin = rx->heard - TC_FAX_LINES_BLOCK;
            rx->again_step = rx->again_clock = (tc_fax_phasor){0, 0};
            if (!rx->broke)
                rx->clock_origin = rx->again_origin;
        }
        tc_fax_phasor *turns = rx->broke ? &rx->again_step : &rx->sum_step;
        tc_fax_phasor *clocks = rx->broke ? &rx->again_clock : &rx->sum_clock;
        turns->re += all.re, turns->im += all.im;
        clocks->re += clock.re, clocks->im += clock.im;
        if (!rx->broke && rx->state == TC_FAX_RX_SEARCHING && rx->good == ENOUGH) {
            rx->state = TC_FAX_RX_CARRIER;
            double hz = angle_of(rx->sum_step) / (2 * M_PI) * RATE / TC_FAX_LINES_BLOCK;
            happened(rx, TC_FAX_RX_CARRIER, (int32_t)lrint(256 * hz));
        }
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
        TC_DISPATCH(lay, rx, rx->x + rx->fill, x, some);
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
