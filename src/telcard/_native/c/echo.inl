/* The text of the echo canceller, once per SIMD level; see echo.h and simd.h. */

#include "lanes.inl"

/* The lanes of a mask become bits of a word. */
static inline void TC_ISA(remember)(uint32_t *word, unsigned lane, ivec mask)
{
    for (unsigned l = 0; l < TC_WIDTH; l++)
        *word |= (uint32_t)(mask[l] & 1) << (lane + l);
}

typedef uint32_t TC_ISA(uvec) __attribute__((vector_size(4 * TC_WIDTH), may_alias));
#define uvec TC_ISA(uvec)

#include "echo_fourier.inl"
#include "echo_filter.inl"

/* A sample of each lane as a number.  GCC 12 would widen 16 of them in two halves. */
ALWAYS vec TC_ISA(number)(const int16_t *from)
{
#if TC_WIDTH == 16
    return (vec)_mm512_cvtepi32_ps(_mm512_cvtepi16_epi32(_mm256_loadu_si256((const void *)from)));
#else
    int16_t few __attribute__((vector_size(2 * TC_WIDTH)));
    memcpy(&few, from, sizeof few);
    return __builtin_convertvector(few, vec);
#endif
}

/* A high-pass of the second order takes offsets and hum away. */
ALWAYS vec TC_ISA(flatten)(vec x, vec *a, vec *b)
{
    vec now = x * HIGH_PASS, made = now + *a;
    *a = *b - 2.0f * now - HIGH_PASS_1 * made;
    *b = now - HIGH_PASS_2 * made;
    return made;
}

/* The first partition's echo of n samples, at most 8, is added to `y`; `x` are the samples in the
 * reference, and `near` the same. */
ALWAYS void TC_ISA(first_part)(const tc_echo *t, unsigned lane, const tc_echo_row *x, vec *near,
                               vec *y, unsigned n)
{
    for (unsigned first = 0; first < TC_ECHO_BLOCK; first += TC_ECHO_PART, x -= TC_ECHO_PART)
#pragma GCC unroll 8
        for (unsigned k = 0; k < TC_ECHO_PART; k++) {
            vec w = SLICE(t->first[first + k], lane);
#pragma GCC unroll 8
            for (unsigned i = 0; i < n; i++)
                y[i] += w * near[(i + TC_ECHO_PART - k) % TC_ECHO_PART];
            near[TC_ECHO_PART - 1 - k] = SLICE((x - 1 - k)[0], lane);
        }
}

