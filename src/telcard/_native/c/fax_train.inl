/* A fax receiver's way from the alternation's end to the first symbol; see fax_receive.h.  Included
 * by fax_receive.c, once: what has to be fast in it is in fax_receive.inl. */

static float angle_of(tc_fax_phasor a)
{
    return atan2f(a.im, a.re);
}

static tc_fax_phasor times_conj(tc_fax_phasor a, tc_fax_phasor b)
{
    return (tc_fax_phasor){a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
}

static float square(tc_fax_phasor a)
{
    return a.re * a.re + a.im * a.im;
}

static tc_fax_phasor turn_by(double radians)
{
    return (tc_fax_phasor){(float)cos(radians), (float)sin(radians)};
}

/* All but two of the values that the first symbol is made of, of which the first one is at `at`. */
static void start_at(tc_fax_receive *rx, int64_t at, const float *re, const float *im)
{
    rx->halves = TC_FAX_RX_TAPS - 2;
    memcpy(rx->z_re, re, rx->halves * sizeof *re);
    memcpy(rx->z_im, im, rx->halves * sizeof *im);
    rx->at = at + rx->halves * (int64_t)rx->plan->half;
}

/* The sequence has been found: taps from `n` symbols, whose values begin at `at`. */
static int learn_from(tc_fax_receive *rx, int64_t at, double turn, float phase)
{
    const tc_fax_plan *plan = rx->plan;
    enum { MOST = TC_FAX_MOST_LEARNING };
    float re[2 * MOST + TC_FAX_RX_TAPS], im[2 * MOST + TC_FAX_RX_TAPS], power = 0, whole = 0;
    tc_fax_phasor wanted[MOST];
    tc_fax_matrix m = {0};
    unsigned n = plan->learning, halves = 2 * n + TC_FAX_RX_TAPS;
    TC_DISPATCH(hear_many, rx, at, halves, re, im);
    for (unsigned i = 0; i < halves; i++)
        power += re[i] * re[i] + im[i] * im[i];
    rx->gain = 1 / sqrtf(power / (float)halves + 1e-3f);
    for (unsigned i = 0; i < halves; i++)
        re[i] *= rx->gain, im[i] *= rx->gain;
    for (unsigned k = 0; k < n; k++) {
        tc_fax_phasor a = plan->training[plan->known[k]], t = turn_by(phase + turn * k);
        wanted[k] = (tc_fax_phasor){a.re * t.re - a.im * t.im, a.re * t.im + a.im * t.re};
        whole += square(a);
    }
    TC_DISPATCH(products, re, im, wanted, n, &m);
    float left = 1 - tc_fax_solve(&m, re, im, n, rx->w_re, rx->w_im) / whole;
    start_at(rx, at, re, im);
    float moment = 0, weight = 0;
    for (int i = 0; i < TC_FAX_RX_TAPS; i++) {
        float tap = rx->w_re[i] * rx->w_re[i] + rx->w_im[i] * rx->w_im[i];
        moment += (float)i * tap, weight += tap;
    }
    rx->centre = moment / weight;
    rx->noise = plan->power * fmaxf(left, QUIETEST) * (float)(n + TC_FAX_RX_TAPS) /
                (float)(n - TC_FAX_RX_TAPS);
    return left < UNSOLVED;
}

/* Known symbols as taps make them of values that begin at `at`. */
typedef struct {
    tc_fax_phasor fits; /* sum of what came times the conjugates of what was sent */
    float off;          /* share of the power that is not explained */
} tc_fax_fit;

/* Symbols [from, to) of the known ones. */
static tc_fax_fit fit(const tc_fax_receive *rx, const float *re, const float *im,
                      const tc_fax_phasor *target, unsigned from, unsigned to)
{
    tc_fax_fit made = {{0, 0}, 1};
    float came = 1e-9f, sent = 1e-9f;
    for (unsigned k = from; k < to; k++) {
        tc_fax_phasor x = TC_DISPATCH(filter, rx, re + 2 * k, im + 2 * k), a = target[k];
        made.fits.re += x.re * a.re - x.im * a.im;
        made.fits.im += x.re * a.im + x.im * a.re;
        came += square(x), sent += square(a);
    }
    made.off = 1 - square(made.fits) / (came * sent);
    if (!(made.off < 1))
        made.off = 1; /* taps that the training before has spoilt fit nowhere */
    return made;
}

/* A short training: the taps are there.  Where do they fit best, to a fraction of a sample (one may
 * have been lost or repeated since the clock was measured), how far is the carrier turned, how
 * strong is it now, and how much noise is left?  When a slip parts the known symbols, those before
 * or behind it count alone; from the latter on it goes on as if it had never been. */
static int resume_from(tc_fax_receive *rx, int64_t at, double turn)
{
    enum { N = 64, QUARTERS = 4, AROUND = 2, PLACES_TRIED = QUARTERS * 2 * AROUND };
    const tc_fax_plan *plan = rx->plan;
    const unsigned n = plan->known_short, halves = 2 * n + TC_FAX_RX_TAPS;
    const unsigned windows[3][2] = {{0, n}, {n - RESUMES, n}, {0, n - 16}};
    const int64_t part = (int64_t)plan->half / QUARTERS;
    float re[2 * N + TC_FAX_RX_TAPS + 2 * AROUND], im[2 * N + TC_FAX_RX_TAPS + 2 * AROUND];
    tc_fax_phasor target[N], sent[TC_FAX_ECHO_FAR + N];
    tc_fax_fit best = {{0, 0}, 1};
    float power = 0;
    unsigned first = 0, last = n;
    int64_t found = at;
    for (unsigned i = 0; i < TC_FAX_ECHO_FAR; i++) /* the alternation, which ends with B */
        sent[i] = plan->training[(TC_FAX_ECHO_FAR - i) % 2];
    for (unsigned k = 0; k < n; k++) {
        const tc_fax_phasor *now = sent + TC_FAX_ECHO_FAR + k;
        sent[TC_FAX_ECHO_FAR + k] = plan->training[plan->known[k]];
        target[k] = times_conj(turn_by(-turn * k), tc_fax_echo_with(&rx->echo, now));
    }
    for (int w = 0; w < 3 && best.off > ONE_PIECE; w++) {
        float off[PLACES_TRIED];
        unsigned least = 0;
        for (unsigned p = 0; p < QUARTERS; p++) {
            int64_t from = at - AROUND * (int64_t)plan->half + p * part;
            TC_DISPATCH(hear_many, rx, from, halves + 2 * AROUND, re, im);
            for (unsigned place = 0; place < 2 * AROUND; place++)
                off[QUARTERS * place + p] =
                    fit(rx, re + place, im + place, target, windows[w][0], windows[w][1]).off;
        }
        for (unsigned i = 1; i < PLACES_TRIED; i++)
            least = off[i] < off[least] ? i : least;
        if (w && off[least] > BETTER * best.off)
            continue;
        float more = 0; /* by the parabola through three */
        if (least && least + 1 < PLACES_TRIED) {
            float down = off[least - 1] - off[least], up = off[least + 1] - off[least];
            more = (down - up) / (2 * (down + up) + 1e-9f);
        }
        best.off = off[least];
        first = windows[w][0], last = windows[w][1];
        found = at + ((int)least - QUARTERS * AROUND) * part + (int64_t)(more * (float)part);
    }
    TC_DISPATCH(hear_many, rx, found, halves, re, im);
    for (unsigned i = 0; i < halves; i++)
        re[i] *= rx->gain, im[i] *= rx->gain;
    best = fit(rx, re, im, target, first, last);
    for (unsigned k = first; k < last; k++)
        power += square(target[k]);
    float size = sqrtf(square(best.fits)) / power;
    if (!(best.off < UNFIT && size * STRETCHED > 1 && size < STRETCHED))
        return 0;
    for (int i = 0; i < TC_FAX_RX_TAPS; i++)
        rx->w_re[i] /= size, rx->w_im[i] /= size;
    rx->symbol = first;
    rx->phase = (uint32_t)(int64_t)((angle_of(best.fits) + turn * first) * TURN_A_RADIAN);
    start_at(rx, found + 2 * first * (int64_t)plan->half, re + 2 * first, im + 2 * first);
    best.off *= (float)(last - first) / (float)(last - first - 2);
    rx->noise = plan->power * fmaxf(best.off, QUIETEST);
    return 1;
}

static unsigned most_like(const float *re, const float *im, unsigned places)
{
    unsigned best = 0;
    float most = 0;
    for (unsigned i = 0; i < places; i++) {
        float found = re[i] * re[i] + im[i] * im[i];
        if (found > most)
            most = found, best = i;
    }
    return best;
}

/* All samples are at hand: where did the known sequence begin?  0: nowhere. */
static int synchronise(tc_fax_receive *rx)
{
    const tc_fax_plan *plan = rx->plan;
    float re[2 * TC_FAX_MOST_LEARNING + PLACES], im[2 * TC_FAX_MOST_LEARNING + PLACES],
        sum_re[PLACES], sum_im[PLACES];
    tc_fax_phasor target[TC_FAX_MOST_LEARNING], mean = {0, 0}, piece[PIECES], slope = {0, 0};
    const double symbol_samples = 2 * (double)plan->half * 0x1p-32;
    double from = (double)rx->clock_origin - (double)base(rx) -
                  angle_of(rx->sum_clock) / (2 * M_PI) * symbol_samples;
    double wanted = (double)(rx->broke - base(rx)) - BEFORE;
    from += ceil((wanted - from) / symbol_samples) * symbol_samples;
    int64_t at = (int64_t)(from * 0x1p32);
    unsigned places = (unsigned)((BEFORE + BEHIND) / symbol_samples * 2), n = learning(rx);
    unsigned sync = plan->sync < n ? plan->sync : n;
    TC_DISPATCH(hear_many, rx, at, 2 * n + places, re, im);
    double offset = angle_of(rx->sum_step) / TC_FAX_LINES_BLOCK * symbol_samples;
    double before = rx->offset / TURN_A_RADIAN;
    if (rx->short_train && fabs(offset - before) < SAME_HZ * 2 * M_PI / plan->figures.baud)
        offset = before;
    double turn = plan->turn * (2 * M_PI * 0x1p-32) + offset;
    for (unsigned k = 0; k < n; k++) {
        tc_fax_phasor a = plan->training[plan->known[k]];
        mean.re += a.re / (float)n, mean.im += a.im / (float)n;
    }
    for (unsigned k = 0; k < n; k++) {
        tc_fax_phasor a = plan->training[plan->known[k]];
        a.re -= mean.re, a.im -= mean.im;
        target[k] = times_conj(turn_by(-turn * k), a);
    }
    TC_DISPATCH(compare, re, im, places, target, sync, sum_re, sum_im);
    unsigned best = most_like(sum_re, sum_im, places);
    float power = 0, size = 0;
    for (unsigned k = 0; k < sync; k++) {
        unsigned i = best + 2 * k;
        power += re[i] * re[i] + im[i] * im[i];
        size += square(target[k]);
    }
    rx->offset = (float)(offset * TURN_A_RADIAN);
    for (int tries = 0; rx->short_train && tries < 3; tries++) { /* a slip makes others as like */
        int64_t first = at + ((int64_t)best - TC_FAX_RX_TAPS / 2) * (int64_t)plan->half;
        if (resume_from(rx, first, turn))
            return 1;
        for (unsigned i = best > 3 ? best - 3 : 0; i < places && i <= best + 3; i++)
            sum_re[i] = sum_im[i] = 0;
        best = most_like(sum_re, sum_im, places);
    }
    float most = sum_re[best] * sum_re[best] + sum_im[best] * sum_im[best];
    if (rx->short_train || !(most > RECOGNISED * power * size)) /* silence is no training */
        return 0;
    at += ((int64_t)best - TC_FAX_RX_TAPS / 2) * (int64_t)plan->half;
    unsigned length = n / PIECES;
    for (unsigned p = 0; p < PIECES; p++) {
        TC_DISPATCH(compare, re + best + 2 * p * length, im + best + 2 * p * length, 1,
                    target + p * length, length, &piece[p].re, &piece[p].im);
        if (p) {
            tc_fax_phasor step = times_conj(piece[p], piece[p - 1]);
            slope.re += step.re, slope.im += step.im;
        }
    }
    double finer = angle_of(slope) / length;
    turn += finer;
    rx->offset = (float)((offset + finer) * TURN_A_RADIAN);
    tc_fax_phasor all = {0, 0};
    for (unsigned p = 0; p < PIECES; p++) {
        tc_fax_phasor back = times_conj(piece[p], turn_by(finer * length * (p + 0.5)));
        all.re += back.re, all.im += back.im;
    }
    float phase = angle_of(all);
    rx->phase = (uint32_t)(int64_t)(phase * TURN_A_RADIAN);
    return learn_from(rx, at, turn, phase);
}

/* V.17's long training says whether there is jitter; short ones believe it. */
static void await_jitter(tc_fax_receive *rx)
{
    tc_fax_jitter *jitter = &rx->jitter;
    const int looks = tc_fax_is_v17(rx->plan->mode) && !rx->short_train;
    if (!rx->short_train)
        memset(jitter, 0, sizeof *jitter);
    if (jitter->until == UINT32_MAX)
        jitter->from = 0;
    else
        jitter->until = looks ? rx->plan->known_long : 0, jitter->from = jitter->until - JITTER;
    memset(jitter->turns, 0, sizeof jitter->turns);
    jitter->count = TC_FAX_JITTER_TAPS;
}

static void begin(tc_fax_receive *rx)
{
    const tc_fax_plan *plan = rx->plan;
    rx->symbol = 0;
    if (!synchronise(rx)) {
        if (!rx->broke_again && !rx->searched)
            rx->broke_again = rx->broke + BEFORE + BEHIND; /* a gap had broken it */
        rx->broke = rx->broke_again;
        rx->broke_again = 0;
        rx->searched = 1;
        if (rx->broke)
            return;
        happened(rx, TC_FAX_RX_FAILED, 0);
        tc_fax_receive_arm(rx, plan, rx->short_train);
        return;
    }
    double power = 0;
    for (unsigned i = rx->fill / 2; i < rx->fill; i++)
        power += rx->x[i] * rx->x[i];
    power /= rx->fill - rx->fill / 2;
    rx->level = (int32_t)lrint(2560 * log10((power + 1e-3) / DBM0_POWER));
    happened(rx, TC_FAX_RX_TRAINING, rx->level);
    rx->state = TC_FAX_RX_TRAINING;
    rx->next_try = 0;
    be_sure(rx);
    rx->step = LAST_STEP; /* nothing new, to begin with */
    rx->clock = 0;
    rx->nudge = 0;
    rx->error = rx->noise;
    rx->forgets = rx->short_train ? 1 / 12.0f : tc_fax_is_v17(plan->mode) ? LONG_NOISE : 1 / 128.0f;
    rx->loud = rx->strength = rx->stretched = 1;
    rx->least = FAINT;
    rx->faint = rx->fading = 0;
    rx->troubled = 0;
    tc_v17_begin(&rx->v17);
    tc_fax_echo_begin(&rx->echo, plan, rx->short_train);
    await_jitter(rx);
    rx->y = rx->a = (tc_fax_phasor){0, 0};
    rx->phase_gain = PHASE_GAIN * TURN_A_RADIAN;
    rx->offset_gain = OFFSET_GAIN * TURN_A_RADIAN;
    rx->offset_most = OFFSET_MOST_HZ / plan->figures.baud * TURN;
    rx->scrambler = (tc_fax_scrambler){.guarded = plan->mode <= TC_FAX_V27TER_4800};
    unsigned last = plan->known[known_of(rx) - 1];
    rx->place = (uint8_t)(tc_fax_is_v29(plan->mode) ? 3 * last : last * (plan->points / 2));
    rx->bits = rx->held = rx->octet = 0;
    rx->slips = 0;
    rx->snr = rx->snr_now = snr(rx);
    TC_DISPATCH(run, rx);
}
