/* The text of the residual stage, once per SIMD level; see residual.h and simd.h. */

#include "rows.inl"

#define numbers TC_ISA(tc_numbers)
typedef uint32_t numbers __attribute__((vector_size(4 * TC_WIDTH), may_alias));

#define ORDER TC_RESIDUAL_ORDER

#define most TC_ISA(most)
INLINE row most(row a, row b)
{
    return PICK(a > b, a, b);
}

#define least TC_ISA(least)
INLINE row least(row a, row b)
{
    return PICK(a < b, a, b);
}

/* Two poles at 200 Hz take away what a line filter would: below it estimates are poor. */
#define voiced TC_ISA(voiced)
INLINE row voiced(row v, row memory[3])
{
    row once = v - memory[0] + HIGH_PASS * memory[1];
    memory[2] = once - memory[1] + HIGH_PASS * memory[2];
    memory[1] = once;
    memory[0] = v;
    return memory[2];
}

/* Up to the end of the part: sums for the decision, and what goes out. */
#define pass TC_ISA(pass)
INLINE void pass(tc_residual *r, const tc_residual_row *x, const tc_residual_row *d,
                 const tc_residual_row *y, const tc_residual_row *e,
                 int16_t (*out)[TC_RESIDUAL_LANES], unsigned n, int lane)
{
    const unsigned at = (unsigned)(r->at % TC_RESIDUAL_BLOCK);
    row sum_x = AT(r->sum_x), sum_d = AT(r->sum_d), sum_y = AT(r->sum_y);
    row sum_e = AT(r->sum_e), sum_dy = AT(r->sum_dy), sum_kept = AT(r->sum_kept);
    row seen[ORDER + TC_RESIDUAL_PART], made[ORDER + TC_RESIDUAL_PART];
    for (int k = 0; k < ORDER; k++) {
        seen[k] = AT(r->windowed[k]);
        made[k] = AT(r->past[k]);
    }
    row of_d[3], of_y[3], of_e[3];
    for (int k = 0; k < 3; k++) {
        of_d[k] = AT(r->of_d[k]);
        of_y[k] = AT(r->of_y[k]);
        of_e[k] = AT(r->of_e[k]);
    }
    for (unsigned i = 0; i < n; i++) {
        row vx = AT(x[i]), vd = voiced(AT(d[i]), of_d), vy = voiced(AT(y[i]), of_y);
        row ve = voiced(AT(e[i]), of_e);
        sum_x += vx * vx;
        sum_d += vd * vd;
        sum_y += vy * vy;
        sum_e += ve * ve;
        sum_dy += vd * vy;
        row kept = ve + vy - vd;
        sum_kept += kept * kept;
        seen[ORDER + i] = AT(e[i]) * HANN[at + i];
    }
    for (int k = 0; k < 3; k++) {
        AT(r->of_d[k]) = of_d[k];
        AT(r->of_y[k]) = of_y[k];
        AT(r->of_e[k]) = of_e[k];
    }
    for (unsigned k = 0; k <= ORDER; k++) {
        row sum = AT(r->products[k]);
#pragma GCC unroll 8
        for (unsigned i = 0; i < n; i++)
            sum += seen[ORDER + i] * seen[ORDER + i - k];
        AT(r->products[k]) = sum;
    }
    row gain = AT(r->gain), gain_step = AT(r->gain_step);
    row noise = AT(r->noise), noise_step = AT(r->noise_step), size = AT(r->excitation), a[ORDER];
    const row low = size * 0 - 32768.0f, high = size * 0 + 32767.0f;
    numbers seed = (numbers)FLAGS(r->seed);
    for (int k = 0; k < ORDER; k++)
        a[k] = AT(r->filter[k]);
#pragma GCC unroll 8
    for (unsigned i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        row v = size * __builtin_convertvector((flags)seed >> 8, row);
        for (unsigned k = ORDER; k-- > 0;) /* the newest last: it has only just been made */
            v += a[k] * made[ORDER + i - 1 - k];
        made[ORDER + i] = v;
        gain += gain_step;
        noise += noise_step;
        v = least(most(AT(e[i]) * gain + v * noise, low), high);
        words whole = __builtin_convertvector((v + 0x1.8p23f) - 0x1.8p23f, words);
        memcpy(out[i] + lane, &whole, sizeof whole);
    }
    FLAGS(r->seed) = (flags)seed;
    AT(r->gain) = gain;
    AT(r->noise) = noise;
    AT(r->sum_x) = sum_x;
    AT(r->sum_d) = sum_d;
    AT(r->sum_y) = sum_y;
    AT(r->sum_e) = sum_e;
    AT(r->sum_dy) = sum_dy;
    AT(r->sum_kept) = sum_kept;
    for (unsigned k = 0; k < ORDER; k++) {
        AT(r->windowed[k]) = seen[n + k];
        AT(r->past[k]) = made[n + k];
    }
}

