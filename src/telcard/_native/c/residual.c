#include "residual.h"

#include "simd.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define HIGH_PASS 0.855f   /* a pole at 200 Hz */
#define LEAST_LEAK 5.0e-4f /* -33 dB */
#define CREEP_LEAK 4.0e-3f /* -24 dB: no higher while e looks like a voice, */
#define KNOWN 4.0f         /* or this times what the filter has left of the far end alone */
#define MOST_KNOWN 2.5e-3f /* which is believed up to -26 dB, */
#define MOST_CODED 2.5e-2f /* or -16 dB, if it follows the echo's level: */
#define ALIKE 0.4f         /* with this much of the squares of both in common */
#define FOLLOWS 2.5e-3f    /* a block's share in that: 4 s */
#define MOST_LEAK 1.0f
#define LEAST_SHARE 0.15f /* of the tail's loudest part in the echo that is expected */
#define ONSET 0.35f       /* so much of this part's echo is at least in a longer mean of it */
#define FAINT 0.03f       /* of that share, while background is heard */
#define QUANTISING 26.0f  /* mean square, -70 dBm0: A-law's steps of 16 in quiet */
#define FAR_FLOOR 8.0f    /* a residual expected below -75 dBm0 is none */
#define LIVE 2600.0f      /* -50 dBm0: an echo that shows the leak */
#define MOST_NOISE 1.3e5f /* -33 dBm0: what is louder hides an echo's residual by itself */

/* What the leak is multiplied with in a part: 12, 40, 30 and 3 dB/s. */
#define FALLS 0.99724f
#define FALLS_FAST 0.99083f
#define RISES 1.00693f
#define CREEPS 1.00069f

/* e over what is expected and over noise, in 2, 5 and 16 ms; parts for which that counts. */
static const float OVER[3] = {28.0f, 16.0f, 7.0f}, ABOVE[3] = {8.0f, 4.0f, 2.2f};
static const int32_t HOLD[3] = {10, 30, 60};
/* Parts for which a block's spectrum counts, or that of another one soon after it; for which it
 * does not after the path has changed; and for which the far end talks still. */
#define ALIEN_HOLD 30
#define ALIEN_STAYS 60
#define SUSPECT 2000
#define FAR_HOLD 400

#define SLOWLY (1 / 128.0f) /* of the products that find a wrong estimate, */
#define DOUBT 10            /* and parts on end that they must */
#define CONVERGED 100       /* parts with 15 dB of enhancement */

#define HOPS 60 /* blocks of which one least is taken */

/* Hann's window over a block, and the power of all of it. */
static const float HANN[TC_RESIDUAL_BLOCK] = {
    0.0003855f, 0.0034658f, 0.0096074f, 0.0187724f, 0.0309043f, 0.0459284f, 0.0637520f, 0.0842652f,
    0.1073415f, 0.1328387f, 0.1605996f, 0.1904530f, 0.2222149f, 0.2556894f, 0.2906701f, 0.3269415f,
    0.3642798f, 0.4024548f, 0.4412313f, 0.4803701f, 0.5196299f, 0.5587687f, 0.5975452f, 0.6357202f,
    0.6730585f, 0.7093299f, 0.7443106f, 0.7777851f, 0.8095470f, 0.8394004f, 0.8671613f, 0.8926585f,
    0.9157348f, 0.9362480f, 0.9540716f, 0.9690957f, 0.9812276f, 0.9903926f, 0.9965342f, 0.9996145f,
    0.9996145f, 0.9965342f, 0.9903926f, 0.9812276f, 0.9690957f, 0.9540716f, 0.9362480f, 0.9157348f,
    0.8926585f, 0.8671613f, 0.8394004f, 0.8095470f, 0.7777851f, 0.7443106f, 0.7093299f, 0.6730585f,
    0.6357202f, 0.5975452f, 0.5587687f, 0.5196299f, 0.4803701f, 0.4412313f, 0.4024548f, 0.3642798f,
    0.3269415f, 0.2906701f, 0.2556894f, 0.2222149f, 0.1904530f, 0.1605996f, 0.1328387f, 0.1073415f,
    0.0842652f, 0.0637520f, 0.0459284f, 0.0309043f, 0.0187724f, 0.0096074f, 0.0034658f, 0.0003855f,
};
#define HANN_POWER 30.0f

