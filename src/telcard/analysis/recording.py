"""From a file to its findings, in blocks: ten hours want no more memory than one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from telcard.analysis.detectors import DETECTORS, Detector, Pcm
from telcard.analysis.findings import Finding
from telcard.analysis.settling import settle
from telcard.audio import CondensedReader, Raw, Reader
from telcard.audio.condensed import read_index
from telcard.countries import Country
from telcard.countries import country as country_of
from telcard.dsp.resample import Resampler
from telcard.errors import MediaError
from telcard.units import SAMPLE_RATE

BLOCK_FRAMES = 65536
MOST_CHANNELS = 64


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is in a recording: how it was made, how long it is, and what was found, in order.

    `damage` is one sentence about what of the file could not be read, or None.
    """

    file: str
    samplerate: int
    channels: int
    length_s: float
    findings: tuple[Finding, ...]
    damage: str | None = None

    def of(self, channel: int) -> tuple[Finding, ...]:
        """The findings of one side."""
        return tuple(finding for finding in self.findings if finding.channel == channel)


def analyse(
    path: str,
    raw: Raw | None = None,
    *,
    country: str | Country | None = None,
    progress: Callable[[float], None] | None = None,
    detectors: Sequence[Callable[[int], Detector]] = DETECTORS,
) -> Analysis:
    """Tell what is in a recording.

    `raw` says what a file without a header holds; tones are named as `country` has them, or without
    one as all countries do; a recording without its silences is told in real time; `progress` is
    told the part that is done, 0 to 1, now and then.  MediaError when the file cannot be read as
    sound, has more than 64 channels, or a samplerate outside 4 to 192 kHz; ConfigError for a
    country that there is not.
    """
    where = country_of(country) if country is not None else None
    with open_recording(path, raw) as sound:
        listeners = [detector(_channels(sound, path)) for detector in detectors]
        findings: list[Finding] = []
        frames = 0
        for block in at_8_khz(sound, path):
            frames += len(block)
            for listener in listeners:
                findings += listener.process(block)
            if progress and sound.frames:
                progress(min(1.0, frames * sound.samplerate / SAMPLE_RATE / sound.frames))
        for listener in listeners:
            findings += listener.flush()
        length_s = frames / SAMPLE_RATE
        told = tuple(settle((_within(finding, length_s) for finding in findings), where))
        return Analysis(str(path), sound.samplerate, sound.channels, length_s, told, sound.damage)


def _within(finding: Finding, length_s: float) -> Finding:
    """The finding as far as there is sound: the hangover of a voice ends behind the last sample."""
    if finding.end_s <= length_s:
        return finding
    start_s = min(finding.start_s, length_s)
    return replace(finding, start_s=start_s, length_s=length_s - start_s)


def open_recording(path: str, raw: Raw | None = None) -> Reader | CondensedReader:
    """The reader of a recording; of one without its silences, one that gives real time."""
    if raw is None and Path(path).is_file() and read_index(path) is not None:
        return CondensedReader(path)
    return Reader(path, raw)


def at_8_khz(sound: Reader | CondensedReader, path: str) -> Iterator[Pcm]:
    """The sound in blocks at 8 kHz, whatever its samplerate; MediaError as for `analyse`."""
    frames = max(1, BLOCK_FRAMES // sound.channels)
    if sound.samplerate == SAMPLE_RATE:
        yield from sound.blocks(frames)
        return
    try:
        resampler = Resampler(sound.samplerate, sound.channels)
    except ValueError as error:
        raise MediaError(f"{path}: {error}") from error
    for block in sound.blocks(frames):
        yield resampler.process(block)
    yield resampler.flush()


def stretch(path: str, raw: Raw | None, start_s: float, end_s: float) -> Pcm:
    """The sound of a recording from one second to another, at 8 kHz, (frames, channels)."""
    first, last = round(start_s * SAMPLE_RATE), round(end_s * SAMPLE_RATE)
    with open_recording(path, raw) as sound:
        parts = [np.empty((0, _channels(sound, path)), np.int16)]
        at = 0
        for block in at_8_khz(sound, path):
            parts.append(block[max(0, first - at) : max(0, last - at)].copy())
            at += len(block)
            if at >= last:
                break
        return np.concatenate(parts)


def _channels(sound: Reader | CondensedReader, path: str) -> int:
    if sound.channels > MOST_CHANNELS:
        raise MediaError(f"{path}: want at most {MOST_CHANNELS} channels, got {sound.channels}")
    return sound.channels
