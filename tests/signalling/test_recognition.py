from enum import Enum

from telcard.machine import Report, StartTimer, StopTimer
from telcard.signalling.recognition import LineMachine


class State(Enum):
    ONLY = "only"


class Light(LineMachine[State]):
    """Bits 1 are "on", 0 are "off", others are no condition."""

    table = {  # noqa: RUF012
        (State.ONLY, "on"): lambda light: [Report("on")],
        (State.ONLY, "off"): lambda light: [Report("off")],
    }

    def __init__(self) -> None:
        super().__init__(State.ONLY)

    def condition(self, abcd: int) -> str | None:
        return {0: "off", 1: "on"}.get(abcd, self.hearing)


START, STOP = StartTimer("recognition"), StopTimer("recognition")


def test_a_condition_becomes_an_input_once_it_has_lasted():
    light = Light()
    assert light.fire("bits", 1) == [START]
    assert (light.steady, light.hearing) == (False, None)
    assert light.expire("recognition") == [Report("on")]
    assert (light.steady, light.hearing) == (True, "on")


def test_one_that_was_shorter_never_was():
    light = Light()
    light.fire("bits", 1)
    light.expire("recognition")
    assert light.fire("bits", 0) == [START]
    assert light.fire("bits", 0) == []  # the same bits again do not start the time anew
    assert light.fire("bits", 1) == [STOP]
    assert light.expire("recognition") == []
    assert light.hearing == "on"


def test_bits_that_are_no_condition_change_nothing():
    light = Light()
    assert light.fire("bits", 9) == []
    light.fire("bits", 1)
    light.expire("recognition")
    light.fire("bits", 0)
    assert light.fire("bits", 9) == [STOP]
    assert light.hearing == "on"
