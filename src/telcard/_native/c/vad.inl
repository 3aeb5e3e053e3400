/* The text of the VAD kernel, once per SIMD level; see vad.h and simd.h. */

#include "spectrum.inl"

/* What stands out most of the bins outside `taken` +- 3: its bin; the power within +- 3, and where
 * its middle lies. */
static inline vec TC_ISA(line)(const vec *power, vec taken, vec *at, vec *middle)
{
    vec most = {0}, sum = {0}, moment = {0};
    *at = (vec){0} - 100.0f;
    for (unsigned k = FIRST_BIN; k < LAST_BIN; k++) {
        vec apart = taken - (float)k;
        ivec better = (power[k] > most) & (apart * apart > 9.5f);
        most = TC_ISA(select)(better, power[k], most);
        *at = TC_ISA(select)(better, (vec){0} + (float)k, *at);
    }
    for (unsigned k = FIRST_BIN - 3; k < LAST_BIN + 3; k++) {
        vec apart = *at - (float)k, other = taken - (float)k;
        ivec mine = (apart * apart < 9.5f) & (other * other > 9.5f);
        vec part = TC_ISA(select)(mine, power[k], (vec){0});
        sum += part;
        moment += part * (float)k;
    }
    *middle = moment / TC_ISA(max)(sum, (vec){0} + 1.0f);
    return sum;
}

/* The two lines that rule what is above the noise. */
static inline void TC_ISA(lines)(tc_vad *vad, unsigned lane, const vec *over)
{
    vec all = {0}, at, none, *first = &SLICE(vad->line[0], lane),
        *second = &SLICE(vad->line[1], lane);
    for (unsigned k = FIRST_BIN - 3; k < LAST_BIN + 3; k++)
        all += over[k];
    vec power = TC_ISA(line)(over, (vec){0} - 100.0f, &at, first);
    vec other = TC_ISA(line)(over, at, &none, second);
    SLICE(vad->share, lane) = (power + other) / TC_ISA(max)(all, (vec){0} + 1.0f);
    SLICE(vad->lowest, lane) =
        TC_ISA(select)(other < 0.02f * power, *first, TC_ISA(min)(*first, *second));
}

/* The least that a band's smoothed power has been since the last call of `raise_noise`. */
static inline void TC_ISA(track_least)(tc_vad *vad, unsigned lane, unsigned band, vec power)
{
    vec hops = SLICE(vad->spectrum.hops, lane), known = SLICE(vad->smooth[band], lane);
    power *= 1.0f / BAND_BINS;
    power = TC_ISA(select)(hops < 0.5f, power, known + 0.2f * (power - known));
    SLICE(vad->smooth[band], lane) = power;
    vec least = SLICE(vad->least[band], lane);
    vec less = TC_ISA(select)(SLICE(vad->held, lane) > 0.0f, least, TC_ISA(min)(least, power));
    SLICE(vad->least[band], lane) = TC_ISA(select)(hops < FIRST_LEAST, power, less);
}

static void TC_ISA(vad_slice)(tc_vad *vad, unsigned lane)
{
    tc_spectrum *s = &vad->spectrum;
    bins x;
    vec over[TC_BINS], heard = {0}, hush = {0}, band = {0}, ratio = {0}, product = {0};
    product += 1.0f;
    TC_ISA(spectrum)(s, lane, &x);
    for (unsigned k = 0; k < TC_BINS; k++) {
        vec power = x.re[k] * x.re[k] + x.im[k] * x.im[k];
        vec noise = TC_ISA(track_noise)(s, lane, k, power), posterior = power / noise;
        vec prior = TC_ISA(prior)(s, lane, k, posterior, noise, 0.98f);
        vec gain = prior / (1.0f + prior);
        SLICE(s->clean[k], lane) = gain * gain * power;
        over[k] = TC_ISA(max)(power - 3.0f * noise, (vec){0});
        band += power;
        if (k % BAND_BINS == BAND_BINS - 1) {
            TC_ISA(track_least)(vad, lane, k / BAND_BINS, band);
            band = (vec){0};
        }
        if (k < FIRST_BIN || k >= LAST_BIN)
            continue;
        heard += power;
        hush += noise;
        ratio += TC_ISA(min)(posterior, (vec){0} + 1000.0f) * gain;
        product *= 1.0f + TC_ISA(min)(prior, (vec){0} + 1000.0f);
        if (k % 4 == 3) { /* the logarithm of a product is dear, and may wait */
            ratio -= TC_ISA(log2)(product) * LOG_2;
            product = (vec){0} + 1.0f;
        }
    }
    TC_ISA(lines)(vad, lane, over);
    ratio = TC_ISA(max)(ratio * (1.0f / (LAST_BIN - FIRST_BIN)), (vec){0});
    vec first = TC_ISA(select)(SLICE(s->hops, lane) < 0.5f, (vec){0} + 1.0f, (vec){0});
    SLICE(vad->fresh, lane) = ratio;
    SLICE(vad->quick, lane) +=
        0.3f * (TC_ISA(min)(ratio, (vec){0} + MOST_RATIO) - SLICE(vad->quick, lane));
    vec slow = SLICE(vad->slow, lane) + first * (LOG_2 * LOG2_LEAST_RATIO); /* as if of noise */
    slow += 0.12f * (TC_ISA(log2)(ratio + LEAST_RATIO) * LOG_2 - slow);
    SLICE(vad->slow, lane) = slow;
    vec score = TC_ISA(exp2)(slow * PER_E) - LEAST_RATIO;
    SLICE(vad->score, lane) = TC_ISA(max)(score, (vec){0});
    vec open =
        TC_ISA(min)((slow - NOISE_BELOW) * (1.0f / (SPEECH_ABOVE - NOISE_BELOW)), (vec){0} + 1.0f);
    SLICE(s->frozen, lane) = TC_ISA(max)(open, (vec){0});
    SLICE(vad->heard, lane) = heard;
    SLICE(vad->level, lane) += (0.3f + 0.7f * first) * (heard - SLICE(vad->level, lane));
    SLICE(vad->hush, lane) = hush;
    SLICE(s->hops, lane) = TC_ISA(min)(SLICE(s->hops, lane) + 1.0f, (vec){0} + 1e6f);
}

static void TC_ISA(vad_spectra)(tc_vad *vad)
{
    for (unsigned lane = 0; lane < TC_GROUP; lane += TC_WIDTH)
        TC_ISA(vad_slice)(vad, lane);
}
