/* One block of 40 samples of 16 lanes: the part of the fax tone detector that runs all the time.
 * fax_tones.c includes this text once per SIMD level. */

#include "rows.inl"

/* Two values of each band and the energies of their samples. */
#define filter TC_ISA(filter)
INLINE void filter(const int16_t *in, int lane, phasor z[TC_FAX_BANDS], row *energy)
{
    enum { HALF = VALUE / 2 };
    const row zero = {0};
    row sum_1 = zero, sum_2 = zero;
    for (int b = 0; b < TC_FAX_BANDS; b++)
        z[b] = (phasor){zero, zero};
#pragma GCC unroll 10
    for (int i = 0; i < HALF; i++) {
        row late = heard(in + (HALF + i) * TC_GROUP, lane);
        row early = heard(in + (HALF - 1 - i) * TC_GROUP, lane);
        row sum = late + early, difference = late - early;
        sum_1 += late * late;
        sum_2 += early * early;
#pragma GCC unroll 3
        for (int b = 0; b < TC_FAX_BANDS; b++) {
            z[b].re += sum * VALUE_RE[b][i];
            z[b].im += difference * VALUE_IM[b][i];
        }
    }
    *energy = sum_1 + sum_2;
}

/* How the phase has moved on from `before`, beyond what the band's centre does. */
#define moved TC_ISA(moved)
INLINE phasor moved(phasor now, phasor before, const float *centre)
{
    const row zero = {0};
    return times_conj(times_conj(now, before), (phasor){zero + centre[0], zero + centre[1]});
}

/* The next value's part in the runs of marks and spaces: a flag is a space of 6.7 and a mark of 20
 * ms, here 2 to 4 and 7 to 9 values, and one more where noise has moved a change. */
#define count_flags TC_ISA(count_flags)
INLINE void count_flags(tc_fax_tones *d, phasor step, int lane)
{
    flags space = step.im > 0, before = FLAGS(d->space), run = FLAGS(d->run);
    flags changed = space ^ before;
    flags regular = CHOOSE(before, (run >= 1) & (run <= 4), (run >= 6) & (run <= 10));
    flags changes = FLAGS(d->changes) + 1;
    flags lasts = FLAGS(d->changes) & (run <= 10);
    FLAGS(d->changes) = CHOOSE(changed, changes & regular, lasts);
    FLAGS(d->run) = CHOOSE(changed, 1, run - (run < 99)); /* a flag that is set is -1 */
    FLAGS(d->space) = space;
}

/* Whether the high band's value `z` is the one of 15 ms before reversed, for the third time. */
#define reversal TC_ISA(reversal)
INLINE flags reversal(tc_fax_tones *d, phasor z, unsigned value, int lane)
{
    phasor step = LOAD(d->sum_step);
    row size = 1 / (root(square(step)) + 1e-9f);
    step = (phasor){step.re * size, step.im * size};
    phasor step_2 = times(step, step), step_6 = times(step_2, times(step_2, step_2));
    phasor turn =
        times_conj(moved(z, LOAD(d->high[(value - LAG) % 8]), STEP_LAG[TC_FAX_HIGH]), step_6);
    row whole = AT(d->sum_power) / (2.0f * __builtin_convertvector(FLAGS(d->good), row) + 1e-9f);
    row length = root(square(turn));
    flags opposite = (turn.re < REVERSED * length) & (length > 0.3f * whole);
    flags turned = (FLAGS(d->turned) + 1) & opposite;
    FLAGS(d->turned) = turned;
    return (turned == 3) & (FLAGS(d->candidate) == TC_FAX_ANS) & (FLAGS(d->good) >= STEADY_BLOCKS);
}

/* The high band's magnitude against 15 Hz. */
#define modulation TC_ISA(modulation)
INLINE void modulation(tc_fax_tones *d, phasor z, int lane)
{
    const row zero = {0};
    row size = root(square(z));
    flags runs = FLAGS(d->candidate) == TC_FAX_ANS, begins = FLAGS(d->am_values) == 0;
    phasor turn = LOAD(d->am_turn), am = LOAD(d->am);
    phasor next = times(turn, (phasor){zero + TURN_15_HZ[0][0], zero + TURN_15_HZ[0][1]});
    next = (phasor){PICK(begins, zero + 1, next.re), PICK(begins, zero, next.im)};
    am = (phasor){PICK(begins, zero, am.re) + size * next.re,
                  PICK(begins, zero, am.im) + size * next.im};
    row mean = PICK(begins, zero, AT(d->am_mean)) + size;
    flags values = (FLAGS(d->am_values) + 1) & runs;
    flags full = values == AM_VALUES;
    row part = 4 * square(am), whole = mean * mean;
    flags deep = (part >= AM_LEAST * AM_LEAST * whole) & (part <= AM_MOST * AM_MOST * whole);
    flags told = FLAGS(d->am_told);
    FLAGS(d->am_told) = CHOOSE(full & (told < 2), CHOOSE(deep, 2, 1), told);
    FLAGS(d->am_values) = values & ~full;
    STORE(d->am_turn, next);
    STORE(d->am, am);
    AT(d->am_mean) = mean;
}