/* The loudest part of x in the tail; `part` is the number of the one that has ended. */
#define loudest TC_ISA(loudest)
INLINE row loudest(tc_residual *r, row x, unsigned part, int lane)
{
    const unsigned now = part / 8 % TC_RESIDUAL_CHUNKS;
    if (part % 8 == 0) {
        row past = {0};
        for (int age = 1; age < TC_RESIDUAL_CHUNKS; age++) {
            row chunk =
                AT(r->chunk[(now + TC_RESIDUAL_CHUNKS - (unsigned)age) % TC_RESIDUAL_CHUNKS]);
            past = PICK((FLAGS(r->chunks) >= age) & (chunk > past), chunk, past);
        }
        AT(r->hull) = past;
        AT(r->chunk[now]) = x;
    } else {
        AT(r->chunk[now]) = most(AT(r->chunk[now]), x);
    }
    return most(AT(r->hull), AT(r->chunk[now]));
}

/* A part is full: what it holds, and what becomes of the next one. */
#define decide TC_ISA(decide)
INLINE uint32_t decide(tc_residual *r, unsigned part, int lane)
{
    const row zero = {0}, each = zero + 1.0f / TC_RESIDUAL_PART;
    const row x = AT(r->sum_x) * each, d = AT(r->sum_d) * each, y = AT(r->sum_y) * each;
    const row left = AT(r->sum_e) * each, dy = AT(r->sum_dy) * each;
    const row kept = AT(r->sum_kept) * each;
    /* Whoever talks is in d: what e has beyond it a bad estimate has brought. */
    const row e = least(left, 2 * most(d, AT(r->d_last)));
    AT(r->d_last) = d;
    AT(r->sum_x) = AT(r->sum_d) = AT(r->sum_y) = AT(r->sum_e) = zero;
    AT(r->sum_dy) = AT(r->sum_kept) = zero;
    FLAGS(r->seed) ^= (flags)d; /* no two lanes sound alike, unless they hear the same */

    /* The echo to be expected. */
    row leak = AT(r->leak);
    const row background = AT(r->background);
    const row loss = least(most(AT(r->mean_d) / (AT(r->mean_x) + 1.0f), zero + 1e-4f), zero + 1.0f);
    const row share = least(most(4 * leak, zero + LEAST_SHARE), zero + 1.0f);
    const row direct = most(most(y, AT(r->y[0])), most(AT(r->y[1]), AT(r->y[2])));
    const row around = share * loss * loudest(r, x, part, lane), echo = direct + around;
    AT(r->y[2]) = AT(r->y[1]);
    AT(r->y[1]) = AT(r->y[0]);
    AT(r->y[0]) = y;

    const row e5 = AT(r->e5) + 0.2f * (e - AT(r->e5)), h5 = AT(r->h5) + 0.2f * (echo - AT(r->h5));
    const row e16 = AT(r->e16) + 0.0625f * (e - AT(r->e16));
    const row h16 = AT(r->h16) + 0.0625f * (echo - AT(r->h16));
    const row k5 = AT(r->k5) + 0.2f * (kept - AT(r->k5));
    const row k16 = AT(r->k16) + 0.0625f * (kept - AT(r->k16));
    const row k2 = most(kept, AT(r->k_last)), e2 = 0.5f * (e + AT(r->e_last));
    AT(r->k5) = k5;
    AT(r->k16) = k16;
    AT(r->k_last) = kept;
    AT(r->e5) = e5;
    AT(r->h5) = h5;
    AT(r->e16) = e16;
    AT(r->h16) = h16;
    AT(r->e_last) = e;

    /* Who talks. */
    const row heard_of[3] = {e2, e5, e16};
    /* A mean over few parts of an echo that has just begun is no better than each of them. */
    const row echoes[3] = {echo, most(h5, ONSET * echo), most(h16, ONSET * echo)};
    const row all[3] = {k2, k5, k16};
    flags near = FLAGS(r->near), loud = {0};
    near += near > 0;
    for (int k = 0; k < 3; k++) {
        row limit = OVER[k] * (leak * echoes[k] + all[k] + QUANTISING) + ABOVE[k] * background;
        loud = heard_of[k] > limit;
        near = CHOOSE(loud & (near < HOLD[k]), HOLD[k], near);
    }
    flags far = FLAGS(r->far), active = leak * echo + kept > FAR_FLOOR + 0.0625f * background;
    far = CHOOSE(active, FAR_HOLD + (flags){0}, far + (far > 0));

    /* The leak, while there is enough echo to see it. */
    const flags live = h16 > LIVE;
    const row rest = most(e16 - k16 - background - QUANTISING, zero), seen = rest / (h16 + 1.0f);
    const row known =
        least(most(AT(r->mean_e) - background - QUANTISING, zero) / AT(r->mean_d), AT(r->coded));
    row rise = PICK(loud, zero + CREEPS, zero + RISES);
    rise = PICK((near > 0) &
                    (leak > PICK(loud, most(KNOWN * known, zero + CREEP_LEAK), KNOWN * known)),
                zero + 1.0f, rise);
    row next =
        leak * PICK(seen < leak, PICK(4 * seen < leak, zero + FALLS_FAST, zero + FALLS), rise);

    /* An estimate that does not fit: d - y is like it, whatever the canceller has made of it. */
    const row wy = AT(r->wy) + SLOWLY * (dy - y - AT(r->wy));
    const row yy = AT(r->yy) + SLOWLY * (y - AT(r->yy));
    const row ww = AT(r->ww) + SLOWLY * (d - 2 * dy + y - AT(r->ww));
    AT(r->wy) = wy;
    AT(r->yy) = yy;
    AT(r->ww) = ww;
    const flags wrong = (wy * wy > 0.15f * ww * yy) & (wy * wy > 0.09f * yy * yy) & (yy > LIVE) &
                        (ww < 4.0f * yy) & (e16 < 4.0f * h16) &
                        (e16 > OVER[2] * (leak * h16 + QUANTISING) + ABOVE[2] * background);
    const flags doubt = (FLAGS(r->doubt) - (FLAGS(r->doubt) < 100)) & wrong & ~FLAGS(r->sung);
    const flags surely = (doubt >= DOUBT) | (FLAGS(r->told) & live);
    FLAGS(r->told) &= ~live;
    FLAGS(r->doubt) = doubt;
    flags suspect = FLAGS(r->suspect);
    FLAGS(r->suspect) = CHOOSE(surely, SUSPECT + (flags){0}, suspect + (suspect > 0));
    next = PICK(surely, most(next, seen), next);
    near = near & ~surely;
    next = least(most(next, most(known, zero + LEAST_LEAK)), zero + MOST_LEAK);
    AT(r->leak) = PICK(live, next, leak);

    /* What the far end alone is like. */
    const flags alone = live & (near == 0);
    const row part_of = PICK(alone, zero + 0.004f, zero);
    AT(r->mean_x) += part_of * (x - AT(r->mean_x));
    AT(r->mean_d) += part_of * (d - AT(r->mean_d));
    AT(r->mean_e) += part_of * (e - AT(r->mean_e));
    const flags good = 31 * most(AT(r->mean_e) - background - QUANTISING, zero) < AT(r->mean_d);
    const flags was = FLAGS(r->converged) >= CONVERGED, lost = surely & was;
    FLAGS(r->converged) =
        CHOOSE(alone, (FLAGS(r->converged) - (FLAGS(r->converged) < CONVERGED)) & good,
               FLAGS(r->converged)) &
        ~surely;
    FLAGS(r->near) = near;
    FLAGS(r->far) = far;

    /* The next part: all of e, at once for who talks; or less and less of it. */
    const flags open = (near > 0) | ~FLAGS(r->suppress), idle = far == 0;
    row gain = AT(r->gain_next);
    AT(r->gain) = gain;
    row fallen = PICK(gain > 0.01f, gain * 0.6f, zero);
    row risen = least(gain + 0.02f, zero + 1.0f);
    row gain_next = PICK(open, zero + 1.0f, PICK(idle, risen, fallen));
    row noise = AT(r->noise_next);
    /* Not 3 dB louder than what is there, or 6 for a moment: the background may have gone. */
    row share_of = most(1.0f - gain_next * gain_next, zero);
    share_of *= least(least(2 * e16, 4 * e2) / (background + 1.0f), zero + 1.0f);
    row noise_next = PICK(FLAGS(r->comfort) != 0, root(share_of), zero);
    AT(r->noise) = noise;
    AT(r->gain_step) = (gain_next - gain) * each;
    AT(r->noise_step) = (noise_next - noise) * each;
    AT(r->gain_next) = gain_next;
    AT(r->noise_next) = noise_next;
    const row faint = least(most(4 * leak, zero + FAINT), zero + 1.0f);
    AT(r->worst) = most(AT(r->worst), leak * (direct + faint * around) + kept);
    AT(r->sum_of_block) += left;
    return any(lost) ? bits(lost) : 0;
}

