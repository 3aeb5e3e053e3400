#include "dtmf.h"

#include <math.h>
#include <string.h>

/* First, simple kernel: Goertzel over 120 samples. */
#define N 120
static const float TONES[8] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const char DIGITS[] = "123A456B789C*0#D";

tc_dtmf_profile tc_dtmf_profile_default(void)
{
    return (tc_dtmf_profile){-45.0f, 10.0f, 6.5f, 0.024f, 0.78f, 0.25f, 22.0f};
}

void tc_dtmf_init(tc_dtmf *d, const tc_dtmf_profile *profile)
{
    memset(d, 0, sizeof *d);
    d->profile = profile ? *profile : tc_dtmf_profile_default();
}

void tc_dtmf_reset(tc_dtmf *d, unsigned lane)
{
    for (int k = 0; k < 8; k++)
        d->s1[k][lane] = d->s2[k][lane] = 0;
    d->energy[lane] = 0;
    d->seen[lane] = d->run[lane] = d->held[lane] = d->gap[lane] = 0;
    d->origin[lane] = d->now + d->fill;
}

static uint8_t judge(const tc_dtmf *d, int lane)
{
    float power[8];
    int low = 0, high = 4;
    for (int k = 0; k < 8; k++) {
        float a = d->s1[k][lane], b = d->s2[k][lane];
        power[k] = a * a + b * b - a * b * 2 * cosf(6.2831853f * TONES[k] / 8000);
    }
    for (int k = 1; k < 4; k++) {
        if (power[k] > power[low])
            low = k;
        if (power[4 + k] > power[high])
            high = 4 + k;
    }
    float pair = power[low] + power[high];
    if (pair < 60.0f * 60.0f * N * N / 4 || pair < 0.8f * N / 2 * d->energy[lane])
        return 0;
    if (power[low] > 10 * power[high] || power[high] > 4.5f * power[low])
        return 0;
    return (uint8_t)DIGITS[4 * low + high - 4];
}

unsigned tc_dtmf_feed(tc_dtmf *d, const int16_t *x, unsigned n, uint32_t lanes,
                      tc_dtmf_event *events, unsigned max)
{
    unsigned found = 0;
    for (unsigned i = 0; i < n; i++) {
        for (int l = 0; l < TC_GROUP; l++) {
            float v = lanes >> l & 1 ? x[i * TC_GROUP + l] : 0;
            d->energy[l] += v * v;
            for (int k = 0; k < 8; k++) {
                float s = v + 2 * cosf(6.2831853f * TONES[k] / 8000) * d->s1[k][l] - d->s2[k][l];
                d->s2[k][l] = d->s1[k][l];
                d->s1[k][l] = s;
            }
        }
        if (++d->fill < N)
            continue;
        d->fill = 0;
        d->now += N;
        for (int l = 0; l < TC_GROUP; l++) {
            uint8_t seen = judge(d, l);
            uint64_t here = d->now - d->origin[l];
            tc_dtmf_event e = {.lane = (uint8_t)l, .low_dbm0 = -10, .high_dbm0 = -10};
            d->run[l] = seen && seen == d->seen[l] ? d->run[l] + (d->run[l] < 9) : seen != 0;
            d->gap[l] = seen && seen == d->held[l] ? 0 : d->gap[l] + (d->gap[l] < 9);
            d->seen[l] = seen;
            if (d->held[l] && d->gap[l] == 2) {
                e.kind = TC_DTMF_OFF;
                e.digit = (char)d->held[l];
                e.start = d->start[l];
                e.frames = (uint32_t)(here - 2 * N - e.start);
                if (found < max)
                    events[found++] = e;
                d->held[l] = 0;
            }
            if (!d->held[l] && d->run[l] == 2) {
                d->held[l] = seen;
                d->gap[l] = 0;
                d->start[l] = here - 2 * N;
                e.kind = TC_DTMF_ON;
                e.digit = (char)seen;
                e.start = d->start[l];
                e.frames = 2 * N;
                if (found < max)
                    events[found++] = e;
            }
            for (int k = 0; k < 8; k++)
                d->s1[k][l] = d->s2[k][l] = 0;
            d->energy[l] = 0;
        }
    }
    return found;
}

uint32_t tc_dtmf_busy(const tc_dtmf *d)
{
    uint32_t busy = 0;
    for (int l = 0; l < TC_GROUP; l++)
        busy |= (uint32_t)(d->seen[l] || d->held[l]) << l;
    return busy;
}
