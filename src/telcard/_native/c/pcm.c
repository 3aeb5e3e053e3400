#include "pcm.h"
#include "simd.h"

#define TC_ISA(name) name##_base
#include "pcm.inl"
#undef TC_ISA
#if TC_HAVE_X86_LEVELS
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define TC_ISA(name) name##_v3
#include "pcm.inl"
#undef TC_ISA
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define TC_ISA(name) name##_v4
#include "pcm.inl"
#undef TC_ISA
#pragma GCC pop_options
#endif

void tc_pcm_from_float(const float *in, int16_t *out, size_t n)
{
    TC_DISPATCH(pcm_from_float, in, out, n);
}
