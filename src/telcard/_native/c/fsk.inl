/* One block of 16 lanes, three values of each: the part of the FSK receiver that runs all the time.
 *
 * A row holds one number of each lane.  Here TC_WIDTH lanes at a time are worked on, as many as fit
 * a register; lanes never meet.  fsk.c includes this text once per SIMD level. */

#include "rows.inl"

#define MOST(a, b) PICK((a) > (b), a, b)

#define turned TC_ISA(fsk_turned)
INLINE phasor turned(phasor a, tc_fsk_phasor by)
{
    return (phasor){a.re * by.re - a.im * by.im, a.re * by.im + a.im * by.re};
}

/* The band filter at one value; two sums each keep the adders busy. */
#define filtered TC_ISA(fsk_filtered)
INLINE phasor filtered(const tc_fsk_row *x, const float *tap_re, const float *tap_im, unsigned taps,
                       int lane)
{
    row re[2] = {{0}, {0}}, im[2] = {{0}, {0}};
    for (unsigned i = 0; i < taps; i += 4)
#pragma GCC unroll 4
        for (unsigned k = 0; k < 4; k++) {
            row sample = AT(x[i + k]);
            re[k & 1] += sample * tap_re[i + k];
            im[k & 1] += sample * tap_im[i + k];
        }
    return (phasor){re[0] + re[1], im[0] + im[1]};
}

/* Power of the best row of three bits with `own` in its middle. */
#define best_of TC_ISA(fsk_best_of)
INLINE row best_of(phasor own, const phasor earlier[2], const phasor later[2], tc_fsk_phasor forth)
{
    phasor before[2] = {turned(earlier[0], forth), turned(earlier[1], forth)};
    phasor both[2] = {plus(own, later[0]), plus(own, later[1])};
    row a = MOST(square(plus(both[0], before[0])), square(plus(both[0], before[1])));
    row b = MOST(square(plus(both[1], before[0])), square(plus(both[1], before[1])));
    return MOST(a, b);
}

#define sum_of_8 TC_ISA(fsk_sum_of_8)
INLINE row sum_of_8(const tc_fsk_row *ring, unsigned now, int lane)
{
#define BACK(i) AT(ring[(now - (i)) % 8])
    return ((BACK(0) + BACK(1)) + (BACK(2) + BACK(3))) +
           ((BACK(4) + BACK(5)) + (BACK(6) + BACK(7)));
#undef BACK
}

/* A carrier comes or goes: lanes for which it does.  What the best three bits explain is as old as
 * the middle one, and is compared with the power of that time. */
#define watch TC_ISA(fsk_watch)
INLINE flags watch(tc_fsk *f, const tc_fsk_plan *p, row best, unsigned now, int lane)
{
    const row zero = {0}, power = sum_of_8(f->power, now, lane);
    const flags carrier = FLAGS(f->carrier);
    flags loud = power >= PICK(carrier, zero + p->off, zero + p->on), heard = loud | carrier;
    row whole = PICK(heard, AT(f->whole) * FORGETTING + AT(f->power[(now + 4) % 8]), zero);
    row explained = PICK(heard, AT(f->explained) * FORGETTING + best, zero);
    AT(f->whole) = whole;
    AT(f->explained) = explained;
    flags lasting = (FLAGS(f->lasting) + 1) & (loud ^ carrier);
    flags comes = (lasting >= p->on_values) & (explained >= p->like * whole);
    flags goes = (lasting >= p->off_values) | (explained < p->unlike * whole);
    flags change = (carrier & goes) | (~carrier & comes);
    FLAGS(f->lasting) = lasting & ~change;
    if (any(change)) {
        FLAGS(f->carrier) = carrier ^ change;
        FLAGS(f->busy) &= ~change;
        FLAGS(f->count) &= ~change;
        AT(f->done_power) = PICK(change, power, AT(f->done_power));
        AT(f->gain) = PICK(change, zero + 1, AT(f->gain));
        for (int tone = 0; tone < 2; tone++)
            AT(f->level[tone]) = PICK(change, root(2 * power), AT(f->level[tone]));
    }
    return change;
}

