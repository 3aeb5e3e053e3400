/* One block of 16 lanes: spectrum of the last 64 ms and the sines in it (steady.h).
 *
 * A row holds one number of each lane.  Here TC_WIDTH lanes at a time are worked on, as many as fit
 * a register; lanes never meet, so a lane's bits depend on nothing else.  steady.c includes this
 * text once per SIMD level. */

#define row TC_ISA(tc_row)
#define flags TC_ISA(tc_flags)
#define words TC_ISA(tc_words)
typedef float row __attribute__((vector_size(4 * TC_WIDTH), may_alias));
typedef int32_t flags __attribute__((vector_size(4 * TC_WIDTH), may_alias));
typedef int16_t words __attribute__((vector_size(2 * TC_WIDTH), may_alias));

#define INLINE static inline __attribute__((always_inline))

/* The lanes in hand of a row in memory; a where the flag is set, else b. */
#define AT(memory) (*(row *)((memory) + lane))
#define PICK(flag, a, b) ((row)(((flag) & (flags)(a)) | (~(flag) & (flags)(b))))
#define PICKI(flag, a, b) (((flag) & (a)) | (~(flag) & (b)))

#define any TC_ISA(any)
INLINE int any(flags f)
{
    uint64_t u[TC_WIDTH / 2], all = 0;
    memcpy(u, &f, sizeof u);
    for (int i = 0; i < TC_WIDTH / 2; i++)
        all |= u[i];
    return all != 0;
}

#define root TC_ISA(root)
INLINE row root(row a)
{
    float v[TC_WIDTH];
    memcpy(v, &a, sizeof v);
    for (int l = 0; l < TC_WIDTH; l++)
        v[l] = __builtin_sqrtf(v[l]);
    memcpy(&a, v, sizeof v);
    return a;
}

/* Where value k of a transform of 16 times 16 is kept. */
#define PLACE(k) (16 * ((k) % 16) + (k) / 16)

/* A transform of 4 numbers, in place, by steps of `s`. */
#define fft4 TC_ISA(fft4)
INLINE void fft4(row *re, row *im, int s)
{
    row ar = re[0] + re[2 * s], ai = im[0] + im[2 * s];
    row br = re[0] - re[2 * s], bi = im[0] - im[2 * s];
    row cr = re[s] + re[3 * s], ci = im[s] + im[3 * s];
    row dr = re[s] - re[3 * s], di = im[s] - im[3 * s];
    re[0] = ar + cr, im[0] = ai + ci;
    re[s] = br + di, im[s] = bi - dr;
    re[2 * s] = ar - cr, im[2 * s] = ai - ci;
    re[3 * s] = br - di, im[3 * s] = bi + dr;
}

#define turn TC_ISA(turn)
INLINE void turn(row *re, row *im, float c, float s)
{
    row r = *re * c - *im * s;
    *im = *re * s + *im * c;
    *re = r;
}

/* Turn back by an eighth of a circle, after so many quarters. */
#define turn_8 TC_ISA(turn_8)
INLINE void turn_8(row *re, row *im, int quarters)
{
    const float half = 0.707106781f;
    row r = (*re + *im) * half, i = (*im - *re) * half;
    *re = quarters ? i : r;
    *im = quarters ? -r : i;
}

/* A transform of 16 numbers, in place; value k is left at place 4 * (k % 4) + k / 4. */
#define fft16 TC_ISA(fft16)
INLINE void fft16(row *re, row *im)
{
    const float c1 = 0.923879533f, s1 = 0.382683432f;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        fft4(re + i, im + i, 4);
    turn(re + 5, im + 5, c1, -s1);
    turn_8(re + 6, im + 6, 0);
    turn(re + 7, im + 7, s1, -c1);
    turn_8(re + 9, im + 9, 0);
    row r = re[10];
    re[10] = im[10], im[10] = -r;
    turn_8(re + 11, im + 11, 1);
    turn(re + 13, im + 13, s1, -c1);
    turn_8(re + 14, im + 14, 1);
    turn(re + 15, im + 15, -c1, s1);
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        fft4(re + 4 * i, im + 4 * i, 1);
}

