/* Pages of a fax as bits: ITU-T T.4 (MH and MR) and T.6 (MMR), both ways, row by row.
 *
 * What.  A row of pixels is told by where its colour changes.  MH codes the length of every run by
 * Huffman's method.  MR codes most rows by where their changes lie in relation to those of the row
 * above (vertical mode: at most 3 pixels aside; pass mode: the row above has a run where this one
 * has none; horizontal mode: two run lengths, where neither fits), but every k-th by run lengths,
 * so that an error does not spread down the page.  MMR codes every row that way, the first one
 * against white, and has no means against errors: it travels where there are none (ECM).
 *
 * Rows of MH and MR lie between EOLs (eleven 0s and a 1; behind it, in MR, a tag: 1 before a row of
 * run lengths), and six of those end the page (RTC).  Two EOLs end one in MMR (EOFB).  A row may be
 * filled up with 0s before its EOL: for receivers that need time to print it (T.4, clause 2.2;
 * T.30's minimum scan line time), or so that EOLs end with an octet.
 *
 * Pixels.  A packed row has (width + 7) / 8 octets, the leftmost pixel in the highest bit, black 1;
 * bits behind the width are 0 where we write and do not matter where we read.
 *
 * How.  Changes are found 64 pixels at a time, from each word's difference to itself shifted by a
 * pixel, and painted so too: a pixel is the parity of the changes up to it.  Long runs cost next to
 * nothing.  Codes are found in one step, from the zeros before their first 1 and the 7 bits behind
 * it (t4_tables.py).  Bits pass through a register of 64.  On the line octets have their first bit
 * lowest (T.30), in many files highest; they are turned eight at a time.
 *
 * Errors.  A row is bad when a code does not exist, when its runs do not make up its width, or when
 * an EOL comes early or late; in MR so is every row behind it up to the next one of run lengths.
 * The receiver goes on at the next EOL and puts the last good row in the place of a bad one, or
 * white.  Three EOLs in a row end the page: whichever one of RTC's six was hit, three are left.
 * MMR, and MH without EOLs, end at the first error, and say which.
 *
 * Limits.  Rows of 1 to TC_T4_WIDEST pixels.  Uncompressed mode and other extensions are errors.
 * No allocation: a state and its work memory are the caller's.  The same rows however the octets
 * are cut.
 *
 * Use.  Sender: tc_t4_encode() rows, then tc_t4_end() once.  Receiver: tc_t4_decode() octets as
 * they come, tc_t4_flush() when no more will, and then tc_t4_decode() with none until no row comes.
 */
#ifndef TC_T4_H
#define TC_T4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TC_T4_WIDEST 32000 /* pixels */

/* uint16_t of work memory that a state needs: the changes of two rows. */
#define TC_T4_WORK(width) (2 * ((size_t)(width) + 8))

typedef enum { TC_T4_MH, TC_T4_MR, TC_T4_MMR } tc_t4_coding;

typedef struct {
    tc_t4_coding coding;
    uint32_t width;
    bool lsb_first; /* octets have their first bit lowest, as on a telephone line */
    bool no_eol;    /* MH alone: rows begin with an octet and have no EOL (TIFF's compression 2) */

    /* Senders alone. */
    bool aligned;        /* EOLs end with an octet */
    uint32_t k;          /* MR: every k-th row is coded by run lengths; 1 or more */
    uint32_t least_bits; /* of a row with its fill and EOL */
    bool no_rtc;         /* a page ends with its last row, as in files */

    /* Receivers alone. */
    bool headless;      /* a page may begin without an EOL; else what comes before one is noise */
    bool white;         /* a bad row becomes white instead of the last good one */
    uint32_t most_rows; /* that end a page; 0: any number */
} tc_t4_options;

typedef struct {
    tc_t4_options options;
    uint64_t bits;          /* that wait, the last one lowest */
    uint32_t count;         /* of them, 31 at most */
    uint32_t row_bits;      /* of the last row, its tag included */
    uint32_t to_go;         /* rows until one is coded by run lengths */
    bool begun;             /* an EOL has been sent */
    uint16_t *here, *above; /* changes */
} tc_t4_encoder;

