import numpy as np
import pytest

from telcard.countries import country
from telcard.dsp.tones import ToneGenerator, ToneSegment, dtmf, sounded
from telcard.exchange.progress import NAMES, Progress


def told(sound):
    progress = Progress()
    names = [progress.process(sound[at : at + 80]) for at in range(0, len(sound) - 79, 80)]
    return [name for name in names if name]


@pytest.mark.parametrize(
    ("on_s", "off_s", "name"),
    [
        (1.0, 4.0, "ringing"),
        (0.5, 0.5, "busy"),
        (0.35, 0.35, "busy"),
        (0.25, 0.25, "congestion"),
        (0.7, 0.7, "congestion"),
    ],
)
@pytest.mark.parametrize("hz", [425, 450])
def test_tells_a_tone_by_its_cadence(on_s, off_s, name, hz):
    cadence = [ToneSegment(on_s, hz), ToneSegment(off_s)]
    sound = ToneGenerator(cadence, repeats=4).process(200_000)
    assert set(told(sound)) == {name}


def test_is_not_certain_after_one_period():
    cadence = [ToneSegment(0.25, 425), ToneSegment(0.25)]
    assert told(ToneGenerator(cadence, repeats=2).process(8000)) == []


def test_speech_keys_and_noise_are_no_tones(clips):
    assert told(np.concatenate(list(clips.values()))) == []
    assert told(dtmf("147*" * 10, on_ms=250, off_ms=250)) == []
    assert told(np.random.default_rng(6).normal(0, 3000, 80_000).astype(np.int16)) == []


@pytest.mark.parametrize("code", ["US", "GB", "IN", "ES", "TR", "AU"])
def test_the_tones_of_a_country_are_told(code):
    land = country(code)
    for meaning, name in NAMES.items():
        for tone in land.kinds(meaning):
            first = next(
                NAMES[other]
                for other in NAMES
                if tone.cadence_s in [kind.cadence_s for kind in land.kinds(other)]
            )
            sound = sounded(tone, (3 if tone.period_s > 2 else 6) * tone.period_s)
            progress = Progress(land)
            names = {progress.process(sound[at : at + 80]) for at in range(0, len(sound) - 79, 80)}
            assert names - {""} == {first}, f"{code} {name}"
            assert progress.hears(tone.during(0))


def test_speech_keys_and_noise_are_no_tones_of_a_country(clips):
    for sound in (
        np.concatenate(list(clips.values())),
        dtmf("147*" * 10, on_ms=250, off_ms=250),
        np.random.default_rng(6).normal(0, 3000, 80_000).astype(np.int16),
    ):
        progress = Progress(country("US"))
        ticks = range(0, len(sound) - 79, 80)
        assert {progress.process(sound[at : at + 80]) for at in ticks} == {""}
    assert not Progress(country("US")).hears((697, 1209, 0, 0))
    assert not Progress(country("US")).hears((0, 0, 0, 0))
