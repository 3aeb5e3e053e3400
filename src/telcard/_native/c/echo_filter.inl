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

/* What an echo may leave in a bin of the error: `leak` of the echo there, be it estimated or `loss`
 * of the reference (or more, where the filter is uncertain), and `all`, wherever the echo is.
 * `said` is the estimate's sum of squares in the block, `sent` the reference's power in all bins.
 */
typedef struct {
    vec leak, all, loss;
} TC_ISA(standing);
#define standing TC_ISA(standing)

static standing TC_ISA(expect)(const tc_echo *t, unsigned lane, vec said, vec sent)
{
    const tc_residual *r = &t->residual;
    vec zero = {0};
    vec leak = TC_ISA(select)(SLICE(t->gain, lane) > 0.5f, SLICE(r->leak, lane), zero + 1.0f);
    vec loss = SLICE(r->mean_d, lane) / (SLICE(r->mean_x, lane) + 1.0f);
    loss = TC_ISA(min)(TC_ISA(max)(loss, zero + 1e-3f), zero + 1.0f) / SLICE(t->used_parts, lane);
    vec noise = TC_ISA(min)(2.0f * leak, zero + CODED) * TC_ISA(max)(160.0f * said, loss * sent);
    /* A spectrum of two blocks has twice the power of an error's: hence halves. */
    return (standing){
        .leak = leak,
        .all =
            (0.5f * ALIEN / TC_ECHO_BINS) * noise + STEADY * (SLICE(r->background, lane) + 26.0f),
        .loss = loss,
    };
}

/* First pass: what the scout leaves, and by how much each bin may be learnt from. */
static void TC_ISA(examine)(tc_echo *t, unsigned lane, lesson *s)
{
    vec zero = {0}, time[2 * TC_ECHO_BLOCK];
    vec power[TC_ECHO_BINS], doubt[TC_ECHO_BINS], echo[TC_ECHO_BINS];
    bins made;
    for (unsigned n = 0; n < 2 * TC_ECHO_BLOCK; n++)
        time[n] = SLICE(t->x[n], lane);
    TC_ISA(spectrum)(time, &made);
    const tc_echo_weight *w = t->weights;
    unsigned past[MOST_PARTS];
    vec share[MOST_PARTS];
    for (unsigned p = 0; p < t->parts; p++) {
        past[p] = (t->head + p) % t->parts;
        share[p] = SLICE(t->share[p], lane) * SLICE(t->used_parts, lane);
    }
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        vec re = zero, im = zero, all = zero, unsure = zero, total = zero;
        tc_echo_bin *x = t->past + k * t->parts;
        SLICE(x[t->head].re, lane) = made.re[k];
        SLICE(x[t->head].im, lane) = made.im[k];
        for (unsigned p = 0; p < t->parts; p++, w++) {
            vec xr = SLICE(x[past[p]].re, lane), xi = SLICE(x[past[p]].im, lane);
            vec wr = SLICE(w->scout.re, lane), wi = SLICE(w->scout.im, lane);
            vec square = xr * xr + xi * xi, mine = SLICE(w->doubt, lane);
            re += xr * wr - xi * wi;
            im += xr * wi + xi * wr;
            all += share[p] * square;
            unsure += mine * square;
            total += mine;
        }
        made.re[k] = re;
        made.im[k] = im;
        echo[k] = re * re + im * im;
        power[k] = all;
        doubt[k] = unsure;
        s->total[k] = total;
    }
    TC_ISA(sound)(&made, time);
    vec in, left, scout, sum = zero;
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++)
        sum += SLICE(t->d[n], lane);
    /* An offset is no echo. */
    vec offset = SLICE(t->offset, lane);
    offset += 0.02f * (sum * (1.0f / TC_ECHO_BLOCK) - offset);
    SLICE(t->offset, lane) = offset;
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++) {
        vec y = time[TC_ECHO_BLOCK + n], d = SLICE(t->d[n], lane) - offset;
        time[TC_ECHO_BLOCK + n] = d;
        time[n] = d - y;
    }
    in = TC_ISA(mean_square)(time + TC_ECHO_BLOCK);
    scout = TC_ISA(mean_square)(time);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++) {
        time[TC_ECHO_BLOCK + n] = time[n];
        time[n] = zero;
    }
    TC_ISA(spectrum)(time, &s->scout_error);
    vec said = zero;
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++) {
        vec y = SLICE(t->y[n], lane);
        said += y * y;
        time[TC_ECHO_BLOCK + n] = SLICE(t->d[n], lane) - offset - y;
    }
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
    standing most_left = TC_ISA(expect)(t, lane, said, all);
    vec heard = zero, heard_square = zero;
    ivec alien = {0};
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        vec now = TC_ISA(smooth)(errors, k);
        vec near = 0.6f * SLICE(t->near[k], lane) + 0.4f * now;
        SLICE(t->near[k], lane) = near;
        vec known = TC_ISA(max)(echo[k], most_left.loss * (power[k] + leaked[k]));
        known = TC_ISA(max)(most_left.leak * known, TC_ISA(min)(0.25f * doubt[k], known));
        if (k >= LOWEST && k <= HIGHEST) {
            alien |= TC_ISA(min)(near, now) > 0.5f * ALIEN * known + most_left.all;
            heard += near;
            heard_square += near * near;
        }
        near = TC_ISA(max)(near, now) + doubt[k] / (power[k] + 1.0f) * leaked[k] + 40.0f;
        s->step[k] = learn / (0.5f * s->raise * doubt[k] + near);
        s->grow[k] = drift * TC_ISA(min)(zero + 1.0f, power[k] / usual);
        vec most = TC_ISA(max)(power[k], DECAY * SLICE(t->power[k], lane));
        SLICE(t->power[k], lane) = most;
        s->scout[k] = learn * (2.0f * SCOUT) / (most + 160.0f * parts);
    }
    /* A-law's silence is an offset, on both sides, which no path has led. */
    s->step[0] = s->scout[0] = zero;
    TC_ISA(remember)(&t->alien, lane, alien);
    TC_ISA(remember)(&t->sung, lane, sung);
    TC_ISA(remember)(&t->narrow, lane, heard * heard < NARROW * heard_square);
}

