#include "shared.h"

#include "g711.h"

#include <math.h>

_Static_assert(TC_STEADY_BLOCK == 2 * TC_TICK_SAMPLES, "a block of two ticks, from an even one on");
_Static_assert(TC_HOP == TC_TICK_SAMPLES, "a tick is a hop");

/* Places are counted from 1 where a lane remembers them: 0 is none. */
static uint32_t *place_of(tc_lane *lane, unsigned kind)
{
    return &lane->shares[kind - TC_HEARING_TONES];
}

void tc_shared_leave(tc_shared *shared, tc_lane *lane, unsigned kind)
{
    uint32_t *place = place_of(lane, kind);
    if (*place)
        shared->group[(*place - 1) / TC_GROUP].rows &= (uint16_t)~(1u << (*place - 1) % TC_GROUP);
    *place = 0;
}

void tc_shared_join(tc_shared *shared, tc_lane *lane, unsigned place, tc_detector detector)
{
    tc_shared_group *group = &shared->group[place / TC_GROUP];
    unsigned row = place % TC_GROUP, kind = detector.tones ? TC_HEARING_TONES : TC_HEARING_VOICE;
    tc_shared_leave(shared, lane, kind);
    if (lane->closing)
        return;
    *place_of(lane, kind) = place + 1;
    group->detector = detector;
    group->lane[row] = lane->index;
    group->rows |= (uint16_t)(1u << row);
    group->fresh |= (uint16_t)(1u << row);
}

/* The rows that hear this tick; those that are new, or were masked, begin with it. */
static uint16_t begin(tc_shared_group *group, const tc_lane *lanes, uint64_t tick)
{
    const bool tones = group->detector.tones != NULL;
    uint16_t hear = 0;
    for (uint32_t left = group->rows; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctz(left);
        uint16_t bit = (uint16_t)(1u << row);
        if (tc_mask_on(&lanes[group->lane[row]].mask))
            group->fresh |= bit;
        else if (!(group->fresh & bit) || !tones || tick % 2 == 0)
            hear |= bit;
    }
    uint16_t fresh = group->fresh & hear;
    if (tones && fresh && fresh == hear) { /* nobody was there: a block may be half full */
        tc_templates *t = group->detector.tones;
        tc_steady_profile profile = t->steady.profile;
        tc_templates_init(t, t->templates, t->count, &profile);
    }
    for (uint32_t left = fresh; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctz(left);
        if (tones)
            tc_templates_reset(group->detector.tones, row);
        else
            tc_vad_reset(group->detector.voice, row);
        group->since[row] = tick * TC_TICK_SAMPLES;
    }
    group->fresh &= (uint16_t)~hear;
    return hear;
}

/* [place][80] octets to [80][place] samples; places that do not hear have anything. */
static void gather(const tc_shared_group *group, uint16_t rows,
                   const uint8_t (*received)[TC_TICK_SAMPLES], int16_t *sound)
{
    enum { CELLS = TC_TICK_SAMPLES * TC_GROUP };
    static const uint8_t nothing[TC_TICK_SAMPLES];
    const uint8_t *heard[TC_GROUP];
    uint8_t octets[CELLS];
    for (unsigned row = 0; row < TC_GROUP; row++)
        heard[row] = rows >> row & 1 ? received[group->lane[row]] : nothing;
    for (unsigned s = 0; s < TC_TICK_SAMPLES; s++)
        for (unsigned row = 0; row < TC_GROUP; row++)
            octets[s * TC_GROUP + row] = heard[row][s];
    tc_alaw_decode(octets, sound, CELLS);
}

static uint32_t length(uint64_t frames)
{
    return frames < UINT32_MAX ? (uint32_t)frames : UINT32_MAX;
}

static void tell(const tc_shared_group *group, tc_lane *lanes, const tc_ways *ways, tc_heard heard,
                 float level_dbm0)
{
    heard.sample += group->since[heard.row];
    heard.level_dbm0 = tc_heard_level(level_dbm0);
    tc_lane_tell_heard(&lanes[group->lane[heard.row]], ways, &heard);
}

static void hear_tones(tc_shared *shared, const tc_shared_group *group, uint16_t rows,
                       const int16_t *sound, tc_lane *lanes, const tc_ways *ways)
{
    unsigned found = tc_templates_feed(group->detector.tones, sound, TC_TICK_SAMPLES, rows,
                                       shared->found, sizeof shared->found / sizeof *shared->found);
    for (unsigned i = 0; i < found; i++) {
        const tc_template_event *e = &shared->found[i];
        if (!(rows >> e->lane & 1)) /* one that has left is not heard out */
            continue;
        bool begins = e->kind == TC_TEMPLATE_ON;
        if (begins)
            lanes[group->lane[e->lane]].raised |= TC_ALSO_TONE;
        tell(group, lanes, ways,
             (tc_heard){.sample = e->start,
                        .frames = length(e->frames),
                        .row = e->lane,
                        .hearing = TC_HEARING_TONES,
                        .phase = begins ? TC_FAX_ON : TC_FAX_OFF,
                        .signal = e->index},
             e->tone.sines == 2 ? fmaxf(e->tone.dbm0[0], e->tone.dbm0[1]) : e->tone.dbm0[0]);
    }
}

static void hear_voices(const tc_shared_group *group, uint16_t rows, const int16_t *sound,
                        tc_lane *lanes, const tc_ways *ways)
{
    tc_vad_event found[TC_GROUP];
    unsigned finds = tc_vad_hop(group->detector.voice, sound, rows, found, NULL);
    for (uint32_t left = tc_vad_talking(group->detector.voice) & rows; left; left &= left - 1)
        lanes[group->lane[__builtin_ctz(left)]].raised |= TC_ALSO_SPEECH;
    for (unsigned i = 0; i < finds; i++) {
        const tc_vad_event *e = &found[i];
        if (rows >> e->lane & 1)
            tell(group, lanes, ways,
                 (tc_heard){.sample = e->start,
                            .frames = length(e->frames),
                            .row = e->lane,
                            .hearing = TC_HEARING_VOICE,
                            .phase = e->kind == TC_VAD_ON ? TC_FAX_ON : TC_FAX_OFF},
                 e->level_dbm0);
    }
}

void tc_shared_hear(tc_shared *shared, tc_lane *lanes, const tc_ways *ways, uint64_t tick,
                    const uint8_t (*received)[TC_TICK_SAMPLES])
{
    for (unsigned g = 0; g < shared->count; g++) {
        tc_shared_group *group = &shared->group[g];
        uint16_t rows = group->rows ? begin(group, lanes, tick) : 0;
        if (!rows)
            continue;
        _Alignas(TC_CACHE_LINE) int16_t sound[TC_TICK_SAMPLES * TC_GROUP];
        gather(group, rows, received, sound);
        if (group->detector.tones)
            hear_tones(shared, group, rows, sound, lanes, ways);
        else
            hear_voices(group, rows, sound, lanes, ways);
    }
}
