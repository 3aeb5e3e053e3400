/* What all receivers of one fax mode share: band filter, points, training sequence.
 *
 * What.  A plan is made once and read by any number of lanes (fax_receive.h).
 *
 *   band      a low pass, moved up to the carrier, in 64 positions between two samples: what is
 *             heard at any moment, as a complex number.  It passes the carrier and 0.64 times the
 *             symbol rate on either side (-6 dB), and lets little in that sampling twice a symbol
 *             would fold into the signal; all finer shaping is the equaliser's.
 *   lines     training begins with two points in turn: a carrier and two lines, half the symbol
 *             rate below and above it.  Factors to measure these three in blocks of 40 samples
 *             (200 Hz), in which all of them fit with their distances whole.
 *   known     what is sent after that, a number for each symbol, until the data begins: four
 *             points, which `training` has.
 *   points    those of data, in the units of the recommendations.
 *
 * V.29 4, 8 (segment 2: 128 x A B; 3: 384 of C and D by 1 + x^-6 + x^-7 from 0101010; 4: 48 of
 * ones).  V.27ter 2.5.1 (segment 3: 50 reversals; 4: 1074 turned by half or not, as every third bit
 * of the scrambled ones says; 5: 8 of ones).  V.17 5.
 */
#ifndef TC_FAX_PLAN_H
#define TC_FAX_PLAN_H

#include "fax_modes.h"

enum {
    TC_FAX_BAND_SHIFTS = 64, /* positions between two samples */
    TC_FAX_BAND_TAPS = 32,   /* samples that the band filter hears */
    TC_FAX_LINES_BLOCK = 40,
    TC_FAX_LINES_ROOM = 48,
    TC_FAX_MOST_POINTS = 128,
    TC_FAX_MOST_KNOWN = 2976 + 64,
    TC_FAX_MOST_LEARNING = 224,
};

typedef struct {
    float re, im;
} tc_fax_phasor;

typedef struct {
    float re[TC_FAX_BAND_SHIFTS][TC_FAX_BAND_TAPS] __attribute__((aligned(64)));
    float im[TC_FAX_BAND_SHIFTS][TC_FAX_BAND_TAPS] __attribute__((aligned(64)));
    float line_re[3][TC_FAX_LINES_ROOM] __attribute__((aligned(64))); /* low, carrier, high */
    float line_im[3][TC_FAX_LINES_ROOM] __attribute__((aligned(64)));
    float point_re[TC_FAX_MOST_POINTS] __attribute__((aligned(64)));
    float point_im[TC_FAX_MOST_POINTS] __attribute__((aligned(64)));
    tc_fax_mode mode;
    tc_fax_figures figures;
    tc_fax_phasor training[4]; /* what `known` numbers */
    float line_turn[3];        /* -1: the line's phase is turned by half from block to block */
    float power;               /* of data, mean */
    unsigned points, rows;     /* of 16 points */
    unsigned known_long, known_short; /* symbols; 0: there is no short training */
    unsigned ones, delay;             /* symbols after that: of ones, and until data are decided */
    unsigned learning;                /* symbols from which an equaliser is solved */
    unsigned sync;                    /* symbols that have to be recognised */
    uint32_t turn;                    /* of the carrier in a symbol, of 2^32 */
    uint64_t half;                    /* samples in half a symbol, of 2^32 */
    uint8_t known[TC_FAX_MOST_KNOWN];
} tc_fax_plan;

void tc_fax_plan_init(tc_fax_plan *plan, tc_fax_mode mode);

#endif
