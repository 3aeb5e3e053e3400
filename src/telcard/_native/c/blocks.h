/* Blocks: kernels over lanes take the sound of a group of 16, x[sample][lane], in pieces of any
 * length, and work on blocks of one length; so the cutting of the stream changes nothing.
 */
#ifndef TC_BLOCKS_H
#define TC_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#define TC_GROUP 16

/* The next whole block of a stream, or NULL when `*x` is used up; `*x` and `*n`, its samples, move
 * on.  What does not fill a block waits in `pending`, `*fill` frames of it.  Lanes outside the mask
 * are silent. */
static inline const int16_t *tc_next_block(const int16_t **x, unsigned *n, uint32_t lanes,
                                           int16_t (*pending)[TC_GROUP], uint32_t *fill,
                                           unsigned block)
{
    if ((lanes & 0xFFFF) == 0xFFFF && !*fill && *n >= block) { /* where it is */
        const int16_t *whole = *x;
        *x += block * TC_GROUP;
        *n -= block;
        return whole;
    }
    int16_t mask[TC_GROUP];
    for (unsigned lane = 0; lane < TC_GROUP; lane++)
        mask[lane] = (lanes >> lane & 1) ? -1 : 0;
    const unsigned room = block - *fill, take = room < *n ? room : *n;
    for (unsigned i = 0; i < take; i++)
        for (unsigned lane = 0; lane < TC_GROUP; lane++)
            pending[*fill + i][lane] = (*x)[i * TC_GROUP + lane] & mask[lane];
    *x += take * TC_GROUP;
    *n -= take;
    *fill += take;
    if (*fill < block)
        return NULL;
    *fill = 0;
    return pending[0];
}

#endif
