/* T1: frames of 1544 kbit/s, made and found (ANSI T1.403, T1.231; ITU-T G.704 2.1, 3.1).
 *
 * What.  A frame is one framing bit F and 24 channels of 8 bits, 193 bits in 125 us.  D4 makes 12
 * frames a superframe: the F of odd frames (Ft, 101010) shows where a frame begins, that of even
 * ones (Fs, 001110) where a superframe does.  ESF makes it 24: F of every fourth frame is 001011
 * (FPS), that of frames 2, 6 ... 22 checks the superframe before (CRC-6, x^6 + x + 1, all F taken
 * as 1), that of odd frames is a data link of 4 kbit/s (FDL).  Signalling robs the last bit of
 * every channel in every sixth frame: A, B, and in ESF C and D.  The far end is told that it is not
 * heard (yellow alarm) by bit 2 = 0 in all channels in D4, by eight ones and eight zeros on the FDL
 * in ESF. Other bit-oriented messages are 11111111 0xxxxxx0 (in the order of sending) as well.
 * Where no such is sent the FDL carries HDLC (hdlc.h): flags, and once a second a performance
 * report (T1.403: address 14 and 0, UI, then eight octets, two for each of the last four seconds).
 *
 * A line may be tested by what is sent on it: 00001 over and over in all channels for five seconds
 * asks the far end to send everything back, 001 to stop that (T1.403; the framing bits take the
 * place of the code's, so that it goes on as if it were there).
 *
 *     tc_t1tx   takes frames of 24 octets, robs, and gives octets of the line, packed
 *     tc_t1rx   takes octets of the line, cut anywhere, and gives frames
 *
 * How.  While it hunts a receiver keeps, for each of the 386 (D4) or 772 (ESF) places at which a
 * framing bit may lie, how long the bits there have kept the pattern; the one place that has for 24
 * bits (ESF: 29) is it, so that sound, which keeps it somewhere for a while, is waited out.  In D4
 * the place half a period on must hold Fs, which gives the superframe.
 *
 * When.  Alignment is lost with `errors` of `of` errored bits of Ft or FPS, 2 of 4 unless told
 * otherwise (T1.403, from memory, not checked), with 3 of 6 of Fs.  Where
 * several places had kept the pattern it is lost with 320 errored of 333 CRC-6 blocks as well,
 * until two in a row have fitted; not otherwise, for errors of 1e-3 spoil as many blocks.  AIS:
 * fewer than 5 zeros (99.9 % ones) in each of two periods of 3 ms, and no alignment
 * (T1.231 6.1.2.2.3: 3 to 75 ms).  A message of the FDL is there with 7 of 10 and gone with 3.  A
 * loop code is there after five seconds in which hardly a frame had more than two wrong bits of it.
 *
 * Limits.  Octets carry no pulses: loss of signal is 512 zeros, where T1.231 wants 175 +- 75 pulse
 * positions without one, and bipolar violations and B8ZS belong to the line interface.  A line of
 * zeros in all channels, which T1.403 does not allow, looks lost now and then.
 *
 * Use.  As e1.h; channels 1 to 24 are columns 0 to 23.
 */
#ifndef TC_T1_H
#define TC_T1_H

#include "hdlc.h"

#include <stddef.h>
#include <stdint.h>

#define TC_T1_CHANNELS 24
#define TC_T1_BITS 193
#define TC_T1_PLACES 772
#define TC_T1_CRC_BLOCKS 333
#define TC_T1_CRC_FALSE 320
#define TC_T1_NO_MESSAGE 0xFF
#define TC_T1_REPORT 8 /* octets of a performance report, without its header */
#define TC_T1_REPORT_HEADER 3

/* Bit-oriented messages that ask for loops: the second octet, in the order of sending. */
enum {
    TC_T1_LINE_UP = 0x70,
    TC_T1_LINE_DOWN = 0x1C,
    TC_T1_PAYLOAD_UP = 0x28,
    TC_T1_PAYLOAD_DOWN = 0x4C,
    TC_T1_LOOPS_DOWN = 0x24,
};

/* Loop codes, by the length of their pattern. */
enum { TC_T1_NO_CODE = 0, TC_T1_CODE_DOWN = 3, TC_T1_CODE_UP = 5 };

/* Octets that so many frames make at most, and frames that so many octets make at most. */
#define TC_T1_OCTETS(frames) (((frames) * TC_T1_BITS + 7) / 8 + 1)
#define TC_T1_FRAMES(octets) ((octets) * 8 / TC_T1_BITS + 1)

