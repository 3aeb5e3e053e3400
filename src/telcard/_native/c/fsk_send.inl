/* The sines of a stretch of phases, once per SIMD level; see fsk_send.h. */

#include "sine.inl"

static void TC_ISA(sines)(const uint32_t *phase, float amplitude, int16_t *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        float x = amplitude * TC_ISA(sine)(phase[i]);
        x = x < 32767.0f ? x : 32767.0f;
        x = x > -32768.0f ? x : -32768.0f;
        out[i] = (int16_t)(int32_t)((x + 0x1.8p23f) - 0x1.8p23f); /* rounds, see pcm.h */
    }
}
