/* One block of 16 lanes, three values of each: the part of the FSK receiver that runs all the time.
 *
 * A row holds one number of each lane.  Here TC_WIDTH lanes at a time are worked on, as many as fit
 * a register; lanes never meet.  fsk.c includes this text once per SIMD level. */

#include "rows.inl"

#define most TC_ISA(fsk_most)
INLINE row most(row a, row b)
{
#if TC_WIDTH == 16
    return (row)_mm512_max_ps((__m512)a, (__m512)b);
#elif TC_WIDTH == 8
    return (row)_mm256_max_ps((__m256)a, (__m256)b);
#elif TC_HAVE_X86_LEVELS
    return (row)_mm_max_ps((__m128)a, (__m128)b);
#else
    return PICK(a > b, a, b);
#endif
}

#define turned TC_ISA(fsk_turned)
INLINE phasor turned(phasor a, tc_fsk_phasor by)
{
    return (phasor){a.re * by.re - a.im * by.im, a.re * by.im + a.im * by.re};
}

/* Each lane's pair of samples times a pair of taps, both products added. */
#define paired TC_ISA(fsk_paired)
INLINE flags paired(flags samples, int32_t taps)
{
#if TC_WIDTH == 16
    return (flags)_mm512_madd_epi16((__m512i)samples, _mm512_set1_epi32(taps));
#elif TC_WIDTH == 8
    return (flags)_mm256_madd_epi16((__m256i)samples, _mm256_set1_epi32(taps));
#elif TC_HAVE_X86_LEVELS
    return (flags)_mm_madd_epi16((__m128i)samples, _mm_set1_epi32(taps));
#else
    return (samples << 16 >> 16) * (int16_t)taps + (samples >> 16) * (taps >> 16);
#endif
}

/* The band filter at one value. */
#define filtered TC_ISA(fsk_filtered)
INLINE phasor filtered(const tc_fsk_flags *x, const int32_t *tap_re, const int32_t *tap_im,
                       unsigned pairs, float unit, int lane)
{
    flags re = {0}, im = {0};
    for (unsigned i = 0; i < pairs; i += 4)
#pragma GCC unroll 4
        for (unsigned k = i; k < i + 4; k++) {
            flags samples = FLAGS(x[2 * k]);
            re += paired(samples, tap_re[k]);
            im += paired(samples, tap_im[k]);
        }
    return (phasor){__builtin_convertvector(re, row) * unit,
                    __builtin_convertvector(im, row) * unit};
}

/* Lay n samples of each lane behind the newest one, which is waiting for its neighbour. */
static void TC_ISA(tc_fsk_lay)(tc_fsk *f, const int16_t *x, unsigned n, const int32_t *mask)
{
    tc_fsk_flags *to = f->x + f->fill;
    for (int lane = 0; lane < TC_FSK_LANES; lane += TC_WIDTH) {
        const flags open = FLAGS(mask);
        flags before = FLAGS(to[-1]);
        for (unsigned i = 0; i < n; i++) {
            flags sample = widened(x + i * TC_FSK_LANES, lane) & open;
            FLAGS(to[(int)i - 1]) = before | sample << 16;
            before = sample & 0xffff;
        }
        FLAGS(to[n - 1]) = before;
    }
}

/* Power of the best row of three bits with `own` in its middle. */
#define best_of TC_ISA(fsk_best_of)
INLINE row best_of(phasor own, const phasor earlier[2], const phasor later[2], tc_fsk_phasor forth)
{
    phasor before[2] = {turned(earlier[0], forth), turned(earlier[1], forth)};
    phasor both[2] = {plus(own, later[0]), plus(own, later[1])};
    row a = most(square(plus(both[0], before[0])), square(plus(both[0], before[1])));
    row b = most(square(plus(both[1], before[0])), square(plus(both[1], before[1])));
    return most(a, b);
}

/* What one value says of each lane. */
#define told TC_ISA(tc_fsk_told)
typedef struct {
    row sound;        /* power of the band, now */
    row own[2];       /* of G of space and mark, over the bit before the newest */
    row likely, best; /* mark's best three bits against space's; the better ones */
} told;

