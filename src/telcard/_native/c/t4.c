#include "t4.h"

#include "t4_tables.h"

#define EOL_ZEROS 11
#define LONGEST 13 /* bits of a code */
#define EOLS_AT_THE_END 3

/* What the next bits are. */
enum { LINE_END, ROW, RUNS, MODES };

/* What lies before the EOL that is looked for. */
enum { NOISE, NOTHING, GOOD_ROW, BAD_ROW };

enum { PASS = 7, HORIZONTAL = 8 }; /* behind the seven vertical modes */

/* --- rows ------------------------------------------------------------------------------------ */

static uint16_t *changes_of_word(uint64_t word, unsigned before, uint32_t at, uint16_t *next)
{
    uint64_t changed = word ^ (word >> 1 | (uint64_t)before << 63);
    while (changed) {
        unsigned zeros = (unsigned)__builtin_clzll(changed);
        *next++ = (uint16_t)(at + zeros);
        changed ^= (uint64_t)1 << 63 >> zeros;
    }
    return next;
}

uint32_t tc_t4_changes(const uint8_t *row, uint32_t width, uint16_t *changes)
{
    uint16_t *next = changes;
    uint32_t at = 0;
    unsigned before = 0;
    for (; at + 64 <= width; at += 64) {
        uint64_t word = tc_t4_word(row + at / 8);
        next = changes_of_word(word, before, at, next);
        before = word & 1;
    }
    if (at < width) {
        uint8_t rest[8] = {0};
        uint32_t pixels = width - at;
        memcpy(rest, row + at / 8, (pixels + 7) / 8);
        uint64_t word = tc_t4_word(rest);
        uint64_t behind = ~(uint64_t)0 >> pixels;
        word = word >> (64 - pixels) & 1 ? word | behind : word & ~behind; /* no change there */
        next = changes_of_word(word, before, at, next);
    }
    for (int i = 0; i < 4; i++)
        next[i] = (uint16_t)width;
    return (uint32_t)(next - changes);
}

/* 64 pixels from the places where the colour changes: each is the parity of those up to it. */
static inline uint64_t pixels_of_changes(uint64_t changed)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        changed ^= changed >> shift;
    return changed;
}

void tc_t4_paint(const uint16_t *changes, uint32_t width, uint8_t *row)
{
    uint64_t before = 0; /* all ones: the last word ended in black */
    for (uint32_t at = 0; at < width; at += 64) {
        uint32_t end = width - at < 64 ? width : at + 64;
        uint64_t changed = 0;
        while (*changes < end)
            changed |= (uint64_t)1 << 63 >> (*changes++ - at);
        uint64_t word = changed ? pixels_of_changes(changed) ^ before : before;
        before = -(word & 1);
        if (end - at < 64)
            word &= ~(~(uint64_t)0 >> (end - at));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        memcpy(row + at / 8, &word, (end - at + 7) / 8);
    }
}

/* --- receiving ------------------------------------------------------------------------------- */

/* Octets on their way to codes. */
typedef struct {
    const uint8_t *at, *end;
    uint64_t bits;
    uint32_t count;
    bool lsb_first;
} reader;

static inline void take(reader *in, uint32_t bits)
{
    in->bits <<= bits;
    in->count -= bits;
}

/* As many bits as there are and fit, whole octets; behind `count` there are only 0s.  Some 13 bits
 * at most are left when this is called. */
static inline void fill(reader *in)
{
    if (in->end - in->at >= 8) {
        uint64_t word = tc_t4_word(in->at);
        uint32_t octets = (63 - in->count) / 8;
        if (in->lsb_first)
            word = tc_t4_octets_turned(word);
        word &= ~(uint64_t)0 << (64 - 8 * octets);
        in->bits |= word >> in->count;
        in->at += octets;
        in->count += 8 * octets;
        return;
    }
    while (in->at < in->end && in->count <= 56) {
        uint64_t octet = *in->at++;
        if (in->lsb_first)
            octet = tc_t4_octets_turned(octet);
        in->bits |= octet << (56 - in->count);
        in->count += 8;
    }
}

