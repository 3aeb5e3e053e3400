/* Transforms of 160 real samples of TC_WIDTH lanes at once, part of the echo canceller's text.
 *
 * 160 real values are 80 complex ones, and those 5 transforms of 16 and then 16 of 5
 * (echo_tables.py tells which value belongs where).  Some 2,200 instructions a slice of lanes; no
 * shuffling, for lanes lie side by side.
 */

#define HALF 80 /* complex values of a transform; bins are one more */

typedef struct {
    vec re[TC_ECHO_BINS], im[TC_ECHO_BINS];
} TC_ISA(bins);
#define bins TC_ISA(bins)

#define ALWAYS static inline __attribute__((always_inline))

/* Four values in place: natural order in and out. */
ALWAYS void TC_ISA(by_four)(vec *re, vec *im, unsigned apart)
{
    unsigned a = 0, b = apart, c = 2 * apart, d = 3 * apart;
    vec er = re[a] + re[c], ei = im[a] + im[c], fr = re[a] - re[c], fi = im[a] - im[c];
    vec gr = re[b] + re[d], gi = im[b] + im[d], hr = re[b] - re[d], hi = im[b] - im[d];
    re[a] = er + gr, im[a] = ei + gi;
    re[b] = fr + hi, im[b] = fi - hr;
    re[c] = er - gr, im[c] = ei - gi;
    re[d] = fr - hi, im[d] = fi + hr;
}

/* Sixteen values; out come those of bin q + 4 r at place 4 q + r. */
ALWAYS void TC_ISA(by_sixteen)(vec *re, vec *im)
{
#pragma GCC unroll 4
    for (unsigned j = 0; j < 4; j++) {
        TC_ISA(by_four)(re + j, im + j, 4);
#pragma GCC unroll 3
        for (unsigned q = 1; q < 4 && j; q++) {
            unsigned at = j + 4 * q;
            float c = TURN_RE[j * q], s = TURN_IM[j * q];
            vec r = re[at], i = im[at];
            re[at] = r * c - i * s;
            im[at] = r * s + i * c;
        }
    }
#pragma GCC unroll 4
    for (unsigned q = 0; q < 4; q++)
        TC_ISA(by_four)(re + 4 * q, im + 4 * q, 1);
}

/* 80 complex values, natural order in and out; those that come in lie `apart`, those that go out
 * `to_apart`. */
ALWAYS void TC_ISA(transform)(const vec *re, const vec *im, unsigned apart, vec *to_re, vec *to_im,
                              unsigned to_apart)
{
    const float c1 = 0.309016994f, c2 = -0.809016994f, s1 = 0.951056516f, s2 = 0.587785252f;
    vec mid_re[5][16], mid_im[5][16];
    for (unsigned b = 0; b < 5; b++) {
        vec r[16], i[16];
#pragma GCC unroll 16
        for (unsigned a = 0; a < 16; a++) {
            r[a] = re[apart * FROM[b][a]];
            i[a] = im[apart * FROM[b][a]];
        }
        TC_ISA(by_sixteen)(r, i);
#pragma GCC unroll 16
        for (unsigned a = 0; a < 16; a++) {
            mid_re[b][a] = r[a];
            mid_im[b][a] = i[a];
        }
    }
    for (unsigned a = 0; a < 16; a++) {
        unsigned c = a / 4 + 4 * (a % 4); /* the bin of the first stage */
        vec xr = mid_re[0][a], xi = mid_im[0][a];
        vec pr = mid_re[1][a] + mid_re[4][a], pi = mid_im[1][a] + mid_im[4][a];
        vec qr = mid_re[2][a] + mid_re[3][a], qi = mid_im[2][a] + mid_im[3][a];
        vec ur = mid_re[1][a] - mid_re[4][a], ui = mid_im[1][a] - mid_im[4][a];
        vec vr = mid_re[2][a] - mid_re[3][a], vi = mid_im[2][a] - mid_im[3][a];
        vec er = xr + (pr * c1 + qr * c2), ei = xi + (pi * c1 + qi * c2);
        vec fr = xr + (pr * c2 + qr * c1), fi = xi + (pi * c2 + qi * c1);
        vec gr = ur * s1 + vr * s2, gi = ui * s1 + vi * s2;
        vec hr = ur * s2 - vr * s1, hi = ui * s2 - vi * s1;
        to_re[to_apart * TO[0][c]] = xr + (pr + qr), to_im[to_apart * TO[0][c]] = xi + (pi + qi);
        to_re[to_apart * TO[1][c]] = er + gi, to_im[to_apart * TO[1][c]] = ei - gr;
        to_re[to_apart * TO[4][c]] = er - gi, to_im[to_apart * TO[4][c]] = ei + gr;
        to_re[to_apart * TO[2][c]] = fr + hi, to_im[to_apart * TO[2][c]] = fi - hr;
        to_re[to_apart * TO[3][c]] = fr - hi, to_im[to_apart * TO[3][c]] = fi + hr;
    }
}

/* The spectrum of 160 samples. */
static void TC_ISA(spectrum)(const vec *x, bins *to)
{
    vec zr[HALF], zi[HALF];
    TC_ISA(transform)(x, x + 1, 2, zr, zi, 1);
    for (unsigned k = 0; k <= HALF / 2; k++) { /* even and odd samples were its two parts */
        unsigned a = k, b = (HALF - k) % HALF;
        vec er = zr[a] + zr[b], ei = zi[a] - zi[b], ur = zi[a] + zi[b], ui = zr[b] - zr[a];
        vec tr = ur * SPLIT_RE[k] - ui * SPLIT_IM[k], ti = ur * SPLIT_IM[k] + ui * SPLIT_RE[k];
        to->re[k] = 0.5f * er + tr;
        to->im[k] = 0.5f * ei + ti;
        to->re[HALF - k] = 0.5f * er - tr;
        to->im[HALF - k] = ti - 0.5f * ei;
    }
}

/* The 160 samples of a spectrum. */
static void TC_ISA(sound)(const bins *from, vec *x)
{
    const float scale = 1.0f / (2 * HALF);
    vec re[HALF + 1], im[HALF + 1];
    for (unsigned k = 0; k <= HALF / 2; k++) {
        unsigned a = k, b = HALF - k;
        vec er = from->re[a] + from->re[b], ei = from->im[a] - from->im[b];
        vec tr = from->re[a] - from->re[b], ti = from->im[a] + from->im[b];
        vec ur = tr * JOIN_RE[k] + ti * JOIN_IM[k], ui = ti * JOIN_RE[k] - tr * JOIN_IM[k];
        re[b] = scale * er + ui; /* that of b = 80 is not used */
        im[b] = ur - scale * ei;
        re[a] = scale * er - ui; /* real and imaginary change places here and behind it: the */
        im[a] = scale * ei + ur; /* inverse */
    }
    TC_ISA(transform)(im, re, 1, x + 1, x, 2);
}
