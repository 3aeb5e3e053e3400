/* The text of the G.726 kernels, once per SIMD level; see g726.h.
 *
 * Numbers that the recommendation keeps in two's complement of so many bits are plain integers
 * here; where its words can overflow, they are cut to 16 bits by a cast.
 *
 * A sample goes through three passes over the lanes: predict, quantise (or read the code), adapt.
 * The number of lanes is a constant in every copy of a loop, the number of bits where it tells how
 * long a loop is.  The passes are functions of their own, since inlined into coder and decoders
 * they took the compiler half a minute.
 */

#define ALWAYS static inline __attribute__((always_inline))
#define ONCE static __attribute__((noinline))

/* FLOATA, FLOATB: a magnitude of 15 bits as exponent, 0 to 15, and mantissa, 32 to 63. */
ALWAYS int32_t TC_ISA(g726_float)(int32_t magnitude)
{
    float real = (float)magnitude;
    int32_t bits;
    memcpy(&bits, &real, sizeof bits);
    int32_t exponent = (bits >> 23) - 126;
    exponent = exponent > 0 ? exponent : 0; /* 0 has no exponent, but a mantissa of 32 */
    return exponent << 6 | 32 | (bits >> 18 & 31);
}

/* FMULT: a coefficient times a float, 16 bits. */
ALWAYS int32_t TC_ISA(g726_multiply)(int32_t coefficient, int32_t value)
{
    int32_t sign = coefficient >> 31;
    int32_t magnitude = (((coefficient >> 2) ^ sign) - sign) & 8191;
    int32_t other = TC_ISA(g726_float)(magnitude);
    int32_t exponent = (other >> 6) + (value >> 6 & 15);
    int32_t mantissa = ((other & 63) * (value & 63) + 48) >> 4;
    int32_t product = (mantissa << 9 >> (28 - exponent)) & 32767;
    sign ^= -(value >> 10);
    return (product ^ sign) - sign;
}

/* LOG, SUBTB, QUAN: the code of a difference on the scale y. */
ALWAYS int32_t TC_ISA(g726_code)(unsigned bits, int32_t difference, int32_t y)
{
    int32_t sign = difference >> 31;
    float real = (float)(((difference ^ sign) - sign) & 32767);
    int32_t pattern;
    memcpy(&pattern, &real, sizeof pattern);
    int32_t dl = (pattern >> 16) - (127 << 7); /* exponent, and 7 bits of the mantissa */
    int32_t dln = (dl > 0 ? dl : 0) - (y >> 2), size = 0;
#pragma GCC unroll 16
    for (unsigned k = 0; k + 1 < 1u << (bits - 1); k++)
        size += dln >= decisions[bits - 2][k];
    int32_t all = (1 << bits) - 1;
    int32_t code = (size ^ sign) & all;
    /* No rate but the slowest sends zeros alone: a line that is lost for bits sees ones. */
    return bits > 2 ? code | (all & -(code == 0)) : code;
}

/* What is known before the code is: the scale, the predicted sample and its part from the zeros. */
ALWAYS void TC_ISA(g726_predict_lane)(const tc_g726 *restrict s, tc_g726_before *restrict known,
                                      unsigned lane)
{
    int32_t sum = 0;
#pragma GCC unroll 6
    for (unsigned k = 0; k < 6; k++)
        sum += TC_ISA(g726_multiply)(s->b[k][lane], s->dq[k][lane]);
    known->sezi[lane] = (int16_t)sum;
#pragma GCC unroll 2
    for (unsigned k = 0; k < 2; k++)
        sum += TC_ISA(g726_multiply)(s->a[k][lane], s->sr[k][lane]);
    known->se[lane] = (int16_t)sum >> 1;
    /* LIMA, MIX */
    int32_t slow = s->yl[lane] >> 6, al = s->ap[lane] >> 2;
    al = al < 64 ? al : 64;
    int32_t apart = s->yu[lane] - slow, sign = apart >> 31;
    int32_t product = (((apart ^ sign) - sign) * al) >> 6;
    known->y[lane] = slow + ((product ^ sign) - sign);
}

