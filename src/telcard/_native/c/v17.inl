/* The text of V.17's decoder, once per SIMD level; see v17.h.  Eight lanes at every level. */

#define v17_eight TC_ISA(v17_eight)
#define v17_ints TC_ISA(v17_ints)
typedef float v17_eight __attribute__((vector_size(32), may_alias));
typedef int32_t v17_ints __attribute__((vector_size(32), may_alias));

/* a = the lesser of both; no function, since below AVX such vectors cannot be handed back. */
#define V17_LEAST(a, b)                                                                            \
    do {                                                                                           \
        v17_ints other = (b), less = (a) < other;                                                  \
        (a) = ((a) & less) | (other & ~less);                                                      \
    } while (0)

/* A symbol has come: where it most likely is. */
#define v17_decide TC_ISA(v17_decide)
static tc_fax_phasor v17_decide(const tc_fax_plan *plan, tc_v17 *v, tc_fax_phasor y)
{
    v17_ints best = (v17_ints){0} + INT32_MAX;
    for (int place = 0; place < (int)plan->points / 8; place++) {
        v17_eight re, im;
        memcpy(&re, plan->point_re + 8 * place, sizeof re);
        memcpy(&im, plan->point_im + 8 * place, sizeof im);
        re -= y.re;
        im -= y.im;
        v17_eight far = re * re + im * im; /* not negative: as integers in the same order */
        V17_LEAST(best, ((v17_ints)far & ~15) | place);
    }
    v17_ints lane = {0, 1, 2, 3, 4, 5, 6, 7};
    v17_eight far = (v17_eight)(best & ~15), worse, least = (v17_eight){0} + INFINITY;
    v17_ints number = (best & 15) << 3 | lane, way = {0};
    memcpy(&worse, v->worse, sizeof worse);
    for (int k = 0; k < 4; k++) {
        v17_ints before, subset;
        memcpy(&before, TC_V17_BEFORE[k], sizeof before);
        memcpy(&subset, TC_V17_SUBSET[k], sizeof subset);
        v17_eight sum = __builtin_shuffle(worse, before) + __builtin_shuffle(far, subset);
        v17_ints from = __builtin_shuffle(number, subset) << 3 | before, less = sum < least;
        least = (v17_eight)(((v17_ints)sum & less) | ((v17_ints)least & ~less));
        way = (from & less) | (way & ~less);
    }
    memcpy(v->way[v->symbols % TC_V17_KEPT], &way, sizeof way);
    v17_ints key = ((v17_ints)least & ~7) | lane;
    V17_LEAST(key, __builtin_shuffle(key, (v17_ints){4, 5, 6, 7, 0, 1, 2, 3}));
    V17_LEAST(key, __builtin_shuffle(key, (v17_ints){2, 3, 0, 1, 6, 7, 4, 5}));
    V17_LEAST(key, __builtin_shuffle(key, (v17_ints){1, 0, 3, 2, 5, 4, 7, 6}));
    v->best = key[0] & 7;
    union {
        int32_t i;
        float f;
    } lowest = {key[0] & ~7};
    v->step = lowest.f;
    worse = least - lowest.f;
    memcpy(v->worse, &worse, sizeof worse);
    unsigned likely = (unsigned)v->way[v->symbols % TC_V17_KEPT][v->best] >> 3;
    v->symbols++;
    return (tc_fax_phasor){plan->point_re[likely], plan->point_im[likely]};
}

#undef v17_eight
#undef v17_ints
#undef V17_LEAST
