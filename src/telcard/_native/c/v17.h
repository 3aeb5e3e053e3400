/* V.17's code, received: which way through the trellis fits the symbols best.
 *
 * What.  Of each symbol 3 to 6 bits, and at once the point that it most likely is.
 *
 * How.  A sender's eight states, and the rule that leads from one to the next, allow few ways
 * through the points; Viterbi's algorithm keeps the best one to each state.  A symbol's squared
 * distances to the nearest point of each of eight subsets (numbers alike in their three lowest
 * bits) are found for all points abreast; then each state takes the best of the four states that
 * lead to it, all eight states abreast.  Where the ways come from is kept for TC_V17_KEPT symbols.
 * Whenever that many are kept, the best way is followed back and its first TC_V17_TOLD symbols are
 * told, so that each has been looked at from at least 40 symbols later: as good as from ever later,
 * for which five times the code's memory of 3 would nearly do.  Following costs 2.7 steps a symbol.
 *
 * The point told at once, for carrier, clock and equaliser, is the newest one on the way to the
 * best state: it is wrong about a third as often as the nearest point.
 *
 * The numbers' last two code bits, Y, count on by what was sent; the scrambler is undone for a
 * whole symbol's bits at once, since its first tap lies 18 bits back.
 *
 * Limits.  A symbol's bits are told 40 to 64 symbols after it (27 ms at most), the last ones when
 * the caller asks for them.  Sums are of float, of differences only, and the same at every SIMD
 * level.
 *
 * Use.  The eight lanes' work, v17_decide() in v17.inl, is part of the receiver's loops
 * (fax_receive.inl), which ask tc_v17_tell() whenever TC_V17_KEPT symbols wait.
 *
 * Source.  ITU-T V.17 (1991) 2; G. Ungerboeck, "Trellis-coded modulation with redundant signal
 * sets", 1987; G. D. Forney, "The Viterbi algorithm", 1973.
 */
#ifndef TC_V17_H
#define TC_V17_H

#include <stdint.h>

enum {
    TC_V17_KEPT = 64,
    TC_V17_TOLD = 24,
    TC_V17_STATES = 8,
    TC_V17_AGAIN = 40, /* symbols that are heard again when a slip is looked for */
};

typedef struct {
    /* how much worse the way to each state is than the best one */
    float worse[TC_V17_STATES] __attribute__((aligned(32)));
    /* of the way to each state: the point's number << 3 | the state before */
    int32_t way[TC_V17_KEPT][TC_V17_STATES] __attribute__((aligned(32)));
    float step;       /* by how much the best way became longer with the last symbol */
    uint32_t symbols; /* since the beginning */
    uint32_t told;
    uint32_t line; /* the last 23 bits on the line, the oldest lowest */
    uint8_t best;  /* state */
    uint8_t y;     /* of the last symbol told */
} tc_v17;

/* The first symbol comes next. */
void tc_v17_begin(tc_v17 *v);

/* The first n symbols not yet told, each as its `bits` bits of data, the first one lowest. */
void tc_v17_tell(tc_v17 *v, unsigned n, unsigned bits, uint8_t *told);

#endif