/* Samples as they were heard. */
#define heard TC_ISA(heard)
INLINE row heard(const int16_t *x)
{
    words w;
    memcpy(&w, x, sizeof w);
#if TC_WIDTH == 16 /* GCC 12 would widen 16 words in two halves */
    return __builtin_convertvector((flags)_mm512_cvtepi16_epi32((__m256i)w), row);
#else
    return __builtin_convertvector(__builtin_convertvector(w, flags), row);
#endif
}

/* Power whose last 8 bits, of 24, are replaced by the number of its bin: the greatest of such
 * numbers tells where it is. */
#define marked TC_ISA(marked)
INLINE row marked(row power, int bin)
{
    return (row)(((flags)power & ~255) | bin);
}

#define greater TC_ISA(greater)
INLINE row greater(row a, row b)
{
    return PICK(a > b, a, b);
}

/* The window's spectrum: bins 1 to 255, each at its PLACE; their powers from LEAST_BIN to MOST_BIN,
 * marked; the sum and the greatest of these. */
#define spectrum TC_ISA(tc_spectrum)
typedef struct {
    row re[256], im[256], power[256];
    row sum, best;
} spectrum;

#define transform TC_ISA(transform)
INLINE void transform(const tc_steady *s, int lane, spectrum *z)
{
    for (int b = 0; b < 16; b++) {
        row r[16], i[16];
#pragma GCC unroll 16
        for (int a = 0; a < 16; a++) {
            const int n = 2 * (16 * a + b);
            r[a] = heard(s->x[n] + lane) * HANN[n];
            i[a] = heard(s->x[n + 1] + lane) * HANN[n + 1];
        }
        fft16(r, i);
#pragma GCC unroll 16
        for (int k = 0; k < 16; k++) {
            const int at = 4 * (k % 4) + k / 4;
            if (k)
                turn(r + at, i + at, TURN_256_RE[b * k], TURN_256_IM[b * k]);
            z->re[16 * k + b] = r[at];
            z->im[16 * k + b] = i[at];
        }
    }
    for (int b = 0; b < 16; b++) {
        row r[16], i[16];
#pragma GCC unroll 16
        for (int k = 0; k < 16; k++)
            r[k] = z->re[16 * b + k], i[k] = z->im[16 * b + k];
        fft16(r, i);
#pragma GCC unroll 16
        for (int k = 0; k < 16; k++) {
            const int at = 4 * (k % 4) + k / 4;
            z->re[16 * b + k] = r[at];
            z->im[16 * b + k] = i[at];
        }
    }
}

/* The window's even and odd samples were the real and imaginary part: part bins k and 256 - k. */
#define part TC_ISA(part)
INLINE void part(spectrum *z, int k)
{
    row *ar = &z->re[PLACE(k)], *ai = &z->im[PLACE(k)];
    row *br = &z->re[PLACE(256 - k)], *bi = &z->im[PLACE(256 - k)];
    const float c = TURN_512_RE[k] * 0.5f, s = TURN_512_IM[k] * 0.5f;
    row er = 0.5f * (*ar + *br), ei = 0.5f * (*ai - *bi);
    row or = *ai + *bi, oi = *br - *ar;
    row tr = or *c - oi * s, ti = or *s + oi * c;
    *ar = er + tr, *ai = ei + ti;
    *br = er - tr, *bi = ti - ei;
}

#define look TC_ISA(look)
INLINE void look(spectrum *z, int k)
{
    row re = z->re[PLACE(k)], im = z->im[PLACE(k)], power = re * re + im * im;
    z->sum += power;
    z->power[k] = marked(power, k);
    z->best = greater(z->power[k], z->best);
}

