#include "pcm.h"
#include "simd.h"

#define TC_KERNEL "pcm.inl"
#include "levels.inl"

void tc_pcm_from_float(const float *in, int16_t *out, size_t n)
{
    TC_DISPATCH(pcm_from_float, in, out, n);
}
