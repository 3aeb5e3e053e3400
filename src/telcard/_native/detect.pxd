"""What the detectors' C headers offer."""

from libc.stdint cimport int16_t, uint8_t, uint32_t, uint64_t

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

cdef extern from "steady.h" nogil:
    enum:
        TC_STEADY_ON

    ctypedef struct tc_steady_tone:
        float hz[2]
        float dbm0[2]
        float purity
        uint8_t sines

    ctypedef struct tc_steady_profile:
        float floor_dbm0, purity, hole_ms

    ctypedef struct tc_steady_event:
        uint64_t start, decided
        uint32_t frames
        uint8_t lane, kind
        tc_steady_tone tone

    ctypedef struct tc_steady:
        pass

    void tc_steady_init(tc_steady *, const tc_steady_profile *)
    void tc_steady_reset(tc_steady *, unsigned)
    unsigned tc_steady_feed(
        tc_steady *, const int16_t *, unsigned, uint32_t, tc_steady_event *, unsigned)

cdef extern from "templates.h" nogil:
    enum:
        TC_TEMPLATE_ON
        TC_TEMPLATE_BURSTS
        TC_TEMPLATE_STRETCHES
        TC_TEMPLATES_MOST

    ctypedef struct tc_template_length:
        uint32_t least, most

    ctypedef struct tc_template:
        float hz[TC_TEMPLATE_BURSTS][2]
        float deviation[TC_TEMPLATE_BURSTS][2]
        float floor_dbm0, ceiling_dbm0, twist_db
        uint32_t bursts, repetitions, trailing
        tc_template_length on[TC_TEMPLATE_BURSTS]
        tc_template_length off[TC_TEMPLATE_BURSTS]

    ctypedef struct tc_template_event:
        uint64_t start, decided, frames
        uint8_t lane, kind, index
        tc_steady_tone tone

    ctypedef struct tc_templates:
        pass

    void tc_templates_init(
        tc_templates *, const tc_template *, unsigned, const tc_steady_profile *)
    void tc_templates_reset(tc_templates *, unsigned)
    unsigned tc_templates_feed(
        tc_templates *, const int16_t *, unsigned, uint32_t, tc_template_event *, unsigned)

cdef class Templates:
    cdef tc_templates *groups
    cdef tc_template templates[TC_TEMPLATES_MOST]
    cdef Py_ssize_t channels, count
    cdef tc_template_event *events
    cdef unsigned most


cdef extern from "fax_tones.h" nogil:
    enum:
        TC_FAX_CNG
        TC_FAX_ANS
        TC_FAX_ANSAM
        TC_FAX_2225
        TC_FAX_V21
        TC_FAX_ON
        TC_FAX_REVERSES
        TC_FAX_OFF
        TC_FAX_DISABLE
        TC_FAX_RELEASE
    ctypedef struct tc_fax_profile:
        float floor_dbm0, share, cng_ms, answer_ms, flags
    ctypedef struct tc_fax_event:
        uint64_t start, decided
        uint32_t frames
        uint8_t lane, kind, tone, reversals
        float level_dbm0, hz
    ctypedef struct tc_fax_tones:
        pass
    tc_fax_profile tc_fax_profile_default()
    void tc_fax_tones_init(tc_fax_tones *d, const tc_fax_profile *profile)
    void tc_fax_tones_reset(tc_fax_tones *d, unsigned lane)
    unsigned tc_fax_tones_feed(tc_fax_tones *d, const int16_t *x, unsigned n, uint32_t lanes,
                               tc_fax_event *events, unsigned max)
    uint32_t tc_fax_tones_disabled(const tc_fax_tones *d)
