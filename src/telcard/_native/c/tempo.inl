/* The text of the tempo kernel, once per SIMD level; see tempo.h and simd.h. */

#define FOUR (4 * TC_WIDTH)

typedef float TC_ISA(part) __attribute__((vector_size(4 * TC_WIDTH), aligned(4), may_alias));

/* Products of a hop with each candidate, as many candidates abreast as fit: no sum crosses lanes.
 */
static void TC_ISA(correlate)(const float *hop, const float *near, float *products)
{
    for (unsigned d = 0; d < CANDIDATES_FILLED; d += FOUR) {
        TC_ISA(part) a = {0}, b = {0}, c = {0}, e = {0};
        for (unsigned i = 0; i < TC_TEMPO_HOP; i++) {
            const TC_ISA(part) *x = (const TC_ISA(part) *)(near + d + i);
            a += hop[i] * x[0];
            b += hop[i] * x[1];
            c += hop[i] * x[2];
            e += hop[i] * x[3];
        }
        TC_ISA(part) *to = (TC_ISA(part) *)(products + d);
        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = e;
    }
}

#undef FOUR
