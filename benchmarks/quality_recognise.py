"""How well and how cheaply a listener names the clips that are played to it.

    python benchmarks/quality_recognise.py

Each line plays all English clips in three random orders, spoilt as it says, and counts the clips
that were missed, named wrongly, or told as a part only.  First come loss and noise from NumPy, as
decibels beside the speech itself; then the lines that have a name, from the kernel that subscribers
have (`telcard.exchange.LINES`).
"""

import difflib
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from telcard.dsp import g711
from telcard.dsp.copper import Copper, CopperLine, both_ways
from telcard.exchange import LINES, Listener, Repertoire
from telcard.speech import ClipLibrary
from telcard.units import SAMPLE_RATE

SEED = 11
LOSSES = (
    # loss in dB, signal to white noise in dB, longest gap between clips in s
    (0.0, None, 0.0),
    (20.0, None, 0.5),
    (0.0, 15.0, 0.3),
    (20.0, 15.0, 0.0),
    (0.0, 12.0, 0.3),
    (0.0, 10.0, 0.3),
)


GAP_S = 0.3
"""Longest gap between clips on the lines that have a name."""


def spoilt(
    loss_db: float, snr_db: float | None, sound: NDArray[np.int16], chance: np.random.Generator
) -> bytes:
    x = sound * 10 ** (-loss_db / 20)
    if snr_db is not None:
        rms = float(np.sqrt(np.mean(x[sound != 0] ** 2))) * 10 ** (-snr_db / 20)
        x += chance.normal(0, rms, len(x))
    return g711.encode_alaw(np.clip(np.rint(x), -32768, 32767).astype(np.int16)).tobytes()


def over(name: str, sound: NDArray[np.int16], _: np.random.Generator) -> bytes:
    """The sound over a named line, as his ear takes it: frequencies turned back."""
    copper = LINES[name].copper
    heard, _ = CopperLine(copper, SEED).process(sound)
    offset_hz = both_ways(copper.offset_hz)[0]
    if offset_hz:
        heard, _ = CopperLine(Copper(offset_hz=-offset_hz)).process(heard)
    return g711.encode_alaw(heard).tobytes()


def judge(
    title: str,
    repertoire: Repertoire,
    clips: Mapping[str, NDArray[np.int16]],
    gap_s: float,
    line: Callable[[NDArray[np.int16], np.random.Generator], bytes],
) -> None:
    """Play all clips in three orders over a line, and print what the listener made of it."""
    chance = np.random.default_rng(SEED)
    played, told = list[str](), list[str]()
    partly = samples = 0
    cpu_s = 0.0
    for _ in range(3):
        order = [str(name) for name in chance.permutation(list(clips))]
        gaps = [np.zeros(int(chance.uniform(0, gap_s) * SAMPLE_RATE), np.int16) for _ in order]
        sound = np.concatenate(
            [part for name, gap in zip(order, gaps, strict=True) for part in (clips[name], gap)]
        )
        octets = line(sound, chance)
        listener = Listener(repertoire)
        began = time.process_time()
        heard = [
            h for at in range(0, len(octets), 80) for h in listener.process(octets[at : at + 80])
        ]
        heard += listener.flush()
        cpu_s += time.process_time() - began
        samples += len(octets)
        played += order
        told += [each.clip for each in heard]
        partly += sum(not each.complete for each in heard)
    same = difflib.SequenceMatcher(None, played, told, autojunk=False).get_matching_blocks()
    right = sum(block.size for block in same)
    print(
        f"{title:20} | {len(played):6} {len(played) - right:6} {len(told) - right:6} {partly:6}  "
        f"| {cpu_s / samples * SAMPLE_RATE * 60:8.2f}"
    )


def main() -> int:
    library = ClipLibrary("en").load()
    clips = {name: g711.decode_alaw(library[name]) for name in library.clips()}
    repertoire = Repertoire(clips)
    print(f"{len(clips)} clips, seed {SEED}")
    print(" loss   SNR   gaps    | played missed  wrong  partly | CPU s a minute")
    for loss_db, snr_db, gap_s in LOSSES:
        snr = "   - " if snr_db is None else f"{snr_db:5.1f}"
        title = f"{loss_db:5.1f} {snr} {gap_s:5.1f}"
        judge(title, repertoire, clips, gap_s, partial(spoilt, loss_db, snr_db))
    for name in LINES:
        judge(name, repertoire, clips, GAP_S, partial(over, name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
