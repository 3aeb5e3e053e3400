"""How long alarms stand: rows worked out by hand, and properties over any sequence of them."""

from hypothesis import given
from hypothesis import strategies as st

from telcard.machine import Effect, Report, StartTimer, StopTimer
from telcard.signalling.supervision import (
    Health,
    Interrupted,
    LineFailed,
    LineRestored,
    Patience,
    Resumed,
    Supervision,
)


def up() -> Supervision:
    line = Supervision()
    assert line.fire("clear") == []
    return line


def test_a_line_that_nobody_was_plugged_into_yet_is_not_said_to_have_failed() -> None:
    line = Supervision()
    assert line.fire("alarm") == []
    assert line.fire("clear") == []
    assert (line.state, line.failed) == (Health.UP, False)


def test_a_short_alarm_interrupts_and_resumes() -> None:
    line = up()
    assert line.fire("alarm") == [StartTimer("fail"), Report(Interrupted())]
    assert line.fire("alarm") == []  # of another kind
    assert line.fire("clear") == [StopTimer("fail"), Report(Resumed())]
    assert line.expire("fail") == []  # it came too late


def test_an_alarm_that_lasts_fails_the_line_until_it_was_in_order_for_a_while() -> None:
    line = up()
    line.fire("alarm")
    assert line.expire("fail") == [Report(LineFailed())]
    assert line.fire("clear") == [StartTimer("restore")]
    assert line.failed
    assert line.fire("alarm") == [StopTimer("restore")]
    assert line.fire("clear") == [StartTimer("restore")]
    assert line.expire("restore") == [Report(LineRestored())]
    assert not line.failed


def test_every_state_knows_both_inputs_and_its_own_timer() -> None:
    for health in Health:
        assert (health, "alarm") in Supervision.table
        assert (health, "clear") in Supervision.table
    assert set(Patience().timers) == {"fail", "restore"}


@given(st.lists(st.sampled_from(["alarm", "clear", "fail", "restore"]), max_size=40))
def test_whatever_happens_a_line_fails_and_is_restored_in_turns(inputs: list[str]) -> None:
    line = Supervision()
    running: set[str] = set()
    said: list[object] = []

    def carry_out(effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case StartTimer(name):
                    running.add(name)
                case StopTimer(name):
                    running.discard(name)
                case Report(event):
                    said.append(event)

    for name in inputs:
        if name in ("alarm", "clear"):
            carry_out(line.fire(name))
        elif name in running:
            running.discard(name)
            carry_out(line.expire(name))
        assert running <= {"fail", "restore"}
        assert len(running) <= 1
    judged = [event for event in said if isinstance(event, LineFailed | LineRestored)]
    assert all(
        isinstance(event, LineRestored if turn % 2 else LineFailed)
        for turn, event in enumerate(judged)
    )
