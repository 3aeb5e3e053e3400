"""Face of a fax lane by itself, outside an engine; see `telcard.fax.lane`."""

cimport cython
from cpython.buffer cimport (PyBUF_FORMAT, PyBUF_ND, PyBUF_WRITABLE, PyBuffer_Release,
                             PyObject_GetBuffer)
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.math cimport isnan
from libc.stdint cimport INT64_MAX, int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memset, strcmp

from telcard._native.faxlane cimport *

include "levels.pxi"

MOST_PHASES = TC_FAX_PHASES
MOST_OCTETS = TC_FAX_FRAME_MOST
NO_MODE = TC_FAX_MODES

SILENCE, CED, FRAMES, CHECK, IMAGE, ECM, LISTEN = range(7)  # TC_PHASE_*
DONE, UP, GONE, FRAME, BAD, CHECKED, OCTETS, GREETING = range(8)  # TC_TOLD_*

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t, size_t)

cdef extern from *:
    """
    #define STEP 40 /* samples that are heard in one go, wherever the caller cuts */
    #define TURN 160 /* samples that are made before somebody may have to be asked */
    #define SOON 480 /* samples that are done before other threads would have got going */
    #define LANES TC_FSK_LANES
    #define FINDS TC_FSK_MAX_EVENTS(STEP)
    """
    enum:
        STEP
        TURN
        SOON
        LANES
        FINDS

NEVER = INT64_MAX


