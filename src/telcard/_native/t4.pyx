"""Faces of page coding (T.4, T.6); people use telcard.fax.t4."""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport uint8_t, uint16_t

from telcard._native.t4 cimport *

WIDEST = TC_T4_WIDEST


@cython.final
cdef class Encoder:
    """Packed rows to octets."""

    cdef tc_t4_encoder encoder
    cdef tc_t4_options options
    cdef uint16_t *work
    cdef uint8_t *octets
    cdef size_t room

    def __cinit__(self, unsigned coding, unsigned width, *, bint lsb_first, bint no_eol,
                  bint aligned, unsigned k, unsigned least_bits, bint no_rtc):
        self.options.coding = <tc_t4_coding> coding
        self.options.width = width
        self.options.lsb_first = lsb_first
        self.options.no_eol = no_eol
        self.options.aligned = aligned
        self.options.k = k
        self.options.least_bits = least_bits
        self.options.no_rtc = no_rtc
        self.room = (1 << 15) + tc_t4_most(&self.options)
        self.work = <uint16_t *> PyMem_Malloc(TC_T4_WORK(width) * sizeof(uint16_t))
        self.octets = <uint8_t *> PyMem_Malloc(self.room)
        if self.work is NULL or self.octets is NULL:
            raise MemoryError
        tc_t4_encoder_init(&self.encoder, &self.options, self.work)

    def __dealloc__(self):
        PyMem_Free(self.work)
        PyMem_Free(self.octets)

    def encode(self, const uint8_t[:, ::1] rows):
        """The whole octets that rows make."""
        cdef size_t n = rows.shape[0], at = 0, made
        cdef list parts = []
        while at < n:
            with nogil:
                at += tc_t4_encode(&self.encoder, &rows[at, 0], n - at, rows.shape[1],
                                   self.octets, self.room, &made)
            parts.append(PyBytes_FromStringAndSize(<char *> self.octets, made))
        return b"".join(parts)

    def end(self):
        """The end of a page, up to a whole octet."""
        cdef size_t made = tc_t4_end(&self.encoder, self.octets)
        return PyBytes_FromStringAndSize(<char *> self.octets, made)


@cython.final
cdef class Decoder:
    """Octets to packed rows."""

    cdef tc_t4_decoder decoder
    cdef uint16_t *work

    def __cinit__(self, unsigned coding, unsigned width, *, bint lsb_first, bint no_eol,
                  bint headless, bint white, unsigned most_rows):
        cdef tc_t4_options options
        options.coding = <tc_t4_coding> coding
        options.width = width
        options.lsb_first = lsb_first
        options.no_eol = no_eol
        options.aligned = options.no_rtc = False
        options.k = 1
        options.least_bits = 0
        options.headless = headless
        options.white = white
        options.most_rows = most_rows
        self.work = <uint16_t *> PyMem_Malloc(TC_T4_WORK(width) * sizeof(uint16_t))
        if self.work is NULL:
            raise MemoryError
        tc_t4_decoder_init(&self.decoder, &options, self.work)

    def __dealloc__(self):
        PyMem_Free(self.work)

    def decode(self, const uint8_t[::1] octets, uint8_t[:, ::1] rows, uint8_t[::1] good):
        """(octets taken in, rows made); fewer than all octets when `rows` is full."""
        cdef size_t made, taken, n = octets.shape[0]
        cdef const uint8_t *first = &octets[0] if n else NULL
        with nogil:
            taken = tc_t4_decode(&self.decoder, first, n, &rows[0, 0], &good[0],
                                 rows.shape[0], rows.shape[1], &made)
        return taken, made

    def flush(self):
        """No more octets will come."""
        tc_t4_flush(&self.decoder)

    @property
    def ended(self):
        """Why the page has ended; 0: it has not."""
        return <int> self.decoder.ended

    @property
    def line_bits(self):
        """Bits since the last EOL."""
        return tc_t4_line_bits(&self.decoder)

    def counts(self):
        """(rows, bad rows, most bad rows in a row)."""
        return self.decoder.rows, self.decoder.bad_rows, self.decoder.longest_bad

    def bits(self):
        """(of good rows, of bad rows), where they end with EOLs."""
        return self.decoder.good_bits, self.decoder.bad_bits
