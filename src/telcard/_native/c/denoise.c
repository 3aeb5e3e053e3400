#include "denoise.h"

#include "simd.h"
#include "spectrum_tables.h"

#include <string.h>

#define TC_KERNEL "denoise.inl"
#include "levels.inl"

#define DB_PER_POWER_OF_TWO 6.0206f /* of amplitude */

void tc_denoise_init(tc_denoise *denoise, float reduction_db)
{
    memset(denoise, 0, sizeof *denoise);
    denoise->least = -reduction_db / DB_PER_POWER_OF_TWO;
}

void tc_denoise_reset(tc_denoise *denoise, unsigned lane)
{
    tc_spectrum_reset(&denoise->spectrum, lane);
    for (unsigned n = 0; n < TC_SPECTRUM_WINDOW; n++)
        denoise->sound[n][lane] = 0;
    for (unsigned k = 0; k < TC_BINS; k++)
        denoise->prior[k][lane] = 0;
}

void tc_denoise_hop(tc_denoise *denoise, const int16_t *x, int16_t *out)
{
    tc_spectrum_take(&denoise->spectrum, x);
    TC_DISPATCH(denoise_spectra, denoise, out);
}
