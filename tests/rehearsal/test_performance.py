"""A whole rehearsal; the hour of thirty callers is `slow`."""

from pathlib import Path

import pytest

from telcard.cards import Fault, FaultScript
from telcard.clock import VirtualClock, run
from telcard.rehearsal.performance import rehearse


def test_a_rehearsal_tells_of_each_visit_and_finds_no_fault(tmp_path: Path) -> None:
    told = []
    rehearsed = run(
        rehearse(tmp_path, callers=4, duration_s=20, seed=1, told=told.append), VirtualClock()
    )
    assert sorted(visit.number for visit in told) == sorted(
        visit.number for visit in rehearsed.visits
    )
    assert rehearsed.faultless, [rehearsed.disagreements, rehearsed.left, rehearsed.ledger]
    assert (tmp_path / "bank.sqlite").exists()


@pytest.mark.slow
def test_two_minutes_of_thirty_callers_agree_call_by_call(tmp_path: Path) -> None:
    rehearsed = run(rehearse(tmp_path, duration_s=120, seed=20), VirtualClock())
    assert len(rehearsed.visits) > 80
    assert rehearsed.faultless, [rehearsed.disagreements, rehearsed.left, rehearsed.ledger]


@pytest.mark.slow
def test_what_breaks_meanwhile_spoils_no_book_and_leaves_nothing(tmp_path: Path) -> None:
    rehearsed = run(rehearse(tmp_path, duration_s=120, seed=21, faults=10.0), VirtualClock())
    assert [event for event in rehearsed.books.events if event.name == "fault"]
    assert rehearsed.faultless, [rehearsed.disagreements, rehearsed.left, rehearsed.ledger]


def test_without_sound_boards_break_and_come_back_and_the_books_stay_right(tmp_path: Path) -> None:
    script = FaultScript.of(
        Fault(20.0, "dsp_crash", "d300sc_e1"),
        Fault(50.0, "alarm", "dtiB1", for_s=8.0),
        Fault(80.0, "card_gone", "d300sc_e1", for_s=5.0),
    )
    rehearsed = run(
        rehearse(tmp_path, callers=8, duration_s=120, seed=2, faults=script, fidelity="events"),
        VirtualClock(),
    )
    names = {event.name for event in rehearsed.books.events}
    assert {"fault", "board_down", "board_up"} <= names
    assert rehearsed.faultless, [rehearsed.disagreements, rehearsed.left, rehearsed.ledger]
