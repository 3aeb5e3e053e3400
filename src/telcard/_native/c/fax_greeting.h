/* Greeting: what a fax says before its first frame, and whether somebody else is there instead.
 *
 * What.  It hears a line from the beginning of a call, and tells CED (2100 +-15 Hz for 2.6 to 4.0
 * s: a fax answers), CNG (1100 +-38 Hz for 0.5 s, again every 3.5 s: a fax calls), and that
 * something else has sounded for a second in all: a voice, music, a tone of the exchange.
 *
 * How.  Blocks of 5 ms, in which both frequencies make whole and a half turns, so that a tone that
 * is exact comes out of Goertzel's filter with its sign turned from block to block; how far the
 * sum of those turns is off is how far its frequency is.  A block is a tone's when it has half of
 * all power.  CED is told after 300 ms, CNG when it is over, for one that goes on is none.
 *
 * Limits.  It tells each once.  Tones below the ear's floor are not heard.  For one lane that is in
 * the first seconds of a call; fax_tones.h hears all lanes at all times, and modems as well.
 *
 * Source.  ITU-T T.30 (2005) 4.2, 4.3.3.3, 5.2.
 */
#ifndef TC_FAX_GREETING_H
#define TC_FAX_GREETING_H

#include <stdbool.h>
#include <stdint.h>

#define TC_FAX_GREETING_BLOCK 40 /* samples */

enum { TC_GREETING_CED = 1, TC_GREETING_CNG = 2, TC_GREETING_SOUND = 4 }; /* a mask */

/* One of the two frequencies. */
typedef struct {
    float last, before;   /* the filter's memory */
    float re, im;         /* of the block before */
    float sum_re, sum_im; /* its turns from block to block, of the tone so far */
    uint16_t blocks, gap; /* that it has lasted; that it has been away for */
} tc_fax_greeting_tone;

typedef struct {
    tc_fax_greeting_tone tone[2]; /* CED, CNG */
    uint16_t sound;               /* blocks of anything else */
    uint8_t told;
} tc_fax_greeting;

static inline void tc_fax_greeting_init(tc_fax_greeting *greeting)
{
    *greeting = (tc_fax_greeting){0};
}

/* Hear some samples of a block. */
void tc_fax_greeting_hear(tc_fax_greeting *greeting, const int16_t *in, unsigned n);

/* A block is full: `energy` is the sum of its squares, `loud` whether anything is there.  What has
 * become known by it: a mask.  `listens`: what may be told; the rest, our own echo, is forgotten.
 */
unsigned tc_fax_greeting_block(tc_fax_greeting *greeting, float energy, bool loud,
                               unsigned listens);

#endif
