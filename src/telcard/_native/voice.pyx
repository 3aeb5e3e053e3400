"""Faces of the kernels for voices; people use telcard.dsp.  All take whole hops of 10 ms."""

cimport cython
from libc.stdint cimport int16_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memset

import numpy as np

cdef extern from "<stdlib.h>":
    void *aligned_alloc(size_t, size_t)

cdef extern from "simd.h":
    int tc_simd_force(int level)

cdef extern from "spectrum.h":
    enum:
        TC_GROUP
        TC_HOP

HOP = TC_HOP


def force_simd(level):
    """For tests: this module's kernels run at a level, a number, from now on; -1: the best."""
    return tc_simd_force(level) == 0


cdef void *_take(size_t octets) except NULL:
    """Memory on a cache line, for the kernels that want it so."""
    cdef void *memory = aligned_alloc(64, (octets + 63) // 64 * 64)
    if memory is NULL:
        raise MemoryError
    return memory


cdef Py_ssize_t _hops(Py_ssize_t frames, Py_ssize_t channels, Py_ssize_t wanted) except -1:
    if channels != wanted:
        raise ValueError(f"block: want {wanted} channels, got {channels}")
    if frames % TC_HOP:
        raise ValueError(f"block: want whole hops of {TC_HOP} frames, got {frames}")
    return frames // TC_HOP


cdef inline void _lay(const int16_t *from_, Py_ssize_t stride, Py_ssize_t width, int16_t *to) noexcept nogil:
    """A hop of a group of lanes, from rows of all channels to rows of 16."""
    cdef Py_ssize_t i
    if width < TC_GROUP:
        memset(to, 0, TC_HOP * TC_GROUP * sizeof(int16_t))
    for i in range(TC_HOP):
        memcpy(to + i * TC_GROUP, from_ + i * stride, width * sizeof(int16_t))


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
        self._count = (channels + TC_GROUP - 1) // TC_GROUP
        self._groups = <tc_vad *>_take(self._count * sizeof(tc_vad))
        for i in range(self._count):
            tc_vad_init(&self._groups[i], &limits)

    def __dealloc__(self):
        free(self._groups)

    def feed(self, const int16_t[:, ::1] samples, float[:, ::1] scores):
        """Events, and into `scores` one row a hop."""
        cdef Py_ssize_t channels = samples.shape[1], hop, group, width
        cdef Py_ssize_t hops = _hops(samples.shape[0], channels, self._channels)
        cdef int16_t laid[1280]
        cdef float row[16]
        cdef tc_vad_event events[16]
        cdef tc_vad_event *e
        cdef unsigned found, k
        made = []
        for hop in range(hops):
            for group in range(self._count):
                width = min(TC_GROUP, channels - group * TC_GROUP)
                with nogil:
                    _lay(&samples[hop * TC_HOP, group * TC_GROUP], channels, width, laid)
                    found = tc_vad_hop(&self._groups[group], laid, 0xFFFF, events, row)
                    memcpy(&scores[hop, group * TC_GROUP], row, width * sizeof(float))
                for k in range(found):
                    e = &events[k]
                    if e.lane < width:
                        made.append((
                            group * TC_GROUP + e.lane, e.kind != TC_VAD_ON, e.start, e.frames,
                            e.decided, e.level_dbm0, e.snr_db,
                        ))
        return made

    def reset(self, Py_ssize_t channel):
        if not 0 <= channel < self._channels:
            raise ValueError(f"channel: want 0 to {self._channels - 1}, got {channel}")
        tc_vad_reset(&self._groups[channel // TC_GROUP], channel % TC_GROUP)

    def talking(self):
        talking = np.zeros(self._channels, np.bool_)
        for channel in range(self._channels):
            talking[channel] = (
                tc_vad_talking(&self._groups[channel // TC_GROUP]) >> (channel % TC_GROUP) & 1)
        return talking
