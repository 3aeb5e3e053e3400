"""What ITU-T G.168 tests echo cancellers with: signals, echo paths and the level meter, at 8 kHz.

    rin = g168.alaw(g168.composite("C1", frames, -10))
    sin = g168.line(rin, g168.path("D5", erl_db=10), near)
    g168.erle(sin, sout)                     # dB in windows of 350 ms, one every 50 ms

The numbers (Annex D's echo paths, Annex C's voiced sounds, the meter's filter) stand in g168.toml.
Sound is float64 on the int16 scale until it goes through A-law, which makes it int16, and has the
shape (frames,) or (frames, channels).

What is our own reading: the pseudo-noise has phases drawn by us (the recommendation's come from a
generator of its own) and is made at 8 kHz instead of 44.1 kHz; voiced sound and noise have the same
power; a composite's level is that of its active 71 %, pauses left out.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from telcard import units
from telcard.dsp import g711
from telcard.speech import ClipLibrary

Sound = NDArray[np.float64]
Pcm = NDArray[np.int16]

PATHS = ("D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9")
"""Echo path models 1 to 8 of Annex D, named by their clauses."""

METER = 280
"""Samples of the recommendation's level meter: 35 ms."""

WINDOW = 2800
"""Samples of the goals' meter: half a period of the composite source signal, 350 ms."""

HOP = 400
"""Samples between the readings of the meter of 350 ms."""

_TABLES = Path(__file__).with_name("g168.toml")
_VOICED_RATE = 44_100  # Annex C tabulates the voiced sounds at this rate
_SHAPES = {"C1": (16, 0.04862, 0.2, 0.35), "C3": (14, 0.07269, 0.2, 0.4)}
"""Periods of voiced sound, seconds of it, seconds of noise, seconds of half a period in all."""


@cache
def tables() -> dict[str, Any]:
    """The numbers of g168.toml."""
    return tomllib.loads(_TABLES.read_text(encoding="utf-8"))


# --- echo paths -------------------------------------------------------------------------------


def path(name: str, erl_db: float, delay: int = 0) -> Sound:
    """Impulse response of an Annex D model behind a flat delay in samples.

    g(k) = 10**(-erl_db / 20) * K * m(k) as Annex D has it: K makes all models alike to the ear, so
    the loss that a given signal meets is some dB more or less (`loss`).
    """
    model = tables()["path"][name]
    taps = np.array(model["taps"], float) * model["gain"] * 10 ** (-erl_db / 20)
    return np.concatenate([np.zeros(delay), taps])


def hybrid(ms: float, erl_db: float, delay: int = 0, seed: int = 1) -> Sound:
    """A made-up hybrid: taps by chance that decay by 60 dB in `ms`; white noise loses `erl_db`."""
    frames = round(ms * 8)
    taps = np.random.default_rng(seed).normal(0, 1, frames) * 10 ** (
        -3 * np.arange(frames) / frames
    )
    taps *= 10 ** (-erl_db / 20) / np.sqrt((taps**2).sum())
    return np.concatenate([np.zeros(delay), taps])


def loss(sound: ArrayLike, response: Sound) -> float:
    """Echo return loss in dB that this sound meets."""
    heard = np.asarray(sound, float)
    return float(10 * np.log10((heard**2).sum() / (through(heard, response) ** 2).sum()))


# --- the line ---------------------------------------------------------------------------------


def alaw(sound: ArrayLike) -> Pcm:
    """What is left of a sound after A-law (saturated, rounded)."""
    pcm = np.clip(np.rint(np.asarray(sound, float)), -32768, 32767).astype(np.int16)
    return g711.decode_alaw(g711.encode_alaw(pcm))


