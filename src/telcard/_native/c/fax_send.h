/* Sending a fax at speed: V.27ter, V.29 and V.17, from octets to sound.
 *
 * What.  Octets go in, lowest bit first on the line; linear sound comes out, int16 at 8 kHz: the
 * training sequence, the scrambled and coded data, and a turn-off sequence.
 *
 *     echo tone   gap     training               data            turn-off
 *     190 ms      22 ms   see below              as it comes     ones, 20 ms of silence
 *     (if asked for)
 *
 *     V.17        256 symbols A B A B ..., 2976 of scrambled ones on A B C D, 64 of a bridge, 48 of
 *                 scrambled ones as data are sent (1393 ms); short: 256, 38, 48 (142.5 ms)
 *     V.29        48 of silence, 128 A B ..., 384 of C and D by chance, 48 of ones (253 ms)
 *     V.27ter     50 phase reversals, 1074 symbols with a reversal or none by chance, 8 of ones
 *                 (708 ms at 4800 bit/s, 943 ms at 2400)
 *
 * How.  Each symbol is a point of the plane.  V.27ter and V.29 turn the point before by what the
 * bits say; V.17 counts two of its bits on (so that a turned carrier does no harm), makes a third
 * of them by a convolutional code, and picks the point by all (v17_tables.py).  Points become
 * pulses, and pulses a carrier: a sample is the sum of 24 symbols, each by the tap that belongs to
 * its age. Ages and carrier are counted in whole numbers (fax_modes.h).  Sums run in eight parts
 * that are added in one order, so that the bits are the same at every SIMD level and however the
 * stream is cut.
 *
 * Sound begins with the middle of the first pulse, at full level: the half before it would tell
 * nothing, and spandsp's V.17 receiver, for one, loses short trainings that begin softly.
 *
 * Levels.  Of the data's mean power; training may be 0.2 dB off, peaks are 7 dB (V.27ter) to 10 dB
 * (V.17) higher, so that above -7 dBm0 V.17 clips now and then.
 *
 * Limits.  A symbol is needed 12 symbols before the middle of its pulse leaves (5 ms at 2400 baud).
 * V.27ter's short training, of which fax makes no use, is left out, and so is V.29 at 4800 bit/s.
 *
 * Use.  tc_fax_send_init(); then tc_fax_send_feed() for as long as it makes all the samples that
 * it is asked for.  It makes fewer when it waits for octets, and when all is over: `done`.
 *
 * Source.  ITU-T V.17 (1991) 2, 3 and 5, V.29 (1988) 2, 4, 7, 8, V.27 ter (1988) 2 and 3; T.4 for
 * the order of bits.  What they leave open (V.29 ends without ceremony) is said beside the figures.
 */
#ifndef TC_FAX_SEND_H
#define TC_FAX_SEND_H

#include "fax_modes.h"
#include "fax_scrambler.h"

#include <stddef.h>
#include <stdint.h>

enum { TC_FAX_PULSE = 24 }; /* symbols that sound at a time */

typedef enum {
    TC_FAX_SEND_TONE, /* the carrier alone: telephone echo suppressors turn round */
    TC_FAX_SEND_GAP,
    TC_FAX_SEND_QUIET, /* V.29's first segment */
    TC_FAX_SEND_ALTERNATE,
    TC_FAX_SEND_CONDITION,
    TC_FAX_SEND_BRIDGE,
    TC_FAX_SEND_ONES,
    TC_FAX_SEND_DATA,
    TC_FAX_SEND_LAST, /* ones behind the data */
    TC_FAX_SEND_SILENCE,
    TC_FAX_SEND_DONE,
} tc_fax_send_stage;

typedef struct {
    uint8_t mode, stage, short_train;
    uint8_t age;     /* of the newest symbol at the last sample, in parts of a symbol */
    uint8_t turn;    /* of the carrier at the next sample */
    uint8_t place;   /* phase in eighths of a turn, or of A B C D, or V.17's Y */
    uint8_t trellis; /* its state */
    uint8_t chance;  /* V.29's register of segment 3 */
    uint8_t held;    /* bits waiting for their symbol */
    uint32_t bits;   /* the next one lowest */
    uint32_t left;   /* symbols of the stage to come */
    tc_fax_scrambler scrambler;
    float scale; /* of a point */
    float i[TC_FAX_PULSE], q[TC_FAX_PULSE];
} tc_fax_send;

/* `short_train` counts for V.17 only; `echo_tone`: talker echo protection goes first. */
void tc_fax_send_init(tc_fax_send *send, tc_fax_mode mode, int short_train, int echo_tone,
                      double level_dbm0);

/* Makes up to n samples from `count` octets, of which *used are taken; returns how many.
 * `ended`: no octets will come after these.
 */
size_t tc_fax_send_feed(tc_fax_send *send, const uint8_t *octets, size_t count, int ended,
                        size_t *used, int16_t *out, size_t n);

#endif
