/* Driver: the thread that makes time pass in real time.
 *
 * What.  One thread ticks a list of engines, in order, at origin + n * 10 ms for every n; another
 * drains their recorders.  Neither ever runs Python, so nothing that Python does moves a sample.
 *
 * How.  Absolute sleeps on CLOCK_MONOTONIC: lateness does not add up.  A tick that comes late is
 * made up for, none is left out, because ticks carry sound.  Events wake the loop through each
 * engine's eventfd, once a tick at most.  All signals stay with the threads that Python knows.
 *
 * Limits.  Real-time priority (SCHED_FIFO) is tried where asked for and reported, not required.
 * tc_driver_request_stop() only sets a flag and may be called from a signal handler.
 */
#ifndef TC_DRIVER_H
#define TC_DRIVER_H

#include "engine.h"

#define TC_TICK_NS 10000000u

typedef struct tc_driver tc_driver;

typedef struct {
    uint64_t ticks, late; /* late: began a whole tick or more after their time */
    uint64_t lateness_ns_p999, lateness_ns_max;
    int fifo; /* the tick runs under SCHED_FIFO */
} tc_driver_stats;

/* `origin_ns` on CLOCK_MONOTONIC is tick 0; `priority` 0 leaves the scheduling as it is.  NULL: no
 * memory. */
tc_driver *tc_driver_create(tc_engine *const *engines, unsigned count, uint64_t origin_ns,
                            int priority);

/* 0 or errno. */
int tc_driver_start(tc_driver *driver);

void tc_driver_request_stop(tc_driver *driver);

/* Waits for the threads to end; the recorders are drained then. */
void tc_driver_join(tc_driver *driver);

void tc_driver_destroy(tc_driver *driver);

tc_driver_stats tc_driver_get_stats(const tc_driver *driver);

#endif