#define analyse TC_ISA(analyse)
static void analyse(const tc_steady *s, int lane, spectrum *z)
{
    transform(s, lane, z);
    z->sum = z->best = (row){0};
    for (int k = 1; k < LEAST_BIN; k++)
        part(z, k);
    for (int k = LEAST_BIN; k < 128; k++) {
        part(z, k);
        look(z, k);
        look(z, 256 - k);
    }
    look(z, 128);
}

/* The greatest power, marked, that is further than NEAR from the greatest of all. */
#define second TC_ISA(second)
INLINE row second(const spectrum *z, flags first)
{
    row best = {0};
    for (int k = LEAST_BIN; k <= MOST_BIN; k++) {
        flags away = (first - k > NEAR) | (k - first > NEAR);
        best = greater((row)((flags)z->power[k] & away), best);
    }
    return best;
}

/* Bin `bin` of each lane. */
#define gather TC_ISA(gather)
INLINE void gather(const spectrum *z, flags bin, row *re, row *im)
{
    int32_t at[TC_WIDTH];
    float r[TC_WIDTH], i[TC_WIDTH];
    const float *real = (const float *)z->re, *imaginary = (const float *)z->im;
    flags place = (16 * (bin & 15) + (bin >> 4)) * TC_WIDTH;
    memcpy(at, &place, sizeof at);
    for (int l = 0; l < TC_WIDTH; l++) {
        r[l] = real[at[l] + l];
        i[l] = imaginary[at[l] + l];
    }
    memcpy(re, r, sizeof r);
    memcpy(im, i, sizeof i);
}

/* Frequency, in bins, of a sine whose greatest bin is known: exact for Hann's window.  The signs of
 * a sine's bins alternate. */
#define between TC_ISA(between)
INLINE row between(const spectrum *z, flags bin)
{
    row ar, ai, br, bi, cr, ci;
    gather(z, bin - 1, &ar, &ai);
    gather(z, bin, &br, &bi);
    gather(z, bin + 1, &cr, &ci);
    row sr = 2 * br - ar - cr, si = 2 * bi - ai - ci;
    row dr = ar - cr, di = ai - ci;
    row shift = 2 * (dr * sr + di * si) / (sr * sr + si * si + 1e-9f);
    shift = PICK(shift > 0.6f, shift * 0 + 0.6f, shift);
    shift = PICK(shift < -0.6f, shift * 0 - 0.6f, shift);
    return __builtin_convertvector(bin, row) + shift;
}

/* A sine at f bins: its shape near the nearest bin, whose value is 1. */
#define shape TC_ISA(tc_shape)
typedef struct {
    row f, d0, q, u0;
} shape;

#define shape_at TC_ISA(shape_at)
INLINE shape shape_at(row f)
{
    shape s;
    const row zero = {0}, least = zero + 0.002f; /* 1 / d is not for the nearest bin itself */
    row nearest = __builtin_convertvector(__builtin_convertvector(f + 0.5f, flags), row);
    s.d0 = nearest - f;
    s.d0 = PICK((s.d0 < least) & (s.d0 >= 0), least, s.d0);
    s.d0 = PICK((s.d0 > -least) & (s.d0 < 0), -least, s.d0);
    s.f = nearest - s.d0;
    s.q = s.d0 - s.d0 * s.d0 * s.d0;
    s.u0 = (1 - 3 * s.d0 * s.d0) / s.q;
    return s;
}

/* Twelve bins, and two sines fitted to them. */
#define BINS 12
#define fit TC_ISA(tc_fit)
typedef struct {
    row bin[BINS], re[BINS], im[BINS];
    row guess[2], f[2];
    row ar[2], ai[2];     /* amplitudes at the nearest bin */
    row explained, first; /* energy that both explain; the first alone */
} fit;

