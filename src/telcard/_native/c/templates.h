/* Tone templates for groups of 16 lanes: tones that are defined by their user.
 *
 * What.  A template says which frequencies, with which deviations, sound for how long, with pauses
 * of which length, how often; the group reports on each lane when one is recognised and when it has
 * ended.  Busy tone, a PBX's own ringing, special information tones are templates of one to four
 * bursts; boards of the Dialogic kind have them with one burst and one pause.
 *
 * How.  steady.h finds stretches of steady tones with their frequencies, measured over their whole
 * length, and with their edges.  A lane remembers its last stretches.  When one of them is over,
 * each template asks whether it and those before, as many as `repetitions` cycles have, are its
 * bursts and pauses, beginning with whichever burst; the last pause is long enough when its least
 * length is over and nothing has sounded.  From then on each stretch must be the next burst, until
 * one is not, or comes too late.
 *
 * A template without pauses (`bursts` 0) is one tone that stands: it is recognised as soon as it
 * has stood for on[0].least, or when it has ended and was neither shorter nor longer than on[0]
 * (`trailing`).
 *
 * Limits.  TC_TEMPLATES_MOST templates; bursts * repetitions at most TC_TEMPLATE_STRETCHES - 1. All
 * else as in steady.h.  The array of templates is the caller's and stays where it is.
 */
#ifndef TC_TEMPLATES_H
#define TC_TEMPLATES_H

#include "steady.h"

#define TC_TEMPLATE_BURSTS 4
#define TC_TEMPLATE_STRETCHES 16
#define TC_TEMPLATES_MOST 32

enum { TC_TEMPLATE_ON = 1, TC_TEMPLATE_OFF = 2 };

/* A length, in samples; most 0: without an end. */
typedef struct {
    uint32_t least, most;
} tc_template_length;

typedef struct {
    float hz[TC_TEMPLATE_BURSTS][2]; /* of each burst; hz[1] 0: one frequency */
    float deviation[TC_TEMPLATE_BURSTS][2];
    float floor_dbm0, ceiling_dbm0; /* of each frequency */
    float twist_db;                 /* most by which one is louder than the other */
    uint32_t bursts;                /* 0: a tone that stands; else bursts of one cycle */
    uint32_t repetitions;           /* cycles until it is recognised, 1 or more */
    uint32_t trailing;              /* of a tone that stands: tell when it is over */
    tc_template_length on[TC_TEMPLATE_BURSTS], off[TC_TEMPLATE_BURSTS];
} tc_template;

typedef struct {
    uint64_t start;      /* first sample of the first burst, counted from the lane's reset */
    uint64_t decided;    /* samples of the lane heard when this was reported */
    uint64_t frames;     /* from the start to the end of the newest burst */
    uint8_t lane;        /* 0..15 */
    uint8_t kind;        /* TC_TEMPLATE_ON, TC_TEMPLATE_OFF */
    uint8_t index;       /* of the template */
    tc_steady_tone tone; /* the newest burst */
} tc_template_event;

/* A call of tc_templates_feed() with n samples reports no more events than this. */
#define TC_TEMPLATES_MAX_EVENTS(n, count) (TC_STEADY_MAX_EVENTS(n) * 2 * (count))

typedef struct tc_templates tc_templates;

/* Prepare a group for `count` templates; profile NULL = default. */
void tc_templates_init(tc_templates *g, const tc_template *templates, unsigned count,
                       const tc_steady_profile *profile);

/* Forget what a lane has heard and count its samples from 0 again. */
void tc_templates_reset(tc_templates *g, unsigned lane);

/* Hear n samples of each lane; as tc_steady_feed(). */
unsigned tc_templates_feed(tc_templates *g, const int16_t *x, unsigned n, uint32_t lanes,
                           tc_template_event *events, unsigned max);

/* ---- The group's memory; nobody else's business. ---- */

typedef struct {
    uint64_t start, end;
    tc_steady_tone tone;
} tc_template_stretch;

/* How far a template is on a lane. */
typedef struct {
    uint64_t start;  /* of its first burst, while it is recognised */
    uint64_t due;    /* it is recognised when nothing sounds before; 0: it is not awaited */
    uint64_t expire; /* it has ended when nothing has changed before; 0: never */
    uint64_t last;   /* end of its newest burst */
    int8_t burst;    /* which of its bursts the newest stretch was */
    int8_t active;   /* it is recognised */
} tc_template_state;

struct tc_templates {
    tc_steady steady;
    const tc_template *templates;
    uint32_t count;
    uint32_t stretches[TC_STEADY_LANES]; /* remembered, newest last in the ring */
    uint32_t newest[TC_STEADY_LANES];
    uint8_t sounding[TC_STEADY_LANES]; /* the newest has not ended yet */
    uint64_t next[TC_STEADY_LANES];    /* sample of the lane's next due or expiry; 0: none */
    tc_template_stretch stretch[TC_STEADY_LANES][TC_TEMPLATE_STRETCHES];
    tc_template_state state[TC_STEADY_LANES][TC_TEMPLATES_MOST];
};

#endif
