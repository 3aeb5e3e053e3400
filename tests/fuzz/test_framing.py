"""Receivers of E1 and T1 frames on anything: nothing breaks, and noise makes no multiframe."""

import os

import numpy as np
import pytest

from telcard.signalling.framing import Alarm, E1Deframer, E1Framer, T1Deframer, T1Framer

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "400"))
SEED = 33
SPANS = 16
OCTETS = 640


def spoilt(lines: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Lines of which stretches are drowned, cut out, or made of one bit."""
    octets = lines.copy()
    for line in octets:
        for _ in range(chance.integers(0, 5)):
            at, length = chance.integers(0, line.size), chance.integers(1, 300)
            match chance.integers(0, 4):
                case 0:
                    line[at : at + length] ^= chance.integers(0, 256, dtype=np.uint8)
                case 1:
                    line[at : at + length] = chance.choice([0, 0xFF])
                case 2:
                    line[at:] = np.roll(line[at:], length)
                case _:
                    bits = np.unpackbits(line[at:])
                    line[at:] = np.packbits(np.roll(bits, chance.integers(1, 8)))
    return octets


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", ["crc4", "no-crc4", "esf", "d4"])
def test_spoilt_lines_make_frames_of_their_number_and_are_found_again(kind: str) -> None:
    chance = np.random.default_rng(SEED)
    e1 = kind in ("crc4", "no-crc4")
    bits = 256 if e1 else 193
    if e1:
        framer: E1Framer | T1Framer = E1Framer(SPANS, crc4=kind == "crc4")
        deframer: E1Deframer | T1Deframer = E1Deframer(SPANS, crc4=kind == "crc4")
    else:
        framer = T1Framer(SPANS, format="esf" if kind == "esf" else "d4")
        deframer = T1Deframer(SPANS, format="esf" if kind == "esf" else "d4")
    fed = made = 0
    for _ in range(max(3, COUNT // SPANS // 4)):
        frames = chance.integers(0, 256, (SPANS, 64, 32 if e1 else 24), dtype=np.uint8)
        octets = spoilt(framer.process(frames), chance)
        at = 0
        while at < octets.shape[1]:
            end = at + int(chance.integers(1, OCTETS))
            got = deframer.process_all(np.ascontiguousarray(octets[:, at:end]))
            fed += min(end, octets.shape[1]) - at
            made += len(got[0])
            at = end
        losses = deframer.counts(0).losses
        assert fed * 8 // bits - 2 * losses - 2 <= made <= fed * 8 // bits + 1, f"seed {SEED}"
    for _ in range(8):
        frames = chance.integers(0, 256, (SPANS, 400, 32 if e1 else 24), dtype=np.uint8)
        deframer.process_all(framer.process(frames))
    assert [deframer.state(span).alarms for span in range(SPANS)] == [Alarm.NONE] * SPANS
