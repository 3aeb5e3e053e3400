# What the engine's memory refers to while it runs: lines, sound, tones, secrets, conditions.
# Part of engine.pyx.


cdef class Line:
    """Memory of an E1 line; `ends` names what is plugged into either end."""

    cdef tc_e1line *line
    cdef readonly list ends

    def __cinit__(self):
        cdef size_t size = (sizeof(tc_e1line) + 63) // 64 * 64
        self.ends = [None, None]
        self.line = <tc_e1line *> aligned_alloc(64, size)
        if self.line == NULL:
            raise MemoryError("E1 line")
        tc_e1_init(self.line)

    def __dealloc__(self):
        free(self.line)


cdef class Carrier:
    """Memory of one end of a line with real frames; `multi`: CRC-4 of an E1, ESF of a T1."""

    cdef tc_carrier *carrier

    def __cinit__(self, bint t1, bint multi, bint cas):
        cdef size_t size = (sizeof(tc_carrier) + 63) // 64 * 64
        self.carrier = <tc_carrier *> aligned_alloc(64, size)
        if self.carrier == NULL:
            raise MemoryError("real frames")
        tc_carrier_init(self.carrier, t1, multi, cas)

    def __dealloc__(self):
        free(self.carrier)

    def counts(self):
        """(frames, framing errors, CRC blocks, CRC errors, E errors, losses, losses by CRC, losses
        of timeslot 16, frames repeated), as of the last tick."""
        return tuple([self.carrier.counts[which] for which in range(TC_COUNT_REPORTS)])

    def status(self):
        """(frames, CRC-4 multiframe, no CRC-4 at the far end, multiframe of timeslot 16)."""
        cdef uint32_t status = self.carrier.status
        return (status & TC_STATUS_ALIGNED != 0, status & TC_STATUS_MULTI != 0,
                status & TC_STATUS_INTERWORKING != 0, status & TC_STATUS_CAS != 0)

    def told(self):
        """(loop, code, message) as of the last tick: LOOPS, CODES, octet of the data link."""
        cdef uint32_t status = self.carrier.status
        return (status >> TC_STATUS_LOOP & 3, status >> TC_STATUS_CODE & 15,
                (~status >> TC_STATUS_MESSAGE) & 0xFF)

    def report(self):
        """(how many have come, the newest one as a number of 64 bits)."""
        return self.carrier.counts[TC_COUNT_REPORTS], self.carrier.counts[TC_COUNT_REPORT]


