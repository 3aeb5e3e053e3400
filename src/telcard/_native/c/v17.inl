/* The text of V.17's decoder, once per SIMD level; see v17.h.  Eight lanes at every level. */

#define v17_eight TC_ISA(v17_eight)
#define v17_ints TC_ISA(v17_ints)
typedef float v17_eight __attribute__((vector_size(32), may_alias));
typedef int32_t v17_ints __attribute__((vector_size(32), may_alias));
#define v17_row TC_ISA(v17_row)
#define v17_places TC_ISA(v17_places)
#define V17_WIDE (TC_WIDTH > 8 ? 16 : 8) /* points looked at abreast */
typedef float v17_row __attribute__((vector_size(4 * V17_WIDE), aligned(4), may_alias));
typedef int32_t v17_places __attribute__((vector_size(4 * V17_WIDE), may_alias));

/* The lesser of integers, and a choice by a comparison, lane by lane: compilers see through the
 * general form at the lowest level only. */
#if TC_WIDTH > 4
#define V17_LESSER(a, b) ((v17_ints)_mm256_min_epi32((__m256i)(a), (__m256i)(b)))
#define V17_CHOOSE(less, a, b) _mm256_blendv_ps((__m256)(b), (__m256)(a), (__m256)(less))
#else
#define V17_LESSER(a, b) ((((a) < (b)) & (a)) | (~((a) < (b)) & (b)))
#define V17_CHOOSE(less, a, b) (((less) & (v17_ints)(a)) | (~(less) & (v17_ints)(b)))
#endif
#if TC_WIDTH > 8
#define V17_LESSER_OF_ROW(a, b) ((v17_places)_mm512_min_epi32((__m512i)(a), (__m512i)(b)))
#else
#define V17_LESSER_OF_ROW(a, b) V17_LESSER(a, b)
#endif

/* A symbol has come: where it most likely is. */
#define v17_decide TC_ISA(v17_decide)
static tc_fax_phasor v17_decide(const tc_fax_plan *plan, tc_v17 *v, tc_fax_phasor y)
{
    static const int32_t first[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    v17_places least_of = (v17_places){0} + INT32_MAX, place;
    memcpy(&place, first, sizeof place);
    for (unsigned i = 0; i < plan->points; i += V17_WIDE, place += V17_WIDE / 8) {
        v17_row re = *(const v17_row *)(plan->point_re + i) - y.re;
        v17_row im = *(const v17_row *)(plan->point_im + i) - y.im;
        v17_row far = re * re + im * im; /* not negative: as integers in the same order */
        v17_places key = ((v17_places)far & ~15) | place;
        least_of = V17_LESSER_OF_ROW(key, least_of);
    }
    v17_ints best;
    memcpy(&best, &least_of, sizeof best);
#if TC_WIDTH > 8
    v17_ints others;
    memcpy(&others, (const int32_t *)&least_of + 8, sizeof others);
    best = V17_LESSER(best, others);
#endif
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
        least = (v17_eight)V17_CHOOSE(less, sum, least);
        way = (v17_ints)V17_CHOOSE(less, from, way);
    }
    memcpy(v->way[v->symbols % TC_V17_KEPT], &way, sizeof way);
    v17_ints key = ((v17_ints)least & ~7) | lane, other;
    other = __builtin_shuffle(key, (v17_ints){4, 5, 6, 7, 0, 1, 2, 3});
    key = V17_LESSER(key, other);
    other = __builtin_shuffle(key, (v17_ints){2, 3, 0, 1, 6, 7, 4, 5});
    key = V17_LESSER(key, other);
    other = __builtin_shuffle(key, (v17_ints){1, 0, 3, 2, 5, 4, 7, 6});
    key = V17_LESSER(key, other);
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
#undef v17_row
#undef v17_places
#undef V17_WIDE
#undef V17_LESSER
#undef V17_LESSER_OF_ROW
#undef V17_CHOOSE
