"""Every row of ITU-T Q.24 in both directions, as the media reference 2.1 has them."""

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.dsp.dtmf import DtmfDetector, detect_dtmf
from telcard.dsp.dtmf_profiles import DTMF_PROFILES, DtmfProfile, dtmf_profiles_from_toml
from tests.support.dtmf_exam import KEYS, Maker, Sound, line, ms, ours_with

SIGNS = [signs for signs in itertools.product((-1, 0, 1), repeat=2) if any(signs)]


@dataclass
class Row:
    """What an administration wants accepted, and refused where it says so."""

    accepts: tuple[float, float] = (0.015, 0)
    """Frequency offset, relative and in Hz."""
    refuses: float | None = None
    heard_dbm0: tuple[float, float] = (-25, -3)
    silent_dbm0: float | None = None
    twist_db: tuple[float, float] = (5, 5)
    """Low, high tone louder."""
    too_short_ms: float = 20
    pause_ms: float = 40
    hole_ms: float = 10
    cycle_ms: float = field(default=100)
    """Shortest digit and pause together."""


ROWS = {
    "q24": Row((0.018, 0), 0.03, (-40, 0), -55, (8, 4), 23, 30, 10, 93),
    "ntt": Row((0.018, 0), 0.03, (-24, -3), -29.5, (5, 5), 23.5, 30, 10, 120),
    "att": Row((0.015, 0), 0.035, (-25, 0), -55, (8, 4), 22.5, 40, 10, 93),
    "etsi": Row((0.015, 2), None, (-25, -3), None, (6, 6), 19.5, 40, 10, 100),
    "denmark": Row((0.015, 2), None, (-27, -2), -36.5, (6, 6), 19.5, 40, 20, 100),
    "australia": Row((0.015, 4), 0.07, (-27, -5), -30.5, (10, 10), 24.5, 70, 12, 125),
    "brazil": Row((0.018, 0), 0.03, (-25, -3), -50.5, (9, 9), 19.5, 30, 10, 120),
}


def heard(name: str, sounds: list[Sound]) -> list[str]:
    """Digits that the profile hears in each, between silences, through A-law."""
    maker = Maker(np.random.default_rng(24))
    signals = [line(maker.padded(sound)) for sound in sounds]
    return ["".join(h.digit for h in digits) for digits in ours_with(name)(signals)]


@pytest.fixture
def maker() -> Maker:
    return Maker(np.random.default_rng(2024))


def test_every_profile_has_its_row() -> None:
    assert tuple(ROWS) == tuple(sorted(DTMF_PROFILES, key=list(ROWS).index))
    assert DtmfProfile.named("q24") == DtmfProfile() == DtmfDetector().profile


@pytest.mark.parametrize("name", ROWS)
def test_frequencies_are_accepted_and_refused_as_the_row_says(name: str, maker: Maker) -> None:
    row, wanted, sounds = ROWS[name], [], []
    for key, (a, b) in itertools.product(KEYS, SIGNS):
        size, hz = row.accepts
        sounds.append(maker.pair(key, 50, -10, -10, size * a, size * b, hz * a, hz * b))
        wanted.append(key)
        if row.refuses:
            sounds.append(maker.pair(key, 100, -10, -10, row.refuses * a, row.refuses * b))
            wanted.append("")
    assert heard(name, sounds) == wanted


@pytest.mark.parametrize("name", ROWS)
def test_levels_are_accepted_and_refused_as_the_row_says(name: str, maker: Maker) -> None:
    row, wanted, sounds = ROWS[name], [], []
    for key, level in itertools.product(KEYS, row.heard_dbm0):
        sounds.append(maker.pair(key, 40, level, level))
        wanted.append(key)
    for key in KEYS if row.silent_dbm0 is not None else ():
        sounds.append(maker.pair(key, 200, row.silent_dbm0, row.silent_dbm0))
        wanted.append("")
    assert heard(name, sounds) == wanted


@pytest.mark.parametrize("name", ROWS)
def test_twist_is_accepted_at_all_phases(name: str, maker: Maker) -> None:
    forward, reverse = ROWS[name].twist_db
    keys = list(KEYS) * 6
    assert heard(name, [maker.pair(key, 45, -8, -8 - forward) for key in keys]) == keys
    assert heard(name, [maker.pair(key, 45, -8 - reverse, -8) for key in keys]) == keys