/* Amplitudes of both sines by least squares. */
#define amplitudes TC_ISA(amplitudes)
INLINE void amplitudes(fit *t)
{
    const row zero = {0};
    shape s[2] = {shape_at(t->f[0]), shape_at(t->f[1])};
    row g00 = zero, g01 = zero, g11 = zero, r0 = zero, i0 = zero, r1 = zero, i1 = zero;
    for (int j = 0; j < BINS; j++) {
        row d = t->bin[j] - s[0].f, e = t->bin[j] - s[1].f;
        row h0 = s[0].q / (d - d * d * d), h1 = s[1].q / (e - e * e * e);
        g00 += h0 * h0, g01 += h0 * h1, g11 += h1 * h1;
        r0 += h0 * t->re[j], i0 += h0 * t->im[j];
        r1 += h1 * t->re[j], i1 += h1 * t->im[j];
    }
    row det = g00 * g11 - g01 * g01;
    row over = 1 / PICK(det > 1e-4f * g00 * g11, det, zero + 1e30f);
    t->ar[0] = (g11 * r0 - g01 * r1) * over, t->ai[0] = (g11 * i0 - g01 * i1) * over;
    t->ar[1] = (g00 * r1 - g01 * r0) * over, t->ai[1] = (g00 * i1 - g01 * i0) * over;
    t->explained = t->ar[0] * r0 + t->ai[0] * i0 + t->ar[1] * r1 + t->ai[1] * i1;
    t->first = (r0 * r0 + i0 * i0) / g00;
}

/* One Newton step on both frequencies: the bins are explained by both sines and by how these would
 * change if their frequencies did. */
#define mend TC_ISA(mend)
INLINE void mend(fit *t)
{
    const row zero = {0};
    row g[4][4], r[4], m[4];
    shape s[2] = {shape_at(t->f[0]), shape_at(t->f[1])};
    for (int i = 0; i < 4; i++) {
        r[i] = m[i] = zero;
        for (int k = 0; k < 4; k++)
            g[i][k] = zero;
    }
    for (int j = 0; j < BINS; j++) {
        row b[4];
#pragma GCC unroll 2
        for (int i = 0; i < 2; i++) {
            row d = t->bin[j] - s[i].f, v = 1 / (d - d * d * d);
            b[i] = s[i].q * v;
            b[2 + i] = b[i] * (s[i].u0 - (1 - 3 * d * d) * v);
        }
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            r[i] += b[i] * t->re[j];
            m[i] += b[i] * t->im[j];
#pragma GCC unroll 4
            for (int k = 0; k <= i; k++)
                g[i][k] += b[i] * b[k];
        }
    }
    /* Cholesky without roots: g = L D L'. */
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        g[i][i] = g[i][i] * 1.0001f + 1e-6f;
#pragma GCC unroll 4
        for (int k = 0; k < i; k++) {
            row v = g[i][k];
#pragma GCC unroll 4
            for (int l = 0; l < k; l++)
                v -= g[i][l] * g[k][l] * g[l][l];
            g[i][k] = v / g[k][k];
        }
#pragma GCC unroll 4
        for (int l = 0; l < i; l++) {
            g[i][i] -= g[i][l] * g[i][l] * g[l][l];
            r[i] -= g[i][l] * r[l];
            m[i] -= g[i][l] * m[l];
        }
        g[i][i] = PICK(g[i][i] > 1e-7f, g[i][i], zero + 1e-7f);
    }
#pragma GCC unroll 4
    for (int i = 4; i-- > 0;) {
        r[i] /= g[i][i];
        m[i] /= g[i][i];
#pragma GCC unroll 4
        for (int l = i + 1; l < 4; l++) {
            r[i] -= g[l][i] * r[l];
            m[i] -= g[l][i] * m[l];
        }
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        /* pi cot(pi delta) + u0, delta = -d0, is 1.29 d0 to a few per cent. */
        row ar = r[i] + 1.29f * s[i].d0 * r[2 + i], ai = m[i] + 1.29f * s[i].d0 * m[2 + i];
        row step = -(r[2 + i] * ar + m[2 + i] * ai) / (ar * ar + ai * ai + 1e-6f);
        step = PICK(step > 0.7f, zero + 0.7f, step);
        step = PICK(step < -0.7f, zero - 0.7f, step);
        t->f[i] = s[i].f + step;
        /* Never far from where it was guessed. */
        row low = t->guess[i] - 4, high = t->guess[i] + 4;
        t->f[i] = PICK(t->f[i] < low, low, t->f[i]);
        t->f[i] = PICK(t->f[i] > high, high, t->f[i]);
    }
}

