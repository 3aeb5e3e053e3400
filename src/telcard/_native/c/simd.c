#include "simd.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int level_in_force = -1;

int tc_simd_supported(void)
{
#if TC_HAVE_X86_LEVELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4"))
        return TC_SIMD_V4;
    if (__builtin_cpu_supports("x86-64-v3"))
        return TC_SIMD_V3;
#endif
    return TC_SIMD_BASE;
}

static int environment_level(void)
{
    int supported = tc_simd_supported();
    const char *wanted = getenv("TELCARD_SIMD");
    if (!wanted)
        return supported;
    if (strcmp(wanted, "base") == 0)
        return TC_SIMD_BASE;
    if (strcmp(wanted, "v3") == 0 && supported > TC_SIMD_V3)
        return TC_SIMD_V3;
    return supported;
}

int tc_simd_level(void)
{
    int level = atomic_load_explicit(&level_in_force, memory_order_relaxed);
    if (level < 0) {
        level = environment_level();
        atomic_store_explicit(&level_in_force, level, memory_order_relaxed);
    }
    return level;
}

int tc_simd_force(int level)
{
    if (level > tc_simd_supported() || level < -1)
        return -1;
    atomic_store_explicit(&level_in_force, level < 0 ? environment_level() : level,
                          memory_order_relaxed);
    return 0;
}
