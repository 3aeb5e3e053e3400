#include "g711.h"
#include "simd.h"

#include <string.h>

enum {
    ULAW_BIAS = 132,        /* 33 steps of 4: makes every segment of u-law begin at a power of 2 */
    CODE_ORIGIN = 134 << 4, /* segment 0 begins at 2^7; exponents of floats count from 127 */
};

/* Exponent and highest four bits of the mantissa: CODE_ORIGIN + code. */
static inline int16_t float_code(int32_t size)
{
    float real = (float)size;
    int32_t bits;
    memcpy(&bits, &real, sizeof bits);
    return (int16_t)(bits >> 19);
}

/* What has this code and half a step more. */
static inline int16_t float_size(int32_t code)
{
    int32_t bits = ((code + CODE_ORIGIN) << 19) | 1 << 18;
    float real;
    memcpy(&real, &bits, sizeof real);
    return (int16_t)(int32_t)real;
}

#define TC_KERNEL "g711.inl"
#include "levels.inl"

void tc_alaw_encode(const int16_t *in, uint8_t *out, size_t n)
{
    TC_DISPATCH(alaw_encode, in, out, n);
}

void tc_alaw_decode(const uint8_t *in, int16_t *out, size_t n)
{
    TC_DISPATCH(alaw_decode, in, out, n);
}

void tc_ulaw_encode(const int16_t *in, uint8_t *out, size_t n)
{
    TC_DISPATCH(ulaw_encode, in, out, n);
}

void tc_ulaw_decode(const uint8_t *in, int16_t *out, size_t n)
{
    TC_DISPATCH(ulaw_decode, in, out, n);
}

/* Magnitudes counted from 0 at the origin, where the recommendation counts from 1. */

/* clang-format off */
static const uint8_t table_3_u_to_a[128] = {
    0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7,
    8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
    24, 26, 28, 30, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    45, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61,
    63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78,
    79, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95,
    96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
};

static const uint8_t table_4_a_to_u[128] = {
    1, 3, 5, 7, 9, 11, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23,
    24, 25, 26, 27, 28, 29, 30, 31, 32, 32, 33, 33, 34, 34, 35, 35,
    36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 48, 49, 49,
    50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 64,
    65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80,
    80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95,
    96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
};
/* clang-format on */

void tc_alaw_to_ulaw(const uint8_t *in, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t code = in[i] ^ 0xD5;
        out[i] = (uint8_t)(((code & 0x80) | table_4_a_to_u[code & 0x7F]) ^ 0xFF);
    }
}

void tc_ulaw_to_alaw(const uint8_t *in, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t code = in[i] ^ 0xFF;
        out[i] = (uint8_t)(((code & 0x80) | table_3_u_to_a[code & 0x7F]) ^ 0xD5);
    }
}
