/* The text of the G.726 kernels, once per SIMD level; see g726.h.
 *
 * Numbers that the recommendation keeps in two's complement of so many bits are plain integers
 * here; where its words can overflow, they are cut to 16 bits by a cast.  The number of bits and of
 * lanes are constants in every copy of the loops.
 */

#define ALWAYS static inline __attribute__((always_inline))

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

typedef struct {
    int32_t y, se, sezi;
} TC_ISA(g726_before);

/* What is known before the code is: the scale, the predicted sample and its part from the zeros. */
ALWAYS TC_ISA(g726_before) TC_ISA(g726_predict)(const tc_g726 *restrict s, unsigned lane)
{
    TC_ISA(g726_before) known;
    int32_t sum = 0;
#pragma GCC unroll 6
    for (unsigned k = 0; k < 6; k++)
        sum += TC_ISA(g726_multiply)(s->b[k][lane], s->dq[k][lane]);
    known.sezi = (int16_t)sum;
#pragma GCC unroll 2
    for (unsigned k = 0; k < 2; k++)
        sum += TC_ISA(g726_multiply)(s->a[k][lane], s->sr[k][lane]);
    known.se = (int16_t)sum >> 1;
    /* LIMA, MIX */
    int32_t slow = s->yl[lane] >> 6, al = s->ap[lane] >> 2;
    al = al < 64 ? al : 64;
    int32_t apart = s->yu[lane] - slow, sign = apart >> 31;
    int32_t product = (((apart ^ sign) - sign) * al) >> 6;
    known.y = slow + ((product ^ sign) - sign);
    return known;
}