/* The noise's filter from the averaged correlation, by Levinson's recursion. */
#define shape TC_ISA(shape)
static void shape(tc_residual *r, int lane)
{
    row error = AT(r->correlation[0]) * 1.001f + 1.0f, a[ORDER], b[ORDER];
    for (int m = 0; m < ORDER; m++) {
        row sum = AT(r->correlation[m + 1]);
        for (int i = 0; i < m; i++)
            sum -= a[i] * AT(r->correlation[m - i]);
        row k = sum / error;
        for (int i = 0; i < m; i++)
            b[i] = a[i] - k * a[m - 1 - i];
        for (int i = 0; i < m; i++)
            a[i] = b[i];
        a[m] = k;
        error *= 1.0f - k * k;
    }
    for (int m = 0; m < ORDER; m++)
        AT(r->filter[m]) = a[m];
    /* uniform numbers of 24 bits with the power of the prediction's error */
    AT(r->excitation) = root(most(error, (row){0}) * (3 / HANN_POWER)) * (1 / 8388608.0f);
}

/* What follows the echo's level up and down is its residual, be it noise: as of a coder in the
 * path, of which no filter takes more.  Whoever talks does not follow it for seconds. */
#define follow TC_ISA(follow)
INLINE void follow(tc_residual *r, int lane)
{
    const row zero = {0}, h = AT(r->h16);
    const row e = most(AT(r->e16) - AT(r->k16) - AT(r->background) - QUANTISING, zero);
    const row share = PICK((h > LIVE) & (FLAGS(r->converged) >= CONVERGED), zero + FOLLOWS, zero),
              sums[6] = {zero + 1, h, e, h * h, h * e, e * e};
    row mean[6];
    for (int k = 0; k < 6; k++)
        mean[k] = AT(r->moments[k]) += share * (sums[k] - AT(r->moments[k]));
    const row of_h = mean[0] * mean[3] - mean[1] * mean[1];
    const row of_e = mean[0] * mean[5] - mean[2] * mean[2];
    const row of_both = most(mean[0] * mean[4] - mean[1] * mean[2], zero);
    const row slope = of_both / (of_h + 1.0f);
    const flags alike = of_both * of_both > ALIKE * of_h * of_e;
    AT(r->coded) =
        PICK(alike, least(most(slope, zero + MOST_KNOWN), zero + MOST_CODED), zero + MOST_KNOWN);
}

