/* Collector: why and when an operation ends.
 *
 * What.  Three things that every lane has: a type-ahead buffer of digits, a meter that says how
 * long it has been silent or loud, and a collector that watches both, and the time, against a set
 * of conditions (tc_until).  When one or more of them hold, the operation ends for those reasons.
 *
 * How.  Everything counts ticks.  Conditions that are true together are all reported.
 *   digits      A play or a tone looks at digits and leaves them in the buffer; a collect takes
 * them out, one by one, and stops taking at the first that ends it.  The digit that ends a collect
 * is taken too. first/inter No digit since the start; no digit since the last one.  The pause
 * between digits is counted from the end of a tone, so a key held down is not a pause. silence, The
 * meter's present run.  Sound is believed after 30 ms, silence after 100 ms (the sound closure of a
 * plosive lasts that long), and both then count from their beginning.
 *               Before the first sound another length of silence may be the limit, as R4's
 * TF_SETINIT has it: who begins late is given more time than who has come to an end.
 *
 * Level and edge.  A condition watched by level holds at once if it is true when the operation
 * starts: digits that wait in the buffer, a silence that has lasted.  Watched by edge it must come
 * true by what happens after the start: waiting digits do not end the operation by themselves, and
 * runs count from the start.  These are the TF_LEVEL and TF_EDGE of the R4 termination table, and
 * reasons have the values of its ATDX_TERMMSK where it has them.
 */
#ifndef TC_COLLECTOR_H
#define TC_COLLECTOR_H

#include "secret.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TC_REASON_MAX_DIGITS = 0x1,
    TC_REASON_SILENCE = 0x2,
    TC_REASON_SOUND = 0x4,
    TC_REASON_HANG_UP = 0x8, /* R4: the loop current has gone */
    TC_REASON_INTER_DIGIT = 0x10,
    TC_REASON_MAX_TIME = 0x20,
    TC_REASON_DIGIT = 0x40,
    TC_REASON_STOPPED = 0x100,
    TC_REASON_END_OF_DATA = 0x200,
    TC_REASON_FIRST_DIGIT = 0x1000, /* R4 has no such condition */
    TC_REASON_TONE = 0x2000,
    TC_REASON_SPEECH = 0x8000, /* R4: barge-in */
    TC_REASON_ERROR = 0x80000,
};

enum {
    TC_EDGE_MAX_DIGITS = 1,
    TC_EDGE_DIGITS = 2,
    TC_EDGE_SILENCE = 4,
    TC_EDGE_SOUND = 8,
};

/* What else may end an operation: things that shared detectors hear (shared.h). */
enum {
    TC_ALSO_TONE = 1,   /* a tone template begins */
    TC_ALSO_SPEECH = 2, /* somebody talks */
};

enum {
    TC_METER_TICKS = 10,       /* after which a meter believes anything that lasts */
    TC_SOUND_ENERGY = 3303390, /* of a tick at -38 dBm0: a meter's threshold before any operation */
};

typedef struct {
    uint64_t threshold;                /* energy of a tick that counts as sound */
    uint32_t first_digit, inter_digit; /* ticks; 0: not a condition, as for all below */
    uint32_t max;
    uint32_t silence, sound;
    uint32_t initial_silence; /* instead of `silence`, as long as no sound was heard */
    uint16_t digits;          /* set of TC_DIGIT_BIT */
    uint8_t max_digits;
    uint8_t edge; /* set of TC_EDGE_*: the others go by level */
    uint8_t also; /* set of TC_ALSO_* */
} tc_until;

/* The bit of a digit in tc_until.digits: those of the R4 digit mask. */
uint16_t tc_digit_bit(char digit);

typedef struct {
    uint8_t first, count, capacity;
    char digits[TC_DIGITS_MAX]; /* circular */
} tc_typeahead;

void tc_typeahead_clear(tc_typeahead *ahead); /* wipes: they may be secret */
bool tc_typeahead_add(tc_typeahead *ahead, char digit);

typedef struct {
    uint64_t threshold;
    uint32_t silence, sound; /* ticks that the present run has lasted; one of them is 0 */
    uint8_t loud;            /* which run it is */
    uint8_t against;         /* ticks in a row that speak for the other one */
} tc_meter;

void tc_meter_tick(tc_meter *meter, uint64_t energy);

typedef struct {
    tc_until until;
    uint64_t started;      /* the operation's first tick */
    uint64_t digit_at;     /* tick at which the last digit last sounded */
    uint32_t reasons;      /* found so far */
    uint8_t taken;         /* digits taken out */
    uint8_t waiting;       /* digits that waited at the start and are still to be taken */
    uint8_t takes : 1;     /* a collect */
    uint8_t any_digit : 1; /* one was taken, or arrived */
    uint8_t heard : 1;     /* there was sound since the start */
} tc_collector;

_Static_assert(sizeof(tc_collector) <= 64, "a cache line");

/* An operation starts at `tick`; `takes` for a collect. */
void tc_collector_start(tc_collector *collector, const tc_until *until, bool takes, uint64_t tick,
                        const tc_typeahead *ahead);

/* A digit was detected (and added to the type-ahead buffer, if there was room). */
void tc_collector_digit(tc_collector *collector, char digit, uint64_t tick,
                        const tc_typeahead *ahead);

/* The type-ahead buffer was emptied from outside. */
void tc_collector_cleared(tc_collector *collector);

/* The reasons for which the operation ends at this tick, 0 if it goes on.  `sounding`: a digit that
 * was accepted goes on.  A collect moves digits from `ahead` to `into`. */
uint32_t tc_collector_tick(tc_collector *collector, uint64_t tick, bool sounding,
                           const tc_meter *meter, tc_typeahead *ahead, tc_digits *into);

#endif