@pytest.mark.parametrize("name", ROWS)
def test_lengths_pauses_and_holes_are_told_apart_as_the_row_says(name: str, maker: Maker) -> None:
    row, wanted, sounds = ROWS[name], [], []
    for key in KEYS * 3:
        sounds += [maker.pair(key, 40), maker.pair(key, row.too_short_ms)]
        wanted += [key, ""]
        sounds.append(maker.row(key + key, 40, row.pause_ms))
        sounds.append(maker.row(key * 3, row.cycle_ms - row.pause_ms, row.pause_ms))
        wanted += [key + key, key * 3]
        holed = maker.pair(key, 100)
        at = int(maker.random.integers(0, ms(100 - row.hole_ms)))
        holed[at : at + ms(row.hole_ms)] = 0
        sounds.append(holed)
        wanted.append(key)
    assert heard(name, sounds) == wanted


def test_echoes_that_at_and_t_wants_tolerated_make_no_second_digit(maker: Maker) -> None:
    sounds = []
    for key, delay in itertools.product(KEYS, (5, 10, 20)):
        sound = np.concatenate([maker.pair(key, 60), maker.silence(60)])
        sound[ms(delay) :] += 10 ** (-10 / 20) * sound[: -ms(delay)]
        sounds.append(sound)
    assert heard("att", sounds) == [key for key in KEYS for _ in range(3)]


def digits(pcm: NDArray[np.int16], profile: DtmfProfile) -> str:
    return "".join(event.digit for event in detect_dtmf(pcm, profile=profile))


def test_a_digit_can_be_asked_to_be_longer(maker: Maker) -> None:
    patient = DtmfProfile(shortest_ms=80)
    pcm = line(np.concatenate([maker.row("12", 75, 60), maker.row("34", 85, 60)]))
    assert digits(pcm, DtmfProfile()) == "1234"
    assert digits(pcm, patient) == "34"
    detector = DtmfDetector(early=True, profile=patient)
    told = [
        (at, event.digit, event.ended)
        for at in range(0, len(pcm), 40)
        for event in detector.process(pcm[at : at + 40])
    ]
    assert [(digit, ended) for _, digit, ended in told] == [
        ("3", False), ("3", True), ("4", False), ("4", True),
    ]  # fmt: skip
    assert ms(270 + 80) <= told[0][0] <= ms(270 + 95)
    turned = line(np.concatenate([maker.pair("1", 60), maker.pair("5", 100)]))
    assert digits(turned, patient) == "5"
    detector = DtmfDetector(profile=patient)
    detector.process(maker.pair("1", 60).astype(np.int16))
    detector.reset(0)
    told_after = detector.process(line(maker.pair("9", 100))) + detector.flush()
    assert [event.digit for event in told_after] == ["9"]


def test_profiles_of_ones_own_are_data(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('[lobby]\nlike = "att"\nfloor_dbm0 = -30\n[plain]\n', "utf-8")
    profiles = dtmf_profiles_from_toml(path)
    assert profiles["plain"] == DtmfProfile()
    assert profiles["lobby"].floor_dbm0 == -30
    assert profiles["lobby"].reverse_twist_db == DtmfProfile.named("att").reverse_twist_db


def test_what_is_wrong_in_a_profile_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"profile: want one of q24, ntt, .*, got 'mars'"):
        DtmfDetector(profile="mars")
    with pytest.raises(ValueError, match=r"profile: want like, floor_dbm0, .*, got 'loudness'"):
        DtmfProfile.from_mapping({"loudness": 3})
    with pytest.raises(ValueError, match="gap_ms: want a number, got 'long'"):
        DtmfProfile.from_mapping({"gap_ms": "long"})
    with pytest.raises(ValueError, match="gap_ms: want 15 to 30, got 50"):
        DtmfProfile.from_mapping({"like": "ntt", "gap_ms": 50})
    path = tmp_path / "wrong.toml"
    for text, told in (
        ("floor_dbm0 = -30", r"wrong.toml: want tables, a profile each, got floor_dbm0 = -30"),
        ("[a]\nlike = 'b'", r"wrong.toml, \[a\]: profile: want one of q24, .*, got 'b'"),
        ("[a", "wrong.toml: "),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(ValueError, match=told):
            dtmf_profiles_from_toml(path)