/* A block is full: is it background? */
#define listen TC_ISA(listen)
static void listen(tc_residual *r, unsigned block, int lane)
{
    const row zero = {0};
    const row power = AT(r->products[0]) * (1 / HANN_POWER);
    const row heard_power = AT(r->sum_of_block) * (1.0f * TC_RESIDUAL_PART / TC_RESIDUAL_BLOCK);
    const flags clean = heard_power + 1.0f >= 4 * AT(r->worst);
    const row before = AT(r->smooth);
    const row step = PICK(power < before, zero + 0.4f, zero + 0.25f);
    const row smooth = PICK(before < 0, power, before + step * (power - before));
    AT(r->smooth) = smooth;
    AT(r->lowest[0]) = least(AT(r->lowest[0]), smooth);
    row floor =
        least(least(AT(r->lowest[0]), AT(r->lowest[1])), least(AT(r->lowest[2]), AT(r->lowest[3])));
    floor = least(floor, zero + MOST_NOISE);
    const flags quiet = clean & (power <= 4.0f * floor) & ~FLAGS(r->narrow);
    if (any(quiet)) {
        /* Another background is learnt anew. */
        row known = AT(r->correlation[0]) * (1 / HANN_POWER);
        flags other = (known > 2.5f * floor) | (3.0f * known < floor);
        flags count = FLAGS(r->count) & ~(other & quiet);
        count -= quiet & (count < 32);
        FLAGS(r->count) = count;
        row weight = PICK(quiet, 1.0f / __builtin_convertvector(count, row), zero);
        weight = PICK(quiet, weight, zero);
        for (int k = 0; k <= ORDER; k++)
            AT(r->correlation[k]) += weight * (AT(r->products[k]) - AT(r->correlation[k]));
        AT(r->background) += weight * (heard_power - AT(r->background));
        shape(r, lane);
    }
    if (block % HOPS == HOPS - 1) {
        for (int k = 3; k > 0; k--)
            AT(r->lowest[k]) = AT(r->lowest[k - 1]);
        AT(r->lowest[0]) = zero + INFINITY;
    }
    for (int k = 0; k <= ORDER; k++)
        AT(r->products[k]) = zero;
    for (int k = 0; k < ORDER; k++)
        AT(r->windowed[k]) = zero;
    AT(r->worst) = AT(r->sum_of_block) = zero;
    follow(r, lane);
}

