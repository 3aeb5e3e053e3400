"""Faces of the kernels for voices; people use telcard.dsp.  All take whole hops of 10 ms."""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

import numpy as np

include "levels.pxi"
include "groups.pxi"

cdef extern from "spectrum.h":
    enum:
        TC_HOP

HOP = TC_HOP


cdef Py_ssize_t _hops(Py_ssize_t frames, Py_ssize_t channels, Py_ssize_t wanted) except -1:
    check_channels(channels, wanted)
    if frames % TC_HOP:
        raise ValueError(f"block: want whole hops of {TC_HOP} frames, got {frames}")
    return frames // TC_HOP


# ---------------------------------------------------------------- voice activity

cdef extern from "vad.h":
    enum:
        TC_VAD_ON

    ctypedef struct tc_vad_profile:
        float threshold, floor_dbm0
        uint32_t hangover

    ctypedef struct tc_vad_event:
        uint64_t start, decided, frames
        uint8_t lane, kind
        float level_dbm0, snr_db

    ctypedef struct tc_vad:
        pass

    void tc_vad_init(tc_vad *, const tc_vad_profile *)
    void tc_vad_reset(tc_vad *, unsigned)
    unsigned tc_vad_hop(tc_vad *, const int16_t *, uint32_t, tc_vad_event *, float *) nogil
    uint32_t tc_vad_talking(const tc_vad *)


