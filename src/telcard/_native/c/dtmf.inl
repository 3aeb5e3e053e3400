/* One block of 40 samples of 16 lanes: the part of the DTMF detector that runs all the time.
 *
 * A row is one number of each lane; rows meet only lane by lane, so a lane's bits depend on nothing
 * else.  dtmf.c includes this text once per SIMD level. */

#define row tc_dtmf_row
#define flags tc_dtmf_flags
#define phasor tc_dtmf_complex
#define INLINE static inline __attribute__((always_inline))

/* a where the flag is set, else b. */
#define PICK(flag, a, b) ((row)(((flag) & (flags)(a)) | (~(flag) & (flags)(b))))

#define times TC_ISA(times)
INLINE phasor times(phasor a, phasor b)
{
    return (phasor){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

#define times_conj TC_ISA(times_conj)
INLINE phasor times_conj(phasor a, phasor b)
{
    return (phasor){a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
}

#define square TC_ISA(square)
INLINE row square(phasor a)
{
    return a.re * a.re + a.im * a.im;
}

#define root TC_ISA(root)
INLINE row root(row a)
{
    _Alignas(64) float v[TC_GROUP];
    row r;
    memcpy(v, &a, sizeof v);
    for (int l = 0; l < TC_GROUP; l++)
        v[l] = __builtin_sqrtf(v[l]);
    memcpy(&r, v, sizeof r);
    return r;
}

/* Arc sine, to 0.004 for 45 degrees and far better below. */
#define arc TC_ISA(arc)
INLINE row arc(row x)
{
    row y = x * x;
    return x * (1 + y * (1 / 6.0f + y * (3 / 40.0f + y * (15 / 336.0f))));
}

#define any TC_ISA(any)
INLINE int any(flags f)
{
    uint64_t u[8];
    memcpy(u, &f, sizeof u);
    return ((u[0] | u[1]) | (u[2] | u[3]) | (u[4] | u[5]) | (u[6] | u[7])) != 0;
}

/* Turn `a` by `eighths` of a circle. */
#define turned TC_ISA(turned)
INLINE phasor turned(phasor a, int eighths)
{
    const float half = 0.70710678f;
    if (eighths & 1)
        a = (phasor){(a.re - a.im) * half, (a.re + a.im) * half};
    switch (eighths >> 1 & 3) {
    case 1: return (phasor){-a.im, a.re};
    case 2: return (phasor){-a.re, -a.im};
    case 3: return (phasor){a.im, -a.re};
    }
    return a;
}

/* Step 1: complex value of the 12 samples x[0..11], band centre not yet turned to 0 Hz. */
#define step_1 TC_ISA(step_1)
INLINE void step_1(const row *x, phasor *low, phasor *high)
{
    row lr = {0}, li = {0}, hr = {0}, hi = {0};
#pragma GCC unroll 6
    for (int i = 0; i < TAPS_1 / 2; i++) {
        row sum = x[i] + x[TAPS_1 - 1 - i], difference = x[i] - x[TAPS_1 - 1 - i];
        lr += sum * STEP_1_RE[0][i];
        li += difference * STEP_1_IM[0][i];
        hr += sum * STEP_1_RE[1][i];
        hi += difference * STEP_1_IM[1][i];
    }
    *low = (phasor){lr, li};
    *high = (phasor){hr, hi};
}

/* Step 2: the group filter over s[0..15]. */
#define step_2 TC_ISA(step_2)
INLINE phasor step_2(const phasor *s, int band)
{
    row re = {0}, im = {0};
#pragma GCC unroll 8
    for (int i = 0; i < TAPS_2 / 2; i++) {
        re += (s[i].re + s[TAPS_2 - 1 - i].re) * STEP_2[band][i];
        im += (s[i].im + s[TAPS_2 - 1 - i].im) * STEP_2[band][i];
    }
    return (phasor){re, im};
}

/* The tone of `band` whose phase steps come nearest: `turn_4` knows the frequency well but for
 * multiples of 200 Hz, `turn_1` coarsely but without doubt.  Gives its number, nominal frequency,
 * nominal steps, and the cosine and sine of the remaining step over 5 ms. */
typedef struct {
    flags tone;
    row hz;
    phasor nominal_1, rest_4, unit_4;
} TC_ISA(nearest_tone);

#define nearest TC_ISA(nearest)
INLINE TC_ISA(nearest_tone) nearest(phasor turn_1, phasor turn_4, int band)
{
    TC_ISA(nearest_tone) n = {0};
    row scale_1 = 1.5f / (root(square(turn_1)) + 1e-9f), scale_4 = 1 / (root(square(turn_4)) + 1e-9f);
    phasor unit_1 = {turn_1.re * scale_1, turn_1.im * scale_1};
    row zero = {0}, best = zero - 9;
    n.unit_4 = (phasor){turn_4.re * scale_4, turn_4.im * scale_4};
    for (int t = 0; t < 4; t++) {
        phasor nominal_1 = {zero + TURN_1_RE[band][t], zero + TURN_1_IM[band][t]};
        phasor nominal_4 = {zero + TURN_4_RE[band][t], zero + TURN_4_IM[band][t]};
        phasor rest = times_conj(n.unit_4, nominal_4);
        row score = rest.re + times_conj(unit_1, nominal_1).re;
        flags better = score > best;
        best = PICK(better, score, best);
        n.hz = PICK(better, zero + TONE_HZ[band][t], n.hz);
        n.nominal_1.re = PICK(better, nominal_1.re, n.nominal_1.re);
        n.nominal_1.im = PICK(better, nominal_1.im, n.nominal_1.im);
        n.rest_4.re = PICK(better, rest.re, n.rest_4.re);
        n.rest_4.im = PICK(better, rest.im, n.rest_4.im);
        n.tone = (better & t) | (~better & n.tone);
    }
    return n;
}

/* Fit one turning phasor to the window of 28 values and leave the verdict; the flags returned say
 * whether frequency, purity and floor are right.  `power` is the window's sum of |z|^2. */
#define judge TC_ISA(judge)
INLINE flags judge(tc_dtmf *d, int band, phasor turn_4, row power)
{
    TC_ISA(nearest_tone) n = nearest(d->turn_1[band], turn_4, band);
    row zero = {0};

    /* A quarter of the remaining step: halve the angle twice. */
    row c = n.rest_4.re, h1, h2, q;
    flags near = c > -0.17f; /* within 55 Hz */
    c = PICK(near, c, zero);
    h1 = root(0.5f + 0.5f * c);
    q = n.rest_4.im / (2 * h1);
    h2 = root(0.5f + 0.5f * h1);
    q = q / (2 * h2);
    row hz = arc(q) * (float)(4 * 200 / TWO_PI);
    phasor w = times(n.nominal_1, (phasor){h2, q});

    /* Matched filter at this frequency, the older and the newer 17.5 ms apart. */
    phasor older = {zero, zero}, newer = {zero, zero};
    unsigned oldest = (unsigned)d->blocks + 1;
    for (int i = 13; i >= 0; i--) {
        const phasor *a = &d->z[band][(oldest + i / 4) % TC_DTMF_RING][i % 4];
        const phasor *b = &d->z[band][(oldest + (i + 14) / 4) % TC_DTMF_RING][(i + 14) % 4];
        older = times_conj(older, w);
        newer = times_conj(newer, w);
        older.re += a->re;
        older.im += a->im;
        newer.re += b->re;
        newer.im += b->im;
    }
    /* What is left between the halves corrects the frequency. */
    phasor w2 = times(w, w), w4 = times(w2, w2), w8 = times(w4, w4);
    phasor w14 = times(w8, times(w4, w2));
    phasor between = times_conj(times_conj(newer, w14), older);
    row m1 = root(square(older)), m2 = root(square(newer)), product = m1 * m2 + 1e-9f;
    row sine = between.im / product;
    near &= between.re > 0.5f * product; /* within 9.5 Hz */
    hz += arc(PICK(near, sine, zero)) * (float)(800 / 14.0 / TWO_PI);

    tc_dtmf_verdict *v = &d->verdict[band];
    row sum = m1 + m2;
    v->whole = sum * sum * (1 / 784.0f);
    v->purity = sum * sum / (28 * power + 1e-9f);
    v->level = v->whole / (v->purity * v->purity + 1e-9f);
    v->offset = hz;
    v->tone = n.tone;
    v->step_4 = n.unit_4;
    row limit = d->profile.tolerance * n.hz;
    return near & (hz <= limit) & (hz >= -limit) & (v->purity >= d->profile.purity) &
           (v->whole >= d->limits.floor);
}

/* Returns 0 when nothing has happened; else `hit` flags the lanes whose window holds a digit
 * (d->verdict says which), `over` those whose digit has been absent for longer than a hole. */
static int TC_ISA(tc_dtmf_block)(tc_dtmf *d, const int16_t *in, const tc_dtmf_words *mask,
                                 flags *hit, flags *over)
{
    const unsigned now = (unsigned)d->blocks % TC_DTMF_RING;
    const unsigned before = (now + TC_DTMF_RING - 1) % TC_DTMF_RING;
    row x[7 + TC_DTMF_BLOCK], energy[4] = {{0}};
    phasor s[2][14 + 8];

    memcpy(x, d->x, sizeof d->x);
    for (int i = 0; i < TC_DTMF_BLOCK; i++) {
        tc_dtmf_words v;
        memcpy(&v, in + i * TC_GROUP, sizeof v);
        x[7 + i] = __builtin_convertvector(v & *mask, row);
        energy[i % 4] += x[7 + i] * x[7 + i];
    }
    memcpy(d->x, x + TC_DTMF_BLOCK, sizeof d->x);
    d->energy[now] = (energy[0] + energy[1]) + (energy[2] + energy[3]);

    memcpy(s[0], d->s[0], sizeof d->s[0]);
    memcpy(s[1], d->s[1], sizeof d->s[1]);
#pragma GCC unroll 8
    for (int k = 0; k < 8; k++) {
        phasor low, high;
        step_1(x + 5 * k, &low, &high);
        s[0][14 + k] = turned(low, 4 * k);
        s[1][14 + k] = turned(high, k);
    }
    memcpy(d->s[0], s[0] + 8, sizeof d->s[0]);
    memcpy(d->s[1], s[1] + 8, sizeof d->s[1]);

    phasor turn_4[2][4];
    for (int band = 0; band < 2; band++) {
        phasor sum_1 = {{0}, {0}}, sum_4 = {{0}, {0}}, last = d->z[band][before][3];
        row power = {0};
        for (int i = 0; i < 4; i++) {
            phasor z = step_2(s[band] + 2 * i, band), turn = times_conj(z, last);
            turn_4[band][i] = times_conj(z, d->z[band][before][i]);
            power += square(z);
            sum_1.re += turn.re;
            sum_1.im += turn.im;
            sum_4.re += turn_4[band][i].re;
            sum_4.im += turn_4[band][i].im;
            d->z[band][now][i] = last = z;
        }
        d->power[band][now] = power;
        d->turn_4[band][now] = sum_4;
        d->turn_1[band].re = 0.75f * d->turn_1[band].re + sum_1.re;
        d->turn_1[band].im = 0.75f * d->turn_1[band].im + sum_1.im;
    }

    /* Is the digit still there? */
    flags gap = d->gap;
    for (int i = 0; i < 4; i++) {
        flags there = times_conj(turn_4[0][i], d->held_4[0]).re >= d->least[0];
        there &= times_conj(turn_4[1][i], d->held_4[1]).re >= d->least[1];
        gap = (gap + 1) & ~there;
    }
    d->gap = gap;
    *over = (gap >= d->limits.gap) & d->held;

    /* Anything like one steady tone in each band?  Over 15 ms: suspicion; over 35 ms: judgement. */
    row power[2], power_3[2];
    phasor sum_4[2], sum_3[2];
    flags steady = ~(flags){0}, steady_3 = steady;
    for (int band = 0; band < 2; band++) {
        row p = {0};
        phasor t = {{0}, {0}};
        for (int i = 0; i < 7; i++) {
            unsigned b = (now + TC_DTMF_RING - i) % TC_DTMF_RING;
            p += d->power[band][b];
            t.re += d->turn_4[band][b].re;
            t.im += d->turn_4[band][b].im;
            if (i == 2) {
                power_3[band] = p;
                sum_3[band] = t;
            }
        }
        power[band] = p;
        sum_4[band] = t;
        steady &= (p >= 28 * d->limits.floor) & (square(t) >= 0.25f * p * p);
        steady_3 &= (power_3[band] >= 3 * d->limits.floor) &
                    (square(sum_3[band]) >= 0.4f * power_3[band] * power_3[band]);
    }
    steady_3 &= (power_3[0] <= 40 * power_3[1]) & (power_3[1] <= 40 * power_3[0]);
    d->suspect += d->suspect > 0; /* a true flag is -1 */
    d->blocks++;
    *hit = (flags){0};
    if (any(steady_3)) {
        for (int band = 0; band < 2; band++)
            steady_3 &= nearest(d->turn_1[band], sum_3[band], band).rest_4.re > -0.3f;
        d->suspect = (steady_3 & SUSPECT_BLOCKS) | (~steady_3 & d->suspect);
    }
    if (any(steady)) {
        steady &= judge(d, 0, sum_4[0], power[0]);
        steady &= judge(d, 1, sum_4[1], power[1]);
        row low = d->verdict[0].whole, high = d->verdict[1].whole, all = {0};
        for (int i = 1; i < 8; i++) /* as old as what the filters have let through */
            all += d->energy[(now + TC_DTMF_RING - i) % TC_DTMF_RING];
        steady &= (low <= d->limits.forward * high) & (high <= d->limits.reverse * low);
        steady &= low + high >= d->limits.share * all;
        *hit = steady;
    }
    return any(*hit | *over);
}

#undef row
#undef flags
#undef phasor
#undef INLINE
#undef PICK
#undef times
#undef times_conj
#undef square
#undef root
#undef arc
#undef any
#undef turned
#undef step_1
#undef step_2
#undef nearest
#undef judge
