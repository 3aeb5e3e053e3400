/* Sending frequency-shift keying: one lane's tone, moved between mark and space by bits.
 *
 * What.  Octets go in, each as a character (start bit, data, parity, stop bits) or as eight raw
 * bits, lowest first; linear sound comes out, int16 at 8 kHz.  When no octet is there, mark is sent
 * for as long as the caller likes.
 *
 * How.  Phase and bit clock are 32-bit numbers that a constant is added to.  The tone's phase never
 * makes a step.  A bit begins between two samples as a rule: the phase step to the sample after is
 * mixed of both tones, so edges lie where the baud rate has them, not on the grid of samples.
 * Phases are laid down first, then the sines of all of them are computed abreast.
 *
 * Limits.  Frequencies 0..4000 Hz, fewer than 4000 baud.  The same bits at every SIMD level and
 * however the stream is cut.
 */
#ifndef TC_FSK_SEND_H
#define TC_FSK_SEND_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t step[2];  /* of the phase, 2^32 a turn: space, mark */
    uint32_t bit_step; /* of the bit clock, 2^32 a bit */
    float amplitude;
    uint8_t data, parity, stop; /* as tc_fsk_framing; stop bits; data 0: raw bits */
    uint8_t idles;              /* mark is sent when there are no octets */
    uint8_t bit;                /* what sounds now */
    uint8_t left;               /* bits of the word not yet begun */
    uint8_t begun;              /* a bit sounds, its end is not reached */
    uint32_t word;
    uint32_t phase, bit_phase;
} tc_fsk_send;

/* `level_dbm0` of the tone; `data`, `parity` as in fsk.h, `stop` 1 or 2. */
void tc_fsk_send_init(tc_fsk_send *send, double mark_hz, double space_hz, double baud,
                      double level_dbm0, uint8_t data, uint8_t parity, uint8_t stop);

/* Makes n samples from `count` octets, of which *used are taken.  When the octets run out it goes
 * on with mark if `send->idles`, else it stops with the last bit's end: returns the samples made.
 */
size_t tc_fsk_send_feed(tc_fsk_send *send, const uint8_t *octets, size_t count, size_t *used,
                        int16_t *out, size_t n);

/* Send `bits` (at most 24, lowest first) before anything else; false while others wait. */
int tc_fsk_send_bits(tc_fsk_send *send, uint32_t bits, unsigned count);

#endif
