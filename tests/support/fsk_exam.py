"""An exam for FSK receivers: lines that add noise, shift, tilt, clip and hum, and what got through.

The signals are made here by numpy from the recommendations' figures, not by our sender.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telcard import units
from telcard.dsp import g711
from telcard.dsp.fsk import FskKind, FskReceiver, FskStandard, standard_of

Bits = NDArray[np.uint8]
Signal = NDArray[np.int16]
Hears = Callable[[str, list[Signal]], list[Bits]]
"""A receiver: the raw bits that it finds in some recordings of a standard."""


@dataclass(frozen=True)
class Line:
    """What a line does; SNR against white noise 0 to 4 kHz, twist: how much louder space is."""

    level_dbm0: float = -14.0
    snr_db: float | None = None
    offset_hz: float = 0.0
    twist_db: float = 0.0
    clock: float = 1.0
    dc: float = 0.0
    hum_dbm0: float | None = None
    clipped: bool = False


def modulate(bits: Bits, standard: FskStandard, line: Line) -> NDArray[np.float64]:
    """The tone of these bits, sample by sample, its phase being the sum of all bits before."""
    baud = standard.baud * line.clock
    hertz = np.where(bits == 1, standard.mark_hz, standard.space_hz) + line.offset_hz
    turns = np.concatenate([[0], np.cumsum(hertz / baud)])
    time = np.arange(int(len(bits) * units.SAMPLE_RATE / baud)) / units.SAMPLE_RATE
    at = np.minimum((time * baud).astype(int), len(bits) - 1)
    loud = np.where(bits == 1, -line.twist_db / 2, line.twist_db / 2)
    gain = 10 ** (loud[at] / 20)
    sine = gain * np.sin(2 * np.pi * (turns[at] + (time - at / baud) * hertz[at]))
    return np.asarray(sine / np.sqrt(np.mean(sine**2)))


def over(line: Line, bits: Bits, standard: FskStandard, rng: np.random.Generator) -> Signal:
    """What arrives: through the line, then A-law."""
    rms = units.dbm0_to_rms(line.level_dbm0)
    sound = modulate(bits, standard, line) * rms
    if line.clipped:
        sound = np.clip(sound * 4, -rms, rms)
    if line.snr_db is not None:
        sound += rng.normal(0, rms * 10 ** (-line.snr_db / 20), len(sound))
    if line.hum_dbm0 is not None:
        time = np.arange(len(sound)) / units.SAMPLE_RATE
        sound += units.dbm0_to_rms(line.hum_dbm0) * np.sqrt(2) * np.sin(2 * np.pi * 50 * time)
    sound = np.clip(np.rint(sound + line.dc), -32768, 32767)
    return g711.decode_alaw(g711.encode_alaw(sound.astype(np.int16)))


LEAD = 48
"""Marks, and as many changes, before the bits that count."""


def sent(count: int, rng: np.random.Generator) -> Bits:
    """Bits to send: a lead of marks and alternations, random bits, marks."""
    lead = [np.ones(LEAD), np.arange(LEAD) % 2, rng.integers(0, 2, count), np.ones(12)]
    return np.concatenate(lead).astype(np.uint8)


def errors(wanted: Bits, got: Bits, *, piece: int = 200) -> int:
    """Wrong bits among those that count.

    Compared piece by piece where it fits best; a bit too many or too few costs itself and what it
    shifts in its piece.
    """
    wrong, at = 0, None
    for first in range(2 * LEAD, len(wanted) - 12, piece):
        part = wanted[first : first + piece]
        if first + piece > len(wanted) - 12:
            part = part[: len(wanted) - 12 - first]
        tries = range(len(got) - len(part) + 1) if at is None else range(at - 3, at + 4)
        best, found = len(part), at
        for i in tries:
            if 0 <= i <= len(got) - len(part):
                count = int(np.count_nonzero(got[i : i + len(part)] != part))
                if count < best:
                    best, found = count, i
        wrong += best
        at = None if found is None else found + len(part)
    return wrong


def we_hear(standard: str, lines: Sequence[Signal]) -> list[Bits]:
    """Our receiver's raw bits; one call for all lines."""
    frames = max(len(line) for line in lines) + 1600
    block = np.zeros((frames, len(lines)), np.int16)
    for i, line in enumerate(lines):
        block[: len(line), i] = line
    heard: list[list[int]] = [[] for _ in lines]
    for event in FskReceiver(standard, len(lines), framing="bits").process(block):
        if event.kind is FskKind.OCTET:
            heard[event.channel].append(event.octet)
    return [np.unpackbits(np.array(one, np.uint8), bitorder="little") for one in heard]


def rates(
    hears: Hears, standard: str, lines: Sequence[Line], *, bits: int, seed: int
) -> list[float]:
    """Bit error rate over each line."""
    rng = np.random.default_rng(seed)
    given = [sent(bits, rng) for _ in lines]
    kind = standard_of(standard)
    heard = hears(standard, [over(at, b, kind, rng) for at, b in zip(lines, given, strict=True)])
    return [errors(b, got) / bits for b, got in zip(given, heard, strict=True)]
