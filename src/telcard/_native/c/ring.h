/* Ring: the only way between a tick and the world outside it.
 *
 * What.  A queue of records of one fixed size, for exactly one producer and one consumer (which may
 * be two threads), without locks, system calls or allocation after tc_ring_init().
 *
 * How.  Two counters that only grow: `head` is written by the producer, `tail` by the consumer,
 * each on its own cache line.  Publishing is one release store, taking one acquire load (C11
 * atomics). Each side remembers the other's counter as it last saw it and looks again only when the
 * ring seems full, or empty, so that the cache line of the other side is touched seldom.
 *
 * Limits.  Bounded: a push to a full ring fails and is counted in `lost`, never silent.  What must
 * not be lost is state, kept by the producer and tried again (tc_ring_try()).  Records are moved
 * by value.  A rehearsal may set `jammed` on the producer's side and see what happens when the ring
 * is full.  The memory belongs to the ring; tc_ring_init() is the only allocation.
 *
 * Use.  Producer: tc_ring_claim() or tc_ring_try(), fill the record, tc_ring_publish().
 * Consumer: tc_ring_front(), read the record, tc_ring_pop().  Anyone may ask tc_ring_lost() and
 * tc_ring_high_water().
 */
#ifndef TC_RING_H
#define TC_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TC_CACHE_LINE 64

typedef struct {
    /* the producer's line */
    _Alignas(TC_CACHE_LINE) _Atomic uint64_t head;
    uint64_t tail_seen;
    _Atomic uint64_t lost;
    _Atomic uint64_t high_water;
    uint32_t jammed; /* a fault: the ring behaves as if it were full */
    /* the consumer's line */
    _Alignas(TC_CACHE_LINE) _Atomic uint64_t tail;
    uint64_t head_seen;
    /* never changed after init */
    _Alignas(TC_CACHE_LINE) uint8_t *records;
    uint64_t mask;
    size_t size;
} tc_ring;

/* Room for at least `records` records of `size` octets, its pages touched so that the tick meets no
 * page fault.  Returns 0, or -1 when there is no memory. */
static inline int tc_ring_init(tc_ring *ring, size_t size, size_t records)
{
    uint64_t capacity = 2;
    while (capacity < records)
        capacity *= 2;
    memset(ring, 0, sizeof *ring);
    ring->records = malloc(capacity * size);
    if (!ring->records)
        return -1;
    memset(ring->records, 0, capacity * size);
    ring->mask = capacity - 1;
    ring->size = size;
    return 0;
}

static inline void tc_ring_free(tc_ring *ring)
{
    free(ring->records);
    ring->records = NULL;
}

static inline uint64_t tc_ring_capacity(const tc_ring *ring)
{
    return ring->mask + 1;
}

/* Producer: how many records it may still push without looking again. */
static inline uint64_t tc_ring_room(tc_ring *ring)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return ring->mask + 1 - (head - ring->tail_seen);
}

/* Producer: the next record to fill, or NULL when the ring is full and the producer will try again.
 */
static inline void *tc_ring_try(tc_ring *ring)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head - ring->tail_seen > ring->mask || ring->jammed) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head - ring->tail_seen > ring->mask || ring->jammed)
            return NULL;
    }
    return ring->records + (head & ring->mask) * ring->size;
}

/* Producer: the next record to fill, or NULL (and counted as lost) when the ring is full. */
static inline void *tc_ring_claim(tc_ring *ring)
{
    void *place = tc_ring_try(ring);
    if (!place)
        atomic_fetch_add_explicit(&ring->lost, 1, memory_order_relaxed);
    return place;
}

/* Producer: the claimed record is complete. */
static inline void tc_ring_publish(tc_ring *ring)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed) + 1;
    uint64_t used = head - ring->tail_seen; /* an upper bound: the consumer may be further on */
    if (used > atomic_load_explicit(&ring->high_water, memory_order_relaxed)) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        used = head - ring->tail_seen;
        if (used > atomic_load_explicit(&ring->high_water, memory_order_relaxed))
            atomic_store_explicit(&ring->high_water, used, memory_order_relaxed);
    }
    atomic_store_explicit(&ring->head, head, memory_order_release);
}

/* Consumer: the oldest record, or NULL when there is none.  It stays valid until tc_ring_pop(). */
static inline const void *tc_ring_front(tc_ring *ring)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail == ring->head_seen) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail == ring->head_seen)
            return NULL;
    }
    return ring->records + (tail & ring->mask) * ring->size;
}

/* Consumer: done with the oldest record. */
static inline void tc_ring_pop(tc_ring *ring)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
}

/* Anyone: whether something waits in the ring. */
static inline bool tc_ring_waits(const tc_ring *ring)
{
    return atomic_load_explicit(&ring->head, memory_order_acquire) !=
           atomic_load_explicit(&ring->tail, memory_order_acquire);
}

/* Anyone: records that found the ring full. */
static inline uint64_t tc_ring_lost(const tc_ring *ring)
{
    return atomic_load_explicit(&ring->lost, memory_order_relaxed);
}

/* Anyone: the most records that were ever in the ring at once. */
static inline uint64_t tc_ring_high_water(const tc_ring *ring)
{
    return atomic_load_explicit(&ring->high_water, memory_order_relaxed);
}

#endif
