/* The text of the copper kernel, once per SIMD level; see copper.h and simd.h. */

#include "sine.inl"

static void TC_ISA(copper_gain)(float *restrict x, float gain, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= gain;
}

/* The word with this number of a seed's sequence: splitmix64. */
static inline uint64_t TC_ISA(chance)(uint64_t seed, uint64_t number)
{
    uint64_t z = seed + (number + 1) * GOLDEN;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline uint32_t TC_ISA(sum_of_four)(uint64_t word)
{
    uint64_t pairs = (word & 0x0000ffff0000ffffu) + (word >> 16 & 0x0000ffff0000ffffu);
    return (uint32_t)pairs + (uint32_t)(pairs >> 32);
}

static void TC_ISA(copper_noise)(float *restrict x, uint64_t seed, uint64_t sample, float rms,
                                 size_t n)
{
    float scale = rms * 0x1p-16f;
    for (size_t i = 0; i < n; i++) {
        uint64_t number = 3 * (sample + i);
        uint32_t sum = TC_ISA(sum_of_four)(TC_ISA(chance)(seed, number)) +
                       TC_ISA(sum_of_four)(TC_ISA(chance)(seed, number + 1)) +
                       TC_ISA(sum_of_four)(TC_ISA(chance)(seed, number + 2));
        x[i] += (float)((int32_t)sum - NOISE_MEAN) * scale;
    }
}

/* x[i] += the sum of taps[k] * past[i - k]. */
static void TC_ISA(copper_echo)(float *restrict x, const float *restrict past,
                                const float *restrict taps, unsigned count, size_t n)
{
    for (unsigned k = 0; k < count; k++)
        for (size_t i = 0; i < n; i++)
            x[i] += taps[k] * past[(ptrdiff_t)i - (ptrdiff_t)k];
}

/* x = what lay TC_COPPER_SHIFT samples back, `middle`, with all its frequencies moved. */
static void TC_ISA(copper_shift)(float *restrict x, const float *restrict middle, uint32_t phase,
                                 uint32_t turn, size_t n)
{
    float across[TC_COPPER_MOST] = {0};
    for (ptrdiff_t k = 1; k < TC_COPPER_SHIFT; k += 2)
        for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i++)
            across[i] += HILBERT[k / 2] * (middle[i - k] - middle[i + k]);
    for (size_t i = 0; i < n; i++) {
        uint32_t angle = phase + (uint32_t)i * turn;
        float cosine = TC_ISA(sine)(angle + 0x40000000u), sine = TC_ISA(sine)(angle);
        x[i] = cosine * middle[i] - sine * across[i];
    }
}

static void TC_ISA(copper_round)(const float *restrict x, int16_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float y = x[i] < 32767.0f ? x[i] : 32767.0f;
        y = y > -32768.0f ? y : -32768.0f;
        out[i] = (int16_t)(int32_t)((y + 0x1.8p23f) - 0x1.8p23f); /* rounds, see pcm.h */
    }
}
