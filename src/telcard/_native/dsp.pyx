"""Faces of the DSP kernels."""

cimport cython
from cpython.buffer cimport (
    PyBUF_FULL_RO,
    PyBuffer_IsContiguous,
    PyBuffer_Release,
    PyObject_CheckBuffer,
    PyObject_GetBuffer,
)
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport int16_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp

import numpy as np

include "levels.pxi"
include "groups.pxi"
include "records.pxi"


def simd_level():
    return _LEVELS[tc_simd_level()]


def simd_levels():
    return _LEVELS[: tc_simd_supported() + 1]


# ---------------------------------------------------------------- linear sound

cdef extern from "pcm.h":
    void tc_pcm_from_float(const float *, int16_t *, size_t) nogil


cdef inline bint _holds(Py_buffer *view, char kind) noexcept:
    """Whether the items are of this struct kind, in the processor's own byte order."""
    cdef const char *text = <const char *>view.format
    if text is NULL:
        return kind == b"B"
    if text[0] == b"@" or text[0] == b"=" or text[0] == b"<":
        text += 1
    return text[0] == kind and text[1] == 0


def _array(source):
    return np.asarray(memoryview(source) if PyObject_CheckBuffer(source) else source)


def pcm16(samples):
    array = _array(samples)
    kind = array.dtype.newbyteorder("=")
    if kind == np.int16:
        return np.require(array, np.int16, "C")
    if kind != np.float32:
        raise TypeError(f"PCM: want int16, or float32 in -1..1, got {array.dtype}")
    array = np.require(array, np.float32, "C")
    made = np.empty(array.shape, np.int16)
    cdef const float[::1] x = array.reshape(-1)
    cdef int16_t[::1] y = made.reshape(-1)
    cdef size_t n = x.shape[0]
    if n:
        with nogil:
            tc_pcm_from_float(&x[0], &y[0], n)
    return made


def _octets(octets):
    array = _array(octets)
    if array.dtype != np.uint8:
        raise TypeError(f"octets: want bytes or uint8, got {array.dtype}")
    return np.require(array, np.uint8, "C")


# ---------------------------------------------------------------- G.711

cdef extern from "g711.h":
    void tc_alaw_encode(const int16_t *, uint8_t *, size_t) nogil
    void tc_alaw_decode(const uint8_t *, int16_t *, size_t) nogil
    void tc_ulaw_encode(const int16_t *, uint8_t *, size_t) nogil
    void tc_ulaw_decode(const uint8_t *, int16_t *, size_t) nogil
    void tc_alaw_to_ulaw(const uint8_t *, uint8_t *, size_t) nogil
    void tc_ulaw_to_alaw(const uint8_t *, uint8_t *, size_t) nogil

ctypedef void (*_Coder)(const void *, void *, size_t) noexcept nogil


cdef object _shape(Py_buffer *view):
    return tuple([view.shape[i] for i in range(view.ndim)])


cdef bint _overlap(Py_buffer *a, Py_buffer *b) noexcept:
    return (
        <char *>a.buf < <char *>b.buf + b.len and <char *>b.buf < <char *>a.buf + a.len
    )


cdef object _code(_Coder coder, char kind_in, char kind_out, object source, object out):
    """Run a kernel that makes one item from each item of `source`.

    A C-contiguous source of the right type and a C-contiguous `out` go straight to the kernel;
    all other layouts are copied once.
    """
    cdef Py_buffer given, wanted
    cdef size_t n
    cdef bint straight
    if not PyObject_CheckBuffer(source):
        source = _plain(kind_in, source)
    PyObject_GetBuffer(source, &given, PyBUF_FULL_RO)
    if not (_holds(&given, kind_in) and PyBuffer_IsContiguous(&given, b"C")):
        PyBuffer_Release(&given)
        source = _plain(kind_in, source)
        PyObject_GetBuffer(source, &given, PyBUF_FULL_RO)
    try:
        made = np.empty(_shape(&given), _dtype(kind_out)) if out is None else out
        PyObject_GetBuffer(made, &wanted, PyBUF_FULL_RO)
        try:
            if (
                not _holds(&wanted, kind_out)
                or wanted.ndim != given.ndim
                or given.ndim > 0  # a single sample has no shape to compare, not even an empty one
                and memcmp(wanted.shape, given.shape, given.ndim * sizeof(Py_ssize_t)) != 0
            ):
                raise ValueError(
                    f"out: want {_dtype(kind_out).__name__} of shape {_shape(&given)}, "
                    f"got {_array(out).dtype} of shape {_shape(&wanted)}"
                )
            if wanted.readonly:
                raise ValueError("out: want memory that can be written, got a read-only buffer")
            straight = PyBuffer_IsContiguous(&wanted, b"C")
            if straight and kind_in != kind_out and _overlap(&given, &wanted):
                raise ValueError("out: want memory of its own, got memory of the input")
            if straight and kind_in == kind_out and given.buf != wanted.buf:
                straight = not _overlap(&given, &wanted)  # in place is fine, shifted is not
            if straight:
                n = given.len // given.itemsize
                with nogil:
                    coder(given.buf, wanted.buf, n)
                return made
        finally:
            PyBuffer_Release(&wanted)
        _array(out)[...] = _code(coder, kind_in, kind_out, source, None)
        return out
    finally:
        PyBuffer_Release(&given)


