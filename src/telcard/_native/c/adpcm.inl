/* The text of the ADPCM kernels, once per SIMD level; see adpcm.h.
 *
 * Kind and number of lanes are constants in every copy of the loops, so that a lane alone keeps its
 * state in registers and a group becomes vectors.  Conditions are written as arithmetic: `-(a > b)`
 * is a mask.
 */

/* How a kind counts: sizes of its steps, how many, and by how much its 16 bits are shifted. */
#define STEPS(kind) ((kind) == TC_ADPCM_IMA ? ima_steps : oki_steps)
#define TOP(kind) ((kind) == TC_ADPCM_IMA ? 88 : 48)
#define SHIFT(kind) ((kind) == TC_ADPCM_IMA ? 0 : 4)
#define HIGHEST(kind) ((kind) == TC_ADPCM_DIALOGIC ? 2047 << 4 : 32767)

/* The sample that a code leads to, and the place of the step after it. */
static inline __attribute__((always_inline)) int32_t TC_ISA(adpcm_follow)(int kind, int32_t code,
                                                                          int32_t step,
                                                                          int32_t last,
                                                                          int32_t *place)
{
    int32_t size = code & 7, difference;
    if (kind == TC_ADPCM_OKI)
        difference = ((2 * size + 1) * step) >> 3;
    else
        difference = (step >> 3) + (step & -(size >> 2)) + (step >> 1 & -(size >> 1 & 1)) +
                     (step >> 2 & -(size & 1));
    difference <<= SHIFT(kind);
    int32_t sign = -(code >> 3);
    int32_t sum = last + ((difference ^ sign) - sign);
    sum = sum < HIGHEST(kind) ? sum : HIGHEST(kind);
    sum = sum > -32768 ? sum : -32768;
    /* 0..3: one place down; 4..7: 2, 4, 6, 8 up. */
    int32_t moved = *place + (size < 4 ? -1 : 2 * (size - 3));
    moved = moved < TOP(kind) ? moved : TOP(kind);
    *place = moved > 0 ? moved : 0;
    return sum;
}

/* The code of a difference: how many quarters of a step fit into it, up to 7. */
static inline __attribute__((always_inline)) int32_t TC_ISA(adpcm_code)(int kind, int32_t x,
                                                                        int32_t step, int32_t last)
{
    int32_t difference = kind == TC_ADPCM_DIALOGIC ? (x >> 4) - (last >> 4) : x - last;
    int32_t sign = difference >> 31, left = (difference ^ sign) - sign, size = 0;
    if (kind == TC_ADPCM_OKI) {
        for (int32_t quarters = 1; quarters < 8; quarters++)
            size += left >= 4 * quarters * step; /* a quarter of a step, of 16 bits */
    } else {
        for (int bit = 0; bit < 3; bit++) {
            int32_t part = step >> bit, fits = -(left >= part);
            left -= part & fits;
            size |= 4 >> bit & fits;
        }
    }
    return size | (sign & 8);
}

/* Of a group, samples and codes are widened and narrowed in loops of their own: among octets the
 * compiler would make all vectors as short as theirs. */
static inline __attribute__((always_inline)) void
TC_ISA(adpcm_encode_kind)(tc_adpcm *restrict s, int kind, const int16_t *restrict x,
                          uint8_t *restrict codes, size_t n, unsigned lanes)
{
    for (size_t i = 0; i < n; i++) {
        int32_t row[TC_ADPCM_LANES] __attribute__((aligned(64)));
        for (unsigned lane = 0; lane < lanes; lane++)
            row[lane] = x[i * lanes + lane];
        for (unsigned lane = 0; lane < lanes; lane++) {
            int32_t place = s->place[lane], step = STEPS(kind)[place], last = s->last[lane];
            int32_t code = TC_ISA(adpcm_code)(kind, row[lane], step, last);
            s->last[lane] = TC_ISA(adpcm_follow)(kind, code, step, last, &place);
            s->place[lane] = place;
            row[lane] = code;
        }
        for (unsigned lane = 0; lane < lanes; lane++)
            codes[i * lanes + lane] = (uint8_t)row[lane];
    }
}

static inline __attribute__((always_inline)) void
TC_ISA(adpcm_decode_kind)(tc_adpcm *restrict s, int kind, const uint8_t *restrict codes,
                          int16_t *restrict x, size_t n, unsigned lanes)
{
    for (size_t i = 0; i < n; i++) {
        int32_t row[TC_ADPCM_LANES] __attribute__((aligned(64)));
        for (unsigned lane = 0; lane < lanes; lane++)
            row[lane] = codes[i * lanes + lane] & 15;
        for (unsigned lane = 0; lane < lanes; lane++) {
            int32_t place = s->place[lane], step = STEPS(kind)[place], last = s->last[lane];
            s->last[lane] = TC_ISA(adpcm_follow)(kind, row[lane], step, last, &place);
            s->place[lane] = place;
        }
        for (unsigned lane = 0; lane < lanes; lane++)
            x[i * lanes + lane] = (int16_t)s->last[lane];
    }
}

#define EACH_KIND(work, from, to)                                                                  \
    do {                                                                                           \
        unsigned wide = lanes == 1 ? 0 : TC_ADPCM_KINDS;                                           \
        switch (kind + wide) {                                                                     \
        case TC_ADPCM_DIALOGIC:                                                                    \
            work(s, TC_ADPCM_DIALOGIC, from, to, n, 1);                                            \
            break;                                                                                 \
        case TC_ADPCM_OKI:                                                                         \
            work(s, TC_ADPCM_OKI, from, to, n, 1);                                                 \
            break;                                                                                 \
        case TC_ADPCM_IMA:                                                                         \
            work(s, TC_ADPCM_IMA, from, to, n, 1);                                                 \
            break;                                                                                 \
        case TC_ADPCM_KINDS + TC_ADPCM_DIALOGIC:                                                   \
            work(s, TC_ADPCM_DIALOGIC, from, to, n, TC_ADPCM_LANES);                               \
            break;                                                                                 \
        case TC_ADPCM_KINDS + TC_ADPCM_OKI:                                                        \
            work(s, TC_ADPCM_OKI, from, to, n, TC_ADPCM_LANES);                                    \
            break;                                                                                 \
        case TC_ADPCM_KINDS + TC_ADPCM_IMA:                                                        \
            work(s, TC_ADPCM_IMA, from, to, n, TC_ADPCM_LANES);                                    \
            break;                                                                                 \
        }                                                                                          \
    } while (0)

static void TC_ISA(adpcm_encode)(tc_adpcm *restrict s, int kind, const int16_t *restrict x,
                                 uint8_t *restrict codes, size_t n, unsigned lanes)
{
    EACH_KIND(TC_ISA(adpcm_encode_kind), x, codes);
}

static void TC_ISA(adpcm_decode)(tc_adpcm *restrict s, int kind, const uint8_t *restrict codes,
                                 int16_t *restrict x, size_t n, unsigned lanes)
{
    EACH_KIND(TC_ISA(adpcm_decode_kind), codes, x);
}

#undef STEPS
#undef TOP
#undef SHIFT
#undef HIGHEST
#undef EACH_KIND
