/* Hearing: the detectors that a lane may run beside DTMF, for a group of 16 lanes.
 *
 * What.  R1, R2 forward and backward, and tones of line signalling (mf.h), tones of faxes and
 * modems (fax_tones.h).  Each is switched on and off lane by lane; what they hear comes as records
 * of one form, with the engine's sample at which the signal began.
 *
 * How.  A detector runs over a group when one of its lanes wants it, and costs nothing otherwise.
 * Lanes that do not want it, and those that are masked (secret.h), give it silence; a lane that
 * comes back begins anew, so that nothing is told of what sounded under the mask.
 *
 * Limits.  Memory is the caller's and 64-byte aligned.  A record holds less than a detector knows:
 * one level for both tones, no offsets.
 */
#ifndef TC_HEARING_H
#define TC_HEARING_H

#include "e1line.h"
#include "fax_tones.h"
#include "mf.h"

enum {
    TC_HEARING_R1,
    TC_HEARING_R2_FORWARD,
    TC_HEARING_R2_BACKWARD,
    TC_HEARING_SIGNALLING,
    TC_HEARING_FAX,
    TC_HEARINGS,
    TC_HEARING_TONES = TC_HEARINGS, /* the two of shared.h */
    TC_HEARING_VOICE
};

_Static_assert(TC_HEARING_SIGNALLING + 1 == (int)TC_MF_SYSTEMS, "the systems of mf.h come first");

/* A level as records have it. */
int16_t tc_heard_level(float level_dbm0);

/* `phase` is TC_FAX_ON ... TC_FAX_RELEASE, for signals of mf.h TC_FAX_ON or TC_FAX_OFF. */
typedef struct {
    uint64_t sample; /* its first, in the engine's time */
    uint32_t frames; /* its length: so far, or in all */
    uint8_t row;     /* of the group */
    uint8_t hearing; /* TC_HEARING_* */
    uint8_t phase;
    uint8_t signal;     /* tc_mf_event.signal, TC_FAX_CNG ..., a template's index */
    int16_t level_dbm0; /* of the louder tone, in 1/256 dB */
} tc_heard;

#define TC_HEARD_MAX                                                                               \
    (TC_MF_SYSTEMS * TC_MF_MAX_EVENTS(TC_TICK_SAMPLES) + TC_FAX_MAX_EVENTS(TC_TICK_SAMPLES))

typedef struct {
    uint16_t wanted[TC_HEARINGS];          /* by which lanes of the group */
    uint16_t fresh[TC_HEARINGS];           /* of which those have not heard anything yet */
    uint64_t since[TC_HEARINGS][TC_GROUP]; /* the engine's sample when they began */
    tc_mf mf[TC_MF_SYSTEMS];
    tc_fax_tones fax;
} tc_hearing;

void tc_hearing_init(tc_hearing *h);

/* Switch a detector on or off for a lane; one that is on begins anew. */
void tc_hearing_want(tc_hearing *h, unsigned row, unsigned hearing, int wanted);

/* Whether any lane wants any. */
int tc_hearing_wanted(const tc_hearing *h);

/* A tick's sound of all lanes, [sample][lane], that begins at `sample`; `masked` lanes are silent.
 * Returns the number of records in `out`, which has room for TC_HEARD_MAX. */
unsigned tc_hearing_tick(tc_hearing *h, const int16_t *sound, uint64_t sample, uint16_t masked,
                         tc_heard *out);

#endif
