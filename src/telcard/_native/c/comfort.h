/* Comfort noise: background that sounds like the one that is no longer heard.
 *
 * What.  Analyse what a lane hears, in hops of 10 ms; generate as much noise of the same spectrum
 * and level as is wanted, whenever it is: under a suppressed echo, in place of what a gate has cut.
 *
 * How.  The background is what lies, by its mean over 80 ms, within 3 dB of the floor, which falls
 * at once and rises by 2 dB a second; louder hops are left out, so whoever talks need not be known.
 * Their autocorrelation, windowed over 20 ms, is averaged over about a second; ten reflection
 * coefficients by Levinson's recursion describe its spectrum.  Noise is Gaussian (the sum of twelve
 * words of a counter, splitmix64) through that all-pole filter, so its level is that of the
 * background by itself.
 *
 * Limits.  One lane at a time.  Down to -66 dBm0, where int16 ends.  Hum comes out as rumble of
 * its band: ten poles have no lines.
 */
#ifndef TC_COMFORT_H
#define TC_COMFORT_H

#include <stdint.h>

#define TC_COMFORT_HOP 80
#define TC_COMFORT_ORDER 10

typedef struct {
    int16_t before[TC_COMFORT_HOP];
    float smooth, floor;            /* mean square, over 80 ms; its floor */
    uint32_t hops, quiet;           /* heard; of the background, up to 100 */
    double r[TC_COMFORT_ORDER + 1]; /* averaged autocorrelation */
    float a[TC_COMFORT_ORDER], rms; /* of the filter, and of what it is fed with */
    float past[TC_COMFORT_ORDER];   /* that came out, the newest first */
    uint64_t seed, number;          /* of the noise */
} tc_comfort;

void tc_comfort_init(tc_comfort *comfort, uint64_t seed);
void tc_comfort_analyse(tc_comfort *comfort, const int16_t x[TC_COMFORT_HOP]);
void tc_comfort_generate(tc_comfort *comfort, int16_t *out, uint32_t n);

/* Mean square of what it would generate. */
float tc_comfort_power(const tc_comfort *comfort);

#endif
