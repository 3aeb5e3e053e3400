#include "tone.h"
#include "simd.h"

#include <math.h>
#include <string.h>

#define TC_KERNEL "tone.inl"
#include "levels.inl"

/* Peak of a sine of 0 dBm0 on the int16 scale: A-law's load capacity is +3.14 dBm0. */
static double peak_of(double level_dbm0)
{
    return 32768.0 * pow(10.0, (level_dbm0 - 3.14) / 20.0);
}

static void tune(tc_oscillator *oscillator, float f_hz, float level_dbm0)
{
    if (f_hz == 0.0f) {
        memset(oscillator, 0, sizeof *oscillator);
        return;
    }
    oscillator->step = (uint32_t)llround((double)f_hz / 8000.0 * 0x1p32);
    oscillator->amplitude = (float)peak_of(level_dbm0);
}

static void begin_segment(tc_tone *tone)
{
    const tc_tone_segment *segment = &tone->segments[tone->current];
    tone->left = segment->samples;
    if (segment->samples == 0)
        return; /* an empty segment changes nothing, not even a phase */
    for (unsigned i = 0; i < TC_TONE_SINES; i++)
        tune(&tone->oscillator[i], segment->hz[i], segment->level_dbm0[i]);
}

void tc_tone_init(tc_tone *tone, const tc_tone_segment *segments, unsigned count, unsigned repeats)
{
    memset(tone, 0, sizeof *tone);
    int empty = 1;
    for (unsigned i = 0; i < count; i++)
        empty = empty && segments[i].samples == 0;
    if (empty)
        return;
    tone->segments = segments;
    tone->count = count;
    tone->endless = repeats == 0;
    tone->repeats = repeats == 0 ? 1 : repeats;
    begin_segment(tone);
}

size_t tc_tone_feed(tc_tone *tone, int16_t *out, size_t n)
{
    size_t made = 0;
    while (tone->repeats && made < n) {
        if (tone->left == 0) {
            if (++tone->current == tone->count) {
                tone->current = 0;
                if (!tone->endless && --tone->repeats == 0)
                    break;
            }
            begin_segment(tone);
            continue;
        }
        uint32_t part = n - made < tone->left ? (uint32_t)(n - made) : tone->left;
        tc_oscillator *sines = tone->oscillator;
        if (sines[2].step | sines[3].step)
            TC_DISPATCH(four_sines, sines, out + made, part);
        else if (sines[0].step | sines[1].step)
            TC_DISPATCH(two_sines, sines, out + made, part);
        else
            memset(out + made, 0, part * sizeof *out);
        for (unsigned i = 0; i < TC_TONE_SINES; i++)
            sines[i].phase += part * sines[i].step;
        tone->left -= part;
        made += part;
    }
    return made;
}