static void mark_end(uint16_t *changes, uint32_t count, uint32_t width)
{
    for (int i = 0; i < 4; i++)
        changes[count + (uint32_t)i] = (uint16_t)width;
}

/* Rows stand one behind the other, without EOLs: nothing is found again after an error. */
static bool bare(const tc_t4_decoder *decoder)
{
    return decoder->options.coding == TC_T4_MMR || decoder->options.no_eol;
}

void tc_t4_decoder_init(tc_t4_decoder *decoder, const tc_t4_options *options, uint16_t *work)
{
    *decoder = (tc_t4_decoder){.options = *options};
    decoder->here = work;
    decoder->above = work + TC_T4_WORK(options->width) / 2;
    mark_end(decoder->above, 0, options->width);
    decoder->phase = bare(decoder) || options->headless ? ROW : LINE_END;
    decoder->found = NOISE;
    decoder->lost = options->coding == TC_T4_MR;
}

void tc_t4_flush(tc_t4_decoder *decoder)
{
    decoder->flushed = true;
}

/* Rows on their way out. */
typedef struct {
    uint8_t *row, *good;
    size_t made, room, stride;
} rows_out;

/* A row goes out: the one that was told, to which the next one refers, or one in its place. */
static void give(tc_t4_decoder *decoder, rows_out *out, bool good)
{
    uint32_t width = decoder->options.width;
    if (good) {
        uint16_t *here = decoder->here;
        mark_end(here, decoder->changes, width);
        decoder->here = decoder->above;
        decoder->above = here;
        decoder->bad_now = 0;
    } else {
        decoder->bad_rows++;
        if (++decoder->bad_now > decoder->longest_bad)
            decoder->longest_bad = decoder->bad_now;
        decoder->lost = true;
    }
    decoder->rows++;
    if (good || !decoder->options.white)
        tc_t4_paint(decoder->above, width, out->row);
    else
        memset(out->row, 0, (width + 7) / 8);
    out->row += out->stride;
    if (out->good)
        out->good[out->made] = good;
    out->made++;
}

static void look_for_eol(tc_t4_decoder *decoder, unsigned found)
{
    decoder->phase = LINE_END;
    decoder->found = (uint8_t)found;
    decoder->zeros = 0;
}

static void spoil(tc_t4_decoder *decoder, tc_t4_ended why)
{
    if (bare(decoder))
        decoder->ended = why;
    else
        look_for_eol(decoder, BAD_ROW);
}

/* No code begins with eight 0s: this is an EOL, or the end, or an error. */
static void eight_zeros(tc_t4_decoder *decoder, const reader *in)
{
    bool begun = decoder->a0 || decoder->changes || decoder->run || decoder->runs_left;
    if (!begun)
        look_for_eol(decoder, NOTHING);
    else
        spoil(decoder, decoder->flushed && !in->bits ? TC_T4_NO_DATA : TC_T4_NO_CODE);
}

static void row_told(tc_t4_decoder *decoder, reader *in, rows_out *out)
{
    if (bare(decoder)) {
        if (decoder->options.no_eol)
            take(in, in->count % 8);
        give(decoder, out, true);
        decoder->phase = ROW;
    } else {
        look_for_eol(decoder, GOOD_ROW);
    }
}

/* The colour changes before this pixel; where it has just changed, it does not change at all. */
static inline uint32_t changed(uint16_t *here, uint32_t changes, int at, int width)
{
    if (at == width)
        return changes;
    if (changes && here[changes - 1] == at)
        return changes - 1;
    here[changes] = (uint16_t)at;
    return changes + 1;
}

/* Whether a code of any length can be told; if not, more octets are wanted. */
static inline bool enough(const tc_t4_decoder *decoder, reader *in)
{
    if (in->count < LONGEST)
        fill(in);
    return in->count >= LONGEST || decoder->flushed;
}

/* These go on until something else begins (true), or octets are wanted (false). */

