#include "fax_echo.h"

#include <string.h>

#define WORTH 0.2f    /* of the noise: less costs less than 1 dB, and chance may make it */
#define LOUDEST 0.25f /* of the signal: more is no echo */

void tc_fax_echo_begin(tc_fax_echo *echo, const tc_fax_plan *plan, int short_train)
{
    for (unsigned i = 0; i < TC_FAX_ECHO_KEEPS; i++) { /* the alternation ends with B */
        tc_fax_phasor a = plan->training[(TC_FAX_ECHO_KEEPS - i) % 2];
        echo->re[i] = a.re, echo->im[i] = a.im;
    }
    echo->pasts = TC_FAX_ECHO_KEEPS;
    echo->until = 0;
    if (short_train)
        return;
    echo->far = 0;
    echo->until = TC_FAX_ECHO_FROM + TC_FAX_ECHO_MOST;
    if (echo->until > plan->known_long)
        echo->until = plan->known_long;
    memset(echo->like_re, 0, sizeof echo->like_re);
    memset(echo->like_im, 0, sizeof echo->like_im);
    echo->off = (tc_fax_phasor){0, 0};
}

float tc_fax_echo_found(tc_fax_echo *echo, const tc_fax_plan *plan, float noise)
{
    const unsigned points = tc_fax_is_v17(plan->mode) ? 4 : 2;
    tc_fax_phasor mean = {0, 0};
    float power = 0, size[TC_FAX_ECHO_LAGS], most = 0, window = 0;
    for (unsigned i = 0; i < points; i++) {
        tc_fax_phasor a = plan->training[i];
        mean.re += a.re / (float)points, mean.im += a.im / (float)points;
        power += (a.re * a.re + a.im * a.im) / (float)points;
    }
    const float vary = power - (mean.re * mean.re + mean.im * mean.im);
    const float whole = vary * (float)(echo->until - TC_FAX_ECHO_FROM);
    unsigned first = 0;
    for (unsigned i = 0; i < TC_FAX_ECHO_LAGS; i++) {
        echo->like_re[i] -= echo->off.re * mean.re + echo->off.im * mean.im;
        echo->like_im[i] -= echo->off.im * mean.re - echo->off.re * mean.im;
        echo->like_re[i] /= whole, echo->like_im[i] /= whole;
        size[i] = echo->like_re[i] * echo->like_re[i] + echo->like_im[i] * echo->like_im[i];
        window += size[i];
        if (i >= TC_FAX_ECHO_TAPS)
            window -= size[i - TC_FAX_ECHO_TAPS];
        if (i + 1 >= TC_FAX_ECHO_TAPS && window > most)
            most = window, first = i + 1 - TC_FAX_ECHO_TAPS;
    }
    if (most * vary < WORTH * noise || most > LOUDEST)
        return 0;
    memcpy(echo->w_re, echo->like_re + first, sizeof echo->w_re);
    memcpy(echo->w_im, echo->like_im + first, sizeof echo->w_im);
    echo->far = TC_FAX_ECHO_FAR - first;
    return most * vary;
}

tc_fax_phasor tc_fax_echo_with(const tc_fax_echo *echo, const tc_fax_phasor *now)
{
    const tc_fax_phasor *old = now - echo->far;
    tc_fax_phasor sum = *now;
    for (unsigned i = 0; echo->far && i < TC_FAX_ECHO_TAPS; i++) {
        sum.re += old[i].re * echo->w_re[i] - old[i].im * echo->w_im[i];
        sum.im += old[i].re * echo->w_im[i] + old[i].im * echo->w_re[i];
    }
    return sum;
}
