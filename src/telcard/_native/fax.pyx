"""Faces of the fast fax modems."""

from libc.stdint cimport int16_t, uint8_t

include "levels.pxi"


# ---------------------------------------------------------------- sending

cdef extern from "fax_send.h" nogil:
    ctypedef enum tc_fax_mode:
        TC_FAX_MODES

    ctypedef struct tc_fax_send:
        uint8_t stage

    int TC_FAX_SEND_DATA
    int TC_FAX_SEND_DONE
    void tc_fax_send_init(tc_fax_send *send, tc_fax_mode mode, int short_train, int echo_tone,
                          double level_dbm0)
    size_t tc_fax_send_feed(tc_fax_send *send, const uint8_t *octets, size_t count, int ended,
                            size_t *used, int16_t *out, size_t n)

MODES = TC_FAX_MODES
SEND_DATA = TC_FAX_SEND_DATA
SEND_DONE = TC_FAX_SEND_DONE


cdef class FaxSend:
    """Sender of one lane."""

    cdef tc_fax_send send

    def __init__(self, unsigned mode, bint short_train, bint echo_tone, double level_dbm0):
        if mode >= TC_FAX_MODES:
            raise ValueError(f"mode: want 0 to {TC_FAX_MODES - 1}, got {mode}")
        tc_fax_send_init(&self.send, <tc_fax_mode>mode, short_train, echo_tone, level_dbm0)

    def feed(self, const uint8_t[::1] octets, bint ended, int16_t[::1] out):
        """Makes samples; (how many, octets taken)."""
        cdef size_t used, made
        cdef const uint8_t *first = &octets[0] if octets.shape[0] else NULL
        if out.shape[0] == 0:
            return 0, 0
        with nogil:
            made = tc_fax_send_feed(&self.send, first, octets.shape[0], ended, &used, &out[0],
                                    out.shape[0])
        return made, used

    @property
    def stage(self):
        return self.send.stage
