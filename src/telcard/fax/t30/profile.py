"""Times and limits of T.30, and what a receiver puts up with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """How patient a terminal is; times in seconds."""

    t0_s: float = 60.0
    """The caller waits for anything from a fax machine (T.30 5.4.3.1: 60 +-5 s)."""
    t1_s: float = 35.0
    """Both try to find out about each other (35 +-5 s)."""
    t2_s: float = 7.0
    """A receiver waits for a command or a page (6 +-1 s).  A DCS that was lost comes again behind
    its training check (3 s) and T4 (3.45 s), which 6 s would just not see."""
    t3_s: float = 10.0
    """An operator is waited for (10 +-5 s)."""
    t4_s: float = 3.0
    """An answer is waited for (3 s +-15 %; 4.5 s where a person has dialled)."""
    t5_s: float = 60.0
    """A busy receiver is waited for, all in all (T.30 A.5.4.1: 60 +-5 s)."""
    frame_s: float = 3.0
    """From flags, or a frame, to the next frame (5.4.3.2: 3 s +-15 %, without a name)."""
    gap_s: float = 0.2
    """From the end of a carrier that brought no final frame (5.4.3.2: 200 ms, without a name)."""
    answer_s: float = 1.1
    """The shortest answer, from the end of the command to its own: a gap of 55 ms, a preamble of
    850 ms and a frame of 200 ms."""
    check_s: float = 4.0
    """From a DCS to its training check, and from there to its end: gap, longest training and check
    need 3.0 s in all, and at 6 s the far end would send its DCS again."""
    page_s: float = 1800.0
    """The longest page: own figure, five times a dense A4 page at 2400 bit/s."""
    noise_s: float = 240.0
    """The longest signal that cannot be made out: own figure, a long page at 9600 bit/s."""
    disconnect_s: float = 6.0
    """For the sending of DCN, should the line not say that it is done."""
    tries: int = 3
    """A command is sent so often (5.4.2)."""
    partial_page_requests: int = 4
    """After so many PPR for a partial page the rate falls, or it is given up (A.4.1)."""
    page_repeats: int = 3
    """A page that is refused (RTN) is sent again so often: own figure."""
    fruitless: int = 60
    """So many times something is said, or heard in vain, without any page getting on: the
    backstop behind all other limits, own figure."""
    clean_training_s: float = 1.0
    """A training check is good with so long a run without an error (of 1.5 s), or with two of them
    that take so long together,"""
    burst_s: float = 0.25
    """and leave no more than this (a slip or a lost packet spoils 0.02 to 0.1 s),"""
    innocent_snr_db: float = 25.0
    """at no less than this, or where the line has lost or doubled a sample: 4 dB above what V.17
    needs at 14,400 bit/s, below which noise may look like a burst; own figures."""
    halving_training_s: float = 0.5
    """With error correction, so long a one where the next rate would be half: repeating a third of
    the frames is quicker, if there are not more wrong bits than"""
    halving_share: float = 0.003
    """this share: own figures."""
    retrain_share: float = 0.05
    """More bad rows than this share: the page is taken, and the line trained anew (RTP)."""
    refuse_share: float = 0.15
    """More than this share: the page is refused (RTN)."""
    pause_s: float = 0.5
    """From a page that has no end to the command behind it: more is a hole in the line, whatever
    was lost in it (75 +-20 ms, and 0.1 s until flags are known)."""
    row_s: float = 5.0
    """A row that takes longer is none (T.4 4.1.4)."""

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer that the machine starts, for the runner."""
        return {
            "T0": self.t0_s,
            "T1": self.t1_s,
            "T2": self.t2_s,
            "T3": self.t3_s,
            "T4": self.t4_s,
            "T5": self.t5_s,
            "frame": self.frame_s,
            "gap": self.gap_s,
            "check": self.check_s,
            "page": self.page_s,
            "noise": self.noise_s,
            "disconnect": self.disconnect_s,
        }


T30 = Profile()
"""The Recommendation's own times."""