#define value TC_ISA(fsk_value)
INLINE told value(tc_fsk *f, const tc_fsk_plan *p, phasor z, unsigned now, int lane)
{
    const unsigned half = (now + 4) % 8, pair = now % 2;
    const phasor last = LOAD(f->z);
    phasor own[2], earlier[2], later[2];

    STORE(f->z, z);
#pragma GCC unroll 2
    for (int tone = 0; tone < 2; tone++) {
        phasor u = plus(z, turned(last, p->turn_1[tone]));
        phasor g = plus(u, turned(LOAD(f->u[tone][pair]), p->turn_2[tone]));
        STORE(f->u[tone][pair], u);
        if (tone)
            g = turned(g, p->aside);
        own[tone] = LOAD(f->g[tone][half]);
        earlier[tone] = LOAD(f->g[tone][now]);
        later[tone] = turned(g, p->back[tone]);
        STORE(f->g[tone][now], g);
    }
    row space = best_of(own[0], earlier, later, p->forth[0]);
    row mark = best_of(own[1], earlier, later, p->forth[1]);
    return (told){.sound = square(z),
                  .own = {square(own[0]), square(own[1])},
                  .likely = mark - space,
                  .best = most(mark, space)};
}

/* A carrier comes or goes: lanes for which it does.  What the best three bits explain is as old as
 * the middle one, and is compared with the power of that time. */
#define watch TC_ISA(fsk_watch)
INLINE flags watch(tc_fsk *f, const tc_fsk_plan *p, const told t[3], int lane)
{
    const row zero = {0}, sound = t[0].sound + t[1].sound + t[2].sound;
    const row older = AT(f->power[0]), power = sound + older + AT(f->power[1]);
    const flags carrier = FLAGS(f->carrier);
    flags loud = power >= PICK(carrier, zero + p->off, zero + p->on), heard = loud | carrier;
    row best = t[0].best + t[1].best + t[2].best;
    row whole = PICK(heard, AT(f->whole) * FORGETTING + older, zero);
    row explained = PICK(heard, AT(f->explained) * FORGETTING + best, zero);
    flags lasting = (FLAGS(f->lasting) + 1) & (loud ^ carrier);
    flags comes = (lasting >= p->on_blocks) & (explained >= p->like * whole);
    flags goes = (lasting >= p->off_blocks) | (explained < p->unlike * whole);
    flags change = (carrier & goes) | (~carrier & comes);
    AT(f->power[1]) = older;
    AT(f->power[0]) = sound;
    AT(f->whole) = whole;
    AT(f->explained) = explained;
    FLAGS(f->lasting) = lasting & ~change;
    if (any(change)) {
        FLAGS(f->carrier) = carrier ^ change;
        FLAGS(f->busy) &= ~change;
        FLAGS(f->count) &= ~change;
        SET(f->done_power, change, power);
        SET(f->gain, change, zero + 1);
        for (int tone = 0; tone < 2; tone++)
            SET(f->level[tone], change, root(power * (16 / 9.0f)));
    }
    return change;
}

/* a[0] where the moment, in values before the newest, is in the newest interval, a[1], a[2]. */
#define in_turn TC_ISA(fsk_in_turn)
INLINE row in_turn(row moment, row newest, row middle, row oldest)
{
    return PICK(moment < 1, newest, PICK(moment < 2, middle, oldest));
}

/* Whether it is more likely mark so many values before the newest of the four. */
#define marks_at TC_ISA(fsk_marks_at)
INLINE flags marks_at(row moment, const row likely[4])
{
    row later = in_turn(moment, likely[3], likely[2], likely[1]);
    row before = in_turn(moment, likely[2], likely[1], likely[0]);
    row part = moment - in_turn(moment, moment * 0, moment * 0 + 1, moment * 0 + 2);
    return later + (before - later) * part > 0;
}

/* A bit is taken in: lanes that are done with a character or eight bits, or began one falsely. */
#define take TC_ISA(fsk_take)
INLINE flags take(tc_fsk *f, flags taken, flags one, int lane)
{
    flags framed = FLAGS(f->framed), word = FLAGS(f->word);
    flags count = FLAGS(f->count) - taken; /* a flag that is set is -1 */
    flags false_start = taken & framed & one & (count == 1);
    flags done = taken & (count == FLAGS(f->length));
    word = CHOOSE(taken, (word >> 1 & ~WORD_TOP) | (one & WORD_TOP), word);
    FLAGS(f->word) = word;
    FLAGS(f->busy) &= ~(false_start | (done & framed));
    FLAGS(f->count) = count & ~(false_start | done);
    return done;
}

/* The bit clock goes on by three values, in which tone changes once and a bit is taken in once, the
 * one before the other or after it: lanes that are done. */