cdef class Secret:
    """A page that holds digits; see `telcard.engine.SecretBuffer`."""

    cdef tc_digits *digits
    cdef int exposures
    cdef readonly bint locked

    def __cinit__(self, *args, **kwargs):
        cdef void *page = mmap(NULL, sizeof(tc_digits), PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        if page == MAP_FAILED:
            raise MemoryError("secret buffer")
        self.digits = <tc_digits *> page
        # None of the three is allowed, or known, everywhere: as much protection as there is.
        self.locked = mlock(page, sizeof(tc_digits)) == 0
        madvise(page, sizeof(tc_digits), MADV_DONTDUMP)
        madvise(page, sizeof(tc_digits), MADV_WIPEONFORK)

    def __dealloc__(self):
        if self.digits != NULL:
            tc_digits_wipe(self.digits)
            munmap(self.digits, sizeof(tc_digits))

    def __len__(self):
        return tc_digits_count(self.digits)

    def __getbuffer__(self, Py_buffer *view, int flags):
        if not self.exposures:
            raise BufferError("a secret is read inside `with secret.exposed() as digits:` only")
        PyBuffer_FillInfo(view, self, self.digits.digits, tc_digits_count(self.digits), 1, flags)

    def __reduce_ex__(self, protocol):
        raise TypeError("a secret is neither pickled nor copied")

    cpdef object _expose(self):
        self.exposures += 1
        try:
            return memoryview(self)
        finally:
            self.exposures -= 1

    cpdef void _add(self, char digit):
        tc_digits_add(self.digits, digit)

    cpdef void _drop_last(self):
        tc_digits_drop_last(self.digits)

    cpdef void _wipe(self):
        tc_digits_wipe(self.digits)


@cython.final
cdef class Playlist:
    """Octets to play, pinned while this object lives.

    `segments` are contiguous buffers of A-law octets.  One playlist may play on many lanes.
    """

    cdef Py_buffer *views
    cdef size_t count
    cdef tc_segment *segments
    cdef tc_playlist list
    cdef readonly list given

    def __cinit__(self, segments):
        cdef list given = list(segments)
        cdef size_t i
        cdef Py_buffer *view
        self.views = <Py_buffer *> PyMem_Calloc(len(given) or 1, sizeof(Py_buffer))
        self.segments = <tc_segment *> PyMem_Calloc(len(given) or 1, sizeof(tc_segment))
        if self.views == NULL or self.segments == NULL:
            raise MemoryError("playlist")
        self.list.segments = self.segments
        self.given = given
        for i, segment in enumerate(given):
            view = &self.views[self.count]
            PyObject_GetBuffer(segment, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)
            self.count += 1
            if view.itemsize != 1:
                raise ValueError(f"segment {i}: want octets, got items of {view.itemsize} octets")
            if view.len == 0:
                continue
            self.segments[self.list.count].octets = <const uint8_t *> view.buf
            self.segments[self.list.count].count = view.len
            self.list.count += 1
            self.list.octets += view.len

    @property
    def octets(self):
        return self.list.octets

    def __dealloc__(self):
        cdef size_t i
        if self.views != NULL:
            for i in range(self.count):
                PyBuffer_Release(&self.views[i])
        PyMem_Free(self.views)
        PyMem_Free(self.segments)


@cython.final
cdef class Tones:
    """A cadence of tones; serves one operation."""

    cdef tc_tone tone
    cdef tc_tone_segment *segments
    cdef readonly list given
    cdef readonly unsigned repeats

    def __cinit__(self, list segments, unsigned repeats):
        cdef size_t i
        self.given, self.repeats = segments, repeats
        self.segments = <tc_tone_segment *> PyMem_Calloc(len(segments) or 1, sizeof(tc_tone_segment))
        if self.segments == NULL:
            raise MemoryError("tones")
        for i, (hz, level_dbm0, samples) in enumerate(segments):
            self.segments[i].hz = hz
            self.segments[i].level_dbm0 = level_dbm0
            self.segments[i].samples = samples
        tc_tone_init(&self.tone, self.segments, <unsigned> len(segments), repeats)

    def __dealloc__(self):
        PyMem_Free(self.segments)


@cython.final
cdef class Conditions:
    """What ends an operation, in the tick's units."""

    cdef tc_until until

    def __cinit__(self, unsigned max_digits, uint16_t digits, uint32_t first_digit,
                  uint32_t inter_digit, uint32_t max, uint32_t silence, uint32_t sound,
                  uint64_t threshold, unsigned edge, uint32_t initial_silence, unsigned also):
        self.until.max_digits = <uint8_t> max_digits
        self.until.digits = digits
        self.until.first_digit = first_digit
        self.until.inter_digit = inter_digit
        self.until.max = max
        self.until.silence = silence
        self.until.sound = sound
        self.until.threshold = threshold
        self.until.edge = <uint8_t> edge
        self.until.initial_silence = initial_silence
        self.until.also = <uint8_t> also

    @property
    def threshold(self):
        """Energy of a tick that counts as sound."""
        return self.until.threshold

    @property
    def listens(self):
        """Whether silence or sound may end the operation."""
        return bool(self.until.silence or self.until.initial_silence or self.until.sound)


@cython.final
cdef class Voice:
    """Voice activity at 16 places; `profile` is a dict, one entry a field."""

    cdef tc_vad *vad

    def __cinit__(self, profile):
        cdef tc_vad_profile limits = profile
        self.vad = <tc_vad *> aligned_alloc(64, (sizeof(tc_vad) + 63) // 64 * 64)
        if self.vad == NULL:
            raise MemoryError("voice activity")
        tc_vad_init(self.vad, &limits)

    def __dealloc__(self):
        free(self.vad)


@cython.final
cdef class Controls:
    """What digits do to a play: masks of digits in the order of TC_CONTROL_*, steps and skip."""

    cdef tc_controls controls
    cdef readonly tuple given

    def __cinit__(self, masks, int16_t step, uint32_t skip, uint8_t speed_step):
        masks = tuple(masks)
        self.given = masks, step, skip, speed_step
        for control, mask in enumerate(masks):
            self.controls.digits[control] = mask
        self.controls.step = step
        self.controls.skip = skip
        self.controls.speed_step = speed_step


@cython.final
cdef class Cancellers:
    """Memory of 16 echo cancellers: places for lanes, and what they do beside cancelling."""

    cdef tc_echo *echo

    def __cinit__(self, unsigned taps, unsigned reach, unsigned flags):
        self.echo = <tc_echo *> aligned_alloc(64, (tc_echo_octets(taps, reach, flags) + 63) // 64 * 64)
        if self.echo == NULL:
            raise MemoryError("echo cancellers")
        tc_echo_init(self.echo, taps, reach, flags)

    def __dealloc__(self):
        free(self.echo)
