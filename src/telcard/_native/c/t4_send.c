#include "t4.h"

#include "t4_tables.h"

#define EOL 1 /* eleven 0s before it */
#define EOL_BITS 12
#define EOLS_OF_RTC 6
#define EOLS_OF_EOFB 2
#define LONGEST_MAKE_UP 2560
#define BELOW (LONGEST_MAKE_UP + 64) /* runs that one make-up and a terminating code can tell */

enum { PASS = 7, HORIZONTAL = 8 }; /* behind the seven vertical modes */

/* Codes on their way to octets: a state's register, and where it is emptied into. */
typedef struct {
    uint64_t bits;
    uint32_t count;
    bool lsb_first;
    uint8_t *octets;
} writer;

static inline void put(writer *out, uint32_t code, uint32_t length)
{
    out->bits = out->bits << length | code;
    out->count += length;
    if (out->count >= 32) {
        out->count -= 32;
        uint32_t word = (uint32_t)(out->bits >> out->count);
        if (out->lsb_first)
            word = (uint32_t)tc_t4_octets_turned(word);
        for (int i = 0; i < 4; i++)
            out->octets[i] = (uint8_t)(word >> (24 - 8 * i));
        out->octets += 4;
    }
}

static inline void put_entry(writer *out, uint32_t entry)
{
    put(out, entry >> 4, entry & 15);
}

static void put_zeros(writer *out, uint32_t count)
{
    for (; count > 16; count -= 16)
        put(out, 0, 16);
    put(out, 0, count);
}

static inline void put_run(writer *out, unsigned colour, uint32_t run)
{
    while (run >= BELOW) {
        put_entry(out, T4_MAKE_UP[colour * 41 + LONGEST_MAKE_UP / 64]);
        run -= LONGEST_MAKE_UP;
    }
    uint32_t make_up = T4_MAKE_UP[colour * 41 + run / 64];
    uint32_t last = T4_TERMINATING[colour * 64 + run % 64];
    put(out, (make_up >> 4) << (last & 15) | last >> 4, (make_up & 15) + (last & 15));
}

/* A row by run lengths. */
static void put_runs(writer *out, const uint16_t *here, uint32_t width)
{
    uint32_t at = 0;
    for (unsigned colour = 0; at < width; colour ^= 1) {
        put_run(out, colour, *here - at);
        at = *here++;
    }
}

/* A row by its changes against those above (T.4, clause 4.2; T.6, clause 2.2).  a0 is where we are,
 * a1 and a2 the next changes here; b1 is the first one above that lies behind a0 and turns to the
 * colour that a1 turns to, b2 the one behind it. */
static void put_changes(writer *out, const uint16_t *a, const uint16_t *b, int width)
{
    int a0 = 0;
    unsigned colour = 0;
    const uint16_t *first = b;
    while (a0 < width) {
        int beside = a[0] - b[0];
        if (b[1] < a[0]) {
            put_entry(out, T4_MODE_CODES[PASS]);
            a0 = b[1];
            b += 2;
        } else if (beside >= -3 && beside <= 3) {
            put_entry(out, T4_MODE_CODES[beside + 3]);
            a0 = *a++;
            colour ^= 1;
            b += b == first ? 1 : -1;
            while (b[0] <= a0 && b[0] < width)
                b += 2;
        } else {
            put_entry(out, T4_MODE_CODES[HORIZONTAL]);
            put_run(out, colour, (uint32_t)(a[0] - a0));
            put_run(out, colour ^ 1, (uint32_t)(a[1] - a[0]));
            a0 = a[1];
            a += 2;
            while (b[0] <= a0 && b[0] < width)
                b += 2;
        }
    }
}

static writer opened(const tc_t4_encoder *encoder, uint8_t *octets)
{
    return (writer){encoder->bits, encoder->count, encoder->options.lsb_first, octets};
}

static void closed(tc_t4_encoder *encoder, const writer *out)
{
    encoder->bits = out->bits;
    encoder->count = out->count;
}

static uint32_t sent(const writer *out, const uint8_t *begin)
{
    return (uint32_t)(out->octets - begin) * 8 + out->count;
}

