/* The text of the fax receiver's loops, once per SIMD level; see fax_receive.h and simd.h.
 *
 * Sums have 16 parts at every level, PARTS registers of them, and are added up in one order. */

#include "sine.inl"
#include "v17.inl"

#define PARTS (16 / TC_WIDTH)
#define row TC_ISA(tc_fax_row)
#define many TC_ISA(tc_fax_many)
typedef float row __attribute__((vector_size(4 * TC_WIDTH), aligned(4), may_alias));
typedef struct {
    row part[PARTS];
} many;

#define INLINE static inline __attribute__((always_inline))
#define AT(memory) (*(const row *)(memory))

/* Two sums: part i and i + 8, then i and i + 4, and so on. */
#define totals TC_ISA(totals)
INLINE tc_fax_phasor totals(const many *re, const many *im)
{
    typedef float quad __attribute__((vector_size(16)));
#if TC_WIDTH == 16
    __m512 a = (__m512)re->part[0], b = (__m512)im->part[0];
    __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    __m256 other = _mm256_add_ps(_mm512_castps512_ps256(b), _mm512_extractf32x8_ps(b, 1));
#elif TC_WIDTH == 8
    __m256 eight = (__m256)(re->part[0] + re->part[1]);
    __m256 other = (__m256)(im->part[0] + im->part[1]);
#endif
#if TC_WIDTH > 4
    quad r = (quad)_mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    quad i = (quad)_mm_add_ps(_mm256_castps256_ps128(other), _mm256_extractf128_ps(other, 1));
#else
    quad r = (re->part[0] + re->part[2]) + (re->part[1] + re->part[3]);
    quad i = (im->part[0] + im->part[2]) + (im->part[1] + im->part[3]);
#endif
    quad two =
        __builtin_shufflevector(r, i, 0, 1, 4, 5) + __builtin_shufflevector(r, i, 2, 3, 6, 7);
    return (tc_fax_phasor){two[0] + two[1], two[2] + two[3]};
}

/* What is heard at a moment: `at` is the whole sample, in 64ths. */
#define hear TC_ISA(hear)
INLINE tc_fax_phasor hear(const tc_fax_plan *plan, const float *x, int64_t at)
{
    unsigned shift = (unsigned)(at >> 26) % TC_FAX_BAND_SHIFTS;
    const float *from = x + (at >> 32) - (TC_FAX_BAND_TAPS / 2 - 1);
    const float *re = plan->re[shift], *im = plan->im[shift];
    many r, i;
    for (int p = 0; p < PARTS; p++) {
        row low = AT(from + p * TC_WIDTH), high = AT(from + 16 + p * TC_WIDTH);
        r.part[p] = low * AT(re + p * TC_WIDTH) + high * AT(re + 16 + p * TC_WIDTH);
        i.part[p] = low * AT(im + p * TC_WIDTH) + high * AT(im + 16 + p * TC_WIDTH);
    }
    return totals(&r, &i);
}

/* n of them, half a symbol apart. */
static void TC_ISA(hear_many)(const tc_fax_receive *rx, int64_t at, unsigned n, float *re,
                              float *im)
{
    for (unsigned i = 0; i < n; i++) {
        tc_fax_phasor z = hear(rx->plan, rx->x, at);
        re[i] = z.re, im[i] = z.im;
        at += (int64_t)rx->plan->half;
    }
}

