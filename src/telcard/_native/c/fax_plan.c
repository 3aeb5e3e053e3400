#include "fax_plan.h"

#include "fax_scrambler.h"
#include "v17_tables.h"

#include <math.h>
#include <string.h>

#define TWO_PI 6.283185307179586
#define RATE 8000.0
#define HALF_BAND 0.64 /* of the symbol rate: the band filter's -6 dB */
#define KAISER 3.6     /* 42 dB, 650 Hz from band to stop */

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

static double low_pass(double at, double width)
{
    double angle = TWO_PI * width * at, edge = at / (TC_FAX_BAND_TAPS / 2);
    double sinc = fabs(angle) < 1e-9 ? 1 : sin(angle) / angle;
    return edge * edge < 1 ? sinc * bessel(KAISER * sqrt(1 - edge * edge)) : 0;
}

/* The first of the samples heard lies 15 before the whole sample of the moment. */
static void band(tc_fax_plan *plan)
{
    double width = HALF_BAND * plan->figures.baud / RATE;
    double carrier = TWO_PI * plan->figures.carrier / TC_FAX_TURN;
    for (int shift = 0; shift < TC_FAX_BAND_SHIFTS; shift++) {
        double tap[TC_FAX_BAND_TAPS], sum = 0;
        for (int i = 0; i < TC_FAX_BAND_TAPS; i++)
            sum += tap[i] =
                low_pass(TC_FAX_BAND_TAPS / 2 - 1 - i + (double)shift / TC_FAX_BAND_SHIFTS, width);
        for (int i = 0; i < TC_FAX_BAND_TAPS; i++) {
            double angle =
                carrier * (TC_FAX_BAND_TAPS / 2 - 1 - i + (double)shift / TC_FAX_BAND_SHIFTS);
            plan->re[shift][i] = (float)(2 * tap[i] / sum * cos(angle));
            plan->im[shift][i] = (float)(2 * tap[i] / sum * sin(angle));
        }
    }
}

static void lines(tc_fax_plan *plan)
{
    double carrier = (double)plan->figures.carrier / TC_FAX_TURN;
    for (int line = 0; line < 3; line++) {
        double cycles = carrier + (line - 1) * plan->figures.baud / 2 / RATE;
        for (int i = 0; i < TC_FAX_LINES_BLOCK; i++) {
            plan->line_re[line][i] = (float)cos(TWO_PI * cycles * i);
            plan->line_im[line][i] = (float)-sin(TWO_PI * cycles * i);
        }
        plan->line_turn[line] = lrint(2 * cycles * TC_FAX_LINES_BLOCK) % 2 ? -1 : 1;
    }
}

static tc_fax_phasor phasor(double re, double im)
{
    return (tc_fax_phasor){(float)re, (float)im};
}

/* Eight phases; the amplitude bit makes the other eight (V.29 table 1 and figure 1). */
static void v29(tc_fax_plan *plan)
{
    static const float axis[2] = {3, 5}, diagonal[2] = {1, 3};
    static const int8_t cosine[8] = {1, 1, 0, -1, -1, -1, 0, 1};
    plan->points = plan->mode == TC_FAX_V29_9600 ? 16 : 8;
    for (unsigned i = 0; i < plan->points; i++) {
        unsigned phase = i % 8;
        float size = phase % 2 ? diagonal[i / 8] : axis[i / 8];
        plan->point_re[i] = size * (float)cosine[phase];
        plan->point_im[i] = size * (float)cosine[(phase + 6) % 8];
    }
    double d = plan->mode == TC_FAX_V29_9600 ? 3 : 1;
    plan->training[0] = phasor(3, 0);  /* C */
    plan->training[1] = phasor(-d, d); /* D */
    plan->known_long = 384;
    plan->ones = 48;
    plan->learning = TC_FAX_MOST_LEARNING;
    plan->sync = 64;
    unsigned chance = 0x2A;
    for (unsigned i = 0; i < plan->known_long; i++) {
        unsigned bit = chance & 1;
        plan->known[i] = (uint8_t)bit;
        chance >>= 1;
        chance |= ((bit ^ chance) & 1) << 6;
    }
}

