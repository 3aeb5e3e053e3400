"""What the DSP kernels' faces share with other bindings: a subscriber's line."""

from libc.stdint cimport int16_t, uint32_t, uint64_t

cdef extern from "copper.h" nogil:
    enum:
        TC_COPPER_MOST
        TC_COPPER_TAPS
    ctypedef struct tc_copper_figures:
        float gain, noise, impulse
        uint32_t impulse_odds, slip_odds, delay, turn
    ctypedef struct tc_copper:
        pass
    size_t tc_copper_floats(const tc_copper_figures *receive, const tc_copper_figures *send,
                            unsigned taps)
    void tc_copper_init(tc_copper *copper, const tc_copper_figures *receive,
                        const tc_copper_figures *send, const float *echo, unsigned taps,
                        const uint64_t *slips, unsigned slip_count, uint64_t seed, float *memory)
    void tc_copper_receive(tc_copper *copper, const int16_t *received, int16_t *out, size_t n)
    void tc_copper_send(tc_copper *copper, const int16_t *sent, int16_t *out, size_t n)


cdef class Copper:
    cdef tc_copper copper
    cdef float *memory
    cdef float *echo
    cdef uint64_t *slips
