/* Player: sends stored A-law octets, just as they are.
 *
 * What.  Plays a list of segments one after the other, without a gap, also within a tick: a spoken
 * amount is a dozen clips.  Octets are copied, never decoded, so what is sent is what is stored. It
 * can be paused, and moved to any place of the list; the place is counted in samples from the
 * beginning of the first segment.  At another speed (tempo.h) octets are decoded, put together anew
 * and coded again; the place then moves by hundredths of a sample, which every order to the player
 * rounds down.
 *
 * Controls.  tc_controls says which digits the listener may do that with by himself, and what else
 * they do: the lane obeys them (lane.h), because the loop may be late.
 *
 * Limits.  The list and its segments belong to the caller and stay where they are until the
 * operation's end has been reported; they are only read, so one list may play on many lanes.
 */
#ifndef TC_PLAYER_H
#define TC_PLAYER_H

#include "tempo.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *octets;
    size_t count;
} tc_segment;

typedef struct {
    size_t count; /* of segments; none is empty */
    const tc_segment *segments;
    uint64_t octets; /* of all segments together */
} tc_playlist;

typedef struct {
    const tc_playlist *list;
    size_t segment, offset; /* of the next octet */
    uint64_t position;      /* the same, from the beginning of the list */
    uint8_t paused;
    uint8_t part;      /* hundredths of a sample behind the position */
    uint8_t stretched; /* what was sent last is not what lies before the position */
} tc_player;

enum {
    TC_CONTROL_PAUSE, /* and go on again */
    TC_CONTROL_BACK,
    TC_CONTROL_FORWARD,
    TC_CONTROL_LOUDER,
    TC_CONTROL_SOFTER,
    TC_CONTROL_NORMAL, /* volume: 0 dB */
    TC_CONTROL_FASTER,
    TC_CONTROL_SLOWER,
    TC_CONTROL_NORMAL_SPEED,
    TC_CONTROLS,
};

typedef struct {
    uint16_t digits[TC_CONTROLS]; /* by control: a set of tc_digit_bit() */
    int16_t step;                 /* of the volume, in tenths of a dB */
    uint8_t speed_step;           /* in percent */
    uint32_t skip;                /* samples back or forward */
} tc_controls;

/* What a digit, given by its bit, does; TC_CONTROLS: nothing. */
static inline unsigned tc_control_of(const tc_controls *controls, uint16_t bit)
{
    unsigned control = 0;
    while (control < TC_CONTROLS && !(controls->digits[control] & bit))
        control++;
    return control;
}

static inline void tc_player_start(tc_player *player, const tc_playlist *list)
{
    *player = (tc_player){.list = list};
}

/* Goes to a place of the list; one before its beginning or behind its end is taken for that. */
static inline void tc_player_seek(tc_player *player, int64_t position)
{
    const tc_playlist *list = player->list;
    uint64_t left = position < 0 ? 0 : (uint64_t)position;
    left = left < list->octets ? left : list->octets;
    player->position = left;
    player->part = player->stretched = 0;
    player->segment = 0;
    while (player->segment < list->count && left >= list->segments[player->segment].count)
        left -= list->segments[player->segment++].count;
    player->offset = left;
}

/* Makes n octets, or as many as there are left; returns how many. */
static inline size_t tc_player_feed(tc_player *player, uint8_t *out, size_t n)
{
    size_t made = 0;
    while (made < n && player->segment < player->list->count) {
        const tc_segment *segment = &player->list->segments[player->segment];
        size_t left = segment->count - player->offset;
        size_t part = left < n - made ? left : n - made;
        if (part)
            memcpy(out + made, segment->octets + player->offset, part);
        made += part;
        player->offset += part;
        if (player->offset == segment->count) {
            player->segment++;
            player->offset = 0;
        }
    }
    player->position += made;
    return made;
}

/* The same at a speed of so many percent, a tick at a time: TC_TEMPO_HOP octets, or as many as
 * there are left. */
size_t tc_player_stretch(tc_player *player, tc_tempo *tempo, unsigned percent,
                         uint8_t out[TC_TEMPO_HOP]);

/* Whether nothing is left. */
static inline bool tc_player_over(const tc_player *player)
{
    return player->segment >= player->list->count;
}

#endif