/* Everything adapts to a code; returns the reconstructed sample, SR. */
ALWAYS int32_t TC_ISA(g726_adapt_lane)(tc_g726 *restrict s, unsigned lane, unsigned bits,
                                       int32_t code, const tc_g726_before *restrict known)
{
    int32_t y = known->y[lane], half = 1 << (bits - 1);
    int32_t dqs = code >> (bits - 1), size = (code ^ -dqs) & (half - 1);
    const int32_t *restrict dqln = reconstructed[bits - 2];

    /* RECONST, ADDA, ANTILOG */
    int32_t dql = dqln[size] + (y >> 2), audible = -(dql >= 0);
    dql &= audible;
    int32_t magnitude = (((128 | (dql & 127)) << 7) >> (14 - (dql >> 7))) & audible;
    int32_t dq = (magnitude ^ -dqs) + dqs;

    /* ADDB, ADDC, FLOATA, FLOATB */
    int32_t sr = (int16_t)(dq + known->se[lane]);
    int32_t dqsez = (int16_t)(dq + (known->sezi[lane] >> 1));
    int32_t pk0 = dqsez < 0, still = -(dqsez != 0);
    int32_t srs = sr >> 31;
    int32_t new_sr = (srs & 1024) | TC_ISA(g726_float)(((sr ^ srs) - srs) & 32767);
    int32_t new_dq = dqs << 10 | TC_ISA(g726_float)(magnitude);

    /* TRANS: did a narrow-band signal change all at once? */
    int32_t yl = s->yl[lane], whole = yl >> 15;
    int32_t threshold = (32 + (yl >> 10 & 31)) << (whole < 10 ? whole : 9);
    threshold = whole > 9 ? 31 << 10 : threshold;
    int32_t tr = (magnitude > (threshold + (threshold >> 1)) >> 1) & s->td[lane];
    int32_t keep = tr - 1; /* TRIGB */

    /* UPA2, LIMC, UPA1, LIMD */
    int32_t a1 = s->a[0][lane], a2 = s->a[1][lane];
    int32_t differs1 = pk0 ^ s->pk[0][lane], differs2 = pk0 ^ s->pk[1][lane];
    int32_t fa = a1 > -8191 ? a1 : -8191;
    fa = (fa < 8191 ? fa : 8191) * 4;
    fa = (fa ^ (differs1 - 1)) - (differs1 - 1);
    a2 = (int16_t)(a2 - (a2 >> 7) + ((((1 - 2 * differs2) * 16384 + fa) >> 7) & still));
    a2 = a2 > -12288 ? a2 : -12288;
    a2 = a2 < 12288 ? a2 : 12288;
    a1 = (int16_t)(a1 - (a1 >> 8) + (((1 - 2 * differs1) * 192) & still));
    a1 = a1 > a2 - 15360 ? a1 : a2 - 15360;
    a1 = a1 < 15360 - a2 ? a1 : 15360 - a2;
    s->a[0][lane] = a1 & keep;
    s->a[1][lane] = a2 & keep;
    s->pk[1][lane] = s->pk[0][lane];
    s->pk[0][lane] = pk0;

    /* XOR, UPB */
    int32_t moved = -(magnitude != 0);
#pragma GCC unroll 6
    for (unsigned k = 0; k < 6; k++) {
        int32_t b = s->b[k][lane], differs = dqs ^ (s->dq[k][lane] >> 10);
        b = (int16_t)(b - (b >> (bits == 5 ? 9 : 8)) + (((1 - 2 * differs) * 128) & moved));
        s->b[k][lane] = b & keep;
    }
#pragma GCC unroll 5
    for (unsigned k = 5; k > 0; k--)
        s->dq[k][lane] = s->dq[k - 1][lane];
    s->dq[0][lane] = new_dq;
    s->sr[1][lane] = s->sr[0][lane];
    s->sr[0][lane] = new_sr;

    /* TONE, and TRIGB for it */
    int32_t tdp = a2 < -11776;
    s->td[lane] = tdp & keep;

    /* FUNCTF, FILTA, FILTB, SUBTC, FILTC, TRIGA */
    int32_t fi = rapidity[bits - 2][size];
    int32_t dms = s->dms[lane], dml = s->dml[lane], ap = s->ap[lane];
    dms += ((fi << 9) - dms) >> 5;
    dml += ((fi << 11) - dml) >> 7;
    int32_t apart = dms * 4 - dml, apart_sign = apart >> 31;
    int32_t steady = (y >= 1536) & (((apart ^ apart_sign) - apart_sign) < dml >> 3) & (tdp ^ 1);
    ap += (((steady ^ 1) << 9) - ap) >> 4;
    s->dms[lane] = dms;
    s->dml[lane] = dml;
    s->ap[lane] = (ap & keep) | (tr << 8);

    /* FUNCTW, FILTD, LIMB, FILTE */
    int32_t yu = y + (((multiplier[bits - 2][size] * 32) - y) >> 5);
    yu = yu > 544 ? yu : 544;
    yu = yu < 5120 ? yu : 5120;
    s->yu[lane] = yu;
    s->yl[lane] = yl + yu + (-yl >> 6);
    return sr;
}

