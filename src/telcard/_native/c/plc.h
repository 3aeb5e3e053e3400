/* Packet loss: what was lost is made up from what came before it.
 *
 * What.  Hops of 10 ms in, of which some are lost; hops out, 3.75 ms late, without gaps.  A loss of
 * up to 60 ms is bridged, ever softer; what is longer is silence.
 *
 * How.  As appendix I of ITU-T G.711 describes it, in a writing of our own.  The last periods of
 * the voice are repeated: their length, 5 to 15 ms, is where the newest 20 ms correlate best with
 * what lies before.  The first 10 ms repeat one period, the second two, all others three, which
 * sounds less like a buzz.  Whatever meets is faded over a quarter of a period: the last period's
 * end into its own beginning (the delay leaves room for that), one set of periods into the next,
 * and in the end what was made up into what comes again, longer by 4 ms for each hop that was lost.
 * From the second hop on it falls by a fifth every 10 ms.
 *
 * Limits.  One lane at a time.  At the beginning of a stream it has nothing but silence to repeat.
 */
#ifndef TC_PLC_H
#define TC_PLC_H

#include <stdint.h>

#define TC_PLC_HOP 80
#define TC_PLC_DELAY 30
#define TC_PLC_PAST 400 /* three periods of 15 ms, and a quarter */

typedef struct {
    float past[TC_PLC_PAST];  /* real or made up, the newest last */
    float known[TC_PLC_PAST]; /* as it was when the loss began */
    unsigned lost;            /* hops on end */
    unsigned period, periods; /* samples; how many are repeated */
    unsigned phase;           /* samples of them that were repeated */
} tc_plc;

void tc_plc_init(tc_plc *plc);

/* `in` NULL: the hop was lost. */
void tc_plc_hop(tc_plc *plc, const int16_t *in, int16_t out[TC_PLC_HOP]);

#endif
