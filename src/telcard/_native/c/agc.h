/* Gain control: talkers of every loudness brought to one level, as boards do it on record.
 *
 * What.  A hop of 10 ms in, the same hop out, louder or softer, without delay.  Whoever talks is
 * brought to `target`, by a gain between `least` and `most`; what is no talk keeps the gain that it
 * finds, so that background is not pumped up in pauses.  Nothing is clipped.
 *
 * How.  A hop is talk when it is 10 dB above the floor (which falls at once and rises by 2 dB a
 * second) and above `gate`.  The level of talk is tracked quickly up, slowly down: that is the
 * level of what is loud in it, and the gain it asks for is approached at 2 dB a hop down, 0.15 dB a
 * hop up.  No gain lifts the floor above -40 dBm0.  What would still exceed the limit, some 3 dB
 * below the greatest sample, is held by a limiter that knows the whole hop: ten gains, one each
 * 8 samples, none above what its two neighbours bear, with straight lines between.
 *
 * Limits.  One lane at a time: every lane decides.  Its bits depend on its own samples only.  A
 * talker's first syllable passes with the gain of the one before him, but for the limiter.
 */
#ifndef TC_AGC_H
#define TC_AGC_H

#include <stdint.h>

#define TC_AGC_HOP 80

typedef struct {
    float target_dbm0; /* of talk */
    float most_db, least_db;
    float gate_dbm0; /* what is below is never talk */
} tc_agc_profile;

typedef struct {
    float target, most, least, gate; /* mean squares, and gains */
    float floor, level;              /* mean squares: of the background, of talk */
    float gain, sent;                /* that talk asks for; that the last sample had */
    uint32_t talks;                  /* hops of talk so far, up to 20 */
} tc_agc;

tc_agc_profile tc_agc_profile_default(void);
void tc_agc_init(tc_agc *agc, const tc_agc_profile *profile); /* NULL: default */
void tc_agc_hop(tc_agc *agc, const int16_t in[TC_AGC_HOP], int16_t out[TC_AGC_HOP]);

#endif
