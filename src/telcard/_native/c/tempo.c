#include "tempo.h"

#include "simd.h"

#include <string.h>

#define CANDIDATES (2 * TC_TEMPO_REACH + 1)
#define CANDIDATES_FILLED 192 /* three times what the widest level takes abreast */

#define TC_KERNEL "tempo.inl"
#include "levels.inl"

/* How much of the new stretch each sample has, in 1/32768: a raised cosine,
 * round(16384 * (1 - cos(pi * (i + 1/2) / 80))), whose halves add up to one. */
static const int16_t FADE[TC_TEMPO_HOP] = {
    3,     28,    79,    155,   255,   381,   531,   705,   904,   1127,  1373,  1643,
    1935,  2249,  2585,  2943,  3321,  3719,  4137,  4574,  5028,  5501,  5990,  6495,
    7016,  7551,  8099,  8661,  9234,  9818,  10413, 11016, 11628, 12247, 12873, 13504,
    14139, 14778, 15419, 16062, 16706, 17349, 17990, 18629, 19264, 19895, 20521, 21140,
    21752, 22355, 22950, 23534, 24107, 24669, 25217, 25752, 26273, 26778, 27267, 27740,
    28194, 28631, 29049, 29447, 29825, 30183, 30519, 30833, 31125, 31395, 31641, 31864,
    32063, 32237, 32387, 32513, 32613, 32689, 32740, 32765,
};

/* The candidate, 0 .. 2 * REACH, that looks most like the hop; among equals the nearest. */
static unsigned most_similar(const int16_t *hop, const int16_t *near)
{
    float a[TC_TEMPO_HOP], b[CANDIDATES_FILLED + TC_TEMPO_HOP] = {0}, products[CANDIDATES_FILLED];
    double energies[CANDIDATES];
    int64_t energy = 0;
    for (unsigned i = 0; i < TC_TEMPO_HOP; i++) {
        a[i] = hop[i];
        energy += near[i] * near[i];
    }
    for (unsigned i = 0; i < TC_TEMPO_NEAR; i++)
        b[i] = near[i];
    for (unsigned d = 0;; d++) {
        energies[d] = (double)energy;
        if (d == CANDIDATES - 1)
            break;
        energy += near[d + TC_TEMPO_HOP] * near[d + TC_TEMPO_HOP] - near[d] * near[d];
    }
    TC_DISPATCH(correlate, a, b, products);
    unsigned found = TC_TEMPO_REACH;
    double best = 0, of = 1; /* the greatest square of a product, and the energy that it is by */
    for (unsigned i = 0; i < CANDIDATES; i++) {
        unsigned d = TC_TEMPO_REACH + (i % 2 ? (i + 1) / 2 : -(i / 2)); /* outwards */
        double square = (double)products[d] * products[d];
        if (products[d] > 0 && square * of > best * energies[d]) {
            best = square;
            of = energies[d];
            found = d;
        }
    }
    return found;
}

void tc_tempo_hop(tc_tempo *tempo, int64_t place, unsigned percent, const int16_t now[TC_TEMPO_HOP],
                  const int16_t near[TC_TEMPO_NEAR], int16_t out[TC_TEMPO_HOP])
{
    unsigned from = TC_TEMPO_REACH;
    if (percent != TC_TEMPO_NORMAL)
        from = most_similar(now, near);
    else if (!tempo->on) {
        memcpy(out, near + from, TC_TEMPO_HOP * sizeof *out);
        return;
    }
    for (unsigned i = 0; i < TC_TEMPO_HOP; i++) {
        int32_t mixed = now[i] * (32768 - FADE[i]) + near[from + i] * FADE[i];
        out[i] = (int16_t)((mixed + 16384) >> 15);
    }
    tempo->now = place + (int64_t)from - TC_TEMPO_REACH + TC_TEMPO_HOP;
    tempo->on = percent != TC_TEMPO_NORMAL;
}