static bool line_end(tc_t4_decoder *decoder, reader *in, rows_out *out, const uint8_t *begin)
{
    for (;;) {
        if (!in->count)
            fill(in);
        if (!in->count) {
            if (!decoder->flushed)
                return false;
            if (decoder->found == GOOD_ROW)
                give(decoder, out, true);
            decoder->ended = decoder->eols > 1 ? TC_T4_RTC : TC_T4_NO_DATA;
            return true;
        }
        uint32_t zeros = in->bits ? (uint32_t)__builtin_clzll(in->bits) : in->count;
        decoder->zeros += zeros;
        if (!in->bits) {
            in->count = 0;
            if (decoder->zeros > EOL_ZEROS)
                decoder->zeros = EOL_ZEROS;
            continue;
        }
        take(in, zeros);
        take(in, 1);
        if (decoder->zeros >= EOL_ZEROS)
            break;
        decoder->zeros = 0;
        if (decoder->found != NOISE)
            decoder->found = BAD_ROW;
        if (bare(decoder)) {
            decoder->ended = TC_T4_NO_CODE;
            return true;
        }
    }
    if (bare(decoder)) {
        decoder->ended = decoder->options.no_eol ? TC_T4_NO_CODE : TC_T4_EOFB;
        return true;
    }
    uint64_t here = (decoder->octets + (size_t)(in->at - begin)) * 8 - in->count;
    if (decoder->found == BAD_ROW)
        decoder->bad_bits += here - decoder->eol_at;
    else if (decoder->found == GOOD_ROW)
        decoder->good_bits += here - decoder->eol_at;
    decoder->eol_at = here;
    /* What is broken between EOLs behind one another is an RTC, not a row. */
    if (decoder->found == GOOD_ROW || (decoder->found == BAD_ROW && decoder->eols < 2))
        give(decoder, out, decoder->found == GOOD_ROW);
    decoder->eols = decoder->found == NOTHING ? decoder->eols + 1 : 1;
    if (decoder->eols == EOLS_AT_THE_END)
        decoder->ended = TC_T4_RTC;
    decoder->phase = ROW;
    return true;
}

static bool row_begins(tc_t4_decoder *decoder, reader *in)
{
    bool by_runs = decoder->options.coding == TC_T4_MH || decoder->eols == 0;
    if (decoder->options.coding == TC_T4_MMR)
        by_runs = false;
    else if (!by_runs) {
        if (!enough(decoder, in))
            return false;
        by_runs = in->bits >> 63;
        if (in->count)
            take(in, 1);
    }
    decoder->a0 = decoder->run = 0;
    decoder->changes = decoder->b = 0;
    decoder->colour = decoder->runs_left = 0;
    decoder->phase = by_runs ? RUNS : MODES;
    if (by_runs)
        decoder->lost = false;
    else if (decoder->lost)
        look_for_eol(decoder, BAD_ROW);
    return true;
}

static bool runs(tc_t4_decoder *decoder, reader *from, rows_out *out)
{
    reader in = *from;
    const int width = (int)decoder->options.width;
    int a0 = decoder->a0, run = decoder->run;
    uint32_t changes = decoder->changes, colour = decoder->colour, left = decoder->runs_left;
    const bool by_runs = left == 0;
    tc_t4_ended wrong = TC_T4_RUNNING;
    bool on = true, told = false, zeros = false;
    for (;;) {
        if (!enough(decoder, &in)) {
            on = false;
            break;
        }
        uint32_t index = (uint32_t)__builtin_clzll(in.bits | 1);
        if (index > 7) {
            zeros = true;
            break;
        }
        index = index << 7 | (in.bits << index >> 56 & 127);
        uint32_t entry = T4_RUNS[colour << 10 | index], length = entry & 15;
        if (!entry || length > in.count) {
            wrong = entry ? TC_T4_NO_DATA : TC_T4_NO_CODE;
            break;
        }
        take(&in, length);
        run += (int)(entry >> 4);
        if (run > width - a0) {
            wrong = TC_T4_TOO_LONG;
            break;
        }
        if (entry >> 4 >= 64)
            continue;
        a0 += run;
        run = 0;
        changes = changed(decoder->here, changes, a0, width);
        colour ^= 1;
        if (by_runs ? a0 == width : --left == 0) {
            told = true;
            break;
        }
    }
    *from = in;
    decoder->a0 = a0;
    decoder->run = run;
    decoder->changes = changes;
    decoder->colour = (uint8_t)colour;
    decoder->runs_left = (uint8_t)left;
    if (zeros)
        eight_zeros(decoder, from);
    else if (wrong)
        spoil(decoder, wrong);
    else if (told && a0 == width)
        row_told(decoder, from, out);
    else if (told) {
        while (decoder->above[decoder->b] <= a0)
            decoder->b += 2;
        decoder->phase = MODES;
    }
    return on;
}