/* A partition's filter, or its scout: its response is cut to 80 taps and the lane's tail, and left
 * in `time`. */
static void TC_ISA(constrain)(const tc_echo *t, unsigned lane, unsigned p, int scout, vec *time)
{
    vec zero = {0}, left = SLICE(t->own_taps, lane) - (float)(p * TC_ECHO_BLOCK);
    bins made;
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        const tc_echo_weight *w = t->weights + k * t->parts + p;
        made.re[k] = SLICE((scout ? &w->scout : &w->filter)->re, lane);
        made.im[k] = SLICE((scout ? &w->scout : &w->filter)->im, lane);
    }
    TC_ISA(sound)(&made, time);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++) {
        time[n] = TC_ISA(select)(left > (float)n, time[n], zero);
        time[TC_ECHO_BLOCK + n] = zero;
    }
    TC_ISA(spectrum)(time, &made);
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        tc_echo_weight *w = t->weights + k * t->parts + p;
        SLICE((scout ? &w->scout : &w->filter)->re, lane) = made.re[k];
        SLICE((scout ? &w->scout : &w->filter)->im, lane) = made.im[k];
    }
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

/* Second pass: both filters learn. */
static void TC_ISA(learn)(tc_echo *t, unsigned lane, const lesson *s)
{
    vec parts = SLICE(t->used_parts, lane), usual = SLICE(t->usual, lane), raise = s->raise;
    vec most = SLICE(t->first_doubt, lane) * parts, floor = TC_ISA(max)(s->least, s->anew);
    tc_echo_weight *w = t->weights;
    unsigned past[MOST_PARTS];
    for (unsigned p = 0; p < t->parts; p++)
        past[p] = (t->head + p) % t->parts;
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        vec er = s->error.re[k], ei = s->error.im[k], step = s->step[k];
        vec fr = s->scout_error.re[k], fi = s->scout_error.im[k], scout = s->scout[k];
        vec total = s->total[k], grow = s->grow[k];
        const tc_echo_bin *x = t->past + k * t->parts;
        for (unsigned p = 0; p < t->parts; p++, w++) {
            vec share = SLICE(t->share[p], lane), mine = share * parts;
            vec xr = SLICE(x[past[p]].re, lane), xi = SLICE(x[past[p]].im, lane);
            vec vr = SLICE(w->scout.re, lane), vi = SLICE(w->scout.im, lane);
            vec wr = SLICE(w->filter.re, lane), wi = SLICE(w->filter.im, lane);
            vec doubt = SLICE(w->doubt, lane);
            doubt = (doubt + SHARING * (share * total - doubt)) * raise;
            vec a = mine * scout, b = doubt * step;
            vr += a * (xr * fr + xi * fi);
            vi += a * (xr * fi - xi * fr);
            wr += b * (xr * er + xi * ei);
            wi += b * (xr * ei - xi * er);
            doubt -= 0.5f * b * doubt * (xr * xr + xi * xi);
            doubt = TC_ISA(min)(TC_ISA(max)(doubt, floor * mine), most);
            SLICE(w->scout.re, lane) = vr;
            SLICE(w->scout.im, lane) = vi;
            SLICE(w->filter.re, lane) = wr;
            SLICE(w->filter.im, lane) = wi;
            vec square = wr * wr + wi * wi;
            SLICE(w->doubt, lane) = doubt + SLICE(t->used[p], lane) * grow * (square + usual);
        }
    }
}

