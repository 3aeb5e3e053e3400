#include "hearing.h"

#include <math.h>
#include <string.h>

void tc_hearing_init(tc_hearing *h)
{
    memset(h, 0, sizeof *h);
    for (unsigned system = 0; system < TC_MF_SYSTEMS; system++) {
        tc_mf_profile profile = tc_mf_profile_default(system);
        tc_mf_init(&h->mf[system], &profile);
    }
    tc_fax_tones_init(&h->fax, NULL);
}

void tc_hearing_want(tc_hearing *h, unsigned row, unsigned hearing, int wanted)
{
    uint16_t bit = (uint16_t)(1u << row);
    h->fresh[hearing] |= bit;
    if (wanted)
        h->wanted[hearing] |= bit;
    else
        h->wanted[hearing] &= (uint16_t)~bit;
}

int tc_hearing_wanted(const tc_hearing *h)
{
    unsigned any = 0;
    for (unsigned hearing = 0; hearing < TC_HEARINGS; hearing++)
        any |= h->wanted[hearing];
    return any != 0;
}

/* Lanes that come back, or are new, begin at this tick. */
static void begin(tc_hearing *h, unsigned hearing, uint16_t lanes, uint64_t sample)
{
    for (uint32_t left = h->fresh[hearing] & lanes; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctz(left);
        if (hearing == TC_HEARING_FAX)
            tc_fax_tones_reset(&h->fax, row);
        else
            tc_mf_reset(&h->mf[hearing], row);
        h->since[hearing][row] = sample;
    }
    h->fresh[hearing] &= (uint16_t)~lanes;
}

int16_t tc_heard_level(float level_dbm0)
{
    return (int16_t)lrintf(fmaxf(level_dbm0, -100) * 256);
}

static unsigned hear_mf(tc_hearing *h, unsigned system, const int16_t *sound, uint16_t lanes,
                        tc_heard *out)
{
    tc_mf_event events[TC_MF_MAX_EVENTS(TC_TICK_SAMPLES)];
    unsigned found = tc_mf_feed(&h->mf[system], sound, TC_TICK_SAMPLES, lanes, events,
                                sizeof events / sizeof *events);
    for (unsigned i = 0; i < found; i++) {
        const tc_mf_event *e = &events[i];
        out[i] = (tc_heard){
            .sample = h->since[system][e->lane] + e->start,
            .frames = e->frames,
            .row = e->lane,
            .hearing = (uint8_t)system,
            .phase = e->kind == TC_MF_ON ? TC_FAX_ON : TC_FAX_OFF,
            .signal = e->signal,
            .level_dbm0 = tc_heard_level(fmaxf(e->level_dbm0[0], e->level_dbm0[1])),
        };
    }
    return found;
}

static unsigned hear_fax(tc_hearing *h, const int16_t *sound, uint16_t lanes, tc_heard *out)
{
    tc_fax_event events[TC_FAX_MAX_EVENTS(TC_TICK_SAMPLES)];
    unsigned found = tc_fax_tones_feed(&h->fax, sound, TC_TICK_SAMPLES, lanes, events,
                                       sizeof events / sizeof *events);
    for (unsigned i = 0; i < found; i++) {
        const tc_fax_event *e = &events[i];
        out[i] = (tc_heard){
            .sample = h->since[TC_HEARING_FAX][e->lane] + e->start,
            .frames = e->frames,
            .row = e->lane,
            .hearing = TC_HEARING_FAX,
            .phase = e->kind,
            .signal = e->tone,
            .level_dbm0 = tc_heard_level(e->level_dbm0),
        };
    }
    return found;
}

unsigned tc_hearing_tick(tc_hearing *h, const int16_t *sound, uint64_t sample, uint16_t masked,
                         tc_heard *out)
{
    unsigned found = 0;
    for (unsigned hearing = 0; hearing < TC_HEARINGS; hearing++) {
        if (!h->wanted[hearing])
            continue;
        uint16_t lanes = h->wanted[hearing] & (uint16_t)~masked;
        begin(h, hearing, lanes, sample);
        h->fresh[hearing] |= (uint16_t)(h->wanted[hearing] & masked);
        unsigned more = hearing == TC_HEARING_FAX ? hear_fax(h, sound, lanes, out + found)
                                                  : hear_mf(h, hearing, sound, lanes, out + found);
        for (unsigned i = found, end = found + more; i < end; i++)
            if (lanes >> out[i].row & 1) /* a lane that was switched off is not heard out */
                out[found++] = out[i];
    }
    return found;
}
