/* One block of 40 samples of 16 lanes: the part of the DTMF detector that runs all the time.
 * dtmf.c includes this text once per SIMD level. */

#include "rows.inl"

/* Two 16-bit numbers a lane: two samples in a row, or a phasor (`re` in the lower half). */
#define pairs TC_ISA(tc_pairs)
#define bare TC_ISA(tc_bare)
#define bare_words TC_ISA(tc_bare_words)
typedef int16_t pairs __attribute__((vector_size(4 * TC_WIDTH), may_alias));
typedef uint32_t bare __attribute__((vector_size(4 * TC_WIDTH), may_alias));
typedef uint16_t bare_words __attribute__((vector_size(2 * TC_WIDTH), may_alias));

#define PAIRS(memory) (*(pairs *)((memory) + lane))

/* A pair of the tables, in each lane. */
#define ALL(pair) ((pairs)((bare){0} + (pair)))

/* a * b, upper 16 bits of each (rounded down); sum of both products of a lane. */
#define scaled TC_ISA(scaled)
#define dot TC_ISA(dot)
#if TC_WIDTH == 16
INLINE pairs scaled(pairs a, pairs b)
{
    return (pairs)_mm512_mulhi_epi16((__m512i)a, (__m512i)b);
}

INLINE flags dot(pairs a, pairs b)
{
    return (flags)_mm512_madd_epi16((__m512i)a, (__m512i)b);
}
#elif TC_WIDTH == 8
INLINE pairs scaled(pairs a, pairs b)
{
    return (pairs)_mm256_mulhi_epi16((__m256i)a, (__m256i)b);
}

INLINE flags dot(pairs a, pairs b)
{
    return (flags)_mm256_madd_epi16((__m256i)a, (__m256i)b);
}
#elif TC_HAVE_X86_LEVELS /* which have SSE2 at least */
INLINE pairs scaled(pairs a, pairs b)
{
    return (pairs)_mm_mulhi_epi16((__m128i)a, (__m128i)b);
}

INLINE flags dot(pairs a, pairs b)
{
    return (flags)_mm_madd_epi16((__m128i)a, (__m128i)b);
}
#else
INLINE pairs scaled(pairs a, pairs b)
{
    for (int i = 0; i < 2 * TC_WIDTH; i++)
        a[i] = (int16_t)(a[i] * b[i] >> 16);
    return a;
}

INLINE flags dot(pairs a, pairs b)
{
    bare sum;
    for (int l = 0; l < TC_WIDTH; l++)
        sum[l] = (uint32_t)(a[2 * l] * b[2 * l]) + (uint32_t)(a[2 * l + 1] * b[2 * l + 1]);
    return (flags)sum;
}
#endif

/* Two frames of 16 samples, the earlier one below. */
#define heard_twice TC_ISA(heard_twice)
INLINE pairs heard_twice(const int16_t *frames, int lane)
{
    const int16_t *first = frames + lane, *second = first + TC_GROUP;
#if TC_WIDTH == 16
    __m512i lower = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)first));
    __m512i upper = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)second));
    return (pairs)_mm512_or_si512(lower, _mm512_slli_epi32(upper, 16));
#else
    bare_words lower, upper;
    memcpy(&lower, first, sizeof lower);
    memcpy(&upper, second, sizeof upper);
    return (pairs)(__builtin_convertvector(lower, bare) | __builtin_convertvector(upper, bare)
                                                              << 16);
#endif
}

/* The upper halves of two numbers. */
#define pack TC_ISA(pack)
INLINE pairs pack(flags re, flags im)
{
    return (pairs)((bare)re >> 16 | ((bare)im & 0xFFFF0000));
}

/* Both parts, as numbers. */
#define unpacked TC_ISA(unpacked)
INLINE phasor unpacked(pairs a)
{
    return (phasor){__builtin_convertvector(dot(a, ALL(1)), row),
                    __builtin_convertvector((flags)a >> 16, row)};
}

