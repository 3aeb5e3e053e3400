"""Faces of the modems."""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.object cimport PyObject_GenericSetAttr, PyTypeObject
from libc.stdint cimport int16_t, int32_t, uint8_t, uint32_t, uint64_t

from telcard._native.modem cimport *

import numpy as np

include "levels.pxi"
include "groups.pxi"


# ---------------------------------------------------------------- frequency-shift keying

cdef extern from "Python.h":
    object PyType_GenericAlloc(PyTypeObject *, Py_ssize_t)

cdef extern from *:
    """
    #define FSK_EVENTS TC_FSK_MAX_EVENTS(STRETCH)
    """
    enum:
        FSK_EVENTS


cdef inline object fsk_event(type event, tuple kinds, const tc_fsk_event *e, Py_ssize_t channel):
    """An instance of a frozen dataclass, field by field where they lie; its own __init__ would take
    as long as hearing two characters."""
    cdef object made = PyType_GenericAlloc(<PyTypeObject *>event, 0)
    cdef bint carrier = e.kind == TC_FSK_CARRIER
    PyObject_GenericSetAttr(made, "kind", kinds[e.kind])
    PyObject_GenericSetAttr(made, "channel", channel)
    PyObject_GenericSetAttr(made, "start", e.start)
    PyObject_GenericSetAttr(made, "decided", e.decided)
    PyObject_GenericSetAttr(made, "octet", 0 if carrier else e.value)
    PyObject_GenericSetAttr(made, "level_dbm0", e.value / 256.0 if carrier else None)
    return made


