"""Many callers at once: the day that both sides have seen."""

from pathlib import Path

from telcard.rehearsal.audit import audit, summary
from telcard.rehearsal.day import ERRANDS
from tests.support.day import Played, play


def test_both_sides_agree_call_by_call_and_nothing_is_left(played: Played) -> None:
    assert audit(played.visits, played.books, played.clips) == []
    assert played.left == []
    assert played.faults == []
    kinds = {errand for errand, _ in summary(played.visits)}
    assert kinds == {errand.name for errand in ERRANDS}


def test_a_day_of_the_same_seed_is_the_same_day(tmp_path: Path) -> None:
    one, other = (play(tmp_path / name, 3, 30, seed=5) for name in ("one", "other"))
    assert one.visits == other.visits
    assert [event.facts for event in one.books.events] == [
        event.facts for event in other.books.events
    ]
