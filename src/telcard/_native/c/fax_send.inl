/* Pulses on a carrier, once per SIMD level; see fax_send.h. */

#define eight TC_ISA(fax_eight)
typedef float eight __attribute__((vector_size(32), aligned(4), may_alias));
#define quad TC_ISA(fax_quad)
typedef float quad __attribute__((vector_size(16)));

static void TC_ISA(shape)(const float *pulse, const float *i, const float *q, const uint8_t *oldest,
                          const uint8_t *age, unsigned turn, unsigned carrier, int16_t *out,
                          unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        const float *taps = pulse + age[k] * PULSE_TAPS, *at_i = i + oldest[k],
                    *at_q = q + oldest[k];
        eight sum_i = {0}, sum_q = {0};
        for (int tap = 0; tap < PULSE_TAPS; tap += 8) {
            eight weight = *(const eight *)(taps + tap);
            sum_i += weight * *(const eight *)(at_i + tap);
            sum_q += weight * *(const eight *)(at_q + tap);
        }
        eight part = sum_i * COSINE[turn] - sum_q * SINE[turn]; /* added in one order everywhere */
        quad four = __builtin_shufflevector(part, part, 0, 1, 2, 3) +
                    __builtin_shufflevector(part, part, 4, 5, 6, 7);
        four += __builtin_shufflevector(four, four, 2, 3, 0, 1);
        float x = four[0] + four[1];
        x = x < 32767.0f ? x : 32767.0f;
        x = x > -32768.0f ? x : -32768.0f;
        out[k] = (int16_t)(int32_t)((x + 0x1.8p23f) - 0x1.8p23f); /* rounds, see pcm.h */
        turn += carrier;
        turn -= turn >= TC_FAX_TURN ? TC_FAX_TURN : 0;
    }
}

#undef eight
#undef quad
