#include "driver.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#define WRITER_NS 20000000u /* between two looks at the recorders; their rings hold a second */
#define LOOK_NS 500000u     /* between two looks at whether a pass has ended */

/* A thread's passes over the engines. */
typedef struct {
    _Atomic uint64_t ended;
    atomic_int over; /* there are no more */
} tc_passes;

struct tc_driver {
    _Atomic(tc_engine *) engines[TC_DRIVER_ENGINES];
    tc_passes ticking, writing;
    uint64_t origin_ns, next_tick;
    int priority;
    pthread_t ticker, writer;
    int running;
    atomic_int stopping, fifo;
    _Atomic uint64_t late;
    tc_histogram lateness_ns;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct timespec instant(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u),
                             .tv_nsec = (long)(ns % 1000000000u)};
}

static void sleep_until(uint64_t ns)
{
    struct timespec then = instant(ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == EINTR)
        ;
}

static void note_lateness(tc_driver *driver, uint64_t due)
{
    uint64_t now = now_ns(), late = now > due ? now - due : 0;
    tc_histogram_add(&driver->lateness_ns, late);
    if (late >= TC_TICK_NS)
        atomic_fetch_add_explicit(&driver->late, 1, memory_order_relaxed);
}

/* An engine that has ticked beyond this, with another driver, waits until its time comes. */
static void tick_all(tc_driver *driver, uint64_t tick)
{
    tc_engine *engines[TC_DRIVER_ENGINES];
    unsigned count = 0;
    for (unsigned i = 0; i < TC_DRIVER_ENGINES; i++) {
        tc_engine *engine = atomic_load(&driver->engines[i]);
        if (engine && atomic_load_explicit(&engine->last_tick, memory_order_relaxed) < tick)
            engines[count++] = engine;
    }
    for (unsigned i = 0; i < count; i++)
        tc_engine_tick(engines[i], tick);
    for (unsigned i = 0; i < count; i++)
        tc_engine_wake(engines[i]);
}

static void *run_ticker(void *argument)
{
    tc_driver *driver = argument;
    struct sched_param parameters = {.sched_priority = driver->priority};
    if (driver->priority > 0 && pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0)
        atomic_store(&driver->fifo, 1);
    while (!atomic_load_explicit(&driver->stopping, memory_order_acquire)) {
        uint64_t due = driver->origin_ns + driver->next_tick * TC_TICK_NS;
        sleep_until(due);
        note_lateness(driver, due);
        tick_all(driver, driver->next_tick++);
        atomic_fetch_add(&driver->ticking.ended, 1);
    }
    atomic_store(&driver->ticking.over, 1);
    return NULL;
}

static void drain_all(tc_driver *driver)
{
    for (unsigned i = 0; i < TC_DRIVER_ENGINES; i++) {
        tc_engine *engine = atomic_load(&driver->engines[i]);
        if (engine && tc_recorder_drain(&engine->recorder))
            tc_engine_wake(engine);
    }
}

static void *run_writer(void *argument)
{
    tc_driver *driver = argument;
    struct timespec pause = instant(WRITER_NS);
    while (!atomic_load_explicit(&driver->stopping, memory_order_acquire)) {
        drain_all(driver);
        atomic_fetch_add(&driver->writing.ended, 1);
        nanosleep(&pause, NULL);
    }
    atomic_store(&driver->writing.over, 1);
    return NULL;
}

tc_driver *tc_driver_create(uint64_t origin_ns, int priority)
{
    tc_driver *driver = calloc(1, sizeof *driver);
    if (!driver)
        return NULL;
    driver->origin_ns = origin_ns;
    driver->priority = priority;
    return driver;
}

bool tc_driver_add(tc_driver *driver, tc_engine *engine)
{
    for (unsigned i = 0; i < TC_DRIVER_ENGINES; i++)
        if (!atomic_load(&driver->engines[i])) {
            atomic_store(&driver->engines[i], engine);
            return true;
        }
    return false;
}

/* The pass that runs now, if one does, has ended when this returns. */
static void wait_for_pass(const tc_passes *passes)
{
    struct timespec pause = instant(LOOK_NS);
    uint64_t ended = atomic_load(&passes->ended);
    while (atomic_load(&passes->ended) == ended && !atomic_load(&passes->over))
        nanosleep(&pause, NULL);
}

void tc_driver_remove(tc_driver *driver, tc_engine *engine)
{
    for (unsigned i = 0; i < TC_DRIVER_ENGINES; i++)
        if (atomic_load(&driver->engines[i]) == engine)
            atomic_store(&driver->engines[i], NULL);
    if (!driver->running)
        return;
    wait_for_pass(&driver->ticking);
    wait_for_pass(&driver->writing);
    tc_recorder_drain(&engine->recorder); /* what its last ticks left */
}

static uint64_t first_tick(const tc_driver *driver)
{
    uint64_t now = now_ns();
    uint64_t first = now > driver->origin_ns ? (now - driver->origin_ns) / TC_TICK_NS + 1 : 1;
    for (unsigned i = 0; i < TC_DRIVER_ENGINES; i++) {
        tc_engine *engine = atomic_load(&driver->engines[i]);
        uint64_t last = engine ? atomic_load(&engine->last_tick) : 0;
        first = last + 1 > first ? last + 1 : first;
    }
    return first;
}

int tc_driver_start(tc_driver *driver)
{
    sigset_t all, before;
    sigfillset(&all);
    driver->next_tick = first_tick(driver);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (error)
        return error;
    error = pthread_create(&driver->ticker, NULL, run_ticker, driver);
    if (!error) {
        error = pthread_create(&driver->writer, NULL, run_writer, driver);
        if (error) {
            tc_driver_request_stop(driver);
            pthread_join(driver->ticker, NULL);
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    driver->running = !error;
    return error;
}

void tc_driver_request_stop(tc_driver *driver)
{
    atomic_store_explicit(&driver->stopping, 1, memory_order_release);
}

void tc_driver_join(tc_driver *driver)
{
    if (!driver->running)
        return;
    pthread_join(driver->ticker, NULL);
    pthread_join(driver->writer, NULL);
    driver->running = 0;
    drain_all(driver); /* what the last ticks left */
}

void tc_driver_destroy(tc_driver *driver)
{
    if (!driver)
        return;
    tc_driver_request_stop(driver);
    tc_driver_join(driver);
    free(driver);
}

tc_driver_stats tc_driver_get_stats(const tc_driver *driver)
{
    const tc_histogram *lateness = &driver->lateness_ns;
    return (tc_driver_stats){
        .ticks = atomic_load_explicit(&lateness->count, memory_order_relaxed),
        .late = atomic_load_explicit(&driver->late, memory_order_relaxed),
        .lateness_ns_p999 = tc_histogram_quantile(lateness, 0.999),
        .lateness_ns_max = atomic_load_explicit(&lateness->greatest, memory_order_relaxed),
        .fifo = atomic_load(&driver->fifo),
    };
}
