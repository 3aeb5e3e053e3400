"""How far detectors of R1 and R2 go: limits of level, offset, difference and length; spandsp's too.

    python benchmarks/quality_mf.py

Each figure is the last step at which all signals are heard right, each at several phases and
places of the detectors' grids, with the other conditions nominal, through A-law.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telcard import units
from telcard.dsp import g711
from telcard.dsp.mf import MF_HZ, MfDetector, MfSystem

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script
from tests.support import mf_peers

Sounds = list[NDArray[np.int16]]
Hears = Callable[[Sounds, MfSystem], list[list[str]]]

LEVEL_DBM0: dict[MfSystem, float] = {"r1": -8, "r2_forward": -12, "r2_backward": -12}


def signal(
    system: MfSystem,
    name: str,
    late: int = 0,
    *,
    on_ms: float = 68,
    level: float | None = None,
    twist: float = 0,
    offset: float = 0,
    hz: float = 0,
    snr: float = 60,
) -> NDArray[np.int16]:
    """One signal between silences; `offset` relative, the tones apart or together by turns."""
    level = LEVEL_DBM0[system] if level is None else level
    frames, sound = round(on_ms * 8), np.zeros(800 + round(on_ms * 8) + 800)
    levels = (level, level - abs(twist)) if twist >= 0 else (level - abs(twist), level)
    for i, nominal in enumerate(MF_HZ[system][name]):
        sign = -1 if i and late % 2 else 1
        turns = 2 * np.pi * (nominal * (1 + sign * offset) + sign * hz) * np.arange(frames) / 8000
        part = units.dbm0_to_peak(levels[i]) * np.sin(turns + late * (i + 1))
        sound[400 + late : 400 + late + frames] += part
    random = np.random.default_rng(late)
    sound += random.normal(0, units.dbm0_to_rms(level + 3 - snr), len(sound))
    return g711.decode_alaw(g711.encode_alaw(np.rint(sound).clip(-32768, 32767).astype(np.int16)))


def ours(sounds: Sounds, system: MfSystem) -> list[list[str]]:
    detector = MfDetector(system, len(sounds))
    heard: list[list[str]] = [[] for _ in sounds]
    for event in detector.process(np.stack(sounds, axis=1)):
        heard[event.channel].append(event.signal)
    return heard


def spandsp(sounds: Sounds, system: MfSystem) -> list[list[str]]:
    """Its R1 receiver gives nothing before KP, so each signal of R1 follows one."""
    if system == "r1":
        kp = signal("r1", "KP", on_ms=100)
        names = {character: name for name, character in mf_peers.R1.items()}
        heard = [mf_peers.hears_r1(np.concatenate([kp, sound])).lstrip("*") for sound in sounds]
        return [[names.get(character, character) for character in row] for row in heard]
    names = {character: name for name, character in mf_peers.R2.items()}
    rows = [mf_peers.hears_r2(sound, system == "r2_forward") for sound in sounds]
    return [[names[character] for character, _ in row if character] for row in rows]


def share(hears: Hears, system: MfSystem, **conditions: float) -> float:
    """Part of all signals, at 12 places and phases each, that is heard once and right."""
    names = [name for name in MF_HZ[system] if not name.startswith(("ST", "KP"))]
    cases = [(name, late) for name in names for late in range(0, 36, 3)]
    sounds = [signal(system, name, late, **conditions) for name, late in cases]
    heard = hears(sounds, system)
    return float(np.mean([row == [name] for row, (name, _) in zip(heard, cases, strict=True)]))


def last(hears: Hears, system: MfSystem, field: str, steps: Iterable[float]) -> str:
    """The last step in a row at which everything is heard."""
    best = "none"
    for step in steps:
        if share(hears, system, **{field: step}) < 1:
            break
        best = f"{step:g}"
    return best


def never(hears: Hears, system: MfSystem, field: str, steps: Iterable[float]) -> str:
    """The first step at which nothing is heard any more."""
    for step in steps:
        if share(hears, system, **{field: step}) == 0:
            return f"{step:g}"
    return "none"


def main() -> None:
    def table(system: MfSystem) -> Iterable[tuple[str, str, Callable[[Hears], str]]]:
        r1 = system == "r1"
        level = LEVEL_DBM0[system]
        yield (
            "softest, dBm0",
            "-14" if r1 else "-35",
            lambda hears: last(hears, system, "level", np.arange(level, -45, -1)),
        )
        yield (
            "nothing at, dBm0",
            "-22" if r1 else "-42",
            lambda hears: never(hears, system, "level", np.arange(level, -60, -1)),
        )
        yield (
            "loudest, dBm0",
            "0" if r1 else "-5",
            lambda hears: last(hears, system, "level", np.arange(level, 3, 1)),
        )
        yield (
            "offset, Hz",
            "1.5 % + 10" if r1 else "10",
            lambda hears: last(hears, system, "hz", range(0, 80, 2)),
        )
        yield "nothing at offset, Hz", "", lambda hears: never(hears, system, "hz", range(0, 99, 3))
        yield (
            "lower tone louder by, dB",
            "6" if r1 else "5/7",
            lambda hears: last(hears, system, "twist", np.arange(0, 15, 0.5)),
        )
        yield (
            "nothing at, dB",
            "" if r1 else "20",
            lambda hears: never(hears, system, "twist", np.arange(0, 30, 1)),
        )
        yield (
            "shortest, ms",
            "30" if r1 else "",
            lambda hears: last(hears, system, "on_ms", np.arange(60, 5, -1)),
        )
        yield (
            "nothing at, ms",
            "" if r1 else "7",
            lambda hears: never(hears, system, "on_ms", np.arange(60, 4, -1)),
        )
        yield "noise, dB below", "", lambda hears: last(hears, system, "snr", range(30, 0, -1))

    for system in LEVEL_DBM0:
        print(f"\n{system:26} {'limit':>12} {'ours':>8} {'spandsp':>8}")
        for what, limit, figure in table(system):
            print(f"{what:26} {limit:>12} {figure(ours):>8} {figure(spandsp):>8}")


if __name__ == "__main__":
    main()
