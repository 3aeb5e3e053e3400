"""Cadences of all countries: told apart, with the confidence that they deserve."""

import numpy as np
import pytest

from telcard.countries import CadencedTone, countries, country, meaning
from telcard.dsp.cadence import CadenceMatcher, ToneMatch
from telcard.dsp.steady import SteadyTone


def play(
    matcher: CadenceMatcher, tone: CadencedTone, seconds: float, *, off_hz: float = 0,
    stretch: float = 1.0, jitter_s: float = 0.0, seed: int = 3,
) -> list[ToneMatch]:  # fmt: skip
    """What the matcher says of a tone, as a detector would tell it."""
    random = np.random.default_rng(seed)
    matches: list[ToneMatch] = []

    def steady(start: float, end: float, hz: tuple[float, ...], ended: bool) -> SteadyTone:
        first, last = (
            round(8000 * (s + random.uniform(-jitter_s, jitter_s))) for s in (start, end)
        )
        heard = tuple(f + off_hz for f in hz)
        if tone.modulation_hz or (len(hz) == 2 and hz[1] - hz[0] < 28):
            middle = sum(heard) / len(heard)
            return SteadyTone(0, first, last - first, (middle,), (-10.0,), 0.9, True, ended)
        return SteadyTone(0, first, last - first, heard, (-10.0,) * len(hz), 0.95, False, ended)

    def pass_to(now_s: float) -> None:
        while matcher.due is not None and matcher.due <= now_s * 8000:
            matches.extend(matcher.check(matcher.due))

    here, burst = 0.5, 0
    while here < seconds:
        on_s, off_s = (
            (seconds, 1.0) if tone.continuous else tone.cadence_s[2 * burst : 2 * burst + 2]
        )
        hz, end = tone.during(burst), here + on_s * stretch
        pass_to(here)
        matches += matcher.began(steady(here, here + 0.08, hz, False))
        pass_to(end)
        matches += matcher.ended(steady(here, end, hz, True))
        here, burst = end + off_s * stretch, (burst + 1) % tone.bursts
        pass_to(min(here, end + 4))
    return matches


def tellable(code: str) -> dict[str, CadencedTone]:
    """Tones that say something by themselves: they have a cadence, or none like it in the plan."""
    return {
        name: tone
        for name, tone in CadenceMatcher(country(code).tones).tones.items()
        if meaning(name) in ("dial", "ringback", "busy", "congestion", "unobtainable")
        and tone.ending == "again"
        and (tone.continuous or min(tone.cadence_s[::2]) > 0.08)
    }


@pytest.mark.parametrize("code", countries())
def test_every_tone_of_a_country_is_told_or_shares_its_name_with_the_same_tone(code: str) -> None:
    plan = country(code).tones
    for name, tone in tellable(code).items():
        length = 5 if tone.continuous else 2.2 * tone.period_s + 0.5
        matches = play(CadenceMatcher(plan), tone, length, jitter_s=0.004)
        assert matches, f"{code} {name} {tone}"
        best = matches[-1]
        told = meaning(best.name)
        assert meaning(name) in (told, best.rival), f"{code} {name} {tone}: {best}"
        if not best.rival:
            assert best.confidence > 0.6, f"{code} {name} {tone}: {best}"


def test_ringing_is_told_after_its_first_second_of_pause_and_surer_then() -> None:
    matches = play(CadenceMatcher(country("CN").tones), country("CN").tones["ringback"], 16)
    assert [match.name for match in matches] == ["ringback"] * 4
    assert [match.cycles for match in matches] == [1, 2, 3, 4]
    assert matches[0].confidence < matches[1].confidence < matches[3].confidence
    assert matches[0].cadence_s == pytest.approx((1.0, 1.2), abs=0.01)


def test_a_pair_of_rings_is_one_cycle() -> None:
    matches = play(CadenceMatcher(country("GB").tones), country("GB").tones["ringback"], 9.5)
    assert [match.cycles for match in matches] == [1, 2, 3]
    assert len(matches[0].cadence_s) == 4


def test_tones_that_are_the_same_name_each_other() -> None:
    match = play(CadenceMatcher(country("JP").tones), country("JP").tones["busy"], 4)[-1]
    assert {match.name, match.rival} == {"busy", "congestion"}
    assert match.confidence < 0.5


@pytest.mark.parametrize(("off_hz", "stretch"), [(20, 1.0), (0, 1.08), (-20, 0.93)])
def test_what_is_off_is_told_with_less_confidence(off_hz: float, stretch: float) -> None:
    busy = country("CN").tones["busy"]
    right = play(CadenceMatcher(country("CN").tones), busy, 4)[-1]
    off = play(CadenceMatcher(country("CN").tones), busy, 4, off_hz=off_hz, stretch=stretch)[-1]
    assert off.name == "busy"
    assert off.confidence < right.confidence - 0.03


@pytest.mark.parametrize(("off_hz", "stretch"), [(40, 1.0), (0, 1.3)])
def test_what_is_far_off_is_not_told(off_hz: float, stretch: float) -> None:
    busy = country("CN").tones["busy"]
    assert play(CadenceMatcher({"busy": busy}), busy, 4, off_hz=off_hz, stretch=stretch) == []


def test_four_frequencies_at_a_time_are_left_out() -> None:
    matcher = CadenceMatcher(country("US").tones)
    assert "off_hook" in country("US").tones
    assert "off_hook" not in matcher.tones
    tone = SteadyTone(0, 0, 800, (440.0, 480.0), (-20.0, -20.0), 1.0)
    assert matcher.knows(tone)
    assert matcher.fits("ringback", tone)
    assert not matcher.fits("busy", tone)
