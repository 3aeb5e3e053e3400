/* The text of the mixing kernels, once per SIMD level; see mix.h and simd.h. */

/* Sample i is multiplied by from + slope * (first + i). */
static void TC_ISA(scale)(int16_t *restrict sound, size_t n, float from, float slope, int32_t first)
{
    for (size_t i = 0; i < n; i++) {
        int16_t in = sound[i];
        float x = (float)in * (from + slope * (float)(first + (int32_t)i));
        x = x < 32767.0f ? x : 32767.0f;
        x = x > -32767.0f ? x : -32767.0f;
        int16_t out = (int16_t)(int32_t)((x + 0x1.8p23f) - 0x1.8p23f); /* to the nearest */
        sound[i] = in == ALAW_ZERO || in == -ALAW_ZERO ? in : out;
    }
}

static void TC_ISA(add)(int16_t *restrict a, const int16_t *restrict b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int32_t sum = (int32_t)a[i] + b[i];
        sum = sum < 32767 ? sum : 32767;
        sum = sum > -32767 ? sum : -32767;
        int16_t loud = (int16_t)sum;
        loud = b[i] == ALAW_ZERO || b[i] == -ALAW_ZERO ? a[i] : loud;
        loud = a[i] == ALAW_ZERO || a[i] == -ALAW_ZERO ? b[i] : loud;
        a[i] = b[i] == ALAW_ZERO ? a[i] : loud; /* of two silences that which is not idle */
    }
}