/* Everything adapts to a code; returns the reconstructed sample, SR. */
ALWAYS int32_t TC_ISA(g726_adapt)(tc_g726 *restrict s, unsigned lane, unsigned bits, int32_t code,
                                  TC_ISA(g726_before) known)
{
    int32_t y = known.y, half = 1 << (bits - 1);
    int32_t dqs = code >> (bits - 1), size = (code ^ -dqs) & (half - 1);
    const int32_t *restrict dqln = reconstructed[bits - 2];

    /* RECONST, ADDA, ANTILOG */
    int32_t dql = dqln[size] + (y >> 2), audible = -(dql >= 0);
    dql &= audible;
    int32_t magnitude = (((128 | (dql & 127)) << 7) >> (14 - (dql >> 7))) & audible;
    int32_t dq = (magnitude ^ -dqs) + dqs;

    /* ADDB, ADDC, FLOATA, FLOATB */
    int32_t sr = (int16_t)(dq + known.se), dqsez = (int16_t)(dq + (known.sezi >> 1));
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
ALWAYS int32_t TC_ISA(g726_adjust)(unsigned bits, int law, int32_t code, int32_t sr, int32_t se,
                                   int32_t y)
{
    int32_t sign, number = TC_ISA(g726_compress)(law, sr, &sign);
    int32_t again = TC_ISA(g726_code)(bits, TC_ISA(g726_expand)(law, number, sign) - se, y);
    int32_t flip = 1 << (bits - 1); /* turns codes into their order */
    int32_t higher = ((again ^ flip) < (code ^ flip)) - ((again ^ flip) > (code ^ flip));
    number += (higher ^ sign) - sign;
    int32_t crossed = -(number < 0);
    sign ^= crossed;
    number = (number & ~crossed) | (crossed & (law == TC_G726_ULAW)); /* u-law says 0 in two ways */
    number = number < 127 ? number : 127;
    return (number | (sign & 128)) ^ (law == TC_G726_ULAW ? 0xFF : 0xD5);
}

/* Of a group, samples and codes are widened and narrowed in loops of their own: among octets the
 * compiler would make all vectors as short as theirs. */
#define WIDEN(row, from)                                                                           \
    tc_g726_row row;                                                                               \
    for (unsigned lane = 0; lane < lanes; lane++)                                                  \
    row[lane] = (from)[i * lanes + lane]
#define NARROW(to, type, row)                                                                      \
    for (unsigned lane = 0; lane < lanes; lane++)                                                  \
    (to)[i * lanes + lane] = (type)row[lane]

ALWAYS void TC_ISA(g726_encode_bits)(tc_g726 *restrict s, unsigned bits, const int16_t *restrict x,
                                     uint8_t *restrict codes, size_t n, unsigned lanes)
{
    for (size_t i = 0; i < n; i++) {
        WIDEN(row, x);
        for (unsigned lane = 0; lane < lanes; lane++) {
            TC_ISA(g726_before) known = TC_ISA(g726_predict)(s, lane);
            int32_t difference = (row[lane] >> 2) - known.se; /* never leaves 16 bits */
            int32_t code = TC_ISA(g726_code)(bits, difference, known.y);
            TC_ISA(g726_adapt)(s, lane, bits, code, known);
            row[lane] = code;
        }
        NARROW(codes, uint8_t, row);
    }
}

ALWAYS void TC_ISA(g726_decode_bits)(tc_g726 *restrict s, unsigned bits,
                                     const uint8_t *restrict codes, int16_t *restrict x, size_t n,
                                     unsigned lanes)
{
    for (size_t i = 0; i < n; i++) {
        WIDEN(row, codes);
        for (unsigned lane = 0; lane < lanes; lane++) {
            TC_ISA(g726_before) known = TC_ISA(g726_predict)(s, lane);
            int32_t code = row[lane] & ((1 << bits) - 1);
            int32_t sr = TC_ISA(g726_adapt)(s, lane, bits, code, known);
            sr = sr > -8192 ? sr : -8192;
            row[lane] = (sr < 8191 ? sr : 8191) * 4;
        }
        NARROW(x, int16_t, row);
    }
}

ALWAYS void TC_ISA(g726_decode_to)(tc_g726 *restrict s, unsigned bits, int law,
                                   const uint8_t *restrict codes, uint8_t *restrict octets,
                                   size_t n, unsigned lanes)
{
    for (size_t i = 0; i < n; i++) {
        WIDEN(row, codes);
        for (unsigned lane = 0; lane < lanes; lane++) {
            TC_ISA(g726_before) known = TC_ISA(g726_predict)(s, lane);
            int32_t code = row[lane] & ((1 << bits) - 1);
            int32_t sr = TC_ISA(g726_adapt)(s, lane, bits, code, known);
            row[lane] = TC_ISA(g726_adjust)(bits, law, code, sr, known.se, known.y);
        }
        NARROW(octets, uint8_t, row);
    }
}

#define FOR_BITS(work, ...)                                                                        \
    (bits == 2   ? work(2, __VA_ARGS__)                                                            \
     : bits == 3 ? work(3, __VA_ARGS__)                                                            \
     : bits == 4 ? work(4, __VA_ARGS__)                                                            \
                 : work(5, __VA_ARGS__))
#define ENCODE(b, k) TC_ISA(g726_encode_bits)(s, b, x, codes, n, k)
#define DECODE(b, k) TC_ISA(g726_decode_bits)(s, b, codes, x, n, k)
#define DECODE_TO(b, law, k) TC_ISA(g726_decode_to)(s, b, law, codes, octets, n, k)

static void TC_ISA(g726_encode)(tc_g726 *restrict s, unsigned bits, const int16_t *restrict x,
                                uint8_t *restrict codes, size_t n, unsigned lanes)
{
    if (lanes == 1)
        FOR_BITS(ENCODE, 1);
    else
        FOR_BITS(ENCODE, TC_G726_LANES);
}

static void TC_ISA(g726_decode)(tc_g726 *restrict s, unsigned bits, const uint8_t *restrict codes,
                                int16_t *restrict x, size_t n, unsigned lanes)
{
    if (lanes == 1)
        FOR_BITS(DECODE, 1);
    else
        FOR_BITS(DECODE, TC_G726_LANES);
}

static void TC_ISA(g726_decode_law)(tc_g726 *restrict s, unsigned bits, int law,
                                    const uint8_t *restrict codes, uint8_t *restrict octets,
                                    size_t n, unsigned lanes)
{
    if (lanes == 1 && law == TC_G726_ALAW)
        FOR_BITS(DECODE_TO, TC_G726_ALAW, 1);
    else if (lanes == 1)
        FOR_BITS(DECODE_TO, TC_G726_ULAW, 1);
    else if (law == TC_G726_ALAW)
        FOR_BITS(DECODE_TO, TC_G726_ALAW, TC_G726_LANES);
    else
        FOR_BITS(DECODE_TO, TC_G726_ULAW, TC_G726_LANES);
}

#undef ALWAYS
#undef WIDEN
#undef NARROW
#undef FOR_BITS
#undef ENCODE
#undef DECODE
#undef DECODE_TO
