/* Shared detectors: user's tones and voices, for the lanes of an engine that ask for them.
 *
 * What.  Tone templates (templates.h) and voice activity (vad.h) take much memory, and lanes ask
 * for different ones: a detector of 16 places is brought along by the command that puts the first
 * lane into it, and lanes from anywhere in the engine that want the same share it.  A lane may have
 * one place of either kind.  What is heard comes as a record of hearing.h, and may end the lane's
 * operation (tc_lane.raised).
 *
 * How.  In every tick each detector with lanes hears what they receive, gathered [sample][place],
 * before the lanes advance.  Lanes that are masked (secret.h) give it silence, and begin anew
 * afterwards, so that nothing is told of what sounded under the mask.  Templates hear blocks of two
 * ticks; a lane begins with an even tick, so that neither its place nor its neighbours make a
 * difference.
 *
 * Limits.  Places are given out by the loop thread, which owns the detectors' memory and keeps it
 * until the tick has let go of them.  TC_SHARED_GROUPS() groups, cleared, suffice for an engine's
 * lanes unless they want more than TC_SHARED_SPARE different things.
 */
#ifndef TC_SHARED_H
#define TC_SHARED_H

#include "lane.h"
#include "templates.h"
#include "vad.h"

#define TC_SHARED_SPARE 32

/* Groups of 16 places: as many as all `lanes` need for both kinds, and some that stay part empty.
 */
#define TC_SHARED_GROUPS(lanes) (2 * (((lanes) + TC_GROUP - 1) / TC_GROUP) + TC_SHARED_SPARE)

/* One of the two; both NULL: none. */
typedef struct {
    tc_templates *tones;
    tc_vad *voice;
} tc_detector;

typedef struct {
    tc_detector detector;
    uint16_t rows;  /* places that are taken */
    uint16_t fresh; /* of which those have not heard anything yet */
    uint16_t lane[TC_GROUP];
    uint64_t since[TC_GROUP]; /* the engine's sample when they began */
} tc_shared_group;

typedef struct {
    tc_shared_group *group;
    unsigned count;
    tc_template_event found[TC_TEMPLATES_MAX_EVENTS(TC_TICK_SAMPLES, TC_TEMPLATES_MOST)];
} tc_shared;

/* The lane takes a place in a group, whose detector is this one from now on; it leaves another of
 * the same kind. */
void tc_shared_join(tc_shared *shared, tc_lane *lane, unsigned place, tc_detector detector);

/* The lane leaves its place of a kind, TC_HEARING_TONES or TC_HEARING_VOICE, if it has one. */
void tc_shared_leave(tc_shared *shared, tc_lane *lane, unsigned kind);

/* A tick of what the lanes receive. */
void tc_shared_hear(tc_shared *shared, tc_lane *lanes, const tc_ways *ways, uint64_t tick,
                    const uint8_t (*received)[TC_TICK_SAMPLES]);

#endif