/* One value: what is new of each lane. */
#define value TC_ISA(fsk_value)
INLINE tc_fsk_news value(tc_fsk *f, const tc_fsk_plan *p, phasor z, unsigned now, int lane)
{
    const row zero = {0};
    const unsigned half = (now + 4) % 8, pair = now % 2;
    const phasor last = LOAD(f->z);
    phasor own[2], earlier[2], later[2];

    STORE(f->z, z);
#pragma GCC unroll 2
    for (int tone = 0; tone < 2; tone++) {
        phasor u = plus(z, turned(last, p->turn_1[tone]));
        phasor g = plus(u, turned(LOAD(f->u[tone][pair]), p->turn_2[tone]));
        STORE(f->u[tone][pair], u);
        g = turned(g, p->centre[tone]);
        own[tone] = LOAD(f->g[tone][half]);
        earlier[tone] = LOAD(f->g[tone][now]);
        later[tone] = turned(g, p->back[tone]);
        STORE(f->g[tone][now], g);
    }
    row space = best_of(own[0], earlier, later, p->forth[0]);
    row mark = best_of(own[1], earlier, later, p->forth[1]);
    row likely = mark - space, before = AT(f->likely);
    AT(f->power[now]) = square(z);
    AT(f->likely) = likely;
    flags change = watch(f, p, MOST(mark, space), now, lane);

    /* The bit clock. */
    row power[2] = {square(own[0]), square(own[1])};
    row level[2] = {AT(f->level[0]), AT(f->level[1])};
    row crossing = power[1] * level[0] - power[0] * level[1], was = AT(f->crossing);
    row gain = AT(f->gain), phase = AT(f->phase) + p->step;
    flags busy = FLAGS(f->busy), framed = FLAGS(f->framed), carrier = FLAGS(f->carrier);
    flags edge = (crossing > 0) ^ (was > 0);
    row since = PICK(edge, crossing / (crossing - was), zero) * p->step;
    row error = phase - since - 0.5f;
    error -= PICK(error >= 0.5f, zero + 1, zero);
    flags begins = edge & (crossing <= 0) & framed & carrier & ~busy;
    flags astray = begins & ((error > 0.2f) | (error < -0.2f));
    gain = PICK(astray, zero + 1, gain);
    phase = PICK(astray, since + 0.5f, phase - PICK(edge, gain * error, zero));
    gain = PICK(edge, MOST(gain * (1 - 0.5f * gain), zero + LEAST_GAIN), gain);
    busy |= begins;
    flags strobe = phase >= 1;
    phase -= PICK(strobe, zero + 1, zero);
    AT(f->crossing) = crossing;
    AT(f->gain) = gain;
    AT(f->phase) = phase;

    /* A bit, as it was when the clock struck. */
    row part = phase * (1 / p->step);
    flags one = likely + (before - likely) * part > 0;
    flags taken = strobe & carrier & (busy | ~framed);
    flags count = FLAGS(f->count) - taken; /* a flag that is set is -1 */
    flags word = FLAGS(f->word);
    word = (taken & ((word >> 1 & ~WORD_TOP) | (one & WORD_TOP))) | (~taken & word);
    row size = root(PICK(one, power[1], power[0]));
    for (int tone = 0; tone < 2; tone++) {
        flags told = strobe & carrier & (tone ? one : ~one);
        row followed = level[tone] + (size - level[tone]) * FOLLOWING;
        AT(f->level[tone]) = PICK(told, followed, MOST(level[tone], level[1 - tone] * LEAST_LEVEL));
    }
    flags false_start = taken & framed & one & (count == 1);
    flags done = taken & (count == FLAGS(f->length));
    busy &= ~(false_start | (done & framed));
    FLAGS(f->busy) = busy;
    FLAGS(f->count) = count & ~(false_start | done);
    FLAGS(f->word) = word;
    tc_fsk_news news = {0, 0};
    if (any(done)) {
        news.done = bits(done);
        FLAGS(f->done) = (done & word) | (~done & FLAGS(f->done));
        AT(f->done_phase) = PICK(done, phase, AT(f->done_phase));
    }
    if (any(change))
        news.change = bits(change);
    return news;
}

static void TC_ISA(tc_fsk_block)(tc_fsk *f, const tc_fsk_row *x, tc_fsk_news news[3])
{
    const tc_fsk_plan *p = f->plan;
    for (int v = 0; v < 3; v++)
        news[v] = (tc_fsk_news){0, 0};
    for (int lane = 0; lane < TC_FSK_LANES; lane += TC_WIDTH)
        for (int v = 0; v < 3; v++) {
            phasor z = filtered(x + p->offset[v], p->re[v], p->im[v], p->taps, lane);
            tc_fsk_news some = value(f, p, z, (unsigned)(f->values + (unsigned)v) % 8, lane);
            news[v].done |= some.done << lane;
            news[v].change |= some.change << lane;
        }
}

#undef MOST
#undef turned
#undef filtered
#undef best_of
#undef sum_of_8
#undef watch
#undef value
#include "rows.inl"
