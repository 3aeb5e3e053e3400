#include "level.h"
#include "simd.h"

#define TC_KERNEL "level.inl"
#include "levels.inl"

uint64_t tc_energy(const int16_t *x, size_t n)
{
    return TC_DISPATCH(energy, x, n);
}

void tc_energy_lanes(const int16_t *x, size_t frames, size_t channels, uint64_t *sums)
{
    TC_DISPATCH(energy_lanes, x, frames, channels, sums);
}
