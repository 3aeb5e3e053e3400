/* Voice activity: when somebody talks on each of 16 lanes.
 *
 * What.  Feed hops of 10 ms; it tells when speech has begun (TC_VAD_ON, some 60 ms late, with the
 * place where it began) and when it has ended (TC_VAD_OFF, when `hangover` hops have passed without
 * any).  Speech is heard over noise from an SNR of about 5 dB on, and from about -50 dBm0 over a
 * quiet line.  Tones are no speech, be they steady or keyed: dial and busy tones, DTMF, MF,
 * carriers.
 *
 * How.  From the spectrum (spectrum.h), every hop:
 *
 *   ratio    how much likelier what is heard is under "speech and noise" than under "noise alone":
 *            the mean logarithm of that over the bins from 190 to 3,500 Hz, for Gaussian spectra
 *            (J. Sohn, N. S. Kim, W. Sung: "A statistical model-based voice activity detection",
 *            1999);
 *   score    its geometric mean over some 80 ms, for who wants a threshold of his own;
 *   tone     whether two lines, 220 Hz wide, hold 97 % of what is above the noise, and the stronger
 *            one's middle stays within 4 Hz for two hops.  A voice has a dozen harmonics, of which
 *            one or two rarely rule for long; where they do, it is its pitch and what is next to
 *            it, so a line below 300 Hz must stand for 150 ms.  As long as nobody talks a tone is
 *            believed at once, and for 80 ms more, but in the midst of speech only when tones last,
 *            or come again and again;
 *   talk     a hop of which the ratio, and its mean over 30 ms, is above `threshold`, with a level
 *            above `floor`, and no tone.
 *
 * Speech begins when ONSET_HOPS of the last 8 are talk.  What a click, or a tone's beginning and
 * end, splash over the spectrum lasts for less.
 *
 * The noise is what all that stands on.  It is not followed while the score says that somebody
 * talks, or else every word would leave something of itself in it, and the end of each phrase would
 * be lost.  What rises meanwhile is known by the least power of each band of 250 Hz in 1.6 s
 * ("minimum statistics", R. Martin, 2001): in a voice every band has a pause by then.
 *
 * Limits.  Music is speech to it, and so is a modem: they change.  A step of the noise by more than
 * some 6 dB is taken for speech for a second or two, until the noise is known.  Memory is the
 * caller's, 64-byte aligned; whole hops only, so a stream is cut into them by whoever feeds.  The
 * same bits at every SIMD level.
 */
#ifndef TC_VAD_H
#define TC_VAD_H

#include "spectrum.h"

enum { TC_VAD_ON = 1, TC_VAD_OFF = 2 };

typedef struct {
    float threshold;   /* of the score; 0.25 suits most */
    float floor_dbm0;  /* a hop below this level is no talk */
    uint32_t hangover; /* hops without talk that end the speech */
} tc_vad_profile;

typedef struct {
    uint64_t start;     /* first sample of the speech, counted from the lane's reset */
    uint64_t decided;   /* samples heard when this was reported */
    uint64_t frames;    /* how long it has lasted: so far (ON), or in all (OFF) */
    uint8_t lane, kind; /* TC_VAD_ON, TC_VAD_OFF */
    float level_dbm0;   /* mean over the hops of talk */
    float snr_db;       /* level above that of the noise before it */
} tc_vad_event;

typedef struct tc_vad tc_vad;

tc_vad_profile tc_vad_profile_default(void);
void tc_vad_init(tc_vad *vad, const tc_vad_profile *profile); /* NULL: default */

/* Forget what a lane has heard; between two hops. */
void tc_vad_reset(tc_vad *vad, unsigned lane);

/* Hear a hop of each lane, x[sample][lane]; lanes outside the mask say nothing, reset them when
 * they come back.  At most one event a lane.  `scores`: if not NULL, those of this hop, 0 for tones
 * that have lasted, or come again, for 200 ms. */
unsigned tc_vad_hop(tc_vad *vad, const int16_t *x, uint32_t lanes, tc_vad_event events[TC_GROUP],
                    float scores[TC_GROUP]);

/* Mask of the lanes on which somebody talks. */
uint32_t tc_vad_talking(const tc_vad *vad);

enum { TC_VAD_BANDS = 16, TC_VAD_LEASTS = 8 };

struct tc_vad {
    tc_spectrum spectrum;
    tc_lane_row fresh, quick, slow; /* ratio: of the last hop, smoothed, its logarithm smoothed */
    tc_lane_row score;
    tc_lane_row share, line[2],
        lowest;                     /* of two lines in what is above the noise; where they are */
    tc_lane_row heard, level, hush; /* power of the window, smoothed, and of its noise */
    tc_lane_row held;               /* hops for which a tone still counts */
    tc_lane_row smooth[TC_VAD_BANDS], least[TC_VAD_BANDS]; /* power of a band of 250 Hz */
    tc_lane_row lowest_of[TC_VAD_BANDS][TC_VAD_LEASTS];    /* the last ones of `least`, a ring */
    uint64_t taken[TC_GROUP];                              /* hops since the reset */
    uint64_t start[TC_GROUP], last[TC_GROUP]; /* hops: of the speech, and of its last talk */
    double power[TC_GROUP];                   /* of the talk so far */
    float before[TC_GROUP];                   /* power of the noise before it */
    uint32_t hops[TC_GROUP];                  /* of talk so far */
    uint8_t talks[TC_GROUP];                  /* which of the last 8 were talk, newest in bit 0 */
    uint8_t tonal[TC_GROUP];                  /* hops that a tone has lasted */
    int8_t tones[TC_GROUP];                   /* how much more of tones than of talk there was */
    float before_line[TC_GROUP][2];           /* where its lines were a hop ago */
    uint32_t talking;
    tc_vad_profile profile;
    double floor;
};

#endif