/* A lane's two numbers, each in the other's place. */
#define swapped TC_ISA(swapped)
INLINE pairs swapped(pairs a)
{
    return (pairs)((bare)a << 16 | (bare)a >> 16);
}

/* a * conj(b), given swapped(a) with its upper part negated: what dot() needs for the imaginary
 * part. */
#define turn_between TC_ISA(turn_between)
INLINE phasor turn_between(pairs a, pairs a_aside, pairs b)
{
    return (phasor){__builtin_convertvector(dot(a, b), row),
                    __builtin_convertvector(dot(a_aside, b), row)};
}

/* Step 1: every second value of a band, from the even ones or the odd ones on, in each lane that is
 * loud; x are the samples in pairs. */
#define step_1 TC_ISA(step_1)
INLINE void step_1(const pairs *x, int band, int odd, flags loud, tc_dtmf_flags s[8], int lane)
{
    flags re[4], im[4];
    for (int v = 0; v < 4; v++)
        re[v] = im[v] = (flags){0} + 0x8000; /* half of what pack() drops */
    x += 3 * odd;
#pragma GCC unroll 7
    for (int i = 0; i < 7 - odd; i++)
#pragma GCC unroll 4
        for (int v = 0; v < 4; v++) {
            re[v] += dot(x[5 * v + i], ALL(STEP_1[odd][2 * band][i]));
            im[v] += dot(x[5 * v + i], ALL(STEP_1[odd][2 * band + 1][i]));
        }
    pairs value[4];
    if (band) { /* its centre has turned back by a quarter from each to the next */
        value[0] = pack(re[0], im[0]);
        value[1] = pack(-im[1], re[1]);
        value[2] = pack(-re[2], -im[2]);
        value[3] = pack(im[3], -re[3]);
    } else {
        for (int v = 0; v < 4; v++)
            value[v] = pack(re[v], im[v]);
    }
    for (int v = 0; v < 4; v++)
        PAIRS(s[2 * v + odd]) = value[v] & (pairs)loud;
}

/* The values of step 1 of a band: those of this block and of the two before it, value k. */
#define VALUE(k) PAIRS(s[(k) / 8][(k) % 8])

/* Step 2: the group filter, four values. */
#define step_2 TC_ISA(step_2)
INLINE void step_2(tc_dtmf_flags *const s[3], int band, pairs z[4], int lane)
{
    for (int v = 0; v < 4; v++)
        z[v] = (pairs){0} + TAPS_2 / 4; /* half of what scaled() drops */
#pragma GCC unroll 8
    for (unsigned i = 0; i < TAPS_2 / 2; i++)
#pragma GCC unroll 4
        for (unsigned v = 0; v < 4; v++)
            z[v] +=
                scaled(VALUE(2 + 2 * v + i) + VALUE(1 + 2 * v + TAPS_2 - i), ALL(STEP_2[band][i]));
}

/* Mean square of what lies in the band of dial tones, over the newest 22 values of the low band. */
#define dial_power TC_ISA(dial_power)
INLINE row dial_power(tc_dtmf_flags *const s[3], int lane)
{
    pairs dial = (pairs){0} + TAPS_DIAL / 2;
#pragma GCC unroll 11
    for (unsigned i = 0; i < TAPS_DIAL / 2; i++) {
        pairs a = VALUE(2 + i), b = VALUE(1 + TAPS_DIAL - i);
        dial += scaled(a + b, ALL(STEP_DIAL[0][i])) + scaled(swapped(a - b), ALL(STEP_DIAL[1][i]));
    }
    return __builtin_convertvector(dot(dial, dial), row);
}

/* The tone of a band whose phase steps come nearest: `turn_4` (over 5 ms) knows the frequency well
 * but for multiples of 200 Hz, `turn_1` coarsely but without doubt.  2.6 makes them weigh about as
 * much: 28 values went into the one, 0.75^n fading blocks of 4 into the other. */
#define nearest_tone TC_ISA(tc_nearest_tone)
typedef struct {
    flags tone;
    row hz, gain;
    phasor nominal_1; /* its phase step over 1.25 ms */
    phasor rest_4;    /* turn_4, turned back by its step over 5 ms */
} nearest_tone;

