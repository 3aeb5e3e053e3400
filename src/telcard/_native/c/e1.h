/* E1: frames of 2048 kbit/s, made and found (ITU-T G.704, G.706, G.732, G.775).
 *
 * What.  A frame is 32 timeslots of 8 bits in 125 us.  Timeslot 0 carries, in turn, the frame
 * alignment signal (FAS, x0011011) and a word without it (NFAS, x1ASSSSS: A tells the far end that
 * it is not heard, five Sa bits are spare).  With CRC-4 the first bits x of 16 frames make a
 * multiframe: C1-C4 check the submultiframe of 8 frames before, 001011 in the NFAS of frames 1 to
 * 11 aligns it, E of frames 13 and 15 tells the far end of its block errors (0: errored).  With
 * channel associated signalling timeslot 16 carries a multiframe of its own: 0000xyxx (y: the far
 * end has lost it), then the bits abcd of circuits n and n + 15 in frame n.
 *
 *     tc_e1tx   writes timeslots 0 and 16 of frames whose other timeslots are filled already
 *     tc_e1rx   takes octets off the line, at whatever bit a frame begins there, and gives frames
 *
 * How.  An octet of the line lies `shift` bits off the octet of a timeslot, so that each octet that
 * arrives completes one of the frame.  One search looks for alignment bit by bit (FAS; bit 2 set a
 * frame later; FAS again, G.706 4.1.2), and goes on with the multiframe: two words 001011 a
 * multiple of 2 ms apart within 8 ms, or it looks elsewhere for a better FAS, while the first one
 * serves (G.706 annex B).  After 400 ms without success the far end is taken for one that knows no
 * CRC-4. Where nothing is found frames come all the same, of ones, one for each 256 bits. CRC-4
 * (x^4 + x + 1) repeats after 15 octets: a frame is folded into 15 octets before the division.
 *
 * When.  Alignment is lost with 3 consecutive errored FAS, or NFAS (G.706 4.1.1), or with 915
 * errored of 1000 blocks (4.3.2).  The multiframe of timeslot 16 is lost with 2 consecutive errored
 * words, or when all its bits were 0 for a multiframe; found with the first word after an octet
 * that was not 0 (G.732 5.2).  AIS: at most 2 zeros in each of two periods of 512 bits; AIS of
 * timeslot 16: at most 3 in each of two multiframes (G.775 5.2, 5.5).  A, and y, count when they
 * have come three times.
 *
 * Limits.  Octets carry no pulses, so that loss of signal is judged by zeros: none but zeros in 512
 * bits, which no frame has; left with 4 ones in 512 bits.  HDB3 and its violations belong to the
 * line interface.  An abcd of 0000 of circuits 1 to 15 looks like the alignment of its multiframe
 * and is not to be used (G.704 5.1.3).
 *
 * Use.  tc_e1tx_init(), set what is to be sent, tc_e1tx_feed().  tc_e1rx_init(), tc_e1rx_feed()
 * with octets cut anywhere; then look at the fields.
 */
#ifndef TC_E1_H
#define TC_E1_H

#include <stddef.h>
#include <stdint.h>

#define TC_E1_SLOTS 32
#define TC_E1_FAS 0x1B        /* in the low 7 bits */
#define TC_E1_CRC_BLOCKS 1000 /* G.706 4.3.2: of so many */
#define TC_E1_CRC_FALSE 915   /* so many mean that the alignment is a false one */
#define TC_E1_CRC_FRAMES 3200 /* 400 ms: G.706 annex B */

/* What a receiver finds; alarms of impair.h have the same bits where they are there as well. */
enum {
    TC_E1_LOS = 1,
    TC_E1_LFA = 2, /* no frame alignment */
    TC_E1_AIS = 4,
    TC_E1_RAI = 8,       /* bit A */
    TC_E1_LMFA = 16,     /* no CRC-4 multiframe */
    TC_E1_CAS_LMFA = 32, /* no multiframe in timeslot 16 */
    TC_E1_CAS_AIS = 64,  /* all ones in timeslot 16 */
    TC_E1_CAS_RAI = 128, /* bit y */
};