cdef object _plain(char kind, object source):
    return pcm16(source) if kind == b"h" else _octets(source)


cdef object _dtype(char kind):
    return np.int16 if kind == b"h" else np.uint8


def alaw_encode(pcm, out=None):
    return _code(<_Coder>tc_alaw_encode, b"h", b"B", pcm, out)


def alaw_decode(octets, out=None):
    return _code(<_Coder>tc_alaw_decode, b"B", b"h", octets, out)


def ulaw_encode(pcm, out=None):
    return _code(<_Coder>tc_ulaw_encode, b"h", b"B", pcm, out)


def ulaw_decode(octets, out=None):
    return _code(<_Coder>tc_ulaw_decode, b"B", b"h", octets, out)


def alaw_to_ulaw(octets, out=None):
    return _code(<_Coder>tc_alaw_to_ulaw, b"B", b"B", octets, out)


def ulaw_to_alaw(octets, out=None):
    return _code(<_Coder>tc_ulaw_to_alaw, b"B", b"B", octets, out)


# ---------------------------------------------------------------- level

cdef extern from "level.h":
    uint64_t tc_energy(const int16_t *, size_t) nogil
    void tc_energy_lanes(const int16_t *, size_t, size_t, uint64_t *) nogil


def energy(const int16_t[::1] samples):
    cdef uint64_t total = 0
    cdef size_t n = samples.shape[0]
    if n:
        with nogil:
            total = tc_energy(&samples[0], n)
    return total


def add_energy(const int16_t[:, ::1] samples, uint64_t[::1] sums):
    cdef size_t frames = samples.shape[0], channels = samples.shape[1]
    if channels != <size_t>sums.shape[0]:
        raise ValueError(f"sums: want one for each of {channels} channels, got {sums.shape[0]}")
    if frames and channels:
        with nogil:
            tc_energy_lanes(&samples[0, 0], frames, channels, &sums[0])


# ---------------------------------------------------------------- tones

cdef extern from "tone.h":
    ctypedef struct tc_tone_segment:
        float[4] hz, level_dbm0
        uint32_t samples

    ctypedef struct tc_tone:
        unsigned repeats

    void tc_tone_init(tc_tone *, const tc_tone_segment *, unsigned, unsigned) nogil
    size_t tc_tone_feed(tc_tone *, int16_t *, size_t) nogil


@cython.auto_pickle(False)
cdef class Tone:
    """A tone generator; `segments` are (hz of four, level_dbm0 of four, samples)."""

    cdef tc_tone _tone
    cdef tc_tone_segment *_segments

    def __cinit__(self, segments, unsigned repeats):
        cdef Py_ssize_t i, count = len(segments)
        self._segments = <tc_tone_segment *>PyMem_Calloc(max(count, 1), sizeof(tc_tone_segment))
        if self._segments is NULL:
            raise MemoryError
        for i in range(count):
            hz, level_dbm0, samples = segments[i]
            self._segments[i].hz = hz
            self._segments[i].level_dbm0 = level_dbm0
            self._segments[i].samples = samples
        tc_tone_init(&self._tone, self._segments, count, repeats)

    def __dealloc__(self):
        PyMem_Free(self._segments)

    def feed(self, int16_t[::1] out):
        cdef size_t n = out.shape[0]
        if n:
            with nogil:
                n = tc_tone_feed(&self._tone, &out[0], n)
        return n


# ---------------------------------------------------------------- DTMF

cdef extern from "dtmf.h":
    enum:
        TC_DTMF_ON

    ctypedef struct tc_dtmf_profile:
        float floor_dbm0, forward_twist_db, reverse_twist_db
        float tolerance, tolerance_hz, purity, share, gap_ms, shortest_ms

    ctypedef struct tc_dtmf_event:
        uint64_t start, decided
        uint32_t frames
        uint8_t lane, kind
        char digit
        float low_dbm0, high_dbm0, low_offset, high_offset

    ctypedef struct tc_dtmf:
        pass

    void tc_dtmf_init(tc_dtmf *, const tc_dtmf_profile *)
    unsigned tc_dtmf_feed(
        tc_dtmf *, const int16_t *, unsigned, uint32_t, tc_dtmf_event *, unsigned) nogil
    void tc_dtmf_reset(tc_dtmf *, unsigned)
    uint32_t tc_dtmf_busy(const tc_dtmf *)

