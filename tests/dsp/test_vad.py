"""Figures over recorded speech: benchmarks/quality_vad.py.  Here: a voice made of harmonics."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard import units
from telcard._native import voice
from telcard.dsp import g711, simd, tones
from telcard.dsp.tones import ToneSegment
from telcard.dsp.vad import SpeechEvent, VoiceDetector, VoiceProfile, detect_voice

Sound = NDArray[np.float64]


def talk(frames: int, level_dbm0: float, pitch_hz: float = 120.0) -> Sound:
    """Harmonics of a gliding pitch under formants that move four times a second."""
    t = np.arange(frames) / 8000
    phase = 2 * np.pi * np.cumsum(pitch_hz * (1 + 0.1 * np.sin(5 * t))) / 8000
    sound = np.zeros(frames)
    for harmonic in range(1, int(3500 / pitch_hz)):
        hz = harmonic * pitch_hz
        formants = ((500 + 200 * np.sin(25 * t), 150), (1500 + 500 * np.sin(21 * t), 250))
        envelope = sum(np.exp(-(((hz - at) / width) ** 2)) for at, width in formants) + 0.03
        sound += envelope * np.sin(harmonic * phase)
    sound *= units.dbm0_to_rms(level_dbm0) / np.sqrt((sound**2).mean())
    return sound


def line(
    *parts: Sound | NDArray[np.int16], noise_dbm0: float = -70, seed: int = 3
) -> NDArray[np.int16]:
    """Through A-law, one second of silence before and half a one behind."""
    sound = np.concatenate([np.zeros(8000), *parts, np.zeros(4000)])
    noise = np.random.default_rng(seed).normal(0, units.dbm0_to_rms(noise_dbm0), len(sound))
    sound = np.clip(np.rint(sound + noise), -32768, 32767)
    return g711.decode_alaw(g711.encode_alaw(sound.astype(np.int16)))


def together(*signals: NDArray[np.int16]) -> NDArray[np.int16]:
    block = np.zeros((max(map(len, signals)), len(signals)), np.int16)
    for channel, signal in enumerate(signals):
        block[: len(signal), channel] = signal
    return block


def test_speech_is_heard_where_it_is_over_noise_and_when_it_is_faint() -> None:
    levels = [(-20, -70), (-20, -40), (-20, -28), (-45, -70), (-35, -50)]
    heard = detect_voice(
        together(*(line(talk(12000, level), noise_dbm0=noise) for level, noise in levels))
    )
    assert sorted(event.channel for event in heard) == list(range(5))
    for event in heard:
        level, noise = levels[event.channel]
        assert abs(event.start - 8000) <= 160
        assert abs(event.start + event.frames - 20000) <= 240
        assert event.level_dbm0 == pytest.approx(level, abs=1.5)
        assert event.snr_db == pytest.approx(min(level - noise, level + 66), abs=4)


def test_tones_and_keys_are_no_speech() -> None:
    def tone(*segments: ToneSegment, repeats: int = 3) -> NDArray[np.int16]:
        return tones.ToneGenerator(list(segments), repeats).process(16000)

    sounds = [
        tones.dtmf("1590#*D" * 4, on_ms=50, off_ms=50, level_dbm0=-12),
        tones.dtmf("147*", on_ms=100, off_ms=70, level_dbm0=-25),
        tone(ToneSegment(3, 350, 440, -15, -15)),
        tone(ToneSegment(0.35, 450, 0, -12), ToneSegment(0.35)),
        tone(ToneSegment(0.33, 950), ToneSegment(0.33, 1400), ToneSegment(0.33, 1800)),
        tone(ToneSegment(1, 2100, 0, -12), ToneSegment(0.2)),
        tone(ToneSegment(1, 440, 480, -19, -19), ToneSegment(0.5)),
    ]
    assert detect_voice(together(*map(line, sounds))) == []
    assert detect_voice(together(*(line(sound, noise_dbm0=-45) for sound in sounds))) == []


def test_neither_silence_nor_steady_noise_is_speech() -> None:
    noises = [
        line(np.zeros(24000), noise_dbm0=level, seed=s)
        for s, level in enumerate((-90, -60, -45, -30))
    ]
    assert detect_voice(together(*noises)) == []


def test_speech_in_phrases_with_a_tone_between_is_told_phrase_by_phrase() -> None:
    keys = tones.dtmf("15", on_ms=100, off_ms=100).astype(np.float64)
    pause = np.zeros(4000)
    heard = detect_voice(line(talk(8000, -20), pause, keys, pause, talk(8000, -25, 200)))
    assert [round(event.start / 8000, 1) for event in heard] == [1.0, 3.4]


def test_early_events_tell_that_speech_has_begun() -> None:
    detector = VoiceDetector(early=True)
    sound = line(talk(8000, -20))
    told: list[tuple[int, SpeechEvent]] = []
    for at in range(0, len(sound), 80):
        told += [(at + 80, event) for event in detector.process(sound[at : at + 80])]
        if 9000 < at < 15000:
            assert detector.talking.tolist() == [True]
    (began, first), (_, last) = told
    assert began - 8000 <= 800
    assert (first.ended, last.ended) == (False, True)
    assert first.start == last.start
    assert len(detector.scores) == 1
    assert not detector.talking.any()


def test_the_same_events_for_every_cutting_channel_and_simd_level() -> None:
    sound = line(talk(6000, -20), np.zeros(3000), talk(4000, -30, 210), noise_dbm0=-45)
    block = together(*(np.roll(sound, 8 * shift) for shift in range(18)))
    whole = detect_voice(block)
    assert len(whole) >= 36
    detector = VoiceDetector(18)
    cuts = np.sort(np.random.default_rng(8).integers(0, len(block), 50))
    events = [event for part in np.split(block, cuts) for event in detector.process(part)]
    events += detector.flush()
    assert sorted(events, key=lambda e: (e.start, e.channel)) == whole
    assert detect_voice(np.ascontiguousarray(block[:, 7])) == [
        SpeechEvent(0, e.start, e.frames, e.level_dbm0, e.snr_db) for e in whole if e.channel == 7
    ]
    scores = []
    for level in simd.levels():
        voice.force_simd(level)
        again = VoiceDetector(18)
        again.process(block)
        scores.append(again.scores)
    assert all((one == scores[0]).all() for one in scores)


def test_a_reset_channel_and_a_flushed_detector_count_from_zero() -> None:
    sound = line(talk(6000, -20))
    detector = VoiceDetector(2)
    both = together(sound, sound)
    assert len(detector.process(both)) == 2
    detector.reset(1)
    first, second = detector.process(both)
    assert (first.channel, second.channel) == (0, 1)
    assert first.start - second.start == len(sound)
    detector.flush()
    assert detector.process(both)[0].start == second.start


def test_nonsense_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        VoiceDetector(0)
    with pytest.raises(ValueError, match=r"block: want \(frames, 2\), got shape \(80,\)"):
        VoiceDetector(2).process(np.zeros(80, np.int16))
    with pytest.raises(ValueError, match="samplerate: speech is heard at 8000 Hz, got 16000"):
        detect_voice(np.zeros(80, np.int16), 16000)
    with pytest.raises(ValueError, match="channel: want 0 to 1, got 2"):
        VoiceDetector(2).reset(2)
    for wrong, words in (
        ({"threshold": 0}, "threshold: want more than 0, at most 20, got 0"),
        ({"floor_dbm0": -80}, "floor_dbm0: want -70 to 3, got -80"),
        ({"hangover_s": 0}, "hangover_s: want 0.03 to 10, got 0"),
    ):
        with pytest.raises(ValueError, match=words):
            VoiceProfile(**wrong)