cdef inline void *aligned(size_t octets) except NULL:
    cdef void *memory = aligned_alloc(64, (octets + 63) // 64 * 64)
    if memory is NULL:
        raise MemoryError
    return memset(memory, 0, octets)


cdef class Plans:
    """What all lanes share: the fast receivers' plans, and that of V.21."""

    def __cinit__(self, v21):
        cdef tc_fsk_standard standard = v21  # a dict: one entry a field
        cdef int mode
        tc_fsk_plan_init(&self.slow, &standard)
        self.fast = <tc_fax_plans *>aligned(sizeof(tc_fax_plans))
        for mode in range(TC_FAX_MODES):
            tc_fax_plan_init(&self.fast.plan[mode], <tc_fax_mode>mode)

    def __dealloc__(self):
        free(self.fast)


cdef class Program:
    """Phases in C's words, with the octets that they send."""

    cdef tc_fax_program program
    cdef list kept

    def __cinit__(self, uint32_t number, phases):
        cdef tc_fax_phase *phase
        cdef tc_fax_wish *wish
        cdef bytes octets
        cdef Py_ssize_t i
        self.kept = []
        self.program.number = number
        self.program.count = len(phases)
        if self.program.count > TC_FAX_PHASES:
            raise ValueError(f"program: want {TC_FAX_PHASES} phases at most, got {len(phases)}")
        for i, (figures, octets) in enumerate(phases):
            phase = &self.program.phase[i]
            wish = &phase.wish
            phase.kind, phase.mode, phase.short_train = figures[0], figures[1], figures[2]
            phase.calling_tone, phase.samples = figures[3], figures[4]
            wish.mode, wish.short_train = figures[5], figures[6]
            wish.content, wish.after_dcs = figures[7], figures[8]
            phase.octets = <const uint8_t *> (<const char *> octets)
            phase.length = len(octets)
            self.kept.append(octets)


cdef void *samples(object array, Py_buffer *view, int flags) except NULL:
    """An array's memory, to be released; a typed memoryview is an object more a call."""
    PyObject_GetBuffer(array, view, PyBUF_ND | PyBUF_FORMAT | flags)
    if view.ndim != 1 or view.format is NULL or strcmp(view.format, "h"):
        PyBuffer_Release(view)
        raise ValueError("samples: want int16, shape (frames,)")
    return view.buf


cdef inline object known(float figure):
    return None if isnan(figure) else figure


@cython.final
cdef class Lane:
    """One fax lane and the V.21 receiver beside it."""

    def __cinit__(self, Plans plans, double level_dbm0, bint echo_tone):
        cdef tc_fax_manner manner = tc_fax_manner(level_dbm0, echo_tone)
        self.plans = plans
        self.programs = []
        self.due = INT64_MAX
        self.lane = <tc_fax_lane *>aligned(sizeof(tc_fax_lane))
        if tc_fax_lane_init(self.lane, &manner, plans.fast) != 0:
            free(self.lane)
            self.lane = NULL
            raise MemoryError

    def __dealloc__(self):
        if self.lane is not NULL:
            tc_fax_lane_free(self.lane)
            free(self.lane)
        free(self.slow)

    def run(self, Program program):
        """From now on this program; whether there was room for it."""
        self.programs = [p for p in self.programs
                         if (<Program> p).program.number >= self.lane.running]
        self.programs.append(program)
        return tc_fax_lane_run(self.lane, &program.program)

    cdef int hear_alone(self) except -1:
        """A V.21 receiver of its own, for a lane that no engine runs."""
        self.slow = <tc_fsk *>aligned(sizeof(tc_fsk))
        tc_fsk_init(self.slow, &self.plans.slow)
        return 0

    cdef inline int64_t now(self) noexcept nogil:
        cdef int64_t heard = <int64_t>(self.lane.ear.heard + self.fill)
        return max(heard, <int64_t>self.lane.sent)

    cdef inline bint is_asking(self) noexcept nogil:
        return tc_ring_waits(&self.lane.told) or self.now() >= self.due

    cdef Py_ssize_t hear_some(self, const int16_t *x, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t part
        while at < n:
            part = min(n - at, <Py_ssize_t>(STEP - self.fill))
            memcpy(&self.step[self.fill], &x[at], part * sizeof(int16_t))
            at += part
            self.fill += part
            if self.fill == STEP:
                self.fill = 0
                hear_step(self.lane, self.slow, self.step)
                if tc_ring_waits(&self.lane.told):
                    break
        return at

    def hear(self, pcm, Py_ssize_t at):
        """Hear samples from place `at` on until something is told; the place where that was."""
        cdef Py_buffer view
        cdef const int16_t *x = <const int16_t *>samples(pcm, &view, 0)
        cdef Py_ssize_t n = view.shape[0]
        try:
            if self.slow is NULL:
                self.hear_alone()
            if n <= SOON:
                return self.hear_some(x, at, n)
            with nogil:
                at = self.hear_some(x, at, n)
        finally:
            PyBuffer_Release(&view)
        return at

    cdef Py_ssize_t make_some(self, int16_t *x, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t part
        while at < n:
            part = min(n - at, <Py_ssize_t>TURN)
            tc_fax_lane_make(self.lane, &x[at], part)
            at += part
            if self.is_asking():
                break
        return at

    def make(self, out, Py_ssize_t at):
        """The samples to send from place `at` on, until it asks; the place where that was."""
        cdef Py_buffer view
        cdef int16_t *x = <int16_t *>samples(out, &view, PyBUF_WRITABLE)
        cdef Py_ssize_t n = view.shape[0]
        try:
            if n <= SOON:
                return self.make_some(x, at, n)
            with nogil:
                at = self.make_some(x, at, n)
        finally:
            PyBuffer_Release(&view)
        return at

    @property
    def asks(self):
        """Whether something is to be told, or the time is `due`."""
        return self.is_asking()

    @property
    def time(self):
        """Samples heard or sent, whichever are more."""
        return self.now()

    @property
    def waits(self):
        """Whether something is to be told."""
        return tc_ring_waits(&self.lane.told)

    @property
    def heard(self):
        return self.lane.ear.heard

    @property
    def sent(self):
        return self.lane.sent

    def told(self):
        """The oldest thing told: kind, sample, mode, what belongs to the kind, quality, octets."""
        cdef const tc_fax_told *told = <const tc_fax_told *> tc_ring_front(&self.lane.told)
        cdef tuple quality, news
        cdef bytes octets
        if told is NULL:
            return None
        quality = (known(told.snr_db), known(told.level_dbm0), known(told.offset_hz), told.slips)
        octets = PyBytes_FromStringAndSize(<const char *> told.octets, told.length)
        news = (told.kind, told.sample, told.mode, told.program, told.phase, told.trained,
                 told.count, told.bad, told.longest, told.second, quality, octets)
        tc_ring_pop(&self.lane.told)
        return news


cdef void hear_step(tc_fax_lane *lane, tc_fsk *slow, const int16_t *step) noexcept nogil:
    cdef int16_t rows[STEP][LANES]
    cdef tc_fsk_event found[FINDS]
    cdef unsigned finds = 0
    cdef int i
    cdef bool_t anew = False
    if tc_fax_lane_attend(lane, &anew):
        if anew:
            tc_fsk_reset(slow, 0, TC_FAX_SLOW_FRAMING)
        memset(rows, 0, sizeof(rows))
        for i in range(STEP):
            rows[i][0] = step[i]
        finds = tc_fsk_feed(slow, rows[0], STEP, 1, found, FINDS)
    tc_fax_lane_hear(lane, step, STEP, found, finds, 0)
