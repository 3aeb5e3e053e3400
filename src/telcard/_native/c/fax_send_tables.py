"""Writes fax_send_tables.h: pulses of the fast fax modems, and a turn of their carriers.

A pulse is a root raised cosine over 24 symbols under a Kaiser window (beta 2): 25 % of excess
bandwidth for V.29 and V.17, 50 % for V.27ter, which its clause 2.1 asks for; sender and receiver
have a half of the raised cosine each.  What is left between symbols behind a receiver's ideal half
is 54 dB down (65 dB at 50 %), what is left beside the band 57 dB (64 dB).

PULSE_q has a row for each part of a symbol by which a sample may lie behind the newest one: 10 at
2400 baud (3 parts a sample), 5 at 1600 (1), 20 at 1200 (3).  Tap k of a row belongs to the k-th
oldest of 24 symbols.  A row's scale is such that symbols of mean power 1 make, once on a carrier,
a signal of mean power 1: the energy of a pulse is 2 symbols' worth of samples.
"""

from __future__ import annotations

import numpy as np
from tables import table, write

TAPS, BETA, TURN = 24, 2.0, 80


def root_raised_cosine(at: np.ndarray, excess: float) -> np.ndarray:
    """The pulse at times in symbols; the two places where its formula is 0/0 are moved past."""
    at = np.where(np.abs(at) < 1e-7, 1e-7, at)
    at = np.where(np.abs(np.abs(4 * excess * at) - 1) < 1e-7, at + 1e-7, at)
    top = np.sin(np.pi * at * (1 - excess)) + 4 * excess * at * np.cos(np.pi * at * (1 + excess))
    shape: np.ndarray = top / (np.pi * at * (1 - (4 * excess * at) ** 2))
    return shape


def pulse(excess: float, phases: int, baud: int) -> np.ndarray:
    """Rows of taps, `(phases, TAPS)`."""
    age = np.arange(TAPS)[::-1] + np.arange(phases)[:, None] / phases  # in symbols
    at = age - TAPS / 2
    window = np.i0(BETA * np.sqrt(np.clip(1 - (at / (TAPS / 2)) ** 2, 0, 1))) / np.i0(BETA)
    rows = root_raised_cosine(at, excess) * window
    scaled: np.ndarray = rows * np.sqrt(2 / (np.sum(rows**2) / phases))
    return scaled


def main() -> None:
    """Write the header beside this file."""
    turn = 2 * np.pi * np.arange(TURN) / TURN
    write(
        __file__,
        f"enum {{ PULSE_TAPS = {TAPS} }};\n",
        table("PULSE_2400", pulse(0.25, 10, 2400).ravel()),
        table("PULSE_1600", pulse(0.5, 5, 1600).ravel()),
        table("PULSE_1200", pulse(0.5, 20, 1200).ravel()),
        table("COSINE", np.cos(turn).round(12) + 0.0),
        table("SINE", np.sin(turn).round(12) + 0.0),
    )


if __name__ == "__main__":
    main()
