/* Tempo: sound faster or slower, at its own pitch.
 *
 * What.  Sound is made in hops of 10 ms.  While the tempo is that of the recording a hop is the
 * recording's own samples, bit for bit; otherwise it is put together from two places of it.  Where
 * a hop is taken from never leaves the place that the tempo asks for by more than 10 ms, and what
 * it differs by does not add up: the end comes when it should, to the sample.
 *
 * How.  Overlap-add by similarity of waveforms (W. Verhelst, M. Roelands: "WSOLA", 1993).  A hop
 * fades from what would have followed the last one (`now`) to a stretch near the place wanted, the
 * one of 161 candidates that looks most like what it replaces: the normalised correlation over the
 * hop decides, so that periods of a voice are met as they are, down to 50 Hz.  Both fades add up to
 * one.  When the tempo is normal again one more hop fades to the very place.
 *
 * Candidates are correlated side by side, each summed by itself: the same bits at every SIMD level.
 * Lanes are worked one at a time, each searches its own way.
 *
 * Limits.  50 to 150 percent (below and above, WSOLA's echoes and gaps are heard).  Music keeps its
 * pitch, though not every beat.  Several channels of one sound are searched one by one, so their
 * phases part.
 *
 * Use.  tc_tempo_now() says where `now` is, in samples of the recording; fetch TC_TEMPO_HOP samples
 * there and TC_TEMPO_NEAR from TC_TEMPO_REACH before the place wanted (silence beyond both ends),
 * call tc_tempo_hop(), and move the place on by tc_tempo_passes().
 */
#ifndef TC_TEMPO_H
#define TC_TEMPO_H

#include <stdint.h>

#define TC_TEMPO_HOP 80
#define TC_TEMPO_REACH 80
#define TC_TEMPO_NEAR (2 * TC_TEMPO_REACH + TC_TEMPO_HOP)

enum { TC_TEMPO_LEAST = 50, TC_TEMPO_NORMAL = 100, TC_TEMPO_MOST = 150 }; /* percent */

typedef struct {
    int64_t now; /* what follows what was heard last */
    uint8_t on;  /* and it is not the place */
} tc_tempo;

static inline int64_t tc_tempo_now(const tc_tempo *tempo, int64_t place)
{
    return tempo->on ? tempo->now : place;
}

/* A hop at `place`, in `percent` of the recording's tempo. */
void tc_tempo_hop(tc_tempo *tempo, int64_t place, unsigned percent, const int16_t now[TC_TEMPO_HOP],
                  const int16_t near[TC_TEMPO_NEAR], int16_t out[TC_TEMPO_HOP]);

/* How many samples can be made, up to `most`, until `left` samples of the recording are passed, of
 * which `part` hundredths are passed already. */
static inline unsigned tc_tempo_makes(uint64_t left, unsigned part, unsigned percent, unsigned most)
{
    uint64_t hundredths = 100 * left - (left ? part : 0);
    uint64_t makes = (hundredths + percent - 1) / percent;
    return makes < most ? (unsigned)makes : most;
}

/* Samples of the recording that `made` samples pass; keeps the hundredths in `part`. */
static inline unsigned tc_tempo_passes(unsigned made, unsigned percent, uint8_t *part)
{
    unsigned hundredths = made * percent + *part;
    *part = (uint8_t)(hundredths % 100);
    return hundredths / 100;
}

#endif
