/* Receiving frequency-shift keying for groups of 16 lanes: V.21, V.23, Bell 103, Bell 202.
 *
 * What.  A group hears one kind of modem on 16 lanes of 8 kHz samples, interleaved, and reports the
 * carrier's coming and going and what is sent: characters (start bit, data, parity, stop bit) or,
 * as a lane chooses, raw bits: eight at a time, or one by one where the last bits count.
 *
 * How.  A band filter leaves one complex signal around the middle of mark and space and gives four
 * values a bit: three for every 5 * stretch samples, where stretch is 1200 / baud; so a lane's
 * work costs the same per bit in every standard.  Its taps are whole numbers, two of which meet two
 * samples in one instruction.  For each tone the four values of a bit's length are added up, turned
 * back by that tone: G of mark and G of space, a new pair with every value.  Carrier and bit clock
 * then go on by a block of three values at once, in which the tone changes once at most and a bit
 * is taken in once; so what is told of the moments lies between values:
 *
 *   which bit?    A modem goes from tone to tone without a step in phase, so a bit tells of its
 *                 neighbours.  The bit before, the bit and the bit after are heard as one piece: of
 *                 the eight rows of three bits that there are, each with the phases that it must
 *                 have, the best one with a mark in its middle stands against the best one with a
 *                 space there.  That hears about 2 dB deeper into noise than bit by bit.
 *   when?         Where the powers of G of mark and space cross, a bit has begun or ended.  A line
 *                 may weaken the higher tone, so each is divided by its usual magnitude; not by its
 *                 usual power, for a tone 10 dB louder leaks more than that into the other's G.  A
 *                 lane's bit clock moves there a part of the way, the first time all the way, then
 *                 half ...; a start bit that comes out of step sets the clock anew.
 *   a carrier?    The band's power over two bits stands above a floor, and most of it is what the
 *                 best three bits explain: noise and speech are not.  Both for a given time to
 *                 begin, one of them missing for a given time to end it, 4.3 dB apart.
 *
 * Limits.  Memory is the caller's and 64-byte aligned; nothing is allocated.  Blocks are 5 *
 * stretch samples: any cutting of the stream gives the same events, they come when a block is full.
 * A lane's events depend on its own samples only, as long as tc_fsk_reset() happens between two
 * blocks.  The same bits at every SIMD level.
 *
 * Sources: ITU-T V.21, V.23; Bell System Technical References 41106 (103), 41212 (202).  Detection
 * over several bits: Osborne, Luntz, "Coherent and noncoherent detection of CPFSK", 1974.
 */
#ifndef TC_FSK_H
#define TC_FSK_H

#include <stdint.h>

#define TC_FSK_LANES 16
#define TC_FSK_STRETCH 16 /* at most: 75 baud */
#define TC_FSK_TAPS (24 * TC_FSK_STRETCH)
#define TC_FSK_CHUNK 80 /* samples that are laid behind the history in one go */

enum {
    TC_FSK_CARRIER = 1, /* is there; value: its level in 1/256 dBm0 (int32) */
    TC_FSK_LOST,        /* the carrier is gone */
    TC_FSK_OCTET,       /* value: the character's data, or raw bits, the first one lowest */
    TC_FSK_FRAMING,     /* a character without a stop bit; value: its data */
    TC_FSK_PARITY,      /* a character of the wrong parity; value: its data */
    TC_FSK_BREAK,       /* space for a whole character, its stop bit included */
};

enum { TC_FSK_NONE, TC_FSK_ODD, TC_FSK_EVEN };

/* A modem as a recommendation describes it. */
typedef struct {
    double mark_hz, space_hz, baud;
    double band_hz;       /* half the width of the band filter, to -6 dB */
    double floor_dbm0;    /* a carrier above is heard; it is gone 4.3 dB below */
    double on_ms, off_ms; /* for so long */
    double neighbours;    /* weight of the bits beside the one to be told, 0..1 */
} tc_fsk_standard;

/* What a lane makes of its bits; data 0: raw. */
typedef struct {
    uint8_t data, parity; /* 5..8; TC_FSK_NONE ... */
    uint8_t raw;          /* raw bits told at a time, 1..8; 0: eight */
} tc_fsk_framing;

