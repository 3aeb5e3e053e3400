#include "modems.h"

#include "g711.h"
#include "link.h"

void tc_modems_join(tc_modems *modems, tc_lane *lane, tc_fsk *fsk)
{
    tc_modem_group *group = &modems->group[lane->place / TC_FSK_LANES];
    unsigned row = lane->place % TC_FSK_LANES;
    group->fsk = fsk;
    group->lane[row] = lane->index;
    group->rows |= (uint16_t)(1u << row);
    if (lane->link)
        tc_fsk_reset(fsk, row, lane->link->framing);
}

/* Places whose lanes do something else now are free. */
static void clear_places(tc_modem_group *group, const tc_lane *lanes, unsigned first)
{
    for (uint32_t left = group->rows; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctz(left);
        const tc_lane *lane = &lanes[group->lane[row]];
        if (lane->doing < TC_MODEM || lane->place != first + row)
            group->rows &= (uint16_t)~(1u << row);
    }
}

/* Whether a lane hears what the group does. */
static bool wants(tc_modem_group *group, tc_lane *lane, unsigned row)
{
    bool anew;
    if (lane->link)
        return true;
    if (!tc_fax_lane_attend(lane->fax, &anew))
        return false;
    if (anew)
        tc_fsk_reset(group->fsk, row, TC_FAX_SLOW_FRAMING);
    return true;
}

static void hear(tc_modem_group *group, tc_fsk_event *found, unsigned max, tc_lane *lanes,
                 const uint8_t (*received)[TC_TICK_SAMPLES])
{
    int16_t sound[TC_TICK_SAMPLES][TC_FSK_LANES] = {{0}};
    int16_t heard[TC_FSK_LANES][TC_TICK_SAMPLES];
    uint32_t wanted = 0;
    for (uint32_t left = group->rows; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctz(left);
        tc_lane *lane = &lanes[group->lane[row]];
        tc_alaw_decode(received[lane->index], heard[row], TC_TICK_SAMPLES);
        if (!wants(group, lane, row))
            continue;
        wanted |= 1u << row;
        for (unsigned s = 0; s < TC_TICK_SAMPLES; s++)
            sound[s][row] = heard[row][s];
    }
    unsigned finds = 0;
    if (wanted)
        finds = tc_fsk_feed(group->fsk, sound[0], TC_TICK_SAMPLES, wanted, found, max);
    for (uint32_t left = group->rows; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctz(left);
        tc_lane *lane = &lanes[group->lane[row]];
        if (lane->link)
            tc_link_hear(lane->link, found, finds, row, tc_fsk_marks(group->fsk, row));
        else
            tc_fax_lane_hear(lane->fax, heard[row], TC_TICK_SAMPLES, found, finds, row);
    }
}

void tc_modems_hear(tc_modems *modems, tc_lane *lanes, const uint8_t (*received)[TC_TICK_SAMPLES])
{
    const unsigned max = sizeof modems->found / sizeof *modems->found;
    for (unsigned g = 0; g < modems->count; g++) {
        tc_modem_group *group = &modems->group[g];
        if (!group->rows)
            continue;
        clear_places(group, lanes, g * TC_FSK_LANES);
        if (group->rows)
            hear(group, modems->found, max, lanes, received);
    }
}
