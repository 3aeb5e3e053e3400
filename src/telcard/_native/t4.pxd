"""What the header of page coding offers."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "t4.h" nogil:
    enum:
        TC_T4_WIDEST

    size_t TC_T4_WORK(size_t width)

    ctypedef enum tc_t4_coding:
        TC_T4_MH
        TC_T4_MR
        TC_T4_MMR

    ctypedef struct tc_t4_options:
        tc_t4_coding coding
        uint32_t width
        bint lsb_first
        bint no_eol
        bint aligned
        uint32_t k
        uint32_t least_bits
        bint no_rtc
        bint headless
        bint white
        uint32_t most_rows

    ctypedef struct tc_t4_encoder:
        pass

    ctypedef enum tc_t4_ended:
        TC_T4_RUNNING

    ctypedef struct tc_t4_decoder:
        tc_t4_ended ended
        uint32_t rows, bad_rows
        uint32_t longest_bad
        uint64_t good_bits, bad_bits

    uint64_t tc_t4_line_bits(const tc_t4_decoder *decoder)
    size_t tc_t4_most(const tc_t4_options *options)
    void tc_t4_encoder_init(tc_t4_encoder *encoder, const tc_t4_options *options, uint16_t *work)
    size_t tc_t4_encode(tc_t4_encoder *encoder, const uint8_t *rows, size_t n, size_t stride,
                        uint8_t *octets, size_t room, size_t *made)
    size_t tc_t4_end(tc_t4_encoder *encoder, uint8_t *octets)
    void tc_t4_decoder_init(tc_t4_decoder *decoder, const tc_t4_options *options, uint16_t *work)
    void tc_t4_flush(tc_t4_decoder *decoder)
    size_t tc_t4_decode(tc_t4_decoder *decoder, const uint8_t *octets, size_t n, uint8_t *rows,
                        uint8_t *good, size_t room, size_t stride, size_t *made)