cdef extern from *:
    """
    #define DTMF_EVENTS TC_DTMF_MAX_EVENTS(STRETCH)
    """
    enum:
        DTMF_EVENTS


cdef class Dtmf:
    """DTMF detector of any number of channels, in groups of 16."""

    cdef tc_dtmf *_groups
    cdef Py_ssize_t _channels, _count
    cdef _Events _events

    def __cinit__(self, Py_ssize_t channels, profile):
        cdef Py_ssize_t i
        cdef tc_dtmf_profile limits = profile  # a dict: one entry a field
        self._channels = channels
        self._count = groups_of(channels)
        self._events = _Events(sizeof(tc_dtmf_event))
        self._groups = <tc_dtmf *>aligned(self._count * sizeof(tc_dtmf))
        for i in range(self._count):
            tc_dtmf_init(&self._groups[i], &limits)

    def __dealloc__(self):
        free(self._groups)

    def feed(self, const int16_t[:, ::1] samples, bint early, type kind):
        cdef Py_ssize_t frames = samples.shape[0], at = 0, group, n
        cdef size_t i
        cdef unsigned found, k
        cdef int16_t stretch[STRETCH][16]
        cdef tc_dtmf_event events[DTMF_EVENTS]
        cdef const tc_dtmf_event *e
        check_channels(samples.shape[1], self._channels)
        with nogil:
            while at < frames:
                n = min(STRETCH, frames - at)
                for group in range(self._count):
                    found = tc_dtmf_feed(&self._groups[group],
                                         group_of(samples, at, n, group, stretch), n, 0xFFFF,
                                         events, DTMF_EVENTS)
                    for k in range(found):
                        if early or events[k].kind != TC_DTMF_ON:
                            self._events.keep(
                                &events[k], events[k].decided, group * LANES + events[k].lane)
                at += n
        made = []
        for i in range(self._events.sort()):
            e = <const tc_dtmf_event *>self._events.event(i)
            made.append(record(kind, (
                chr(e.digit), self._events.places[i].channel, e.start, e.frames, e.low_dbm0,
                e.high_dbm0, e.low_offset, e.high_offset, e.kind != TC_DTMF_ON,
            )))
        return made

    def reset(self, Py_ssize_t channel):
        check_channel(channel, self._channels)
        tc_dtmf_reset(&self._groups[channel // LANES], channel % LANES)

    def busy(self):
        busy = np.zeros(self._channels, np.bool_)
        for channel in range(self._channels):
            busy[channel] = (
                tc_dtmf_busy(&self._groups[channel // LANES]) >> (channel % LANES) & 1)
        return busy


# ---------------------------------------------------------------- a subscriber's line

COPPER_TAPS = TC_COPPER_TAPS


cdef tc_copper_figures _figures(tuple figures) except *:
    cdef tc_copper_figures made
    (made.gain, made.noise, made.impulse, made.impulse_odds, made.slip_odds, made.delay,
     made.turn) = figures
    return made


cdef class Copper:
    """The state of one line; see `telcard.dsp.copper`."""

    def __cinit__(self, tuple receive, tuple send, tuple echo, tuple slips, uint64_t seed):
        cdef tc_copper_figures to_him = _figures(receive), from_him = _figures(send)
        cdef unsigned taps = <unsigned> len(echo), count = <unsigned> len(slips), i
        self.memory = <float *> PyMem_Calloc(tc_copper_floats(&to_him, &from_him, taps), sizeof(float))
        self.echo = <float *> PyMem_Calloc(taps or 1, sizeof(float))
        self.slips = <uint64_t *> PyMem_Calloc(count or 1, sizeof(uint64_t))
        if self.memory == NULL or self.echo == NULL or self.slips == NULL:
            raise MemoryError("copper")
        for i in range(taps):
            self.echo[i] = echo[i]
        for i in range(count):
            self.slips[i] = slips[i]
        tc_copper_init(&self.copper, &to_him, &from_him, self.echo, taps, self.slips, count, seed,
                       self.memory)

    def __dealloc__(self):
        PyMem_Free(self.memory)
        PyMem_Free(self.echo)
        PyMem_Free(self.slips)

    def process(self, const int16_t[::1] received, const int16_t[::1] sent):
        cdef Py_ssize_t frames = received.shape[0], at = 0, n
        heard, arrived = np.empty(frames, np.int16), np.empty(frames, np.int16)
        cdef int16_t[::1] to_him = heard, from_him = arrived
        with nogil:
            while at < frames:
                n = min(frames - at, <Py_ssize_t> TC_COPPER_MOST)
                tc_copper_receive(&self.copper, &received[at], &to_him[at], n)
                tc_copper_send(&self.copper, &sent[at], &from_him[at], n)
                at += n
        return heard, arrived
