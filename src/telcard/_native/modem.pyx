"""Faces of the modems."""

cimport cython
from libc.stdint cimport int16_t, int32_t, uint8_t, uint32_t, uint64_t

from telcard._native.modem cimport *

import numpy as np

include "levels.pxi"
include "groups.pxi"


# ---------------------------------------------------------------- frequency-shift keying

cdef extern from *:
    """
    #define FSK_EVENTS TC_FSK_MAX_EVENTS(STRETCH)
    """
    enum:
        FSK_EVENTS


cdef class Fsk:
    """FSK receiver of any number of channels, in groups of 16."""

    def __cinit__(self, Py_ssize_t channels, standard, uint8_t data, uint8_t parity):
        cdef Py_ssize_t i
        cdef tc_fsk_standard figures = standard  # a dict: one entry a field
        self.channels = channels
        self.count = groups_of(channels)
        tc_fsk_plan_init(&self.plan, &figures)
        self.groups = <tc_fsk *>aligned(self.count * sizeof(tc_fsk))
        for i in range(self.count):
            tc_fsk_init(&self.groups[i], &self.plan)
        for i in range(self.count * LANES):
            tc_fsk_reset(
                &self.groups[i // LANES], i % LANES, tc_fsk_framing(data, parity))

    def __dealloc__(self):
        free(self.groups)

    def feed(self, const int16_t[:, ::1] samples):
        cdef Py_ssize_t frames = samples.shape[0], at, group, n
        cdef unsigned found, k
        cdef int16_t stretch[STRETCH][16]
        cdef tc_fsk_event events[FSK_EVENTS]
        cdef tc_fsk_event *e
        check_channels(samples.shape[1], self.channels)
        made = []
        for at in range(0, frames, STRETCH):
            n = min(STRETCH, frames - at)
            for group in range(self.count):
                with nogil:
                    found = tc_fsk_feed(&self.groups[group],
                                        group_of(samples, at, n, group, stretch), n, 0xFFFF,
                                        events, FSK_EVENTS)
                for k in range(found):
                    e = &events[k]
                    made.append((
                        e.decided, group * LANES + e.lane, e.start, e.kind, e.value))
        made.sort()
        return made

    def reset(self, Py_ssize_t channel, uint8_t data, uint8_t parity):
        check_channel(channel, self.channels)
        tc_fsk_reset(&self.groups[channel // LANES], channel % LANES,
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


# ---------------------------------------------------------------- data link

LINK_STRETCH = TC_LINK_STRETCH


cdef class Link:
    """One end of a data link: octets to its rings, and its state; see `telcard.dsp.datalink`."""

    def __cinit__(self, plan, sends, uint8_t data, uint8_t parity, uint8_t stop, uint32_t capacity):
        cdef tc_link_plan figures = plan  # dicts: one entry a field
        cdef tc_fsk_standard standard = sends
        self.link = <tc_link *>aligned(sizeof(tc_link))
        self.data, self.parity = data, parity
        if tc_link_init(self.link, &figures, &standard, tc_fsk_framing(data, parity), stop,
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
