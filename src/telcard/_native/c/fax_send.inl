/* Pulses on a carrier, once per SIMD level; see fax_send.h. */

/* Sums of eight parts each, so that one order serves every width of registers. */
static inline float TC_ISA(weighed)(const float *taps, const float *points)
{
    float part[8] = {0};
    for (int k = 0; k < PULSE_TAPS; k += 8)
        for (int lane = 0; lane < 8; lane++)
            part[lane] += taps[k + lane] * points[k + lane];
    return ((part[0] + part[4]) + (part[2] + part[6])) +
           ((part[1] + part[5]) + (part[3] + part[7]));
}

static void TC_ISA(shape)(const float *pulse, const float *i, const float *q, const uint8_t *oldest,
                          const uint8_t *age, unsigned turn, unsigned carrier, int16_t *out,
                          unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        const float *taps = pulse + age[k] * PULSE_TAPS;
        float x = TC_ISA(weighed)(taps, i + oldest[k]) * COSINE[turn];
        x -= TC_ISA(weighed)(taps, q + oldest[k]) * SINE[turn];
        x = x < 32767.0f ? x : 32767.0f;
        x = x > -32768.0f ? x : -32768.0f;
        out[k] = (int16_t)(int32_t)((x + 0x1.8p23f) - 0x1.8p23f); /* rounds, see pcm.h */
        turn += carrier;
        turn -= turn >= TC_FAX_TURN ? TC_FAX_TURN : 0;
    }
}
