/* The text of the G.711 kernels, once per SIMD level; see g711.h and simd.h.
 *
 * A code is segment * 16 + step, 0 at the origin.  The encoders add the sign to the code before the
 * last comparison, not after: behind it the compiler would narrow sign and code to octets one by
 * one, which costs a fifth of the speed.
 */

static void TC_ISA(alaw_encode)(const int16_t *restrict in, uint8_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int16_t negative = in[i] >> 15; /* -1 or 0 */
        int16_t size = in[i] ^ negative;
        int16_t sign = negative & 0x80;
        /* The float's curve touches the straight line of the lowest segments from below. */
        int16_t curved = float_code(size) + sign;
        int16_t straight = (size >> 4 < 16 ? size >> 4 : 16) + (CODE_ORIGIN + sign);
        int16_t code = curved > straight ? curved : straight;
        out[i] = (uint8_t)((code - CODE_ORIGIN) ^ 0xD5);
    }
}

static void TC_ISA(ulaw_encode)(const int16_t *restrict in, uint8_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int16_t negative = in[i] >> 15;
        uint16_t size = (uint16_t)(in[i] ^ negative) + ULAW_BIAS;
        int16_t sign = negative & 0x80;
        int16_t code = float_code(size) + sign;
        int16_t highest = 127 + CODE_ORIGIN + sign; /* the bias lifts 132 sizes above it */
        code = code < highest ? code : highest;
        out[i] = (uint8_t)((code - CODE_ORIGIN) ^ 0xFF);
    }
}

/* The middle of a step, from the origin of the biased u-law curve.  v4 shifts each 16-bit word by
 * an amount of its own, which is half the work of floats. */
static inline int16_t TC_ISA(size_of)(int16_t code)
{
#if TC_WIDTH == 16
    return (int16_t)(((code & 15) * 8 + ULAW_BIAS) << (code >> 4));
#else
    return float_size(code);
#endif
}

static void TC_ISA(alaw_decode)(const uint8_t *restrict in, int16_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int16_t octet = (int8_t)(in[i] ^ 0xD5);
        int16_t negative = octet >> 15;
        int16_t code = octet & 127;
        int16_t curved = code > 16 ? code : 16; /* below, A-law goes straight on to the origin */
        int16_t size = TC_ISA(size_of)(curved) - (curved - code) * 16;
        out[i] = (int16_t)((size ^ negative) - negative);
    }
}

static void TC_ISA(ulaw_decode)(const uint8_t *restrict in, int16_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int16_t octet = (int8_t)(in[i] ^ 0xFF);
        int16_t negative = octet >> 15;
        int16_t size = TC_ISA(size_of)(octet & 127) - ULAW_BIAS;
        out[i] = (int16_t)((size ^ negative) - negative);
    }
}
