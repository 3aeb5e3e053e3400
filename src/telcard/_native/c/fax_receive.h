/* Receiving a fax at speed: V.27ter, V.29 and V.17, from sound to bits.
 *
 * What.  One lane hears one mode (fax_plan.h): linear sound at 8 kHz goes in; octets come out, the
 * bits in the order of the line, the first one lowest; and a few events: the carrier is there, the
 * equaliser has learnt, the data begins, a slip was made good, the carrier is gone.
 *
 * How.  Nothing is compared with a fixed level: a modem is known by what it sends.
 *
 *   high pass    Direct current and hum, as strong as the signal or more, are taken off first.
 *   alternation  Training begins with two points in turn, which are three lines in the spectrum.
 *                Every 5 ms the three are measured; when they make up most of what is heard, keep
 *                their phases for 20 ms, and it is not the carrier alone (echo protection, other
 *                modems' tones), a modem is there, 40 dB above the noise or 4.  The outer lines'
 *                phases tell the symbol clock, all three the carrier's offset.
 *   sync         When the alternation ends, or is turned by half, the last 1024 samples are at
 *                hand.  The known sequence is looked for around that place, twice a symbol, for 64
 *                symbols: it stands out by 15 dB whatever the line does.  Its phase in parts gives
 *                the offset to a fraction of 1 Hz.  If it is not there, something else had broken
 *                the alternation, and it is looked for once more.  If the alternation goes on for
 *                20 ms, a slip or an impulse was all, and what was measured is measured anew.
 *   learning     The 32 taps of the equaliser, two a symbol, are those which fit 100 to 224 known
 *                symbols best (fax_solve.h).  Then the same symbols are heard once more, now one by
 *                one, with all loops running, and so on to the data.
 *   resuming     V.17's short training has 38 known symbols and the taps that a long one has left:
 *                they say only where, to a fraction of a sample, how far the carrier is turned, how
 *                strong it is, and how much noise there is, without which a slip would not be seen.
 *   symbol       Two band-filtered values, at moments 1/64 sample exact; the sum over the taps,
 *                turned back by the carrier's phase; the nearest point; and from the error the
 *                carrier (second order: offset and jitter), the clock (Mueller and Mueller, second
 *                order; and slowly whatever keeps the taps' centre in its place) and the taps (LMS,
 *                in ever smaller steps down to a floor).  An error that is far too large for the
 *                noise moves nothing.
 *   echo         What comes back 4 to 43 ms late is known from the symbols of then (fax_echo.h).
 *   jitter       V.17 predicts a carrier's hum from the symbols before (fax_jitter.h).
 *   slip         Where a network drops or repeats a sample, errors stay large.  Then the last
 *                symbols are heard again from samples some places earlier or later, with the
 *                carrier's phase that it had before: a sample more or less in the network is one
 *                for both clocks.  The place at which the points fit again is where to go on; it
 *                takes some ten symbols.  Likewise when the line has turned the carrier at once, or
 *                changed its level, up to threefold.  (V.17: v17_slip.inl.)
 *   the end      Noise alone gives small symbols after the equaliser, even at the signal to noise
 *                ratio that data just bears, and the sound itself is weak.  When either lasts for
 *                20 ms the carrier is gone, 40 to 65 ms after its end, and the next alternation is
 *                waited for.
 *
 * Limits.  Caller's memory, 64-byte aligned, about 11 KiB a lane; no allocation.  The same bits at
 * every SIMD level (sums in 16 parts, added in one order, no fused multiply-add), and for every
 * cutting of the stream.  10 Hz of carrier offset, 200 ppm of clock.  A symbol is decided 8 symbols
 * and 16 samples after its middle.
 *
 * Use.  tc_fax_receive_init(), then tc_fax_receive_feed() with all that is heard, and events taken
 * after each call.  tc_fax_receive_arm() makes it listen for the next training, of the same mode or
 * another; V.17's short training needs the taps that a long one has left.
 *
 * Source.  ITU-T V.29 (1988), V.27 ter (1988), V.17 (1991).  Mueller, Mueller, "Timing recovery in
 * digital synchronous data receivers", 1976; Proakis, "Digital Communications", on fractionally
 * spaced equalisers.
 */
#ifndef TC_FAX_RECEIVE_H
#define TC_FAX_RECEIVE_H

#include "fax_echo.h"
#include "fax_jitter.h"
#include "fax_plan.h"
#include "fax_scrambler.h"
#include "fax_solve.h"
#include "v17.h"

#include <stddef.h>

enum {
    TC_FAX_RX_HISTORY = 1024, /* samples that are kept while a modem is waited for */
    TC_FAX_RX_CHUNK = 80,
    TC_FAX_RX_BEFORE = 8,  /* samples that the high pass remembers */
    TC_FAX_RX_HALVES = 96, /* values at half symbols that are kept */
    TC_FAX_RX_EVENTS = 16,
};

/* Octets that n samples may bring at most. */
#define TC_FAX_RX_OCTETS(n) ((n) * 9 / 40 + 64)

