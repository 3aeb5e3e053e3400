#include "fax_solve.h"

#include <string.h>

#define BLUR 0.003f /* of the mean power is added to that of each tap */

/* Row i + 2 of all products is row i, a symbol later: less the first symbol's, with the next. */
static void complete(const float *re, const float *im, unsigned n, tc_fax_matrix *m)
{
    const float *er = re + 2 * n, *ei = im + 2 * n;
    for (int i = 0; i + 2 < TC_FAX_RX_TAPS; i++)
        for (int j = i; j + 2 < TC_FAX_RX_TAPS; j++) {
            m->re[i + 2][j + 2] =
                m->re[i][j] + (er[i] * er[j] + ei[i] * ei[j]) - (re[i] * re[j] + im[i] * im[j]);
            m->im[i + 2][j + 2] =
                m->im[i][j] + (er[i] * ei[j] - ei[i] * er[j]) - (re[i] * im[j] - im[i] * re[j]);
        }
}

float tc_fax_solve(tc_fax_matrix *m, const float *re, const float *im, unsigned n, float *w_re,
                   float *w_im)
{
    enum { N = TC_FAX_RX_TAPS };
    float mean = 0, explained = 0;
    complete(re, im, n, m);
    for (int i = 0; i < N; i++)
        mean += m->re[i][i] / N;
    for (int i = 0; i < N; i++)
        m->re[i][i] += BLUR * mean;
    float wanted_re[N], wanted_im[N];
    memcpy(wanted_re, m->right_re, sizeof wanted_re);
    memcpy(wanted_im, m->right_im, sizeof wanted_im);
    for (int k = 0; k < N; k++) {
        float whole = 1 / m->re[k][k];
        for (int i = k + 1; i < N; i++) {
            float fr = m->re[k][i] * whole, fi = -m->im[k][i] * whole; /* conj of row k's */
            for (int j = i; j < N; j++) {
                m->re[i][j] -= fr * m->re[k][j] - fi * m->im[k][j];
                m->im[i][j] -= fr * m->im[k][j] + fi * m->re[k][j];
            }
            m->right_re[i] -= fr * m->right_re[k] - fi * m->right_im[k];
            m->right_im[i] -= fr * m->right_im[k] + fi * m->right_re[k];
        }
    }
    for (int i = N - 1; i >= 0; i--) {
        float left_re = m->right_re[i], left_im = m->right_im[i];
        for (int j = i + 1; j < N; j++) {
            left_re -= m->re[i][j] * w_re[j] - m->im[i][j] * w_im[j];
            left_im -= m->re[i][j] * w_im[j] + m->im[i][j] * w_re[j];
        }
        w_re[i] = left_re / m->re[i][i];
        w_im[i] = left_im / m->re[i][i];
        explained += wanted_re[i] * w_re[i] + wanted_im[i] * w_im[i];
    }
    return explained;
}