/* The EOL before a row, and the fill that the row before it still wants. */
static void put_eol(tc_t4_encoder *encoder, writer *out)
{
    const tc_t4_options *options = &encoder->options;
    uint32_t bits = encoder->row_bits + EOL_BITS;
    uint32_t fill = encoder->begun && bits < options->least_bits ? options->least_bits - bits : 0;
    if (options->aligned)
        fill += -(out->count + fill + EOL_BITS) & 7; /* all before `count` were whole octets */
    put_zeros(out, fill);
    put(out, EOL, EOL_BITS);
    encoder->begun = true;
}

static void put_row(tc_t4_encoder *encoder, writer *out)
{
    const tc_t4_options *options = &encoder->options;
    if (options->coding == TC_T4_MMR) {
        put_changes(out, encoder->here, encoder->above, (int)options->width);
        return;
    }
    if (options->no_eol) {
        put_runs(out, encoder->here, options->width);
        put_zeros(out, -out->count & 7);
        return;
    }
    put_eol(encoder, out);
    const uint8_t *begin = out->octets;
    uint32_t before = out->count;
    bool by_runs = options->coding == TC_T4_MH || encoder->to_go == 0;
    if (options->coding == TC_T4_MR) {
        put(out, by_runs, 1);
        encoder->to_go = (by_runs ? options->k : encoder->to_go) - 1;
    }
    if (by_runs)
        put_runs(out, encoder->here, options->width);
    else
        put_changes(out, encoder->here, encoder->above, (int)options->width);
    encoder->row_bits = sent(out, begin) - before;
}

static void begin_page(tc_t4_encoder *encoder)
{
    encoder->bits = encoder->count = encoder->row_bits = encoder->to_go = 0;
    encoder->begun = false;
    for (int i = 0; i < 4; i++)
        encoder->above[i] = (uint16_t)encoder->options.width; /* white */
}

void tc_t4_encoder_init(tc_t4_encoder *encoder, const tc_t4_options *options, uint16_t *work)
{
    *encoder = (tc_t4_encoder){.options = *options};
    encoder->here = work;
    encoder->above = work + TC_T4_WORK(options->width) / 2;
    begin_page(encoder);
}

size_t tc_t4_most(const tc_t4_options *options)
{
    /* No pixel costs more than the 7 bits of a vertical mode, but for the 14 of one black pixel at
     * the beginning; RTC has 78; 31 may wait. */
    return ((size_t)options->width * 7 + options->least_bits + 160) / 8;
}

size_t tc_t4_encode(tc_t4_encoder *encoder, const uint8_t *rows, size_t n, size_t stride,
                    uint8_t *octets, size_t room, size_t *made)
{
    size_t most = tc_t4_most(&encoder->options), row;
    writer out = opened(encoder, octets);
    for (row = 0; row < n && (size_t)(out.octets - octets) + most <= room; row++) {
        tc_t4_changes(rows + row * stride, encoder->options.width, encoder->here);
        put_row(encoder, &out);
        uint16_t *here = encoder->here;
        encoder->here = encoder->above;
        encoder->above = here;
    }
    closed(encoder, &out);
    *made = (size_t)(out.octets - octets);
    return row;
}

size_t tc_t4_end(tc_t4_encoder *encoder, uint8_t *octets)
{
    const tc_t4_options *options = &encoder->options;
    writer out = opened(encoder, octets);
    if (options->coding == TC_T4_MMR) {
        for (int i = 0; i < EOLS_OF_EOFB; i++)
            put(&out, EOL, EOL_BITS);
    } else if (!options->no_eol && !options->no_rtc) {
        put_eol(encoder, &out);
        for (int i = 0; i < EOLS_OF_RTC; i++) {
            if (i)
                put(&out, EOL, EOL_BITS);
            if (options->coding == TC_T4_MR)
                put(&out, 1, 1);
        }
    }
    put_zeros(&out, -out.count & 7);
    size_t whole = (size_t)(out.octets - octets);
    for (; out.count; out.count -= 8) {
        uint64_t octet = out.bits >> (out.count - 8) & 0xFF;
        octets[whole++] = (uint8_t)(options->lsb_first ? tc_t4_octets_turned(octet) : octet);
    }
    begin_page(encoder);
    return whole;
}