/* Mean square of the sine whose amplitude at the nearest bin is known. */
#define mean_square TC_ISA(mean_square)
INLINE row mean_square(row f, row ar, row ai)
{
    shape s = shape_at(f);
    row y = s.d0 * s.d0;
    row sinc = 1 - y * (1.644934f - y * (0.811742f - y * (0.190751f - y * 0.026148f)));
    row gain = (1 - y) / sinc;
    return (ar * ar + ai * ai) * gain * gain * SQUARE_SCALE;
}

#define slice TC_ISA(slice)
static void slice(tc_steady *s, int lane)
{
    const row zero = {0};
    row pieces = zero;
    for (int i = TC_STEADY_PIECES - TC_STEADY_WINDOW / TC_STEADY_PIECE; i < TC_STEADY_PIECES; i++)
        pieces += AT(s->energy[i]);
    AT(s->now.purity) = zero;
    AT(s->now.near) = zero;
    AT(s->now.whole) = zero;
    if (!any(pieces > 0.2f * TC_STEADY_WINDOW * s->floor))
        return;

    spectrum z;
    analyse(s, lane, &z);
    row whole = z.sum * WHOLE_SCALE;
    flags loud = whole > 0.2f * s->floor;
    AT(s->now.whole) = whole;
    if (!any(loud))
        return;
    flags top = (flags)z.best & 255;
    top = PICKI(top >= LEAST_BIN, top, (flags){0} + LEAST_BIN); /* no energy at all */

    /* Around the peak: energy, and of how it is spread, mean, variance and third moment. */
    row all = zero, inner = zero, m1 = zero, m2 = zero, m3 = zero, hr = zero, hi = zero, hh = zero;
    row f = between(&z, top);
    shape single = shape_at(f);
    for (int j = -NEAR; j <= NEAR; j++) {
        row r, i;
        gather(&z, top + j, &r, &i);
        row p = r * r + i * i;
        const float at = (float)j;
        all += p;
        m1 += p * at;
        m2 += p * (at * at);
        m3 += p * (at * at * at);
        if (j >= -INNER && j <= INNER)
            inner += p;
        if (j >= -3 && j <= 3) {
            row d = __builtin_convertvector(top, row) + at - single.f;
            row h = single.q / (d - d * d * d);
            hr += h * r, hi += h * i, hh += h * h;
        }
    }
    row over = 1 / (all + 1e-9f);
    m1 *= over, m2 *= over, m3 *= over;
    row alone = (hr * hr + hi * hi) / hh, power = mean_square(single.f, hr / hh, hi / hh);
    row total = z.sum + 1e-9f;
    AT(s->now.near) = inner / total;
    AT(s->now.centre) = (__builtin_convertvector(top, row) + m1) * BIN_HZ;
    AT(s->now.hz[0]) = single.f * BIN_HZ;
    AT(s->now.power[0]) = power;
    AT(s->now.hz[1]) = zero;
    AT(s->now.power[1]) = zero;
    row purity = alone / total; /* bins below the least are in the first, not in the other */
    AT(s->now.purity) = PICK(purity > 1, zero + 1, purity);

    /* A second sine: close by, or far away? */
    if (!any(loud & (purity < 0.97f)))
        return;
    row next = second(&z, top);
    flags far = 1.5f * next > all - alone, other = (flags)next & 255;
    other = PICKI(other >= LEAST_BIN, other, (flags){0} + LEAST_BIN);
    row most = PICK(far, alone + 1.5f * next, all);
    if (!any(loud & (most > 0.9f * s->profile.purity * total)))
        return;
    /* The two points that have this mean, spread and skewness; a sine alone spreads by 1/3. */
    row variance = m2 - m1 * m1;
    row third = m3 - 3 * m1 * m2 + 2 * m1 * m1 * m1;
    variance = PICK(variance > 0.6f, variance - 0.33333f, zero + 0.27f);
    row deviation = root(variance), skew = third / (variance * deviation);
    row wide = root(skew * skew + 4);
    row low = 0.5f * (skew - wide) * deviation, high = 0.5f * (skew + wide) * deviation;
    row limit = zero + NEAR;
    low = PICK(low + m1 < -limit, -limit - m1, low);
    high = PICK(high + m1 > limit, limit - m1, high);
    row base = __builtin_convertvector(top, row) + m1;
    flags middle = __builtin_convertvector(base + 0.5f * (low + high) + 0.5f, flags);
    middle = PICKI(middle - top > 4, top + 4, middle);
    middle = PICKI(top - middle > 4, top - 4, middle);

    fit t;
    t.f[0] = PICK(far, f, base + low);
    t.f[1] = PICK(far, between(&z, other), base + high);
    t.guess[0] = t.f[0];
    t.guess[1] = t.f[1];
    for (int j = 0; j < BINS; j++) {
        flags bin = PICKI(far, j < 6 ? top + (j - 2) : other + (j - 8), middle + (j - 6));
        t.bin[j] = __builtin_convertvector(bin, row);
        gather(&z, bin, &t.re[j], &t.im[j]);
    }
    for (int step = 0; step < STEPS; step++)
        mend(&t);
    amplitudes(&t);

    row p0 = mean_square(t.f[0], t.ar[0], t.ai[0]), p1 = mean_square(t.f[1], t.ar[1], t.ai[1]);
    row apart = t.f[1] - t.f[0];
    flags two = loud & ((apart > APART) | (apart < -APART));
    two &= (p0 > WEAKEST * p1) & (p1 > WEAKEST * p0);
    two &= (t.explained > alone + 0.03f * total) & (t.explained < 1.02f * total);
    flags swapped = apart < 0;
    AT(s->now.hz[0]) = PICK(two, PICK(swapped, t.f[1], t.f[0]) * BIN_HZ, single.f * BIN_HZ);
    AT(s->now.hz[1]) = PICK(two, PICK(swapped, t.f[0], t.f[1]) * BIN_HZ, zero);
    AT(s->now.power[0]) = PICK(two, PICK(swapped, p1, p0), power);
    AT(s->now.power[1]) = PICK(two, PICK(swapped, p0, p1), zero);
    purity = PICK(two, t.explained / total, purity);
    AT(s->now.purity) = PICK(purity > 1, zero + 1, purity);
}

