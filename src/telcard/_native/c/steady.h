/* Steady tones for groups of 16 lanes: one sine, two, or one that is modulated, whatever they mean.
 *
 * What.  Feed a group 8 kHz samples of its 16 lanes, interleaved; it reports each stretch of a tone
 * twice: when it is certain (TC_STEADY_ON, some 60 ms after its start) and when it has ended
 * (TC_STEADY_OFF), with its frequencies, levels, start and length.  Exchanges speak in such tones:
 * dial tone, ringing, busy; so do answering machines' beeps and faxes.  What a tone means is
 * decided elsewhere, by its frequencies and its cadence.
 *
 * How.  Every 20 ms the last 64 ms are seen through Hann's window and brought to a spectrum, all
 * lanes of a register at once.  64 ms, because North America's ringing, 440 + 480 Hz, is two tones
 * only to him who listens for longer than 40 ms.  Then four questions:
 *
 *   what sounds loudest?      the greatest bin; its neighbours tell the frequency between the bins;
 *   is there a second tone?   either a second peak, or the first one is broader than a single
 *                             sine's: mean, spread and skewness of its energy are those of two
 *                             points.  Newton steps on both frequencies mend this first guess, on a
 *                             spectrum that is known exactly: a sine at f gives bin k a value that
 *                             is proportional to 1 / (d (1 - d^2)), d = k - f;
 *   is that all there is?     what both leave over decides (`purity`), of all from 150 to 3,750 Hz;
 *   or does it warble?        otherwise all energy within 95 Hz of its centre counts as one
 *                             modulated tone (India's 400 Hz * 25 Hz).
 *
 * Windows that follow each other with the same answer are a stretch.  Its edges lie where the
 * energy, in pieces of 4 ms, changes from one level to the other (the likeliest such point); where
 * one tone replaces another, half way between the windows that knew them.
 *
 * Limits.  Tones of 200 to 3,700 Hz; two tones 28 Hz or more apart and within 13 dB of each other.
 * A stretch of less than some 45 ms goes unheard.  Memory is the caller's, 64-byte aligned; nothing
 * is allocated.  Blocks are 160 samples: any cutting of the stream gives the same events, they come
 * when a block is full.  A lane's events depend on its own samples only, and on nothing else as
 * long as tc_steady_reset() happens between two blocks.  The same bits at every SIMD level.
 */
#ifndef TC_STEADY_H
#define TC_STEADY_H

#include <stdint.h>

#define TC_STEADY_LANES 16
#define TC_STEADY_BLOCK 160
#define TC_STEADY_WINDOW 512
#define TC_STEADY_PIECE 32  /* samples whose energy is one number */
#define TC_STEADY_PIECES 40 /* of them are remembered */

enum { TC_STEADY_ON = 1, TC_STEADY_OFF = 2 };

/* What a tone is like; of two sines the lower comes first. */
typedef struct {
    float hz[2];
    float dbm0[2]; /* level of each sine; of a modulated tone, all of it in dbm0[0] */
    float purity;  /* part of the energy that it is */
    uint8_t sines; /* 1, 2; 0: modulated, hz[0] is its centre */
} tc_steady_tone;

typedef struct {
    float floor_dbm0; /* a tone below this level is not heard */
    float purity;     /* least part of the energy that belongs to the tone */
    float hole_ms;    /* a shorter absence does not end it */
} tc_steady_profile;

typedef struct {
    uint64_t start;   /* first sample of the tone, counted from the lane's reset */
    uint64_t decided; /* samples of the lane heard when this was reported */
    uint32_t frames;  /* length of the tone: so far (ON) or in all (OFF) */
    uint8_t lane;     /* 0..15 */
    uint8_t kind;     /* TC_STEADY_ON, TC_STEADY_OFF */
    tc_steady_tone tone;
} tc_steady_event;

/* A call of tc_steady_feed() with n samples reports no more events than this. */
#define TC_STEADY_MAX_EVENTS(n) (3 * TC_STEADY_LANES * ((n) / TC_STEADY_BLOCK + 1))

typedef struct tc_steady tc_steady;

tc_steady_profile tc_steady_profile_default(void);

/* Prepare a group; profile NULL = default. */
void tc_steady_init(tc_steady *s, const tc_steady_profile *profile);

/* Forget what a lane has heard and count its samples from 0 again. */
void tc_steady_reset(tc_steady *s, unsigned lane);

/* Hear n samples of each lane, x[sample][lane].  Lanes outside the mask hear silence instead; reset
 * them when they come back.  Returns the number of events written, ordered by time of decision,
 * then lane; what does not fit into `max` is lost (see TC_STEADY_MAX_EVENTS). */
unsigned tc_steady_feed(tc_steady *s, const int16_t *x, unsigned n, uint32_t lanes,
                        tc_steady_event *events, unsigned max);

/* ---- The group's memory; nobody else's business.  A row is one number of each lane. ---- */

typedef float tc_steady_row[TC_STEADY_LANES] __attribute__((aligned(64)));

/* A stretch that is followed. */
typedef struct {
    uint32_t windows;     /* that held it, 0: none is followed */
    uint32_t missed;      /* windows since */
    uint32_t count[3];    /* of them: modulated, one sine, two */
    uint64_t first, last; /* group's sample at the end of its first, its newest window */
    double start;         /* sample; negative: not known yet */
    double ended;         /* where it ended, if it is not there now */
    double sum[3][4];     /* of what each kind of window said: frequencies and powers */
    double purity;        /* sum */
    float level;          /* power of its loudest window */
    float hz[2], centre;  /* what its newest window said */
    int8_t sines;
    int8_t told;
} tc_steady_track;

struct tc_steady {
    int16_t x[TC_STEADY_WINDOW][TC_STEADY_LANES]; /* the window; its last block fills up */
    tc_steady_row energy[TC_STEADY_PIECES];       /* of pieces, newest last */
    struct {
        tc_steady_row hz[2], power[2]; /* sines of the newest window; power is a mean square */
        tc_steady_row purity, centre, near, whole;
    } now;
    tc_steady_track track[TC_STEADY_LANES];
    double before[TC_STEADY_LANES];   /* sample where the stretch before ended */
    uint64_t origin[TC_STEADY_LANES]; /* the group's sample at the lane's reset */
    tc_steady_profile profile;
    float floor;    /* the profile's, as a mean square */
    uint64_t heard; /* samples of the group */
    uint32_t fill;  /* samples of the block that is not full yet */
};

#endif
