/* V.17: errors stay large; has a sample been lost or repeated, or has the line turned the carrier
 * at once, or changed its level?  Included by fax_receive.inl.
 *
 * Points lie too close for a few of them to tell, but a way through the trellis is at least twice
 * as far from samples that are out of place as from those in place with the most noise that data
 * bear. All symbols not yet told are heard again, once for each shift, and if none fits, once for
 * each of some turns and for the size that they have now; where the sum of what the first ones are
 * off without it, and the last ones with it, is least, there it happened.  Then all are decided
 * anew, so that no more is lost than the symbols in which it lies. */

#define V17_FOLLOWS 0.05f
#define V17_SWELLS 0.02f
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
    tc_fax_phasor by; /* what the last symbol was turned and stretched by */
    tc_v17 v17;
} again_of_v17;

/* From `from` on with a shift, turned and stretched by `by`, before without; both follow the
 * decisions.  off[k]: how far the best way to symbol k is off.  An echo is of the symbols as they
 * are decided now, or where `plain` fits better, of that one's. */
#define v17_again TC_ISA(v17_again)
static void v17_again(const tc_fax_receive *rx, unsigned n, unsigned from, int shift,
                      tc_fax_phasor by, const again_of_v17 *plain, again_of_v17 *made)
{
    const tc_fax_plan *plan = rx->plan;
    const unsigned halves = 2 * (n - 1) + TC_FAX_RX_TAPS;
    const uint32_t turn = plan->turn + (uint32_t)(int32_t)rx->sure_offset;
    uint32_t phase = rx->sure_phase + (rx->symbol - n - rx->sure_symbol) * turn;
    int64_t at = rx->at - (int64_t)halves * (int64_t)plan->half;
    memset(made->v17.worse, 0, sizeof made->v17.worse);
    made->v17.symbols = rx->v17.symbols - n;
    made->off[0] = 0;
    made->by = (tc_fax_phasor){1, 0};
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
        if (k == from)
            made->by = by;
        const tc_fax_phasor now = made->by;
        tc_fax_phasor x = turned(equalised(rx, made->re + 2 * k, made->im + 2 * k), 0u - phase);
        tc_fax_phasor y = {x.re * now.re - x.im * now.im, x.re * now.im + x.im * now.re};
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
        const float scale = 1 / plan->power;
        float more = (a.re * y.re + a.im * y.im - y.re * y.re - y.im * y.im) * scale * V17_SWELLS;
        float on = (a.im * y.re - a.re * y.im) * scale * V17_FOLLOWS;
        made->by.re += now.re * more - now.im * on, made->by.im += now.im * more + now.re * on;
        phase += turn;
        made->y = y, made->a = a;
    }
    made->phase = phase - (uint32_t)(int64_t)(atan2f(made->by.im, made->by.re) * TURN_A_RADIAN);
}

typedef struct {
    float off; /* the least of a symbol; what follows made it so */
    unsigned from;
    int shift;
    tc_fax_phasor by;
    int found;
} TC_ISA(v17_cause);

/* Is it this? */
#define v17_weigh TC_ISA(v17_weigh)
static void v17_weigh(const tc_fax_receive *rx, unsigned n, int shift, tc_fax_phasor by,
                      const again_of_v17 *plain, TC_ISA(v17_cause) * least)
{
    again_of_v17 made;
    v17_again(rx, n, 0, shift, by, plain, &made);
    for (unsigned k = 0; k + V17_WITHIN + V17_SURE <= n; k++) {
        float off = plain->off[k] + made.off[n] - made.off[k + V17_WITHIN];
        off /= (float)(n - V17_WITHIN);
        if (off < least->off)
            *least = (TC_ISA(v17_cause)){off, k + V17_WITHIN / 2, shift, shift ? by : made.by, 1};
    }
}

#define v17_find_slip TC_ISA(v17_find_slip)
static void v17_find_slip(tc_fax_receive *rx)
{
    static const int8_t shifts[] = {1, -1, 2, -2, 3, -3, 4, -4};
    static const float sizes[] = {0.92f, 0.96f, 1, 1.04f, 1.08f};
    const tc_fax_phasor straight = {1, 0};
    const unsigned n = rx->v17.symbols - rx->v17.told;
    again_of_v17 made;
    v17_again(rx, n, 0, 0, straight, NULL, &made);
    const float now = made.off[n] / (float)n;
    const float fits = fmaxf(V17_NOISE * usual(rx), V17_CLEAN * v17_distance(rx));
    TC_ISA(v17_cause) least = {fminf(V17_NEARER * now, fits), 0, 0, straight, 0};
    for (unsigned i = 0; i < (rx->troubled > 2 ? sizeof shifts : 2) && (i < 2 || !least.found); i++)
        v17_weigh(rx, n, shifts[i], straight, &made, &least);
    for (unsigned i = 0; i < V17_TURNS && !least.found; i++)
        v17_weigh(rx, n, 0, V17_TURNED[i], &made, &least);
    float size = sqrtf(1 / (rx->loud + 1e-6f));
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes && !least.found; i++) {
        float whole = size * sizes[i] * rx->stretched;
        if (whole < STRETCHED && whole * STRETCHED > 1)
            v17_weigh(rx, n, 0, (tc_fax_phasor){size * sizes[i], 0}, &made, &least);
    }
    if (!least.found)
        return;
    v17_again(rx, n, least.from, least.shift, least.by, NULL, &made);
    size = sqrtf(made.by.re * made.by.re + made.by.im * made.by.im);
    for (int i = 0; i < TC_FAX_RX_TAPS; i++)
        rx->w_re[i] *= size, rx->w_im[i] *= size;
    rx->stretched *= size;
    memcpy(rx->z_re, made.re + 2 * (n - 1), sizeof rx->w_re);
    memcpy(rx->z_im, made.im + 2 * (n - 1), sizeof rx->w_im);
    memcpy(rx->echo.re + rx->echo.pasts - n, made.past_re + TC_FAX_ECHO_FAR, n * sizeof(float));
    memcpy(rx->echo.im + rx->echo.pasts - n, made.past_im + TC_FAX_ECHO_FAR, n * sizeof(float));
    rx->halves = TC_FAX_RX_TAPS;
    rx->at += least.shift * SAMPLE;
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
    if (least.shift)
        rx->slips++, happened(rx, TC_FAX_RX_SLIP, -least.shift);
}

#undef again_of_v17
#undef v17_weigh
