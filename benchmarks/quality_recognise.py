"""How well and how cheaply a listener names the clips that are played to it.

    python benchmarks/quality_recognise.py

Each line plays all English clips in three random orders, spoilt as it says, and counts the clips
that were missed, named wrongly, or told as a part only.
"""

import difflib
import sys
import time

import numpy as np
from numpy.typing import NDArray

from telcard.dsp import g711
from telcard.exchange import Listener, Repertoire
from telcard.speech import ClipLibrary
from telcard.units import SAMPLE_RATE

SEED = 11
LINES = (
    # loss in dB, signal to white noise in dB, longest gap between clips in s
    (0.0, None, 0.0),
    (20.0, None, 0.5),
    (0.0, 15.0, 0.3),
    (20.0, 15.0, 0.0),
    (0.0, 12.0, 0.3),
    (0.0, 10.0, 0.3),
)


def spoilt(
    sound: NDArray[np.int16], loss_db: float, snr_db: float | None, chance: np.random.Generator
) -> bytes:
    x = sound * 10 ** (-loss_db / 20)
    if snr_db is not None:
        rms = float(np.sqrt(np.mean(x[sound != 0] ** 2))) * 10 ** (-snr_db / 20)
        x += chance.normal(0, rms, len(x))
    return g711.encode_alaw(np.clip(np.rint(x), -32768, 32767).astype(np.int16)).tobytes()


def main() -> int:
    library = ClipLibrary("en").load()
    clips = {name: g711.decode_alaw(library[name]) for name in library.clips()}
    repertoire = Repertoire(clips)
    print(f"{len(clips)} clips, seed {SEED}")
    print(" loss   SNR   gaps | played missed  wrong  partly | CPU s a minute")
    for loss_db, snr_db, gap_s in LINES:
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
            line = spoilt(sound, loss_db, snr_db, chance)
            listener = Listener(repertoire)
            began = time.process_time()
            heard = [
                h for at in range(0, len(line), 80) for h in listener.process(line[at : at + 80])
            ]
            heard += listener.flush()
            cpu_s += time.process_time() - began
            samples += len(line)
            played += order
            told += [each.clip for each in heard]
            partly += sum(not each.complete for each in heard)
        same = difflib.SequenceMatcher(None, played, told, autojunk=False).get_matching_blocks()
        right = sum(block.size for block in same)
        snr = "   - " if snr_db is None else f"{snr_db:5.1f}"
        print(
            f"{loss_db:5.1f} {snr} {gap_s:5.1f}  | {len(played):6} {len(played) - right:6} "
            f"{len(told) - right:6} {partly:6}  | {cpu_s / samples * SAMPLE_RATE * 60:8.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
