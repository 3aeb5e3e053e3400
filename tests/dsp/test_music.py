"""How often it is right: benchmarks/quality_progress.py.  Here: prompts, and tunes of notes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from telcard.dsp import g711
from telcard.dsp.music import READ_EVERY, READ_FRAMES, MusicMeter, MusicReading
from telcard.speech.library import ClipLibrary

Pcm = NDArray[np.int16]


def tune(seed: int, seconds: float, note_s: float) -> Pcm:
    """Chords of three notes with five harmonics each, plucked or bowed."""
    chance = np.random.default_rng(seed)
    frames = round(note_s * 8000)
    t = np.arange(frames) / 8000
    parts = []
    for _ in range(round(seconds / note_s)):
        chord = np.zeros(frames)
        for semitones in chance.choice(24, 3, replace=False):
            hz = 220 * 2 ** (semitones / 12)
            for harmonic in range(1, 6):
                chord += np.sin(2 * np.pi * hz * harmonic * t) / harmonic**1.5
        parts.append(chord * np.exp(-t / 0.6) * np.minimum(t / 0.01, 1))
    return through_a_line(np.concatenate(parts) * 1500, seed)


def talk() -> Pcm:
    clips = ClipLibrary()
    names = ("welcome", "you_are_connected_to", "please_hold", "not_available", "goodbye")
    octets = b"".join(bytes(clips[name]) for name in names)
    return through_a_line(g711.decode_alaw(np.frombuffer(octets, np.uint8)), 1)


def through_a_line(sound: NDArray[np.generic], seed: int) -> Pcm:
    noisy = sound + np.random.default_rng(seed).normal(0, 20, len(sound))
    return g711.decode_alaw(g711.encode_alaw(np.clip(noisy, -32768, 32767).astype(np.int16)))


def readings(pcm: Pcm) -> list[MusicReading]:
    return MusicMeter().process(pcm)


@pytest.mark.parametrize(("seed", "note_s"), [(1, 0.25), (2, 0.5), (3, 1.0)])
def test_tunes_are_music(seed: int, note_s: float) -> None:
    read = readings(tune(seed, 5, note_s))
    assert np.median([reading.odds for reading in read]) > 5
    assert all(reading.odds > 0 for reading in read)


def test_talk_and_noise_are_none() -> None:
    for sound in (talk(), through_a_line(np.zeros(24_000), 5)):
        read = readings(sound)
        assert all(reading.odds < 0 for reading in read)
        assert all(reading.chance < 0.5 for reading in read)


def test_a_reading_comes_every_tenth_of_a_second_once_a_window_was_heard() -> None:
    read = readings(tune(4, 2.5, 0.5))
    assert [reading.at for reading in read] == list(range(READ_FRAMES, 20_001, READ_EVERY))


@settings(max_examples=8)
@given(st.lists(st.integers(1, 5000), max_size=20))
def test_the_same_readings_however_the_stream_is_cut(cuts: list[int]) -> None:
    pcm = tune(6, 2.2, 0.4)
    meter, read, at = MusicMeter(), [], 0
    for cut in [*cuts, len(pcm)]:
        read += meter.process(pcm[at : at + cut])
        at += cut
    assert read == readings(pcm)


def test_more_than_one_channel_is_refused() -> None:
    with pytest.raises(ValueError, match=r"block: want shape \(frames,\), got \(4, 2\)"):
        MusicMeter().process(np.zeros((4, 2), np.int16))
