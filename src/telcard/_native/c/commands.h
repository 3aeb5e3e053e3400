/* What the engine's commands do, between two ticks.
 *
 * What.  tc_engine_obey() carries out one command (TC_DO_* of engine.h) that was given from
 * Python: lanes are opened, closed and told what to do, lines plugged in, cut and bent.
 *
 * How.  The tick calls it for every command that waits, in the order in which they were given,
 * before anything else.  A command that no longer concerns anybody (its operation has ended) does
 * nothing.  What the tick itself does to a lane in the same way stands here too.
 *
 * Limits.  Nothing is checked but by assertions: telcard.engine gives what can be done only.
 */
#ifndef TC_COMMANDS_H
#define TC_COMMANDS_H

#include "engine.h"

/* `tick` is the one that is about to run. */
void tc_engine_obey(tc_engine *engine, const tc_ways *ways, uint64_t tick,
                    const tc_command *command);

/* The lane has told everything: its row is free. */
void tc_engine_free_lane(tc_engine *engine, tc_lane *lane);

/* Whether what a lane hears of its source is what that one sends. */
bool tc_engine_hears_sound(const tc_engine *engine, const tc_lane *lane);

/* A secret begins: what this lane received lately is in the look-back of whoever listens to it, and
 * of this tick in a resource's hands. */
void tc_engine_mask_listeners(tc_engine *engine, const tc_lane *source);

#endif
