/* The text of the PCM kernel, once per SIMD level; see pcm.h and simd.h. */

static void TC_ISA(pcm_from_float)(const float *restrict in, int16_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float x = in[i] == in[i] ? in[i] * 32768.0f : 0.0f;
        x = x < 32767.0f ? x : 32767.0f;
        x = x > -32768.0f ? x : -32768.0f;
        out[i] = (int16_t)(int32_t)((x + 0x1.8p23f) - 0x1.8p23f);
    }
}
