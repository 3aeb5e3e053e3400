"""What the HDLC headers offer."""

from libc.stdint cimport uint8_t, uint16_t, uint64_t

cdef extern from "hdlc.h" nogil:
    enum:
        TC_HDLC_MOST
    ctypedef struct tc_hdlc_sender:
        pass
    ctypedef struct tc_hdlc_counts:
        uint64_t good, fcs_errors, aborts, too_long, too_short, misaligned
    ctypedef struct tc_hdlc_receiver:
        tc_hdlc_counts counts
        uint8_t octets[512]
    uint16_t tc_hdlc_fcs(const uint8_t *octets, size_t length)
    void tc_hdlc_sender_init(tc_hdlc_sender *sender, unsigned width, bint marks)
    bint tc_hdlc_wants(const tc_hdlc_sender *sender)
    void tc_hdlc_give(tc_hdlc_sender *sender, const uint8_t *frame, size_t length)
    void tc_hdlc_abort(tc_hdlc_sender *sender)
    size_t tc_hdlc_make(tc_hdlc_sender *sender, uint8_t *octets, size_t n)
    void tc_hdlc_receiver_init(tc_hdlc_receiver *receiver, unsigned width, unsigned least,
                               unsigned most)
    size_t tc_hdlc_hear(tc_hdlc_receiver *receiver, const uint8_t *octets, size_t n,
                        size_t *found)

cdef extern from "ring.h" nogil:
    ctypedef struct tc_ring:
        pass
    uint64_t tc_ring_room(tc_ring *ring)
    uint64_t tc_ring_capacity(const tc_ring *ring)
    const void *tc_ring_front(tc_ring *ring)
    void tc_ring_pop(tc_ring *ring)
    uint64_t tc_ring_lost(const tc_ring *ring)

cdef extern from "dchannel.h" nogil:
    enum:
        TC_DCHANNEL_FRAMES
    ctypedef struct tc_dframe:
        uint16_t length
        uint8_t octets[510]
    ctypedef struct tc_dchannel:
        tc_ring to_send, received
        tc_hdlc_receiver receiver
        uint64_t sent
    int tc_dchannel_init(tc_dchannel *channel, unsigned width, bint marks, unsigned least,
                         unsigned most)
    void tc_dchannel_free(tc_dchannel *channel)
    bint tc_dchannel_give(tc_dchannel *channel, const uint8_t *frame, size_t length)


cdef class Channel:
    cdef tc_dchannel *channel