/* COMPRESS: number of the octet, 0 to 127 from the origin, and its sign (0 or -1).  A-law folds by
 * ones' complement, u-law negates, and the least number of 16 bits falls to the origin. */
ALWAYS int32_t TC_ISA(g726_compress)(int law, int32_t sr, int32_t *sign)
{
    int32_t negative = sr >> 31;
    int32_t size = (sr ^ negative) - (law == TC_G726_ULAW ? negative : 0);
    size = sr == -32768 ? 0 : size;
    *sign = negative;
    float real;
    int32_t bits, code;
    if (law == TC_G726_ULAW) {
        size = size < 8158 ? size : 8158;
        real = (float)(size + 33);
        memcpy(&bits, &real, sizeof bits);
        return (bits >> 19) - ((127 + 5) << 4);
    }
    size = size < 8191 ? size : 8191;
    real = (float)size;
    memcpy(&bits, &real, sizeof bits);
    code = (bits >> 19) - ((127 + 5) << 4);
    return size < 64 ? size >> 2 : code; /* the lowest two segments are one straight line */
}

/* EXPAND: what an octet's number stands for, in 14 bits. */
ALWAYS int32_t TC_ISA(g726_expand)(int law, int32_t number, int32_t sign)
{
    int32_t segment = number >> 4, step = number & 15, size;
    if (law == TC_G726_ULAW)
        size = ((2 * step + 33) << segment) - 33;
    else
        size = segment ? (2 * step + 33) << segment : 4 * step + 2;
    return (size ^ sign) - sign;
}

/* SYNC: the neighbour octet, if this one would not give the same code again. */
ALWAYS int32_t TC_ISA(g726_adjust)(unsigned bits, int law, int32_t code, int32_t again,
                                   int32_t number, int32_t sign)
{
    int32_t flip = 1 << (bits - 1); /* turns codes into their order */
    int32_t higher = ((again ^ flip) < (code ^ flip)) - ((again ^ flip) > (code ^ flip));
    number += (higher ^ sign) - sign;
    int32_t crossed = -(number < 0);
    sign ^= crossed;
    number = (number & ~crossed) | (crossed & (law == TC_G726_ULAW)); /* u-law says 0 in two ways */
    number = number < 127 ? number : 127;
    return (number | (sign & 128)) ^ (law == TC_G726_ULAW ? 0xFF : 0xD5);
}

/* Loops whose bounds the compiler knows: over one lane or a group, and by the number of bits. */
#define EACH_LANE(...)                                                                             \
    do {                                                                                           \
        if (lanes == 1) {                                                                          \
            unsigned lane = 0;                                                                     \
            __VA_ARGS__;                                                                           \
        } else {                                                                                   \
            for (unsigned lane = 0; lane < TC_G726_LANES; lane++) {                                \
                __VA_ARGS__;                                                                       \
            }                                                                                      \
        }                                                                                          \
    } while (0)
#define BY_BITS(work) (bits == 2 ? work(2) : bits == 3 ? work(3) : bits == 4 ? work(4) : work(5))

ONCE void TC_ISA(g726_predict)(const tc_g726 *restrict s, tc_g726_before *restrict known,
                               unsigned lanes)
{
    EACH_LANE(TC_ISA(g726_predict_lane)(s, known, lane));
}

/* Codes become samples in their place. */
ONCE void TC_ISA(g726_adapt)(tc_g726 *restrict s, unsigned bits, int32_t *restrict row,
                             const tc_g726_before *restrict known, unsigned lanes)
{
    EACH_LANE(row[lane] = TC_ISA(g726_adapt_lane)(s, lane, bits, row[lane], known));
}

