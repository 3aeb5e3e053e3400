import asyncio
from collections.abc import Callable, Coroutine, Mapping
from enum import Enum, auto
from typing import Any, ClassVar

import pytest

from telcard import clock
from telcard.errors import RemoteProtocolError
from telcard.machine import Action, Machine, Report, Send, StartTimer, StopTimer
from telcard.runner import Runner


class Line(Enum):
    IDLE = auto()
    SEIZED = auto()
    CLEARED = auto()


class LineMachine(Machine[Line]):
    """Seize, wait T1 at most for the answer, clear."""

    table: ClassVar[Mapping[tuple[Any, str], Action]] = {
        (Line.IDLE, "seize"): lambda m: m.go(
            Line.SEIZED, Send("seize"), StartTimer("T1"), Report("seized"), Send("digits")
        ),
        (Line.SEIZED, "answer"): lambda m: m.go(Line.CLEARED, StopTimer("T1"), Report("answered")),
        (Line.SEIZED, "again"): lambda m: m.go(Line.SEIZED, StartTimer("T1")),
        (Line.SEIZED, "clear"): lambda m: m.go(
            Line.CLEARED, Report("cleared"), StartTimer("T2"), Send("clear")
        ),
        (Line.SEIZED, "T1"): lambda m: m.go(Line.CLEARED, Report("no answer")),
        (Line.CLEARED, "T2"): lambda m: m.go(Line.IDLE, Report("guard over")),
    }


class Bench:
    """A runner over a `LineMachine`, and all it did."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.on_report: Callable[[str], object] = lambda event: None
        self.runner = Runner(
            LineMachine(Line.IDLE),
            timers={"T1": 0.5, "T2": 0.1},
            send=lambda pdu: self.did.append(f"send {pdu}"),
            report=self.report,
        )

    def report(self, event: str) -> None:
        at_ms = round(asyncio.get_running_loop().time() * 1000)
        self.did.append(f"{event} at {at_ms} ms")
        self.on_report(event)


def virtually(main: Callable[[Bench], Coroutine[Any, Any, object]]) -> Bench:
    bench = Bench()
    clock.run(main(bench), clock.VirtualClock())
    return bench


def test_effects_are_carried_out_in_order() -> None:
    async def main(bench: Bench) -> None:
        bench.runner.fire("seize")
        bench.runner.fire("answer")

    assert virtually(main).did == [
        "send seize",
        "seized at 0 ms",
        "send digits",
        "answered at 0 ms",
    ]


def test_a_timer_runs_for_its_length_in_the_profile() -> None:
    async def main(bench: Bench) -> None:
        bench.runner.fire("seize")
        await asyncio.sleep(1)

    assert virtually(main).did[-1] == "no answer at 500 ms"


def test_a_timer_that_is_started_again_starts_over() -> None:
    async def main(bench: Bench) -> None:
        bench.runner.fire("seize")
        await asyncio.sleep(0.4)
        bench.runner.fire("again")
        await asyncio.sleep(1)

    assert virtually(main).did[-1] == "no answer at 900 ms"


def test_a_timer_that_is_stopped_does_not_expire() -> None:
    async def main(bench: Bench) -> None:
        bench.runner.fire("seize")
        bench.runner.fire("answer")
        await asyncio.sleep(1)

    assert "no answer" not in " ".join(virtually(main).did)


def test_an_input_from_within_an_effect_waits_until_the_effects_in_hand_are_done() -> None:
    async def main(bench: Bench) -> None:
        bench.on_report = lambda event: event == "seized" and bench.runner.fire("clear")
        bench.runner.fire("seize")

    assert virtually(main).did == [
        "send seize",
        "seized at 0 ms",
        "send digits",  # not after "cleared"
        "cleared at 0 ms",
        "send clear",
    ]


def test_inputs_from_within_effects_keep_their_order() -> None:
    async def main(bench: Bench) -> None:
        def on_report(event: str) -> None:
            if event == "seized":
                bench.runner.fire("again")
                bench.runner.fire("answer")

        bench.on_report = on_report
        bench.runner.fire("seize")
        assert bench.runner.machine.state is Line.CLEARED

    assert virtually(main).did[-1] == "answered at 0 ms"


def test_an_unexpected_input_is_raised_and_leaves_the_runner_usable() -> None:
    async def main(bench: Bench) -> None:
        with pytest.raises(RemoteProtocolError):
            bench.runner.fire("answer")
        bench.runner.fire("seize")

    assert virtually(main).did[0] == "send seize"


def test_a_failing_report_does_not_leave_queued_inputs_behind() -> None:
    async def main(bench: Bench) -> None:
        def fail(event: str) -> None:
            bench.runner.fire("clear")
            raise RuntimeError("flow crashed")

        bench.on_report = fail
        with pytest.raises(RuntimeError, match="flow crashed"):
            bench.runner.fire("seize")
        bench.on_report = lambda event: None
        bench.runner.fire("answer")

    assert virtually(main).did == ["send seize", "seized at 0 ms", "answered at 0 ms"]


def test_closing_stops_every_timer_and_takes_no_more_input() -> None:
    async def main(bench: Bench) -> None:
        bench.runner.fire("seize")
        bench.runner.close()
        bench.runner.fire("answer")
        await asyncio.sleep(10)

    assert virtually(main).did == ["send seize", "seized at 0 ms", "send digits"]


def test_closing_from_within_a_report_still_sends_but_starts_no_timer() -> None:
    async def main(bench: Bench) -> None:
        def on_report(event: str) -> None:
            if event == "cleared":
                bench.runner.close()

        bench.on_report = on_report
        bench.runner.fire("seize")
        bench.runner.fire("clear")
        await asyncio.sleep(10)

    assert virtually(main).did[-2:] == ["cleared at 0 ms", "send clear"]


def test_the_transcript_keeps_the_last_inputs_and_effects_with_time_and_state() -> None:
    async def main(bench: Bench) -> None:
        bench.runner.fire("seize")
        await asyncio.sleep(1)

    transcript = list(virtually(main).runner.transcript)
    assert transcript[0] == "0.000 [IDLE] > seize"
    assert transcript[1] == "0.000 [SEIZED] < Send(pdu='seize')"
    assert transcript[-2] == "0.500 [SEIZED] > T1 expired"
    assert transcript[-1] == "0.500 [CLEARED] < Report(event='no answer')"


def test_the_transcript_is_bounded() -> None:
    async def main(bench: Bench) -> None:
        bench.runner.fire("seize")
        for _ in range(1000):
            bench.runner.fire("again")

    assert len(virtually(main).runner.transcript) == 100
