#include "adpcm.h"
#include "simd.h"

/* clang-format off */
/* Dialogic 00-1366-001, table 2: 16 times 1.1, rounded, and again. */
static const int32_t oki_steps[49] = {
    16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130,
    143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796,
    876, 963, 1060, 1166, 1282, 1411, 1552,
};

/* IMA 1992, the same curve from 7 to the end of 16 bits. */
static const int32_t ima_steps[89] = {
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73,
    80, 88, 97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494,
    544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499,
    2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442,
    11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
};
/* clang-format on */

#define TC_KERNEL "adpcm.inl"
#include "levels.inl"

void tc_adpcm_reset(tc_adpcm *s, unsigned lane)
{
    s->last[lane] = s->place[lane] = 0;
}

void tc_adpcm_encode(tc_adpcm *s, int kind, const int16_t *x, uint8_t *codes, size_t n,
                     unsigned lanes)
{
    TC_DISPATCH(adpcm_encode, s, kind, x, codes, n, lanes);
}

void tc_adpcm_decode(tc_adpcm *s, int kind, const uint8_t *codes, int16_t *x, size_t n,
                     unsigned lanes)
{
    TC_DISPATCH(adpcm_decode, s, kind, codes, x, n, lanes);
}
