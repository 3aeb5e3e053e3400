/* Arithmetic on TC_WIDTH lanes at once, for kernels whose state is rows of 16 lanes.
 *
 * A `vec` is one register of the SIMD level: kernels walk a row in slices of TC_WIDTH lanes, so
 * that the same text serves every level.  exp2 and log2 are polynomials and bits: good to 1e-5,
 * and the same on every machine, which the C library's are not.
 */
#include "simd.h"

typedef float TC_ISA(vec) __attribute__((vector_size(4 * TC_WIDTH), may_alias));
typedef int32_t TC_ISA(ivec) __attribute__((vector_size(4 * TC_WIDTH), may_alias));
#define vec TC_ISA(vec)
#define ivec TC_ISA(ivec)

/* The slice of a row that begins with this lane. */
#define SLICE(row, first) (*(vec *)&(row)[first])

static inline vec TC_ISA(select)(ivec mask, vec yes, vec no)
{
    return (vec)((mask & (ivec)yes) | (~mask & (ivec)no));
}

/* a > b ? a : b, and a < b ? a : b; there are instructions for these. */
static inline vec TC_ISA(max)(vec a, vec b)
{
#if TC_WIDTH == 16
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif TC_WIDTH == 8
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return TC_ISA(select)(a > b, a, b);
#endif
}

static inline vec TC_ISA(min)(vec a, vec b)
{
#if TC_WIDTH == 16
    return (vec)_mm512_min_ps((__m512)a, (__m512)b);
#elif TC_WIDTH == 8
    return (vec)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return TC_ISA(select)(a < b, a, b);
#endif
}

/* 2^x for |x| <= 120, beyond that as for 120. */
static inline vec TC_ISA(exp2)(vec x)
{
    x = TC_ISA(min)(TC_ISA(max)(x, (vec){0} - 120.0f), (vec){0} + 120.0f);
    vec whole = (x + 0x1.8p23f) - 0x1.8p23f; /* rounded */
    vec f = x - whole;
    vec p = 0.00961812911f + f * 0.00133335581f;
    p = 0.0555041087f + f * p;
    p = 0.240226507f + f * p;
    p = 0.693147181f + f * p;
    p = 1.0f + f * p;
    return (vec)((ivec)p + (__builtin_convertvector(whole, ivec) << 23));
}

/* log2 of a positive normal number: mantissa brought to 0.707 .. 1.414, then the odd series of
 * (m - 1) / (m + 1). */
static inline vec TC_ISA(log2)(vec x)
{
    ivec power = ((ivec)x - 0x3f3504f3) >> 23;
    vec m = (vec)((ivec)x - (power << 23));
    vec s = (m - 1.0f) / (m + 1.0f), q = s * s;
    vec series = 2.88539008f + q * (0.961796694f + q * (0.577078016f + q * 0.412198583f));
    return __builtin_convertvector(power, vec) + s * series;
}
