/* DTMF detection for groups of 16 lanes (ITU-T Q.23 tones, the operating limits of Q.24).
 *
 * What.  Feed a group 8 kHz samples of its 16 lanes, interleaved; it reports a digit twice: when it
 * is accepted (TC_DTMF_ON, 40 to 45 ms after its start) and when it has ended (TC_DTMF_OFF, with
 * its length).  Start and length are those of the tone itself, not of the moment of decision.
 *
 * How.  Two band filters leave one complex signal for the low group of tones (around 800 Hz) and
 * one for the high group (around 1400 Hz), 800 values a second each.  The filters work on 16-bit
 * numbers, two to a lane, which is twice as fast as floats and leaves the softest tone 30 dB above
 * what is rounded.  In its band a DTMF tone is a steadily turning phasor and nothing else, so every
 * 5 ms five questions decide:
 *
 *   how fast does it turn?      the phase step gives the frequency itself, hence tone and offset:
 *                               acceptance is a stated percentage, not the width of some bin;
 *   is that all there is?       a matched filter at that very frequency over the last 35 ms must
 *                               hold `purity` of the band's energy: speech, a third tone or a tone
 *                               shorter than about 32 ms do not fill it, and two
 *                               windows, 5 ms apart, must agree;
 *   are the levels right?       floor, twist, and the pair's part of all energy outside 340-460 Hz,
 *                               where dial tones are;
 *   do both tones belong        they begin together and do not fade one by one, as they do where
 *   together?                   music makes a pair by chance;
 *   is it still there?          while a digit lasts, each value is compared with the one 5 ms
 *                               before, turned by the known step: holes up to `gap_ms` are bridged.
 *
 * Most windows hold nothing of the kind; powers and one phase step tell, before anything dear is
 * computed.  A block 6 dB below the softest tone counts as silence: 16 lanes on which nobody speaks
 * cost a tenth.  Filters, windows and limits are described in dtmf_tables.py, which writes
 * dtmf_tables.h.
 *
 * Limits.  Memory is the caller's and 64-byte aligned; nothing is allocated.  Blocks are 40 samples
 * (TC_DTMF_BLOCK): any cutting of the stream gives the same events, they come when a block is full.
 * A lane's events depend on its own samples only, and on nothing else as long as tc_dtmf_reset()
 * happens between two blocks.  The same bits at every SIMD level.
 */
#ifndef TC_DTMF_H
#define TC_DTMF_H

#include "blocks.h"

#include <stdint.h>

#define TC_DTMF_BLOCK 40

enum { TC_DTMF_ON = 1, TC_DTMF_OFF = 2 };

/* Limits of acceptance; tc_dtmf_profile_default() has those that suit every administration. */
typedef struct {
    float floor_dbm0;       /* a tone below this level is not heard */
    float forward_twist_db; /* the low tone may be louder by this */
    float reverse_twist_db; /* the high tone may be louder by this */
    float tolerance;        /* greatest offset from the nominal frequency, relative, */
    float tolerance_hz;     /* ... and what comes on top of it */
    float purity;           /* part of each band's energy that the tone must have */
    float share;            /* part of the whole energy, less dial tone, that the pair must have */
    float gap_ms;           /* a shorter hole does not end the digit */
    float shortest_ms;      /* a shorter digit is none (below 35 ms nothing is heard anyway) */
} tc_dtmf_profile;

typedef struct {
    uint64_t start;   /* first sample of the tone, counted from the lane's reset */
    uint64_t decided; /* samples of the lane heard when this was reported */
    uint32_t frames;  /* length of the tone: so far (ON) or in all (OFF) */
    uint8_t lane;     /* 0..15 */
    uint8_t kind;     /* TC_DTMF_ON, TC_DTMF_OFF */
    char digit;       /* 0-9 A-D * # */
    float low_dbm0;   /* level of the tone of the low group */
    float high_dbm0;  /* ... and of the high group */
    float low_offset; /* frequency offset from nominal, relative (0.015 = 1.5 % high) */
    float high_offset;
} tc_dtmf_event;

/* A call of tc_dtmf_feed() with n samples reports no more events than this. */
#define TC_DTMF_MAX_EVENTS(n) (2 * TC_GROUP * ((n) / TC_DTMF_BLOCK + 1))