cdef class Vad:
    """Voice activity of any number of channels, in groups of 16."""

    cdef tc_vad *_groups
    cdef Py_ssize_t _channels, _count

    def __cinit__(self, Py_ssize_t channels, profile):
        cdef tc_vad_profile limits = profile
        cdef Py_ssize_t i
        self._channels = channels
        self._count = groups_of(channels)
        self._groups = <tc_vad *>aligned(self._count * sizeof(tc_vad))
        for i in range(self._count):
            tc_vad_init(&self._groups[i], &limits)

    def __dealloc__(self):
        free(self._groups)

    def feed(self, const int16_t[:, ::1] samples, float[:, ::1] scores):
        """Events, and into `scores` one row a hop."""
        cdef Py_ssize_t channels = samples.shape[1], hop, group, width
        cdef Py_ssize_t hops = _hops(samples.shape[0], channels, self._channels)
        cdef int16_t stretch[TC_HOP][16]
        cdef float row[16]
        cdef tc_vad_event events[16]
        cdef tc_vad_event *e
        cdef unsigned found, k
        made = []
        for hop in range(hops):
            for group in range(self._count):
                width = min(LANES, channels - group * LANES)
                with nogil:
                    found = tc_vad_hop(
                        &self._groups[group],
                        group_of(samples, hop * TC_HOP, TC_HOP, group, stretch), 0xFFFF, events, row)
                    memcpy(&scores[hop, group * LANES], row, width * sizeof(float))
                for k in range(found):
                    e = &events[k]
                    if e.lane < width:
                        made.append((
                            group * LANES + e.lane, e.kind != TC_VAD_ON, e.start, e.frames,
                            e.decided, e.level_dbm0, e.snr_db,
                        ))
        return made

    def reset(self, Py_ssize_t channel):
        check_channel(channel, self._channels)
        tc_vad_reset(&self._groups[channel // LANES], channel % LANES)

    def talking(self):
        talking = np.zeros(self._channels, np.bool_)
        for channel in range(self._channels):
            talking[channel] = (
                tc_vad_talking(&self._groups[channel // LANES]) >> (channel % LANES) & 1)
        return talking


# ---------------------------------------------------------------- tempo

cdef extern from "tempo.h":
    enum:
        TC_TEMPO_HOP
        TC_TEMPO_REACH
        TC_TEMPO_NEAR
        TC_TEMPO_LEAST
        TC_TEMPO_MOST

    ctypedef struct tc_tempo:
        int64_t now

    int64_t tc_tempo_now(const tc_tempo *, int64_t) nogil
    void tc_tempo_hop(
        tc_tempo *, int64_t, unsigned, const int16_t *, const int16_t *, int16_t *) nogil
    unsigned tc_tempo_makes(uint64_t, unsigned, unsigned, unsigned) nogil
    unsigned tc_tempo_passes(unsigned, unsigned, uint8_t *) nogil

TEMPO_REACH = TC_TEMPO_REACH
TEMPO_LEAST = TC_TEMPO_LEAST
TEMPO_MOST = TC_TEMPO_MOST


cdef class Tempo:
    """Channels at another tempo; what they are made of is kept by whoever feeds, from a sample on."""

    cdef tc_tempo *_channels
    cdef Py_ssize_t _count
    cdef readonly int64_t place
    cdef uint8_t _part

    def __cinit__(self, Py_ssize_t channels):
        self._count = channels
        self._channels = <tc_tempo *>aligned(channels * sizeof(tc_tempo))
        memset(self._channels, 0, channels * sizeof(tc_tempo))

    def __dealloc__(self):
        free(self._channels)

    def needs(self):
        """The first sample that the next hop may look at."""
        cdef int64_t first = self.place
        for channel in range(self._count):
            first = min(first, tc_tempo_now(&self._channels[channel], self.place))
        return min(first, self.place - TC_TEMPO_REACH)

    def round_down(self):
        """Forget the hundredths of a sample that have passed."""
        self._part = 0

    def feed(self, const int16_t[:, ::1] sound, int64_t first, int64_t end, unsigned percent):
        """All hops that can be made of `sound`, (channels, samples) from sample `first` on.

        `end`: where the stream ends, so that there may be less than a hop; -1: it goes on.
        """
        cdef int64_t known = first + sound.shape[1]
        cdef Py_ssize_t hops, most, made = 0, channel
        cdef unsigned n = TC_TEMPO_HOP
        cdef int16_t now[80]
        cdef int16_t near[240]
        cdef int16_t hop[80]
        most = (known - self.place) * 100 // percent // TC_TEMPO_HOP + 2 if known > self.place else 0
        out = np.empty((most * TC_TEMPO_HOP, self._count), np.int16)
        cdef int16_t[:, ::1] to = out
        cdef const int16_t *x
        cdef tc_tempo *tempo
        cdef Py_ssize_t i
        with nogil:
            for hops in range(most):
                if end < 0:
                    if self.place + TC_TEMPO_NEAR > known:  # what follows the last hop may lie as far
                        break
                else:
                    n = tc_tempo_makes(end - self.place, self._part, percent, TC_TEMPO_HOP)
                    if n == 0:
                        break
                for channel in range(self._count):
                    tempo = &self._channels[channel]
                    _fetch(sound, channel, tc_tempo_now(tempo, self.place) - first, now, TC_TEMPO_HOP)
                    _fetch(sound, channel, self.place - TC_TEMPO_REACH - first, near, TC_TEMPO_NEAR)
                    tc_tempo_hop(tempo, self.place, percent, now, near, hop)
                    for i in range(n):
                        to[made + i, channel] = hop[i]
                made += n
                self.place += tc_tempo_passes(n, percent, &self._part)
                if end >= 0 and self.place > end:
                    self.place = end
        return out[:made]


cdef inline void _fetch(const int16_t[:, ::1] sound, Py_ssize_t channel, int64_t at, int16_t *to, Py_ssize_t n) noexcept nogil:
    """n samples, silence where there are none."""
    cdef int64_t before = min(max(0, -at), n)
    cdef int64_t there = min(max(0, sound.shape[1] - max(0, at)), n - before)
    memset(to, 0, n * sizeof(int16_t))
    if there > 0:
        memcpy(to + before, &sound[channel, at + before], there * sizeof(int16_t))


# ---------------------------------------------------------------- noise suppression

cdef extern from "denoise.h":
    enum:
        TC_DENOISE_DELAY

    ctypedef struct tc_denoise:
        pass

    void tc_denoise_init(tc_denoise *, float)
    void tc_denoise_reset(tc_denoise *, unsigned)
    void tc_denoise_hop(tc_denoise *, const int16_t *, int16_t *) nogil

DENOISE_DELAY = TC_DENOISE_DELAY


cdef class Denoise:
    """Noise suppression of any number of channels, in groups of 16."""

    cdef tc_denoise *_groups
    cdef Py_ssize_t _channels, _count

    def __cinit__(self, Py_ssize_t channels, float reduction_db):
        cdef Py_ssize_t i
        self._channels = channels
        self._count = groups_of(channels)
        self._groups = <tc_denoise *>aligned(self._count * sizeof(tc_denoise))
        for i in range(self._count):
            tc_denoise_init(&self._groups[i], reduction_db)

    def __dealloc__(self):
        free(self._groups)

    def feed(self, const int16_t[:, ::1] samples):
        cdef Py_ssize_t channels = samples.shape[1], hop, group, width, i
        cdef Py_ssize_t hops = _hops(samples.shape[0], channels, self._channels)
        cdef int16_t stretch[TC_HOP][16]
        cdef int16_t made[1280]
        out = np.empty((hops * TC_HOP, channels), np.int16)
        cdef int16_t[:, ::1] to = out
        with nogil:
            for hop in range(hops):
                for group in range(self._count):
                    width = min(LANES, channels - group * LANES)
                    tc_denoise_hop(&self._groups[group],
                                   group_of(samples, hop * TC_HOP, TC_HOP, group, stretch), made)
                    for i in range(TC_HOP):
                        memcpy(&to[hop * TC_HOP + i, group * LANES], made + i * LANES,
                               width * sizeof(int16_t))
        return out

    def reset(self, Py_ssize_t channel):
        check_channel(channel, self._channels)
        tc_denoise_reset(&self._groups[channel // LANES], channel % LANES)


# ---------------------------------------------------------------- one lane at a time

cdef extern from "agc.h":
    ctypedef struct tc_agc_profile:
        float target_dbm0, most_db, least_db, gate_dbm0

    ctypedef struct tc_agc:
        float gain, sent

    void tc_agc_init(tc_agc *, const tc_agc_profile *)
    void tc_agc_hop(tc_agc *, const int16_t *, int16_t *) nogil

cdef extern from "comfort.h":
    ctypedef struct tc_comfort:
        pass

    void tc_comfort_init(tc_comfort *, uint64_t)
    void tc_comfort_analyse(tc_comfort *, const int16_t *) nogil
    void tc_comfort_generate(tc_comfort *, int16_t *, uint32_t) nogil
    float tc_comfort_power(const tc_comfort *)

cdef extern from "plc.h":
    enum:
        TC_PLC_DELAY

    ctypedef struct tc_plc:
        pass

    void tc_plc_init(tc_plc *)
    void tc_plc_hop(tc_plc *, const int16_t *, int16_t *) nogil

PLC_DELAY = TC_PLC_DELAY


cdef class Agc:
    """Gain control of any number of channels."""

    cdef tc_agc *_lanes
    cdef Py_ssize_t _channels

    def __cinit__(self, Py_ssize_t channels, profile):
        cdef tc_agc_profile limits = profile
        cdef Py_ssize_t i
        self._channels = channels
        self._lanes = <tc_agc *>aligned(channels * sizeof(tc_agc))
        for i in range(channels):
            tc_agc_init(&self._lanes[i], &limits)

    def __dealloc__(self):
        free(self._lanes)

    def feed(self, const int16_t[:, ::1] samples):
        cdef Py_ssize_t channels = samples.shape[1], hop, channel
        cdef Py_ssize_t hops = _hops(samples.shape[0], channels, self._channels)
        cdef int16_t x[80]
        cdef int16_t y[80]
        out = np.empty((hops * TC_HOP, channels), np.int16)
        cdef int16_t[:, ::1] to = out
        with nogil:
            for hop in range(hops):
                for channel in range(channels):
                    _column(&samples[hop * TC_HOP, channel], channels, x)
                    tc_agc_hop(&self._lanes[channel], x, y)
                    _put_column(y, &to[hop * TC_HOP, channel], channels)
        return out

    def gains(self):
        """What the last sample of each channel was multiplied by."""
        return np.array([self._lanes[channel].sent for channel in range(self._channels)])


cdef class Comfort:
    """Comfort noise of any number of channels."""

    cdef tc_comfort *_lanes
    cdef Py_ssize_t _channels

    def __cinit__(self, Py_ssize_t channels, uint64_t seed):
        cdef Py_ssize_t i
        self._channels = channels
        self._lanes = <tc_comfort *>aligned(channels * sizeof(tc_comfort))
        for i in range(channels):
            tc_comfort_init(&self._lanes[i], seed + i)

    def __dealloc__(self):
        free(self._lanes)

    def analyse(self, const int16_t[:, ::1] samples):
        cdef Py_ssize_t channels = samples.shape[1], hop, channel
        cdef Py_ssize_t hops = _hops(samples.shape[0], channels, self._channels)
        cdef int16_t x[80]
        with nogil:
            for hop in range(hops):
                for channel in range(channels):
                    _column(&samples[hop * TC_HOP, channel], channels, x)
                    tc_comfort_analyse(&self._lanes[channel], x)

    def generate(self, uint32_t frames):
        out = np.empty((self._channels, frames), np.int16)
        cdef int16_t[:, ::1] to = out
        cdef Py_ssize_t channel
        if frames:
            with nogil:
                for channel in range(self._channels):
                    tc_comfort_generate(&self._lanes[channel], &to[channel, 0], frames)
        return np.ascontiguousarray(out.T)

    def powers(self):
        """Mean squares of what it would generate."""
        return np.array([
            tc_comfort_power(&self._lanes[channel]) for channel in range(self._channels)])


cdef class Plc:
    """Concealment of losses on any number of channels."""

    cdef tc_plc *_lanes
    cdef Py_ssize_t _channels

    def __cinit__(self, Py_ssize_t channels):
        cdef Py_ssize_t i
        self._channels = channels
        self._lanes = <tc_plc *>aligned(channels * sizeof(tc_plc))
        for i in range(channels):
            tc_plc_init(&self._lanes[i])

    def __dealloc__(self):
        free(self._lanes)

    def feed(self, const int16_t[:, ::1] samples, const uint8_t[:, ::1] lost):
        """`lost`: one row a hop, not 0 where the channel's hop was lost."""
        cdef Py_ssize_t channels = samples.shape[1], hop, channel
        cdef Py_ssize_t hops = _hops(samples.shape[0], channels, self._channels)
        cdef int16_t x[80]
        cdef int16_t y[80]
        if lost.shape[0] != hops or lost.shape[1] != channels:
            raise ValueError(
                f"lost: want shape ({hops}, {channels}), got ({lost.shape[0]}, {lost.shape[1]})")
        out = np.empty((hops * TC_HOP, channels), np.int16)
        cdef int16_t[:, ::1] to = out
        with nogil:
            for hop in range(hops):
                for channel in range(channels):
                    _column(&samples[hop * TC_HOP, channel], channels, x)
                    tc_plc_hop(&self._lanes[channel], NULL if lost[hop, channel] else x, y)
                    _put_column(y, &to[hop * TC_HOP, channel], channels)
        return out


cdef inline void _column(const int16_t *from_, Py_ssize_t stride, int16_t *to) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(TC_HOP):
        to[i] = from_[i * stride]


cdef inline void _put_column(const int16_t *from_, int16_t *to, Py_ssize_t stride) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(TC_HOP):
        to[i * stride] = from_[i]