static void TC_ISA(residual_feed)(tc_residual *r, const tc_residual_row *x,
                                  const tc_residual_row *d, const tc_residual_row *y,
                                  const tc_residual_row *e, int16_t (*out)[TC_RESIDUAL_LANES],
                                  unsigned n)
{
    while (n) {
        unsigned room = TC_RESIDUAL_PART - (unsigned)(r->at % TC_RESIDUAL_PART);
        unsigned some = room < n ? room : n;
        for (int lane = 0; lane < TC_RESIDUAL_LANES; lane += TC_WIDTH)
            if (some == TC_RESIDUAL_PART) /* nearly always: unrolled */
                pass(r, x, d, y, e, out, TC_RESIDUAL_PART, lane);
            else
                pass(r, x, d, y, e, out, some, lane);
        r->at += some;
        x += some, d += some, y += some, e += some, out += some;
        n -= some;
        if (r->at % TC_RESIDUAL_PART)
            continue;
        unsigned part = (unsigned)(r->at / TC_RESIDUAL_PART - 1);
        for (int lane = 0; lane < TC_RESIDUAL_LANES; lane += TC_WIDTH)
            r->changed |= decide(r, part, lane) << lane;
        if (r->at % TC_RESIDUAL_BLOCK)
            continue;
        unsigned block = (unsigned)(r->at / TC_RESIDUAL_BLOCK - 1);
        for (int lane = 0; lane < TC_RESIDUAL_LANES; lane += TC_WIDTH)
            listen(r, block, lane);
    }
}

#undef numbers
#undef ORDER
#undef most
#undef least
#undef voiced
#undef pass
#undef loudest
#undef decide
#undef shape
#undef listen
#undef follow
#include "rows.inl"
