/* The text of the tone kernel, once per SIMD level; see tone.h and simd.h. */

#include "sine.inl"

static inline int16_t TC_ISA(rounded)(float x)
{
    x = x < 32767.0f ? x : 32767.0f;
    x = x > -32768.0f ? x : -32768.0f;
    return (int16_t)(int32_t)((x + 0x1.8p23f) - 0x1.8p23f); /* see pcm.h */
}

static void TC_ISA(two_sines)(const tc_oscillator *sines, int16_t *out, uint32_t n)
{
    const tc_oscillator a = sines[0], b = sines[1];
    for (uint32_t i = 0; i < n; i++)
        out[i] = TC_ISA(rounded)(a.amplitude * TC_ISA(sine)(a.phase + i * a.step) +
                                 b.amplitude * TC_ISA(sine)(b.phase + i * b.step));
}

static void TC_ISA(four_sines)(const tc_oscillator *sines, int16_t *out, uint32_t n)
{
    const tc_oscillator a = sines[0], b = sines[1], c = sines[2], d = sines[3];
    for (uint32_t i = 0; i < n; i++)
        out[i] = TC_ISA(rounded)((a.amplitude * TC_ISA(sine)(a.phase + i * a.step) +
                                  b.amplitude * TC_ISA(sine)(b.phase + i * b.step)) +
                                 (c.amplitude * TC_ISA(sine)(c.phase + i * c.step) +
                                  d.amplitude * TC_ISA(sine)(d.phase + i * d.step)));
}
