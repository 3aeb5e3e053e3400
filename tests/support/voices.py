"""Speech of Debian's packages, noises, and mixtures of both, for measuring what deals with voices.

Speech: asterisk-core-sounds-{en,es,fr,it,ru}-wav (CC-BY-SA 3.0).
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telcard import units
from tests.support.peers import PeerMissing

SOUNDS = Path("/usr/share/asterisk/sounds")
LANGUAGES = ("en", "es", "fr", "it", "ru")
Sound = NDArray[np.float64]


@cache
def prompts(language: str, seconds: float) -> Sound:
    """So much recorded speech, prompt after prompt; PeerMissing without the package."""
    files: list[Path] = []
    for folder in sorted(SOUNDS.glob(f"{language}_*")):
        files += sorted(folder.glob("*.wav"))
    if not files:
        raise PeerMissing(f"apt install asterisk-core-sounds-{language}-wav")
    chance = np.random.default_rng(5)
    chance.shuffle(files)  # type: ignore[arg-type]
    parts, frames = [], 0
    for path in files:
        with wave.open(str(path)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)
        if len(sound) < 8000:
            continue
        parts.append(sound)
        frames += len(sound)
        if frames >= seconds * 8000:
            break
    return np.concatenate(parts)[: round(seconds * 8000)]


def at_level(sound: Sound, level_dbm0: float, active: bool = False) -> Sound:
    """The same at a level; `active`: of its hops within 30 dB of the loudest."""
    counted = sound
    if active:
        hops = sound[: len(sound) // 80 * 80].reshape(-1, 80)
        energy = (hops**2).mean(axis=1)
        counted = hops[energy > np.percentile(energy, 99) / 1000]
    return sound * units.dbm0_to_rms(level_dbm0) / max(1e-9, np.sqrt((counted**2).mean()))


def noise(kind: str, frames: int, seed: int) -> Sound:
    """Noise of RMS value 1: white, pink (3 dB an octave), car (12 dB an octave from 100 Hz on), or
    babble of eight talkers."""
    chance = np.random.default_rng(seed)
    if kind == "babble":
        mixed = np.zeros(frames)
        for language in LANGUAGES[1:]:
            speech = prompts(language, 300)
            for _ in range(2):
                mixed += np.roll(speech, int(chance.integers(len(speech))))[
                    np.arange(frames) % len(speech)
                ]
        return mixed / np.sqrt((mixed**2).mean())
    spectrum = np.fft.rfft(chance.normal(0, 1, frames))
    hz = np.fft.rfftfreq(frames, 1 / 8000)
    if kind == "pink":
        spectrum /= np.sqrt(np.maximum(hz, 50))
    elif kind == "car":
        spectrum /= 1 + (hz / 100) ** 2
    elif kind != "white":
        raise ValueError(f"noise: want white, pink, car or babble, got {kind!r}")
    sound = np.fft.irfft(spectrum, frames)
    return np.asarray(sound / np.sqrt((sound**2).mean()))


def phrases(language: str, seconds: float, level_dbm0: float, seed: int) -> Sound:
    """Speech of this active level in phrases of 1 to 3 s, with pauses of 0.7 to 2 s."""
    chance = np.random.default_rng(seed)
    speech = at_level(prompts(language, seconds), level_dbm0, active=True)
    parts, at, made = [], 0, 0
    while made < seconds * 8000:
        pause, length = chance.integers(5600, 16000), chance.integers(8000, 24000)
        parts += [np.zeros(pause), speech[at : at + length]]
        at = (at + length) % max(1, len(speech) - 24000)
        made += len(parts[-1]) + pause
    return np.concatenate(parts)[: round(seconds * 8000)]


def labels(clean: Sound) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each hop of clean speech whether it is speech, and whether that is certain.

    Speech is within 25 dB of its active level; no speech is what lies 45 dB below it for 60 ms on
    both sides.
    """
    energy = (clean[: len(clean) // 80 * 80].reshape(-1, 80) ** 2).mean(axis=1)
    active = energy[energy > np.percentile(energy, 99) / 1000].mean()
    speech = energy > active * 10**-2.5
    trace = energy > active * 10**-4.5
    near = np.convolve(trace, np.ones(13), "same") > 0
    return speech, speech | ~near


def int16(sound: Sound) -> NDArray[np.int16]:
    """Rounded and clipped."""
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def mixtures(
    kinds: tuple[str, ...], snrs: tuple[float, ...], seconds: float, level_dbm0: float
) -> Iterator[tuple[str, float, Sound, NDArray[np.int16]]]:
    """(noise, SNR in dB, clean speech, mixture) for each noise at each SNR."""
    clean = np.concatenate(
        [
            phrases(language, seconds / len(LANGUAGES), level_dbm0, seed)
            for seed, language in enumerate(LANGUAGES)
        ]
    )
    for seed, kind in enumerate(kinds):
        hum = noise(kind, len(clean), seed)
        for snr in snrs:
            yield kind, snr, clean, int16(clean + hum * units.dbm0_to_rms(level_dbm0 - snr))
