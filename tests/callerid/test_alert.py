"""The alerting signal at the limits of the standards, among speech, and for every cutting."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.callerid.alert import (
    ON_HOOK,
    AlertDetector,
    AlertProfile,
    alert,
    detect_alerts,
)
from telcard.dsp import g711, tones
from telcard.dsp.tones import ToneGenerator, ToneSegment

FRAMES = 3200


def signal(ms: float, level: float = -20, twist: float = 0, low: float = 0, high: float = 0):
    tone = ToneSegment(
        ms / 1000, 2130 * (1 + low), 2750 * (1 + high), level - twist / 2, level + twist / 2
    )
    return ToneGenerator([tone]).process(tone.samples)


def lanes(signals: list[NDArray[np.int16]], noise: float = 3, seed: int = 1) -> NDArray[np.int16]:
    """Each on a channel of its own, somewhere in noise, through A-law."""
    random = np.random.default_rng(seed)
    sound = random.normal(0, noise, (FRAMES, len(signals)))
    for channel, made in enumerate(signals):
        at = int(random.integers(400, 1200))
        sound[at : at + len(made), channel] += made
    return g711.decode_alaw(g711.encode_alaw(sound.astype(np.int16)))


def found(sound: NDArray[np.int16], profile: AlertProfile | None = None) -> float:
    """Part of the channels on which just one signal was heard."""
    events = detect_alerts(sound, profile=profile)
    channels = [event.channel for event in events]
    assert len(set(channels)) == len(channels)
    return len(channels) / sound.shape[1]


def test_whatever_the_standards_allow_is_heard() -> None:
    allowed = [
        signal(ms, level, twist, low, high)
        for ms in (75, 80, 85)
        for level in (-14, -23, -29)  # the weaker tone at -32
        for twist in (-6, 0, 6)
        for low in (-0.006, 0.006)
        for high in (-0.006, 0.006)
    ]
    assert found(lanes(allowed)) == 1
    on_hook = [
        signal(ms, level, twist, offset, offset)
        for ms in (88, 110)
        for level in (-6, -34)
        for twist in (-7, 7)
        for offset in (-0.011, 0.011)
    ]
    assert found(lanes(on_hook), ON_HOOK) == 1


def test_whatever_they_forbid_is_not() -> None:
    forbidden = [
        signal(70),
        signal(60),
        signal(160),
        signal(80, -46),
        signal(80, -20, 12),
        signal(80, -20, -12),
        signal(80, low=0.025),
        signal(80, high=-0.025),
        signal(80, -20, low=-0.3),
        tones.dtmf("D", on_ms=80),
    ] * 5
    assert found(lanes(forbidden)) == 0


def test_it_is_measured_to_a_fraction_of_a_millisecond() -> None:
    sound = np.zeros((FRAMES, 40), np.int16)
    starts = 400 + 17 * np.arange(40)
    for channel, start in enumerate(starts):
        made = signal(80, -18, 3, 0.004, -0.004)
        sound[start : start + len(made), channel] = made
    events = detect_alerts(sound)
    assert len(events) == 40
    for event in events:
        assert abs(event.start - starts[event.channel]) <= 4
        assert abs(event.frames - 640) <= 6
        assert event.low_dbm0 == pytest.approx(-19.5, abs=0.5)
        assert event.high_dbm0 == pytest.approx(-16.5, abs=0.5)
        assert event.low_offset == pytest.approx(0.004, abs=0.0005)
        assert event.high_offset == pytest.approx(-0.004, abs=0.0005)


def test_it_is_heard_through_noise_and_through_the_low_voice_of_the_near_end() -> None:
    noisy = lanes([signal(80, -20)] * 50, noise=500)  # tones of 18 dB over the noise in 4 kHz
    assert found(noisy) == 1
    voice = lanes([signal(80, -22)] * 20)
    at = np.arange(FRAMES)[:, np.newaxis] / 8000
    pitch = np.linspace(90, 250, 20)
    hum = sum(np.sin(2 * np.pi * k * pitch * at + k * k) / k for k in range(1, 7))
    assert found(voice + (2500 * hum).astype(np.int16)) == 1


@pytest.mark.parametrize("cut", [1, 37, 80, 1000])
def test_the_same_events_come_however_the_stream_is_cut(cut: int) -> None:
    sound = lanes([signal(80, level) for level in (-14, -20, -30)], noise=200)[:2100]
    whole = detect_alerts(sound)
    assert len(whole) == 3
    detector = AlertDetector(3)
    pieces = [detector.process(sound[at : at + cut]) for at in range(0, len(sound), cut)]
    events = [event for piece in pieces for event in piece] + detector.flush()
    assert sorted(events, key=lambda event: (event.start, event.channel)) == whole
    alone = [detect_alerts(sound[:, channel])[0] for channel in range(3)]
    assert {(e.start, e.frames, e.low_dbm0) for e in alone} == {
        (e.start, e.frames, e.low_dbm0) for e in whole
    }


def test_it_is_told_in_time_to_be_answered() -> None:
    made = np.concatenate([np.zeros(777, np.int16), alert(80), np.zeros(800, np.int16)])
    detector = AlertDetector()
    for end in range(0, len(made), 8):
        if detector.process(made[end : end + 8]):
            assert end + 8 - 777 - 640 <= 20 * 8
            return
    raise AssertionError("not heard")


def test_a_channel_is_forgotten_and_a_stream_ended() -> None:
    two = np.stack([signal(80), signal(80)], 1)
    detector = AlertDetector(2)
    detector.process(two[:400])
    detector.reset(0)
    events = detector.process(two[400:]) + detector.flush()
    assert [event.channel for event in events] == [1]
    assert repr(detector) == "<AlertDetector 2 channels, 0 frames heard>"
    assert [abs(e.start) <= 1 for e in detector.process(two) + detector.flush()] == [True] * 2


def test_wrong_arguments_are_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        AlertDetector(0)
    with pytest.raises(ValueError, match="channel: want 0 to 0, got 1"):
        AlertDetector().reset(1)
    with pytest.raises(ValueError, match=r"want \(frames, 1\), got shape \(5, 2\)"):
        AlertDetector().process(np.zeros((5, 2), np.int16))
    with pytest.raises(ValueError, match="heard at 8000 Hz, got 44100"):
        detect_alerts(np.zeros(5, np.int16), 44100)
    with pytest.raises(ValueError, match=r"tolerance: want 0\.001 to 0\.02, got 0\.5"):
        AlertProfile(tolerance=0.5)
