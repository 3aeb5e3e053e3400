#include "plc.h"

#include <math.h>
#include <string.h>

#define LEAST_PERIOD 40
#define MOST_PERIOD 120
#define COMPARED 160
#define MOST_LOST 6 /* hops; then there is silence */
#define LONGER 32   /* samples that the last fade grows by with each hop */

void tc_plc_init(tc_plc *plc)
{
    memset(plc, 0, sizeof *plc);
}

/* Where the newest sound correlates best with what lies before it. */
static unsigned find_period(const float *past)
{
    const float *newest = past + TC_PLC_PAST - COMPARED;
    unsigned found = LEAST_PERIOD;
    float best = 0, of = 1;
    for (unsigned lag = LEAST_PERIOD; lag <= MOST_PERIOD; lag++) {
        float product = 0, energy = 1;
        for (unsigned i = 0; i < COMPARED; i++) {
            float x = newest[(int)i - (int)lag];
            product += newest[i] * x;
            energy += x * x;
        }
        if (product > 0 && product * product * of > best * energy) {
            best = product * product;
            of = energy;
            found = lag;
        }
    }
    return found;
}

static float fade(unsigned i, unsigned n)
{
    return ((float)i + 0.5f) / (float)n;
}

/* The sample that follows after `phase` repeated ones of so many periods, its seam faded. */
static float repeated(const tc_plc *plc, unsigned periods, unsigned phase)
{
    unsigned length = periods * plc->period, quarter = plc->period / 4;
    unsigned at = phase % length, left = length - at;
    const float *x = plc->known + TC_PLC_PAST - length + at;
    if (left > quarter)
        return *x;
    float part = fade(quarter - left, quarter);
    return *x * (1 - part) + x[-(int)length] * part;
}

static void begin(tc_plc *plc)
{
    memcpy(plc->known, plc->past, sizeof plc->known);
    plc->period = find_period(plc->past);
    plc->phase = 0;
    unsigned quarter = plc->period / 4; /* not out yet: it leads into the first repetition */
    for (unsigned i = 0; i < quarter; i++)
        plc->past[TC_PLC_PAST - quarter + i] = repeated(plc, 1, plc->period - quarter + i);
}

/* How loud the loss is after so many samples of it. */
static float loudness(unsigned samples)
{
    if (samples <= TC_PLC_HOP)
        return 1;
    float fallen = 0.2f * (float)(samples - TC_PLC_HOP) / TC_PLC_HOP;
    return fallen < 1 ? 1 - fallen : 0;
}

/* n more samples of what is made up. */
static void make_up(tc_plc *plc, float *out, unsigned n, unsigned periods)
{
    unsigned quarter = plc->period / 4, before = plc->periods;
    for (unsigned i = 0; i < n; i++, plc->phase++) {
        float y = repeated(plc, periods, plc->phase);
        if (before != periods && before && i < quarter) {
            float part = fade(i, quarter);
            y = y * part + repeated(plc, before, plc->phase) * (1 - part);
        }
        out[i] = y * loudness(plc->phase);
    }
    plc->periods = periods;
}

static void come_back(tc_plc *plc, const int16_t *in, float *hop)
{
    float made[TC_PLC_HOP];
    unsigned length = plc->period / 4 + LONGER * (plc->lost - 1);
    length = length < TC_PLC_HOP ? length : TC_PLC_HOP;
    make_up(plc, made, length, plc->periods);
    for (unsigned i = 0; i < TC_PLC_HOP; i++)
        hop[i] = in[i];
    for (unsigned i = 0; i < length; i++)
        hop[i] = hop[i] * fade(i, length) + made[i] * (1 - fade(i, length));
    plc->lost = plc->periods = 0;
}

void tc_plc_hop(tc_plc *plc, const int16_t *in, int16_t out[TC_PLC_HOP])
{
    float hop[TC_PLC_HOP];
    if (!in) {
        if (!plc->lost)
            begin(plc);
        plc->lost += plc->lost <= MOST_LOST;
        if (plc->lost > MOST_LOST)
            memset(hop, 0, sizeof hop);
        else
            make_up(plc, hop, TC_PLC_HOP, plc->lost < 3 ? plc->lost : 3);
    } else if (plc->lost) {
        come_back(plc, in, hop);
    } else {
        for (unsigned i = 0; i < TC_PLC_HOP; i++)
            hop[i] = in[i];
    }
    memmove(plc->past, plc->past + TC_PLC_HOP, (TC_PLC_PAST - TC_PLC_HOP) * sizeof *plc->past);
    memcpy(plc->past + TC_PLC_PAST - TC_PLC_HOP, hop, sizeof hop);
    const float *delayed = plc->past + TC_PLC_PAST - TC_PLC_HOP - TC_PLC_DELAY;
    for (unsigned i = 0; i < TC_PLC_HOP; i++) /* never beyond the samples that it is made of */
        out[i] = (int16_t)lrintf(delayed[i]);
}
