from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, ClassVar

import pytest

from telcard.errors import RemoteProtocolError
from telcard.machine import Action, Effect, Machine, Report, Send, StartTimer, StopTimer


class Door(Enum):
    SHUT = auto()
    OPEN = auto()
    LOCKED = auto()


class DoorMachine(Machine[Door]):
    """A door that shuts by itself after T1."""

    def __init__(self) -> None:
        super().__init__(Door.SHUT)
        self.code = ""

    def push(self) -> list[Effect]:
        return self.go(Door.OPEN, Send("creak"), StartTimer("T1"), Report("opened"))

    def lock(self, code: str) -> list[Effect]:
        """Shut for good: -> LOCKED, until the code is given."""
        self.code = code
        return self.go(Door.LOCKED, StopTimer("T1"))

    def unlock(self, code: str) -> list[Effect]:
        if code != self.code:
            return self.go(Door.LOCKED, Report("wrong"))
        return self.go(Door.SHUT)

    def knock(self) -> list[Effect]:
        """Somebody is there."""
        return [Report("knock")]

    table: ClassVar[Mapping[tuple[Any, str], Action]] = {
        (Door.SHUT, "push"): push,
        (Door.SHUT, "knock"): knock,
        (Door.SHUT, "lock"): lock,
        (Door.OPEN, "T1"): lambda m: m.go(Door.SHUT),
        (Door.LOCKED, "unlock"): unlock,
    }


def test_an_input_moves_the_machine_and_returns_its_effects_in_order() -> None:
    door = DoorMachine()
    assert door.fire("push") == [Send("creak"), StartTimer("T1"), Report("opened")]
    assert door.state is Door.OPEN


def test_an_input_takes_its_arguments_to_the_action() -> None:
    door = DoorMachine()
    door.fire("lock", "1234")
    assert door.fire("unlock", "4321") == [Report("wrong")]
    assert door.fire("unlock", "1234") == []
    assert door.state is Door.SHUT


def test_a_timer_is_the_input_with_its_name() -> None:
    door = DoorMachine()
    door.fire("push")
    assert door.expire("T1") == []
    assert door.state is Door.SHUT


def test_a_timer_that_the_state_does_not_know_is_late_and_ignored() -> None:
    door = DoorMachine()
    assert door.expire("T1") == []
    assert door.expire("T999") == []
    assert door.state is Door.SHUT


def test_an_unexpected_input_is_the_far_ends_error_and_names_machine_input_and_state() -> None:
    with pytest.raises(RemoteProtocolError, match="DoorMachine: unlock in state SHUT"):
        DoorMachine().fire("unlock", "1234")


def test_a_machine_may_meet_the_unexpected_otherwise() -> None:
    class Patient(DoorMachine):
        def unexpected(self, name: str, *args: Any) -> list[Effect]:
            return [Report((name, args))]

    assert Patient().fire("unlock", "1234") == [Report(("unlock", ("1234",)))]


def test_effects_are_values() -> None:
    assert Send(0b0101) == Send(0b0101) != Send(0b1101)
    assert len({StartTimer("T1"), StartTimer("T1"), StopTimer("T1")}) == 2
    with pytest.raises(AttributeError):
        Send(1).pdu = 2  # type: ignore[misc]


def test_the_drawing_has_one_edge_for_each_end_of_each_input() -> None:
    assert DoorMachine.dot().splitlines() == [
        "digraph DoorMachine {",
        '  SHUT -> OPEN [label="push"];',  # from the action's code
        '  SHUT -> SHUT [label="knock"];',  # stays where it is
        '  SHUT -> LOCKED [label="lock"];',  # from the action's docstring
        '  OPEN -> SHUT [label="T1"];',
        '  LOCKED -> SHUT [label="unlock"];',
        '  LOCKED -> LOCKED [label="unlock"];',
        "}",
    ]
