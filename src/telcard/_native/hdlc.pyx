"""Faces of HDLC: many channels by themselves, and the frames of a D-channel in an engine."""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.stdlib cimport free

from telcard._native.hdlc cimport *

cdef extern from "stdlib.h" nogil:
    void *aligned_alloc(size_t alignment, size_t size)

MOST = TC_HDLC_MOST
RING_FRAMES = TC_DCHANNEL_FRAMES


def fcs(const uint8_t[::1] octets):
    """FCS-16 of X.25; its lower octet is sent first."""
    return tc_hdlc_fcs(&octets[0] if octets.shape[0] else NULL, octets.shape[0])


def bits(const uint8_t[::1] octets):
    """Bits of a frame and its FCS on the line, a 0 behind every five 1s, without flags."""
    cdef Py_ssize_t at, length = octets.shape[0]
    cdef uint16_t check = tc_hdlc_fcs(&octets[0] if length else NULL, length)
    cdef unsigned octet, place, run = 0, count = 0
    for at in range(length + 2):
        octet = octets[at] if at < length else (check >> 8 * (at - length)) & 0xFF
        for place in range(8):
            run = run + 1 if octet >> place & 1 else 0
            count += 1
            if run == 5:
                count += 1
                run = 0
    return count


cdef tuple counts_of(const tc_hdlc_receiver *receiver):
    cdef const tc_hdlc_counts *counts = &receiver.counts
    return (counts.good, counts.fcs_errors, counts.aborts, counts.too_long, counts.too_short,
            counts.misaligned)


@cython.final
cdef class Sender:
    """Senders of any number of channels, each with a queue of frames."""

    cdef tc_hdlc_sender *senders
    cdef Py_ssize_t channels
    cdef list queues  # by channel: frames, of which the first is being sent

    def __cinit__(self, Py_ssize_t channels, unsigned width, bint marks):
        cdef Py_ssize_t i
        self.channels = channels
        self.queues = [[] for _ in range(channels)]
        self.senders = <tc_hdlc_sender *> PyMem_Calloc(channels, sizeof(tc_hdlc_sender))
        if self.senders is NULL:
            raise MemoryError
        for i in range(channels):
            tc_hdlc_sender_init(&self.senders[i], width, marks)

    def __dealloc__(self):
        PyMem_Free(self.senders)

    def give(self, Py_ssize_t channel, bytes frame):
        """Queue a frame."""
        (<list> self.queues[channel]).append(frame)

    def abort(self, Py_ssize_t channel):
        """Break off the frame that is being sent; whether there was one."""
        cdef list queue = <list> self.queues[channel]
        if tc_hdlc_wants(&self.senders[channel]):
            return False
        tc_hdlc_abort(&self.senders[channel])
        del queue[0]
        return True

    def waiting(self, Py_ssize_t channel):
        """Frames that have not ended yet."""
        return len(<list> self.queues[channel])

    def make(self, uint8_t[:, ::1] out):
        """The next octets of every channel, a row each."""
        cdef Py_ssize_t channel, n = out.shape[1]
        for channel in range(self.channels):
            if n:
                self.make_one(channel, &out[channel, 0], n)

    cdef int make_one(self, Py_ssize_t channel, uint8_t *out, Py_ssize_t n) except -1:
        cdef tc_hdlc_sender *sender = &self.senders[channel]
        cdef list queue = <list> self.queues[channel]
        cdef Py_ssize_t made = 0
        cdef bint sending
        cdef bytes frame
        while made < n:
            if tc_hdlc_wants(sender) and queue:
                frame = <bytes> queue[0]
                tc_hdlc_give(sender, <const uint8_t *> (<const char *> frame), len(frame))
            sending = not tc_hdlc_wants(sender)
            made += tc_hdlc_make(sender, out + made, n - made)
            if sending and tc_hdlc_wants(sender):
                del queue[0]
        return 0


@cython.final
cdef class Receiver:
    """Receivers of any number of channels."""

    cdef tc_hdlc_receiver *receivers
    cdef Py_ssize_t channels

    def __cinit__(self, Py_ssize_t channels, unsigned width, unsigned least, unsigned most):
        cdef Py_ssize_t i
        self.channels = channels
        self.receivers = <tc_hdlc_receiver *> PyMem_Calloc(channels, sizeof(tc_hdlc_receiver))
        if self.receivers is NULL:
            raise MemoryError
        for i in range(channels):
            tc_hdlc_receiver_init(&self.receivers[i], width, least, most)

    def __dealloc__(self):
        PyMem_Free(self.receivers)

    def hear(self, const uint8_t[:, ::1] octets):
        """[(channel, frame)], by channel and in order."""
        cdef Py_ssize_t channel, at, n = octets.shape[1]
        cdef tc_hdlc_receiver *receiver
        cdef size_t found
        cdef list frames = []
        for channel in range(self.channels):
            receiver = &self.receivers[channel]
            at = 0
            while at < n:
                at += tc_hdlc_hear(receiver, &octets[channel, at], n - at, &found)
                if found:
                    frames.append(
                        (channel, PyBytes_FromStringAndSize(<char *> receiver.octets, found)))
        return frames

    def counts(self, Py_ssize_t channel):
        """(good, FCS errors, aborts, too long, too short, misaligned)."""
        return counts_of(&self.receivers[channel])


cdef class Channel:
    """A D-channel's memory: frames to its rings, and its counters; `telcard.engine` runs it."""

    def __cinit__(self, unsigned width, bint marks, unsigned least, unsigned most):
        cdef size_t size = (sizeof(tc_dchannel) + 63) // 64 * 64
        self.channel = <tc_dchannel *> aligned_alloc(64, size)
        if self.channel is NULL:
            raise MemoryError("D-channel")
        if tc_dchannel_init(self.channel, width, marks, least, most) != 0:
            free(self.channel)
            self.channel = NULL
            raise MemoryError("D-channel")

    def __dealloc__(self):
        if self.channel is not NULL:
            tc_dchannel_free(self.channel)
            free(self.channel)

    def send(self, const uint8_t[::1] frame):
        """False: the ring is full."""
        return tc_dchannel_give(self.channel, &frame[0], frame.shape[0])

    def waiting(self):
        """Frames that have not ended yet."""
        return tc_ring_capacity(&self.channel.to_send) - tc_ring_room(&self.channel.to_send)

    def read(self):
        """The frames that have come, as many as a ring holds at most."""
        cdef list frames = []
        cdef const tc_dframe *frame
        while len(frames) < TC_DCHANNEL_FRAMES:
            frame = <const tc_dframe *> tc_ring_front(&self.channel.received)
            if frame is NULL:
                break
            frames.append(PyBytes_FromStringAndSize(<const char *> frame.octets, frame.length))
            tc_ring_pop(&self.channel.received)
        return frames

    def counts(self):
        """(sent, refused, good, FCS errors, aborts, too long, too short, misaligned, lost)."""
        cdef tc_dchannel *channel = self.channel
        return (channel.sent, tc_ring_lost(&channel.to_send), *counts_of(&channel.receiver),
                tc_ring_lost(&channel.received))
