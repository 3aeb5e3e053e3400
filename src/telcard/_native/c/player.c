#include "player.h"

#include "g711.h"

#define SILENCE 0xD5 /* A-law */

/* n samples from any place of the list on, silence outside; walks there from the player's place. */
static void look_up(const tc_player *player, int64_t place, int16_t *out, size_t n)
{
    const tc_playlist *list = player->list;
    uint8_t octets[TC_TEMPO_NEAR];
    size_t segment = player->segment, made = 0;
    int64_t first = (int64_t)(player->position - player->offset); /* of the segment */
    memset(octets, SILENCE, n);
    if (place < 0) {
        made = -place < (int64_t)n ? (size_t)-place : n;
        place = 0;
    }
    while (segment && place < first)
        first -= (int64_t)list->segments[--segment].count;
    for (; made < n && segment < list->count; segment++) {
        const tc_segment *part = &list->segments[segment];
        size_t skipped = place > first ? (size_t)(place - first) : 0;
        first += (int64_t)part->count;
        if (skipped >= part->count)
            continue;
        size_t left = part->count - skipped, wanted = left < n - made ? left : n - made;
        memcpy(octets + made, part->octets + skipped, wanted);
        made += wanted;
        place += (int64_t)wanted;
    }
    tc_alaw_decode(octets, out, n);
}

/* Moves on to a later place. */
static void advance(tc_player *player, uint64_t samples)
{
    const tc_playlist *list = player->list;
    uint64_t left = list->octets - player->position;
    samples = samples < left ? samples : left;
    player->position += samples;
    player->offset += samples;
    while (player->segment < list->count && player->offset >= list->segments[player->segment].count)
        player->offset -= list->segments[player->segment++].count;
}

size_t tc_player_stretch(tc_player *player, tc_tempo *tempo, unsigned percent,
                         uint8_t out[TC_TEMPO_HOP])
{
    int16_t now[TC_TEMPO_HOP], near[TC_TEMPO_NEAR], hop[TC_TEMPO_HOP];
    int64_t place = (int64_t)player->position;
    uint64_t left = player->list->octets - player->position;
    unsigned made = tc_tempo_makes(left, player->part, percent, TC_TEMPO_HOP);
    tempo->on = player->stretched;
    look_up(player, tc_tempo_now(tempo, place), now, TC_TEMPO_HOP);
    look_up(player, place - TC_TEMPO_REACH, near, TC_TEMPO_NEAR);
    tc_tempo_hop(tempo, place, percent, now, near, hop);
    tc_alaw_encode(hop, out, made);
    player->stretched = tempo->on;
    advance(player, tc_tempo_passes(made, percent, &player->part));
    return made;
}
