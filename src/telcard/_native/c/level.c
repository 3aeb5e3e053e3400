#include "level.h"
#include "simd.h"

#define TC_ISA(name) name##_base
#include "level.inl"
#undef TC_ISA
#if TC_HAVE_X86_LEVELS
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define TC_ISA(name) name##_v3
#include "level.inl"
#undef TC_ISA
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define TC_ISA(name) name##_v4
#include "level.inl"
#undef TC_ISA
#pragma GCC pop_options
#endif

uint64_t tc_energy(const int16_t *x, size_t n)
{
    return TC_DISPATCH(energy, x, n);
}

void tc_energy_lanes(const int16_t *x, size_t frames, size_t channels, uint64_t *sums)
{
    TC_DISPATCH(energy_lanes, x, frames, channels, sums);
}
