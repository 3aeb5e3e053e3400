/* The text of the spectra, part of each kernel that uses them; see spectrum.h and simd.h. */

#include "lanes.inl"

#define HALF (TC_BINS - 1) /* complex values of a transform */

typedef struct {
    vec re[TC_BINS], im[TC_BINS];
} TC_ISA(bins);
#define bins TC_ISA(bins)

/* Decimation in frequency, in place: natural order in, reversed bits out. */
static inline void TC_ISA(transform)(vec *re, vec *im)
{
    for (unsigned half = HALF / 2, step = 1; half; half /= 2, step *= 2)
        for (unsigned first = 0; first < HALF; first += 2 * half)
            for (unsigned k = 0; k < half; k++) {
                unsigned a = first + k, b = a + half;
                float c = TURN_RE[k * step], d = TURN_IM[k * step];
                vec r = re[a] - re[b], i = im[a] - im[b];
                re[a] += re[b];
                im[a] += im[b];
                re[b] = r * c - i * d;
                im[b] = r * d + i * c;
            }
}

/* Its inverse, times HALF: decimation in time, reversed bits in, natural order out. */
static inline void TC_ISA(transform_back)(vec *re, vec *im)
{
    for (unsigned half = 1, step = HALF / 2; half < HALF; half *= 2, step /= 2)
        for (unsigned first = 0; first < HALF; first += 2 * half)
            for (unsigned k = 0; k < half; k++) {
                unsigned a = first + k, b = a + half;
                float c = TURN_RE[k * step], d = TURN_IM[k * step];
                vec r = re[b] * c + im[b] * d, i = im[b] * c - re[b] * d;
                re[b] = re[a] - r;
                im[b] = im[a] - i;
                re[a] += r;
                im[a] += i;
            }
}

/* The spectrum of the newest window of the lanes from `lane` on. */
static inline void TC_ISA(spectrum)(const tc_spectrum *s, unsigned lane, bins *x)
{
    vec re[HALF], im[HALF];
    for (unsigned k = 0; k < TC_SPECTRUM_WINDOW / 2; k++) {
        re[k] = SLICE(s->past[2 * k], lane) * HANN[2 * k];
        im[k] = SLICE(s->past[2 * k + 1], lane) * HANN[2 * k + 1];
    }
    for (unsigned k = TC_SPECTRUM_WINDOW / 2; k < HALF; k++)
        re[k] = im[k] = (vec){0};
    TC_ISA(transform)(re, im);
    for (unsigned k = 0; k <= HALF / 2; k++) { /* even and odd samples were its two parts */
        unsigned a = ORDER[k], b = ORDER[(HALF - k) % HALF];
        vec er = 0.5f * (re[a] + re[b]), ei = 0.5f * (im[a] - im[b]);
        vec ur = 0.5f * (im[a] + im[b]), ui = 0.5f * (re[b] - re[a]);
        vec tr = ur * SPLIT_RE[k] - ui * SPLIT_IM[k], ti = ur * SPLIT_IM[k] + ui * SPLIT_RE[k];
        x->re[k] = er + tr;
        x->im[k] = ei + ti;
        x->re[HALF - k] = er - tr;
        x->im[HALF - k] = ti - ei;
    }
}

/* The sound of a spectrum, 256 samples, times 128. */
static inline void TC_ISA(sound)(const bins *x, vec *re, vec *im)
{
    for (unsigned k = 0; k <= HALF / 2; k++) {
        unsigned a = ORDER[k], b = ORDER[(HALF - k) % HALF];
        vec er = 0.5f * (x->re[k] + x->re[HALF - k]), ei = 0.5f * (x->im[k] - x->im[HALF - k]);
        vec tr = 0.5f * (x->re[k] - x->re[HALF - k]), ti = 0.5f * (x->im[k] + x->im[HALF - k]);
        vec ur = tr * SPLIT_RE[k] + ti * SPLIT_IM[k], ui = ti * SPLIT_RE[k] - tr * SPLIT_IM[k];
        re[a] = er - ui;
        im[a] = ei + ur;
        re[b] = er + ui;
        im[b] = ur - ei;
    }
    TC_ISA(transform_back)(re, im);
}

#define LEARNING_HOPS 8.0f
#define LEAST_NOISE 5700.0f  /* power of a bin under white noise of -66 dBm0 */
#define LEARNT_NOISE 2.35e7f /* ... of -30 dBm0 */
#define EXPECTED 31.6f       /* ratio of speech to noise where there is speech: 15 dB */
#define PER_E 1.44269504f    /* log2(e) */

/* Follows the noise of one bin; returns its power before this hop was taken in. */
static inline vec TC_ISA(track_noise)(tc_spectrum *s, unsigned lane, unsigned bin, vec power)
{
    vec *noise = &SLICE(s->noise[bin], lane), *smooth = &SLICE(s->presence[bin], lane);
    vec hops = SLICE(s->hops, lane), known = TC_ISA(max)(*noise, (vec){0} + LEAST_NOISE);
    vec e = TC_ISA(exp2)(power / known * (-PER_E * EXPECTED / (1.0f + EXPECTED)));
    vec presence = 1.0f / (1.0f + (1.0f + EXPECTED) * e);
    vec moves = 1.0f - SLICE(s->frozen, lane);
    *smooth += moves * (0.05f * (presence - *smooth));
    vec held = TC_ISA(select)(*smooth > 0.99f, (vec){0} + 0.99f, (vec){0} + 1.0f);
    presence = TC_ISA(min)(presence, held);
    vec followed = known + moves * (0.08f * (1.0f - presence) * (power - known));
    vec begun = TC_ISA(min)(power, (vec){0} + LEARNT_NOISE);
    begun = *noise + (begun - *noise) / (hops + 1.0f);
    *noise = TC_ISA(select)(hops < LEARNING_HOPS, begun, followed);
    *noise = TC_ISA(max)(*noise, (vec){0} + LEAST_NOISE);
    return TC_ISA(select)(hops < LEARNING_HOPS, *noise, known);
}

#define LEAST_PRIOR 0.003f /* -25 dB */

/* The prior ratio of one bin: `posterior` is power by noise. */
static inline vec TC_ISA(prior)(const tc_spectrum *s, unsigned lane, unsigned bin, vec posterior,
                                vec noise, float weight)
{
    vec over = TC_ISA(max)(posterior - 1.0f, (vec){0});
    vec prior = weight * (SLICE(s->clean[bin], lane) / noise) + (1.0f - weight) * over;
    return TC_ISA(max)(prior, (vec){0} + LEAST_PRIOR);
}
