"""Faces of the modems."""

cimport cython
from libc.stdint cimport int16_t, int32_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memset

import numpy as np

cdef extern from "<stdlib.h>":
    void *aligned_alloc(size_t, size_t)

cdef extern from "simd.h":
    int tc_simd_force(int level)


def force_simd(level):
    if tc_simd_force(-1 if level is None else ("base", "v3", "v4").index(level)) < 0:
        raise ValueError(f"SIMD level: this processor has no {level}")


# ---------------------------------------------------------------- frequency-shift keying

cdef extern from "fsk.h":
    enum:
        TC_FSK_LANES

    ctypedef struct tc_fsk_standard:
        double mark_hz, space_hz, baud, band_hz, floor_dbm0, on_ms, off_ms, neighbours

    ctypedef struct tc_fsk_framing:
        uint8_t data, parity

    ctypedef struct tc_fsk_event:
        uint64_t start, decided
        int32_t value
        uint8_t lane, kind

    ctypedef struct tc_fsk_plan:
        pass

    ctypedef struct tc_fsk:
        pass

    void tc_fsk_plan_init(tc_fsk_plan *, const tc_fsk_standard *)
    void tc_fsk_init(tc_fsk *, const tc_fsk_plan *)
    void tc_fsk_reset(tc_fsk *, unsigned, tc_fsk_framing)
    unsigned tc_fsk_feed(
        tc_fsk *, const int16_t *, unsigned, uint32_t, tc_fsk_event *, unsigned) nogil

cdef extern from *:
    """
    #define FSK_STRETCH 400 /* frames of a group heard in one go; its samples stay in the L1 cache */
    #define FSK_STRETCH_EVENTS TC_FSK_MAX_EVENTS(FSK_STRETCH)
    """
    enum:
        FSK_STRETCH
        FSK_STRETCH_EVENTS


cdef class Fsk:
    """FSK receiver of any number of channels, in groups of 16."""

    cdef tc_fsk_plan plan
    cdef tc_fsk *groups
    cdef Py_ssize_t channels, count

    def __cinit__(self, Py_ssize_t channels, standard, uint8_t data, uint8_t parity):
        cdef Py_ssize_t i
        cdef tc_fsk_standard figures = standard  # a dict: one entry a field
        self.channels = channels
        self.count = (channels + TC_FSK_LANES - 1) // TC_FSK_LANES
        tc_fsk_plan_init(&self.plan, &figures)
        self.groups = <tc_fsk *>aligned_alloc(64, self.count * sizeof(tc_fsk))
        if self.groups is NULL:
            raise MemoryError
        for i in range(self.count):
            tc_fsk_init(&self.groups[i], &self.plan)
        for i in range(self.count * TC_FSK_LANES):
            tc_fsk_reset(
                &self.groups[i // TC_FSK_LANES], i % TC_FSK_LANES, tc_fsk_framing(data, parity))

    def __dealloc__(self):
        free(self.groups)

    def feed(self, const int16_t[:, ::1] samples):
        cdef Py_ssize_t frames = samples.shape[0], channels = samples.shape[1]
        cdef Py_ssize_t at, group, width, i, n
        cdef unsigned found, k
        cdef int16_t stretch[FSK_STRETCH][16]
        cdef tc_fsk_event events[FSK_STRETCH_EVENTS]
        cdef const int16_t *x
        cdef tc_fsk_event *e
        if channels != self.channels:
            raise ValueError(f"block: want {self.channels} channels, got {channels}")
        made = []
        for at in range(0, frames, FSK_STRETCH):
            n = min(FSK_STRETCH, frames - at)
            for group in range(self.count):
                width = min(TC_FSK_LANES, channels - group * TC_FSK_LANES)
                with nogil:
                    x = &samples[at, group * TC_FSK_LANES]
                    if channels != TC_FSK_LANES:
                        if width == TC_FSK_LANES:  # a length known to the compiler
                            for i in range(n):
                                memcpy(stretch[i], x + i * channels, sizeof(stretch[0]))
                        else:
                            memset(stretch, 0, sizeof(stretch))
                            for i in range(n):
                                memcpy(stretch[i], x + i * channels, width * sizeof(int16_t))
                        x = stretch[0]
                    found = tc_fsk_feed(
                        &self.groups[group], x, n, 0xFFFF, events, FSK_STRETCH_EVENTS)
                for k in range(found):
                    e = &events[k]
                    made.append((
                        e.decided, group * TC_FSK_LANES + e.lane, e.start, e.kind, e.value))
        made.sort()
        return made

    def reset(self, Py_ssize_t channel, uint8_t data, uint8_t parity):
        if not 0 <= channel < self.channels:
            raise ValueError(f"channel: want 0 to {self.channels - 1}, got {channel}")
        tc_fsk_reset(&self.groups[channel // TC_FSK_LANES], channel % TC_FSK_LANES,
                     tc_fsk_framing(data, parity))


cdef extern from "fsk_send.h":
    ctypedef struct tc_fsk_send:
        uint8_t idles, left, begun

    void tc_fsk_send_init(tc_fsk_send *, double, double, double, double, uint8_t, uint8_t, uint8_t)
    size_t tc_fsk_send_feed(
        tc_fsk_send *, const uint8_t *, size_t, size_t *, int16_t *, size_t) nogil
    int tc_fsk_send_bits(tc_fsk_send *, uint32_t, unsigned)


@cython.auto_pickle(False)
cdef class FskSend:
    """FSK sender of one channel."""

    cdef tc_fsk_send send

    def __init__(self, double mark_hz, double space_hz, double baud, double level_dbm0,
                 uint8_t data, uint8_t parity, uint8_t stop):
        tc_fsk_send_init(&self.send, mark_hz, space_hz, baud, level_dbm0, data, parity, stop)

    def feed(self, const uint8_t[::1] octets, bint idles, int16_t[::1] out):
        cdef size_t used, made
        cdef const uint8_t *first = &octets[0] if octets.shape[0] else NULL
        if out.shape[0] == 0:
            return 0, 0
        self.send.idles = idles
        with nogil:
            made = tc_fsk_send_feed(&self.send, first, octets.shape[0], &used, &out[0],
                                    out.shape[0])
        return made, used

    def send_bits(self, uint32_t bits, unsigned count):
        return tc_fsk_send_bits(&self.send, bits, count) != 0

    @property
    def sounds(self):
        return self.send.left > 0 or self.send.begun > 0
