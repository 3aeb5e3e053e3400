/* Least squares: the equaliser of a fax receiver from known symbols.
 *
 * What.  Of n symbols are known what was sent, and the 32 values of which the equaliser is to make
 * it, two of them new with each symbol.  The taps are those whose sum comes nearest in the mean.
 *
 * How.  The sums of all products are a Hermitian matrix.  As each symbol's values are those of the
 * symbol before, two places on, row i + 2 is row i, less what the first symbol has added, and with
 * what one behind the last would: two rows are summed in full (fax_receive.inl), the others follow.
 * Gaussian elimination in the upper half then is Cholesky's method without its roots.
 *
 * Limits.  No frequency is without power: a little is added to the diagonal, as if there were noise
 * of its own in each value.  Order and bits of all sums are fixed.
 */
#ifndef TC_FAX_SOLVE_H
#define TC_FAX_SOLVE_H

enum { TC_FAX_RX_TAPS = 32 }; /* of the equaliser, two a symbol */

/* conj(z[i]) * z[j], and conj(z[j]) * wanted. */
typedef struct {
    float re[TC_FAX_RX_TAPS][TC_FAX_RX_TAPS], im[TC_FAX_RX_TAPS][TC_FAX_RX_TAPS];
    float right_re[TC_FAX_RX_TAPS], right_im[TC_FAX_RX_TAPS];
} tc_fax_matrix;

/* Taps from the first two rows and the right side, and from n symbols' values (the first symbol's
 * begin at 0, the one behind the last at 2 n).  Returns what of the wanted power they explain. */
float tc_fax_solve(tc_fax_matrix *m, const float *re, const float *im, unsigned n, float *w_re,
                   float *w_im);

#endif