def through(sound: ArrayLike, response: Sound) -> Sound:
    """The echo of a sound, before A-law; same shape."""
    heard = np.asarray(sound, float)
    rows = np.atleast_2d(heard.T)
    overlap = len(response) - 1
    size = max(4096, 1 << (4 * overlap).bit_length())  # pieces that a processor's cache holds
    step = size - overlap
    pieces = -(-rows.shape[1] // step)
    padded = np.zeros((len(rows), overlap + pieces * step))
    padded[:, overlap : overlap + rows.shape[1]] = rows
    filtered = np.fft.rfft(response, size)
    echo = np.empty((len(rows), pieces * step))
    for index in range(pieces):
        piece = np.fft.rfft(padded[:, index * step : index * step + size]) * filtered
        echo[:, index * step : (index + 1) * step] = np.fft.irfft(piece, size)[:, overlap:]
    return echo[:, : rows.shape[1]].T.reshape(heard.shape)


def line(rin: ArrayLike, response: Sound, near: ArrayLike = 0.0) -> Pcm:
    """Sin: the echo of `rin` and the near end's sound, through A-law."""
    return alaw(through(rin, response) + np.asarray(near, float))


# --- signals ----------------------------------------------------------------------------------


def at_level(sound: Sound, level_dbm0: float) -> Sound:
    """The same sound with another level over all of it."""
    return sound * (units.dbm0_to_rms(level_dbm0) / max(1e-9, float(np.sqrt((sound**2).mean()))))


def composite(kind: str, frames: int, level_dbm0: float, seed: int = 1) -> Sound:
    """So much of composite source signal C1 or C3 (Annex C), its active parts at this level.

    Half a period is voiced sound, noise and a pause; the next half has the opposite sign.  C1's
    noise is the same in every period, C3's is always new and Gaussian.
    """
    repeats, voiced_s, noise_s, half_s = _SHAPES[kind]
    voiced, hiss, half = (units.seconds_to_samples(s) for s in (voiced_s, noise_s, half_s))
    chance = np.random.default_rng(seed)
    same = _band_noise(hiss, chance, gaussian=False)
    halves = []
    for index in range(-(-frames // half)):
        noise = same if kind == "C1" else _band_noise(hiss, chance, gaussian=True)
        part = np.zeros(half)
        part[:voiced] = at_level(_voiced(kind, repeats)[:voiced], level_dbm0)
        part[voiced : voiced + hiss] = at_level(noise, level_dbm0)
        halves.append(part if index % 2 == 0 else -part)
    return np.concatenate(halves)[:frames]


@cache
def _voiced(kind: str, repeats: int) -> Sound:
    """The voiced sound at 8 kHz: the Fourier series of its period, up to 3.6 kHz."""
    table = np.array(tables()["voiced"][kind], float)
    lines = np.fft.rfft(table)
    hz = np.arange(len(lines)) * _VOICED_RATE / len(table)
    frames = -(-repeats * len(table) * units.SAMPLE_RATE // _VOICED_RATE)
    turns = np.outer(np.arange(frames) / units.SAMPLE_RATE, hz[(hz > 0) & (hz < 3600)])
    kept = lines[(hz > 0) & (hz < 3600)]
    return np.asarray((np.exp(2j * np.pi * turns) * kept).real.sum(axis=1))


def _band_noise(frames: int, chance: np.random.Generator, gaussian: bool) -> Sound:
    """Noise that is flat from 200 Hz to 3.6 kHz: Gaussian, or lines of one size and two phases."""
    hz = np.fft.rfftfreq(frames, 1 / units.SAMPLE_RATE)
    if gaussian:
        spectrum = np.fft.rfft(chance.normal(0, 1, frames))
    else:
        spectrum = np.exp(0.5j * np.pi * chance.choice([-1, 1], len(hz)))
    spectrum[(hz < 200) | (hz > 3600)] = 0
    return np.fft.irfft(spectrum, frames)


def white(frames: int, level_dbm0: float, seed: int = 1) -> Sound:
    """Gaussian noise, flat from 200 Hz to 3.6 kHz."""
    return at_level(_band_noise(frames, np.random.default_rng(seed), gaussian=True), level_dbm0)


def hoth(frames: int, level_dbm0: float, seed: int = 1) -> Sound:
    """Room noise with Hoth's spectrum, from 100 Hz to 3.6 kHz."""
    table = tables()["hoth"]
    hz = np.fft.rfftfreq(frames, 1 / units.SAMPLE_RATE)
    density = np.interp(np.log(np.maximum(hz, 1)), np.log(table["hz"]), table["density_db"])
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(0, 1, frames)) * 10 ** (density / 20)
    spectrum[(hz < 100) | (hz > 3600)] = 0
    return at_level(np.fft.irfft(spectrum, frames), level_dbm0)


def tone(frames: int, level_dbm0: float, *hz: float) -> Sound:
    """One or more sines at once, of this level together."""
    turns = 2 * np.pi * np.outer(np.arange(frames) / units.SAMPLE_RATE, hz)
    return np.asarray(
        units.dbm0_to_rms(level_dbm0) * np.sqrt(2 / len(hz)) * np.sin(turns).sum(axis=1)
    )


def talk(frames: int, level_dbm0: float, seed: int = 1) -> Sound:
    """Speech: clips (`spoken`) one after another from a place by chance, their pauses kept.

    The level is that of its hops of 10 ms within 30 dB of the loudest.
    """
    said = _clips()
    begin = int(np.random.default_rng(seed).integers(len(said)))
    sound = np.take(said, np.arange(begin, begin + frames), mode="wrap")
    hops = (sound[: frames // 80 * 80].reshape(-1, 80) ** 2).mean(axis=1)
    active = hops[hops > np.percentile(hops, 99) / 1000].mean()
    return sound * (units.dbm0_to_rms(level_dbm0) / np.sqrt(active))


def spoken() -> list[str]:
    """The clips that are said in tests, which stay the same whatever the house learns to say."""
    names: list[str] = tables()["speech"]["clips"]
    return names


@cache
def _clips() -> Sound:
    clips = ClipLibrary()
    told = b"".join(clips[name] + b"\xd5" * 1200 for name in spoken())
    return g711.decode_alaw(np.frombuffer(told, np.uint8)).astype(float)


# --- the meter --------------------------------------------------------------------------------


def levels(
    sound: ArrayLike, window: int = METER, hop: int | None = None, band_limit: bool = True
) -> Sound:
    """dBm0 in windows of so many samples, the next one `hop` (or a window) later.

    `band_limit`: behind the recommendation's filter, which leaves 300 Hz to 3.4 kHz.
    """
    heard = np.asarray(sound, float)
    if band_limit:
        taps = np.array(tables()["meter"]["taps"])
        padded = np.concatenate([heard, np.zeros((len(taps) // 2, *heard.shape[1:]))])
        heard = through(padded, taps)[len(taps) // 2 :]
    energy = heard.T**2
    begun = np.concatenate([np.zeros((*energy.shape[:-1], 1)), np.cumsum(energy, axis=-1)], axis=-1)
    starts = np.arange(0, len(heard) - window + 1, hop or window)
    power = np.maximum(begun[..., starts + window] - begun[..., starts], 0) / window
    return np.asarray(10 * np.log10(power + 1e-9) - 20 * np.log10(units.DBM0_RMS)).T


def level(sound: ArrayLike) -> float:
    """dBm0 of all of a sound, of its whole band."""
    heard = np.asarray(sound, float)
    return float(levels(heard, len(heard), band_limit=False)[0])


def erle(echo: ArrayLike, sout: ArrayLike, window: int = WINDOW, hop: int = HOP) -> Sound:
    """Echo return loss enhancement in dB, window by window: the echo's level minus that of Sout.

    Of the whole band, so that A-law on the way back leaves some 34 dB at the most.
    """
    return levels(echo, window, hop, False) - levels(sout, window, hop, False)


def time_to(curve: Sound, limit_db: float, window: int = WINDOW, hop: int = HOP) -> float:
    """Seconds to the end of the first window from which on a second of `curve` reaches the limit.

    The window's own length counts; infinity when the limit is never reached.
    """
    held = np.convolve(curve >= limit_db, np.ones(20), "full")[19:]  # how many of the next 20
    wanted = np.minimum(20, len(curve) - np.arange(len(curve)))
    reached = np.flatnonzero(held >= wanted)
    if not len(reached):
        return float("inf")
    return (int(reached[0]) * hop + window) / units.SAMPLE_RATE
