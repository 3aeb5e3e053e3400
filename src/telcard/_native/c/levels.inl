/* Compiles one kernel text at every SIMD level (simd.h): name it and include this.
 *
 *     #define TC_KERNEL "level.inl"
 *     #include "levels.inl"
 *
 * The text names its functions with TC_ISA(name); TC_WIDTH is how many floats a vector register of
 * the level holds.  Every header must have been included before: what a target pragma covers may
 * use the level's instructions.
 */
#include "simd.h"

#if TC_HAVE_X86_LEVELS
#include <immintrin.h>
#endif

#define TC_ISA(name) name##_base
#define TC_WIDTH 4
#include TC_KERNEL
#undef TC_ISA
#undef TC_WIDTH

#if TC_HAVE_X86_LEVELS
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define TC_ISA(name) name##_v3
#define TC_WIDTH 8
#include TC_KERNEL
#undef TC_ISA
#undef TC_WIDTH
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define TC_ISA(name) name##_v4
#define TC_WIDTH 16
#include TC_KERNEL
#undef TC_ISA
#undef TC_WIDTH
#pragma GCC pop_options
#endif

#undef TC_KERNEL
