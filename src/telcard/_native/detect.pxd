"""What the detectors' C headers offer."""

from libc.stdint cimport int16_t, uint8_t, uint32_t, uint64_t

cdef extern from "dtmf.h" nogil:
    enum:
        TC_GROUP

cdef extern from "mf.h" nogil:
    enum:
        TC_MF_R1
        TC_MF_R2_FORWARD
        TC_MF_R2_BACKWARD
        TC_MF_SIGNALLING
        TC_MF_ON
    ctypedef struct tc_mf_profile:
        uint8_t system
        float floor_dbm0, adjacent_twist_db, twist_db, third_db
        float tolerance, tolerance_hz, share, sure
        float operate_ms, doubt_ms, gap_ms
    ctypedef struct tc_mf_event:
        uint64_t start, decided
        uint32_t frames
        uint8_t lane, kind, signal
        float level_dbm0[2]
        float offset_hz[2]
    ctypedef struct tc_mf:
        pass
    tc_mf_profile tc_mf_profile_default(unsigned system)
    void tc_mf_init(tc_mf *d, const tc_mf_profile *profile)
    void tc_mf_reset(tc_mf *d, unsigned lane)
    unsigned tc_mf_feed(tc_mf *d, const int16_t *x, unsigned n, uint32_t lanes,
                        tc_mf_event *events, unsigned max)
