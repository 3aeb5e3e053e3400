/* The text of the noise suppression, once per SIMD level; see denoise.h and simd.h. */

#include "spectrum.inl"

/* log2 of the gain of the least logarithmic error; `share` is xi / (1 + xi), `fallen` exp(-v).  E1
 * by log2(e) is what halves into a power of two. */
static inline vec TC_ISA(log_gain)(vec share, vec v, vec fallen)
{
    vec e1 = fallen * TC_ISA(log2)(1.0f + (0.5615f + v) / (v + v * v));
    return TC_ISA(log2)(share) + 0.5f * e1;
}

static void TC_ISA(denoise_slice)(tc_denoise *d, unsigned lane)
{
    tc_spectrum *s = &d->spectrum;
    bins x;
    vec prior[TC_BINS + 4], posterior[TC_BINS];
    TC_ISA(spectrum)(s, lane, &x);
    for (unsigned k = 0; k < TC_BINS; k++) {
        vec power = x.re[k] * x.re[k] + x.im[k] * x.im[k];
        vec noise = TC_ISA(track_noise)(s, lane, k, power);
        posterior[k] = TC_ISA(min)(power / noise, (vec){0} + 1e5f);
        prior[k + 2] = TC_ISA(prior)(s, lane, k, posterior[k], noise, 0.97f);
        SLICE(d->prior[k], lane) += 0.3f * (prior[k + 2] - SLICE(d->prior[k], lane));
    }
    for (unsigned k = 0; k < TC_BINS; k++) {
        unsigned first = k > 2 ? k - 2 : 0, last = k < TC_BINS - 3 ? k + 2 : TC_BINS - 1;
        vec near = {0};
        for (unsigned j = first; j <= last; j++)
            near += SLICE(d->prior[j], lane);
        near *= 1.0f / (float)(last - first + 1);
        vec absence = 1.0f - (near - 0.1f) * (1.0f / 0.216f); /* -10 .. -5 dB */
        absence = TC_ISA(min)(TC_ISA(max)(absence, (vec){0} + 0.02f), (vec){0} + 0.995f);
        vec xi = prior[k + 2], share = xi / (1.0f + xi);
        vec v = TC_ISA(max)(share * posterior[k], (vec){0} + 1e-3f);
        vec fallen = TC_ISA(exp2)(v * -PER_E);
        vec presence = 1.0f / (1.0f + absence / (1.0f - absence) * (1.0f + xi) * fallen);
        vec gain = TC_ISA(log_gain)(share, v, fallen);
        vec clean = TC_ISA(exp2)(2.0f * gain);
        SLICE(s->clean[k], lane) =
            TC_ISA(min)(clean, (vec){0} + 1.0f) * (x.re[k] * x.re[k] + x.im[k] * x.im[k]);
        gain = presence * TC_ISA(min)(gain, (vec){0}) + (1.0f - presence) * d->least;
        gain = TC_ISA(exp2)(TC_ISA(max)(gain, (vec){0} + d->least));
        x.re[k] *= gain;
        x.im[k] *= gain;
    }
    vec re[HALF], im[HALF];
    TC_ISA(sound)(&x, re, im);
    const float scale = 1.0f / (1.125f * HALF);
    for (unsigned n = 0; n < TC_SPECTRUM_WINDOW; n += 2) {
        SLICE(d->sound[n], lane) += re[n / 2] * (HANN[n] * scale);
        SLICE(d->sound[n + 1], lane) += im[n / 2] * (HANN[n + 1] * scale);
    }
    SLICE(s->hops, lane) = TC_ISA(min)(SLICE(s->hops, lane) + 1.0f, (vec){0} + 1e6f);
}

/* The oldest hop is complete: rounded, and out. */
static void TC_ISA(denoise_spectra)(tc_denoise *d, int16_t *out)
{
    for (unsigned lane = 0; lane < TC_GROUP; lane += TC_WIDTH)
        TC_ISA(denoise_slice)(d, lane);
    for (unsigned n = 0; n < TC_HOP; n++)
        for (unsigned l = 0; l < TC_GROUP; l++) {
            float y = d->sound[n][l] < 32767.0f ? d->sound[n][l] : 32767.0f;
            y = y > -32768.0f ? y : -32768.0f;
            out[n * TC_GROUP + l] = (int16_t)(int32_t)((y + 0x1.8p23f) - 0x1.8p23f);
        }
    for (unsigned n = 0; n < TC_SPECTRUM_WINDOW; n++)
        for (unsigned l = 0; l < TC_GROUP; l++)
            d->sound[n][l] = n < TC_DENOISE_DELAY ? d->sound[n + TC_HOP][l] : 0.0f;
}
