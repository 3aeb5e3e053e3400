/* The fast modems of fax machines: what their recommendations fix, as numbers for kernels.
 *
 *     mode            bits a symbol  symbols/s  carrier  points          scrambler
 *     V.27ter 2400    2              1200       1800 Hz  4 phases        1 + x^-6 + x^-7, guarded
 *     V.27ter 4800    3              1600       1800 Hz  8 phases        1 + x^-6 + x^-7, guarded
 *     V.29 7200       3              2400       1700 Hz  8               1 + x^-18 + x^-23
 *     V.29 9600       4              2400       1700 Hz  16              1 + x^-18 + x^-23
 *     V.17 7200       3              2400       1800 Hz  16 of a code    1 + x^-18 + x^-23
 *     V.17 9600       4              2400       1800 Hz  32 of a code    1 + x^-18 + x^-23
 *     V.17 12000      5              2400       1800 Hz  64 of a code    1 + x^-18 + x^-23
 *     V.17 14400      6              2400       1800 Hz  128 of a code   1 + x^-18 + x^-23
 *
 * Both clocks fit 8 kHz in small whole numbers, so that nothing drifts: a sample is `step` of
 * `phases` parts of a symbol (3/10, 1/5 or 3/20), and `carrier` of 80 parts of a turn.
 *
 * Source.  ITU-T V.27 ter (1988) 2 and 3, V.29 (1988) 2 and 3, V.17 (1991) 2.
 */
#ifndef TC_FAX_MODES_H
#define TC_FAX_MODES_H

#include <stdint.h>

typedef enum {
    TC_FAX_V27TER_2400,
    TC_FAX_V27TER_4800,
    TC_FAX_V29_7200,
    TC_FAX_V29_9600,
    TC_FAX_V17_7200,
    TC_FAX_V17_9600,
    TC_FAX_V17_12000,
    TC_FAX_V17_14400,
    TC_FAX_MODES,
} tc_fax_mode;

enum { TC_FAX_TURN = 80 }; /* parts of a turn in which carriers are counted */

typedef struct {
    uint16_t baud;
    uint8_t bits;         /* a symbol */
    uint8_t step, phases; /* of a symbol, each sample */
    uint8_t carrier;      /* of TC_FAX_TURN, each sample */
} tc_fax_figures;

static inline tc_fax_figures tc_fax_figures_of(tc_fax_mode mode)
{
    if (mode >= TC_FAX_V17_7200)
        return (tc_fax_figures){2400, (uint8_t)(3 + mode - TC_FAX_V17_7200), 3, 10, 18};
    if (mode >= TC_FAX_V29_7200)
        return (tc_fax_figures){2400, (uint8_t)(3 + mode - TC_FAX_V29_7200), 3, 10, 17};
    return mode == TC_FAX_V27TER_4800 ? (tc_fax_figures){1600, 3, 1, 5, 18}
                                      : (tc_fax_figures){1200, 2, 3, 20, 18};
}

static inline int tc_fax_is_v17(tc_fax_mode mode)
{
    return mode >= TC_FAX_V17_7200;
}

static inline int tc_fax_is_v29(tc_fax_mode mode)
{
    return mode == TC_FAX_V29_7200 || mode == TC_FAX_V29_9600;
}

#endif
