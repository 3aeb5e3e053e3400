"""Face of the echo canceller's kernel; people use telcard.dsp.echo."""

from libc.stdint cimport int16_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

import numpy as np

from telcard._native.echo cimport *

cdef extern from "<stdlib.h>":
    void *aligned_alloc(size_t, size_t)

cdef extern from "simd.h":
    int tc_simd_supported()
    int tc_simd_force(int level)

cdef enum:
    STRETCH = 80  # frames of a group in one go; they stay in the L1 cache

STEP, LONGEST, FARTHEST = TC_ECHO_STEP, TC_ECHO_LONGEST, TC_ECHO_FARTHEST
HIGH_PASS, NLP, COMFORT = TC_ECHO_HIGH_PASS, TC_ECHO_NLP, TC_ECHO_COMFORT
TONE_DISABLER, FIND_DELAY = TC_ECHO_TONE_DISABLER, TC_ECHO_FIND_DELAY
KINDS = {
    TC_ECHO_CONVERGED: "converged",
    TC_ECHO_PATH_CHANGED: "path_changed",
    TC_ECHO_DISABLED: "disabled",
    TC_ECHO_ENABLED: "enabled",
    TC_ECHO_DELAY_FOUND: "delay_found",
}


def force_simd(level):
    """For tests: `base`, `v3`, `v4`, or None for the environment's choice."""
    levels = ("base", "v3", "v4")
    if tc_simd_force(-1 if level is None else levels.index(level)) < 0:
        raise ValueError(f"SIMD level: this processor stops at {levels[tc_simd_supported()]}, got {level}")


cdef class Echo:
    """Cancellers of any number of channels; those of one tail share groups of 16."""

    cdef tc_echo **_groups
    cdef uint32_t *_who  # the channels of each group, 16 a group
    cdef uint32_t *_width
    cdef Py_ssize_t _count, _channels
    cdef size_t _octets
    cdef dict _place
    cdef readonly object taps

    def __cinit__(self, taps, delays, unsigned flags):
        cdef Py_ssize_t group = 0, lane
        cdef unsigned most, reach
        self._channels = len(taps)
        self.taps = tuple(taps)
        self._place = {}
        order = sorted(range(self._channels), key=lambda channel: taps[channel])
        self._count = (self._channels + TC_ECHO_LANES - 1) // TC_ECHO_LANES
        self._groups = <tc_echo **>calloc(self._count, sizeof(tc_echo *))
        self._who = <uint32_t *>calloc(self._count * TC_ECHO_LANES, sizeof(uint32_t))
        self._width = <uint32_t *>calloc(self._count, sizeof(uint32_t))
        if self._groups is NULL or self._who is NULL or self._width is NULL:
            raise MemoryError
        for group in range(self._count):
            members = order[group * TC_ECHO_LANES:(group + 1) * TC_ECHO_LANES]
            most = max(taps[channel] for channel in members)
            reach = max(delays[channel] for channel in members)
            self._groups[group] = <tc_echo *>aligned_alloc(64, tc_echo_octets(most, reach, flags))
            self._octets += tc_echo_octets(most, reach, flags)
            if self._groups[group] is NULL:
                raise MemoryError
            tc_echo_init(self._groups[group], most, reach, flags)
            self._width[group] = len(members)
            for lane, channel in enumerate(members):
                self._who[group * TC_ECHO_LANES + lane] = channel
                self._place[channel] = (group, lane)
                tc_echo_shape(self._groups[group], lane, taps[channel], delays[channel])

    def __dealloc__(self):
        if self._groups is not NULL:
            for group in range(self._count):
                free(self._groups[group])
        free(self._groups)
        free(self._who)
        free(self._width)

    cdef tuple _of(self, channel):
        """Its group and lane."""
        if channel not in self._place:
            raise ValueError(f"channel: want 0 to {self._channels - 1}, got {channel}")
        return self._place[channel]

    def feed(self, const int16_t[:, ::1] receive, const int16_t[:, ::1] send):
        """What is left of `send`, both of them (frames, channels), and events: (kind, channel, start)."""
        cdef Py_ssize_t frames = send.shape[0], at, group, i, n
        cdef unsigned lane, width, found, k
        cdef tc_echo_event events[240]  # TC_ECHO_MAX_EVENTS(STRETCH)
        cdef const uint32_t *who
        cdef int16_t r[80][16]
        cdef int16_t s[80][16]
        cdef int16_t o[80][16]
        if receive.shape[0] != frames or receive.shape[1] != send.shape[1] or send.shape[1] != self._channels:
            raise ValueError(
                f"receive and send: want ({frames}, {self._channels}) both, got "
                f"({receive.shape[0]}, {receive.shape[1]}) and ({frames}, {send.shape[1]})")
        out = np.empty((frames, self._channels), np.int16)
        cdef int16_t[:, ::1] to = out
        made = []
        with nogil:
            for group in range(self._count):
                who = self._who + group * TC_ECHO_LANES
                width = self._width[group]
                if width < TC_ECHO_LANES:
                    memset(r, 0, sizeof(r))
                    memset(s, 0, sizeof(s))
                at = 0
                while at < frames:
                    n = min(STRETCH, frames - at)
                    for i in range(n):
                        for lane in range(width):
                            r[i][lane] = receive[at + i, who[lane]]
                            s[i][lane] = send[at + i, who[lane]]
                    found = tc_echo_feed(self._groups[group], r, s, o, n, events)
                    if found:
                        with gil:
                            for k in range(found):
                                if events[k].lane < width:
                                    made.append((
                                        KINDS[events[k].kind], who[events[k].lane], events[k].start))
                    for i in range(n):
                        for lane in range(width):
                            to[at + i, who[lane]] = o[i][lane]
                    at += n
        return out, made

    def reset(self, channel):
        group, lane = self._of(channel)
        tc_echo_reset(self._groups[<Py_ssize_t>group], lane)

    def freeze(self, channel, bint on):
        group, lane = self._of(channel)
        tc_echo_freeze(self._groups[<Py_ssize_t>group], lane, on)

    def save(self, channel):
        """The filter's response, float32, one number a tap."""
        group, lane = self._of(channel)
        response = np.zeros(self.taps[channel], np.float32)
        cdef float[::1] to = response
        tc_echo_save(self._groups[<Py_ssize_t>group], lane, &to[0])
        return response

    def load(self, channel, const float[::1] response):
        group, lane = self._of(channel)
        if response.shape[0] != self.taps[channel]:
            raise ValueError(f"response: want {self.taps[channel]} taps, got {response.shape[0]}")
        tc_echo_load(self._groups[<Py_ssize_t>group], lane, &response[0])

    def look(self, channel):
        """A channel's figures, as tc_echo_figures has them."""
        cdef tc_echo_figures figures
        group, lane = self._of(channel)
        tc_echo_look(self._groups[<Py_ssize_t>group], lane, &figures)
        return figures

    def octets(self):
        """Memory of all groups, in octets."""
        return self._octets
