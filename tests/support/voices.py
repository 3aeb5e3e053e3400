"""Speech of Debian's packages, noises, and mixtures of both, for measuring what deals with voices.

Speech: asterisk-core-sounds-{en,es,fr,it,ru}-wav (CC-BY-SA 3.0), and espeak-ng in languages that
nobody has recorded for them.
"""

from __future__ import annotations

import io
import subprocess
import wave
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from telcard import units
from telcard.dsp.resample import Resampler
from tests.support.peers import PeerMissing, program

SOUNDS = Path("/usr/share/asterisk/sounds")
LANGUAGES = ("en", "es", "fr", "it", "ru")
SENTENCES = {
    "cmn": "欢迎致电中国银行。请输入您的卡号，然后按井号键。查询余额请按一，转账请按二。"
    "人工服务请按零。您的账户余额是三千五百二十八元六角。请稍候，正在为您转接客服人员。"
    "谢谢您的来电，再见。",
    "de": "Willkommen bei der Sparkasse. Bitte geben Sie Ihre Kontonummer ein und schließen Sie "
    "mit der Rautetaste ab. Für den Kontostand drücken Sie die Eins. Einen Augenblick bitte, Sie "
    "werden verbunden.",
    "ar": "مرحبا بكم في البنك. يرجى إدخال رقم البطاقة ثم الضغط على مفتاح المربع. "
    "لمعرفة الرصيد اضغط واحد. شكرا لاتصالكم ومع السلامة.",
    "hi": "बैंक में आपका स्वागत है। कृपया अपना कार्ड नंबर दर्ज करें। "
    "शेष राशि जानने के लिए एक दबाएं। फ़ोन करने के लिए धन्यवाद।",
}
"""What espeak-ng says, by its names of languages: a bank's greeting."""

NOISES = ("white", "pink", "car", "babble", "hum", "line", "street")
Sound = NDArray[np.float64]


@cache
def said(language: str) -> Sound:
    """One of `SENTENCES` by two men and a woman; PeerMissing without espeak-ng."""
    say, voices = program("espeak-ng", "espeak-ng"), (("", "50"), ("+f3", "60"), ("+m3", "35"))
    parts: list[Sound] = []
    for variant, pitch in voices:
        how = [say, "-v", language + variant, "-p", pitch, "--stdout", SENTENCES[language]]
        done = subprocess.run(how, capture_output=True, check=True)
        pcm, rate = soundfile.read(io.BytesIO(done.stdout), dtype="int16")
        resampler = Resampler(rate)
        parts += [resampler.process(pcm).reshape(-1), resampler.flush().reshape(-1)]
    return np.concatenate(parts).astype(np.float64)


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
    """Noise of RMS value 1, one of `NOISES`.

    Pink falls by 3 dB an octave, car by 12 from 100 Hz on; babble is of eight talkers; hum that of
    the mains with its odd harmonics; line has some of it, hiss, and two crackles a second; street
    swells and falls by 5 dB within seconds.
    """
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
    if kind in ("hum", "line"):
        sound = _mains(frames, chance) if kind == "hum" else _crackling(frames, chance)
        return sound / np.sqrt((sound**2).mean())
    spectrum = np.fft.rfft(chance.normal(0, 1, frames))
    hz = np.fft.rfftfreq(frames, 1 / 8000)
    if kind in ("pink", "street"):
        spectrum /= np.sqrt(np.maximum(hz, 50))
    elif kind == "car":
        spectrum /= 1 + (hz / 100) ** 2
    elif kind != "white":
        raise ValueError(f"noise: want one of {', '.join(NOISES)}, got {kind!r}")
    sound = np.fft.irfft(spectrum, frames)
    if kind == "street":
        turns = np.arange(0, frames + 16000, 16000)
        swell_db = np.interp(np.arange(frames), turns, chance.uniform(-5, 5, len(turns)))
        sound *= 10 ** (swell_db / 20)
    return np.asarray(sound / np.sqrt((sound**2).mean()))


def _mains(frames: int, chance: np.random.Generator) -> Sound:
    t = np.arange(frames) / 8000
    sound = chance.normal(0, 0.1, frames)
    for harmonic, size in ((1, 1), (2, 0.3), (3, 0.7), (5, 0.4), (7, 0.25), (9, 0.15), (11, 0.1)):
        sound += size * np.sin(2 * np.pi * 50 * harmonic * t + chance.uniform(0, 6))
    return sound


def _crackling(frames: int, chance: np.random.Generator) -> Sound:
    crackles = np.zeros(frames)
    places = chance.integers(0, frames, frames // 4000)
    crackles[places] = chance.normal(0, 30, len(places))
    n = np.arange(40)
    ringing = np.exp(-n / 8) * np.cos(0.9 * n)
    hiss = chance.normal(0, 1, frames) + 0.5 * _mains(frames, chance)
    return np.asarray(hiss + np.convolve(crackles, ringing)[:frames])


def phrases(language: str, seconds: float, level_dbm0: float, seed: int) -> Sound:
    """Speech of this active level in phrases of 1 to 3 s, with pauses of 0.7 to 2 s."""
    chance = np.random.default_rng(seed)
    speech = said(language) if language in SENTENCES else prompts(language, max(seconds, 60))
    speech = at_level(speech, level_dbm0, active=True)
    parts, at, made = [], 0, 0
    while made < seconds * 8000:
        pause, length = chance.integers(5600, 16000), chance.integers(8000, 24000)
        parts += [np.zeros(pause), speech[np.arange(at, at + length) % len(speech)]]
        at += length
        made += pause + length
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
    kinds: tuple[str, ...],
    snrs: tuple[float, ...],
    seconds: float,
    level_dbm0: float,
    *,
    languages: tuple[str, ...] = LANGUAGES,
    seed: int = 0,
) -> Iterator[tuple[str, float, Sound, NDArray[np.int16]]]:
    """(noise, SNR in dB, clean speech, mixture) for each noise at each SNR."""
    clean = np.concatenate(
        [
            phrases(language, seconds / len(languages), level_dbm0, seed + number)
            for number, language in enumerate(languages)
        ]
    )
    for number, kind in enumerate(kinds):
        hum = noise(kind, len(clean), seed + number)
        for snr in snrs:
            yield kind, snr, clean, int16(clean + hum * units.dbm0_to_rms(level_dbm0 - snr))
