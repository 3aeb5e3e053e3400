/* Fax lane: what a fax call needs in sample time, between the machine of T.30 and the line.
 *
 * What.  One end of a fax call.  The machine gives programs of phases (silence, a tone, frames at
 * 300 bit/s, a training check, a page, a partial page with error correction, listening); the lane
 * carries them out one behind the other and tells what was sent and heard (telcard.fax.phases has
 * the same words, and the rules).
 *
 * How.  The sending half is here: phases in their order, the gaps before them, frames into bits
 * (hdlc.h), bits into sound (fsk_send.h, fax_send.h).  The other half is the ear (fax_ear.h).  A
 * sender begins when the far end has been quiet for 75 ms, as it must before it answers; between
 * phases of its own it waits just as long, whatever is heard, for that would be its own echo.
 *
 * A program begins with the next sample that is heard or made, whichever comes first: who only
 * hears need not make any.
 *
 * A program is the caller's memory, frames and pages included: it stays as it is until `running` is
 * the number of a later one.  A new one replaces it at once, but a transmitter ends as its modem
 * ends: the far end's receiver is to see a carrier that goes.
 *
 * Threads.  tc_fax_lane_hear() and tc_fax_lane_make() belong to the tick; programs come and what is
 * told goes through rings, so that the machine may sleep.
 *
 * Limits.  No allocation after init.  What is told and finds the ring full is counted by the ring;
 * a page without error correction fills it in about ten seconds of sleep at 14,400 bit/s.
 *
 * Source.  ITU-T T.30 (2005) 4, 5.1, 5.3; T.4 annex A for partial pages.
 */
#ifndef TC_FAX_LANE_H
#define TC_FAX_LANE_H

#include "fax_ear.h"
#include "fax_send.h"
#include "fsk_send.h"
#include "hdlc.h"
#include "ring.h"
#include "tone.h"

enum {
    TC_PHASE_SILENCE,
    TC_PHASE_CED,
    TC_PHASE_FRAMES,
    TC_PHASE_CHECK,
    TC_PHASE_IMAGE,
    TC_PHASE_ECM,
    TC_PHASE_LISTEN,
};

#define TC_FAX_PHASES 8 /* of a program, at most */

typedef struct {
    uint8_t kind; /* TC_PHASE_* */
    uint8_t mode; /* tc_fax_mode, of all that is fast */
    uint8_t short_train;
    uint8_t calling_tone;  /* LISTEN: send CNG meanwhile */
    tc_fax_wish wish;      /* LISTEN */
    uint32_t samples;      /* SILENCE, CED */
    const uint8_t *octets; /* IMAGE: as they are; FRAMES, ECM: each frame behind its length, two
                              octets, the lower one first */
    size_t length;
} tc_fax_phase;

typedef struct {
    uint32_t number, count;
    tc_fax_phase phase[TC_FAX_PHASES];
} tc_fax_program;

typedef struct {
    double level_dbm0; /* of all that is sent */
    int echo_tone;     /* talker echo protection before fast carriers */
} tc_fax_manner;

typedef struct {
    tc_fax_manner manner;
    const tc_fax_program *program; /* that runs; NULL: silence, and nothing is heard */
    uint32_t at;                   /* its phase */
    uint8_t step;                  /* of the phase: waiting, sending, ending */
    uint8_t calling;               /* CNG: the far end has not answered yet */
    uint8_t cng;                   /* CNG is being sent */
    uint64_t sent;                 /* samples made */
    uint32_t silent;               /* samples made since the last that sounded */
    uint32_t waited;               /* samples since the phase could have begun */
    uint32_t left;                 /* of a silence or a tone; flags or zeros still to be sent */
    size_t taken;                  /* octets of the phase that are on their way */
    uint8_t waits, held;           /* octets in `queue`: the first one not sent, the end */
    uint8_t queue[16];
    tc_fax_send fast;
    tc_fsk_send slow;
    tc_hdlc_sender frames;
    tc_tone tone;
    tc_tone_segment segment[2];
    tc_fax_ear ear;
    _Atomic uint32_t running; /* number of `program` */
    tc_ring programs;         /* const tc_fax_program * */
    tc_ring told;             /* tc_fax_told */
    uint64_t announced;       /* of them: whoever reads has been told to look */
} tc_fax_lane;

/* 0, or -1 when there is no memory.  `plans`: those of all modes, which must outlive the lane. */
int tc_fax_lane_init(tc_fax_lane *lane, const tc_fax_manner *manner, const tc_fax_plans *plans);
void tc_fax_lane_free(tc_fax_lane *lane);

/* The machine: run this program from now on; false when too many wait. */
bool tc_fax_lane_run(tc_fax_lane *lane, const tc_fax_program *program);

/* Whether something has been told that was not announced yet. */
static inline bool tc_fax_lane_news(const tc_fax_lane *lane)
{
    return atomic_load_explicit(&lane->told.head, memory_order_relaxed) != lane->announced;
}

static inline void tc_fax_lane_announced(tc_fax_lane *lane)
{
    lane->announced = atomic_load_explicit(&lane->told.head, memory_order_relaxed);
}

/* Before a block of samples is heard: a program that waits begins with it.  Whether V.21 must be
 * listened to in it; `*anew`: from a fresh start (tc_fax_ear_wants_slow()). */
bool tc_fax_lane_attend(tc_fax_lane *lane, bool *anew);

/* Hear n samples; `found` is what V.21 was found to be in them, in place `row` of its group. */
void tc_fax_lane_hear(tc_fax_lane *lane, const int16_t *in, unsigned n, const tc_fsk_event *found,
                      unsigned finds, unsigned row);

/* The next n samples to send. */
void tc_fax_lane_make(tc_fax_lane *lane, int16_t *out, size_t n);

#endif
