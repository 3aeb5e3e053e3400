/* How the echo canceller learns: once a block of 80 samples, part of its text; see echo.h. */

/* All that one block's learning has to hand from its first pass over the partitions to its second.
 */
typedef struct {
    bins error, scout_error; /* of this block, before it is learnt from */
    vec step[TC_ECHO_BINS];  /* of the filter, by which its uncertainty is multiplied */
    vec grow[TC_ECHO_BINS];  /* of the uncertainty */
    vec scout[TC_ECHO_BINS]; /* step of the scout */
    vec total[TC_ECHO_BINS]; /* uncertainty of all partitions */
    vec raise, anew, least;  /* of the uncertainty: a factor, and what it is raised to at least */
    ivec learn, take, back;  /* which lanes learn; take the scout's filter; give it theirs */
} TC_ISA(lesson);
#define lesson TC_ISA(lesson)

static inline vec TC_ISA(mean_square)(const vec *x)
{
    vec sum = {0};
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++)
        sum += x[n] * x[n];
    return sum * (1.0f / TC_ECHO_BLOCK);
}

/* A bin's mean with its neighbours. */
static inline vec TC_ISA(smooth)(const vec *x, unsigned k)
{
    if (k == 0 || k == TC_ECHO_BINS - 1)
        return x[k];
    return 0.25f * (x[k - 1] + x[k + 1]) + 0.5f * x[k];
}

/* What is expected of each bin's error is heard in other bins, too: half a window of it is silence.
 * Two exponentials stand for the fall of its spectrum, 0.1 / distance^2. */
static void TC_ISA(leak)(const vec *x, vec *leaked)
{
    vec near = {0}, far = {0};
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        leaked[k] = near + far;
        near = LEAK_NEAR * (near + LEAK_MOST * x[k]);
        far = LEAK_FAR * (far + LEAK_LEAST * x[k]);
    }
    near = far = (vec){0};
    for (unsigned k = TC_ECHO_BINS; k-- > 0;) {
        leaked[k] += near + far;
        near = LEAK_NEAR * (near + LEAK_MOST * x[k]);
        far = LEAK_FAR * (far + LEAK_LEAST * x[k]);
    }
}

/* Which filter is better, and what follows from it. */
static void TC_ISA(compare)(tc_echo *t, unsigned lane, vec in, vec left, vec scout, ivec tonal,
                            lesson *s)
{
    vec zero = {0};
#define FOLLOW(name, value, share)                                                                 \
    (SLICE(t->name, lane) += (share) * ((value) - SLICE(t->name, lane)))
    FOLLOW(block_in, in, 0.3f);
    FOLLOW(block_left, left, 0.3f);
    FOLLOW(block_scout, scout, 0.3f);
    FOLLOW(long_left, left, LONG);
    FOLLOW(long_scout, scout, LONG);
#undef FOLLOW
    vec *loud = &SLICE(t->loud, lane);
    ivec some = (left > TC_ISA(max)(0.1f * *loud, zero + LITTLE)) & ~tonal;
    *loud = TC_ISA(max)(*loud + 0.03f * (left - *loud), 0.995f * *loud);
    vec better = TC_ISA(log2)((left + 1.0f) / (scout + 1.0f)) * 0.6931472f - 0.2f;
    better = TC_ISA(min)(TC_ISA(max)(better, zero - 1.0f), zero + 1.0f);
    vec *evidence = &SLICE(t->evidence, lane);
    *evidence = TC_ISA(max)(zero, *evidence + TC_ISA(select)(some, better, zero));
    vec short_in = SLICE(t->block_in, lane), short_left = SLICE(t->block_left, lane);
    vec short_scout = SLICE(t->block_scout, lane);
    s->take = (*evidence >= EVIDENCE) & (short_scout < 0.7f * short_left) & s->learn;
    s->back = (SLICE(t->long_scout, lane) > 4.0f * SLICE(t->long_left, lane) + LITTLE) & ~s->take;
    ivec anew = s->take & (short_left > 0.25f * short_in);
    s->anew = TC_ISA(select)(anew, zero + 1.0f, zero);
    *evidence = TC_ISA(select)(s->take, zero, *evidence);
    SLICE(t->long_left, lane) = TC_ISA(select)(s->take, short_scout, SLICE(t->long_left, lane));
    SLICE(t->long_scout, lane) = TC_ISA(select)(
        s->take, short_scout,
        TC_ISA(select)(s->back, SLICE(t->long_left, lane), SLICE(t->long_scout, lane)));
    SLICE(t->block_left, lane) = TC_ISA(select)(s->take, short_scout, short_left);
    SLICE(t->block_scout, lane) = TC_ISA(select)(s->back, short_left, short_scout);
    TC_ISA(remember)(&t->changed, lane, anew);
}