/* Samples to be heard, less direct current and hum. */
static void TC_ISA(lay)(tc_fax_receive *rx, float *to, const int16_t *in, unsigned n)
{
    typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));
    enum { OLD = TC_FAX_RX_BEFORE, ROOM = OLD + TC_FAX_LINES_BLOCK + 16 };
    float x[ROOM], y[ROOM];
    memcpy(x, rx->came, sizeof rx->came);
    memset(x + OLD + n, 0, 16 * sizeof *x);
    for (unsigned i = 0; i < n; i++)
        x[OLD + i] = in[i];
    for (unsigned i = OLD; i < OLD + n; i += TC_WIDTH) {
        row sum = PASS[0] * AT(x + i) + NO_DENORMAL;
        for (unsigned k = 1; k <= OLD; k++)
            sum += PASS[k] * AT(x + i - k);
        *(row *)(y + i) = sum;
    }
    quad old = *(quad *)rx->passed, last = *(quad *)(rx->passed + 4);
    memcpy(y, rx->passed, sizeof rx->passed);
    for (unsigned i = OLD; i < OLD + n; i += 4) {
        quad now = (*(quad *)(y + i) - PASS_8 * old) + PASS_4 * last;
        old = last, last = *(quad *)(y + i) = now;
    }
    memcpy(to, y + OLD, n * sizeof *to);
    memcpy(rx->came, x + n, sizeof rx->came);
    memcpy(rx->passed, y + n, sizeof rx->passed);
}

/* The three lines of a block, and the sum of its squares. */
static float TC_ISA(measure)(const tc_fax_plan *plan, const float *x, tc_fax_phasor line[3])
{
    float padded[TC_FAX_LINES_ROOM] = {0};
    many power = {0};
    memcpy(padded, x, TC_FAX_LINES_BLOCK * sizeof *x);
    for (int l = 0; l < 3; l++) {
        many re = {0}, im = {0};
        for (int i = 0; i < TC_FAX_LINES_ROOM; i += 16)
            for (int p = 0; p < PARTS; p++) {
                row now = AT(padded + i + p * TC_WIDTH);
                re.part[p] += now * AT(plan->line_re[l] + i + p * TC_WIDTH);
                im.part[p] += now * AT(plan->line_im[l] + i + p * TC_WIDTH);
            }
        line[l] = totals(&re, &im);
    }
    for (int i = 0; i < TC_FAX_LINES_ROOM; i += 16)
        for (int p = 0; p < PARTS; p++)
            power.part[p] += AT(padded + i + p * TC_WIDTH) * AT(padded + i + p * TC_WIDTH);
    return totals(&power, &power).re;
}

/* Places for the known sequence: sum over k of z[place + 2 k] times target[k]. */
static void TC_ISA(compare)(const float *re, const float *im, unsigned places,
                            const tc_fax_phasor *target, unsigned symbols, float *sum_re,
                            float *sum_im)
{
    memset(sum_re, 0, places * sizeof *sum_re);
    memset(sum_im, 0, places * sizeof *sum_im);
    for (unsigned k = 0; k < symbols; k++)
        for (unsigned i = 0; i < places; i++) {
            float zr = re[2 * k + i], zi = im[2 * k + i];
            sum_re[i] += zr * target[k].re - zi * target[k].im;
            sum_im[i] += zr * target[k].im + zi * target[k].re;
        }
}

/* Sums over n symbols of conj(z[i]) * z[j] for the first two rows i, and of conj(z[j]) * wanted;
 * z of symbol k begins at 2 k. */
static void TC_ISA(products)(const float *re, const float *im, const tc_fax_phasor *wanted,
                             unsigned n, tc_fax_matrix *m)
{
    for (unsigned k = 0; k < n; k++) {
        const float *zr = re + 2 * k, *zi = im + 2 * k;
        for (int i = 0; i < 2; i++)
            for (unsigned j = 0; j < TC_FAX_RX_TAPS; j++) {
                m->re[i][j] += zr[i] * zr[j] + zi[i] * zi[j];
                m->im[i][j] += zr[i] * zi[j] - zi[i] * zr[j];
            }
        for (unsigned j = 0; j < TC_FAX_RX_TAPS; j++) {
            m->right_re[j] += zr[j] * wanted[k].re + zi[j] * wanted[k].im;
            m->right_im[j] += zr[j] * wanted[k].im - zi[j] * wanted[k].re;
        }
    }
}

