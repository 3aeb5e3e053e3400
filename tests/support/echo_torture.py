"""Torture for echo cancellers: everything a line may bring, by chance, under a seed.

    ordeal = Ordeal.of(seed=7, channels=64, seconds=20)
    sout = canceller(ordeal.rin, ordeal.sin)
    ordeal.faults(sout)                       # [] when all is well

Both ends speak, sing, hiss, dial, clip or are silent, each at levels of its own, while the echo
path jumps, opens and turns its sign.  Whatever comes, the output is never 3 dB above the louder of
Sin and -50 dBm0 over 50 ms, except in the 100 ms after a path has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tests.support import g168
from tests.support.g168 import Pcm, Sound

MARGIN_DB = 3.0
LEAST_DBM0 = -50.0
WINDOW = 400
"""Samples over which a level is taken: 50 ms."""
HOP = 80
GRACE = 800
"""Samples after a change of path for which nothing is promised: 100 ms."""

_POOL = 30 * 8000


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the output was too loud, and how much too loud at its worst."""

    channel: int
    start: int
    excess_db: float


@dataclass(frozen=True, slots=True)
class Ordeal:
    """Sound of all channels, (frames, channels), and where the echo path of each one changes."""

    rin: Pcm
    sin: Pcm
    changes: list[list[int]]

    @classmethod
    def of(cls, seed: int, channels: int, seconds: int) -> Ordeal:
        """An ordeal; the same seed gives the same one."""
        chance = np.random.default_rng(seed)
        frames = seconds * 8000
        rin = np.empty((channels, frames), np.int16)
        sin = np.empty((channels, frames), np.int16)
        changes = []
        for channel in range(channels):
            rin[channel] = g168.alaw(_talker(chance, frames, silent=0.15))
            echo, jumps = _echo(chance, rin[channel])
            near = _talker(chance, frames, silent=0.55)
            hiss = _cut(chance, "hiss", frames, float(chance.uniform(-75, -45)))
            sin[channel] = g168.alaw((echo + near + hiss) * chance.choice([1, 1, 1, 3]))
            changes.append(jumps)
        return cls(np.ascontiguousarray(rin.T), np.ascontiguousarray(sin.T), changes)

    def faults(self, sout: Pcm) -> list[Fault]:
        """Every stretch in which the output is too loud, the worst first."""
        allowed = np.maximum(_levels(self.sin), LEAST_DBM0) + MARGIN_DB
        excess = _levels(sout) - allowed
        starts = np.arange(len(excess)) * HOP
        for channel, jumps in enumerate(self.changes):
            for jump in jumps:
                spared = (starts + WINDOW > jump) & (starts < jump + GRACE)
                excess[spared, channel] = -np.inf
        found = []
        for channel in np.flatnonzero((excess > 0).any(axis=0)):
            loud = np.flatnonzero(excess[:, channel] > 0)
            for run in np.split(loud, np.flatnonzero(np.diff(loud) > 1) + 1):
                worst = float(excess[run, channel].max())
                found.append(Fault(int(channel), int(run[0]) * HOP, worst))
        return sorted(found, key=lambda fault: -fault.excess_db)


def _levels(pcm: Pcm) -> Sound:
    """dBm0 of each window, (windows, channels)."""
    hops = pcm[: len(pcm) // HOP * HOP].astype(np.float32).reshape(-1, HOP, pcm.shape[1])
    energy = np.einsum("nhc,nhc->nc", hops, hops).astype(float)
    windows = np.lib.stride_tricks.sliding_window_view(energy, WINDOW // HOP, axis=0)
    power = windows.sum(axis=-1) / WINDOW
    return np.asarray(10 * np.log10(power + 1e-9) - 20 * np.log10(g168.units.DBM0_RMS))


@cache
def _pool(kind: str) -> Sound:
    """Half a minute of a kind of sound, at 0 dBm0 or, speech, at its active level."""
    if kind == "speech":
        return g168.talk(_POOL, 0)
    if kind == "css":
        return g168.composite("C1", _POOL, 0)
    if kind == "hiss":
        return g168.hoth(_POOL, 0)
    if kind == "noise":
        return g168.white(_POOL, 0)
    raise ValueError(f"kind: want speech, css, hiss or noise, got {kind!r}")


def _cut(chance: np.random.Generator, kind: str, frames: int, level_dbm0: float) -> Sound:
    """A piece of a pool, begun anywhere."""
    begin = int(chance.integers(_POOL))
    places = np.arange(begin, begin + frames)
    return np.take(_pool(kind), places, mode="wrap") * 10 ** (level_dbm0 / 20)


def _talker(chance: np.random.Generator, frames: int, silent: float) -> Sound:
    """One end: stretches of 50 ms to 4 s of any sound at any level, a share of them silent."""
    said = np.zeros(frames)
    at = 0
    while at < frames:
        stretch = min(frames - at, int(8 * 10 ** chance.uniform(1.7, 3.6)))
        if chance.random() >= silent:
            level = float(chance.uniform(-45, 6))  # 6 dBm0 is clipped by A-law
            said[at : at + stretch] = _sound(chance, stretch, level)
        at += stretch
    return said


def _sound(chance: np.random.Generator, frames: int, level_dbm0: float) -> Sound:
    kind = str(
        chance.choice(["speech", "speech", "css", "noise", "tone", "pair", "square", "click"])
    )
    if kind in {"tone", "pair"}:
        hz = chance.uniform(100, 3700, 1 if kind == "tone" else 2)
        return g168.tone(frames, level_dbm0, *hz.tolist())
    if kind == "square":
        return np.sign(g168.tone(frames, level_dbm0, float(chance.uniform(50, 2000)))) * (
            g168.units.dbm0_to_rms(min(level_dbm0, 0))
        )
    if kind == "click":
        sound = np.zeros(frames)
        places: NDArray[np.int64] = chance.integers(frames, size=1 + frames // 800)
        sound[places] = chance.choice([-1, 1], len(places)) * 30_000 * 10 ** (level_dbm0 / 40)
        return sound
    return _cut(chance, kind, frames, level_dbm0)


def _echo(chance: np.random.Generator, rin: Pcm) -> tuple[Sound, list[int]]:
    """The echo over paths that change every 2 to 30 s, and where they do."""
    echo = np.empty(len(rin))
    at, jumps = 0, []
    while at < len(rin):
        end = min(len(rin), at + int(8000 * 10 ** chance.uniform(0.3, 1.5)))
        before = max(0, at - 1024)
        echo[at:end] = g168.through(rin[before:end], _response(chance))[at - before :]
        if at:
            jumps.append(at)
        at = end
    return echo, jumps


def _response(chance: np.random.Generator) -> Sound:
    if chance.random() < 0.1:
        return np.zeros(1)
    path = str(chance.choice(g168.PATHS))
    response = g168.path(path, float(chance.uniform(6, 30)), int(chance.integers(0, 300)))
    return response * float(chance.choice([-1, 1]))