#define nearest TC_ISA(nearest)
INLINE nearest_tone nearest(phasor turn_1, phasor turn_4, int band)
{
    const row zero = {0};
    nearest_tone n = {0};
    row best = zero;
#pragma GCC unroll 4
    for (int t = 0; t < 4; t++) {
        phasor nominal_1 = {zero + TURN_1_RE[band][t], zero + TURN_1_IM[band][t]};
        phasor nominal_4 = {zero + TURN_4_RE[band][t], zero + TURN_4_IM[band][t]};
        phasor rest = times_conj(turn_4, nominal_4);
        row score = rest.re + 2.6f * times_conj(turn_1, nominal_1).re;
        flags better = t ? score > best : score == score;
        best = PICK(better, score, best);
        n.hz = PICK(better, zero + TONE_HZ[band][t], n.hz);
        n.gain = PICK(better, zero + TONE_GAIN[band][t], n.gain);
        n.nominal_1.re = PICK(better, nominal_1.re, n.nominal_1.re);
        n.nominal_1.im = PICK(better, nominal_1.im, n.nominal_1.im);
        n.rest_4.re = PICK(better, rest.re, n.rest_4.re);
        n.rest_4.im = PICK(better, rest.im, n.rest_4.im);
        n.tone = (better & t) | (~better & n.tone);
    }
    return n;
}

/* One turning phasor, fitted to the window of 28 values of a band. */
#define fit TC_ISA(tc_fit)
typedef struct {
    flags good;       /* frequency, purity and floor are right */
    flags tone;       /* 0..3 */
    row whole;        /* power of the tone as spread over the window */
    row level;        /* ... over the time that it fills */
    row purity;       /* part of the band's energy that it is */
    row hz;           /* from nominal */
    row older, newer; /* its power in the window's halves */
    phasor turn_4;    /* its phase step over 5 ms */
} fit;

#define judge TC_ISA(judge)
INLINE fit judge(const tc_dtmf *d, int lane, int band, phasor turn_4, row power)
{
    const row zero = {0};
    nearest_tone n = nearest(LOAD(d->turn_1[band]), turn_4, band);
    row size = 1 / (root(square(turn_4)) + 1e-9f);
    fit f = {.tone = n.tone, .turn_4 = {turn_4.re * size, turn_4.im * size}};

    /* A quarter of the step that remains: halve the angle twice. */
    row c = n.rest_4.re * size;
    flags near = c > -0.17f; /* within 55 Hz */
    row h1 = root(0.5f + 0.5f * PICK(near, c, zero));
    row q1 = n.rest_4.im * size / (2 * h1);
    row h2 = root(0.5f + 0.5f * h1);
    row q2 = q1 / (2 * h2);
    f.hz = arc(PICK(near, q2, zero)) * (float)(4 * 200 / TWO_PI);
    phasor w = times(n.nominal_1, (phasor){h2, q2});

    /* Matched filter at this frequency: four chains of 7 values, then the older and the newer
     * 17.5 ms apart. */
    phasor part[4] = {{zero, zero}, {zero, zero}, {zero, zero}, {zero, zero}};
    const unsigned oldest = ((unsigned)d->blocks - 6) * 4;
#pragma GCC unroll 7
    for (unsigned i = 7; i-- > 0;)
#pragma GCC unroll 4
        for (unsigned k = 0; k < 4; k++) {
            unsigned at = oldest + 7 * k + i;
            part[k] = plus(times_conj(part[k], w),
                           unpacked(PAIRS(d->z[band][at / 4 % TC_DTMF_RING][at % 4])));
        }
    phasor w2 = times(w, w), w4 = times(w2, w2), w7 = times(w4, times(w2, w)), w14 = times(w7, w7);
    phasor older = plus(part[0], times_conj(part[1], w7));
    phasor newer = plus(part[2], times_conj(part[3], w7));
    /* What is left between the two corrects the frequency. */
    phasor between = times_conj(times_conj(newer, w14), older);
    row m1 = square(older), m2 = square(newer), product = root(m1 * m2) + 1e-9f;
    near &= between.re > 0.5f * product;     /* within 9.5 Hz */
    near &= (m1 <= 2 * m2) & (m2 <= 2 * m1); /* speech swells and fades */
    f.older = m1;
    f.newer = m2;
    f.hz += arc(PICK(near, between.im / product, zero)) * (float)(800 / 14.0 / TWO_PI);

    row whole = (m1 + m2 + 2 * product) * (1 / 784.0f), mean = power * (1 / 28.0f);
    row limit = d->profile.tolerance * n.hz + d->profile.tolerance_hz;
    f.purity = whole / (mean + 1e-9f);
    f.whole = whole * n.gain;
    f.level = mean / (f.purity + 1e-9f) * n.gain;
    f.good = near & (f.hz <= limit) & (f.hz >= -limit) & (f.purity >= d->profile.purity) &
             (f.whole >= d->limits.floor);
    return f;
}