typedef struct {
    uint8_t esf, robs; /* settings: ESF or D4; whether bits are robbed for signalling */
    uint8_t rai;       /* yellow alarm */
    uint8_t message;   /* on the FDL, second octet in the order of sending, or TC_T1_NO_MESSAGE */
    uint8_t number;    /* of the next frame in its superframe, from 0 */
    uint8_t crc, word; /* of the superframe that is being sent, and of the last one */
    uint8_t link;      /* bit of the FDL's sixteen */
    uint8_t held;      /* bits that make no octet yet */
    uint16_t links;    /* the sixteen */
    uint32_t bits;
    uint8_t abcd[TC_T1_CHANNELS + 1]; /* by channel, from 1; D4 sends A and B */
    uint8_t code, step;               /* TC_T1_*_CODE in place of the channels, and where it is */
    tc_hdlc_sender data;              /* of the FDL */
    uint8_t report[TC_T1_REPORT_HEADER + TC_T1_REPORT]; /* that is being sent */
} tc_t1tx;

void tc_t1tx_init(tc_t1tx *tx, int esf, int robs);

/* Sends a performance report on the FDL, in place of one that is still being sent. */
void tc_t1tx_report(tc_t1tx *tx, const uint8_t report[TC_T1_REPORT]);

/* Robs the frames and packs them; returns how many octets there are. */
size_t tc_t1tx_feed(tc_t1tx *tx, uint8_t (*frames)[TC_T1_CHANNELS], size_t count, uint8_t *octets);

typedef struct {
    uint64_t frames;         /* received in alignment */
    uint64_t framing_errors; /* Ft and Fs, or FPS */
    uint64_t crc_blocks, crc_errors;
    uint64_t losses, crc_losses; /* of alignment; by 320 of 333 */
} tc_t1_counts;

typedef struct {
    /* Settings. */
    uint8_t esf, robs, errors, of;
    /* What is found. */
    uint8_t alarms; /* TC_E1_LOS, LFA, AIS, RAI of e1.h; the root alone */
    uint8_t aligned, los, ais, rai;
    uint8_t message;                  /* on the FDL, or TC_T1_NO_MESSAGE */
    uint8_t loop_code;                /* TC_T1_*_CODE in the channels */
    uint8_t report[TC_T1_REPORT];     /* the newest one */
    uint32_t reports;                 /* how many came */
    uint8_t abcd[TC_T1_CHANNELS + 1]; /* of the last whole superframe; D4: A, B, A, B */
    tc_t1_counts counts;
    /* How. */
    uint8_t number, at, held; /* at: 0 the framing bit, then channels */
    uint8_t framing;          /* the frame's F */
    uint8_t crc, word, expected, checks;
    uint8_t wrong, wrong_fs; /* the last bits of Ft or FPS, and Fs: whether they were errored */
    uint8_t link, code, slot, seen;
    uint16_t links;
    uint16_t bits;           /* of a frame of ones, without alignment */
    uint16_t window, period; /* octets */
    uint16_t ones, zeros;    /* in them */
    uint8_t ais_run;
    uint16_t yellow, yellow_set; /* frames; octets whose bit 2 was set */
    uint16_t blocks, errored;    /* of 333 */
    uint16_t place, rivals;      /* hunting; places with a long run */
    uint32_t line;               /* the newest bits */
    uint8_t staged[TC_T1_CHANNELS + 1];
    uint8_t frame[TC_T1_CHANNELS];
    uint16_t barred;          /* a place that has proved false */
    uint8_t doubtful, fitted; /* there were others; blocks that fitted in a row */
    uint8_t coding;           /* of the code that may be there */
    uint16_t coded;           /* frames of it */
    tc_hdlc_receiver data;    /* of the FDL */
    uint8_t run[TC_T1_PLACES], past[TC_T1_PLACES];
} tc_t1rx;

void tc_t1rx_init(tc_t1rx *rx, int esf, int robs, unsigned errors, unsigned of);

/* Takes octets of the line; `frames` gets what they complete.  Returns how many. */
size_t tc_t1rx_feed(tc_t1rx *rx, const uint8_t *octets, size_t count,
                    uint8_t (*frames)[TC_T1_CHANNELS]);

/* CRC-6 of a frame, its F taken as 1, after others whose remainder is `crc`; 0 for the first. */
uint8_t tc_t1_crc6(uint8_t crc, const uint8_t frame[TC_T1_CHANNELS]);

#endif