/* First pass: what the scout leaves, and by how much each bin may be learnt from. */
static void TC_ISA(examine)(tc_echo *t, unsigned lane, lesson *s)
{
    vec zero = {0}, time[2 * TC_ECHO_BLOCK];
    vec power[TC_ECHO_BINS], doubt[TC_ECHO_BINS];
    bins made;
    for (unsigned n = 0; n < 2 * TC_ECHO_BLOCK; n++)
        time[n] = SLICE(t->x[n], lane);
    TC_ISA(spectrum)(time, &made);
    tc_echo_bin *newest = t->past + t->head * TC_ECHO_BINS;
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        SLICE(newest[k].re, lane) = made.re[k];
        SLICE(newest[k].im, lane) = made.im[k];
        made.re[k] = made.im[k] = power[k] = doubt[k] = s->total[k] = zero;
    }
    for (unsigned p = 0; p < t->parts; p++) {
        const tc_echo_partition *part = t->partitions + p;
        const tc_echo_bin *x = t->past + (t->head + p) % t->parts * TC_ECHO_BINS;
        vec part_of_all = SLICE(t->share[p], lane) * SLICE(t->used_parts, lane);
        for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
            vec xr = SLICE(x[k].re, lane), xi = SLICE(x[k].im, lane);
            vec wr = SLICE(part->scout[k].re, lane), wi = SLICE(part->scout[k].im, lane);
            vec square = xr * xr + xi * xi;
            made.re[k] += xr * wr - xi * wi;
            made.im[k] += xr * wi + xi * wr;
            vec unsure = SLICE(part->doubt[k], lane);
            power[k] += part_of_all * square;
            doubt[k] += unsure * square;
            s->total[k] += unsure;
        }
    }
    TC_ISA(sound)(&made, time);
    vec in, left, scout;
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++) {
        vec y = time[TC_ECHO_BLOCK + n];
        time[TC_ECHO_BLOCK + n] = SLICE(t->d[n], lane);
        time[n] = SLICE(t->d[n], lane) - y;
    }
    in = TC_ISA(mean_square)(time + TC_ECHO_BLOCK);
    scout = TC_ISA(mean_square)(time);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++) {
        time[TC_ECHO_BLOCK + n] = time[n];
        time[n] = zero;
    }
    TC_ISA(spectrum)(time, &s->scout_error);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++)
        time[TC_ECHO_BLOCK + n] = SLICE(t->d[n], lane) - SLICE(t->y[n], lane);
    left = TC_ISA(mean_square)(time + TC_ECHO_BLOCK);
    TC_ISA(spectrum)(time, &s->error);
    s->learn = SLICE(t->learning, lane) > 0.5f;

    vec errors[TC_ECHO_BINS], expected = zero;
    vec all = zero, all_fourth = zero, fourth = zero, error = zero, scout_error = zero;
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        errors[k] = s->error.re[k] * s->error.re[k] + s->error.im[k] * s->error.im[k];
        error += errors[k];
        fourth += errors[k] * errors[k];
        all += power[k];
        all_fourth += power[k] * power[k];
        scout_error += s->scout_error.re[k] * s->scout_error.re[k] +
                       s->scout_error.im[k] * s->scout_error.im[k];
        expected += 0.5f * doubt[k];
    }
    ivec sung = all * all < SINGING * all_fourth;
    ivec tonal = (error * error < TONAL * fourth) | sung;
    TC_ISA(compare)(t, lane, in, left, scout, tonal, s);
    /* The scout leaves less, in the long run: so much of the error must be echo. */
    vec over = SLICE(t->long_left, lane), under = SLICE(t->long_scout, lane);
    vec told = (over - under) / (over + 1.0f) - DEAD;
    vec ratio = told * error / (expected + 1.0f);
    ivec more = (told > zero) & (left > LITTLE) & (ratio > 1.0f) & ~tonal;
    s->raise = TC_ISA(select)(more, TC_ISA(min)(ratio, zero + 2.0f), zero + 1.0f);
    s->least = TC_ISA(min)(zero + 0.5f, 0.5f * scout_error / TC_ISA(max)(zero + 1e4f, 0.5f * all));
    s->least = TC_ISA(select)(s->take, s->least, zero);
    s->anew *= SLICE(t->first_doubt, lane);
    vec parts = SLICE(t->used_parts, lane);
    vec usual = 0.1f / TC_ECHO_BINS * all + 1e4f * parts;
    vec learn = TC_ISA(select)(s->learn, zero + 1.0f, zero), leaked[TC_ECHO_BINS];
    vec drift = learn * DRIFT;
    usual = TC_ISA(select)(sung, usual + 0.1f * all, usual);
    TC_ISA(leak)(power, leaked);
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        vec now = TC_ISA(smooth)(errors, k);
        vec near = 0.6f * SLICE(t->near[k], lane) + 0.4f * now;
        SLICE(t->near[k], lane) = near;
        near = TC_ISA(max)(near, now) + doubt[k] / (power[k] + 1.0f) * leaked[k] + 40.0f;
        s->step[k] = learn / (0.5f * s->raise * doubt[k] + near);
        s->grow[k] = drift * TC_ISA(min)(zero + 1.0f, power[k] / usual);
        vec most = TC_ISA(max)(power[k], DECAY * SLICE(t->power[k], lane));
        SLICE(t->power[k], lane) = most;
        s->scout[k] = learn * (2.0f * SCOUT) / (most + 160.0f * parts);
    }
}

