/* One block of 20 samples of 16 lanes: the part of the multi-frequency detectors that runs all the
 * time.  mf.c includes this text once per SIMD level. */

#include "rows.inl"

/* The greatest two of six powers, their tones in order, and the third. */
#define ranking TC_ISA(tc_ranking)
typedef struct {
    row first, second, third;
    flags low, high;
} ranking;

#define rank TC_ISA(rank)
INLINE ranking rank(const row *power)
{
    const row none = {0};
    ranking r = {none - 1, none - 1, none - 1, (flags){0}, (flags){0}};
    flags best = {0}, next = {0};
#pragma GCC unroll 6
    for (int t = 0; t < TC_MF_TONES; t++) {
        flags above = power[t] > r.first, between = power[t] > r.second;
        row fallen = PICK(above, r.first, power[t]);
        r.third = PICK(between, r.second, PICK(power[t] > r.third, power[t], r.third));
        r.second = PICK(between, fallen, r.second);
        next = CHOOSE(above, best, CHOOSE(between, t, next));
        r.first = PICK(above, power[t], r.first);
        best = CHOOSE(above, t, best);
    }
    flags sorted = best < next;
    r.low = CHOOSE(sorted, best, next);
    r.high = CHOOSE(sorted, next, best);
    return r;
}

/* The block for lanes `lane` to `lane + TC_WIDTH - 1`; `system` is known to the compiler. */
#define slice TC_ISA(slice)
INLINE tc_mf_news slice(tc_mf *d, const int16_t *in, int lane, const unsigned system)
{
    enum { HALF = TC_MF_BLOCK / 2 };
    const unsigned now = (unsigned)d->blocks % 8;
    const unsigned window_now = (unsigned)d->blocks % TC_MF_BEFORE;
    const row zero = {0};
    const float (*block_re)[HALF] = BLOCK_RE[system], (*block_im)[HALF] = BLOCK_IM[system];

    /* Each tone's sum over the block, folded about its middle.  A block in which no signal can be
     * counts as silence. */
    row sums[HALF], differences[HALF], energies[2] = {zero, zero};
#pragma GCC unroll 10
    for (int i = 0; i < HALF; i++) {
        row late = heard(in + (HALF + i) * TC_GROUP, lane);
        row early = heard(in + (HALF - 1 - i) * TC_GROUP, lane);
        sums[i] = late + early;
        differences[i] = late - early;
        energies[0] += late * late;
        energies[1] += early * early;
    }
    const row energy = energies[0] + energies[1];
    const flags held = FLAGS(d->held), loud = energy >= d->limits.quiet;
    flags quiet = FLAGS(d->quiet);
    quiet = (quiet - (quiet < SILENT)) & ~loud; /* a flag that is set is -1 */
    FLAGS(d->quiet) = quiet;
    if (!any((quiet < SILENT) | held)) /* and all that is remembered is silence too */
        return (tc_mf_news){0, 0};
    AT(d->energy[now]) = PICK(loud, energy, zero);
    row re[TC_MF_TONES], im[TC_MF_TONES];
    for (int t = 0; t < TC_MF_TONES; t++)
        re[t] = im[t] = zero;
    if (any(loud)) {
#pragma GCC unroll 10
        for (int i = 0; i < HALF; i++)
#pragma GCC unroll 6
            for (int t = 0; t < TC_MF_TONES; t++) {
                re[t] += sums[i] * block_re[t][i];
                im[t] += differences[i] * block_im[t][i];
            }
    }
    for (int t = 0; t < TC_MF_TONES; t++)
        STORE(d->block[now][t], ((phasor){PICK(loud, re[t], zero), PICK(loud, im[t], zero)}));

    /* The window, folded about its middle block. */
    const float *share = WINDOW_ENERGY[system];
    row mean = share[0] * AT(d->energy[(now - 3) % 8]);
#pragma GCC unroll 3
    for (unsigned m = 1; m <= 3; m++)
        mean += share[m] * (AT(d->energy[(now - 3 + m) % 8]) + AT(d->energy[(now - 3 - m) % 8]));
    phasor window[TC_MF_TONES], before[TC_MF_TONES];
    row power[TC_MF_TONES], total = zero;
#pragma GCC unroll 6
    for (int t = 0; t < TC_MF_TONES; t++) {
        const float *c = WINDOW_RE[system][t], *s = WINDOW_IM[system][t];
        phasor middle = LOAD(d->block[(now - 3) % 8][t]);
        phasor w = {c[0] * middle.re, c[0] * middle.im};
#pragma GCC unroll 3
        for (unsigned m = 1; m <= 3; m++) {
            phasor late = LOAD(d->block[(now - 3 + m) % 8][t]);
            phasor early = LOAD(d->block[(now - 3 - m) % 8][t]);
            w.re += c[m] * (late.re + early.re) + s[m] * (late.im - early.im);
            w.im += c[m] * (late.im + early.im) - s[m] * (late.re - early.re);
        }
        window[t] = w;
        power[t] = square(w);
        total += power[t];
        AT(d->power[window_now][t]) = power[t];
        before[t] = LOAD(d->window[now % 2][t]);
        STORE(d->window[now % 2][t], w);
    }

    tc_mf_news news = {0, 0};
    const flags candidate = FLAGS(d->candidate);
    flags named = {0}, windows = {0};
    /* Two tones have no more power than all six: in most of speech that is too little. */
    const flags awake =
        ((mean >= d->limits.floor) & (total * WORST[system] >= d->limits.share * mean)) |
        (held != 0);
    if (any(awake)) {
        ranking r = rank(power);
        flags alone = {0};
        if (d->limits.alone)
            alone = 10 * r.second <= r.first;
        flags pair = ~alone;
        row twist = PICK(r.high - r.low == 1, zero + d->limits.twist[0], zero + d->limits.twist[1]);
        row sum = PICK(alone, r.first, r.first + r.second), purity = zero;
        flags good = awake & (PICK(alone, r.first, r.second) >= d->limits.floor);
        good &= sum * WORST[system] >= d->limits.share * mean;
        good &= alone | ((r.first <= twist * r.second) & (r.third * d->limits.third <= r.second));

        /* What its tones are now, and how far each has moved on in two blocks. */
        row tone_power[2] = {zero, zero}, hz[2] = {zero, zero};
        if (any(good)) {
            flags best = CHOOSE(power[0] >= r.first, 0, ~(flags){0});
            for (int t = 1; t < TC_MF_TONES; t++)
                best = CHOOSE((best < 0) & (power[t] >= r.first), t, best);
            flags which[2] = {CHOOSE(alone, best, r.low), CHOOSE(alone, best, r.high)};
            for (int k = 0; k < 2; k++) {
                phasor turned = {zero, zero};
                row size = zero, limit = zero;
#pragma GCC unroll 6
                for (int t = 0; t < TC_MF_TONES; t++) {
                    flags this = which[k] == t;
                    phasor step = {zero + STEP[system][t][0], zero + STEP[system][t][1]};
                    phasor moved = times_conj(times_conj(window[t], before[t]), step);
                    turned.re = PICK(this, moved.re, turned.re);
                    turned.im = PICK(this, moved.im, turned.im);
                    tone_power[k] = PICK(this, power[t], tone_power[k]);
                    limit = PICK(this, zero + d->limits.hz[t], limit);
                }
                size = root(square(turned)) + 1e-9f;
                flags near = turned.re > 0.3f * size; /* within 40 Hz */
                hz[k] = arc(PICK(near, turned.im / size, zero)) * (float)(200 / TWO_PI);
                good &= near & (hz[k] <= limit) & (hz[k] >= -limit);
                /* As if the filter were quite flat: 1 when the tones fill the window. */
                row even = tone_power[k] * (EVEN[system][0] + EVEN[system][1] * hz[k] * hz[k]);
                purity += k ? PICK(alone, zero, even) : even;
            }
            purity /= mean + 1e-9f;
            good &= purity >= d->limits.share;
            named = good & (1 + (which[0] | CHOOSE(alone, 7, which[1]) << 4));
        }

        if (any(held)) { /* Has the signal in progress gone?  Has it been seen again? */
            row own[2] = {zero, zero};
            flags low = (held - 1) & 15, high = (held - 1) >> 4;
            for (int t = 0; t < TC_MF_TONES; t++) {
                own[0] = PICK(low == t, power[t], own[0]);
                own[1] = PICK(high == t, power[t], own[1]);
            }
            flags there = (own[0] >= REMAINS * AT(d->tone[0].power)) &
                          (own[1] >= REMAINS * AT(d->tone[1].power));
            flags missed = (FLAGS(d->missed) + 1) & ~there & (held != 0);
            FLAGS(d->missed) = missed;
            flags over = missed > d->limits.gap;
            if (any(over))
                news.over = bits(over);
        }

        if (any(good)) {
            flags known = good & (named == held);
            row doubt = PICK(purity > 1, purity - 1, 1 - purity);
            flags better = known & (doubt < AT(d->best));
            row whole = PICK(purity < 1, 1 / (purity * purity + 1e-9f), zero + 1);
            windows = good & (CHOOSE(named == candidate, FLAGS(d->windows), 0) + 1);
            flags enough =
                windows > CHOOSE(purity >= d->limits.sure, d->limits.operate + (flags){0},
                                 d->limits.doubt + (flags){0});
            flags fresh = good & ~known & enough;
            SET(d->best, better | fresh, doubt);
            for (int k = 0; k < 2; k++) {
                row mine = k ? PICK(pair, tone_power[k], zero) : tone_power[k];
                row past = AT(d->tone[k].power); /* falls slowly: an end is no softer tone */
                SET(d->tone[k].power, known, PICK(mine > past, mine, past * 0.95f + mine * 0.05f));
                SET(d->tone[k].level, better, mine);
                SET(d->tone[k].offset, better, hz[k]);
                AT(d->tone_now[k].power) = mine * whole;
                AT(d->tone_now[k].offset) = hz[k];
            }
            if (any(fresh)) { /* leave it to mf.c */
                news.hit = bits(fresh);
                FLAGS(d->now) = named;
            }
        }
    }
    FLAGS(d->candidate) = named;
    FLAGS(d->windows) = windows;
    return news;
}

static tc_mf_news TC_ISA(tc_mf_block)(tc_mf *d, const int16_t *in)
{
    tc_mf_news news = {0, 0};
    for (int lane = 0; lane < TC_GROUP; lane += TC_WIDTH) {
        tc_mf_news some;
        switch (d->profile.system) {
        case TC_MF_R1:
            some = slice(d, in, lane, TC_MF_R1);
            break;
        case TC_MF_R2_FORWARD:
            some = slice(d, in, lane, TC_MF_R2_FORWARD);
            break;
        case TC_MF_R2_BACKWARD:
            some = slice(d, in, lane, TC_MF_R2_BACKWARD);
            break;
        default:
            some = slice(d, in, lane, TC_MF_SIGNALLING);
        }
        news.hit |= some.hit << lane;
        news.over |= some.over << lane;
    }
    return news;
}

#undef ranking
#undef rank
#undef slice
#include "rows.inl"
