#include "v17.h"

#include <string.h>

/* The sender's trellis begins in state 0; a way from elsewhere has this handicap, no more, in the
 * units of a point's square. */
#define HANDICAP 8.0f

void tc_v17_begin(tc_v17 *v)
{
    memset(v, 0, sizeof *v);
    for (int state = 1; state < TC_V17_STATES; state++)
        v->worse[state] = HANDICAP;
}

void tc_v17_tell(tc_v17 *v, unsigned n, unsigned bits, uint8_t *told)
{
    unsigned state = v->best;
    for (uint32_t at = v->symbols; at-- != v->told;) {
        uint32_t way = (uint32_t)v->way[at % TC_V17_KEPT][state];
        state = way & 7;
        if (at - v->told < n)
            told[at - v->told] = (uint8_t)(way >> 3);
    }
    v->told += n;
    for (unsigned at = 0; at < n; at++) {
        unsigned y = told[at] >> 1 & 3, place = told[at] >> 3;
        uint32_t line = v->line | (place << 2 | ((y - v->y) & 3)) << 23;
        told[at] = (uint8_t)((line >> 23 ^ line >> 5 ^ line) & ((1u << bits) - 1));
        v->line = line >> bits;
        v->y = (uint8_t)y;
    }
}