/* The equaliser's output: 32 values from `at` on, times the taps. */
#define equalised TC_ISA(equalised)
INLINE tc_fax_phasor equalised(const tc_fax_receive *rx, const float *z_re, const float *z_im)
{
    many re, im;
    for (int p = 0; p < PARTS; p++) {
        int i = p * TC_WIDTH, j = i + 16;
        row ar = AT(z_re + i), ai = AT(z_im + i), wr = AT(rx->w_re + i), wi = AT(rx->w_im + i);
        row br = AT(z_re + j), bi = AT(z_im + j), vr = AT(rx->w_re + j), vi = AT(rx->w_im + j);
        re.part[p] = (ar * wr - ai * wi) + (br * vr - bi * vi);
        im.part[p] = (ar * wi + ai * wr) + (br * vi + bi * vr);
    }
    return totals(&re, &im);
}

static tc_fax_phasor TC_ISA(filter)(const tc_fax_receive *rx, const float *re, const float *im)
{
    return equalised(rx, re, im);
}

/* The taps go on by e times the conjugates of what they were multiplied with. */
#define learn TC_ISA(learn)
INLINE void learn(tc_fax_receive *rx, const float *z_re, const float *z_im, tc_fax_phasor e)
{
    for (int i = 0; i < TC_FAX_RX_TAPS; i += TC_WIDTH) {
        row zr = AT(z_re + i), zi = AT(z_im + i);
        *(row *)(rx->w_re + i) += zr * e.re + zi * e.im;
        *(row *)(rx->w_im + i) += zr * e.im - zi * e.re;
    }
}

#include "fax_echo.inl"
#include "fax_jitter.inl"

#define turned TC_ISA(turned)
INLINE tc_fax_phasor turned(tc_fax_phasor a, uint32_t phase)
{
    float c = TC_ISA(sine)(phase + 0x40000000u), s = TC_ISA(sine)(phase);
    return (tc_fax_phasor){a.re * c - a.im * s, a.re * s + a.im * c};
}

/* The nearest point's number.  Distances are not negative, so as integers they keep their order;
 * their lowest bits give way to the number. */
