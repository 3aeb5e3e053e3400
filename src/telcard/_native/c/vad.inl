/* The text of the VAD kernel, once per SIMD level; see vad.h and simd.h. */

#include "spectrum.inl"

/* What stands out most of the bins outside `taken` +- 3: its bin, and the power within +- 3. */
static inline vec TC_ISA(line)(const vec *power, vec taken, vec *at)
{
    vec most = {0}, sum = {0};
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
        sum += TC_ISA(select)(mine, power[k], (vec){0});
    }
    return sum;
}

static void TC_ISA(vad_slice)(tc_vad *vad, unsigned lane)
{
    tc_spectrum *s = &vad->spectrum;
    bins x;
    vec over[TC_BINS], all = {0}, heard = {0}, hush = {0}, ratio = {0}, product = {0};
    product += 1.0f;
    TC_ISA(spectrum)(s, lane, &x);
    for (unsigned k = 0; k < TC_BINS; k++) {
        vec power = x.re[k] * x.re[k] + x.im[k] * x.im[k];
        vec noise = TC_ISA(track_noise)(s, lane, k, power), posterior = power / noise;
        vec prior = TC_ISA(prior)(s, lane, k, posterior, noise, 0.98f);
        vec gain = prior / (1.0f + prior);
        SLICE(s->clean[k], lane) = gain * gain * power;
        over[k] = TC_ISA(max)(power - 3.0f * noise, (vec){0});
        if (k < FIRST_BIN - 3 || k >= LAST_BIN + 3)
            continue;
        all += over[k];
        if (k < FIRST_BIN || k >= LAST_BIN)
            continue;
        heard += power;
        hush += noise;
        ratio += TC_ISA(min)(posterior, (vec){0} + 1000.0f) * gain;
        product *= 1.0f + TC_ISA(min)(prior, (vec){0} + 1000.0f);
        if (k % 4 == 3) { /* the logarithm of a product is dear, and may wait */
            ratio -= TC_ISA(log2)(product) * 0.693147181f;
            product = (vec){0} + 1.0f;
        }
    }
    vec first, second;
    vec lines = TC_ISA(line)(over, (vec){0} - 100.0f, &first);
    lines += TC_ISA(line)(over, first, &second);
    ratio = TC_ISA(min)(ratio * (1.0f / (LAST_BIN - FIRST_BIN)), (vec){0} + MOST_SCORE);
    SLICE(vad->fresh, lane) = ratio;
    SLICE(vad->score, lane) += 0.3f * (ratio - SLICE(vad->score, lane));
    SLICE(vad->line[0], lane) = first;
    SLICE(vad->line[1], lane) = second;
    SLICE(vad->share, lane) = lines / TC_ISA(max)(all, (vec){0} + 1.0f);
    SLICE(vad->heard, lane) = heard;
    SLICE(vad->hush, lane) = hush;
    SLICE(s->hops, lane) = TC_ISA(min)(SLICE(s->hops, lane) + 1.0f, (vec){0} + 1e6f);
}

static void TC_ISA(vad_spectra)(tc_vad *vad)
{
    for (unsigned lane = 0; lane < TC_GROUP; lane += TC_WIDTH)
        TC_ISA(vad_slice)(vad, lane);
}
