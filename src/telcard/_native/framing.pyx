"""Faces of the framers of E1 and T1 lines, many spans a call; people use telcard.signalling.framing."""

cimport cython
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

import numpy as np

cdef extern from "e1.h" nogil:
    enum:
        TC_E1_LOS
        TC_E1_LFA
        TC_E1_AIS
        TC_E1_RAI
        TC_E1_LMFA
        TC_E1_CAS_LMFA
        TC_E1_CAS_AIS
        TC_E1_CAS_RAI

    ctypedef struct tc_e1tx:
        uint8_t crc4, cas, rai, cas_rai, sa, spare, crc_heard, number
        uint32_t owed
        uint8_t abcd[32]

    void tc_e1tx_init(tc_e1tx *, int, int)
    void tc_e1tx_feed(tc_e1tx *, uint8_t (*)[32], size_t)

    ctypedef struct tc_e1_counts:
        uint64_t frames, fas_errors, crc_blocks, crc_errors, e_errors
        uint64_t losses, crc_losses, cas_losses

    ctypedef struct tc_e1rx:
        uint8_t alarms, aligned, multi, interworking, cas_aligned, sa, spare
        uint8_t abcd[32]
        uint32_t owed
        tc_e1_counts counts

    void tc_e1rx_init(tc_e1rx *, int, int)
    size_t tc_e1rx_feed(tc_e1rx *, const uint8_t *, size_t, uint8_t (*)[32])
    uint8_t tc_e1_crc4(uint8_t, const uint8_t *)


cdef extern from "t1.h" nogil:
    enum:
        TC_T1_NO_MESSAGE

    ctypedef struct tc_t1tx:
        uint8_t rai, message
        uint8_t abcd[25]

    void tc_t1tx_init(tc_t1tx *, int, int)
    size_t tc_t1tx_feed(tc_t1tx *, uint8_t (*)[24], size_t, uint8_t *)
    size_t TC_T1_OCTETS(size_t)

    ctypedef struct tc_t1_counts:
        uint64_t frames, framing_errors, crc_blocks, crc_errors, losses, crc_losses

    ctypedef struct tc_t1rx:
        uint8_t alarms, aligned, message
        uint8_t abcd[25]
        tc_t1_counts counts

    void tc_t1rx_init(tc_t1rx *, int, int, unsigned, unsigned)
    size_t tc_t1rx_feed(tc_t1rx *, const uint8_t *, size_t, uint8_t (*)[24])
    uint8_t tc_t1_crc6(uint8_t, const uint8_t *)

NO_MESSAGE = TC_T1_NO_MESSAGE
ALARMS = {
    "LOS": TC_E1_LOS,
    "LFA": TC_E1_LFA,
    "AIS": TC_E1_AIS,
    "RAI": TC_E1_RAI,
    "LMFA": TC_E1_LMFA,
    "CAS_LMFA": TC_E1_CAS_LMFA,
    "CAS_AIS": TC_E1_CAS_AIS,
    "CAS_RAI": TC_E1_CAS_RAI,
}


def e1_crc4(const uint8_t[:, ::1] frames, uint8_t crc):
    """CRC-4 of frames of 32 octets, one after another."""
    cdef Py_ssize_t i
    for i in range(frames.shape[0]):
        crc = tc_e1_crc4(crc, &frames[i, 0])
    return crc


ctypedef size_t (*Take)(void *, const uint8_t *, size_t, void *) noexcept nogil


cdef class _Ends:
    """Memory of so many ends of lines, each of the same size."""

    cdef readonly Py_ssize_t spans
    cdef char *memory
    cdef size_t size

    cdef int make(self, Py_ssize_t spans, size_t size) except -1:
        self.spans, self.size = spans, size
        self.memory = <char *>calloc(spans, size)
        if self.memory is NULL:
            raise MemoryError
        return 0

    def __dealloc__(self):
        free(self.memory)