typedef struct {
    uint64_t start; /* first sample of the start bit or of the eight; of the carrier; of its end */
    uint64_t decided; /* samples of the lane heard when this was reported */
    int32_t value;
    uint16_t block; /* that made it known: of the call of tc_fsk_feed(), modulo 65,536 */
    uint8_t lane, kind;
} tc_fsk_event;

/* A call of tc_fsk_feed() with n samples reports no more events than this: a lane has, in a block
 * of 3/4 bit, at most one character and one change of carrier. */
#define TC_FSK_LEAST_BLOCK 5
#define TC_FSK_MAX_EVENTS(n) (2 * TC_FSK_LANES * ((n) / TC_FSK_LEAST_BLOCK + 1))

typedef float tc_fsk_row[TC_FSK_LANES] __attribute__((aligned(64)));
typedef int32_t tc_fsk_flags[TC_FSK_LANES] __attribute__((aligned(64)));

typedef struct {
    tc_fsk_row re, im;
} tc_fsk_complex;

typedef struct {
    float re, im;
} tc_fsk_phasor;

/* What all groups of a standard share. */
typedef struct {
    unsigned stretch, block, taps, keep, offset[3];
    int32_t re[3][TC_FSK_TAPS / 2], im[3][TC_FSK_TAPS / 2]; /* pairs of taps */
    float unit;                                             /* what a sum of products is worth */
    tc_fsk_phasor turn_1[2], turn_2[2];                     /* by tone: space, mark */
    tc_fsk_phasor aside;             /* of mark, so that at a bit's end space's phase is its */
    tc_fsk_phasor back[2], forth[2]; /* over a bit, weighed as a neighbour */
    float step;                      /* bits from value to value */
    float on, off, like, unlike;     /* sums over nine values */
    int32_t on_blocks, off_blocks;
    double delay, spacing; /* samples: of what is decided; from value to value */
} tc_fsk_plan;

typedef struct {
    const tc_fsk_plan *plan;
    tc_fsk_complex z, u[2][2], g[2][8];    /* newest values; index [2] is the tone */
    tc_fsk_row power[2], whole, explained; /* of blocks; fading sums: in all, by the best bits */
    tc_fsk_row likely, crossing;           /* of the value before: soft bit, difference of powers */
    tc_fsk_row level[2];                   /* usual size of G of each tone, where it is sent */
    tc_fsk_row phase, gain;                /* of the bit clock: bits; part of the way it moves */
    tc_fsk_row done_phase, done_power;
    tc_fsk_flags carrier, lasting;
    tc_fsk_flags busy, count, word, done; /* a character is being taken in: its bits so far */
    tc_fsk_flags framed, length;          /* by lane: start bits are waited for; bits to collect */
    uint64_t values;                      /* of the group */
    uint64_t samples;
    uint64_t origin[TC_FSK_LANES]; /* the group's sample at the lane's reset */
    tc_fsk_framing framing[TC_FSK_LANES];
    unsigned fill; /* rows of x that hold samples */
    /* Pairs: a sample below, the one after it above. */
    tc_fsk_flags x[TC_FSK_TAPS + 4 * TC_FSK_STRETCH + TC_FSK_CHUNK];
} tc_fsk;

void tc_fsk_plan_init(tc_fsk_plan *plan, const tc_fsk_standard *standard);

/* Prepare a group; the plan must outlive it. */
void tc_fsk_init(tc_fsk *fsk, const tc_fsk_plan *plan);

/* Forget what a lane has heard, count its samples from 0 again, and frame its bits so. */
void tc_fsk_reset(tc_fsk *fsk, unsigned lane, tc_fsk_framing framing);

/* Hear n samples of each lane, x[sample][lane].  Lanes outside the mask hear silence instead; reset
 * them when they come back.  Returns the number of events written, ordered by time of decision,
 * then lane; what does not fit into `max` is lost (see TC_FSK_MAX_EVENTS). */
unsigned tc_fsk_feed(tc_fsk *fsk, const int16_t *x, unsigned n, uint32_t lanes,
                     tc_fsk_event *events, unsigned max);

/* Whether a lane hears mark now. */
static inline int tc_fsk_marks(const tc_fsk *fsk, unsigned lane)
{
    return fsk->carrier[lane] && fsk->crossing[lane] > 0;
}

#endif
