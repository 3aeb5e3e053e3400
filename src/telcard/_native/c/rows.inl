/* Rows: one number of each of 16 lanes, and what a kernel over lanes does with them.
 *
 * A kernel's text includes this at its beginning, and again at its end, which takes the names back.
 * TC_WIDTH lanes at a time are worked on, as many as fit a register of the level (levels.inl):
 * inside a function that has `lane`, the first of them, AT(memory) is their part of a row in
 * memory. Lanes never meet, so a lane's bits depend on nothing else. */

#ifndef TC_ROWS
#define TC_ROWS

#define row TC_ISA(tc_row)
#define flags TC_ISA(tc_flags)
#define words TC_ISA(tc_words)
#define phasor TC_ISA(tc_phasor)
typedef float row __attribute__((vector_size(4 * TC_WIDTH), may_alias));
typedef int32_t flags __attribute__((vector_size(4 * TC_WIDTH), may_alias));
typedef int16_t words __attribute__((vector_size(2 * TC_WIDTH), may_alias));
typedef struct {
    row re, im;
} phasor;

#define INLINE static inline __attribute__((always_inline))

/* The lanes in hand of a row in memory; a where the flag is set (all its bits), else b. */
#define AT(memory) (*(row *)((memory) + lane))
#define FLAGS(memory) (*(flags *)((memory) + lane))
#define LOAD(memory) ((phasor){AT((memory).re), AT((memory).im)})
#define STORE(memory, value) (AT((memory).re) = (value).re, AT((memory).im) = (value).im)
#define PICK(flag, a, b) ((row)(((flag) & (flags)(a)) | (~(flag) & (flags)(b))))
#define CHOOSE(flag, a, b) (((flag) & (a)) | (~(flag) & (b)))
#define SET(memory, flag, a) (AT(memory) = PICK(flag, a, AT(memory)))

#define times TC_ISA(times)
INLINE phasor times(phasor a, phasor b)
{
    return (phasor){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

#define times_conj TC_ISA(times_conj)
INLINE phasor times_conj(phasor a, phasor b)
{
    return (phasor){a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
}

#define plus TC_ISA(plus)
INLINE phasor plus(phasor a, phasor b)
{
    return (phasor){a.re + b.re, a.im + b.im};
}

#define square TC_ISA(square)
INLINE row square(phasor a)
{
    return a.re * a.re + a.im * a.im;
}

#define root TC_ISA(root)
INLINE row root(row a)
{
    float v[TC_WIDTH];
    memcpy(v, &a, sizeof v);
    for (int l = 0; l < TC_WIDTH; l++)
        v[l] = __builtin_sqrtf(v[l]);
    memcpy(&a, v, sizeof v);
    return a;
}

/* Arc sine, to 0.004 for 45 degrees and far better below. */
#define arc TC_ISA(arc)
INLINE row arc(row x)
{
    row y = x * x;
    return x * (1 + y * (1 / 6.0f + y * (3 / 40.0f + y * (15 / 336.0f))));
}

/* Is a flag set in any lane?  In which, a bit for each lane? */
#define any TC_ISA(any)
#define bits TC_ISA(bits)
#if TC_WIDTH == 16
INLINE int any(flags f)
{
    return _mm512_test_epi32_mask((__m512i)f, (__m512i)f) != 0;
}

INLINE uint32_t bits(flags f)
{
    return _mm512_movepi32_mask((__m512i)f);
}
#elif TC_WIDTH == 8
INLINE int any(flags f)
{
    return !_mm256_testz_si256((__m256i)f, (__m256i)f);
}

INLINE uint32_t bits(flags f)
{
    return (uint32_t)_mm256_movemask_ps((__m256)f);
}
#else
INLINE int any(flags f)
{
    uint64_t u[TC_WIDTH / 2], all = 0;
    memcpy(u, &f, sizeof u);
    for (int i = 0; i < TC_WIDTH / 2; i++)
        all |= u[i];
    return all != 0;
}

INLINE uint32_t bits(flags f)
{
    uint32_t set = 0;
    for (int l = 0; l < TC_WIDTH; l++)
        set |= (uint32_t)(f[l] & 1) << l;
    return set;
}
#endif

/* The part of a frame of 16 samples.  GCC 12 would widen 16 words in two halves and put them
 * together again. */
#define widened TC_ISA(widened)
INLINE flags widened(const int16_t *frame, int lane)
{
#if TC_WIDTH == 16
    return (flags)_mm512_cvtepi16_epi32(_mm256_loadu_si256((const void *)(frame + lane)));
#else
    words x;
    memcpy(&x, frame + lane, sizeof x);
    return __builtin_convertvector(x, flags);
#endif
}

/* The same, as numbers. */
#define heard TC_ISA(heard)
INLINE row heard(const int16_t *frame, int lane)
{
    return __builtin_convertvector(widened(frame, lane), row);
}

#else
#undef TC_ROWS
#undef row
#undef flags
#undef words
#undef phasor
#undef INLINE
#undef AT
#undef FLAGS
#undef LOAD
#undef STORE
#undef PICK
#undef CHOOSE
#undef SET
#undef times
#undef times_conj
#undef plus
#undef square
#undef root
#undef arc
#undef any
#undef bits
#undef widened
#undef heard
#endif
