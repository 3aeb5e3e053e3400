/* Pulses on a carrier, once per SIMD level; see fax_send.h. */

#define eight TC_ISA(fax_eight)
typedef float eight __attribute__((vector_size(32), aligned(4), may_alias));
#define quad TC_ISA(fax_quad)
typedef float quad __attribute__((vector_size(16)));
#define quad_ints TC_ISA(fax_quad_ints)
typedef int32_t quad_ints __attribute__((vector_size(16)));
#define quad_words TC_ISA(fax_quad_words)
typedef int16_t quad_words __attribute__((vector_size(8)));

/* A sample in four parts: eight at first, of which four and four are added. */
#define sample TC_ISA(fax_sample)
static inline __attribute__((always_inline)) quad sample(const float *taps, const float *i,
                                                         const float *q, unsigned turn)
{
    eight weight = *(const eight *)taps;
    eight sum_i = weight * *(const eight *)i, sum_q = weight * *(const eight *)q;
#pragma GCC unroll 2
    for (int tap = 8; tap < PULSE_TAPS; tap += 8) {
        weight = *(const eight *)(taps + tap);
        sum_i += weight * *(const eight *)(i + tap);
        sum_q += weight * *(const eight *)(q + tap);
    }
    eight part = sum_i * COSINE[turn] - sum_q * SINE[turn];
    return __builtin_shufflevector(part, part, 0, 1, 2, 3) +
           __builtin_shufflevector(part, part, 4, 5, 6, 7);
}

/* n samples; the newest symbol of the one before the first is i[PULSE_TAPS - 1], `age` its age.
 * Four samples' parts are added side by side, each in the order in which it always is. */
static void TC_ISA(shape)(const float *pulse, const float *i, const float *q, unsigned age,
                          unsigned turn, tc_fax_figures figures, int16_t *out, unsigned n)
{
    for (unsigned k = 0; k < n; k += 4) {
        quad four[4];
        int16_t made[4];
#pragma GCC unroll 4
        for (int s = 0; s < 4; s++) {
            age += figures.step;
            unsigned next = age >= figures.phases;
            age -= next ? figures.phases : 0;
            i += next, q += next;
            four[s] = sample(pulse + age * PULSE_TAPS, i, q, turn);
            turn += figures.carrier;
            turn -= turn >= TC_FAX_TURN ? TC_FAX_TURN : 0;
        }
        quad two = __builtin_shufflevector(four[0], four[1], 0, 1, 4, 5) +
                   __builtin_shufflevector(four[0], four[1], 2, 3, 6, 7);
        quad other = __builtin_shufflevector(four[2], four[3], 0, 1, 4, 5) +
                     __builtin_shufflevector(four[2], four[3], 2, 3, 6, 7);
        quad x = __builtin_shufflevector(two, other, 0, 2, 4, 6) +
                 __builtin_shufflevector(two, other, 1, 3, 5, 7);
        quad_ints above = x > 32767.0f, below = x < -32768.0f;
        x = (quad)(((quad_ints)x & ~above & ~below) | (above & (quad_ints)((quad){0} + 32767.0f)) |
                   (below & (quad_ints)((quad){0} - 32768.0f)));
        x = (x + 0x1.8p23f) - 0x1.8p23f; /* rounds, see pcm.h */
        quad_words whole =
            __builtin_convertvector(__builtin_convertvector(x, quad_ints), quad_words);
        memcpy(made, &whole, sizeof made);
        memcpy(out + k, made, (n - k < 4 ? n - k : 4) * sizeof *out);
    }
}

#undef eight
#undef quad
#undef quad_ints
#undef quad_words
#undef sample
