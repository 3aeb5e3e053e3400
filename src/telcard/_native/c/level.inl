/* The text of the level kernels, once per SIMD level; see level.h and simd.h. */

static uint64_t TC_ISA(energy)(const int16_t *x, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (uint32_t)(x[i] * x[i]);
    return sum;
}

static void TC_ISA(energy_lanes)(const int16_t *restrict x, size_t frames, size_t channels,
                                 uint64_t *restrict sums)
{
    for (size_t f = 0; f < frames; f++, x += channels)
        for (size_t c = 0; c < channels; c++)
            sums[c] += (uint32_t)(x[c] * x[c]);
}