/* The block for lanes `lane` to `lane + TC_WIDTH - 1`. */
#define slice TC_ISA(slice)
INLINE tc_dtmf_news slice(tc_dtmf *d, const int16_t *in, int lane)
{
    const unsigned now = (unsigned)d->blocks % 8;
    const unsigned here = (unsigned)d->blocks % TC_DTMF_RING;
    const unsigned before = (here + TC_DTMF_RING - 1) % TC_DTMF_RING;
    const row zero = {0};
    pairs x[4 + TC_DTMF_BLOCK / 2];
    bare energies[2] = {{0}, {0}};

    for (int i = 0; i < 4; i++)
        x[i] = PAIRS(d->x[i]);
    for (int i = 0; i < TC_DTMF_BLOCK / 2; i += 2)
#pragma GCC unroll 2
        for (int k = 0; k < 2; k++) {
            pairs two = heard_twice(in + 2 * (i + k) * TC_GROUP, lane);
            x[4 + i + k] = two;
            energies[k] += (bare)dot(two, two) >> 5; /* so that 40 squares fit */
        }
    for (int i = 0; i < 4; i++)
        PAIRS(d->x[i]) = x[TC_DTMF_BLOCK / 2 + i];
    const row energy =
        __builtin_convertvector((flags)(energies[0] + energies[1]), row) * (32 * UNIT * UNIT);

    /* A block in which no digit can be counts as silence. */
    const flags held = FLAGS(d->held), loud = energy >= d->limits.quiet;
    flags quiet = FLAGS(d->quiet);
    quiet = (quiet - (quiet < SILENT)) & ~loud; /* a flag that is set is -1 */
    FLAGS(d->quiet) = quiet;
    if (!any((quiet < SILENT) | held)) { /* and all that is remembered is silence too */
        for (int band = 0; band < 2; band++) {
            const phasor turn_1 = LOAD(d->turn_1[band]);
            STORE(d->turn_1[band],
                  ((phasor){0.75f * turn_1.re + 1e-9f, 0.75f * turn_1.im + 1e-9f}));
        }
        return (tc_dtmf_news){0, 0};
    }

    const unsigned newest = (unsigned)(d->blocks % 3), oldest = (newest + 1) % 3;
    if (any(loud)) {
#pragma GCC unroll 2
        for (int band = 0; band < 2; band++) {
            step_1(x, band, 0, loud, d->s[newest][band], lane);
            step_1(x, band, 1, loud, d->s[newest][band], lane);
        }
    } else {
        for (int k = 0; k < 8; k++)
            PAIRS(d->s[newest][0][k]) = PAIRS(d->s[newest][1][k]) = (pairs){0};
    }

    pairs z[2][4] = {{{0}}};
    row dial = zero;
    if (any(quiet < 3)) {
#pragma GCC unroll 2
        for (int band = 0; band < 2; band++) {
            tc_dtmf_flags *const s[3] = {d->s[oldest][band], d->s[(newest + 2) % 3][band],
                                         d->s[newest][band]};
            step_2(s, band, z[band], lane);
            if (!band)
                dial = dial_power(s, lane);
        }
    }

    /* The dial filter hears what is as old as the block before. */
    AT(d->rest[now]) = AT(d->energy) - TC_DTMF_BLOCK * dial;
    AT(d->energy) = PICK(loud, energy, zero);

    phasor turn[2][4];
    for (int band = 0; band < 2; band++) {
        phasor sum_1 = {zero, zero}, sum_4 = sum_1;
        pairs last = PAIRS(d->z[band][before][3]);
        const phasor turn_1 = LOAD(d->turn_1[band]);
        row power = zero;
        for (int i = 0; i < 4; i++) {
            const pairs value = z[band][i];
            const pairs aside = (pairs)(((bare)swapped(value) ^ 0xFFFF0000) + 0x10000);
            turn[band][i] = turn_between(value, aside, PAIRS(d->z[band][before][i]));
            sum_1 = plus(sum_1, turn_between(value, aside, last));
            sum_4 = plus(sum_4, turn[band][i]);
            power += __builtin_convertvector(dot(value, value), row);
            PAIRS(d->z[band][here][i]) = value;
            last = value;
        }
        AT(d->power[band][now]) = power;
        STORE(d->turn_4[band][now], sum_4);
        /* 1e-9 keeps what fades away from becoming denormal, which is slow. */
        STORE(d->turn_1[band], ((phasor){0.75f * turn_1.re + sum_1.re + 1e-9f,
                                         0.75f * turn_1.im + sum_1.im + 1e-9f}));
    }

    /* Is the digit in progress still there? */
    flags over = held;
    if (any(held)) {
        flags gap = FLAGS(d->gap);
        for (int i = 0; i < 4; i++) {
            flags absent = ~held;
            for (int band = 0; band < 2; band++)
                absent |=
                    ~(times_conj(turn[band][i], LOAD(d->held_4[band])).re >= AT(d->least[band]));
            gap = (gap + 1) & absent;
        }
        FLAGS(d->gap) = gap;
        over &= gap >= d->limits.gap;
    }

    /* Anything like one steady tone in each band, and little beside them?  Over 15 ms: suspicion;
     * over 35 ms: worth judging.  Most of speech gets no further than this. */
    row power[2], power_3[2], all = zero, all_3 = zero;
    phasor turn_4[2], turn_3[2];
    flags worth = ~(flags){0}, steady_3 = worth;
    for (unsigned i = 0; i < 7; i++) {
        all += AT(d->rest[(now - i) % 8]);
        if (i == 2)
            all_3 = all;
    }
    for (int band = 0; band < 2; band++) {
        row p = zero;
        phasor t = {zero, zero};
        for (unsigned i = 0; i < 7; i++) {
            p += AT(d->power[band][(now - i) % 8]);
            t = plus(t, LOAD(d->turn_4[band][(now - i) % 8]));
            if (i == 2) {
                power_3[band] = p;
                turn_3[band] = t;
            }
        }
        power[band] = p;
        turn_4[band] = t;
        worth &= (p >= 28 * d->limits.floor) & (square(t) >= 0.4f * p * p);
        /* For how long has it stood there?  Not if it rose from a third (a hole is none). */
        row p3 = power_3[band];
        flags stands =
            (p >= 28 * d->limits.floor) & (square(t) >= 0.5f * p * p) & (p3 <= 3 * (p - p3));
        FLAGS(d->stood[band]) = (FLAGS(d->stood[band]) + 1) & stands;
        steady_3 &= (p3 >= 3 * d->limits.floor) & (square(turn_3[band]) >= 0.4f * p3 * p3);
    }
    steady_3 &= (power_3[0] <= 40 * power_3[1]) & (power_3[1] <= 40 * power_3[0]);
    steady_3 &= power_3[0] + power_3[1] >= 0.5f * d->limits.pair * all_3;
    worth &= (power[0] <= d->limits.low * power[1]) & (power[1] <= d->limits.high * power[0]);
    worth &= power[0] + power[1] >= d->limits.pair * all;
    flags suspect = FLAGS(d->suspect);
    suspect += suspect > 0; /* a flag that is set is -1 */
    if (any(steady_3)) {
        for (int band = 0; band < 2; band++) {
            row rest = nearest(LOAD(d->turn_1[band]), turn_3[band], band).rest_4.re;
            steady_3 &= (rest > 0) | (rest * rest < 0.1f * square(turn_3[band])); /* 60 Hz */
        }
        suspect = (steady_3 & SUSPECT_BLOCKS) | (~steady_3 & suspect);
    }
    FLAGS(d->suspect) = suspect;

    tc_dtmf_news news = {0, 0};
    const flags candidate = FLAGS(d->candidate);
    FLAGS(d->candidate) = (flags){0};
    if (any(worth)) {
        fit low = judge(d, lane, 0, turn_4[0], power[0]);
        fit high = judge(d, lane, 1, turn_4[1], power[1]);
        flags steady = worth & low.good & high.good;
        steady &= (low.whole <= d->limits.forward * high.whole);
        steady &= (high.whole <= d->limits.reverse * low.whole);
        steady &= low.whole + high.whole >= d->limits.share * all;
        /* In music one tone is there before the other, or fades as the other swells. */
        steady &= (low.older * high.newer <= SWELL * low.newer * high.older) &
                  (low.newer * high.older <= SWELL * low.older * high.newer);
        flags skew = FLAGS(d->stood[0]) - FLAGS(d->stood[1]);
        steady &= held | ((skew <= SKEW) & (skew >= -SKEW));
        if (any(steady)) {
            /* The digit that is in progress: follow its level, keep the cleanest measurement. */
            flags known =
                steady & held & (FLAGS(d->tone[0]) == low.tone) & (FLAGS(d->tone[1]) == high.tone);
            /* Two windows, 5 ms apart, must say the same of a new one. */
            flags named = steady & (4 * low.tone + high.tone + 1);
            FLAGS(d->candidate) = named;
            steady &= known | (named == candidate);
            row purity = PICK(low.purity < high.purity, low.purity, high.purity);
            flags better = steady & (~known | (purity > AT(d->best)));
            steady &= ~known;
            SET(d->best, better, purity);
            for (int band = 0; band < 2; band++) {
                const fit *f = band ? &high : &low;
                AT(d->power_now[band]) = f->level;
                SET(d->held_power[band], known, f->level);
                SET(d->least[band], known, f->level * REMAINS);
                SET(d->held_4[band].re, better & known, f->turn_4.re);
                SET(d->held_4[band].im, better & known, f->turn_4.im);
                SET(d->offset[band], better & known, f->hz);
                SET(d->level[band], better & known, f->level);
            }
            if (any(steady)) { /* another digit: leave it to dtmf.c */
                news.hit = bits(steady);
                for (int band = 0; band < 2; band++) {
                    const fit *f = band ? &high : &low;
                    FLAGS(d->tone_now[band]) = f->tone;
                    AT(d->offset_now[band]) = f->hz;
                    STORE(d->turn_now[band], f->turn_4);
                }
            }
        }
    }
    if (any(over))
        news.over = bits(over);
    return news;
}

static tc_dtmf_news TC_ISA(tc_dtmf_block)(tc_dtmf *d, const int16_t *in)
{
    tc_dtmf_news news = {0, 0};
    for (int lane = 0; lane < TC_GROUP; lane += TC_WIDTH) {
        tc_dtmf_news some = slice(d, in, lane);
        news.hit |= some.hit << lane;
        news.over |= some.over << lane;
    }
    return news;
}

#undef pairs
#undef bare
#undef bare_words
#undef PAIRS
#undef ALL
#undef scaled
#undef dot
#undef heard_twice
#undef pack
#undef unpacked
#undef swapped
#undef turn_between
#undef step_1
#undef VALUE
#undef step_2
#undef dial_power
#undef nearest_tone
#undef nearest
#undef fit
#undef judge
#undef slice
#include "rows.inl"
