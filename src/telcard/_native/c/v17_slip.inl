/* V.17: errors stay large; has a sample been lost or repeated?  Included by fax_receive.inl.
 *
 * Points lie too close for a few of them to tell, but a way through the trellis is at least twice
 * as far from samples that are out of place as from those in place with the most noise that data
 * bear. All symbols not yet told are heard again, once for each shift; where the sum of what the
 * first ones are off without it, and the last ones with it, is least, there the slip was.  Then all
 * are decided anew, so that no more is lost than the symbols in which it lies. */

#define V17_FOLLOWS 0.05f
#define V17_NEARER 0.75f
#define V17_NOISE 1.4f
#define V17_WITHIN 10 /* symbols that hear both sides of the slip */
#define V17_SURE 14   /* behind it */

#define again_of_v17 TC_ISA(again_of_v17)
typedef struct {
    float re[2 * (TC_V17_KEPT - 1) + TC_FAX_RX_TAPS], im[2 * (TC_V17_KEPT - 1) + TC_FAX_RX_TAPS];
    float off[TC_V17_KEPT + 1];
    float past_re[TC_FAX_ECHO_FAR + TC_V17_KEPT], past_im[TC_FAX_ECHO_FAR + TC_V17_KEPT];
    tc_fax_phasor y, a;
    uint32_t phase;
    tc_v17 v17;
} again_of_v17;

/* From `from` on with a shift, before without; off[k]: how far the best way to symbol k is off.  An
 * echo is of the symbols as they are decided now, or where `plain` fits better, of that one's. */
#define v17_again TC_ISA(v17_again)
static void v17_again(const tc_fax_receive *rx, unsigned n, unsigned from, int shift,
                      const again_of_v17 *plain, again_of_v17 *made)
{
    const tc_fax_plan *plan = rx->plan;
    const unsigned halves = 2 * (n - 1) + TC_FAX_RX_TAPS;
    const uint32_t turn = plan->turn + (uint32_t)(int32_t)rx->sure_offset;
    uint32_t phase = rx->sure_phase + (rx->symbol - n - rx->sure_symbol) * turn;
    int64_t at = rx->at - (int64_t)halves * (int64_t)plan->half;
    memset(made->v17.worse, 0, sizeof made->v17.worse);
    made->v17.symbols = rx->v17.symbols - n;
    made->off[0] = 0;
    unsigned old = rx->echo.pasts - n - TC_FAX_ECHO_FAR;
    memcpy(made->past_re, rx->echo.re + old, TC_FAX_ECHO_FAR * sizeof *made->past_re);
    memcpy(made->past_im, rx->echo.im + old, TC_FAX_ECHO_FAR * sizeof *made->past_im);
    for (unsigned k = 0; k < n; k++) {
        if (k == 0 || k == from) {
            unsigned first = k ? 2 * k : 0;
            int64_t shifted = at + (int64_t)first * (int64_t)plan->half;
            shifted += k >= from ? shift * SAMPLE : 0;
            TC_ISA(hear_many)(rx, shifted, halves - first, made->re + first, made->im + first);
            for (unsigned i = first; i < halves; i++)
                made->re[i] *= rx->gain, made->im[i] *= rx->gain;
        }
        tc_fax_phasor y = turned(equalised(rx, made->re + 2 * k, made->im + 2 * k), 0u - phase);
        float *past_re = made->past_re + TC_FAX_ECHO_FAR + k;
        float *past_im = made->past_im + TC_FAX_ECHO_FAR + k;
        y = without_echo(&rx->echo, y, past_re, past_im);
        tc_fax_phasor a = v17_decide(plan, &made->v17, y);
        *past_re = a.re, *past_im = a.im;
        if (plain && plain->off[k + 1] - plain->off[k] < made->v17.step) {
            *past_re = plain->past_re[TC_FAX_ECHO_FAR + k];
            *past_im = plain->past_im[TC_FAX_ECHO_FAR + k];
        }
        made->off[k + 1] = made->off[k] + made->v17.step;
        float late = (y.im * a.re - y.re * a.im) / plan->power;
        phase += turn + (uint32_t)(int32_t)(late * V17_FOLLOWS * TURN_A_RADIAN);
        made->y = y, made->a = a;
    }
    made->phase = phase;
}

#define v17_find_slip TC_ISA(v17_find_slip)
static void v17_find_slip(tc_fax_receive *rx)
{
    static const int8_t shifts[] = {1, -1, 2, -2, 3, -3, 4, -4};
    const unsigned n = rx->v17.symbols - rx->v17.told;
    again_of_v17 plain, made;
    v17_again(rx, n, 0, 0, NULL, &plain);
    const float now = plain.off[n] / (float)n;
    const float fits = fmaxf(V17_NOISE * usual(rx), V17_CLEAN * v17_distance(rx));
    float least = fminf(V17_NEARER * now, fits);
    unsigned from = 0;
    int best = 0;
    for (unsigned i = 0; i < (rx->troubled > 2 ? sizeof shifts : 2) && (i < 2 || !best); i++) {
        v17_again(rx, n, 0, shifts[i], &plain, &made);
        for (unsigned k = 0; k + V17_WITHIN + V17_SURE <= n; k++) {
            float off = plain.off[k] + made.off[n] - made.off[k + V17_WITHIN];
            off /= (float)(n - V17_WITHIN);
            if (off < least)
                least = off, best = shifts[i], from = k + V17_WITHIN / 2;
        }
    }
    if (!best)
        return;
    v17_again(rx, n, from, best, NULL, &made);
    memcpy(rx->z_re, made.re + 2 * (n - 1), sizeof rx->w_re);
    memcpy(rx->z_im, made.im + 2 * (n - 1), sizeof rx->w_im);
    memcpy(rx->echo.re + rx->echo.pasts - n, made.past_re + TC_FAX_ECHO_FAR, n * sizeof(float));
    memcpy(rx->echo.im + rx->echo.pasts - n, made.past_im + TC_FAX_ECHO_FAR, n * sizeof(float));
    rx->halves = TC_FAX_RX_TAPS;
    rx->at += best * SAMPLE;
    rx->phase = rx->sure_phase = made.phase;
    rx->sure_symbol = rx->symbol;
    rx->offset = rx->sure_offset;
    rx->y = made.y, rx->a = made.a;
    rx->error = usual(rx);
    for (uint32_t at = rx->v17.told; at != rx->v17.symbols; at++)
        memcpy(rx->v17.way[at % TC_V17_KEPT], made.v17.way[at % TC_V17_KEPT],
               sizeof rx->v17.way[0]);
    memcpy(rx->v17.worse, made.v17.worse, sizeof rx->v17.worse);
    rx->v17.best = made.v17.best;
    rx->slips++;
    happened(rx, TC_FAX_RX_SLIP, -best);
}

#undef again_of_v17