typedef struct tc_dtmf tc_dtmf;

tc_dtmf_profile tc_dtmf_profile_default(void);

/* Prepare a group; profile NULL = default. */
void tc_dtmf_init(tc_dtmf *d, const tc_dtmf_profile *profile);

/* Forget what a lane has heard and count its samples from 0 again. */
void tc_dtmf_reset(tc_dtmf *d, unsigned lane);

/* Hear n samples of each lane, x[sample][lane].  Lanes outside the mask hear silence instead; reset
 * them when they come back.  Returns the number of events written, ordered by time of decision,
 * then lane; what does not fit into `max` is lost (see TC_DTMF_MAX_EVENTS). */
unsigned tc_dtmf_feed(tc_dtmf *d, const int16_t *x, unsigned n, uint32_t lanes,
                      tc_dtmf_event *events, unsigned max);

/* Mask of the lanes on which a tone sounds now or has until a moment ago: accepted, or merely
 * suspected (15 ms of something that may become a digit).  Clear only when nothing of the kind was
 * heard for longer than a bridged hole. */
uint32_t tc_dtmf_busy(const tc_dtmf *d);

/* ---- The group's memory; nobody else's business.  A row is one number of each lane. ---- */

typedef float tc_dtmf_row[TC_GROUP] __attribute__((aligned(64)));
typedef int32_t tc_dtmf_flags[TC_GROUP] __attribute__((aligned(64)));

typedef struct {
    tc_dtmf_row re, im;
} tc_dtmf_complex;

/* Index [2] is the band: low, high.  Index [8] is a ring of blocks; the window is the last 7.  The
 * values of both steps are pairs of 16-bit numbers (dtmf.inl); those of step 2 are kept longer, so
 * that a tone's start is still there when it is asked for. */
#define TC_DTMF_RING 16
struct tc_dtmf {
    tc_dtmf_flags x[4];                      /* newest samples before the block, in pairs */
    tc_dtmf_flags s[3][2][8];                /* values of step 1: a ring of blocks */
    tc_dtmf_flags quiet;                     /* blocks since one was loud */
    tc_dtmf_flags z[2][TC_DTMF_RING][4];     /* values of step 2 */
    tc_dtmf_row power[2][8];                 /* of each block: sum of |z|^2 */
    tc_dtmf_complex turn_4[2][8], turn_1[2]; /* ... of z * conj(z 5 ms before); fading, 1.25 ms */
    tc_dtmf_row energy, rest[8];             /* sum of squares; ... without a dial tone */
    tc_dtmf_flags held, gap, suspect;        /* a digit lasts; values since it was last there;
                                                blocks for which a suspicion still counts */
    tc_dtmf_flags stood[2];                  /* blocks for which one tone has filled the band */
    tc_dtmf_flags tone[2];                   /* the digit, */
    tc_dtmf_complex held_4[2];               /* its phase step over 5 ms, */
    tc_dtmf_row held_power[2], least[2];     /* its power now, what must remain of that, */
    tc_dtmf_row best, level[2], offset[2];   /* and its cleanest measurement */
    tc_dtmf_flags candidate;                 /* 1 + digit that the window before held, or 0 */
    tc_dtmf_flags tone_now[2];               /* what the newest window says */
    tc_dtmf_complex turn_now[2];
    tc_dtmf_row power_now[2], offset_now[2];

    tc_dtmf_profile profile;
    struct {
        float floor, quiet, forward, reverse, share;
        float low, high, pair; /* the same of a band's whole power: what is worth judging */
        int gap;
        double shortest;
    } limits;                                /* the profile in the kernel's units */
    uint64_t blocks;                         /* heard by the group */
    uint64_t origin[TC_GROUP];               /* the group's sample at the lane's reset */
    double start[TC_GROUP], ended[TC_GROUP]; /* of this digit; of the one before */
    uint32_t untold; /* lanes whose digit is not long enough yet to be one */
    uint32_t fill;
    int16_t pending[TC_DTMF_BLOCK][TC_GROUP]; /* a block that is not full yet */
};

#endif