/* Second pass, one partition: both filters learn.  `made` becomes the filter's new spectrum. */
static void TC_ISA(learn)(tc_echo *t, unsigned lane, unsigned p, const lesson *s, bins *made)
{
    tc_echo_partition *part = t->partitions + p;
    const tc_echo_bin *x = t->past + (t->head + p) % t->parts * TC_ECHO_BINS;
    vec share = SLICE(t->share[p], lane), mine = share * SLICE(t->used_parts, lane);
    vec most = SLICE(t->first_doubt, lane) * SLICE(t->used_parts, lane);
    vec least = TC_ISA(max)(s->least, s->anew) * mine;
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        vec xr = SLICE(x[k].re, lane), xi = SLICE(x[k].im, lane);
        vec vr = SLICE(part->scout[k].re, lane), vi = SLICE(part->scout[k].im, lane);
        vec wr = SLICE(part->filter[k].re, lane), wi = SLICE(part->filter[k].im, lane);
        vec doubt = SLICE(part->doubt[k], lane);
        doubt = (doubt + SHARING * (share * s->total[k] - doubt)) * s->raise;
        vec fr = s->scout_error.re[k], fi = s->scout_error.im[k];
        vec er = s->error.re[k], ei = s->error.im[k];
        vec a = mine * s->scout[k], b = doubt * s->step[k];
        vr += a * (xr * fr + xi * fi);
        vi += a * (xr * fi - xi * fr);
        wr += b * (xr * er + xi * ei);
        wi += b * (xr * ei - xi * er);
        doubt -= 0.5f * b * doubt * (xr * xr + xi * xi);
        made->re[k] = TC_ISA(select)(s->take, vr, wr);
        made->im[k] = TC_ISA(select)(s->take, vi, wi);
        SLICE(part->scout[k].re, lane) = TC_ISA(select)(s->back, wr, vr);
        SLICE(part->scout[k].im, lane) = TC_ISA(select)(s->back, wi, vi);
        SLICE(part->doubt[k], lane) = TC_ISA(min)(TC_ISA(max)(doubt, least), most);
    }
}

