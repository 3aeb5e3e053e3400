"""Many callers at once: the day that both sides have seen."""

from pathlib import Path

from telcard.clock import VirtualClock, run
from telcard.rehearsal.audit import summary
from telcard.rehearsal.day import ERRANDS
from telcard.rehearsal.performance import Rehearsed, rehearse


def test_every_errand_is_run_and_both_sides_agree(played: Rehearsed) -> None:
    assert {errand for errand, _ in summary(played.visits)} == {one.name for one in ERRANDS}
    assert played.disagreements == []


def test_a_day_of_the_same_seed_is_the_same_day(tmp_path: Path) -> None:
    one, other = (
        run(rehearse(tmp_path / name, callers=3, duration_s=20, seed=5), VirtualClock())
        for name in ("one", "other")
    )
    assert one.visits == other.visits
    assert [event.facts for event in one.books.events] == [
        event.facts for event in other.books.events
    ]