typedef enum {
    TC_FAX_RX_SEARCHING,
    TC_FAX_RX_CARRIER,  /* the alternation is heard; value: the carrier's offset in 1/256 Hz */
    TC_FAX_RX_TRAINING, /* the equaliser has been solved; value: level in 1/256 dBm0 */
    TC_FAX_RX_DATA,     /* here it begins; value: signal to noise in 1/256 dB */
    TC_FAX_RX_SLIP,     /* made good; value: samples that were missing (below 0: too many) */
    TC_FAX_RX_LOST,     /* the carrier is gone; value: signal to noise in 1/256 dB */
    TC_FAX_RX_FAILED,   /* what came was no training, or cannot be made out */
} tc_fax_state;

typedef struct {
    uint64_t sample; /* of the lane, since init, at which it was decided */
    uint64_t bits;   /* of data that came before, since it began */
    int32_t value;
    uint8_t state;
} tc_fax_receive_event;

typedef struct {
    const tc_fax_plan *plan;
    uint8_t state, short_train;
    uint8_t held; /* bits of an octet not yet whole */
    uint32_t octet;
    uint64_t bits;

    /* what was heard */
    float came[TC_FAX_RX_BEFORE], passed[TC_FAX_RX_BEFORE]; /* samples, before and behind it */
    float x[TC_FAX_RX_HISTORY + TC_FAX_RX_CHUNK];
    unsigned fill;
    uint64_t heard; /* samples since init; the last of them is x[fill - 1] */

    /* the alternation */
    unsigned block; /* samples of the present block so far */
    unsigned good;  /* pairs of blocks running that are of it */
    uint8_t resumed, searched;
    tc_fax_phasor line[3];  /* of the block before */
    float block_power;      /* sum of squares of the block before */
    tc_fax_phasor sum_step; /* of all good pairs of blocks: how the carrier turns in one */
    tc_fax_phasor sum_clock;
    uint64_t clock_origin;                 /* sample to which sum_clock belongs */
    tc_fax_phasor again_step, again_clock; /* the same of what came behind a break */
    uint64_t again_origin;
    uint64_t broke, broke_again; /* sample at which the block began in which it ended; or 0 */

    /* moments: in samples of x, of 2^32 */
    int64_t nudge; /* by which the clock is to go on more */
    int64_t at;    /* of the next value */
    float clock;   /* of a symbol, that symbols come late */
    uint32_t phase;
    float offset; /* of the carrier: of 2^32 in a symbol */
    float gain;

    /* the equaliser */
    float z_re[TC_FAX_RX_HALVES] __attribute__((aligned(64)));
    float z_im[TC_FAX_RX_HALVES] __attribute__((aligned(64)));
    float w_re[TC_FAX_RX_TAPS] __attribute__((aligned(64)));
    float w_im[TC_FAX_RX_TAPS] __attribute__((aligned(64)));
    unsigned halves; /* in z */
    float centre, step;
    float phase_gain, offset_gain, offset_most, forgets;

    tc_fax_echo echo;
    tc_fax_jitter jitter;

    /* symbols */
    uint32_t symbol;    /* since sync */
    tc_fax_phasor y, a; /* the last one as it came and as it was decided */
    float error, noise; /* mean square, of some 8 symbols and of some 256 */
    float loud;         /* mean square of symbols, of some 16 */
    float strength;     /* of the values they are made of, likewise */
    float stretched;    /* by how much the taps were, behind jumps of level */
    float least;        /* of it: below, the carrier may be gone */
    unsigned faint;     /* symbols running for which it was */
    unsigned fading;    /* symbols running for which it might have been, with the most noise */
    uint32_t sure_phase, sure_symbol; /* when all was well */
    float sure_offset;
    uint32_t next_try;
    int32_t snr_now;
    uint8_t slipped;  /* maybe */
    uint8_t troubled; /* V.17: how often it seemed so, running */

    /* bits */
    tc_fax_scrambler scrambler;
    uint8_t place;
    tc_v17 v17;
    uint8_t *out;

    tc_fax_receive_event events[TC_FAX_RX_EVENTS];
    unsigned event_count;

    /* of the carrier that is heard, or was heard last; for whoever wants to know */
    int32_t level; /* 1/256 dBm0 */
    int32_t snr;   /* 1/256 dB, at the equaliser's end; when it is gone: before it went */
    uint32_t slips;

    /* the caller's, or NULL: symbols as they come before they are decided */
    tc_fax_phasor *seen;
    unsigned seen_room, seen_count;
} tc_fax_receive;

/* Listen for a training sequence; `short_train` counts for V.17 only. */
void tc_fax_receive_init(tc_fax_receive *rx, const tc_fax_plan *plan);
void tc_fax_receive_arm(tc_fax_receive *rx, const tc_fax_plan *plan, int short_train);

/* Hear n samples; returns how many octets were written, TC_FAX_RX_OCTETS(n) at most.  Events are
 * added behind those of earlier calls; set event_count to 0 when they have been taken. */
size_t tc_fax_receive_feed(tc_fax_receive *rx, const int16_t *x, size_t n, uint8_t *octets);

/* How far the carrier is off, in Hz; 0 while nothing is received. */
float tc_fax_receive_offset_hz(const tc_fax_receive *rx);

#endif
