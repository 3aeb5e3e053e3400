/* The text of the G.711 kernels, once per SIMD level; see g711.h and simd.h. */

static void TC_ISA(alaw_encode)(const int16_t *restrict in, uint8_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int16_t sign = in[i] >> 15;                  /* -1 or 0 */
        int16_t step = (int16_t)(in[i] ^ sign) >> 4; /* 0..2047, of 2048 */
        int16_t code = step;                         /* segments 0 and 1: one line */
        code = smaller(code, (step >> 1) + 16);
        code = smaller(code, (step >> 2) + 32);
        code = smaller(code, (step >> 3) + 48);
        code = smaller(code, (step >> 4) + 64);
        code = smaller(code, (step >> 5) + 80);
        code = smaller(code, (step >> 6) + 96);
        out[i] = (uint8_t)(code ^ (sign & 0x80) ^ 0xD5);
    }
}

static void TC_ISA(ulaw_encode)(const int16_t *restrict in, uint8_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int16_t sign = in[i] >> 15;
        /* Half of the magnitude, so that the bias (33 steps of 4) keeps it within int16. */
        int16_t half = ((int16_t)(in[i] ^ sign) >> 1) + 66;
        int16_t code = (half >> 2) - 16;
        code = smaller(code, half >> 3);
        code = smaller(code, (half >> 4) + 16);
        code = smaller(code, (half >> 5) + 32);
        code = smaller(code, (half >> 6) + 48);
        code = smaller(code, (half >> 7) + 64);
        code = smaller(code, (half >> 8) + 80);
        code = smaller(code, (half >> 9) + 96);
        code = smaller(code, 127); /* the bias lifts the top 33 steps over the last segment */
        out[i] = (uint8_t)(code ^ (sign & 0x80) ^ 0xFF);
    }
}

static void TC_ISA(alaw_decode)(const uint8_t *restrict in, int16_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int16_t code = in[i] ^ 0xD5;
        int16_t sign = -(code >> 7);
        int16_t segment = (code >> 4) & 7;
        int16_t step = ((code & 15) << 4) + 8; /* the middle of the step */
        step += segment ? 256 : 0;
        segment -= segment ? 1 : 0; /* segments 0 and 1 have the same slope */
        step <<= segment & 1;
        step <<= segment & 2;
        step <<= segment & 4;
        out[i] = (int16_t)((step ^ sign) - sign);
    }
}

static void TC_ISA(ulaw_decode)(const uint8_t *restrict in, int16_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int16_t code = in[i] ^ 0xFF;
        int16_t sign = -(code >> 7);
        int16_t step = ((code & 15) << 3) + 132;
        step = code & 16 ? step << 1 : step;
        step = code & 32 ? step << 2 : step;
        step = code & 64 ? step << 4 : step;
        step -= 132;
        out[i] = (int16_t)((step ^ sign) - sign);
    }
}