cdef class Fsk:
    """FSK receiver of any number of channels, in groups of 16."""

    def __cinit__(self, Py_ssize_t channels, standard, uint8_t data, uint8_t parity):
        cdef Py_ssize_t i
        cdef tc_fsk_standard figures = standard  # a dict: one entry a field
        self.channels = channels
        self.count = groups_of(channels)
        tc_fsk_plan_init(&self.plan, &figures)
        self.groups = <tc_fsk *>aligned(self.count * sizeof(tc_fsk))
        self.found = <tc_fsk_event *>aligned(self.count * FSK_EVENTS * sizeof(tc_fsk_event))
        self.spans = <Span *>aligned(self.count * sizeof(Span))
        for i in range(self.count):
            tc_fsk_init(&self.groups[i], &self.plan)
        for i in range(self.count * LANES):
            tc_fsk_reset(
                &self.groups[i // LANES], i % LANES, tc_fsk_framing(data, parity, 0))

    def __dealloc__(self):
        free(self.groups)
        free(self.found)
        free(self.spans)

    def feed(self, const int16_t[:, ::1] samples, type event, tuple kinds):
        """Events in the order in which they were decided, as instances of `event`: a dataclass of
        kind, channel, start, decided, octet and level_dbm0; `kinds[number]` is its kind."""
        cdef Py_ssize_t frames = samples.shape[0], at, group, n
        cdef Py_ssize_t left
        cdef unsigned block
        cdef int16_t stretch[STRETCH][16]
        cdef Span *span = self.spans
        cdef list made = []
        check_channels(samples.shape[1], self.channels)
        for at in range(0, frames, STRETCH):
            n = min(STRETCH, frames - at)
            with nogil:
                for group in range(self.count):
                    span = &self.spans[group]
                    span.next = self.spans[group - 1].end if group else self.found
                    span.end = span.next + tc_fsk_feed(
                        &self.groups[group], group_of(samples, at, n, group, stretch), n, 0xFFFF,
                        span.next, FSK_EVENTS)
            left = span.end - self.found
            block = 0
            while left:
                for group in range(self.count):
                    span = &self.spans[group]
                    while span.next < span.end and span.next.block == block:
                        made.append(fsk_event(
                            event, kinds, span.next, group * LANES + span.next.lane))
                        span.next += 1
                        left -= 1
                block += 1
        return made

    def octets(self, const int16_t[:, ::1] samples):
        """The characters alone, of each channel its own."""
        cdef Py_ssize_t frames = samples.shape[0], at, group, n, lane
        cdef Py_ssize_t room = frames // TC_FSK_LEAST_BLOCK + 1
        cdef Py_ssize_t filled[16]
        cdef unsigned found, k
        cdef int16_t stretch[STRETCH][16]
        cdef tc_fsk_event *e
        cdef list made = []
        check_channels(samples.shape[1], self.channels)
        cdef uint8_t *octets = <uint8_t *>aligned(LANES * room)
        try:
            for group in range(self.count):
                with nogil:
                    memset(filled, 0, sizeof(filled))
                    at = 0
                    while at < frames:
                        n = min(<Py_ssize_t>STRETCH, frames - at)
                        found = tc_fsk_feed(
                            &self.groups[group], group_of(samples, at, n, group, stretch), n,
                            0xFFFF, self.found, FSK_EVENTS)
                        for k in range(found):
                            e = &self.found[k]
                            if e.kind == TC_FSK_OCTET:
                                octets[e.lane * room + filled[e.lane]] = <uint8_t>e.value
                                filled[e.lane] += 1
                        at += n
                for lane in range(min(LANES, self.channels - group * LANES)):
                    made.append(PyBytes_FromStringAndSize(
                        <char *>octets + lane * room, filled[lane]))
        finally:
            free(octets)
        return made

    def reset(self, Py_ssize_t channel, uint8_t data, uint8_t parity):
        check_channel(channel, self.channels)
        tc_fsk_reset(&self.groups[channel // LANES], channel % LANES,
                     tc_fsk_framing(data, parity, 0))


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


# ---------------------------------------------------------------- data link

LINK_STRETCH = TC_LINK_STRETCH


cdef class Link:
    """One end of a data link: octets to its rings, and its state; see `telcard.dsp.datalink`."""

    def __cinit__(self, plan, sends, uint8_t data, uint8_t parity, uint8_t stop, uint32_t capacity):
        cdef tc_link_plan figures = plan  # dicts: one entry a field
        cdef tc_fsk_standard standard = sends
        self.link = <tc_link *>aligned(sizeof(tc_link))
        self.data, self.parity = data, parity
        if tc_link_init(self.link, &figures, &standard, tc_fsk_framing(data, parity, 0), stop,
                        capacity) != 0:
            free(self.link)
            self.link = NULL
            raise MemoryError

    def __dealloc__(self):
        if self.link is not NULL:
            tc_link_free(self.link)
            free(self.link)

    def write(self, const uint8_t[::1] octets):
        cdef Py_ssize_t i, count = min(<uint64_t>octets.shape[0], tc_ring_room(&self.link.to_send))
        cdef uint8_t *place
        for i in range(count):
            place = <uint8_t *>tc_ring_try(&self.link.to_send)
            place[0] = octets[i]
            tc_ring_publish(&self.link.to_send)
        return count

    def room(self):
        return tc_ring_room(&self.link.to_send)

    def read(self, Py_ssize_t limit):
        cdef bytearray octets = bytearray()
        cdef const uint8_t *octet
        while len(octets) < limit:
            octet = <const uint8_t *>tc_ring_front(&self.link.received)
            if octet is NULL:
                break
            octets.append(octet[0])
            tc_ring_pop(&self.link.received)
        return bytes(octets)

    def close(self):
        self.link.closing = 1

    def state(self):
        """(phase, why, carrier, its level in 1/256 dBm0, framing errors, parity errors, breaks,
        octets lost)."""
        cdef tc_link *link = self.link
        return (link.phase, link.why, <bint>link.carrier, link.level, link.framing_errors,
                link.parity_errors, link.breaks, tc_ring_lost(&link.received))


cdef class LinkModem:
    """A data link with a receiver of its own: sound in, sound out."""

    cdef Link link
    cdef Fsk receiver
    cdef tc_fsk_event events[64]
    cdef unsigned found

    def __cinit__(self, Link link, hears):
        self.link = link
        self.receiver = Fsk(1, hears, link.data, link.parity)

    def process(self, const int16_t[::1] heard, int16_t[::1] out):
        """Whether the link goes on."""
        cdef Py_ssize_t frames = heard.shape[0], at = 0, part, i
        cdef int16_t lanes[TC_LINK_STRETCH][16]
        cdef tc_link *link = self.link.link
        cdef tc_fsk *group = self.receiver.groups
        cdef bint runs = link.phase != TC_LINK_OVER
        memset(lanes, 0, sizeof(lanes))
        while at < frames:
            part = min(frames - at, <Py_ssize_t>(TC_LINK_STRETCH - link.now % TC_LINK_STRETCH))
            for i in range(part):
                lanes[i][0] = heard[at + i]
            with nogil:
                self.found += tc_fsk_feed(
                    group, lanes[0], part, 1, self.events + self.found, 64 - self.found)
                if (link.now + part) % TC_LINK_STRETCH == 0:
                    tc_link_hear(link, self.events, self.found, 0, tc_fsk_marks(group, 0))
                    self.found = 0
                runs = tc_link_make(link, &out[at], part)
            at += part
        return runs
