#include "fax_greeting.h"

#include <math.h>

#define BLOCKS(ms) ((ms) / 5)
#define SHARE 0.5f          /* of a block's power, that a tone must have */
#define PATIENCE BLOCKS(20) /* a click, a reversal of phase (V.25) */
#define CED_LEAST BLOCKS(300)
#define CNG_LEAST BLOCKS(350) /* of 500 +-15 %, which may begin before we hear */
#define CNG_MOST BLOCKS(650)
#define SOUND_LEAST BLOCKS(1000)

/* 2 cos(2 pi f / 8000), and cosine and sine of the same angle. */
typedef struct {
    float twice, cosine, sine;
    float within; /* tangent of the turn that a block may be off: 2 pi * tolerance / 200 */
} tone_plan;

static const tone_plan PLAN[2] = {
    {-0.156918191f, -0.0784590957f, 0.996917334f, 1.20879f}, /* 2100 +-28 Hz: 15, and a carrier's */
    {1.29889610f, 0.649448048f, 0.760405966f, 6.31375f},     /* 1100 +-45 Hz */
};

void tc_fax_greeting_hear(tc_fax_greeting *greeting, const int16_t *in, unsigned n)
{
    for (int i = 0; i < 2; i++) {
        tc_fax_greeting_tone *tone = &greeting->tone[i];
        float twice = PLAN[i].twice, last = tone->last, before = tone->before;
        for (unsigned k = 0; k < n; k++) {
            float next = (float)in[k] + twice * last - before;
            before = last;
            last = next;
        }
        tone->last = last;
        tone->before = before;
    }
}

static void forget(tc_fax_greeting_tone *tone)
{
    tone->blocks = tone->gap = 0;
    tone->sum_re = tone->sum_im = 0;
}

/* Whether the tone is in this block; its turn since the block before is put to the others. */
static bool take_block(tc_fax_greeting_tone *tone, const tone_plan *plan, float energy, bool loud)
{
    float re = tone->last - plan->cosine * tone->before;
    float im = plan->sine * tone->before;
    float power = re * re + im * im;
    bool there = loud && 2 * power >= SHARE * TC_FAX_GREETING_BLOCK * energy;
    if (there && tone->blocks && !tone->gap) { /* an exact tone: against the block before */
        tone->sum_re -= re * tone->re + im * tone->im;
        tone->sum_im -= im * tone->re - re * tone->im;
    }
    tone->re = re;
    tone->im = im;
    tone->last = tone->before = 0;
    if (there) {
        tone->blocks += tone->blocks < UINT16_MAX;
        tone->gap = 0;
    } else if (tone->blocks) {
        tone->gap++;
    }
    return there;
}

static bool exact(const tc_fax_greeting_tone *tone, const tone_plan *plan)
{
    return tone->sum_re > 0 && fabsf(tone->sum_im) <= plan->within * tone->sum_re;
}

unsigned tc_fax_greeting_block(tc_fax_greeting *greeting, float energy, bool loud, unsigned listens)
{
    tc_fax_greeting_tone *ced = &greeting->tone[0], *cng = &greeting->tone[1];
    bool answers = take_block(ced, &PLAN[0], energy, loud);
    bool calls = take_block(cng, &PLAN[1], energy, loud);
    unsigned known = 0;
    if (answers && ced->blocks >= CED_LEAST && exact(ced, &PLAN[0]))
        known |= TC_GREETING_CED;
    if (ced->gap > PATIENCE || !(listens & TC_GREETING_CED))
        forget(ced);
    if (cng->gap > PATIENCE) {
        if (cng->blocks >= CNG_LEAST && cng->blocks <= CNG_MOST && exact(cng, &PLAN[1]))
            known |= TC_GREETING_CNG;
        forget(cng);
    }
    if (!(listens & TC_GREETING_CNG))
        forget(cng);
    if (loud && !answers && !calls && listens & TC_GREETING_SOUND &&
        ++greeting->sound == SOUND_LEAST)
        known |= TC_GREETING_SOUND;
    known &= listens & ~(unsigned)greeting->told;
    greeting->told |= (uint8_t)known;
    return known;
}
