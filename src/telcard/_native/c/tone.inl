/* The text of the tone kernel, once per SIMD level; see tone.h and simd.h. */

/* Sine of an angle in turns of 2^32.  Folded to a quarter turn either side of 0 by integers, where
 * it costs nothing, then the Taylor series of sin(pi/2 y): each factor is (pi/2)^k / k!. */
static inline float TC_ISA(sine)(uint32_t phase)
{
    int32_t angle = (int32_t)phase;
    int32_t sign = angle >> 31;
    int32_t size = angle ^ sign;
    size = size < INT32_MAX - size ? size : INT32_MAX - size;
    float y = (float)(size ^ sign) * 0x1p-30f;
    float z = y * y;
    float sum = -3.5988432352120853e-6f;
    sum = sum * z + 1.6044118478735982e-4f;
    sum = sum * z - 4.6817541353186881e-3f;
    sum = sum * z + 7.9692626246167046e-2f;
    sum = sum * z - 6.4596409750624625e-1f;
    sum = sum * z + 1.5707963267948966f;
    return sum * y;
}

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
