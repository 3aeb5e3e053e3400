"""What the modems' faces share with the engine: receivers in groups, and the data link."""

from libc.stdint cimport int16_t, int32_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "fsk.h" nogil:
    enum:
        TC_FSK_LANES
        TC_FSK_LEAST_BLOCK
        TC_FSK_CARRIER
        TC_FSK_OCTET
    ctypedef struct tc_fsk_standard:
        double mark_hz, space_hz, baud, band_hz, floor_dbm0, on_ms, off_ms, neighbours
    ctypedef struct tc_fsk_framing:
        uint8_t data, parity, raw
    ctypedef struct tc_fsk_event:
        uint64_t start, decided
        int32_t value
        uint16_t block
        uint8_t lane, kind
    ctypedef struct tc_fsk_plan:
        pass
    ctypedef struct tc_fsk:
        pass
    void tc_fsk_plan_init(tc_fsk_plan *, const tc_fsk_standard *)
    void tc_fsk_init(tc_fsk *, const tc_fsk_plan *)
    void tc_fsk_reset(tc_fsk *, unsigned, tc_fsk_framing)
    unsigned tc_fsk_feed(tc_fsk *, const int16_t *, unsigned, uint32_t, tc_fsk_event *, unsigned)
    bint tc_fsk_marks(const tc_fsk *, unsigned)

cdef extern from "ring.h" nogil:
    ctypedef struct tc_ring:
        pass
    uint64_t tc_ring_room(tc_ring *)
    void *tc_ring_try(tc_ring *)
    void tc_ring_publish(tc_ring *)
    const void *tc_ring_front(tc_ring *)
    void tc_ring_pop(tc_ring *)
    uint64_t tc_ring_lost(const tc_ring *)

cdef extern from "link.h" nogil:
    enum:
        TC_LINK_STRETCH
        TC_LINK_DATA
        TC_LINK_OVER
    ctypedef struct tc_link_plan:
        uint32_t quiet, tone, pause, carrier, settle, lost, idle, ready, trail, turn, deaf
        uint8_t half, follows, awaits
        float tone_hz, level_dbm0
    ctypedef struct tc_link:
        tc_fsk_framing framing
        uint64_t now
        uint8_t phase, why, carrier, closing
        uint32_t framing_errors, parity_errors, breaks
        int32_t level
        tc_ring to_send, received
    int tc_link_init(tc_link *, const tc_link_plan *, const tc_fsk_standard *, tc_fsk_framing,
                     uint8_t, uint32_t)
    void tc_link_free(tc_link *)
    void tc_link_hear(tc_link *, const tc_fsk_event *, unsigned, unsigned, bint)
    bint tc_link_make(tc_link *, int16_t *, uint32_t)


ctypedef struct Span:
    tc_fsk_event *next
    tc_fsk_event *end


cdef class Fsk:
    cdef tc_fsk_plan plan
    cdef tc_fsk *groups
    cdef tc_fsk_event *found  # in a stretch, by all groups
    cdef Span *spans          # each group's
    cdef Py_ssize_t channels, count


cdef class Link:
    cdef tc_link *link
    cdef readonly unsigned data, parity