/* Samples become codes in their place; their difference from the prediction fits 16 bits. */
ALWAYS void TC_ISA(g726_quantise_bits)(unsigned bits, int32_t *restrict row,
                                       const tc_g726_before *restrict known, unsigned lanes)
{
    EACH_LANE(row[lane] =
                  TC_ISA(g726_code)(bits, (row[lane] >> 2) - known->se[lane], known->y[lane]));
}

ONCE void TC_ISA(g726_quantise)(unsigned bits, int32_t *restrict row,
                                const tc_g726_before *restrict known, unsigned lanes)
{
#define QUANTISE(b) TC_ISA(g726_quantise_bits)(b, row, known, lanes)
    BY_BITS(QUANTISE);
#undef QUANTISE
}

/* Of a group, samples and codes are widened and narrowed in loops of their own: among octets the
 * compiler would make all vectors as short as theirs. */
#define WIDEN(row, from)                                                                           \
    tc_g726_row row;                                                                               \
    EACH_LANE(row[lane] = (from)[i * lanes + lane])
#define NARROW(to, type, row) EACH_LANE((to)[i * lanes + lane] = (type)row[lane])

static void TC_ISA(g726_encode)(tc_g726 *restrict s, unsigned bits, const int16_t *restrict x,
                                uint8_t *restrict codes, size_t n, unsigned lanes)
{
    tc_g726_before known;
    for (size_t i = 0; i < n; i++) {
        WIDEN(row, x);
        TC_ISA(g726_predict)(s, &known, lanes);
        TC_ISA(g726_quantise)(bits, row, &known, lanes);
        NARROW(codes, uint8_t, row);
        TC_ISA(g726_adapt)(s, bits, row, &known, lanes);
    }
}

static void TC_ISA(g726_decode)(tc_g726 *restrict s, unsigned bits, const uint8_t *restrict codes,
                                int16_t *restrict x, size_t n, unsigned lanes)
{
    tc_g726_before known;
    int32_t all = (1 << bits) - 1;
    for (size_t i = 0; i < n; i++) {
        WIDEN(row, codes);
        EACH_LANE(row[lane] &= all);
        TC_ISA(g726_predict)(s, &known, lanes);
        TC_ISA(g726_adapt)(s, bits, row, &known, lanes);
        EACH_LANE(int32_t sr = row[lane] > -8192 ? row[lane] : -8192;
                  row[lane] = (sr < 8191 ? sr : 8191) * 4);
        NARROW(x, int16_t, row);
    }
}

ALWAYS void TC_ISA(g726_decode_to)(tc_g726 *restrict s, unsigned bits, int law,
                                   const uint8_t *restrict codes, uint8_t *restrict octets,
                                   size_t n, unsigned lanes)
{
    tc_g726_before known;
    int32_t all = (1 << bits) - 1;
    for (size_t i = 0; i < n; i++) {
        WIDEN(row, codes);
        EACH_LANE(row[lane] &= all);
        tc_g726_row code, number, sign;
        memcpy(code, row, sizeof code);
        TC_ISA(g726_predict)(s, &known, lanes);
        TC_ISA(g726_adapt)(s, bits, row, &known, lanes);
        EACH_LANE(number[lane] = TC_ISA(g726_compress)(law, row[lane], &sign[lane]);
                  row[lane] = TC_ISA(g726_expand)(law, number[lane], sign[lane]) * 4);
        TC_ISA(g726_quantise)(bits, row, &known, lanes);
        EACH_LANE(row[lane] = TC_ISA(g726_adjust)(bits, law, code[lane], row[lane], number[lane],
                                                  sign[lane]));
        NARROW(octets, uint8_t, row);
    }
}

static void TC_ISA(g726_decode_law)(tc_g726 *restrict s, unsigned bits, int law,
                                    const uint8_t *restrict codes, uint8_t *restrict octets,
                                    size_t n, unsigned lanes)
{
    if (law == TC_G726_ALAW)
        TC_ISA(g726_decode_to)(s, bits, TC_G726_ALAW, codes, octets, n, lanes);
    else
        TC_ISA(g726_decode_to)(s, bits, TC_G726_ULAW, codes, octets, n, lanes);
}

#undef ALWAYS
#undef ONCE
#undef EACH_LANE
#undef BY_BITS
#undef WIDEN
#undef NARROW