/* The linear part of n samples, at most 8, of a slice of lanes. */
ALWAYS void TC_ISA(cancel_some)(tc_echo *t, unsigned lane, const int16_t (*receive)[TC_ECHO_LANES],
                                const int16_t (*send)[TC_ECHO_LANES], unsigned n)
{
    tc_echo_row *x = t->x + TC_ECHO_BLOCK + t->at, *d = t->d + t->at;
    vec raw[TC_ECHO_PART] = {0}, came[TC_ECHO_PART] = {0}, y[TC_ECHO_PART] = {0};
    vec near[TC_ECHO_PART] = {0}; /* sample i of x at i modulo 8 */
    vec x1 = SLICE(t->x1, lane), x2 = SLICE(t->x2, lane);
    vec d1 = SLICE(t->d1, lane), d2 = SLICE(t->d2, lane);
    int high_pass = t->flags & TC_ECHO_HIGH_PASS;
#pragma GCC unroll 8
    for (unsigned i = 0; i < n; i++) {
        near[i] = TC_ISA(number)(receive[i] + lane);
        came[i] = TC_ISA(number)(send[i] + lane);
        raw[i] = (vec)((ivec)came[i] & 0x7fffffff);
        if (high_pass) {
            near[i] = TC_ISA(flatten)(near[i], &x1, &x2);
            came[i] = TC_ISA(flatten)(came[i], &d1, &d2);
        }
        SLICE(x[i], lane) = near[i];
        SLICE(d[i], lane) = came[i];
        y[i] = SLICE(t->tail[t->at + i], lane);
    }
    SLICE(t->x1, lane) = x1, SLICE(t->x2, lane) = x2;
    SLICE(t->d1, lane) = d1, SLICE(t->d2, lane) = d2;
    TC_ISA(first_part)(t, lane, (const tc_echo_row *)x, near, y, n);
    vec gain = SLICE(t->gain, lane), in = SLICE(t->now_in, lane), left = SLICE(t->now_left, lane);
    vec peak = SLICE(t->peak, lane);
#pragma GCC unroll 8
    for (unsigned i = 0; i < n; i++) {
        vec e = came[i] - y[i];
        SLICE(t->y[t->at + i], lane) = y[i];
        in += 0.0625f * (came[i] * came[i] - in);
        left += 0.0625f * (e * e - left);
        gain = TC_ISA(select)(left > 1.5f * in + FLOOR, (vec){0}, gain);
        peak = TC_ISA(max)(FADING * peak, raw[i]);
        vec most = LOUDEST * peak + QUIET;
        SLICE(t->e[i], lane) = TC_ISA(max)(-most, TC_ISA(min)(most, came[i] - gain * y[i]));
    }
    SLICE(t->gain, lane) = gain;
    SLICE(t->now_in, lane) = in;
    SLICE(t->now_left, lane) = left;
    SLICE(t->peak, lane) = peak;
}

/* The linear part of n samples, which end where a part does or before.  Whole parts are the usual
 * case, and then all of it stays in registers. */
static void TC_ISA(cancel)(tc_echo *t, const int16_t (*receive)[TC_ECHO_LANES],
                           const int16_t (*send)[TC_ECHO_LANES], unsigned n)
{
    for (unsigned lane = 0; lane < TC_ECHO_LANES; lane += TC_WIDTH)
        if (n == TC_ECHO_PART)
            TC_ISA(cancel_some)(t, lane, receive, send, TC_ECHO_PART);
        else
            TC_ISA(cancel_some)(t, lane, receive, send, n);
}

/* At the end of a part: is the estimate worth having?  And what statistics tell. */
static void TC_ISA(decide)(tc_echo *t)
{
    unsigned first = t->at - TC_ECHO_PART;
    for (unsigned lane = 0; lane < TC_ECHO_LANES; lane += TC_WIDTH) {
        vec zero = {0}, in = zero, left = zero, x = zero;
        for (unsigned i = first; i < t->at; i++) {
            vec d = SLICE(t->d[i], lane), e = d - SLICE(t->y[i], lane);
            vec r = SLICE(t->x[TC_ECHO_BLOCK + i], lane);
            in += d * d;
            left += e * e;
            x += r * r;
        }
        in *= 1.0f / TC_ECHO_PART;
        left *= 1.0f / TC_ECHO_PART;
        x *= 1.0f / TC_ECHO_PART;
        SLICE(t->in, lane) += 0.1f * (in - SLICE(t->in, lane));
        SLICE(t->left, lane) += 0.1f * (left - SLICE(t->left, lane));
        SLICE(t->receive, lane) += 0.005f * (x - SLICE(t->receive, lane));
        SLICE(t->send, lane) += 0.005f * (in - SLICE(t->send, lane));
        SLICE(t->rest, lane) += 0.005f * (left - SLICE(t->rest, lane));
        ivec bad = SLICE(t->left, lane) > 1.5f * SLICE(t->in, lane) + FLOOR;
        ivec good = SLICE(t->left, lane) <= SLICE(t->in, lane) + 0.5f * FLOOR;
        vec gain = TC_ISA(select)(good, zero + 1.0f, SLICE(t->gain, lane));
        SLICE(t->gain, lane) = TC_ISA(select)(bad, zero, gain);
    }
}

