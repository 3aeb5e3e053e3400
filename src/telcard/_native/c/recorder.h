/* Recorder: both legs of a lane, on their way to a file.
 *
 * What.  The tick hands over 80 received and 80 sent octets a lane; a writer puts them into a file
 * as its format wants them.  Sides: both apart (left = received, right = sent), both added up, or
 * one of them.  Coding: A-law, octet for octet; u-law by table 4 of G.711; or 16-bit PCM.  With the
 * header of a WAV file or, for coders that want plain octets, without any.  Gain control (agc.h),
 * if it is wanted, is the writer's work too: it sees a tick at once, and delays nothing.
 *
 * How.  Three parts.  tc_lookback holds the last 100 ms of a lane: what leaves it is 100 ms old, so
 * arming a secret step can still wipe the beginning of a tone that sounded before anyone knew what
 * it would be.  A ring carries blocks of one tick from the tick to the writer.  The writer (a
 * thread in real time, the loop thread in virtual time) gathers half a second a file, then writes
 * sound first and header after: whenever the process dies, the header is right and claims nothing
 * that is not there.
 *
 * Limits.  One recording a slot; the number of slots is fixed.  Blocks that find the ring full are
 * counted by the ring and come out as silence in their place, so the rest stays in step.  A write
 * that fails (disk full) ends writing, not counting; the file keeps what was written and the
 * error is reported at the end.  A WAV file holds 4 GiB: 74
 * hours of both sides in A-law, 37 hours in PCM.
 */
#ifndef TC_RECORDER_H
#define TC_RECORDER_H

#include "e1line.h"
#include "ring.h"

#include <stdint.h>

#define TC_LOOKBACK_TICKS 10

typedef struct {
    uint8_t received[TC_LOOKBACK_TICKS][TC_TICK_SAMPLES];
    uint8_t sent[TC_LOOKBACK_TICKS][TC_TICK_SAMPLES];
} tc_lookback;

/* Nothing of this leg, `received` or `sent`, is left in it. */
void tc_lookback_mask(uint8_t leg[TC_LOOKBACK_TICKS][TC_TICK_SAMPLES]);

enum { TC_BLOCK_SOUND, TC_BLOCK_END };

/* What travels to the writer. */
typedef struct {
    uint32_t slot;
    uint32_t missing; /* ticks lost before this block */
    uint32_t kind;    /* TC_BLOCK_* */
    uint32_t reasons; /* at the end: why */
    uint8_t received[TC_TICK_SAMPLES], sent[TC_TICK_SAMPLES];
} tc_block;

/* What comes back. */
typedef struct {
    uint32_t slot;
    uint32_t reasons;
    int32_t error; /* errno of the write that failed, 0 if none */
    uint32_t missing;
    uint64_t frames; /* in the file */
} tc_recorded;

enum { TC_SIDES_BOTH, TC_SIDES_MIXED, TC_SIDES_RECEIVED, TC_SIDES_SENT };
enum { TC_CODING_ALAW, TC_CODING_ULAW, TC_CODING_PCM };

typedef struct {
    uint8_t sides;  /* TC_SIDES_* */
    uint8_t coding; /* TC_CODING_* */
    uint8_t raw;    /* no header */
    uint8_t agc;    /* talkers brought to one level, each side by itself */
} tc_record_format;

typedef struct tc_file tc_file;

typedef struct {
    tc_ring blocks;   /* tick -> writer: tc_block */
    tc_ring finished; /* writer -> loop: tc_recorded */
    tc_file *files;
    uint32_t slots;
} tc_recorder;

/* Room for `slots` recordings at once and for `blocks` blocks on the way. 0, or -1: no memory. */
int tc_recorder_init(tc_recorder *recorder, uint32_t slots, size_t blocks);

/* Closes what is still open. */
void tc_recorder_free(tc_recorder *recorder);

/* Loop thread: the slot, which is free, records to the open descriptor `fd` from now on and owns
 * it. The header, if any, is written at once.  0, or errno (the descriptor is still the caller's
 * then). */
int tc_recorder_open(tc_recorder *recorder, uint32_t slot, int fd, tc_record_format format);

/* Loop thread: close the slot's file again; for when no lane was told to record into it. */
void tc_recorder_abandon(tc_recorder *recorder, uint32_t slot);

/* Writer: everything that waits in the ring; returns the number of recordings that ended. */
unsigned tc_recorder_drain(tc_recorder *recorder);

#endif
