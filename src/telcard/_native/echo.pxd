"""What the echo canceller's kernel offers."""

from libc.stdint cimport int16_t, uint8_t, uint32_t, uint64_t

cdef extern from "echo.h" nogil:
    enum:
        TC_ECHO_LANES
        TC_ECHO_BLOCK
        TC_ECHO_STEP
        TC_ECHO_LONGEST
        TC_ECHO_FARTHEST
    ctypedef struct tc_echo_figures:
        float receive, send, rest, erl_db, erle_db
        uint32_t delay, begins
        uint8_t converged, double_talk, frozen, disabled
    enum:
        TC_ECHO_CONVERGED
        TC_ECHO_PATH_CHANGED
        TC_ECHO_DISABLED
        TC_ECHO_ENABLED
        TC_ECHO_DELAY_FOUND
        TC_ECHO_HIGH_PASS
        TC_ECHO_NLP
        TC_ECHO_COMFORT
        TC_ECHO_TONE_DISABLER
        TC_ECHO_FIND_DELAY
    ctypedef struct tc_echo_event:
        uint64_t start
        uint8_t lane, kind
    ctypedef struct tc_echo:
        pass
    size_t tc_echo_octets(unsigned taps, unsigned reach, unsigned flags)
    void tc_echo_init(tc_echo *, unsigned taps, unsigned reach, unsigned flags)
    void tc_echo_shape(tc_echo *, unsigned lane, unsigned taps, unsigned delay)
    void tc_echo_reset(tc_echo *, unsigned lane)
    void tc_echo_freeze(tc_echo *, unsigned lane, int on)
    void tc_echo_save(const tc_echo *, unsigned lane, float *response)
    void tc_echo_load(tc_echo *, unsigned lane, const float *response)
    void tc_echo_look(const tc_echo *, unsigned lane, tc_echo_figures *)
    unsigned tc_echo_feed(tc_echo *, const int16_t (*)[16], const int16_t (*)[16],
                          int16_t (*)[16], size_t n, tc_echo_event *)
