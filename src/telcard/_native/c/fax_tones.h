/* Tones with which modems and fax machines meet, for groups of 16 lanes, and the tone disabler.
 *
 * What.  Feed a group 8 kHz samples of its 16 lanes, interleaved; it reports
 *
 *     TC_FAX_CNG    1100 +-38 Hz, 0.5 s every 3.5 s: a calling fax              (T.30 5.2)
 *     TC_FAX_ANS    2100 +-15 Hz: an answering fax (CED, T.30) or modem (V.25)
 *     TC_FAX_ANSAM  ... with its amplitude modulated at 15 Hz by a fifth        (V.8 3.2)
 *     TC_FAX_2225   2225 Hz: an answering Bell 103 or 212 modem
 *     TC_FAX_V21    HDLC flags in V.21 channel 2: the preamble of a fax command (T.30 5.3.1)
 *
 * when they have lasted long enough to be no speech (TC_FAX_ON) and when they are over
 * (TC_FAX_OFF); of CNG, which must be over within 0.65 s, both are told at its end.  Both kinds of
 * 2100 Hz may reverse their phase every 450 +-25 ms to switch echo cancellers off (V.25, V.8);
 * TC_FAX_REVERSES says so, once.  If the tone is -31 dBm0 or louder the lane's tone disabler goes
 * on with it (TC_FAX_DISABLE), until all sound has been below -36 dBm0 for 250 ms (TC_FAX_RELEASE;
 * G.168 7).
 *
 * How.  Three boxcar filters of 20 samples, around 1100, 1750 and 2150 Hz, give a value each every
 * 2.5 ms.  Over 20 ms, looked at every 5 ms:
 *
 *     one tone?          the steps in phase from value to value all agree, and the filter holds
 *                        `share` of all energy: their mean is the frequency, to about 1 Hz;
 *     a reversal?        a value is compared with the one 15 ms before, turned by the frequency
 *                        that the tone has had so far: 180 +-25 degrees away for 7.5 ms is one,
 *                        110 degrees is none (G.168 7.3); periodic are those that come 450 +-25 ms,
 *                        and 10 ms of our own error, after the tone's start or each other;
 *     modulated?         the values' magnitude against 15 Hz, 200 ms at a time;
 *     flags?             the sign of the phase steps around 1750 Hz: marks of 20 ms and spaces of
 *                        6.7 ms in turn, six flags of them.
 *
 * Limits.  Memory is the caller's and 64-byte aligned; nothing is allocated.  Starts and ends are
 * good to 5 ms.  Any cutting of the stream gives the same events, they come when a block of 40
 * samples is full.  A lane's events depend on its own samples only, and on nothing else as long as
 * tc_fax_tones_reset() happens between two blocks.  The same bits at every SIMD level.
 */
#ifndef TC_FAX_TONES_H
#define TC_FAX_TONES_H

#include "dtmf.h"

#include <stdint.h>

#define TC_FAX_BLOCK 40

enum { TC_FAX_CNG = 1, TC_FAX_ANS, TC_FAX_ANSAM, TC_FAX_2225, TC_FAX_V21 };
enum { TC_FAX_ON = 1, TC_FAX_REVERSES, TC_FAX_OFF, TC_FAX_DISABLE, TC_FAX_RELEASE };

typedef struct {
    float floor_dbm0; /* a tone below this level is not heard */
    float share;      /* part of all energy that the tone must have */
    float cng_ms;     /* CNG must last this long, */
    float answer_ms;  /* ANS and 2225 Hz this long, */
    float flags;      /* and the preamble so many flags */
} tc_fax_profile;

typedef struct {
    uint64_t start;    /* first sample of the tone, counted from the lane's reset */
    uint64_t decided;  /* samples of the lane heard when this was reported */
    uint32_t frames;   /* length of the tone: so far, or in all (OFF) */
    uint8_t lane;      /* 0..15 */
    uint8_t kind;      /* TC_FAX_ON ... */
    uint8_t tone;      /* TC_FAX_CNG ..., 0 in a release */
    uint8_t reversals; /* of its phase, so far (255: or more) */
    float level_dbm0;
    float hz; /* its frequency; 1750 of the preamble */
} tc_fax_event;

