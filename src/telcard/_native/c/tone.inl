/* The text of the tone kernel, once per SIMD level; see tone.h and simd.h. */

#include "sine.inl"

static void TC_ISA(two_sines)(const tc_oscillator *a, const tc_oscillator *b, int16_t *out,
                              uint32_t n)
{
    uint32_t phase_a = a->phase, step_a = a->step, phase_b = b->phase, step_b = b->step;
    float amplitude_a = a->amplitude, amplitude_b = b->amplitude;
    for (uint32_t i = 0; i < n; i++) {
        float x = amplitude_a * TC_ISA(sine)(phase_a + i * step_a) +
                  amplitude_b * TC_ISA(sine)(phase_b + i * step_b);
        x = x < 32767.0f ? x : 32767.0f;
        x = x > -32768.0f ? x : -32768.0f;
        out[i] = (int16_t)(int32_t)((x + 0x1.8p23f) - 0x1.8p23f); /* rounds, see pcm.h */
    }
}
