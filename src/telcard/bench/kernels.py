"""The kernels' works: G.711, DTMF, tones, resampling, on sound as a card of many channels has it.

NumPy does the same work in the plainest way that people would write it, as a yardstick that every
machine has.  `benchmarks/` adds the peers that come as Debian packages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from telcard.bench.stopwatch import Work
from telcard.dsp import DtmfDetector, g711, tones
from telcard.dsp.resample import Resampler
from telcard.dsp.tones import ToneGenerator, ToneSegment
from telcard.speech import ClipLibrary
from telcard.units import SAMPLE_RATE, TICK_SAMPLES, dbm0_to_rms

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 160
"""Samples of a channel in one call of G.711: 20 ms, as packets have it."""

G711 = ("encode_alaw", "decode_alaw", "encode_ulaw", "decode_ulaw")
"""The functions of `telcard.dsp.g711` that are measured."""

_WORDS = {name: name.replace("_a", " A-").replace("_u", " u-") for name in G711}

G711_GOAL = {30: 2_500_000_000 // SAMPLE_RATE, 480: 5_000_000_000 // SAMPLE_RATE}
DTMF_GOAL = 200_000


def works(subject: str) -> list[Work]:
    """The works of a subject (`SUBJECTS`); ValueError for another."""
    if subject not in _SUBJECTS:
        raise ValueError(f"subject: want one of {', '.join(_SUBJECTS)}, got {subject!r}")
    return list(_SUBJECTS[subject]())


def _g711() -> Iterator[Work]:
    for channels in G711_GOAL:
        for name in G711:
            yield g711_work(name, channels)


def g711_work(name: str, channels: int) -> Work:
    """`telcard.dsp.g711`'s function of that name, on 20 ms of so many channels a call.

    NumPy looks every sample up in a table of all inputs.
    """
    code = getattr(g711, name)
    octets = np.random.default_rng(711).integers(0, 256, (channels, BLOCK), np.uint8)
    if name.startswith("encode"):
        source: NDArray[np.int16] | NDArray[np.uint8] = g711.decode_alaw(octets)
        table = code(np.arange(-32768, 32768).astype(np.int16))
        out = np.empty_like(octets)

        def lookup() -> object:
            return np.take(table, source.astype(np.int32) + 32768, out=out)
    else:
        source = octets
        table = code(np.arange(256, dtype=np.uint8))
        out = np.empty(octets.shape, np.int16)

        def lookup() -> object:
            return np.take(table, source, out=out)

    return Work(
        "g711",
        f"{_WORDS[name]}, {channels} x {BLOCK}",
        source.size,
        lambda: code(source, out),
        {"numpy table": lookup},
        goal=G711_GOAL.get(channels),
    )


def _dtmf() -> Iterator[Work]:
    for kind in ("tone", "dialling", "voice", "speech"):
        yield dtmf_work(kind, 480)
    yield dtmf_work("speech", 1920)


def dtmf_work(kind: str, channels: int) -> Work:
    """A detector that hears 10 ms a call of so many channels.

    "tone": a steady digit, the dearest sound; "dialling": five digits a second on every channel,
    where making Python's events costs most; "voice": prompts, everybody talks; "speech": shaped
    noise that comes and goes; "silence".
    NumPy only takes a spectrum of each 10 ms: no timing, no decision.
    """
    pcm = channels_of_sound(kind, channels)
    blocks = [
        np.ascontiguousarray(pcm[at : at + TICK_SAMPLES]) for at in range(0, len(pcm), TICK_SAMPLES)
    ]
    detector = DtmfDetector(channels)

    def detect() -> None:
        for block in blocks:
            detector.process(block)

    def spectra() -> None:
        for block in blocks:
            np.fft.rfft(block, axis=0)

    return Work(
        "dtmf",
        f"{kind}, {channels} channels",
        pcm.size,
        detect,
        {"numpy, spectrum alone": spectra},
        goal=DTMF_GOAL,
    )


def channels_of_sound(kind: str, channels: int) -> NDArray[np.int16]:
    """One second, (8000, channels), of a kind that `dtmf_work` names."""
    chance = np.random.default_rng(1)
    if kind == "silence":
        return np.zeros((SAMPLE_RATE, channels), np.int16)
    if kind == "speech":
        noise = chance.normal(0, 1, (SAMPLE_RATE, channels))
        for _ in range(3):  # falls by 6 dB an octave and more, as speech does
            noise[1:] = noise[1:] + 0.7 * noise[:-1]
        swell = np.maximum(0, np.sin(np.arange(SAMPLE_RATE) / 300))[:, np.newaxis]
        return (600 * noise * swell).clip(-32768, 32767).astype(np.int16)
    if kind == "voice":
        clips = ClipLibrary()
        told = np.frombuffer(b"".join(clips[name] for name in clips.clips()), np.uint8)
        places = (np.arange(SAMPLE_RATE)[:, np.newaxis] + 4001 * np.arange(channels)) % len(told)
        return np.take(g711.decode_alaw(told), places)
    if kind == "tone":
        row = tones.dtmf("5", on_ms=1500, off_ms=0)
    elif kind == "dialling":
        row = np.tile(tones.dtmf("159D", on_ms=100, off_ms=100), 2)
    else:
        raise ValueError(f"kind: want tone, dialling, voice, speech or silence, got {kind!r}")
    return np.stack([row[137 * i % 3000 :][:SAMPLE_RATE] for i in range(channels)], axis=1)


def _tones() -> Iterator[Work]:
    yield tones_work(TICK_SAMPLES)
    yield tones_work(SAMPLE_RATE)


def tones_work(frames: int) -> Work:
    """A generator of one endless pair of tones, 440 and 480 Hz, so many samples a call.

    NumPy sums two sines and rounds, its phase carried on.
    """
    generator = ToneGenerator([ToneSegment(10, 440, 480)], repeats=0)
    amplitude = dbm0_to_rms(-10) * 2**0.5
    turn = 2 * np.pi * np.arange(frames) / SAMPLE_RATE
    at = 0

    def sines() -> NDArray[np.int16]:
        nonlocal at
        phase = 2 * np.pi * (at % SAMPLE_RATE) / SAMPLE_RATE
        at += frames
        sound = np.sin(440 * (turn + phase)) + np.sin(480 * (turn + phase))
        return np.rint(amplitude * sound).astype(np.int16)

    return Work(
        "tones",
        f"440 + 480 Hz, {frames / 8:g} ms a call",
        frames,
        lambda: generator.process(frames),
        {"numpy": sines},
    )


def _resample() -> Iterator[Work]:
    for samplerate in (16_000, 44_100):
        yield resample_work(samplerate)


def resample_work(samplerate: int) -> Work:
    """A stream of a samplerate brought to 8 kHz, a second a call; soxr beside it, if installed."""
    sound = np.random.default_rng(8).normal(0, 4000, samplerate).astype(np.int16)
    resampler = Resampler(samplerate)
    peers: dict[str, Callable[[], object]] = {}
    try:
        import soxr
    except ImportError:
        pass
    else:
        stream = soxr.ResampleStream(samplerate, SAMPLE_RATE, 1, dtype="int16")
        peers["soxr HQ"] = lambda: stream.resample_chunk(sound)
    return Work(
        "resample",
        f"{samplerate:,} to {SAMPLE_RATE:,} Hz",
        SAMPLE_RATE,
        lambda: resampler.process(sound),
        peers,
    )


_SUBJECTS: dict[str, Callable[[], Iterator[Work]]] = {
    "g711": _g711,
    "dtmf": _dtmf,
    "tones": _tones,
    "resample": _resample,
}

SUBJECTS = tuple(_SUBJECTS)
"""What `works` knows."""