/* A call of tc_fax_tones_feed() with n samples reports no more events than this. */
#define TC_FAX_MAX_EVENTS(n) (5 * TC_GROUP * ((n) / TC_FAX_BLOCK + 1))

typedef struct tc_fax_tones tc_fax_tones;

tc_fax_profile tc_fax_profile_default(void);

/* Prepare a group; profile NULL = default. */
void tc_fax_tones_init(tc_fax_tones *d, const tc_fax_profile *profile);

/* Forget what a lane has heard and count its samples from 0 again; its disabler is off. */
void tc_fax_tones_reset(tc_fax_tones *d, unsigned lane);

/* Hear n samples of each lane, x[sample][lane].  Lanes outside the mask hear silence instead; reset
 * them when they come back.  Returns the number of events written, ordered by time of decision,
 * then lane; what does not fit into `max` is lost (see TC_FAX_MAX_EVENTS). */
unsigned tc_fax_tones_feed(tc_fax_tones *d, const int16_t *x, unsigned n, uint32_t lanes,
                           tc_fax_event *events, unsigned max);

/* Mask of the lanes whose tone disabler is on. */
uint32_t tc_fax_tones_disabled(const tc_fax_tones *d);

/* Mask of the lanes on which all sound has been below the release level for long enough. */
uint32_t tc_fax_tones_hushed(const tc_fax_tones *d);

/* ---- The group's memory; nobody else's business. ---- */

enum { TC_FAX_LOW, TC_FAX_MIDDLE, TC_FAX_HIGH, TC_FAX_BANDS }; /* 1100, 1750, 2150 Hz */

struct tc_fax_tones {
    tc_dtmf_complex last[TC_FAX_BANDS - 1]; /* newest values of the lower two bands */
    tc_dtmf_complex high[8];                /* ... of the high band, a ring */
    tc_dtmf_row power[4][TC_FAX_BANDS];     /* of each block, a ring: sum of |z|^2, */
    tc_dtmf_complex step[4][TC_FAX_BANDS];  /* of z * conj(z 2.5 ms before), */
    tc_dtmf_row energy[4];                  /* and of all squares */
    tc_dtmf_flags candidate, held;          /* tone that sounds; that was reported */
    tc_dtmf_flags age, good, missed;        /* blocks since it began; those that were good; those
                                               since the last good one */
    tc_dtmf_row sum_power;                  /* of its good blocks, */
    tc_dtmf_complex sum_step;
    tc_dtmf_flags turned;        /* values in a row that were reversed */
    tc_dtmf_complex am_turn, am; /* 15 Hz; the magnitude against it, */
    tc_dtmf_row am_mean;
    tc_dtmf_flags am_values;           /* over so many values so far */
    tc_dtmf_flags am_told;             /* 1: not modulated, 2: modulated */
    tc_dtmf_flags space, run, changes; /* V.21: sign, values that it has lasted, regular
                                          changes in a row */
    tc_dtmf_flags hushed;              /* blocks below the release level */

    tc_fax_profile profile;
    struct {
        float floor, release;
        int cng, answer, changes;
    } limits;                  /* the profile in the kernel's units */
    uint64_t blocks;           /* heard by the group */
    uint64_t origin[TC_GROUP]; /* the group's sample at the lane's reset */
    double start[TC_GROUP];    /* of the tone */
    double reversed[TC_GROUP]; /* when its phase was last reversed, or its start */
    uint8_t reversals[TC_GROUP], periodic[TC_GROUP], disabled[TC_GROUP];
    uint32_t fill;
    int16_t pending[TC_FAX_BLOCK][TC_GROUP]; /* a block that is not full yet */
};

#endif
