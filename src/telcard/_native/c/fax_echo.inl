/* The echo canceller's loops, once per SIMD level; see fax_echo.h.  Included by fax_receive.inl. */

/* A symbol less what of the echo is in it; those before it end at `re` and `im`. */
#define without_echo TC_ISA(without_echo)
INLINE tc_fax_phasor without_echo(const tc_fax_echo *echo, tc_fax_phasor y, const float *re,
                                  const float *im)
{
    if (!echo->far)
        return y;
    const float *old_re = re - echo->far, *old_im = im - echo->far;
    many sum_re, sum_im;
    for (int p = 0; p < PARTS; p++) {
        int i = p * TC_WIDTH;
        row ar = AT(old_re + i), ai = AT(old_im + i);
        row wr = AT(echo->w_re + i), wi = AT(echo->w_im + i);
        sum_re.part[p] = ar * wr - ai * wi;
        sum_im.part[p] = ar * wi + ai * wr;
    }
    tc_fax_phasor sum = totals(&sum_re, &sum_im);
    return (tc_fax_phasor){y.re - sum.re, y.im - sum.im};
}

/* The taps go on by -e times the conjugates of the old symbols. */
#define learn_echo TC_ISA(learn_echo)
INLINE void learn_echo(tc_fax_echo *echo, tc_fax_phasor e)
{
    const float *re = echo->re + echo->pasts - echo->far, *im = echo->im + echo->pasts - echo->far;
    for (int i = 0; i < TC_FAX_ECHO_TAPS; i += TC_WIDTH) {
        row ar = AT(re + i), ai = AT(im + i);
        *(row *)(echo->w_re + i) -= ar * e.re + ai * e.im;
        *(row *)(echo->w_im + i) -= ar * e.im - ai * e.re;
    }
}

/* A known symbol came out wrong by -e: like which of the old ones? */
#define look_for_echo TC_ISA(look_for_echo)
static void look_for_echo(tc_fax_echo *echo, tc_fax_phasor e)
{
    const float *re = echo->re + echo->pasts - TC_FAX_ECHO_FAR;
    const float *im = echo->im + echo->pasts - TC_FAX_ECHO_FAR;
    for (int i = 0; i < TC_FAX_ECHO_LAGS; i += TC_WIDTH) {
        row ar = AT(re + i), ai = AT(im + i);
        *(row *)(echo->like_re + i) -= ar * e.re + ai * e.im;
        *(row *)(echo->like_im + i) -= ar * e.im - ai * e.re;
    }
    echo->off.re -= e.re, echo->off.im -= e.im;
}

#define keep_symbol TC_ISA(keep_symbol)
INLINE void keep_symbol(tc_fax_echo *echo, tc_fax_phasor a)
{
    if (echo->pasts == TC_FAX_ECHO_PAST) {
        const unsigned keep = TC_FAX_ECHO_KEEPS;
        memmove(echo->re, echo->re + TC_FAX_ECHO_PAST - keep, keep * sizeof *echo->re);
        memmove(echo->im, echo->im + TC_FAX_ECHO_PAST - keep, keep * sizeof *echo->im);
        echo->pasts = keep;
    }
    echo->re[echo->pasts] = a.re;
    echo->im[echo->pasts++] = a.im;
}
