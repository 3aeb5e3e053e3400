/* Modems of an engine: lanes with a data link or a fax, heard 16 abreast.
 *
 * What.  A lane that runs a data link (link.h) or a fax (fax_lane.h) has a place in a group: 16
 * places for one kind of modem (fsk.h).  In every tick the groups hear what their lanes receive,
 * and each lane's link, or fax, is told what was found in its place.  A fax that hears a fast
 * carrier needs no V.21 meanwhile; a group in which nobody needs it is not run.
 *
 * How.  Places are given out by the loop thread, which owns the memory of groups and links and
 * keeps it as long as the engine lives, or until the operation's end has been told.  A place is
 * taken by TC_DO_MODEM or TC_DO_FAX; it is free again when its lane does something else.
 *
 * Limits.  Memory is the caller's: TC_MODEM_GROUPS() groups, cleared, suffice for an engine's
 * lanes.
 */
#ifndef TC_MODEMS_H
#define TC_MODEMS_H

#include "fsk.h"
#include "lane.h"

#define TC_MODEM_KINDS 16 /* of modems in use at a time; each may leave places empty */

/* Groups that have room for all `lanes` lanes, whatever kinds of modems they run. */
#define TC_MODEM_GROUPS(lanes) (((lanes) + TC_FSK_LANES - 1) / TC_FSK_LANES + TC_MODEM_KINDS)

typedef struct {
    tc_fsk *fsk;
    uint16_t rows; /* places that are taken */
    uint16_t lane[TC_FSK_LANES];
} tc_modem_group;

typedef struct {
    tc_modem_group *group;
    unsigned count;
    tc_fsk_event found[TC_FSK_MAX_EVENTS(TC_TICK_SAMPLES)];
} tc_modems;

/* The lane, whose operation has just begun, takes its place (lane->place) in `fsk`. */
void tc_modems_join(tc_modems *modems, tc_lane *lane, tc_fsk *fsk);

/* A tick of what the lanes receive. */
void tc_modems_hear(tc_modems *modems, tc_lane *lanes, const uint8_t (*received)[TC_TICK_SAMPLES]);

#endif
