#include "comfort.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define WINDOW (2 * TC_COMFORT_HOP)
#define SMOOTHED 8    /* hops of the mean that is compared with the floor, */
#define NEAR 2.0f     /* and how many times it the background is at most; */
#define NEAR_NOW 6.0f /* a hop by itself */
#define FLOOR_RISES 1.0046f
#define MOST_QUIET 100

void tc_comfort_init(tc_comfort *comfort, uint64_t seed)
{
    memset(comfort, 0, sizeof *comfort);
    comfort->seed = seed;
}

static float mean_square(const int16_t *x)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < TC_COMFORT_HOP; i++)
        sum += (uint32_t)(x[i] * x[i]);
    return (float)sum / TC_COMFORT_HOP;
}

/* Levinson's recursion: the filter, and what it leaves of r[0]. */
static double predict(const double *r, float *a)
{
    double error = r[0] * 1.0001 + 1, c[TC_COMFORT_ORDER] = {0}, d[TC_COMFORT_ORDER];
    for (unsigned m = 0; m < TC_COMFORT_ORDER; m++) {
        double sum = r[m + 1];
        for (unsigned i = 0; i < m; i++)
            sum -= c[i] * r[m - i];
        double k = sum / error;
        memcpy(d, c, sizeof d);
        for (unsigned i = 0; i < m; i++)
            c[i] = d[i] - k * d[m - 1 - i];
        c[m] = k;
        error *= 1 - k * k;
    }
    for (unsigned i = 0; i < TC_COMFORT_ORDER; i++)
        a[i] = (float)c[i];
    return error;
}

static void take_in(tc_comfort *comfort, const int16_t *x)
{
    double sound[WINDOW], part = 1.0 / (comfort->quiet += comfort->quiet < MOST_QUIET);
    for (unsigned i = 0; i < WINDOW; i++) {
        double hann = 0.5 - 0.5 * cos(6.283185307179586 * (i + 0.5) / WINDOW);
        sound[i] = hann * (i < TC_COMFORT_HOP ? comfort->before[i] : x[i - TC_COMFORT_HOP]);
    }
    for (unsigned lag = 0; lag <= TC_COMFORT_ORDER; lag++) {
        double sum = 0;
        for (unsigned i = lag; i < WINDOW; i++)
            sum += sound[i] * sound[i - lag];
        comfort->r[lag] += part * (sum - comfort->r[lag]);
    }
    comfort->rms = (float)sqrt(predict(comfort->r, comfort->a) / (WINDOW * 0.375));
}

void tc_comfort_analyse(tc_comfort *comfort, const int16_t x[TC_COMFORT_HOP])
{
    float power = mean_square(x);
    comfort->smooth +=
        (comfort->hops < SMOOTHED ? 1.0f / (float)(comfort->hops + 1) : 1.0f / SMOOTHED) *
        (power - comfort->smooth);
    if (comfort->hops < SMOOTHED || comfort->smooth < comfort->floor)
        comfort->floor = comfort->smooth;
    else
        comfort->floor = comfort->floor * FLOOR_RISES + 0.01f;
    bool background =
        comfort->smooth <= NEAR * comfort->floor && power <= NEAR_NOW * comfort->floor;
    if (comfort->hops && background)
        take_in(comfort, x);
    comfort->hops += comfort->hops < SMOOTHED;
    memcpy(comfort->before, x, sizeof comfort->before);
}

/* The word with this number of a seed's sequence: splitmix64. */
static uint64_t chance(uint64_t seed, uint64_t number)
{
    uint64_t z = seed + (number + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Nearly Gaussian, of variance 1: the sum of twelve uniform numbers. */
static float gaussian(tc_comfort *comfort)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < 3; i++) {
        uint64_t word = chance(comfort->seed, comfort->number++);
        for (unsigned k = 0; k < 4; k++, word >>= 16)
            sum += (uint16_t)word;
    }
    return ((float)sum - 12 * 32767.5f) * (1.0f / 65536);
}

void tc_comfort_generate(tc_comfort *comfort, int16_t *out, uint32_t n)
{
    float *past = comfort->past;
    for (uint32_t i = 0; i < n; i++) {
        float y = comfort->rms * gaussian(comfort);
        for (unsigned k = 0; k < TC_COMFORT_ORDER; k++)
            y += comfort->a[k] * past[k];
        y = y < 32767.0f ? y : 32767.0f;
        y = y > -32768.0f ? y : -32768.0f;
        memmove(past + 1, past, (TC_COMFORT_ORDER - 1) * sizeof *past);
        past[0] = y;
        out[i] = (int16_t)lrintf(y);
    }
}

float tc_comfort_power(const tc_comfort *comfort)
{
    return (float)(comfort->r[0] / (WINDOW * 0.375));
}
