"""A tone as data: E.180's notation, what can be asked of it, and what cannot be."""

import math

import pytest

from telcard.countries import OVER, STEADY, CadencedTone
from telcard.errors import ConfigError


def test_frequencies_are_written_as_in_the_lists_of_the_itu() -> None:
    assert CadencedTone.of("425").frequencies_hz == ((425,),)
    assert CadencedTone.of("350+440").frequencies_hz == ((350, 440),)
    modulated = CadencedTone.of("400x16.7")
    assert (modulated.frequencies_hz, modulated.modulation_hz) == (((400,),), 16.7)
    sit = CadencedTone.of("950/1400/1800", (0.33, 0, 0.33, 0, 0.33, 1))
    assert sit.frequencies_hz == ((950,), (1400,), (1800,))
    for tone in (modulated, sit):
        assert CadencedTone.of(tone.hz, tone.cadence_s) == tone


def test_a_tone_tells_its_cadence() -> None:
    britain = CadencedTone.of("400+450", (0.4, 0.2, 0.4, 2.0))
    assert str(britain) == "400+450 Hz, 0.4 on 0.2 off 0.4 on 2 off"
    assert (britain.bursts, britain.period_s, britain.continuous) == (2, 3.0, False)
    assert str(CadencedTone.of("425")) == "425 Hz, continuous"
    assert CadencedTone.of("425").period_s == math.inf
    stutter = CadencedTone.of("350+440", (0.1, 0.1) * 10, ending=STEADY)
    assert stutter.cadence == "10 x (0.1 on 0.1 off), then continuous"
    assert CadencedTone.of("440", (0.3, 0.0), ending=OVER).cadence == "0.3 on, once"
    china = CadencedTone.of("450", (0.1, 0.1) * 3 + (0.4, 0.4))
    assert china.cadence == "3 x (0.1 on 0.1 off) 0.4 on 0.4 off"


def test_bursts_that_touch_are_one_stretch_of_tone() -> None:
    sit = CadencedTone.of("950/1400/1800", (0.3, 0, 0.3, 0, 0.3, 1))
    assert sit.edges_s() == ((0.0, pytest.approx(0.9)),)
    assert [sit.during(burst) for burst in range(3)] == [(950,), (1400,), (1800,)]
    france = CadencedTone.of("950/1400/1800", (0.3, 0.03, 0.3, 0.03, 0.3, 1))
    assert len(france.edges_s()) == 3
    assert CadencedTone.of("425").edges_s() == ()


@pytest.mark.parametrize(
    ("hz", "further", "sentence"),
    [
        ("4oo", {}, "tone: hz: want a text like 425, 350+440, 950/1400 or 400x25; got '4oo'"),
        ("4200", {}, "tone: frequencies_hz: want more than 0 and less than 4000 Hz, got 4200"),
        ("1+2+3+4+5", {}, "tone: frequencies_hz: want 1 to 4 at a time, got 5"),
        ("425", {"cadence_s": (1,)}, "tone: cadence_s: want tone and pause in turn, got 1 lengths"),
        ("425", {"cadence_s": (1, 99)}, "tone: cadence_s: want 0 to 60 s, got 99"),
        ("425", {"cadence_s": (0, 1)}, "tone: cadence_s: want bursts longer than 0 s, got one of"),
        (
            "425/450",
            {"cadence_s": (1, 1)},
            "tone: frequencies_hz: want 1 set or one for each burst, 1; got 2",
        ),
        ("425x1000", {}, "tone: modulation_hz: want 0 to 1000 Hz, got 1000"),
        ("425x425", {}, "tone: modulation_hz: want less than 425 Hz, got 425"),
        ("1+2x1", {}, "tone: modulation_hz: want one frequency to be modulated, got several"),
        (
            "425x25",
            {"modulation_depth": 2},
            "tone: modulation_depth: want more than 0, at most 1; got 2",
        ),
        ("425", {"level_dbm0": 9}, "tone: level_dbm0: want -60 to +3 dBm0, got 9"),
        ("425", {"tolerance_hz": 0}, "tone: tolerance_hz: want more than 0, at most 500 Hz; got 0"),
        (
            "425",
            {"cadence_tolerance": 0.9},
            "tone: cadence_tolerance: want more than 0, at most 0.5; got 0.9",
        ),
        ("425", {"ending": "soon"}, "tone: ending: want one of again, steady, over; got 'soon'"),
        ("425", {"ending": OVER}, "tone: ending: a continuous tone is never over"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    hz: str, further: dict[str, object], sentence: str
) -> None:
    cadence = further.pop("cadence_s", ())
    with pytest.raises(ConfigError) as error:
        CadencedTone.of(hz, cadence, **further)  # type: ignore[arg-type]
    assert str(error.value).startswith(sentence)


def test_a_tone_without_frequencies_is_none() -> None:
    with pytest.raises(ConfigError, match="want a set of frequencies or more, got none"):
        CadencedTone(())
