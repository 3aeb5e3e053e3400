"""Faces of the codecs with a memory: ADPCM and G.726; people use telcard.dsp."""

cimport cython
from libc.stdint cimport uint8_t

import numpy as np

include "levels.pxi"
include "groups.pxi"

cdef extern from "adpcm.h":
    enum:
        TC_ADPCM_DIALOGIC
        TC_ADPCM_OKI
        TC_ADPCM_IMA

    ctypedef struct tc_adpcm:
        pass

    void tc_adpcm_reset(tc_adpcm *, unsigned)
    void tc_adpcm_encode(tc_adpcm *, int, const int16_t *, uint8_t *, size_t, unsigned) nogil
    void tc_adpcm_decode(tc_adpcm *, int, const uint8_t *, int16_t *, size_t, unsigned) nogil

cdef extern from "g726.h":
    enum:
        TC_G726_ALAW
        TC_G726_ULAW

    ctypedef struct tc_g726:
        pass

    void tc_g726_reset(tc_g726 *, unsigned)
    void tc_g726_encode(tc_g726 *, unsigned, const int16_t *, uint8_t *, size_t, unsigned) nogil
    void tc_g726_decode(tc_g726 *, unsigned, const uint8_t *, int16_t *, size_t, unsigned) nogil
    void tc_g726_decode_law(
        tc_g726 *, unsigned, int, const uint8_t *, uint8_t *, size_t, unsigned) nogil

cdef extern from "bitpack.h":
    void tc_bitpack(const uint8_t *, size_t, unsigned, int, uint8_t *) nogil
    void tc_bitunpack(const uint8_t *, size_t, unsigned, int, uint8_t *) nogil

ADPCM = {"dialogic": TC_ADPCM_DIALOGIC, "oki": TC_ADPCM_OKI, "ima": TC_ADPCM_IMA}


cdef void _gather(const uint8_t *source, uint8_t *group, Py_ssize_t n, Py_ssize_t stride,
                  Py_ssize_t width, Py_ssize_t size) noexcept nogil:
    """`width` columns of a wider table as a group of 16; items of so many octets."""
    cdef Py_ssize_t i
    if width < LANES:
        memset(group, 0, n * LANES * size)
    for i in range(n):
        memcpy(group + i * LANES * size, source + i * stride * size, width * size)


