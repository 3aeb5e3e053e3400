/* Multi-frequency signals for groups of 16 lanes: R1 (Bell MF), R2 MFC forward and backward, and
 * the in-band tones of line signalling.
 *
 * What.  Feed a group 8 kHz samples of its 16 lanes, interleaved; it reports a signal when it
 * appears (TC_MF_ON) and when it has disappeared (TC_MF_OFF, with its length): compelled signalling
 * lives on both.  Start and length are those of the tones, not of the moment of decision.
 *
 *     system               tones (Hz)                       a signal is
 *     TC_MF_R1             700, 900 ... 1700                two of them  (Q.320 to Q.323)
 *     TC_MF_R2_FORWARD     1380, 1500 ... 1980              two of them  (Q.441, Q.454, Q.455)
 *     TC_MF_R2_BACKWARD    1140, 1020 ... 540               two of them
 *     TC_MF_SIGNALLING     2280, 2400, 2600                 one, or two at once: 2280 of AC systems
 *                                                           in Britain, 2400 and 2600 of No. 5
 *                                                           (Q.141), 2600 of R1 (Q.311)
 *
 * How.  Blocks of 20 samples are turned to 0 Hz at each tone and summed; the last seven of them,
 * weighted, are the tone's filter, 17.5 ms long.  Every 2.5 ms the greatest two filters are asked
 * the questions of "two and only two": are both loud enough, their difference small enough, is the
 * third one far below, do both lie within the tolerance (by the phase that each has moved on in
 * 5 ms), and do both together make up most of *all* the energy in the window?  A signal of R2 that
 * fills 90 % of the window by itself is believed at once, one in noise when four windows agree; a
 * burst of 7 ms fills no window.  While a signal lasts, its own two tones are watched: it ends when
 * either has lost 10 dB, which a hole of 7 ms does not bring about.
 *
 * Reaction.  R2 operates about 15 ms after a signal has begun and releases 11 ms after it has
 * ended; Q.455 allows 80 ms for the two.
 *
 * Limits.  Memory is the caller's and 64-byte aligned; nothing is allocated.  Any cutting of the
 * stream gives the same events, they come when a block of 20 samples is full.  A lane's events
 * depend on its own samples only, and on nothing else as long as tc_mf_reset() happens between two
 * blocks.  The same bits at every SIMD level.  Filters and tones: mf_tables.py.
 */
#ifndef TC_MF_H
#define TC_MF_H

#include "dtmf.h"

#include <stdint.h>

#define TC_MF_BLOCK 20
#define TC_MF_TONES 6

enum { TC_MF_R1, TC_MF_R2_FORWARD, TC_MF_R2_BACKWARD, TC_MF_SIGNALLING, TC_MF_SYSTEMS };
enum { TC_MF_ON = 1, TC_MF_OFF = 2 };

/* What is accepted; tc_mf_profile_default() has each system's own. */
typedef struct {
    uint8_t system;          /* TC_MF_R1 ... */
    float floor_dbm0;        /* a tone below this level is not heard */
    float adjacent_twist_db; /* the two tones may differ by this, if they are neighbours */
    float twist_db;          /* ... and if they are not */
    float third_db;          /* any other must be this far below the weaker of the two */
    float tolerance;         /* greatest offset from the nominal frequency: relative, */
    float tolerance_hz;      /* and this on top */
    float share;             /* part of all energy that the signal must have */
    float sure;              /* ... with which it is believed soonest */
    float operate_ms;        /* a sure signal must last this long from when it was first seen */
    float doubt_ms;          /* ... one that is not sure */
    float gap_ms;            /* absence that ends a signal, from when it was first missed */
} tc_mf_profile;

/* `signal`: indices of its tones, the lower index first, low | high << 4; one alone: low | 7 << 4.
 * Indices count as the table above does. */
typedef struct {
    uint64_t start;      /* first sample of the signal, counted from the lane's reset */
    uint64_t decided;    /* samples of the lane heard when this was reported */
    uint32_t frames;     /* its length: so far (ON) or in all (OFF) */
    uint8_t lane;        /* 0..15 */
    uint8_t kind;        /* TC_MF_ON, TC_MF_OFF */
    uint8_t signal;      /* its tones */
    float level_dbm0[2]; /* of either tone; the second is -INFINITY when there is one alone */
    float offset_hz[2];  /* ... from its nominal frequency */
} tc_mf_event;

/* A call of tc_mf_feed() with n samples reports no more events than this. */
#define TC_MF_MAX_EVENTS(n) (3 * TC_GROUP * ((n) / TC_MF_BLOCK + 1))

typedef struct tc_mf tc_mf;

tc_mf_profile tc_mf_profile_default(unsigned system);

/* Prepare a group. */
void tc_mf_init(tc_mf *d, const tc_mf_profile *profile);

/* Forget what a lane has heard and count its samples from 0 again. */
void tc_mf_reset(tc_mf *d, unsigned lane);

/* Hear n samples of each lane, x[sample][lane].  Lanes outside the mask hear silence instead; reset
 * them when they come back.  Returns the number of events written, ordered by time of decision,
 * then lane; what does not fit into `max` is lost (see TC_MF_MAX_EVENTS). */
unsigned tc_mf_feed(tc_mf *d, const int16_t *x, unsigned n, uint32_t lanes, tc_mf_event *events,
                    unsigned max);

/* ---- The group's memory; nobody else's business. ---- */

#define TC_MF_BEFORE 16 /* windows that are remembered, to find edges */

typedef struct {
    tc_dtmf_row power;  /* of the tone while it lasts, */
    tc_dtmf_row level;  /* its cleanest measurement, */
    tc_dtmf_row offset; /* in Hz */
} tc_mf_tone;

struct tc_mf {
    tc_dtmf_complex block[8][TC_MF_TONES];  /* a ring of blocks: each tone's sum */
    tc_dtmf_row energy[8];                  /* ... and that of all squares */
    tc_dtmf_complex window[2][TC_MF_TONES]; /* each tone's window one block ago, two blocks ago */
    tc_dtmf_row power[TC_MF_BEFORE][TC_MF_TONES];
    tc_dtmf_flags quiet;              /* blocks since one was loud */
    tc_dtmf_flags held;               /* 1 + the signal in progress, or 0; */
    tc_dtmf_flags missed;             /* windows since it was last there, */
    tc_mf_tone tone[2];               /* its two tones, */
    tc_dtmf_row best;                 /* how far from pure the cleanest measurement was */
    tc_dtmf_flags candidate, windows; /* 1 + signal that windows in a row have held; how many */
    tc_dtmf_flags now;                /* 1 + signal that is to be reported */
    tc_mf_tone tone_now[2];

    tc_mf_profile profile;
    struct {
        float floor, quiet, twist[2], third, share, sure, hz[TC_MF_TONES];
        int operate, doubt, gap;
        int alone;                           /* one tone is a signal too */
    } limits;                                /* the profile in the kernel's units */
    uint64_t blocks;                         /* heard by the group */
    uint64_t origin[TC_GROUP];               /* the group's sample at the lane's reset */
    double start[TC_GROUP], ended[TC_GROUP]; /* of this signal; of the one before */
    uint32_t fill;
    int16_t pending[TC_MF_BLOCK][TC_GROUP]; /* a block that is not full yet */
};

#endif
