from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "<stdbool.h>" nogil:
    ctypedef unsigned char bool_t "bool"

cdef extern from "fsk.h" nogil:
    enum:
        TC_FSK_LANES
    ctypedef struct tc_fsk_standard:
        double mark_hz, space_hz, baud, band_hz, floor_dbm0, on_ms, off_ms, neighbours
    ctypedef struct tc_fsk_framing:
        uint8_t data, parity, raw
    ctypedef struct tc_fsk_event:
        uint8_t lane, kind
    ctypedef struct tc_fsk_plan:
        pass
    ctypedef struct tc_fsk:
        pass
    void tc_fsk_plan_init(tc_fsk_plan *, const tc_fsk_standard *)
    void tc_fsk_init(tc_fsk *, const tc_fsk_plan *)
    void tc_fsk_reset(tc_fsk *, unsigned, tc_fsk_framing)
    unsigned tc_fsk_feed(tc_fsk *, const int16_t *, unsigned, uint32_t, tc_fsk_event *, unsigned)

cdef extern from "ring.h" nogil:
    ctypedef struct tc_ring:
        pass
    bint tc_ring_waits(const tc_ring *)
    const void *tc_ring_front(tc_ring *)
    void tc_ring_pop(tc_ring *)

cdef extern from "fax_lane.h" nogil:
    enum:
        TC_FAX_MODES
        TC_FAX_PHASES
        TC_FAX_FRAME_MOST
    tc_fsk_framing TC_FAX_SLOW_FRAMING
    ctypedef enum tc_fax_mode:
        pass
    ctypedef struct tc_fax_plan:
        pass
    ctypedef struct tc_fax_plans:
        tc_fax_plan *plan
    void tc_fax_plan_init(tc_fax_plan *, tc_fax_mode)

    ctypedef struct tc_fax_wish:
        uint8_t mode, short_train, content, after_dcs
    ctypedef struct tc_fax_told:
        uint64_t sample
        uint32_t count, bad, longest, second, program
        float snr_db, level_dbm0, offset_hz
        uint16_t slips, length
        uint8_t kind, mode, trained, phase
        uint8_t *octets
    ctypedef struct tc_fax_ear:
        uint64_t heard

    ctypedef struct tc_fax_phase:
        uint8_t kind, mode, short_train, calling_tone
        tc_fax_wish wish
        uint32_t samples
        const uint8_t *octets
        size_t length
    ctypedef struct tc_fax_program:
        uint32_t number, count
        tc_fax_phase *phase
    ctypedef struct tc_fax_manner:
        double level_dbm0
        bint echo_tone
    ctypedef struct tc_fax_lane:
        uint64_t sent
        uint32_t running
        tc_fax_ear ear
        tc_ring told
    int tc_fax_lane_init(tc_fax_lane *, const tc_fax_manner *, const tc_fax_plans *)
    void tc_fax_lane_free(tc_fax_lane *)
    bint tc_fax_lane_run(tc_fax_lane *, const tc_fax_program *)
    bint tc_fax_lane_attend(tc_fax_lane *, bool_t *)
    void tc_fax_lane_hear(tc_fax_lane *, const int16_t *, unsigned, const tc_fsk_event *, unsigned,
                          unsigned)
    void tc_fax_lane_make(tc_fax_lane *, int16_t *, size_t)


cdef class Plans:
    cdef tc_fax_plans *fast
    cdef tc_fsk_plan slow


cdef class Lane:
    cdef tc_fax_lane *lane
    cdef tc_fsk *slow
    cdef Plans plans
    cdef list programs  # that the lane may still read
    cdef int16_t step[40]
    cdef unsigned fill
    cdef public int64_t due  # the time when whoever has it wants to be asked

    cdef int hear_alone(self) except -1
    cdef Py_ssize_t hear_some(self, const int16_t *, Py_ssize_t, Py_ssize_t) noexcept nogil
    cdef Py_ssize_t make_some(self, int16_t *, Py_ssize_t, Py_ssize_t) noexcept nogil
    cdef int64_t now(self) noexcept nogil
    cdef bint is_asking(self) noexcept nogil
