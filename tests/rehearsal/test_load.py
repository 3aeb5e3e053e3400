"""A load: what it counts, that it repeats, and that it blocks as theory expects."""

import json

import pytest

from telcard.clock import VirtualClock, run
from telcard.errors import ConfigError
from telcard.rehearsal.load import BLOCKED, Attempt, LoadReport, Profile, Slot, play_load


def played(**figures) -> LoadReport:
    return run(play_load(Profile(**figures)), VirtualClock())


def test_a_load_counts_its_calls_and_the_same_profile_gives_the_same_report() -> None:
    figures = {"erlang": 8.0, "minutes": 0.5, "lines": 2, "ramp_s": 5.0, "mix": {"menu": 1.0}}
    told = []
    report = run(
        play_load(Profile(**figures), told=lambda *facts: told.append(facts)), VirtualClock()
    )
    assert report.holding_s["menu"] == pytest.approx(10.1, abs=3)
    assert len(report.attempts) == len(report.answer_s) + report.blocked
    assert set(report.failures) <= {BLOCKED}
    assert report.blocked > 0
    assert 1.0 < report.carried <= 2.0
    assert 0 < report.answer_quantile_s(0.5) <= report.answer_quantile_s(0.99) < 5.0
    assert sum(slot.attempts for slot in report.slots) == len(report.attempts)
    assert sum(slot.blocked for slot in report.slots) == report.blocked
    assert told[-1][0] == 1.0
    again = json.dumps(played(**figures).as_dict())
    assert again == json.dumps(report.as_dict())


def test_another_seed_is_another_load_over_bad_lines_too() -> None:
    figures = {"erlang": 1.0, "minutes": 0.2, "ramp_s": 0.0, "mix": {"menu": 1.0}}
    one, other = (played(seed=seed, line="long_loop", **figures) for seed in (3, 4))
    assert [a.at_s for a in one.attempts] != [a.at_s for a in other.attempts]
    assert one.failures == other.failures == {}


def test_without_sound_the_same_callers_find_the_same() -> None:
    figures = {"erlang": 4.0, "minutes": 0.5, "lines": 2, "ramp_s": 5.0, "mix": {"menu": 1.0}}
    sound, events = (played(fidelity=fidelity, **figures) for fidelity in ("sound", "events"))
    assert events.holding_s["menu"] == pytest.approx(sound.holding_s["menu"], abs=0.5)
    assert [a.failure for a in events.attempts] == [a.failure for a in sound.attempts]


@pytest.mark.slow
def test_a_load_blocks_as_erlang_b_expects() -> None:
    mix = {"menu": 3.0, "balance": 1.0}
    report = played(erlang=2.0, minutes=30.0, lines=3, mix=mix, seed=5, fidelity="events")
    low, high = report.interval
    assert low <= report.expected_share <= high
    assert report.carried == pytest.approx(report.offered * (1 - report.blocked_share), rel=0.08)


def made(attempts: list[Attempt]) -> LoadReport:
    slots = tuple(Slot(at, 1, 0, 1.5) for at in (0.0, 30.0))
    profile = Profile(erlang=2.0, minutes=1.0, mix={"menu": 1.0, "balance": 3.0})
    return LoadReport(profile, {"menu": 12.0, "balance": 24.0}, tuple(attempts), slots, 70.0)


def test_the_figures_of_a_report() -> None:
    report = made(
        [
            Attempt(1.0, "menu", "", 3.0),
            Attempt(2.0, "menu", BLOCKED),
            Attempt(3.0, "balance", BLOCKED),
            Attempt(4.0, "balance", "did not hear goodbye", 5.0),
        ]
    )
    assert report.mean_holding_s == 21.0
    assert report.offered == 72 / 60
    assert report.carried == 1.5
    assert (report.blocked, report.blocked_share) == (2, 0.5)
    assert report.failures == {BLOCKED: 2, "did not hear goodbye": 1}
    assert (report.answer_quantile_s(0.5), report.answer_quantile_s(0.99)) == (3.0, 5.0)
    low, high = report.interval
    assert low <= 0.5 <= high


def test_a_report_of_no_calls_has_figures_too() -> None:
    report = made([]).as_dict()
    assert (report["attempts"], report["blocked_share"], report["answer_p50_s"]) == (0, 0.0, None)
    assert json.loads(json.dumps(report, allow_nan=False)) == report


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({"erlang": 0.0}, "erlang: want 0.01 to 2000, got 0"),
        ({"erlang": float("nan")}, "erlang: want 0.01 to 2000, got nan"),
        ({"minutes": -1.0}, "minutes: want 0.1 to 10000, got -1"),
        ({"ramp_s": -1.0}, "ramp: want 0 to 36000, got -1"),
        ({"lines": 31}, "lines: want 1 to 30, as emulator:d300sc_e1 has, got 31"),
        ({"fidelity": "smell"}, "fidelity: want sound or events, got 'smell'"),
        ({"line": "wet"}, "line: want one of good_local, .*, got 'wet'"),
        ({"mix": {}}, "mix: want one script or more, got none"),
    ],
)
def test_a_profile_that_cannot_be_is_one_sentence(figures, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Profile(**{"erlang": 1.0, **figures})
