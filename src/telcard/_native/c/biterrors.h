/* Bit errors: turns bits of received octets at a given rate, the same ones on every machine.
 *
 * What.  Every bit is wrong with the probability `threshold` / 2^32, independent of all others.
 * Wrong bits are counted.
 *
 * How.  No floating point: a 32-bit number of a generator is compared with the threshold.  The
 * generator (SplitMix64: a counter whose steps are the golden ratio, and a mix of its bits, after
 * Steele, Lea and Flood 2014) starts anew for every timeslot and tick from the seed, so that what
 * happens to one lane depends neither on the other lanes nor on ticks that were skipped.
 *
 * Bursts.  With `burst` above 1 an error begins with a wrong bit, and each of the burst - 1 bits
 * after it is wrong with the probability 1/2; the next one begins after them at the earliest.  A
 * burst ends with its block of octets: those of a timeslot in a tick, or all of a real frame's.
 *
 * Limits.  On a line without real frames only octets of timeslots with a lane are touched:
 * neither ABCD bits (a wrong nibble lasts 2 ms in life, and Q.422 recognises none below 20 ms) nor
 * frame alignment, which a real receiver gives up at a rate of 1e-3 (ITU-T G.732, clause 4).
 * Where frames are real (carrier.h) errors turn whatever they meet.
 */
#ifndef TC_BITERRORS_H
#define TC_BITERRORS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t seed;
    uint32_t threshold;     /* of 2^32; 0: no errors */
    uint32_t burst;         /* bits that an error reaches over; 0 and 1: itself */
    _Atomic uint64_t count; /* wrong bits so far */
} tc_biterrors;

void tc_biterrors_feed(tc_biterrors *errors, uint64_t tick, unsigned timeslot, uint8_t *octets,
                       size_t count);

#endif
