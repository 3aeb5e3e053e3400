"""DTMF talk-off: false digits in speech and music, ours and the peers side by side.

    python benchmarks/quality_dtmf_talk_off.py [--warp] [FOLDER ...]

Takes the 8 kHz WAV files below the folders; without any, those of Debian's asterisk-core-sounds-
*-wav and asterisk-moh-opsound-wav, if installed.  Each file is brought to -26 and to -16 dBm0 and
goes through A-law.  --warp plays all of it at 17 speeds, 0.70 to 1.50 of its own, pitch and all.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telcard import units

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script
from tests.support import dtmf_peers
from tests.support.dtmf_exam import RATE, Sound, line, ours
from tests.support.dtmf_peers import Hears

USUAL = [Path("/usr/share/asterisk/sounds"), Path("/usr/share/asterisk/moh")]


def recordings(folder: Path) -> list[NDArray[np.int16]]:
    """All WAV files below a folder, at 8 kHz, one channel."""
    import soundfile

    sounds = []
    for path in sorted(folder.rglob("*.wav")):
        pcm, rate = soundfile.read(path, dtype="int16", always_2d=True)
        if rate == RATE and len(pcm) > RATE // 4:
            sounds.append(pcm[:, 0])
    return sounds


def warped(pcm: NDArray[np.int16], speed: float) -> Sound:
    """Played faster or slower, pitch and all (linear interpolation is enough to test with)."""
    places = np.arange(0, len(pcm) - 1, speed)
    return np.interp(places, np.arange(len(pcm)), pcm.astype(np.float64))


def talk_off(
    hears: Hears, folders: Sequence[Path], level_dbm0: float, speeds: Sequence[float]
) -> list[str]:
    lines = []
    for folder in folders:
        sounds = recordings(folder)
        for speed in speeds:
            signals = []
            for pcm in sounds:
                sound = warped(pcm, speed) if speed != 1 else pcm.astype(np.float64)
                rms = math.sqrt(float(np.mean(sound * sound))) or 1.0
                signals.append(line(sound * (units.dbm0_to_rms(level_dbm0) / rms)))
            false = [h.digit for digits in hears(signals) for h in digits]
            minutes = sum(len(s) for s in signals) / RATE / 60
            lines.append(
                f"{folder.name} at {level_dbm0} dBm0 x{speed}: {len(false)} in {minutes:.0f} min"
                f" {''.join(false)}"
            )
    return lines


def main() -> None:
    """Print a line for each folder, level and speed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="*", metavar="FOLDER")
    parser.add_argument("--warp", action="store_true", help="at 0.70 to 1.50 of the speed")
    parser.add_argument("--only", metavar="DETECTOR", help="ours, spandsp ...")
    options = parser.parse_args()
    folders = [folder for folder in options.folders or USUAL if folder.is_dir()]
    if not folders:
        print("no recordings: name a folder, or apt install asterisk-core-sounds-en-wav")
        return
    detectors: dict[str, Hears] = {"ours": ours, **dtmf_peers.available()}
    detectors.pop("multimon-ng", None)  # hears much in speech, and needs marks between the files
    if options.only:
        detectors = {options.only: detectors[options.only]}
    speeds = [round(0.70 + 0.05 * i, 2) for i in range(17)] if options.warp else [1.0]
    for detector, hears in detectors.items():
        for level_dbm0 in (-16,) if options.warp else (-26, -16):
            for text in talk_off(hears, folders, level_dbm0, speeds):
                print(f"{detector}: {text}", flush=True)


if __name__ == "__main__":
    main()
