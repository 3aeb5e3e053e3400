/* The scramblers of the fax modems, one bit at a time; both ends' registers hold what is on the
 * line.
 *
 * V.29 and V.17: 1 + x^-18 + x^-23.  V.27ter: 1 + x^-6 + x^-7, and a guard: when for 33 bits
 * running no bit differed at once from those 8, 9 and 12 places before it, the line may have fallen
 * into a pattern of 1, 2, 3, 4, 6, 8, 9 or 12 bits, and the next bit is sent inverted.
 *
 * Source.  ITU-T V.29 7 and appendix I, V.17 2.5, V.27 ter 2.5 and its figure of a guarded
 * scrambler.  That 33 bits are counted, and of what, was checked against another implementation.
 */
#ifndef TC_FAX_SCRAMBLER_H
#define TC_FAX_SCRAMBLER_H

#include <stdint.h>

enum { TC_FAX_GUARD = 33 };

typedef struct {
    uint32_t line;   /* the bits on the line, the newest lowest */
    uint8_t alike;   /* bits since one last differed from all three before it */
    uint8_t guarded; /* V.27ter's */
} tc_fax_scrambler;

/* What is added to the next bit, on either side. */
static inline unsigned tc_fax_key(const tc_fax_scrambler *s)
{
    if (!s->guarded)
        return ((s->line >> 17) ^ (s->line >> 22)) & 1;
    return ((s->line >> 5) ^ (s->line >> 6) ^ (s->alike >= TC_FAX_GUARD)) & 1;
}

/* A bit was on the line. */
static inline void tc_fax_passed(tc_fax_scrambler *s, unsigned bit)
{
    if (s->guarded) {
        unsigned differs =
            ((s->line >> 7) ^ bit) & ((s->line >> 8) ^ bit) & ((s->line >> 11) ^ bit);
        s->alike = s->alike >= TC_FAX_GUARD || (differs & 1) ? 0 : (uint8_t)(s->alike + 1);
    }
    s->line = s->line << 1 | bit;
}

static inline unsigned tc_fax_scramble(tc_fax_scrambler *s, unsigned bit)
{
    bit ^= tc_fax_key(s);
    tc_fax_passed(s, bit);
    return bit;
}

static inline unsigned tc_fax_descramble(tc_fax_scrambler *s, unsigned bit)
{
    unsigned clear = bit ^ tc_fax_key(s);
    tc_fax_passed(s, bit);
    return clear;
}

#endif
