/* The scramblers of the fax modems, a symbol's bits at a time; both ends' registers hold what is on
 * the line.
 *
 * V.29 and V.17: 1 + x^-18 + x^-23.  V.27ter: 1 + x^-6 + x^-7, and a guard: when for 33 bits
 * running no bit differed at once from those 8, 9 and 12 places before it, the line may have fallen
 * into a pattern of 1, 2, 3, 4, 6, 8, 9 or 12 bits, and the next bit is sent inverted.
 *
 * Up to six bits go in at once, the first one lowest: their keys lie further back than that.  Where
 * the guard may turn one of them, they go one by one.
 *
 * Source.  ITU-T V.29 7 and appendix I, V.17 2.5, V.27 ter 2.5 and its figure of a guarded
 * scrambler.  That 33 bits are counted, and of what, was checked against another implementation.
 */
#ifndef TC_FAX_SCRAMBLER_H
#define TC_FAX_SCRAMBLER_H

#include <stdint.h>

enum { TC_FAX_GUARD = 33, TC_FAX_LINE = 23 };

typedef struct {
    uint32_t line;   /* the last 23 bits on the line, the oldest lowest */
    uint8_t alike;   /* bits since one last differed from all three before it */
    uint8_t guarded; /* V.27ter's */
} tc_fax_scrambler;

/* What the register holds where training begins: V.27 ter 2.5.1; V.17 5, so that segment 2 begins
 * with C D C D C D C D C D C D. */
#define TC_FAX_V27TER_BEGIN 0x1E0000u
#define TC_FAX_V17_BEGIN 0x55D9BAu

/* Whether the next n bits must go one by one. */
static inline int tc_fax_guards(const tc_fax_scrambler *s, unsigned n)
{
    return s->guarded && n > 1 && s->alike + n > TC_FAX_GUARD;
}

/* What is added to the next n bits, on either side. */
static inline unsigned tc_fax_key(const tc_fax_scrambler *s, unsigned n)
{
    unsigned all = (1u << n) - 1;
    if (!s->guarded)
        return (s->line >> (TC_FAX_LINE - 18) ^ s->line) & all;
    unsigned key = s->line >> (TC_FAX_LINE - 6) ^ s->line >> (TC_FAX_LINE - 7);
    return (key & all) ^ (s->alike >= TC_FAX_GUARD);
}

/* n bits were on the line. */
static inline void tc_fax_passed(tc_fax_scrambler *s, unsigned bits, unsigned n)
{
    if (s->guarded) {
        unsigned differs = (s->line >> (TC_FAX_LINE - 8) ^ bits) &
                           (s->line >> (TC_FAX_LINE - 9) ^ bits) &
                           (s->line >> (TC_FAX_LINE - 12) ^ bits) & ((1u << n) - 1);
        unsigned alike = differs ? n - 32 + (unsigned)__builtin_clz(differs) : s->alike + n;
        s->alike = s->alike >= TC_FAX_GUARD ? 0 : (uint8_t)alike;
    }
    s->line = (s->line | bits << TC_FAX_LINE) >> n;
}

static inline unsigned tc_fax_scramble(tc_fax_scrambler *s, unsigned bits, unsigned n)
{
    unsigned some = tc_fax_guards(s, n) ? 1 : n, line = 0;
    for (unsigned at = 0; at < n; at += some) {
        unsigned part = (bits >> at & ((1u << some) - 1)) ^ tc_fax_key(s, some);
        tc_fax_passed(s, part, some);
        line |= part << at;
    }
    return line;
}

static inline unsigned tc_fax_descramble(tc_fax_scrambler *s, unsigned line, unsigned n)
{
    unsigned some = tc_fax_guards(s, n) ? 1 : n, bits = 0;
    for (unsigned at = 0; at < n; at += some) {
        unsigned part = line >> at & ((1u << some) - 1);
        bits |= (part ^ tc_fax_key(s, some)) << at;
        tc_fax_passed(s, part, some);
    }
    return bits;
}

#endif
