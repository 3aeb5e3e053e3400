"""Faces of the fast fax modems."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int16_t, int32_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

from operator import itemgetter as _itemgetter

import numpy as np

include "levels.pxi"


# ---------------------------------------------------------------- sending

cdef extern from "fax_send.h" nogil:
    ctypedef enum tc_fax_mode:
        TC_FAX_MODES

    ctypedef struct tc_fax_send:
        uint8_t stage

    int TC_FAX_SEND_DATA
    int TC_FAX_SEND_DONE
    void tc_fax_send_init(tc_fax_send *send, tc_fax_mode mode, int short_train, int echo_tone,
                          double level_dbm0)
    size_t tc_fax_send_feed(tc_fax_send *send, const uint8_t *octets, size_t count, int ended,
                            size_t *used, int16_t *out, size_t n)

MODES = TC_FAX_MODES
SEND_DATA = TC_FAX_SEND_DATA
SEND_DONE = TC_FAX_SEND_DONE


cdef class FaxSend:
    """Sender of one lane."""

    cdef tc_fax_send send

    def __init__(self, unsigned mode, bint short_train, bint echo_tone, double level_dbm0):
        if mode >= TC_FAX_MODES:
            raise ValueError(f"mode: want 0 to {TC_FAX_MODES - 1}, got {mode}")
        tc_fax_send_init(&self.send, <tc_fax_mode>mode, short_train, echo_tone, level_dbm0)

    def feed(self, const uint8_t[::1] octets, bint ended, int16_t[::1] out):
        """Makes samples; (how many, octets taken)."""
        cdef size_t used, made
        cdef const uint8_t *first = &octets[0] if octets.shape[0] else NULL
        if out.shape[0] == 0:
            return 0, 0
        with nogil:
            made = tc_fax_send_feed(&self.send, first, octets.shape[0], ended, &used, &out[0],
                                    out.shape[0])
        return made, used

    @property
    def stage(self):
        return self.send.stage


# ---------------------------------------------------------------- receiving

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t, size_t)

cdef extern from "fax_receive.h" nogil:
    ctypedef struct tc_fax_phasor:
        float re, im

    ctypedef struct tc_fax_plan:
        tc_fax_mode mode

    ctypedef struct tc_fax_receive_event:
        uint64_t sample, bits
        int32_t value
        uint8_t state

    ctypedef struct tc_fax_receive:
        const tc_fax_plan *plan
        uint8_t state
        uint64_t bits
        tc_fax_receive_event events[16]
        unsigned event_count
        int32_t level, snr
        uint32_t slips
        tc_fax_phasor *seen
        unsigned seen_room, seen_count

    size_t TC_FAX_RX_OCTETS(size_t)
    void tc_fax_plan_init(tc_fax_plan *plan, tc_fax_mode mode)
    void tc_fax_receive_init(tc_fax_receive *rx, const tc_fax_plan *plan)
    void tc_fax_receive_arm(tc_fax_receive *rx, const tc_fax_plan *plan, int short_train)
    size_t tc_fax_receive_feed(tc_fax_receive *rx, const int16_t *x, size_t n, uint8_t *octets)
    float tc_fax_receive_offset_hz(const tc_fax_receive *rx)

cdef enum:
    STRETCH = 1600  # samples: 200 ms, in which a lane has fewer events than it keeps
    PIECE = 80
    ALL_MODES = 8

cdef tc_fax_plan *plans[ALL_MODES]  # each made when it is first wanted, for good


cdef void *aligned(size_t octets) except NULL:
    """Memory on a cache line, to be freed."""
    cdef void *memory = aligned_alloc(64, (octets + 63) // 64 * 64)
    if memory is NULL:
        raise MemoryError
    memset(memory, 0, octets)
    return memory


cdef const tc_fax_plan *plan_of(unsigned mode) except NULL:
    if mode >= TC_FAX_MODES:
        raise ValueError(f"mode: want 0 to {TC_FAX_MODES - 1}, got {mode}")
    if plans[mode] is NULL:
        plans[mode] = <tc_fax_plan *>aligned(sizeof(tc_fax_plan))
        tc_fax_plan_init(plans[mode], <tc_fax_mode>mode)
    return plans[mode]


_lane_of = _itemgetter(0)


cdef size_t hear(tc_fax_receive *rx, const int16_t *samples, Py_ssize_t n, Py_ssize_t apart,
                 uint8_t *octets) noexcept nogil:
    """n samples of a lane, which lie so far apart; how many octets they brought."""
    cdef int16_t piece[PIECE]
    cdef Py_ssize_t at = 0, i, some
    cdef size_t made = 0
    while at < n:
        some = min(<Py_ssize_t>PIECE, n - at)
        for i in range(some):
            piece[i] = samples[(at + i) * apart]
        made += tc_fax_receive_feed(rx, piece, some, octets + made)
        at += some
    return made


cdef class FaxReceive:
    """Receivers of any number of lanes, all of one mode."""

    cdef Py_ssize_t channels
    cdef tc_fax_receive *lanes
    cdef tc_fax_phasor *seen
    cdef Py_ssize_t seen_room
    cdef uint8_t *octets  # of each lane, in a stretch
    cdef size_t *made     # how many

    def __cinit__(self, unsigned mode, Py_ssize_t channels, Py_ssize_t seen_room):
        cdef const tc_fax_plan *plan = plan_of(mode)
        cdef Py_ssize_t lane
        self.channels, self.seen_room = channels, seen_room
        self.lanes = <tc_fax_receive *>aligned(channels * sizeof(tc_fax_receive))
        self.seen = <tc_fax_phasor *>aligned(max(1, channels * seen_room) * sizeof(tc_fax_phasor))
        self.octets = <uint8_t *>aligned(channels * TC_FAX_RX_OCTETS(STRETCH))
        self.made = <size_t *>aligned(channels * sizeof(size_t))
        for lane in range(channels):
            tc_fax_receive_init(&self.lanes[lane], plan)
            self.lanes[lane].seen = self.seen + lane * seen_room
            self.lanes[lane].seen_room = <unsigned>seen_room

    def __dealloc__(self):
        free(self.lanes)
        free(self.seen)
        free(self.octets)
        free(self.made)

    def arm(self, Py_ssize_t lane, unsigned mode, bint short_train):
        tc_fax_receive_arm(&self.lanes[lane], plan_of(mode), short_train)

    def feed(self, const int16_t[:, ::1] samples, list octets):
        """Adds to each lane's bytearray; events as (lane, state, sample, bits, value)."""
        cdef Py_ssize_t frames = samples.shape[0], at, n, lane
        cdef Py_ssize_t room = TC_FAX_RX_OCTETS(STRETCH)
        cdef tc_fax_receive *rx
        cdef tc_fax_receive_event *e
        cdef unsigned k
        cdef list events = []
        if samples.shape[1] != self.channels:
            raise ValueError(f"block: want {self.channels} channels, got {samples.shape[1]}")
        for at in range(0, frames, STRETCH):
            n = min(<Py_ssize_t>STRETCH, frames - at)
            with nogil:
                for lane in range(self.channels):
                    self.made[lane] = hear(&self.lanes[lane], &samples[at, lane], n, self.channels,
                                           self.octets + lane * room)
            for lane in range(self.channels):
                if self.made[lane]:
                    octets[lane] += PyBytes_FromStringAndSize(
                        <char *>self.octets + lane * room, self.made[lane])
                rx = &self.lanes[lane]
                for k in range(rx.event_count):
                    e = &rx.events[k]
                    events.append((lane, e.state, e.sample, e.bits, e.value))
                rx.event_count = 0
        if frames > STRETCH:
            events.sort(key=_lane_of)
        return events

    def state(self, Py_ssize_t lane):
        """(state, bits, level in 1/256 dBm0, signal to noise in 1/256 dB, offset in Hz, slips)."""
        cdef tc_fax_receive *rx = &self.lanes[lane]
        return (rx.state, rx.bits, rx.level, rx.snr, tc_fax_receive_offset_hz(rx), rx.slips)

    def points(self, Py_ssize_t lane):
        """Symbols seen since the last call, as far as there was room."""
        cdef tc_fax_receive *rx = &self.lanes[lane]
        cdef unsigned k
        made = np.empty(rx.seen_count, np.complex64)
        cdef float complex[::1] out = made
        for k in range(rx.seen_count):
            out[k].real = rx.seen[k].re
            out[k].imag = rx.seen[k].im
        rx.seen_count = 0
        return made