cdef class _Receivers(_Ends):
    """Receivers of lines whose frames are of `bits` bits, `octets` octets among them."""

    cdef Take take
    cdef Py_ssize_t bits_of_frame, width

    def feed(self, const uint8_t[:, ::1] octets):
        """(spans, count); a list of the frames of each, (n, octets of a frame)."""
        cdef Py_ssize_t span, count = octets.shape[1], width = self.width
        made = np.empty((self.spans, count * 8 // self.bits_of_frame + 1, width), np.uint8)
        counts = np.zeros(self.spans, np.intp)
        cdef uint8_t[:, :, ::1] frames = made
        cdef Py_ssize_t[::1] completed = counts
        if count:
            with nogil:
                for span in range(self.spans):
                    completed[span] = self.take(self.memory + span * self.size, &octets[span, 0],
                                                count, &frames[span, 0, 0])
        return [made[span, :n] for span, n in enumerate(counts)]


cdef size_t take_e1(void *rx, const uint8_t *octets, size_t count, void *frames) noexcept nogil:
    return tc_e1rx_feed(<tc_e1rx *>rx, octets, count, <uint8_t (*)[32]>frames)


cdef size_t take_t1(void *rx, const uint8_t *octets, size_t count, void *frames) noexcept nogil:
    return tc_t1rx_feed(<tc_t1rx *>rx, octets, count, <uint8_t (*)[24]>frames)


@cython.final
cdef class E1Tx(_Ends):
    """Senders of frames, one a span."""

    cdef tc_e1tx *tx

    def __cinit__(self, Py_ssize_t spans, bint crc4, bint cas):
        self.make(spans, sizeof(tc_e1tx))
        self.tx = <tc_e1tx *>self.memory
        for span in range(spans):
            tc_e1tx_init(&self.tx[span], crc4, cas)

    def feed(self, uint8_t[:, :, ::1] frames):
        """(spans, n, 32), completed in place."""
        cdef Py_ssize_t span, n = frames.shape[1]
        if n:
            with nogil:
                for span in range(self.spans):
                    tc_e1tx_feed(&self.tx[span], <uint8_t (*)[32]>&frames[span, 0, 0], n)

    def set_bits(self, Py_ssize_t span, const uint8_t[::1] abcd):
        cdef Py_ssize_t i
        for i in range(32):
            self.tx[span].abcd[i] = abcd[i] & 15

    def set_remote(self, Py_ssize_t span, bint rai, bint cas_rai):
        self.tx[span].rai, self.tx[span].cas_rai = rai, cas_rai

    def set_spare(self, Py_ssize_t span, unsigned sa):
        self.tx[span].sa = <uint8_t>sa

    def set_blocks(self, Py_ssize_t span, bint heard, uint32_t errored):
        self.tx[span].crc_heard = heard
        self.tx[span].owed += errored


@cython.final
cdef class E1Rx(_Receivers):
    """Receivers of lines, one a span."""

    cdef tc_e1rx *rx

    def __cinit__(self, Py_ssize_t spans, bint crc4, bint cas):
        self.make(spans, sizeof(tc_e1rx))
        self.rx = <tc_e1rx *>self.memory
        self.take, self.bits_of_frame, self.width = take_e1, 256, 32
        for span in range(spans):
            tc_e1rx_init(&self.rx[span], crc4, cas)

    def state(self, Py_ssize_t span):
        """(alarms, aligned, multiframe, interworking, CAS multiframe, Sa)."""
        cdef tc_e1rx *rx = &self.rx[span]
        return (rx.alarms, bool(rx.aligned), bool(rx.multi), bool(rx.interworking),
                bool(rx.cas_aligned), rx.sa)

    def counts(self, Py_ssize_t span):
        """A dict."""
        return self.rx[span].counts

    def bits(self, Py_ssize_t span):
        """ABCD of the last whole multiframe, by timeslot."""
        return bytes(self.rx[span].abcd[:32])

    def take_errored(self, Py_ssize_t span):
        """Blocks found errored since this was asked last."""
        owed = self.rx[span].owed
        self.rx[span].owed = 0
        return owed


def t1_crc6(const uint8_t[:, ::1] frames, uint8_t crc):
    """CRC-6 of frames of 24 octets, one after another, their framing bits taken as 1."""
    cdef Py_ssize_t i
    for i in range(frames.shape[0]):
        crc = tc_t1_crc6(crc, &frames[i, 0])
    return crc


@cython.final
cdef class T1Tx(_Ends):
    """Senders of frames, one a span."""

    cdef tc_t1tx *tx

    def __cinit__(self, Py_ssize_t spans, bint esf, bint robs):
        self.make(spans, sizeof(tc_t1tx))
        self.tx = <tc_t1tx *>self.memory
        for span in range(spans):
            tc_t1tx_init(&self.tx[span], esf, robs)

    def feed(self, uint8_t[:, :, ::1] frames):
        """(spans, n, 24), robbed in place; the octets of the lines, (spans, count)."""
        cdef Py_ssize_t span, n = frames.shape[1]
        cdef size_t count = 0
        made = np.empty((self.spans, TC_T1_OCTETS(n)), np.uint8)
        cdef uint8_t[:, ::1] octets = made
        if n:
            with nogil:
                for span in range(self.spans):  # they have sent as many bits, all of them
                    count = tc_t1tx_feed(&self.tx[span], <uint8_t (*)[24]>&frames[span, 0, 0], n,
                                         &octets[span, 0])
        return made[:, :count]

    def set_bits(self, Py_ssize_t span, Py_ssize_t channel, uint8_t abcd):
        self.tx[span].abcd[channel] = abcd

    def set_remote(self, Py_ssize_t span, bint rai):
        self.tx[span].rai = rai

    def set_message(self, Py_ssize_t span, uint8_t message):
        self.tx[span].message = message


@cython.final
cdef class T1Rx(_Receivers):
    """Receivers of lines, one a span."""

    cdef tc_t1rx *rx

    def __cinit__(self, Py_ssize_t spans, bint esf, bint robs, unsigned errors, unsigned of):
        self.make(spans, sizeof(tc_t1rx))
        self.rx = <tc_t1rx *>self.memory
        self.take, self.bits_of_frame, self.width = take_t1, 193, 24
        for span in range(spans):
            tc_t1rx_init(&self.rx[span], esf, robs, errors, of)

    def state(self, Py_ssize_t span):
        """(alarms, aligned, message)."""
        cdef tc_t1rx *rx = &self.rx[span]
        return rx.alarms, bool(rx.aligned), rx.message

    def counts(self, Py_ssize_t span):
        """A dict."""
        return self.rx[span].counts

    def bits(self, Py_ssize_t span):
        """ABCD of the last whole superframe, by channel."""
        return bytes(self.rx[span].abcd[:25])
