/* The text of the search for bulk delays, once per SIMD level; see bulk_delay.h and simd.h. */

#include "lanes.inl"

#include "echo_fourier.inl"

static inline vec TC_ISA(root)(vec a)
{
    for (unsigned l = 0; l < TC_WIDTH; l++)
        a[l] = __builtin_sqrtf(a[l]);
    return a;
}

/* The window over 320 samples, folded to 160: bins of 50 Hz are the same. */
static void TC_ISA(window)(const int16_t (*sound)[TC_BULK_LANES], unsigned lane, bins *to)
{
    vec time[TC_BULK_HOP];
    for (unsigned n = 0; n < TC_BULK_HOP; n++) {
        vec early, late;
        for (unsigned l = 0; l < TC_WIDTH; l++) {
            early[l] = sound[n][lane + l];
            late[l] = sound[n + TC_BULK_HOP][lane + l];
        }
        time[n] = RISE[n] * early + RISE[TC_BULK_HOP - 1 - n] * late;
    }
    TC_ISA(spectrum)(time, to);
}

/* A hop is whole: its spectra, divided by what they are usually like or are now. */
static void TC_ISA(hear)(tc_bulk_delay *b, unsigned lane)
{
    vec zero = {0}, one = zero + 1.0f, sent = zero, power[TC_BULK_BINS];
    bins x, d;
    TC_ISA(window)(b->x, lane, &x);
    TC_ISA(window)(b->d, lane, &d);
    for (unsigned k = 0; k < TC_BULK_BINS; k++) {
        unsigned bin = TC_BULK_FIRST + k;
        sent += x.re[bin] * x.re[bin] + x.im[bin] * x.im[bin];
        power[k] = d.re[bin] * d.re[bin] + d.im[bin] * d.im[bin];
    }
    sent *= 1.0f / TC_BULK_BINS;
    ivec loud = sent > SPEAKING;
    vec silent = TC_ISA(select)(loud, zero, SLICE(b->silent, lane) + 1.0f);
    silent = TC_ISA(min)(silent, zero + TC_BULK_LAGS);
    SLICE(b->silent, lane) = silent;
    ivec works = silent < zero + TC_BULK_LAGS;
    vec heard = SLICE(b->heard, lane), share = one / TC_ISA(min)(heard + 1.0f, zero + LONG);
    SLICE(b->heard, lane) = TC_ISA(min)(heard + TC_ISA(select)(works, one, zero), zero + 1000.0f);
    SLICE(b->keep, lane) = TC_ISA(select)(works, zero + KEEP, one);
    for (unsigned k = 0; k < TC_BULK_BINS; k++) {
        unsigned bin = TC_BULK_FIRST + k;
        vec re = x.re[bin], im = x.im[bin], usual = SLICE(b->went[k], lane);
        usual += TC_ISA(select)(loud, share * (re * re + im * im - usual), zero);
        SLICE(b->went[k], lane) = usual;
        vec flat = one / TC_ISA(root)(usual + SPEAKING);
        tc_bulk_bin *made = &b->past[k][b->head];
        SLICE(made->re, lane) = re * flat;
        SLICE(made->im, lane) = im * flat;
        unsigned low = k ? k - 1 : k, high = k < TC_BULK_BINS - 1 ? k + 1 : k;
        vec now = 0.25f * (power[low] + power[high]) + 0.5f * power[k];
        vec came = SLICE(b->came[k], lane);
        came += TC_ISA(select)(works, share * (now - came), zero);
        SLICE(b->came[k], lane) = came;
        vec weight = TC_ISA(select)(works, 1e6f / (now + LEAST * came + QUIET), zero);
        SLICE(b->weight[k], lane) = weight;
        SLICE(b->now[k].re, lane) = d.re[bin] * weight;
        SLICE(b->now[k].im, lane) = d.im[bin] * weight;
    }
}

/* Lags from `first` on, before `end`: what came back, times what was sent so long before. */
static void TC_ISA(cross)(tc_bulk_delay *b, unsigned lane, unsigned first, unsigned end)
{
    vec keep = SLICE(b->keep, lane), power[TC_BULK_LAGS];
    for (unsigned p = first; p < end; p++)
        power[p] = (vec){0};
    for (unsigned k = 0; k < TC_BULK_BINS; k++) {
        vec dr = SLICE(b->now[k].re, lane), di = SLICE(b->now[k].im, lane);
        vec weight = SLICE(b->weight[k], lane);
        unsigned past = (b->head + first) % TC_BULK_LAGS;
        for (unsigned p = first; p < end; p++) {
            const tc_bulk_bin *x = &b->past[k][past];
            tc_bulk_bin *c = &b->crossed[k][p];
            vec xr = SLICE(x->re, lane), xi = SLICE(x->im, lane);
            SLICE(c->re, lane) = keep * SLICE(c->re, lane) + (xr * dr + xi * di);
            SLICE(c->im, lane) = keep * SLICE(c->im, lane) + (xr * di - xi * dr);
            power[p] += weight * (xr * xr + xi * xi);
            past = past == TC_BULK_LAGS - 1 ? 0 : past + 1;
        }
    }
    for (unsigned p = first; p < end; p++)
        SLICE(b->sent[p], lane) = keep * SLICE(b->sent[p], lane) + power[p];
}

/* One lag back in the time domain, and with the lag before it the response that lies between them.
 */
static void TC_ISA(respond)(tc_bulk_delay *b, unsigned lane)
{
    bins h = {0};
    vec time[TC_BULK_HOP], scale = 1.0f / TC_ISA(root)(SLICE(b->sent[b->lag], lane) + 1e-6f);
    for (unsigned k = 0; k < TC_BULK_BINS; k++) {
        h.re[TC_BULK_FIRST + k] = scale * SLICE(b->crossed[k][b->lag].re, lane);
        h.im[TC_BULK_FIRST + k] = scale * SLICE(b->crossed[k][b->lag].im, lane);
    }
    TC_ISA(sound)(&h, time);
    for (unsigned n = 0; n < TC_BULK_HOP; n++) {
        vec made = OVERLAP[n] * SLICE(b->before[n], lane) + OVERLAP[TC_BULK_HOP - n] * time[n];
        SLICE(b->before[n], lane) = time[n];
        time[n] = made * made;
    }
    if (!b->lag)
        return;
    for (unsigned n = 0, to = (b->lag - 1) * (TC_BULK_HOP / TC_BULK_PIECE); n < TC_BULK_HOP; to++) {
        vec sum = {0};
        for (unsigned i = 0; i < TC_BULK_PIECE; i++, n++)
            sum += time[n];
        SLICE(b->energy[to], lane) = sum;
    }
}

static void TC_ISA(work)(tc_bulk_delay *b)
{
    int whole = b->filled == TC_BULK_HOP;
    for (unsigned lane = 0; lane < TC_BULK_LANES; lane += TC_WIDTH) {
        if (whole)
            TC_ISA(hear)(b, lane);
        TC_ISA(cross)(b, lane, whole ? 0 : EARLY, whole ? EARLY : TC_BULK_LAGS);
        TC_ISA(respond)(b, lane);
    }
}