static void TC_ISA(tc_steady_look)(tc_steady *s)
{
    for (int lane = 0; lane < TC_STEADY_LANES; lane += TC_WIDTH) {
        /* Energies of the block's pieces. */
        for (int i = 0; i < TC_STEADY_BLOCK / TC_STEADY_PIECE; i++) {
            const int first = TC_STEADY_WINDOW - TC_STEADY_BLOCK + i * TC_STEADY_PIECE;
            row sum = {0};
            for (int n = first; n < first + TC_STEADY_PIECE; n++) {
                row x = heard(s->x[n] + lane);
                sum += x * x;
            }
            AT(s->energy[TC_STEADY_PIECES - TC_STEADY_BLOCK / TC_STEADY_PIECE + i]) = sum;
        }
        slice(s, lane);
    }
}

#undef row
#undef flags
#undef words
#undef INLINE
#undef AT
#undef PICK
#undef PICKI
#undef any
#undef root
#undef PLACE
#undef fft4
#undef turn
#undef turn_8
#undef fft16
#undef heard
#undef marked
#undef greater
#undef transform
#undef part
#undef analyse
#undef look
#undef spectrum
#undef second
#undef gather
#undef between
#undef shape
#undef shape_at
#undef BINS
#undef fit
#undef amplitudes
#undef mend
#undef mean_square
#undef slice