/* Why a page ended. */
typedef enum {
    TC_T4_RUNNING,
    TC_T4_RTC,       /* MH, MR */
    TC_T4_EOFB,      /* MMR */
    TC_T4_FULL,      /* as many rows as were wanted */
    TC_T4_NO_DATA,   /* the octets ended first */
    TC_T4_NO_CODE,   /* no code begins like this */
    TC_T4_TOO_LONG,  /* a run passes the end of the row */
    TC_T4_BACKWARDS, /* a change before the one that came before it */
    TC_T4_EXTENSION, /* uncompressed mode, or another one */
} tc_t4_ended;

typedef struct {
    tc_t4_options options;
    tc_t4_ended ended;
    uint32_t rows, bad_rows;       /* given out; bad ones among them */
    uint32_t bad_now, longest_bad; /* bad rows in a row: the last ones, most */
    uint64_t octets;               /* taken in */
    uint64_t eol_at;               /* bits taken in when the last EOL ended */
    uint64_t good_bits, bad_bits;  /* of rows that end with an EOL */

    /* Where in a row we are. */
    uint64_t bits;     /* that wait, the first one highest */
    uint32_t count;    /* of them */
    uint32_t zeros;    /* 0s in a row, while an EOL is looked for */
    uint32_t eols;     /* in a row */
    int32_t a0, run;   /* pixels told of this row; of the run that is being told */
    uint32_t changes;  /* of this row so far */
    uint32_t b;        /* index of b1 among the changes above */
    uint8_t phase;     /* what the next bits are */
    uint8_t found;     /* what lies before the EOL that is looked for */
    uint8_t colour;    /* 0 white, 1 black */
    uint8_t runs_left; /* of horizontal mode; 0: the row is coded by run lengths */
    bool lost;         /* the row above is not what the sender meant by it */
    bool flushed;      /* no more octets will come */
    uint16_t *here, *above;
} tc_t4_decoder;

/* Bits since the last EOL; a receiver gives up a row that lasts too long (T.30). */
static inline uint64_t tc_t4_line_bits(const tc_t4_decoder *decoder)
{
    return decoder->octets * 8 - decoder->count - decoder->eol_at;
}

/* Eight octets as a number, the first bit highest. */
static inline uint64_t tc_t4_octets_turned(uint64_t word)
{
    word = (word >> 1 & 0x5555555555555555u) | (word & 0x5555555555555555u) << 1;
    word = (word >> 2 & 0x3333333333333333u) | (word & 0x3333333333333333u) << 2;
    return (word >> 4 & 0x0F0F0F0F0F0F0F0Fu) | (word & 0x0F0F0F0F0F0F0F0Fu) << 4;
}

static inline uint64_t tc_t4_word(const uint8_t *octets)
{
    uint64_t word;
    memcpy(&word, octets, sizeof word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Where the colour of a packed row changes, white being what comes before it; then the width, four
 * times.  `changes` has room for width + 8.  How many there are. */
uint32_t tc_t4_changes(const uint8_t *row, uint32_t width, uint16_t *changes);

/* The packed row that has these changes; the width follows them. */
void tc_t4_paint(const uint16_t *changes, uint32_t width, uint8_t *row);

/* Octets that a row, or the end of a page, may take at most. */
size_t tc_t4_most(const tc_t4_options *options);

/* `work`: TC_T4_WORK(width) numbers, kept until the state is done with. */
void tc_t4_encoder_init(tc_t4_encoder *encoder, const tc_t4_options *options, uint16_t *work);

/* Codes rows until all are, or fewer than tc_t4_most() of `room` octets are left: how many.
 * `made`: octets.  Bits that make no whole octet wait. */
size_t tc_t4_encode(tc_t4_encoder *encoder, const uint8_t *rows, size_t n, size_t stride,
                    uint8_t *octets, size_t room, size_t *made);

/* The end of a page, up to a whole octet; how many octets.  Another page may follow. */
size_t tc_t4_end(tc_t4_encoder *encoder, uint8_t *octets);

void tc_t4_decoder_init(tc_t4_decoder *decoder, const tc_t4_options *options, uint16_t *work);

/* No more octets will come. */
void tc_t4_flush(tc_t4_decoder *decoder);

/* Takes octets in until all are, or `room` rows (1 or more) have been made: how many octets.
 * `good` (may be NULL): whether a row came as it is. */
size_t tc_t4_decode(tc_t4_decoder *decoder, const uint8_t *octets, size_t n, uint8_t *rows,
                    uint8_t *good, size_t room, size_t stride, size_t *made);

#endif
