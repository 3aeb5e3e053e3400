/* How the echo canceller learns: once a block of 80 samples, part of its text; see echo.h. */

/* Complex numbers as they are kept, rounded. */
ALWAYS void TC_ISA(unpack)(const uint32_t *from, vec *re, vec *im)
{
    uvec both = *(const uvec *)from;
    *re = (vec)(both & 0xffff0000u);
    *im = (vec)(both << 16);
}

ALWAYS void TC_ISA(pack)(vec re, vec im, uint32_t *to)
{
    *(uvec *)to = (((uvec)re + 0x8000u) & 0xffff0000u) | (((uvec)im + 0x8000u) >> 16);
}

/* All that one block's learning has to know before it begins.
 */
typedef struct {
    bins error, scout_error; /* of this block, before it is learnt from */
    vec step[TC_ECHO_BINS];  /* of the filter, by which its uncertainty is multiplied */
    vec grow[TC_ECHO_BINS];  /* of the uncertainty */
    vec scout[TC_ECHO_BINS]; /* step of the scout */
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
    vec near = {0}, far = {0}, near_back = {0}, far_back = {0};
    for (unsigned k = 0; k < TC_ECHO_BINS; k++)
        leaked[k] = near;
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        unsigned back = TC_ECHO_BINS - 1 - k;
        leaked[k] += near + far;
        leaked[back] += near_back + far_back;
        near = LEAK_NEAR * near + LEAK_NEAR * LEAK_MOST * x[k];
        far = LEAK_FAR * far + LEAK_FAR * LEAK_LEAST * x[k];
        near_back = LEAK_NEAR * near_back + LEAK_NEAR * LEAK_MOST * x[back];
        far_back = LEAK_FAR * far_back + LEAK_FAR * LEAK_LEAST * x[back];
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

/* What the scout leaves, and by how much each bin may be learnt from. */
static void TC_ISA(examine)(tc_echo *t, unsigned lane, lesson *s)
{
    vec zero = {0}, time[2 * TC_ECHO_BLOCK];
    vec power[TC_ECHO_BINS], doubt[TC_ECHO_BINS], echo[TC_ECHO_BINS];
    bins made;
    for (unsigned n = 0; n < 2 * TC_ECHO_BLOCK; n++)
        time[n] = SLICE(t->x[n], lane);
    TC_ISA(spectrum)(time, &made);
    const tc_echo_weight *w = t->weights;
    vec share = SLICE(t->share[0], lane) * SLICE(t->used_parts, lane);
    for (unsigned k = 0; k < TC_ECHO_BINS; k++, w += t->parts) {
        const tc_echo_outlook *known = t->outlook + k;
        vec xr = made.re[k], xi = made.im[k], vr, vi, square = xr * xr + xi * xi;
        TC_ISA(pack)(xr, xi, t->past[k * t->parts + t->head] + lane);
        TC_ISA(unpack)(w->scout + lane, &vr, &vi);
        made.re[k] = SLICE(known->scout.re, lane) + (xr * vr - xi * vi);
        made.im[k] = SLICE(known->scout.im, lane) + (xr * vi + xi * vr);
        echo[k] = made.re[k] * made.re[k] + made.im[k] * made.im[k];
        power[k] = SLICE(known->power, lane) + share * square;
        doubt[k] = SLICE(known->doubt, lane) + SLICE(w->doubt, lane) * square;
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
    vec rare = drift / usual;
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
        near = TC_ISA(max)(near, now) + 40.0f + 0.5f * s->raise * doubt[k];
        vec some = power[k] + 1.0f; /* of the error, doubt / some * leaked comes from others */
        s->step[k] = learn * some / (near * some + doubt[k] * leaked[k]);
        s->grow[k] = TC_ISA(min)(drift, power[k] * rare);
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

/* The response of a partition's filter. */
static void TC_ISA(heard)(const tc_echo *t, unsigned lane, unsigned p, vec *time)
{
    bins made;
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        const tc_echo_weight *w = t->weights + k * t->parts + p;
        made.re[k] = SLICE(w->filter.re, lane);
        made.im[k] = SLICE(w->filter.im, lane);
    }
    TC_ISA(sound)(&made, time);
}

/* A partition's filter, or its scout, is cut to 80 taps and the lane's tail; what it gives to the
 * next block changes with it. */
static void TC_ISA(constrain)(tc_echo *t, unsigned lane, unsigned p, int scout, bins *tail)
{
    vec zero = {0}, left = SLICE(t->own_taps, lane) - (float)(p * TC_ECHO_BLOCK);
    vec time[2 * TC_ECHO_BLOCK];
    bins made;
    tc_echo_weight *w = t->weights + p;
    if (scout) {
        for (unsigned k = 0; k < TC_ECHO_BINS; k++)
            TC_ISA(unpack)(w[k * t->parts].scout + lane, &made.re[k], &made.im[k]);
        TC_ISA(sound)(&made, time);
    } else {
        TC_ISA(heard)(t, lane, p, time);
    }
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++) {
        time[n] = TC_ISA(select)(left > (float)n, time[n], zero);
        time[TC_ECHO_BLOCK + n] = zero;
    }
    TC_ISA(spectrum)(time, &made);
    const tc_echo_pairs *x = (const tc_echo_pairs *)t->past + (t->head + p - 1) % t->parts;
    for (unsigned k = 0; k < TC_ECHO_BINS; k++, w += t->parts, x += t->parts) {
        vec xr, xi, was_re, was_im, re = made.re[k], im = made.im[k];
        if (scout) {
            TC_ISA(unpack)(w->scout + lane, &was_re, &was_im);
            TC_ISA(pack)(re, im, w->scout + lane);
        } else {
            was_re = SLICE(w->filter.re, lane), was_im = SLICE(w->filter.im, lane);
            SLICE(w->filter.re, lane) = re, SLICE(w->filter.im, lane) = im;
        }
        if (!p)
            continue;
        TC_ISA(unpack)(*x + lane, &xr, &xi);
        vec *to_re = scout ? &SLICE(t->outlook[k].scout.re, lane) : &tail->re[k];
        vec *to_im = scout ? &SLICE(t->outlook[k].scout.im, lane) : &tail->im[k];
        re -= was_re, im -= was_im;
        *to_re = *to_re + xr * re - xi * im;
        *to_im = *to_im + xr * im + xi * re;
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

/* Both filters learn.  With each weight in hand, amplitudes of partitions are summed up, and what
 * those behind the first give to the next block: so all of them are read and written once a block,
 * which takes longer than to reckon with them. */
static void TC_ISA(learn)(tc_echo *t, unsigned lane, const lesson *s, vec *energies, bins *tail)
{
    const vec zero = {0}, parts = SLICE(t->used_parts, lane), usual = SLICE(t->usual, lane);
    const vec floor = TC_ISA(max)(s->least, s->anew), old = (1.0f - SHARING) * s->raise;
    const vec shared = SHARING * s->raise / parts;
    const unsigned count = t->parts;
    tc_echo_weight *w = t->weights;
    vec mine[MOST_PARTS], most[MOST_PARTS];
    unsigned past[MOST_PARTS];
    for (unsigned p = 0; p < count; p++) {
        past[p] = (t->head + p) % count;
        mine[p] = SLICE(t->share[p], lane) * parts;
        most[p] = SLICE(t->first_doubt, lane) * parts * SLICE(t->used[p], lane);
        energies[p] = zero;
    }
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        const tc_echo_pairs *x = (const tc_echo_pairs *)t->past + k * count;
        tc_echo_outlook *next = t->outlook + k;
        const vec er = 2.0f * s->error.re[k], ei = 2.0f * s->error.im[k], step = 0.5f * s->step[k];
        const vec fr = s->scout[k] * s->scout_error.re[k], fi = s->scout[k] * s->scout_error.im[k];
        const vec grow = s->grow[k], least = grow * usual;
        const vec total = shared * SLICE(next->total, lane);
        vec tail_re = zero, tail_im = zero, scout_re = zero, scout_im = zero;
        vec power = zero, unsure = zero, all = zero;
        vec nr = zero, ni = zero, newer = zero; /* the block after x, to which p will belong then */
        for (unsigned p = 0; p < count; p++, w++) {
            vec wr = SLICE(w->filter.re, lane), wi = SLICE(w->filter.im, lane), vr, vi, xr, xi;
            TC_ISA(unpack)(x[past[p]] + lane, &xr, &xi);
            TC_ISA(unpack)(w->scout + lane, &vr, &vi);
            vec size = xr * xr + xi * xi, doubt = old * SLICE(w->doubt, lane) + mine[p] * total;
            vr += mine[p] * (xr * fr + xi * fi);
            vi += mine[p] * (xr * fi - xi * fr);
            vec gain = doubt * step;
            wr += gain * (xr * er + xi * ei);
            wi += gain * (xr * ei - xi * er);
            vec square = wr * wr + wi * wi;
            doubt -= gain * (doubt * size);
            doubt = TC_ISA(max)(doubt, floor * mine[p]) + (grow * square + least);
            doubt = TC_ISA(min)(doubt, most[p]);
            TC_ISA(pack)(vr, vi, w->scout + lane);
            SLICE(w->filter.re, lane) = wr;
            SLICE(w->filter.im, lane) = wi;
            SLICE(w->doubt, lane) = doubt;
            energies[p] += square;
            tail_re = tail_re + nr * wr - ni * wi;
            tail_im = tail_im + nr * wi + ni * wr;
            scout_re = scout_re + nr * vr - ni * vi;
            scout_im = scout_im + nr * vi + ni * vr;
            power += mine[p] * newer;
            unsure += doubt * newer;
            all += doubt;
            nr = xr, ni = xi, newer = size;
        }
        tail->re[k] = tail_re;
        tail->im[k] = tail_im;
        SLICE(next->scout.re, lane) = scout_re;
        SLICE(next->scout.im, lane) = scout_im;
        SLICE(next->power, lane) = power;
        SLICE(next->doubt, lane) = unsure;
        SLICE(next->total, lane) = all;
    }
    vec sum = zero;
    for (unsigned p = 0; p < count; p++)
        sum += energies[p];
    SLICE(t->usual, lane) = sum * (0.1f / TC_ECHO_BINS) / parts;
}

/* Some lanes' filters become what their scouts are, or the other way round, and so do their errors.
 * That is rare. */
static void TC_ISA(exchange)(tc_echo *t, unsigned lane, lesson *s)
{
    for (unsigned k = 0; k < t->parts * TC_ECHO_BINS; k++) {
        tc_echo_weight *w = t->weights + k;
        vec vr, vi, wr = SLICE(w->filter.re, lane), wi = SLICE(w->filter.im, lane);
        TC_ISA(unpack)(w->scout + lane, &vr, &vi);
        SLICE(w->filter.re, lane) = TC_ISA(select)(s->take, vr, wr);
        SLICE(w->filter.im, lane) = TC_ISA(select)(s->take, vi, wi);
        TC_ISA(pack)(TC_ISA(select)(s->back, wr, vr), TC_ISA(select)(s->back, wi, vi),
                     w->scout + lane);
    }
    bins error = s->error, scout = s->scout_error;
    for (unsigned k = 0; k < TC_ECHO_BINS; k++) {
        s->error.re[k] = TC_ISA(select)(s->take, scout.re[k], error.re[k]);
        s->error.im[k] = TC_ISA(select)(s->take, scout.im[k], error.im[k]);
        s->scout_error.re[k] = TC_ISA(select)(s->back, error.re[k], scout.re[k]);
        s->scout_error.im[k] = TC_ISA(select)(s->back, error.im[k], scout.im[k]);
    }
}

/* The first partition's response is needed at once.  Some responses are cut to their taps each
 * block, in turn, which is often enough. */
static void TC_ISA(adapt)(tc_echo *t, unsigned lane)
{
    lesson s;
    bins tail;
    vec time[2 * TC_ECHO_BLOCK], energies[MOST_PARTS];
    TC_ISA(examine)(t, lane, &s);
    uint32_t any = 0;
    TC_ISA(remember)(&any, lane, s.take | s.back);
    if (any)
        TC_ISA(exchange)(t, lane, &s);
    TC_ISA(learn)(t, lane, &s, energies, &tail);
    TC_ISA(divide)(t, lane, energies);
    for (unsigned i = 0, at = t->turn; i < responses(t); i++, at = (at + 1) % (2 * t->parts))
        TC_ISA(constrain)(t, lane, at / 2, at % 2, &tail);
    TC_ISA(heard)(t, lane, 0, time);
    vec zero = {0}, taps = SLICE(t->own_taps, lane);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++)
        SLICE(t->first[n], lane) = TC_ISA(select)(taps > (float)n, time[n], zero);
    TC_ISA(sound)(&tail, time);
    for (unsigned n = 0; n < TC_ECHO_BLOCK; n++)
        SLICE(t->tail[n], lane) = time[TC_ECHO_BLOCK + n];
}
