/* SIMD levels: which of the compiled variants of a kernel runs.
 *
 * What.  Every kernel is one text (kernel.inl) that kernel.c includes once per level: `base`
 * (whatever the compiler targets by default), x86-64-v3 (AVX2) and x86-64-v4 (AVX-512), the
 * levels of the x86-64 psABI.  The level is found once, at the first use, and can be lowered by
 * TELCARD_SIMD=base|v3|v4 or, for tests, by tc_simd_force().
 *
 * How.  A kernel's .c file includes every header it needs, then compiles its text at each level:
 *
 *     #define TC_KERNEL "kernel.inl"
 *     #include "levels.inl"
 *
 * and its public function calls the variant of tc_simd_level() (TC_DISPATCH).
 *
 * Limits.  The same bits at every level: no fused multiply-add (-ffp-contract=off; echo.c alone has
 * its reason for it), no fast-math, no sum across lanes.  Other processors, and compilers that do
 * not know the levels by name (GCC before 12, clang), compile `base` only.
 */
#ifndef TC_SIMD_H
#define TC_SIMD_H

enum { TC_SIMD_BASE = 0, TC_SIMD_V3 = 1, TC_SIMD_V4 = 2 };

#if defined(__x86_64__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__)
#define TC_HAVE_X86_LEVELS 1
#define TC_DISPATCH(name, ...)                                                                     \
    (tc_simd_level() == TC_SIMD_V4   ? name##_v4(__VA_ARGS__)                                      \
     : tc_simd_level() == TC_SIMD_V3 ? name##_v3(__VA_ARGS__)                                      \
                                     : name##_base(__VA_ARGS__))
#else
#define TC_HAVE_X86_LEVELS 0
#define TC_DISPATCH(name, ...) name##_base(__VA_ARGS__)
#endif

/* The level in force: the highest that both this processor and TELCARD_SIMD allow. */
int tc_simd_level(void);

/* The highest level this processor has, whatever TELCARD_SIMD says. */
int tc_simd_supported(void);

/* For tests: use `level` from now on; -1 returns to the environment's choice.
 * Returns 0, or -1 when the processor lacks the level (nothing changes then). */
int tc_simd_force(int level);

#endif
