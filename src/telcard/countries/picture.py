"""A cadence as a line of text, for tables: `████▌··██▌·····`."""

from __future__ import annotations

from telcard.countries.tone import STEADY, CadencedTone

ON, FIRST, SECOND, OFF = "█", "▌", "▐", "·"
"""A character whose both halves sound, the first alone, the second alone, none."""

CHARACTER_S = 0.1
"""What a character stands for: two halves of 50 ms."""


def cadence_picture(tone: CadencedTone, characters: int = 50) -> str:
    """Draw the first seconds of a tone, 0.1 s a character: its cadence again and again.

    A half of a character is drawn as tone when more than half of its 50 ms sound.
    """
    halves = [
        _share(tone, at * CHARACTER_S / 2, (at + 1) * CHARACTER_S / 2) > 0.5
        for at in range(2 * characters)
    ]
    signs = {(True, True): ON, (True, False): FIRST, (False, True): SECOND, (False, False): OFF}
    return "".join(signs[pair] for pair in zip(halves[::2], halves[1::2], strict=True))


def _share(tone: CadencedTone, start_s: float, end_s: float) -> float:
    """How much of a moment shorter than any burst sounds."""
    if tone.continuous:
        return 1.0
    length, edges = tone.period_s, tone.edges_s()
    rounds = int(start_s // length)
    if rounds and tone.ending != "again":
        return float(tone.ending == STEADY)
    sounds = 0.0
    for round_ in (rounds, rounds + 1):
        for on_s, off_s in edges:
            here = min(end_s, round_ * length + off_s) - max(start_s, round_ * length + on_s)
            sounds += max(0.0, here)
    return sounds / (end_s - start_s)
