/* Driver: the thread that makes time pass in real time.
 *
 * What.  One thread ticks some engines at origin + n * 10 ms for every n; another drains their
 * recorders.  Neither ever runs Python, so nothing that Python does moves a sample.  Both ends of a
 * line belong to one driver: then neither end is ever late for the other.
 *
 * How.  Absolute sleeps on CLOCK_MONOTONIC: lateness does not add up.  A tick that comes late is
 * made up for, none is left out, because ticks carry sound.  Events wake the loop through each
 * engine's eventfd, once a tick at most.  All signals stay with the threads that Python knows.
 *
 * Coming and going.  Engines stand in a few places, and the threads look at each in every pass.
 * tc_driver_add() fills one, without a lock.  tc_driver_remove() empties one, then waits until both
 * threads have ended the pass in which they may still have seen the engine: 20 ms or so.
 *
 * Limits.  TC_DRIVER_ENGINES at a time; one thread starts, adds, removes and joins.  Real-time
 * priority (SCHED_FIFO) is tried where asked for and reported, not required.
 * tc_driver_request_stop() only sets a flag and may be called from a signal handler.
 */
#ifndef TC_DRIVER_H
#define TC_DRIVER_H

#include "engine.h"

#define TC_TICK_NS 10000000u

#define TC_DRIVER_ENGINES 16

typedef struct tc_driver tc_driver;

typedef struct {
    uint64_t ticks, late; /* late: began a whole tick or more after their time */
    uint64_t lateness_ns_p999, lateness_ns_max;
    int fifo; /* the tick runs under SCHED_FIFO */
} tc_driver_stats;

/* `origin_ns` on CLOCK_MONOTONIC is tick 0; `priority` 0 leaves the scheduling as it is.  NULL: no
 * memory. */
tc_driver *tc_driver_create(uint64_t origin_ns, int priority);

/* Tick this engine as well, from the next pass on; false when every place is taken. */
bool tc_driver_add(tc_driver *driver, tc_engine *engine);

/* Tick it no longer; neither thread touches it when this returns. */
void tc_driver_remove(tc_driver *driver, tc_engine *engine);

/* 0 or errno. */
int tc_driver_start(tc_driver *driver);

void tc_driver_request_stop(tc_driver *driver);

/* Waits for the threads to end; the recorders are drained then. */
void tc_driver_join(tc_driver *driver);

void tc_driver_destroy(tc_driver *driver);

tc_driver_stats tc_driver_get_stats(const tc_driver *driver);

#endif