static void v27ter(tc_fax_plan *plan)
{
    plan->points = plan->mode == TC_FAX_V27TER_4800 ? 8 : 4;
    for (unsigned i = 0; i < plan->points; i++) {
        double angle = TWO_PI * i / plan->points;
        plan->point_re[i] = (float)cos(angle);
        plan->point_im[i] = (float)sin(angle);
    }
    plan->training[0] = phasor(1, 0);
    plan->training[1] = phasor(-1, 0);
    plan->known_long = 1074;
    plan->ones = 8;
    plan->learning = plan->mode == TC_FAX_V27TER_4800 ? 144 : 104;
    plan->sync = plan->mode == TC_FAX_V27TER_4800 ? 56 : 48;
    tc_fax_scrambler scrambler = {.line = TC_FAX_V27TER_BEGIN, .guarded = 1};
    unsigned place = 0;
    for (unsigned i = 0; i < plan->known_long; i++) {
        place ^= tc_fax_scramble(&scrambler, 7, 3) & 1;
        plan->known[i] = (uint8_t)place;
    }
}

/* Places A B C D follow each other by quarters of a turn, backwards. */
static void v17(tc_fax_plan *plan)
{
    static const uint8_t place[4] = {2, 1, 3, 0}; /* by two bits, the first one low */
    static const uint8_t step[4] = {1, 2, 0, 3};
    static const float *const points[4][2] = {{TC_V17_I_16, TC_V17_Q_16},
                                              {TC_V17_I_32, TC_V17_Q_32},
                                              {TC_V17_I_64, TC_V17_Q_64},
                                              {TC_V17_I_128, TC_V17_Q_128}};
    unsigned size = plan->mode - TC_FAX_V17_7200;
    plan->points = 16u << size;
    memcpy(plan->point_re, points[size][0], plan->points * sizeof(float));
    memcpy(plan->point_im, points[size][1], plan->points * sizeof(float));
    plan->training[0] = phasor(-6, -2);
    plan->training[1] = phasor(2, -6);
    plan->training[2] = phasor(6, 2);
    plan->training[3] = phasor(-2, 6);
    plan->known_long = 2976 + 64;
    plan->known_short = 38;
    plan->ones = 48;
    plan->learning = TC_FAX_MOST_LEARNING;
    plan->sync = 64;
    tc_fax_scrambler scrambler = {.line = TC_FAX_V17_BEGIN};
    unsigned at = 0;
    for (unsigned i = 0; i < 2976; i++)
        plan->known[i] = (uint8_t)(at = place[tc_fax_scramble(&scrambler, 3, 2)]);
    unsigned word = 0x8880;
    for (unsigned i = 2976; i < 2976 + 64; i++) {
        unsigned bits = tc_fax_scramble(&scrambler, word >> (2 * i % 16) & 3, 2);
        plan->known[i] = (uint8_t)(at = (at + step[bits]) % 4);
    }
}

void tc_fax_plan_init(tc_fax_plan *plan, tc_fax_mode mode)
{
    memset(plan, 0, sizeof *plan);
    plan->mode = mode;
    plan->figures = tc_fax_figures_of(mode);
    band(plan);
    lines(plan);
    if (tc_fax_is_v17(mode))
        v17(plan);
    else if (tc_fax_is_v29(mode))
        v29(plan);
    else
        v27ter(plan);
    for (unsigned i = 0; i < plan->points; i++)
        plan->power +=
            plan->point_re[i] * plan->point_re[i] + plan->point_im[i] * plan->point_im[i];
    plan->power /= (float)plan->points;
    plan->rows = (plan->points + 15) / 16;
    for (unsigned i = plan->points; i < 16 * plan->rows; i++) { /* fill up with the first one */
        plan->point_re[i] = plan->point_re[0];
        plan->point_im[i] = plan->point_im[0];
    }
    double carrier = RATE * plan->figures.carrier / TC_FAX_TURN;
    plan->turn = (uint32_t)llrint(fmod(carrier / plan->figures.baud, 1) * 0x1p32);
    plan->half = (uint64_t)llrint(RATE / plan->figures.baud / 2 * 0x1p32);
}