/* Which tone the last 20 ms hold, or 0. */
#define judge TC_ISA(judge)
INLINE flags judge(const tc_fax_tones *d, int lane)
{
    const row zero = {0};
    row energy = zero, power[TC_FAX_BANDS];
    phasor step[TC_FAX_BANDS];
    const unsigned now = (unsigned)d->blocks;
    for (int b = 0; b < TC_FAX_BANDS; b++) {
        power[b] = zero;
        step[b] = (phasor){zero, zero};
    }
    for (unsigned age = 0; age < 4; age++) {
        energy += AT(d->energy[(now - age) % 4]);
        for (int b = 0; b < TC_FAX_BANDS; b++) {
            power[b] += AT(d->power[(now - age) % 4][b]);
            step[b] = plus(step[b], LOAD(d->step[(now - age) % 4][b]));
        }
    }
    energy *= 1.0f / VALUE;
    flags tone[TC_FAX_BANDS] = {{0}};
    row sine[TC_FAX_BANDS];
    for (int b = 0; b < TC_FAX_BANDS; b += 2) {
        row size = root(square(step[b]));
        tone[b] = (power[b] >= d->profile.share * energy) & (power[b] >= 8 * d->limits.floor);
        tone[b] &= (size >= 0.92f * power[b]) & (step[b].re > 0);
        tone[b] &= 16 * AT(d->power[now % 4][b]) >= power[b]; /* it sounds still */
        sine[b] = step[b].im / (size + 1e-9f);
    }
    flags cng = tone[TC_FAX_LOW] & (sine[TC_FAX_LOW] >= -CNG_SINE) & (sine[TC_FAX_LOW] <= CNG_SINE);
    row high = sine[TC_FAX_HIGH];
    flags ans = tone[TC_FAX_HIGH] & (high >= ANS_SINE[0]) & (high <= ANS_SINE[1]);
    flags bell = tone[TC_FAX_HIGH] & (high >= BELL_SINE[0]) & (high <= BELL_SINE[1]);
    flags v21 = (FLAGS(d->changes) >= d->limits.changes) &
                (power[TC_FAX_MIDDLE] >= 0.75f * d->profile.share * energy) &
                (power[TC_FAX_MIDDLE] >= 8 * d->limits.floor) &
                (16 * AT(d->power[now % 4][TC_FAX_MIDDLE]) >= power[TC_FAX_MIDDLE]);
    return (cng & TC_FAX_CNG) | (ans & TC_FAX_ANS) | (bell & TC_FAX_2225) | (v21 & TC_FAX_V21);
}