typedef struct {
    uint8_t crc4, cas;               /* settings */
    uint8_t rai, cas_rai, sa, spare; /* A, y, Sa4-Sa8 (low 5 bits), xx.x of 0000xyxx (0xB) */
    uint8_t crc_heard; /* our receiver has the far end's CRC-4 multiframe; if not, both E are 0 */
    uint8_t number;    /* of the next frame in its multiframe, 0..15 */
    uint8_t crc, word; /* of the submultiframe that is being sent, and of the last one */
    uint32_t owed;     /* errored blocks that the far end is to be told of */
    uint8_t abcd[TC_E1_SLOTS];
} tc_e1tx;

void tc_e1tx_init(tc_e1tx *tx, int crc4, int cas);

/* Completes frames: writes timeslot 0, and 16 if the span signals there. */
void tc_e1tx_feed(tc_e1tx *tx, uint8_t (*frames)[TC_E1_SLOTS], size_t count);

typedef struct {
    uint64_t frames;     /* received in alignment */
    uint64_t fas_errors; /* errored FAS */
    uint64_t crc_blocks, crc_errors;
    uint64_t e_errors;           /* that the far end tells of */
    uint64_t losses, crc_losses; /* of alignment; by 915 of 1000 */
    uint64_t cas_losses;         /* of timeslot 16's multiframe */
} tc_e1_counts;

typedef struct {
    uint8_t stage, shift, wait; /* octets until the next look */
    uint8_t word, seen, count;  /* of the CRC-4 multiframe */
} tc_e1_search;

typedef struct {
    /* Settings. */
    uint8_t crc4, cas;
    /* What is found. */
    uint8_t alarms;       /* TC_E1_* ; the root alone: without signal nothing is aligned */
    uint8_t aligned;      /* frame alignment */
    uint8_t multi;        /* CRC-4 multiframe alignment */
    uint8_t interworking; /* the far end knows no CRC-4 */
    uint8_t cas_aligned;  /* timeslot 16's multiframe */
    uint8_t los, ais, rai, cas_ais, cas_rai;
    uint8_t sa, spare;         /* as last received */
    uint8_t abcd[TC_E1_SLOTS]; /* of the last whole multiframe; kept while there is none */
    uint32_t owed;             /* block errors since the caller took them, for tc_e1tx.owed */
    tc_e1_counts counts;
    /* How. */
    uint8_t last;        /* octet of the line */
    uint8_t shift, at;   /* of the frame that is being filled */
    uint8_t odd, number; /* of it: whether it is an NFAS, its place in the multiframe */
    uint8_t bad_fas, bad_nfas, rai_run, cas_rai_run;
    uint8_t crc, word, expected, checks; /* CRC-4: running, received, of the last block */
    uint8_t cas_number, cas_bad, cas_last, cas_zeros, cas_ones, cas_window, cas_run;
    uint8_t window, ais_run;  /* octets of a period of 512 bits */
    uint16_t ones;            /* in it */
    uint16_t blocks, errored; /* of 1000 */
    uint32_t waited;          /* frames in alignment without CRC-4 multiframe */
    uint8_t staged[TC_E1_SLOTS];
    tc_e1_search search;
    uint8_t frame[TC_E1_SLOTS];
} tc_e1rx;

void tc_e1rx_init(tc_e1rx *rx, int crc4, int cas);

/* Takes `count` octets of the line; `frames` gets what they complete, at most count / 32 + 1.
 * Returns how many. */
size_t tc_e1rx_feed(tc_e1rx *rx, const uint8_t *octets, size_t count,
                    uint8_t (*frames)[TC_E1_SLOTS]);

/* CRC-4 of a frame after others whose remainder is `crc`; 0 for the first. */
uint8_t tc_e1_crc4(uint8_t crc, const uint8_t frame[TC_E1_SLOTS]);

#endif
