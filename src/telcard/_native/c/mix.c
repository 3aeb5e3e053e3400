#include "mix.h"

#include "g711.h"
#include "simd.h"

#define PIECE 80    /* samples computed at once */
#define ALAW_ZERO 8 /* how A-law's lowest step decodes */

#define TC_KERNEL "mix.inl"
#include "levels.inl"

float tc_gain_ratio(int tenths)
{
    /* 10^(k / 200), k = 0..9: tenths of a dB */
    static const double tenth[10] = {
        1.0,
        1.0115794542598986,
        1.023292992280754,
        1.035142166679344,
        1.0471285480508996,
        1.0592537251772889,
        1.0715193052376064,
        1.0839269140212036,
        1.096478196143185,
        1.109174815262401,
    };
    /* 10^(k / 20), k = 0..19: dB */
    static const double one[20] = {
        1.0,
        1.1220184543019633,
        1.2589254117941673,
        1.4125375446227544,
        1.5848931924611136,
        1.7782794100389228,
        1.9952623149688795,
        2.2387211385683394,
        2.51188643150958,
        2.8183829312644537,
        3.1622776601683795,
        3.548133892335755,
        3.9810717055349722,
        4.466835921509632,
        5.011872336272722,
        5.623413251903491,
        6.309573444801933,
        7.079457843841379,
        7.943282347242816,
        8.912509381337454,
    };
    static const double twenty[5] = {0.001, 0.01, 0.1, 1.0, 10.0}; /* -60, -40 ... 20 dB */
    unsigned above = (unsigned)(tenths - TC_GAIN_MIN);
    return (float)(twenty[above / 200] * one[above % 200 / 10] * tenth[above % 10]);
}

static int within_limits(int tenths)
{
    return tenths < TC_GAIN_MIN ? TC_GAIN_MIN : tenths > TC_GAIN_MAX ? TC_GAIN_MAX : tenths;
}

void tc_gain_jump(tc_gain *gain, int tenths)
{
    *gain = (tc_gain){.tenths = (int16_t)within_limits(tenths)};
}

void tc_gain_move(tc_gain *gain, int tenths)
{
    if (within_limits(tenths) == gain->tenths)
        return; /* it stands there, or is on its way */
    float now = tc_gain_ratio(gain->tenths);
    if (gain->left)
        now = gain->from +
              (gain->to - gain->from) / TC_GAIN_RAMP * (float)(TC_GAIN_RAMP - gain->left);
    gain->tenths = (int16_t)within_limits(tenths);
    gain->from = now;
    gain->to = tc_gain_ratio(gain->tenths);
    gain->left = TC_GAIN_RAMP;
}

void tc_gain_apply(tc_gain *gain, uint8_t *octets, size_t n)
{
    while (n && tc_gain_on(gain)) {
        int16_t sound[PIECE];
        size_t part = n < PIECE ? n : PIECE;
        float from = 0, slope = 0;
        int32_t first = 0;
        if (gain->left) {
            part = part < gain->left ? part : gain->left;
            from = gain->from;
            slope = (gain->to - gain->from) / TC_GAIN_RAMP;
            first = TC_GAIN_RAMP - gain->left + 1;
            gain->left = (uint16_t)(gain->left - part);
        } else {
            from = tc_gain_ratio(gain->tenths);
        }
        tc_alaw_decode(octets, sound, part);
        TC_DISPATCH(scale, sound, part, from, slope, first);
        tc_alaw_encode(sound, octets, part);
        octets += part;
        n -= part;
    }
}

void tc_alaw_add(const uint8_t *a, const uint8_t *b, uint8_t *out, size_t n)
{
    while (n) {
        int16_t one[PIECE], other[PIECE];
        size_t part = n < PIECE ? n : PIECE;
        tc_alaw_decode(a, one, part);
        tc_alaw_decode(b, other, part);
        TC_DISPATCH(add, one, other, part);
        tc_alaw_encode(one, out, part);
        a += part;
        b += part;
        out += part;
        n -= part;
    }
}