/* At the end of a block: learn, and prepare the next one. */
static void TC_ISA(turn)(tc_echo *t)
{
    t->head = t->head ? t->head - 1 : t->parts - 1;
    t->changed = t->alien = t->sung = t->narrow = 0;
    for (unsigned lane = 0; lane < TC_ECHO_LANES; lane += TC_WIDTH)
        TC_ISA(adapt)(t, lane);
    t->turn = (t->turn + responses(t)) % (2 * t->parts);
    memcpy(t->x, t->x + TC_ECHO_BLOCK, TC_ECHO_BLOCK * sizeof(tc_echo_row));
    t->at = 0;
}

/* A lane's response, as long as its tail. */
static void TC_ISA(response)(const tc_echo *t, unsigned wanted, float *to)
{
    unsigned lane = wanted / TC_WIDTH * TC_WIDTH, taps = (unsigned)t->own_taps[wanted];
    vec time[2 * TC_ECHO_BLOCK];
    bins now;
    for (unsigned p = 0; p * TC_ECHO_BLOCK < taps; p++) {
        for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
            now.re[k] = SLICE(t->weights[k * t->parts + p].filter.re, lane);
            now.im[k] = SLICE(t->weights[k * t->parts + p].filter.im, lane);
        }
        TC_ISA(sound)(&now, time);
        for (unsigned n = 0; n < TC_ECHO_BLOCK && p * TC_ECHO_BLOCK + n < taps; n++)
            to[p * TC_ECHO_BLOCK + n] = time[n][wanted - lane];
    }
}

/* A lane's filter and scout become this response, rather certain.  What they give to the block that
 * is to come is begun anew with it. */
static void TC_ISA(begin_with)(tc_echo *t, unsigned wanted, const float *from)
{
    unsigned lane = wanted / TC_WIDTH * TC_WIDTH, one = wanted - lane;
    unsigned taps = (unsigned)t->own_taps[wanted], parts = t->parts;
    float doubt = t->first_doubt[wanted] * 1e-3f;
    vec time[2 * TC_ECHO_BLOCK];
    bins now, known = {0};
    for (unsigned k = 0; k < TC_ECHO_BINS; k++)
        t->outlook[k].doubt[wanted] = t->outlook[k].total[wanted] = 0;
    for (unsigned p = 0; p * TC_ECHO_BLOCK < taps; p++) {
        for (unsigned n = 0; n < 2 * TC_ECHO_BLOCK; n++) {
            unsigned k = p * TC_ECHO_BLOCK + n;
            time[n] = (vec){0} + (n < TC_ECHO_BLOCK && k < taps ? from[k] : 0.0f);
            if (p == 0 && n < TC_ECHO_BLOCK)
                t->first[n][wanted] = time[n][one];
        }
        TC_ISA(spectrum)(time, &now);
        for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
            tc_echo_weight *w = t->weights + k * parts + p;
            tc_echo_pairs scout;
            w->filter.re[wanted] = now.re[k][one];
            w->filter.im[wanted] = now.im[k][one];
            TC_ISA(pack)(now.re[k], now.im[k], scout + lane);
            w->scout[wanted] = scout[wanted];
            w->doubt[wanted] = doubt;
            t->outlook[k].total[wanted] += doubt;
            if (p) {
                vec xr, xi;
                unsigned block = (t->head + p - 1) % parts;
                TC_ISA(unpack)(t->past[k * parts + block] + lane, &xr, &xi);
                t->outlook[k].doubt[wanted] += doubt * (xr * xr + xi * xi)[one];
                known.re[k] += xr * now.re[k] - xi * now.im[k];
                known.im[k] += xr * now.im[k] + xi * now.re[k];
            }
        }
    }
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        t->outlook[k].scout.re[wanted] = known.re[k][one];
        t->outlook[k].scout.im[wanted] = known.im[k][one];
    }
    TC_ISA(sound)(&known, time);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++)
        t->tail[n][wanted] = time[TC_ECHO_BLOCK + n][one];
}

#undef uvec