static bool modes(tc_t4_decoder *decoder, reader *from, rows_out *out)
{
    reader in = *from;
    const int width = (int)decoder->options.width;
    const uint16_t *above = decoder->above;
    int a0 = decoder->a0;
    uint32_t changes = decoder->changes, colour = decoder->colour, b = decoder->b;
    tc_t4_ended wrong = TC_T4_RUNNING;
    bool on = true, zeros = false;
    while (a0 < width) {
        if (!enough(decoder, &in)) {
            on = false;
            break;
        }
        uint32_t entry = T4_MODES[in.bits >> 57], length = entry & 15;
        uint32_t mode = entry >> 4;
        if (!entry || length > in.count) {
            zeros = !entry && in.bits >> 56 == 0;
            wrong = entry ? TC_T4_NO_DATA : TC_T4_EXTENSION;
            break;
        }
        take(&in, length);
        if (mode < PASS) {
            int a1 = above[b] + (int)mode - 3;
            if (a1 > width || a1 < a0) {
                wrong = a1 < a0 ? TC_T4_BACKWARDS : TC_T4_TOO_LONG;
                break;
            }
            a0 = a1;
            changes = changed(decoder->here, changes, a0, width);
            colour ^= 1;
            if (a0 == width)
                break;
            b += b ? -1u : 1u;
            while (above[b] <= a0)
                b += 2;
        } else if (mode == PASS) {
            if (above[b + 1] == width) {
                wrong = TC_T4_TOO_LONG;
                break;
            }
            a0 = above[b + 1];
            b += 2;
        } else {
            decoder->runs_left = 2;
            decoder->phase = RUNS;
            break;
        }
    }
    *from = in;
    decoder->a0 = a0;
    decoder->changes = changes;
    decoder->colour = (uint8_t)colour;
    decoder->b = b;
    if (zeros)
        eight_zeros(decoder, from);
    else if (wrong)
        spoil(decoder, wrong);
    else if (a0 == width)
        row_told(decoder, from, out);
    return on;
}

size_t tc_t4_decode(tc_t4_decoder *decoder, const uint8_t *octets, size_t n, uint8_t *rows,
                    uint8_t *good, size_t room, size_t stride, size_t *made)
{
    reader in = {octets, octets + n, decoder->bits, decoder->count, decoder->options.lsb_first};
    rows_out out = {rows, good, 0, room, stride};
    bool on = true;
    while (on && !decoder->ended) {
        switch (decoder->phase) {
        case LINE_END:
            on = line_end(decoder, &in, &out, octets);
            break;
        case ROW:
            if (decoder->options.most_rows && decoder->rows >= decoder->options.most_rows)
                decoder->ended = TC_T4_FULL;
            else
                on = out.made < out.room && row_begins(decoder, &in);
            break;
        case RUNS:
            on = runs(decoder, &in, &out);
            break;
        default:
            on = modes(decoder, &in, &out);
        }
    }
    if (decoder->ended)
        in.at = in.end;
    decoder->bits = in.bits;
    decoder->count = in.count;
    decoder->octets += (size_t)(in.at - octets);
    *made = out.made;
    return (size_t)(in.at - octets);
}
