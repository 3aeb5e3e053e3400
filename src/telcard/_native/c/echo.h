/* Line echo canceller: what comes back of what was sent is taken out again, in 16 lanes.
 *
 * What.  `receive` goes towards the echo path, `send` comes back with the echo and whoever talks
 * there; `out` is `send` without the echo, sample for sample: nothing is delayed.  The tail, 8 to
 * 128 ms in steps of 8, is one number for the group at most, and less for each lane that asks.
 *
 * How.  The response is cut into partitions of 80 taps.  The first works on each sample, the others
 * on spectra of past blocks (160 samples, half of them new), so that nothing is late.  Learning
 * happens at fixed places of the stream, every TC_ECHO_BLOCK samples; so every cutting gives the
 * same bits.  Two filters learn side by side:
 *
 *   the filter   which is heard.  Each bin of each partition has an uncertainty, and learns by it:
 *                fast at first, little when it knows the path, hardly while somebody talks over it
 *                (G. Enzner, P. Vary, 2006; F. Kuech, E. Mabande, G. Enzner, 2014: a Kalman filter
 *                per bin).  No detector of double talk is needed for that.
 *   the scout    which learns with a fixed step and is never heard.  A filter that is certain of
 *                itself does not see that the path has changed; the scout does.  When it has left
 *                less than the filter for long enough, the filter takes what the scout knows, and
 *                its uncertainty with it.  Tones do not count: a scout can follow them.
 *
 * Partitions learn in proportion to their amplitude (an echo lives in few of them), which also
 * keeps periodic sounds from spreading it over all.  The error is seen through half a window, so a
 * strong bin's is heard in others: a bin learns the less, the more of its reference may come from
 * others, and a tone teaches those bins only that hold it.  In each sample a safety looks at what
 * comes out: when that is louder than what came in, the estimate is given up until it is better
 * again; and no sample comes out louder than the last few that came in.
 *
 * The delay before the tail is known, or found (TC_ECHO_FIND_DELAY; bulk_delay.h).  A tail is moved
 * only when it does not hold what was found, and less than 15 dB are taken away: what works stays.
 * Then it begins some 3 ms before the echo, and learns anew.
 *
 * Speed.  With many channels, what a block costs is mostly reading and writing all those weights:
 * both filters and the reference's spectra are kept in 16 bits a number (an error 55 dB below them,
 * where A-law leaves 38), and are gone through once a block, in which both filters learn and what
 * they give to the next block is summed up.  Each response is cut to its 80 taps in one block of
 * five, some of them in each, so that all blocks cost the same.
 *
 * Limits.  Memory is the caller's, 64-byte aligned, tc_echo_octets() of it.  A lane's bits depend
 * on its own samples only, counted from its reset, at the group's blocks.
 */
#ifndef TC_ECHO_H
#define TC_ECHO_H

#include <stddef.h>
#include <stdint.h>

#define TC_ECHO_LANES 16
#define TC_ECHO_BLOCK 80
#define TC_ECHO_PART 8
#define TC_ECHO_BINS 81       /* of a block and the one before it */
#define TC_ECHO_STEP 64       /* taps: tails are multiples of 8 ms */
#define TC_ECHO_LONGEST 1024  /* taps: 128 ms */
#define TC_ECHO_FARTHEST 4000 /* samples of known delay: 500 ms */

typedef float tc_echo_row[TC_ECHO_LANES] __attribute__((aligned(64)));

typedef struct {
    float receive, send, rest; /* mean squares, smoothed: reference, what came in, what is left */
    float erl_db, erle_db;     /* of the echo, while there is one alone */
    uint32_t delay;            /* samples before the echo's first strong tap, the known delay too */
    uint32_t begins;           /* samples before the tail: the known delay, or the one found */
    uint8_t converged, double_talk, frozen, disabled;
} tc_echo_figures;

enum { /* what happened to a lane */
       TC_ECHO_CONVERGED,
       TC_ECHO_PATH_CHANGED,
       TC_ECHO_DISABLED,
       TC_ECHO_ENABLED,
       TC_ECHO_DELAY_FOUND, /* the tail begins elsewhere from now on */
};

typedef struct {
    uint64_t start; /* the sample at which it happened, counted from the lane's reset */
    uint8_t lane, kind;
} tc_echo_event;

/* At most so many events in a call of n samples. */
#define TC_ECHO_MAX_EVENTS(n) (((n) / TC_ECHO_BLOCK + 2) * 5 * TC_ECHO_LANES)

enum {                            /* what is done beside the linear filter */
       TC_ECHO_HIGH_PASS = 1,     /* offsets and hum below 60 Hz go */
       TC_ECHO_NLP = 2,           /* what the filter leaves of an echo is suppressed */
       TC_ECHO_COMFORT = 4,       /* and noise like that of the near end put in its place */
       TC_ECHO_TONE_DISABLER = 8, /* 2100 Hz with reversed phases puts it out of the way */
       TC_ECHO_FIND_DELAY = 16,   /* the tail begins where the echo is found, up to 500 ms */
};

typedef struct tc_echo tc_echo;

/* Octets for a tail of so many taps, known delays of up to `reach` samples (0: none), and what is
 * done beside. */
size_t tc_echo_octets(unsigned taps, unsigned reach, unsigned flags);

/* All lanes have the group's tail and no delay. */
void tc_echo_init(tc_echo *echo, unsigned taps, unsigned reach, unsigned flags);

/* A lane's own tail, and the delay before it, or the least where it is to be found; its filter
 * begins anew. */
void tc_echo_shape(tc_echo *echo, unsigned lane, unsigned taps, unsigned delay);

/* Forget what a lane has learnt and heard. */
void tc_echo_reset(tc_echo *echo, unsigned lane);

/* A frozen lane cancels, but does not learn. */
void tc_echo_freeze(tc_echo *echo, unsigned lane, int on);

/* The filter as it is heard, `taps` of its response, and one to begin with. */
void tc_echo_save(const tc_echo *echo, unsigned lane, float *response);
void tc_echo_load(tc_echo *echo, unsigned lane, const float *response);

void tc_echo_look(const tc_echo *echo, unsigned lane, tc_echo_figures *figures);

/* n samples of each lane, [sample][lane]; returns how many events there were. */
unsigned tc_echo_feed(tc_echo *echo, const int16_t (*receive)[TC_ECHO_LANES],
                      const int16_t (*send)[TC_ECHO_LANES], int16_t (*out)[TC_ECHO_LANES], size_t n,
                      tc_echo_event *events);

#endif
