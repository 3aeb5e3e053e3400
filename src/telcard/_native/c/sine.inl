/* A sine for kernels, once per SIMD level; see levels.inl. */

/* Sine of an angle in turns of 2^32.  Folded to a quarter turn either side of 0 by integers, where
 * it costs nothing, then the Taylor series of sin(pi/2 y): each factor is (pi/2)^k / k!. */
static inline float TC_ISA(sine)(uint32_t phase)
{
    int32_t angle = (int32_t)phase;
    int32_t sign = angle >> 31;
    int32_t size = angle ^ sign;
    size = size < INT32_MAX - size ? size : INT32_MAX - size;
    float y = (float)(size ^ sign) * 0x1p-30f;
    float z = y * y;
    float sum = -3.5988432352120853e-6f;
    sum = sum * z + 1.6044118478735982e-4f;
    sum = sum * z - 4.6817541353186881e-3f;
    sum = sum * z + 7.9692626246167046e-2f;
    sum = sum * z - 6.4596409750624625e-1f;
    sum = sum * z + 1.5707963267948966f;
    return sum * y;
}
