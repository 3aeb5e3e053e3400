/* The jitter predictor's loops, once per SIMD level; see fax_jitter.h.  Included by
 * fax_receive.inl. */

#define JITTER_STEP 0.01f
#define JITTER_MEANS (1 / 128.0f) /* the step stays below 2 whatever comes */
#define JITTER_MOST 0.5f          /* radians */
#define JITTER_LEAST 1e-6f        /* square radians, so that a clean line divides nothing by 0 */

/* The next symbol's turn. */
#define predicted TC_ISA(predicted)
INLINE float predicted(const tc_fax_jitter *jitter)
{
    const float *turns = jitter->turns + jitter->count - TC_FAX_JITTER_TAPS;
    many sum;
    for (int p = 0; p < PARTS; p++) {
        int i = p * TC_WIDTH, j = i + 16;
        sum.part[p] = AT(turns + i) * AT(jitter->w + i) + AT(turns + j) * AT(jitter->w + j);
    }
    return bounded(totals(&sum, &sum).re, JITTER_MOST);
}

/* It was `turn`, of which `missed` had not been predicted. */
#define keep_turn TC_ISA(keep_turn)
INLINE void keep_turn(tc_fax_jitter *jitter, float turn, float missed)
{
    float *turns = jitter->turns + jitter->count - TC_FAX_JITTER_TAPS;
    jitter->power += (turn * turn - jitter->power) * JITTER_MEANS;
    jitter->missed += (missed * missed - jitter->missed) * JITTER_MEANS;
    float step = missed * JITTER_STEP / (TC_FAX_JITTER_TAPS * (jitter->power + JITTER_LEAST));
    for (int i = 0; i < TC_FAX_JITTER_TAPS; i += TC_WIDTH)
        *(row *)(jitter->w + i) += AT(turns + i) * step;
    if (jitter->count == TC_FAX_JITTER_PAST) {
        memcpy(jitter->turns, turns, TC_FAX_JITTER_TAPS * sizeof *turns);
        jitter->count = TC_FAX_JITTER_TAPS;
    }
    jitter->turns[jitter->count++] = turn;
}