/* The block for lanes `lane` to `lane + TC_WIDTH - 1`. */
#define slice TC_ISA(slice)
INLINE tc_fax_news slice(tc_fax_tones *d, const int16_t *in, int lane)
{
    const row zero = {0};
    const unsigned now = (unsigned)d->blocks % 4, value = (unsigned)d->blocks * 2;
    row energy = zero, power[TC_FAX_BANDS];
    phasor step[TC_FAX_BANDS];
    flags reversed = {0};
    for (int b = 0; b < TC_FAX_BANDS; b++) {
        power[b] = zero;
        step[b] = (phasor){zero, zero};
    }
    for (unsigned v = 0; v < 2; v++) {
        phasor z[TC_FAX_BANDS];
        row some;
        filter(in + v * VALUE * TC_GROUP, lane, z, &some);
        energy += some;
        for (int b = 0; b < TC_FAX_BANDS; b++) {
            phasor before =
                b == TC_FAX_HIGH ? LOAD(d->high[(value + v - 1) % 8]) : LOAD(d->last[b]);
            phasor turn = moved(z[b], before, STEP[b]);
            step[b] = plus(step[b], turn);
            power[b] += square(z[b]);
            if (b == TC_FAX_MIDDLE)
                count_flags(d, turn, lane);
            if (b != TC_FAX_HIGH)
                STORE(d->last[b], z[b]);
        }
        reversed |= reversal(d, z[TC_FAX_HIGH], value + v, lane);
        modulation(d, z[TC_FAX_HIGH], lane);
        STORE(d->high[(value + v) % 8], z[TC_FAX_HIGH]);
    }
    AT(d->energy[now]) = energy;
    for (int b = 0; b < TC_FAX_BANDS; b++) {
        AT(d->power[now][b]) = power[b];
        STORE(d->step[now][b], step[b]);
    }

    /* One tone at a time: it goes on through what is no tone for a while, then it is over. */
    flags sounds = judge(d, lane), candidate = FLAGS(d->candidate), held = FLAGS(d->held);
    flags same = (sounds == candidate) & (candidate != 0);
    flags patience = CHOOSE(candidate == TC_FAX_ANS, ANS_PATIENCE, OTHER_PATIENCE);
    flags missed = (FLAGS(d->missed) + 1) & ~same;
    flags gone = (candidate != 0) & (missed > patience);
    flags begins = (sounds != 0) & (candidate == 0);
    flags was = candidate;
    candidate = CHOOSE(begins, sounds, candidate & ~gone);
    flags keeps = same | begins, sounds_on = candidate != 0;
    flags low = candidate == TC_FAX_CNG, middle = candidate == TC_FAX_V21;
    row mine = PICK(low, power[TC_FAX_LOW], PICK(middle, power[TC_FAX_MIDDLE], power[TC_FAX_HIGH]));
    phasor turn = {
        PICK(low, step[0].re, PICK(middle, step[TC_FAX_MIDDLE].re, step[TC_FAX_HIGH].re)),
        PICK(low, step[0].im, PICK(middle, step[TC_FAX_MIDDLE].im, step[TC_FAX_HIGH].im))};
    phasor sum = LOAD(d->sum_step);
    AT(d->sum_power) = PICK(begins, zero, AT(d->sum_power)) + PICK(keeps, mine, zero);
    AT(d->sum_step.re) = PICK(begins, zero, sum.re) + PICK(keeps, turn.re, zero);
    AT(d->sum_step.im) = PICK(begins, zero, sum.im) + PICK(keeps, turn.im, zero);
    flags good = (FLAGS(d->good) & ~begins) - keeps;
    FLAGS(d->good) = good;
    FLAGS(d->age) = (FLAGS(d->age) + 1) & ~begins & (sounds_on | gone);
    FLAGS(d->missed) = missed & ~begins & (sounds_on | gone);
    FLAGS(d->candidate) = candidate;
    flags told = FLAGS(d->am_told) & ~begins;
    FLAGS(d->am_told) = told;
    FLAGS(d->am_values) &= ~begins;

    flags needed = CHOOSE(candidate == TC_FAX_V21, 1, d->limits.answer + (flags){0});
    flags ready = (candidate != TC_FAX_ANS) | (told != 0);
    flags over = (held != 0) & gone;
    flags fresh = (candidate != 0) & (candidate != TC_FAX_CNG) & (held == 0) & ready;
    fresh &= good >= needed;
    /* CNG is known by its end: who goes on is no calling fax. */
    flags lasted = FLAGS(d->age) - missed;
    fresh |= gone & (was == TC_FAX_CNG) & (good >= d->limits.cng) & (lasted <= CNG_MOST);
    flags hushed = FLAGS(d->hushed);
    hushed = (hushed - (hushed <= RELEASE_BLOCKS)) & (energy < d->limits.release);
    flags released = (hushed == RELEASE_BLOCKS) & (FLAGS(d->hushed) != hushed);
    FLAGS(d->hushed) = hushed;
    tc_fax_news news = {0, 0, 0, 0};
    if (any(over | fresh | reversed))
        news = (tc_fax_news){bits(fresh), bits(over), bits(reversed), 0};
    if (any(released))
        news.hushed = bits(released);
    return news;
}

static tc_fax_news TC_ISA(tc_fax_block)(tc_fax_tones *d, const int16_t *in)
{
    tc_fax_news news = {0, 0, 0, 0};
    for (int lane = 0; lane < TC_GROUP; lane += TC_WIDTH) {
        tc_fax_news some = slice(d, in, lane);
        news.fresh |= some.fresh << lane;
        news.over |= some.over << lane;
        news.reversed |= some.reversed << lane;
        news.hushed |= some.hushed << lane;
    }
    return news;
}

#undef filter
#undef moved
#undef count_flags
#undef reversal
#undef modulation
#undef judge
#undef slice
#include "rows.inl"