#define nearest TC_ISA(nearest)
INLINE unsigned nearest(const tc_fax_plan *plan, tc_fax_phasor y)
{
    typedef int32_t ints __attribute__((vector_size(4 * TC_WIDTH), may_alias));
    static const int32_t places[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    ints best = (ints){0} + INT32_MAX;
    for (unsigned i = 0; i < 16 * plan->rows; i += TC_WIDTH) {
        row dr = AT(plan->point_re + i) - y.re, di = AT(plan->point_im + i) - y.im;
        row far = dr * dr + di * di;
        ints place;
        memcpy(&place, places + i % 16, sizeof place);
        ints key = (((ints)far) & ~127) | (place + (int32_t)(i & ~15u));
        ints less = key < best;
        best = (less & key) | (~less & best);
    }
#if TC_WIDTH == 16
    return (unsigned)_mm512_reduce_min_epi32((__m512i)best) & 127;
#else
    int32_t least = best[0];
    for (int l = 1; l < TC_WIDTH; l++)
        least = best[l] < least ? best[l] : least;
    return (unsigned)least & 127;
#endif
}

#define point TC_ISA(point)
INLINE tc_fax_phasor point(const tc_fax_plan *plan, unsigned number)
{
    return (tc_fax_phasor){plan->point_re[number], plan->point_im[number]};
}

/* The point of a symbol: known, or the nearest. */
#define likely TC_ISA(likely)
INLINE tc_fax_phasor likely(const tc_fax_receive *rx, uint32_t symbol, tc_fax_phasor y)
{
    const tc_fax_plan *plan = rx->plan;
    return symbol < known_of(rx) ? plan->training[plan->known[symbol]]
                                 : point(plan, nearest(plan, y));
}

/* Symbols y, turned and stretched by `by`: how well do they fit points?  The phase and size at
 * which they fit best are found from the decisions. */
#define fitted TC_ISA(fitted)
static float fitted(const tc_fax_receive *rx, const tc_fax_phasor *y, tc_fax_phasor by,
                    tc_fax_again *made)
{
    float error = 0;
    for (int pass = 0; pass < 2; pass++) {
        tc_fax_phasor sum = {0, 0};
        float size = 0;
        error = 0;
        for (int k = 0; k < TRIED; k++) {
            tc_fax_phasor v = {y[k].re * by.re - y[k].im * by.im,
                               y[k].re * by.im + y[k].im * by.re};
            tc_fax_phasor a = likely(rx, rx->symbol - TRIED + (unsigned)k, v);
            error += (v.re - a.re) * (v.re - a.re) + (v.im - a.im) * (v.im - a.im);
            sum.re += a.re * y[k].re + a.im * y[k].im;
            sum.im += a.im * y[k].re - a.re * y[k].im;
            size += y[k].re * y[k].re + y[k].im * y[k].im;
            made->y = v, made->a = a;
        }
        if (!pass)
            by = (tc_fax_phasor){sum.re / size, sum.im / size};
    }
    made->by = by;
    return error / TRIED;
}

/* The newest symbols, heard again from samples that lie `shift` later, with the carrier as it was
 * when all was well. */
#define again TC_ISA(again)
static void again(const tc_fax_receive *rx, int shift, tc_fax_again *made, tc_fax_phasor *y)
{
    enum { HALVES = 2 * (TRIED - 1) + TC_FAX_RX_TAPS };
    TC_ISA(hear_many)
    (rx, rx->at - HALVES * (int64_t)rx->plan->half + shift * SAMPLE, HALVES, made->re, made->im);
    for (int i = 0; i < HALVES; i++)
        made->re[i] *= rx->gain, made->im[i] *= rx->gain;
    uint32_t turn = rx->plan->turn + (uint32_t)(int32_t)rx->sure_offset;
    made->phase = rx->sure_phase + (rx->symbol - TRIED - rx->sure_symbol) * turn;
    for (int k = 0; k < TRIED; k++, made->phase += turn)
        y[k] = without_echo(
            &rx->echo, turned(equalised(rx, made->re + 2 * k, made->im + 2 * k), 0u - made->phase),
            rx->echo.re + rx->echo.pasts - TRIED + k, rx->echo.im + rx->echo.pasts - TRIED + k);
}

#include "v17_slip.inl"

/* Errors stay large: has a sample been lost or repeated, or has the line turned the carrier at
 * once, or changed the level? */
static void TC_ISA(recover)(tc_fax_receive *rx)
{
    if (coded(rx)) {
        v17_find_slip(rx);
        return;
    }
    const tc_fax_plan *plan = rx->plan;
    const int farthest = (int)(plan->half >> 32), shifts = 2 * farthest + 1;
    tc_fax_again made[2];
    tc_fax_phasor y[TRIED];
    float least = INFINITY;
    int best = 0, kept = 0;
    for (int i = 0; i < shifts; i++) {
        int shift = i % 2 ? (i + 1) / 2 : -(i / 2), tries = shift ? 1 : TURNINGS;
        again(rx, shift, &made[!kept], y);
        float power = 0;
        for (int k = 0; k < TRIED; k++)
            power += y[k].re * y[k].re + y[k].im * y[k].im;
        if (shift && power < 0.5f * TRIED * plan->power)
            continue; /* that is how a carrier ends */
        float stretch = sqrtf(TRIED * plan->power / (power + 1e-20f));
        for (int t = 0; t < tries; t++) {
            tc_fax_phasor by = TURNED[t];
            if (t == TURNINGS - 1)
                by.re *= stretch;
            float error = fitted(rx, y, by, &made[!kept]);
            by = made[!kept].by;
            float size = (by.re * by.re + by.im * by.im) * rx->stretched * rx->stretched;
            if (size > STRETCHED * STRETCHED)
                continue; /* silence is no faint carrier */
            if (error < (shift && !best ? BETTER : CLEARLY) *
                            least) { /* turned by a symmetry all fits as well */
                least = error, best = shift, kept = !kept;
                made[!kept] = made[kept]; /* the next turning needs its values, too */
            }
        }
    }
    float bearable = rx->symbol < known_of(rx) ? INFINITY : FITS * rx->noise;
    if (least > bearable || least > BETTER * rx->error)
        return;
    const tc_fax_again *found = &made[kept];
    memcpy(rx->z_re, found->re + 2 * (TRIED - 1), sizeof rx->w_re);
    memcpy(rx->z_im, found->im + 2 * (TRIED - 1), sizeof rx->w_im);
    float size = sqrtf(found->by.re * found->by.re + found->by.im * found->by.im);
    for (int i = 0; i < TC_FAX_RX_TAPS; i++)
        rx->w_re[i] *= size, rx->w_im[i] *= size;
    rx->stretched *= size;
    rx->halves = TC_FAX_RX_TAPS;
    rx->at += best * SAMPLE;
    rx->phase =
        found->phase - (uint32_t)(int64_t)(atan2f(found->by.im, found->by.re) * TURN_A_RADIAN);
    rx->sure_phase = rx->phase;
    rx->sure_symbol = rx->symbol;
    rx->offset = rx->sure_offset;
    rx->y = found->y, rx->a = found->a;
    rx->error = least;
    if (best)
        rx->slips++, happened(rx, TC_FAX_RX_SLIP, -best);
}

/* One symbol; the values it is made of are the newest 32. */
#define take TC_ISA(take)
INLINE void take(tc_fax_receive *rx)
{
    const tc_fax_plan *plan = rx->plan;
    const float *z_re = rx->z_re + rx->halves - TC_FAX_RX_TAPS;
    const float *z_im = rx->z_im + rx->halves - TC_FAX_RX_TAPS;
    const unsigned known = known_of(rx);
    const float scale = 1 / plan->power;
    uint32_t phase = rx->phase;
    float ahead = 0, used = 0;
    const int jitters = rx->symbol >= rx->jitter.from && rx->symbol < rx->jitter.until;
    if (jitters) {
        ahead = predicted(&rx->jitter);
        used = rx->symbol < known ? 0 : ahead;
        phase += (uint32_t)(int32_t)(used * TURN_A_RADIAN);
    }
    float c = TC_ISA(sine)(phase + 0x40000000u), s = TC_ISA(sine)(phase);
    tc_fax_phasor x = equalised(rx, z_re, z_im), a;
    tc_fax_phasor y = {x.re * c + x.im * s, x.im * c - x.re * s};
    y = without_echo(&rx->echo, y, rx->echo.re + rx->echo.pasts, rx->echo.im + rx->echo.pasts);
    if (rx->symbol < known) {
        a = plan->training[plan->known[rx->symbol]];
    } else if (tc_fax_is_v17(plan->mode)) {
        a = v17_decide(plan, &rx->v17, y);
        if (rx->v17.symbols - rx->v17.told == TC_V17_KEPT)
            v17_told(rx, TC_V17_TOLD);
    } else {
        unsigned number = nearest(plan, y);
        a = point(plan, number);
        decided(rx, number);
    }
    tc_fax_phasor e = {a.re - y.re, a.im - y.im};
    float error = e.re * e.re + e.im * e.im;
    if (tc_fax_is_v17(plan->mode) && rx->symbol >= known) {
        error = rx->v17.step; /* which wrong decisions do not make less */
        float bounded = error < 4 * rx->noise ? error : 4 * rx->noise;
        rx->error += (bounded - rx->error) * (1.0f / V17_NOTICES);
    } else {
        rx->error += (error - rx->error) * (1 / 8.0f);
    }
    rx->noise += ((error < 4 * rx->noise ? error : 4 * rx->noise) - rx->noise) * rx->forgets;
    rx->loud += ((y.re * y.re + y.im * y.im) * scale - rx->loud) * (1 / 16.0f);
    rx->fading = rx->loud < FAINT ? rx->fading + 1 : 0;
    float power = z_re[TC_FAX_RX_TAPS - 1] * z_re[TC_FAX_RX_TAPS - 1] +
                  z_im[TC_FAX_RX_TAPS - 1] * z_im[TC_FAX_RX_TAPS - 1];
    rx->strength += (power - rx->strength) * (1 / 16.0f);
    rx->faint = rx->loud < rx->least || rx->strength < WEAK ? rx->faint + 1 : 0;
    float turn = 0, late = 0;
    const int sure = error < (rx->symbol < known ? plan->power
                              : rx->faint        ? 0
                                                 : ABSURD * rx->noise);
    if (sure) {
        turn = (y.im * a.re - y.re * a.im) * scale;
        late = (rx->a.re * y.re + rx->a.im * y.im - a.re * rx->y.re - a.im * rx->y.im) * scale;
        late = bounded(late, 1);
        tc_fax_phasor back = {(e.re * c - e.im * s) * rx->step, (e.re * s + e.im * c) * rx->step};
        learn(rx, z_re, z_im, back);
        if (rx->echo.far)
            learn_echo(&rx->echo,
                       (tc_fax_phasor){e.re * scale * rx->step, e.im * scale * rx->step});
        turn += used; /* as it would have been */
        rx->offset = bounded(rx->offset + turn * rx->offset_gain, rx->offset_most);
        rx->clock = bounded(rx->clock + late * CLOCK_DRIFT, CLOCK_MOST);
    }
    if (rx->symbol < rx->echo.until && rx->symbol >= TC_FAX_ECHO_FROM && error < ABSURD * rx->noise)
        look_for_echo(&rx->echo, e);
    if (jitters)
        keep_turn(&rx->jitter, sure ? turn : ahead, sure ? turn - ahead : 0);
    keep_symbol(&rx->echo, a);
    rx->phase += plan->turn + (uint32_t)(int32_t)(rx->offset + turn * rx->phase_gain);
    rx->at += rx->nudge; /* of the symbol before, so that the next one's values can be heard now */
    rx->nudge = (int64_t)((rx->clock + late * CLOCK_GAIN) * (float)plan->half);
    rx->y = y, rx->a = a;
    rx->symbol++;
}

/* All symbols for which there are samples. */
static void TC_ISA(run)(tc_fax_receive *rx)
{
    const int64_t half = (int64_t)rx->plan->half;
    const int64_t last = ((int64_t)rx->fill - MARGIN) << 32;
    while (rx->at + half < last && runs(rx)) {
        if (rx->halves + 2 > TC_FAX_RX_HALVES) {
            const unsigned keep = TC_FAX_RX_TAPS - 2;
            memmove(rx->z_re, rx->z_re + rx->halves - keep, keep * sizeof *rx->z_re);
            memmove(rx->z_im, rx->z_im + rx->halves - keep, keep * sizeof *rx->z_im);
            rx->halves = keep;
        }
        for (int i = 0; i < 2; i++, rx->at += half) {
            tc_fax_phasor z = hear(rx->plan, rx->x, rx->at);
            rx->z_re[rx->halves] = z.re * rx->gain;
            rx->z_im[rx->halves++] = z.im * rx->gain;
        }
        take(rx);
        float most = rx->symbol == known_of(rx) ? SURE_ENOUGH : SURE;
        if (rx->error < most * usual(rx))
            be_sure(rx);
        watch(rx);
        if (rx->slipped)
            TC_ISA(recover)(rx);
    }
}

#undef row
#undef many
#undef PARTS
#undef INLINE
#undef AT
#undef totals
#undef hear
#undef equalised
#undef learn
#undef without_echo
#undef learn_echo
#undef look_for_echo
#undef keep_symbol
#undef predicted
#undef keep_turn
#undef turned
#undef nearest
#undef point
#undef likely
#undef v17_decide
#undef v17_again
#undef v17_find_slip
#undef take
#undef fitted
#undef again