#define TC_KERNEL "residual.inl"
#include "levels.inl"

void tc_residual_init(tc_residual *r)
{
    memset(r, 0, sizeof *r);
    for (unsigned lane = 0; lane < TC_RESIDUAL_LANES; lane++) {
        tc_residual_set(r, lane, TC_RESIDUAL_SUPPRESS | TC_RESIDUAL_NOISE, 128);
        tc_residual_reset(r, lane);
    }
}

void tc_residual_set(tc_residual *r, unsigned lane, unsigned what, unsigned tail_ms)
{
    r->suppress[lane] = what & TC_RESIDUAL_SUPPRESS ? -1 : 0;
    r->comfort[lane] = what & TC_RESIDUAL_NOISE ? -1 : 0;
    r->chunks[lane] = (int32_t)(tail_ms + 7) / 8;
}

void tc_residual_reset(tc_residual *r, unsigned lane)
{
    float *memory = (float *)(void *)r;
    for (size_t i = 0; i < offsetof(tc_residual, chunks) / sizeof(tc_residual_row); i++)
        memory[i * TC_RESIDUAL_LANES + lane] = 0;
    r->leak[lane] = MOST_LEAK;
    r->gain[lane] = r->gain_next[lane] = 1;
    r->mean_x[lane] = 2.6e6f; /* -20 dBm0, and an echo that is 6 dB less */
    r->mean_d[lane] = 0.25f * r->mean_x[lane];
    r->smooth[lane] = -1;
    for (unsigned k = 0; k < 4; k++)
        r->lowest[k][lane] = INFINITY;
    r->seed[lane] = 1;
    r->changed &= ~(1u << lane);
}

void tc_residual_tell(tc_residual *r, uint32_t replaced, uint32_t sung, uint32_t alien,
                      uint32_t narrow)
{
    for (unsigned lane = 0; lane < TC_RESIDUAL_LANES; lane++) {
        r->told[lane] |= -(int32_t)(replaced >> lane & 1);
        r->sung[lane] = -(int32_t)(sung >> lane & 1);
        r->narrow[lane] = -(int32_t)(narrow >> lane & 1);
        int32_t hold = r->near[lane] ? ALIEN_STAYS : ALIEN_HOLD;
        if ((alien >> lane & 1) && !r->suspect[lane] && r->near[lane] < hold)
            r->near[lane] = hold;
    }
}

void tc_residual_look(const tc_residual *r, unsigned lane, tc_residual_figures *figures)
{
    float noise = r->correlation[0][lane] / HANN_POWER, rest = r->mean_e[lane];
    figures->erl_db = 10 * log10f(r->mean_x[lane] / (r->mean_d[lane] + 1));
    figures->erle_db = 10 * log10f(r->mean_d[lane] / (rest + 1));
    figures->leak_db = 10 * log10f(r->leak[lane]);
    figures->noise = noise;
    figures->state = !r->far[lane]                     ? TC_RESIDUAL_IDLE
                     : r->near[lane]                   ? TC_RESIDUAL_DOUBLE
                     : r->converged[lane] >= CONVERGED ? TC_RESIDUAL_CONVERGED
                                                       : TC_RESIDUAL_CONVERGING;
}

void tc_residual_feed(tc_residual *r, const tc_residual_row *x, const tc_residual_row *d,
                      const tc_residual_row *y, const tc_residual_row *e,
                      int16_t (*out)[TC_RESIDUAL_LANES], unsigned n)
{
    TC_DISPATCH(residual_feed, r, x, d, y, e, out, n);
}
