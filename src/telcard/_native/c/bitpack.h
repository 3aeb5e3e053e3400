/* Codes of 2 to 5 bits packed into octets and taken out again.
 *
 * Two orders are in use.  LITTLE: the first code lies in the least significant bits (RFC 3551 for
 * G.726, nibbles of IMA ADPCM in WAV files); BIG: in the most significant ones (ITU-T I.366.2 Annex
 * E for AAL2, X.420; VOX files).  Eight codes fill `bits` octets; what is left of the last octet
 * stays 0.
 */
#ifndef TC_BITPACK_H
#define TC_BITPACK_H

#include <stddef.h>
#include <stdint.h>

/* Octets that n codes fill. */
#define TC_BITPACK_OCTETS(n, bits) (((n) * (bits) + 7) / 8)

void tc_bitpack(const uint8_t *codes, size_t n, unsigned bits, int big, uint8_t *octets);
void tc_bitunpack(const uint8_t *octets, size_t n, unsigned bits, int big, uint8_t *codes);

#endif
