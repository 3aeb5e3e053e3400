# The threads that tick engines in real time.  Part of engine.pyx.


@cython.final
@cython.no_gc_clear  # the threads end before the engines that they tick
cdef class Ticker:
    """The native threads that tick engines in real time; see `telcard.engine.Driver`."""

    cdef tc_driver *driver
    cdef list cores

    def __cinit__(self, uint64_t origin_ns, int priority):
        self.cores = []  # they live as long as the threads may use them
        self.driver = tc_driver_create(origin_ns, priority)
        if self.driver == NULL:
            raise MemoryError("driver")

    def add(self, Core core):
        """Tick this engine too; False when there is no place for it."""
        if not tc_driver_add(self.driver, core.engine):
            return False
        self.cores.append(core)
        return True

    def remove(self, Core core):
        """Tick it no longer; waits until no thread is at it."""
        cdef tc_engine *engine = core.engine
        with nogil:
            tc_driver_remove(self.driver, engine)
        self.cores.remove(core)

    def __dealloc__(self):
        with nogil:
            tc_driver_destroy(self.driver)

    def start(self):
        """0 or errno."""
        return tc_driver_start(self.driver)

    def request_stop(self):
        tc_driver_request_stop(self.driver)

    def join(self):
        with nogil:
            tc_driver_join(self.driver)

    def stats(self):
        """(ticks, late ticks, p99.9 of lateness in ns, greatest lateness in ns, SCHED_FIFO)."""
        cdef tc_driver_stats stats = tc_driver_get_stats(self.driver)
        return (stats.ticks, stats.late, stats.lateness_ns_p999, stats.lateness_ns_max,
                <bint> stats.fifo)
