#include "g726.h"
#include "simd.h"

#include <string.h>

/* The tables of clause 4.2 by size of code, [bits - 2][size]; those of a rate fill its first half.
 */

/* clang-format off */
static const int32_t reconstructed[4][16] = { /* RECONST: DQLN, tables 11 to 14 */
    {116, 365},
    {-2048, 135, 273, 373},
    {-2048, 4, 135, 213, 273, 323, 373, 425},
    {-2048, -66, 28, 104, 169, 224, 274, 318, 358, 395, 429, 459, 488, 514, 539, 566},
};

static const int32_t multiplier[4][16] = { /* FUNCTW: WI */
    {-22, 439},
    {-4, 30, 137, 582},
    {-12, 18, 41, 64, 112, 198, 355, 1122},
    {14, 14, 24, 39, 40, 41, 58, 100, 141, 179, 219, 280, 358, 440, 529, 696},
};

static const int32_t rapidity[4][16] = { /* FUNCTF: FI */
    {0, 7},
    {0, 1, 2, 7},
    {0, 0, 0, 1, 1, 1, 3, 7},
    {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6},
};

static const int32_t decisions[4][16] = { /* QUAN: the least DLN of sizes 1, 2, 3 ..., tables 7 to 10 */
    {261},
    {8, 218, 331},
    {-124, 80, 178, 246, 300, 349, 400},
    {-122, -16, 68, 139, 198, 250, 298, 339, 378, 413, 445, 475, 502, 528, 553},
};
/* clang-format on */

/* What coder and decoder know before a code is: the scale, and the predicted sample and its part
 * from the zeros. */
typedef struct {
    tc_g726_row y, se, sezi;
} tc_g726_before;

#define TC_KERNEL "g726.inl"
#include "levels.inl"

void tc_g726_reset(tc_g726 *s, unsigned lane)
{
    s->a[0][lane] = s->a[1][lane] = s->pk[0][lane] = s->pk[1][lane] = 0;
    for (unsigned k = 0; k < 6; k++) {
        s->b[k][lane] = 0;
        s->dq[k][lane] = 32;
    }
    s->sr[0][lane] = s->sr[1][lane] = 32;
    s->yu[lane] = 544;
    s->yl[lane] = 34816;
    s->dms[lane] = s->dml[lane] = s->ap[lane] = s->td[lane] = 0;
}

void tc_g726_encode(tc_g726 *s, unsigned bits, const int16_t *x, uint8_t *codes, size_t n,
                    unsigned lanes)
{
    TC_DISPATCH(g726_encode, s, bits, x, codes, n, lanes);
}

void tc_g726_decode(tc_g726 *s, unsigned bits, const uint8_t *codes, int16_t *x, size_t n,
                    unsigned lanes)
{
    TC_DISPATCH(g726_decode, s, bits, codes, x, n, lanes);
}

void tc_g726_decode_law(tc_g726 *s, unsigned bits, int law, const uint8_t *codes, uint8_t *octets,
                        size_t n, unsigned lanes)
{
    TC_DISPATCH(g726_decode_law, s, bits, law, codes, octets, n, lanes);
}
