/* Ear of a fax lane: the race between frames at 300 bit/s and a fast carrier, and what they bring.
 *
 * What.  It hears a telephone line, and tells: flags at 300 bit/s, frames, a fast carrier, what a
 * training check was worth, octets of a page, frames of a partial page; and whether the far end is
 * quiet, which who wants to send must know.
 *
 * How.  Two receivers run side by side, V.21 (fsk.h, 16 lanes abreast, so the caller's) and the
 * fast one of the mode that is wished for (fax_receive.h).  The first that is sure shuts the other
 * out: the fast one when it has trained and its points lie close together; V.21 at any time by a
 * frame with a good check sequence, which no noise and no fast signal makes.  When a carrier has
 * gone the race begins again.
 *
 *   training check   zeros for 1.5 s.  A run of RUN zeros says that what came before it belongs to
 *                    the check; what lies before the first and behind the last of them is the ends
 *                    of a carrier, and left out.
 *   page             octets, a record full at a time, up to the six EOLs that end it (T.4 4.1.4),
 *                    however long its carrier stays.
 *   partial page     frames; over with the third RCP, or a little after the first.
 *   a DCS            that is good and names a mode of `after_dcs` arms that mode for its training
 *                    check in this very sample: the check begins 75 ms later.
 *
 * Before the first frame a greeting is heard (fax_greeting.h): CED, CNG, or that somebody else is
 * there, also while we send, as far as it cannot be our own echo (`greets`).
 *
 * Quiet.  The floor is the most that the line noises in 50 ms of late, and rises by a tenth of a dB
 * a second; below -47 dBm0 by 3 dB, because after silence that was put in (a call not through yet,
 * a lost packet) the noise of the line comes back.  The far end is quiet where the line is less
 * than 9 dB above it, or below -47 dBm0.
 *
 * Limits.  What is told goes into the caller's ring; octets that find it full are lost, and counted
 * there.  Frames of up to TC_FAX_FRAME_MOST octets.  No allocation.
 *
 * Source.  ITU-T T.30 (2005) 5.3, T.4 4.1.4, annex A.
 */
#ifndef TC_FAX_EAR_H
#define TC_FAX_EAR_H

#include "fax_greeting.h"
#include "fax_receive.h"
#include "fsk.h"
#include "hdlc.h"
#include "ring.h"

#define TC_FAX_FRAME_MOST 272 /* octets: 256 of a page and 4 before them; others are shorter */
#define TC_FAX_EAR_BLOCK TC_FAX_GREETING_BLOCK /* samples in which the ear looks at power */
#define TC_FAX_SLOW_FRAMING ((tc_fsk_framing){0, TC_FSK_NONE, 1}) /* raw bits, one by one */
#define TC_FAX_SLOW TC_FAX_MODES /* as a mode: frames at 300 bit/s */

enum { TC_CONTENT_CHECK, TC_CONTENT_IMAGE, TC_CONTENT_ECM };

/* What a lane that listens hopes for, beside frames at 300 bit/s. */
typedef struct {
    uint8_t mode;        /* tc_fax_mode; TC_FAX_SLOW: no fast carrier */
    uint8_t short_train; /* V.17: taps are kept from the last long one */
    uint8_t content;     /* TC_CONTENT_* */
    uint8_t after_dcs;   /* mask of modes */
} tc_fax_wish;

enum {
    TC_TOLD_DONE,    /* program, phase */
    TC_TOLD_UP,      /* mode, trained */
    TC_TOLD_GONE,    /* mode, trained, count (good frames), bad (frames), quality */
    TC_TOLD_FRAME,   /* mode, octets */
    TC_TOLD_BAD,     /* a frame at 300 bit/s whose check sequence is wrong */
    TC_TOLD_CHECKED, /* mode, count (bits), bad (ones), longest, second (zeros), quality */
    TC_TOLD_IMAGE,   /* octets */
    TC_TOLD_TONE,    /* count: TC_GREETING_* */
};

typedef struct {
    uint64_t sample;
    uint32_t count, bad, longest, second;
    uint32_t program;
    float snr_db, level_dbm0, offset_hz; /* NAN: nobody knows */
    uint16_t slips, length;
    uint8_t kind, mode, trained, phase;
    uint8_t octets[TC_FAX_FRAME_MOST];
} tc_fax_told;

/* Plans of all modes, made once, shared by all lanes. */
typedef struct {
    tc_fax_plan plan[TC_FAX_MODES];
} tc_fax_plans;

enum {
    TC_FAST_OFF,     /* none is wished for */
    TC_FAST_WAITS,   /* for a training sequence */
    TC_FAST_CARRIES, /* trained: its content comes in */
    TC_FAST_OVER,    /* the content has ended, its carrier may still be there */
};

typedef struct {
    const tc_fax_plans *plans;
    tc_ring *told;
    tc_fax_wish wish;
    uint8_t listens;
    uint64_t heard; /* samples */

    /* the far end's power */
    int64_t squares, sum; /* of the present block so far: samples' squares, samples */
    float floor;
    float lower; /* the most in the last `low` blocks, all below the floor */
    unsigned low;
    unsigned fill;        /* samples of the present block so far */
    uint32_t quiet, loud; /* samples for which it has been so */
    uint8_t stranger;     /* loud for longer than a training takes, and none was found; told */

    /* before the first good frame, or fast carrier */
    uint8_t met;    /* it has come */
    uint8_t greets; /* TC_GREETING_*: what may be told now */
    tc_fax_greeting greeting;

    /* 300 bit/s */
    uint8_t slow, flags; /* the carrier is there; flags were heard in it, and told */
    uint8_t restart;     /* whoever feeds V.21 must begin anew */
    uint16_t last_bits;
    float slow_level;
    uint32_t good, bad; /* frames */
    uint64_t spoilt;    /* counted by `slow_frames` before */
    tc_hdlc_receiver slow_frames;

    /* the fast carrier */
    uint8_t state;                      /* TC_FAST_* */
    uint8_t mode, content, short_train; /* of the one that is waited for, or comes in */
    uint8_t rcps;                       /* frames that end a partial page */
    uint32_t fast_good;                 /* frames */
    uint32_t rest;                      /* octets still taken after the first RCP */
    uint32_t bits, ones, run;           /* of a check: settled; ones; zeros in a row */
    uint32_t open, open_ones;           /* bits not settled yet */
    uint32_t longest, second;           /* runs of zeros */
    uint8_t begun;                      /* the check's first run has come */
    uint8_t eols, zeros, behind; /* of a page: EOLs in a row; zeros; what came behind an EOL */
    uint16_t held;               /* octets of a page in `image` */
    uint8_t image[TC_FAX_FRAME_MOST];
    tc_hdlc_receiver fast_frames;
    tc_fax_receive fast;
} tc_fax_ear;

void tc_fax_ear_init(tc_fax_ear *ear, const tc_fax_plans *plans, tc_ring *told);

/* Listen from now on. */
void tc_fax_ear_open(tc_fax_ear *ear, tc_fax_wish wish);

/* Hear nothing more but the far end's power; a page is told as far as it has come. */
void tc_fax_ear_close(tc_fax_ear *ear);

/* Whether V.21 must be listened to now; `*anew`: from a fresh start (tc_fsk_reset(), raw bits one
 * by one). */
bool tc_fax_ear_wants_slow(tc_fax_ear *ear, bool *anew);

/* Hear n samples; `found` is what V.21 was found to be in them, in place `row` of its group. */
void tc_fax_ear_hear(tc_fax_ear *ear, const int16_t *in, unsigned n, const tc_fsk_event *found,
                     unsigned finds, unsigned row);

#endif
