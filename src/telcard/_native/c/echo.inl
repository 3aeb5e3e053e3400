/* The text of the echo canceller, once per SIMD level; see echo.h and simd.h. */

/* The delayed reference of a lane. */
static inline float TC_ISA(reference)(const tc_echo *echo, const int16_t *newest, unsigned lane)
{
    unsigned back = echo->delay[lane];
    if (!back)
        return newest[lane];
    unsigned ring = echo->ring >= back ? echo->ring - back : echo->ring + echo->reach + 1 - back;
    return echo->line[ring * TC_ECHO_LANES + lane];
}

static void TC_ISA(echo_decide)(tc_echo *echo)
{
    for (unsigned l = 0; l < TC_ECHO_LANES; l++) {
        float in = 0, left = 0, x = 0;
        for (unsigned i = 0; i < TC_ECHO_PART; i++) {
            float e = echo->part.d[i][l] - echo->part.y[i][l];
            in += echo->part.d[i][l] * echo->part.d[i][l];
            left += e * e;
            x += echo->part.x[i][l] * echo->part.x[i][l];
        }
        echo->in[l] += 0.25f * (in / TC_ECHO_PART - echo->in[l]);
        echo->left[l] += 0.25f * (left / TC_ECHO_PART - echo->left[l]);
        echo->receive[l] += 0.005f * (x / TC_ECHO_PART - echo->receive[l]);
        echo->send[l] += 0.005f * (in / TC_ECHO_PART - echo->send[l]);
        echo->rest[l] += 0.005f * (left / TC_ECHO_PART - echo->rest[l]);
        if (echo->left[l] > 1.5f * echo->in[l] + FLOOR)
            echo->gain[l] = 0;
        else if (echo->left[l] <= echo->in[l] + 0.5f * FLOOR)
            echo->gain[l] = 1;
        echo->count[l] += TC_ECHO_PART;
        float known = echo->known >> l & 1 ? 0.1f : 0.03f; /* of 10 and 15 dB */
        if (echo->receive[l] < FLOOR || echo->at)
            continue;
        uint32_t bit = 1u << l;
        if (echo->rest[l] < 0.03f * echo->send[l] && !(echo->known & bit)) {
            echo->known |= bit;
            happened(echo, l, TC_ECHO_CONVERGED);
        } else if (echo->rest[l] > known * echo->send[l])
            echo->known &= ~bit;
    }
}

static void TC_ISA(echo_feed)(tc_echo *echo, const int16_t (*receive)[TC_ECHO_LANES],
                              const int16_t (*send)[TC_ECHO_LANES], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (echo->reach) {
            echo->ring = echo->ring == echo->reach ? 0 : echo->ring + 1;
            memcpy(echo->line + echo->ring * TC_ECHO_LANES, receive[i], sizeof receive[i]);
        }
        if (!echo->newest) {
            memcpy(echo->past + TC_ECHO_LONGEST + 1, echo->past,
                   (TC_ECHO_LONGEST - 1) * sizeof(tc_echo_row));
            echo->newest = TC_ECHO_LONGEST + 1;
        }
        echo->newest--;
        tc_echo_row *past = echo->past + echo->newest;
        tc_echo_row y = {0}, energy = {0}, step;
        unsigned now = echo->at % TC_ECHO_PART;
        for (unsigned l = 0; l < TC_ECHO_LANES; l++) {
            float x = TC_ISA(reference)(echo, receive[i], l), d = send[i][l];
            if (echo->flags & TC_ECHO_HIGH_PASS) {
                echo->flat_x[l] = x - echo->last_x[l] + HIGH_PASS * echo->flat_x[l];
                echo->flat_d[l] = d - echo->last_d[l] + HIGH_PASS * echo->flat_d[l];
                echo->last_x[l] = x;
                echo->last_d[l] = d;
                x = echo->flat_x[l];
                d = echo->flat_d[l];
            }
            past[0][l] = echo->part.x[now][l] = x;
            echo->part.d[now][l] = d;
        }
        for (unsigned k = 0; k < echo->taps; k++)
            for (unsigned l = 0; l < TC_ECHO_LANES; l++) {
                y[l] += echo->weights[k][l] * past[k][l];
                energy[l] += past[k][l] * past[k][l];
            }
        for (unsigned l = 0; l < TC_ECHO_LANES; l++) {
            float x = past[0][l], d = echo->part.d[now][l], e = d - y[l];
            float heard = d - echo->gain[l] * y[l];
            echo->part.y[now][l] = y[l];
            echo->part.e[now][l] = heard;
            float loud = x < 0 ? -x : x;
            echo->loudest[l] = loud > 0.998f * echo->loudest[l] ? loud : 0.998f * echo->loudest[l];
            float heard_d = d < 0 ? -d : d;
            /* Who is louder than an echo of 3 dB less talks himself. */
            int talks =
                heard_d > 0.7f * echo->loudest[l] || ((echo->frozen | echo->disabled) >> l & 1);
            step[l] = talks ? 0 : 0.5f * e / (energy[l] + FLOOR * 16);
        }
        for (unsigned k = 0; k < echo->taps; k++)
            for (unsigned l = 0; l < TC_ECHO_LANES; l++)
                echo->weights[k][l] += k < echo->own_taps[l] ? step[l] * past[k][l] : 0;
        echo->at = echo->at + 1 == TC_ECHO_BLOCK ? 0 : echo->at + 1;
        if (echo->at % TC_ECHO_PART == 0)
            TC_ISA(echo_decide)(echo);
    }
}