cdef void _scatter(const uint8_t *group, uint8_t *target, Py_ssize_t n, Py_ssize_t stride,
                   Py_ssize_t width, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        memcpy(target + i * stride * size, group + i * LANES * size, width * size)


cdef class _Codec:
    """What both have in common: channels in groups of 16, worked on stretch by stretch."""

    cdef readonly Py_ssize_t channels
    cdef Py_ssize_t _count
    cdef uint8_t *_groups

    def __dealloc__(self):
        free(self._groups)

    cdef int _allocate(self, Py_ssize_t channels, size_t size) except -1:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self._count = groups_of(channels)
        self._groups = <uint8_t *>aligned(self._count * size)
        return 0

    cdef void _work(self, Py_ssize_t group, int work, const void *source, void *target,
                    Py_ssize_t n, unsigned lanes) noexcept nogil:
        pass

    cdef object _run(self, int work, const uint8_t *source, uint8_t *target, Py_ssize_t frames,
                     Py_ssize_t size_in, Py_ssize_t size_out):
        cdef Py_ssize_t at, group, n, width, channels = self.channels
        cdef uint8_t taken[STRETCH * LANES * 2]
        cdef uint8_t given[STRETCH * LANES * 2]
        with nogil:
            if channels == 1:
                self._work(0, work, source, target, frames, 1)
            else:
                at = 0
                while at < frames:
                    n = min(frames - at, <Py_ssize_t>STRETCH)
                    for group in range(self._count):
                        width = min(LANES, channels - group * LANES)
                        _gather(source + (at * channels + group * LANES) * size_in, taken, n,
                                channels, width, size_in)
                        self._work(group, work, taken, given, n, LANES)
                        _scatter(given, target + (at * channels + group * LANES) * size_out, n,
                                 channels, width, size_out)
                    at += n

    def encode(self, const int16_t[:, ::1] pcm):
        cdef Py_ssize_t frames = pcm.shape[0]
        check_channels(pcm.shape[1], self.channels)
        made = np.empty((frames, self.channels), np.uint8)
        cdef uint8_t[:, ::1] codes = made
        if frames:
            self._run(0, <const uint8_t *>&pcm[0, 0], &codes[0, 0], frames, 2, 1)
        return made

    def decode(self, const uint8_t[:, ::1] codes):
        cdef Py_ssize_t frames = codes.shape[0]
        check_channels(codes.shape[1], self.channels)
        made = np.empty((frames, self.channels), np.int16)
        cdef int16_t[:, ::1] pcm = made
        if frames:
            self._run(1, &codes[0, 0], <uint8_t *>&pcm[0, 0], frames, 1, 2)
        return made


@cython.final
cdef class Adpcm(_Codec):
    """ADPCM of a kind (`ADPCM`); one object either encodes or decodes."""

    cdef int _kind

    def __cinit__(self, kind, Py_ssize_t channels):
        self._kind = ADPCM[kind]
        self._allocate(channels, sizeof(tc_adpcm))
        for channel in range(self._count * LANES):
            tc_adpcm_reset(&(<tc_adpcm *>self._groups)[channel // LANES], channel % LANES)

    cdef void _work(self, Py_ssize_t group, int work, const void *source, void *target,
                    Py_ssize_t n, unsigned lanes) noexcept nogil:
        cdef tc_adpcm *s = &(<tc_adpcm *>self._groups)[group]
        if work == 0:
            tc_adpcm_encode(s, self._kind, <const int16_t *>source, <uint8_t *>target, n, lanes)
        else:
            tc_adpcm_decode(s, self._kind, <const uint8_t *>source, <int16_t *>target, n, lanes)

    def reset(self, Py_ssize_t channel):
        check_channel(channel, self.channels)
        tc_adpcm_reset(&(<tc_adpcm *>self._groups)[channel // LANES], channel % LANES)


@cython.final
cdef class G726(_Codec):
    """G.726 with codes of 2 to 5 bits; one object either encodes or decodes."""

    cdef unsigned _bits

    def __cinit__(self, unsigned bits, Py_ssize_t channels):
        if not 2 <= bits <= 5:
            raise ValueError(f"bits: want 2 to 5, got {bits}")
        self._bits = bits
        self._allocate(channels, sizeof(tc_g726))
        for channel in range(self._count * LANES):
            tc_g726_reset(&(<tc_g726 *>self._groups)[channel // LANES], channel % LANES)

    cdef void _work(self, Py_ssize_t group, int work, const void *source, void *target,
                    Py_ssize_t n, unsigned lanes) noexcept nogil:
        cdef tc_g726 *s = &(<tc_g726 *>self._groups)[group]
        if work == 0:
            tc_g726_encode(s, self._bits, <const int16_t *>source, <uint8_t *>target, n, lanes)
        elif work == 1:
            tc_g726_decode(s, self._bits, <const uint8_t *>source, <int16_t *>target, n, lanes)
        else:
            tc_g726_decode_law(s, self._bits, TC_G726_ALAW if work == 2 else TC_G726_ULAW,
                               <const uint8_t *>source, <uint8_t *>target, n, lanes)

    def decode_law(self, const uint8_t[:, ::1] codes, bint ulaw):
        cdef Py_ssize_t frames = codes.shape[0]
        check_channels(codes.shape[1], self.channels)
        made = np.empty((frames, self.channels), np.uint8)
        cdef uint8_t[:, ::1] octets = made
        if frames:
            self._run(3 if ulaw else 2, &codes[0, 0], &octets[0, 0], frames, 1, 1)
        return made

    def reset(self, Py_ssize_t channel):
        check_channel(channel, self.channels)
        tc_g726_reset(&(<tc_g726 *>self._groups)[channel // LANES], channel % LANES)


def pack(const uint8_t[::1] codes, unsigned bits, bint big):
    cdef Py_ssize_t n = codes.shape[0]
    made = np.zeros((n * bits + 7) // 8, np.uint8)
    cdef uint8_t[::1] octets = made
    if n:
        with nogil:
            tc_bitpack(&codes[0], n, bits, big, &octets[0])
    return made


def unpack(const uint8_t[::1] octets, unsigned bits, bint big):
    cdef Py_ssize_t n = octets.shape[0] * 8 // bits
    made = np.empty(n, np.uint8)
    cdef uint8_t[::1] codes = made
    if n:
        with nogil:
            tc_bitunpack(&octets[0], n, bits, big, &codes[0])
    return made
