/* Player: sends stored A-law octets, just as they are.
 *
 * What.  Plays a list of segments one after the other, without a gap, also within a tick: a spoken
 * amount is a dozen clips.  Octets are copied, never decoded, so what is sent is what is stored.
 *
 * Limits.  The list and its segments belong to the caller and stay where they are until the
 * operation's end has been reported; they are only read, so one list may play on many lanes.
 */
#ifndef TC_PLAYER_H
#define TC_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *octets;
    size_t count;
} tc_segment;

typedef struct {
    size_t count;
    const tc_segment *segments;
} tc_playlist;

typedef struct {
    const tc_playlist *list;
    size_t segment, offset; /* of the next octet */
} tc_player;

static inline void tc_player_start(tc_player *player, const tc_playlist *list)
{
    *player = (tc_player){.list = list};
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
    return made;
}

/* Whether nothing is left (the caller's lists hold no empty segments). */
static inline bool tc_player_over(const tc_player *player)
{
    return player->segment >= player->list->count;
}

#endif