/* The response of a partition's spectrum as long as the lane's tail allows, back in `made`; its
 * first 80 samples are left in `time`. */
static void TC_ISA(constrain)(const tc_echo *t, unsigned lane, unsigned p, bins *made, vec *time)
{
    vec zero = {0}, left = SLICE(t->own_taps, lane) - (float)(p * TC_ECHO_BLOCK);
    TC_ISA(sound)(made, time);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++) {
        time[n] = TC_ISA(select)(left > (float)n, time[n], zero);
        time[TC_ECHO_BLOCK + n] = zero;
    }
    TC_ISA(spectrum)(time, made);
}

/* Partitions learn in proportion to their amplitude; none is left out. */
static void TC_ISA(divide)(tc_echo *t, unsigned lane, vec *energies)
{
    vec most = {0}, all = {0};
    for (unsigned p = 0; p < t->parts; p++) {
        for (unsigned l = 0; l < TC_WIDTH; l++)
            energies[p][l] = __builtin_sqrtf(energies[p][l]);
        most = TC_ISA(max)(most, energies[p]);
    }
    for (unsigned p = 0; p < t->parts; p++) {
        energies[p] = (energies[p] + LEAST * most + 1e-3f) * SLICE(t->used[p], lane);
        all += energies[p];
    }
    for (unsigned p = 0; p < t->parts; p++)
        SLICE(t->share[p], lane) += 0.2f * (energies[p] / all - SLICE(t->share[p], lane));
}

static void TC_ISA(adapt)(tc_echo *t, unsigned lane)
{
    lesson s;
    bins made, tail;
    vec time[2 * TC_ECHO_BLOCK];
    TC_ISA(examine)(t, lane, &s);
    for (unsigned k = 0; k < TC_ECHO_BINS; k++)
        tail.re[k] = tail.im[k] = (vec){0};
    vec usual = SLICE(t->usual, lane), sum = {0}, energies[MOST_PARTS];
    const tc_echo_bin *before = NULL;
    for (unsigned p = 0; p < t->parts; p++) {
        tc_echo_partition *part = t->partitions + p;
        vec used = SLICE(t->used[p], lane), energy = {0};
        TC_ISA(learn)(t, lane, p, &s, &made);
        TC_ISA(constrain)(t, lane, p, &made, time);
        if (p == 0)
            for (unsigned n = 0; n < TC_ECHO_BLOCK; n++)
                SLICE(t->weights[n], lane) = time[n];
        for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
            vec wr = made.re[k], wi = made.im[k], square = wr * wr + wi * wi;
            SLICE(part->filter[k].re, lane) = wr;
            SLICE(part->filter[k].im, lane) = wi;
            SLICE(part->doubt[k], lane) += used * s.grow[k] * (square + usual);
            energy += square;
            if (p) {
                vec xr = SLICE(before[k].re, lane), xi = SLICE(before[k].im, lane);
                tail.re[k] += xr * wr - xi * wi;
                tail.im[k] += xr * wi + xi * wr;
            }
        }
        sum += energy;
        energies[p] = energy;
        if (p % 2 == t->odd) { /* every other time is enough for the scout */
            for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
                made.re[k] = SLICE(part->scout[k].re, lane);
                made.im[k] = SLICE(part->scout[k].im, lane);
            }
            TC_ISA(constrain)(t, lane, p, &made, time);
            for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
                SLICE(part->scout[k].re, lane) = made.re[k];
                SLICE(part->scout[k].im, lane) = made.im[k];
            }
        }
        before = t->past + (t->head + p) % t->parts * TC_ECHO_BINS;
    }
    SLICE(t->usual, lane) = sum * (0.1f / TC_ECHO_BINS) / SLICE(t->used_parts, lane);
    TC_ISA(divide)(t, lane, energies);
    TC_ISA(sound)(&tail, time);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++)
        SLICE(t->tail[n], lane) = time[TC_ECHO_BLOCK + n];
}