#define tick TC_ISA(fsk_tick)
INLINE flags tick(tc_fsk *f, const tc_fsk_plan *p, const told t[3], int lane)
{
    const row zero = {0}, likely[4] = {AT(f->likely), t[0].likely, t[1].likely, t[2].likely};
    const row level[2] = {AT(f->level[0]), AT(f->level[1])};
    const flags framed = FLAGS(f->framed), carrier = FLAGS(f->carrier);
    row crossing[4] = {AT(f->crossing)};
    flags mark[4] = {crossing[0] > 0};
    for (int v = 0; v < 3; v++) {
        crossing[v + 1] = t[v].own[1] * level[0] - t[v].own[0] * level[1];
        mark[v + 1] = crossing[v + 1] > 0;
    }
    flags last = mark[3] ^ mark[2], middle = mark[2] ^ mark[1], first = mark[1] ^ mark[0];
    flags edge = last | middle | first;
    row after = PICK(last, crossing[3], PICK(middle, crossing[2], crossing[1]));
    row before = PICK(last, crossing[2], PICK(middle, crossing[1], crossing[0]));
    row whole = PICK(last, zero, PICK(middle, zero + 1, zero + 2));
    row since = PICK(edge, whole + after / (after - before), zero) * p->step;
    AT(f->crossing) = crossing[3];
    AT(f->likely) = likely[3];

    /* A bit that ends before the edge, or without one. */
    row phase = AT(f->phase) + 3 * p->step;
    flags strobe = phase - since >= 1, early = strobe;
    row moment = (phase - 1) * (1 / p->step);
    flags one = marks_at(moment, likely);
    flags taken = strobe & carrier & (FLAGS(f->busy) | ~framed);
    flags done = take(f, taken, one, lane);
    phase -= PICK(strobe, zero + 1, zero);
    row struck = phase;

    /* The edge. */
    row gain = AT(f->gain), error = phase - since - 0.5f;
    flags begins = edge & ~mark[3] & framed & carrier & ~FLAGS(f->busy);
    flags astray = begins & ((error > 0.2f) | (error < -0.2f));
    FLAGS(f->busy) |= begins;
    gain = PICK(astray, zero + 1, gain);
    phase -= PICK(edge, gain * error, zero);
    AT(f->gain) = PICK(edge, most(gain * (1 - 0.5f * gain), zero + LEAST_GAIN), gain);

    /* A bit that ends after it. */
    strobe = phase >= 1;
    phase -= PICK(strobe, zero + 1, zero);
    AT(f->phase) = phase;
    flags late = strobe & ~taken & carrier & (FLAGS(f->busy) | ~framed);
    moment = PICK(strobe, phase * (1 / p->step), moment);
    one = CHOOSE(strobe, marks_at(moment, likely), one);
    done |= take(f, late, one, lane);
    struck = PICK(strobe, phase, struck);

    /* The usual size of the tone that was heard. */
    flags heard = (early | strobe) & carrier;
    row own[3];
    for (int v = 0; v < 3; v++)
        own[v] = PICK(one, t[v].own[1], t[v].own[0]);
    row size = root(in_turn(moment, own[2], own[1], own[0]));
    for (int tone = 0; tone < 2; tone++) {
        row followed = level[tone] + (size - level[tone]) * FOLLOWING;
        AT(f->level[tone]) = PICK(heard & (tone ? one : ~one), followed,
                                  most(level[tone], level[1 - tone] * LEAST_LEVEL));
    }
    if (any(done)) {
        FLAGS(f->done) = CHOOSE(done, FLAGS(f->word), FLAGS(f->done));
        SET(f->done_phase, done, struck);
    }
    return done;
}

static tc_fsk_news TC_ISA(tc_fsk_block)(tc_fsk *f, const tc_fsk_flags *x)
{
    const tc_fsk_plan *p = f->plan;
    tc_fsk_news news = {0, 0};
    for (int lane = 0; lane < TC_FSK_LANES; lane += TC_WIDTH) {
        told t[3];
        for (unsigned v = 0; v < 3; v++) {
            phasor z = filtered(x + p->offset[v], p->re[v], p->im[v], p->taps / 2, p->unit, lane);
            t[v] = value(f, p, z, (unsigned)(f->values + v) % 8, lane);
        }
        news.change |= bits(watch(f, p, t, lane)) << lane;
        news.done |= bits(tick(f, p, t, lane)) << lane;
    }
    return news;
}

#undef most
#undef turned
#undef paired
#undef filtered
#undef best_of
#undef told
#undef watch
#undef value
#undef in_turn
#undef marks_at
#undef take
#undef tick
#include "rows.inl"
