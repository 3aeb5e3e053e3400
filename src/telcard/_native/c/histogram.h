/* Histogram: how long things took, without keeping them.
 *
 * What.  Counts of durations in nanoseconds, in buckets one sixteenth of a power of two wide, so a
 * quantile read from it is at most 6 % too high.  One thread adds, any thread may read.
 */
#ifndef TC_HISTOGRAM_H
#define TC_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#define TC_HISTOGRAM_BUCKETS (16 * 33)

typedef struct {
    _Atomic uint64_t count, total, greatest;
    _Atomic uint64_t buckets[TC_HISTOGRAM_BUCKETS];
} tc_histogram;

static inline unsigned tc_histogram_bucket(uint64_t ns)
{
    if (ns < 16)
        return (unsigned)ns;
    if (ns >> 36)
        return TC_HISTOGRAM_BUCKETS - 1; /* 68 s and more */
    unsigned octave = 63u - (unsigned)__builtin_clzll(ns);
    return (octave - 3) * 16 + (unsigned)((ns >> (octave - 4)) & 15);
}

/* The least duration that belongs to no lower bucket and not to this one. */
static inline uint64_t tc_histogram_limit(unsigned bucket)
{
    if (bucket < 16)
        return bucket + 1;
    unsigned octave = bucket / 16 + 3;
    return (uint64_t)(16 + bucket % 16 + 1) << (octave - 4);
}

static inline void tc_histogram_increase(_Atomic uint64_t *counter, uint64_t by)
{
    /* one writer: no need for an atomic read-modify-write */
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + by, memory_order_relaxed);
}

static inline void tc_histogram_add(tc_histogram *histogram, uint64_t ns)
{
    tc_histogram_increase(&histogram->buckets[tc_histogram_bucket(ns)], 1);
    tc_histogram_increase(&histogram->count, 1);
    tc_histogram_increase(&histogram->total, ns);
    if (ns > atomic_load_explicit(&histogram->greatest, memory_order_relaxed))
        atomic_store_explicit(&histogram->greatest, ns, memory_order_relaxed);
}

/* The duration that `part` (0..1) of all did not exceed, 0 when there were none. */
static inline uint64_t tc_histogram_quantile(const tc_histogram *histogram, double part)
{
    uint64_t count = atomic_load_explicit(&histogram->count, memory_order_relaxed);
    uint64_t greatest = atomic_load_explicit(&histogram->greatest, memory_order_relaxed);
    uint64_t seen = 0;
    for (unsigned i = 0; i < TC_HISTOGRAM_BUCKETS && count; i++) {
        seen += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
        if ((double)seen >= part * (double)count)
            return tc_histogram_limit(i) < greatest ? tc_histogram_limit(i) : greatest;
    }
    return greatest;
}

#endif