/* Some lanes' filters become what their scouts are, or the other way round.  That is rare. */
static void TC_ISA(exchange)(tc_echo *t, unsigned lane, ivec take, ivec back)
{
    for (unsigned k = 0; k < t->parts * TC_ECHO_BINS; k++) {
        tc_echo_weight *w = t->weights + k;
        vec vr = SLICE(w->scout.re, lane), vi = SLICE(w->scout.im, lane);
        vec wr = SLICE(w->filter.re, lane), wi = SLICE(w->filter.im, lane);
        SLICE(w->filter.re, lane) = TC_ISA(select)(take, vr, wr);
        SLICE(w->filter.im, lane) = TC_ISA(select)(take, vi, wi);
        SLICE(w->scout.re, lane) = TC_ISA(select)(back, wr, vr);
        SLICE(w->scout.im, lane) = TC_ISA(select)(back, wi, vi);
    }
}

/* Third pass: amplitudes of partitions, and what those behind the first give to the next block. */
static void TC_ISA(settle)(tc_echo *t, unsigned lane, vec *energies, bins *tail)
{
    vec zero = {0}, sum = zero;
    const tc_echo_weight *w = t->weights;
    unsigned past[MOST_PARTS];
    for (unsigned p = 0; p < t->parts; p++) {
        past[p] = (t->head + p + t->parts - 1) % t->parts; /* the block will be older then */
        energies[p] = zero;
    }
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        const tc_echo_bin *x = t->past + k * t->parts;
        vec re = zero, im = zero;
        for (unsigned p = 0; p < t->parts; p++, w++) {
            vec wr = SLICE(w->filter.re, lane), wi = SLICE(w->filter.im, lane);
            energies[p] += wr * wr + wi * wi;
            if (p) {
                vec xr = SLICE(x[past[p]].re, lane), xi = SLICE(x[past[p]].im, lane);
                re += xr * wr - xi * wi;
                im += xr * wi + xi * wr;
            }
        }
        tail->re[k] = re;
        tail->im[k] = im;
    }
    for (unsigned p = 0; p < t->parts; p++)
        sum += energies[p];
    SLICE(t->usual, lane) = sum * (0.1f / TC_ECHO_BINS) / SLICE(t->used_parts, lane);
}

/* The first partition's response is needed at once.  Of the others some are cut to their taps each
 * block, in turn, which is often enough. */
static void TC_ISA(adapt)(tc_echo *t, unsigned lane)
{
    lesson s;
    bins tail;
    vec time[2 * TC_ECHO_BLOCK], energies[MOST_PARTS];
    TC_ISA(examine)(t, lane, &s);
    TC_ISA(learn)(t, lane, &s);
    uint32_t any = 0;
    TC_ISA(remember)(&any, lane, s.take | s.back);
    if (any)
        TC_ISA(exchange)(t, lane, s.take, s.back);
    TC_ISA(constrain)(t, lane, 0, 0, time);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++)
        SLICE(t->first[n], lane) = time[n];
    for (unsigned p = t->turn; p < t->parts; p += TURNS) {
        if (p)
            TC_ISA(constrain)(t, lane, p, 0, time);
        TC_ISA(constrain)(t, lane, p, 1, time);
    }
    TC_ISA(settle)(t, lane, energies, &tail);
    TC_ISA(divide)(t, lane, energies);
    TC_ISA(sound)(&tail, time);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++)
        SLICE(t->tail[n], lane) = time[TC_ECHO_BLOCK + n];
}
