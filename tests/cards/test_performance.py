"""Errored seconds and failures of a line: with real frames, without, and when nobody looks."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from telcard.cards import EmulatedCard, LinePerformance, load
from telcard.clock import Deadlock, VirtualClock, current, run
from telcard.engine import Alarm, CarrierEnd, E1Line, Engine, FrameFormat, Framing, Span, T1Line
from telcard.signalling import Agreed
from telcard.signalling.framing import E1_FAS, BitMessage

LATE = datetime(2026, 1, 5, 9, 14, 50, tzinfo=UTC)
"""Ten seconds before the next quarter of an hour."""


class Stage:
    """A line between two engines, and what was reported of our end."""

    def __init__(self, line: E1Line) -> None:
        self.engine = Engine(4, clock=current(), name="ours")
        self.town = Engine(4, clock=current(), name="town")
        self.span = self.engine.plug(line, 0, "dtiB1")
        self.far = self.town.plug(line, 1)
        self.told: list[tuple[float, str, str]] = []

    async def begin(self) -> LinePerformance:
        await asyncio.sleep(1)
        self.began = asyncio.get_running_loop().time()
        return LinePerformance(self.span, self.report)

    def report(self, name: str, *, line: str, alarm: str) -> None:
        assert line == "dtiB1"
        now = asyncio.get_running_loop().time()
        self.told.append((round(now - self.began, 1), name, alarm))

    def close(self) -> None:
        self.engine.close()
        self.town.close()


Scene = Callable[[Stage, LinePerformance], Awaitable[None]]


def on(line: E1Line, scene: Scene, start: datetime = LATE) -> None:
    async def main() -> None:
        stage = Stage(line)
        performance = await stage.begin()
        await scene(stage, performance)
        performance.close()
        performance.close()
        stage.close()

    run(main(), VirtualClock(start))


def framed(*formats: FrameFormat) -> E1Line:
    ends = tuple(Framing(each) for each in formats)
    line = T1Line if ends[0].t1 else E1Line
    return line(framing=(ends[0], ends[-1]))


def carrier(span: Span) -> CarrierEnd:
    assert span.carrier is not None
    return span.carrier


@pytest.mark.parametrize(
    ("format", "rate"), [("crc4", 1e-3), ("no-crc4", 1e-3), ("esf", 1e-3), ("d4", 4e-3)]
)
def test_errors_count_in_the_second_in_which_they_come(format: FrameFormat, rate: float) -> None:
    async def scene(stage: Stage, performance: LinePerformance) -> None:
        await asyncio.sleep(2.5)
        stage.span.set_bit_errors(rate, seed=4)
        await asyncio.sleep(0.1)
        stage.span.set_bit_errors(0)
        await asyncio.sleep(20)
        status = performance.status()
        assert (status.framing, status.alarms, status.failures) == (format, "NONE", ())
        assert (status.day.es, status.day.ses, status.day.uas) == (1, 0, 0)
        assert 0 < status.day.bbe < performance.near.thresholds.severe
        if format == "crc4":  # by E bits, some of which were among the errors
            told = status.far_day.es
            stage.far.set_bit_errors(1e-3)
            await asyncio.sleep(0.1)
            stage.far.set_bit_errors(0)
            await asyncio.sleep(12)
            status = performance.status()
            assert (status.far_day.es, status.day.es) == (told + 1, 1)

    on(framed(format), scene)


def test_a_far_end_without_crc_4_is_counted_by_alignment_signals() -> None:
    async def scene(stage: Stage, performance: LinePerformance) -> None:
        assert carrier(stage.span).status().interworking
        await asyncio.sleep(1.5)
        stage.span.set_bit_errors(1e-3)
        await asyncio.sleep(0.2)
        stage.span.set_bit_errors(0)
        await asyncio.sleep(15)
        assert performance.near.thresholds is E1_FAS
        assert performance.status().day.es == 1

    on(framed("crc4", "no-crc4"), scene)


def test_alignment_lost_for_a_moment_makes_a_severe_second() -> None:
    async def scene(stage: Stage, performance: LinePerformance) -> None:
        await asyncio.sleep(1.2)
        carrier(stage.span).lose_bits(7)
        await asyncio.sleep(15)
        status = performance.status()
        assert (status.day.es, status.day.ses) == (1, 1)
        assert status.failures == ()

    on(framed("crc4"), scene)


@pytest.mark.parametrize("framing", [Framing("crc4"), None])
def test_a_cut_is_an_outage_and_becomes_a_failure(framing: Framing | None) -> None:
    async def scene(stage: Stage, performance: LinePerformance) -> None:
        await asyncio.sleep(1.5)
        stage.span.set_signal(received=Alarm.LOS)
        await asyncio.sleep(1)
        assert (performance.status().alarms, performance.status().failures) == ("LOS", ())
        await asyncio.sleep(14)
        assert performance.status().failures == ("LOS",)
        assert not performance.status().available
        stage.span.set_signal()
        await asyncio.sleep(30)
        status = performance.status()
        assert (status.alarms, status.failures, status.available) == ("NONE", (), True)
        # From the second in which it began to the one in which it ended.
        assert (status.day.uas, status.day.es, status.day.seconds) == (16, 0, 46)
        assert (status.quarter.uas, status.quarter.seconds) == (8, 37)  # since 9:15
        assert performance.near.quarters[0].uas == 8
        assert stage.told == [(4.0, "alarm_failure", "LOS"), (26.5, "alarm_failure_over", "LOS")]
        stage.far.set_signal(received=Alarm.LOS)
        await asyncio.sleep(3.2)
        stage.far.set_signal()
        await asyncio.sleep(12)
        status = performance.status()
        assert (status.far_day.ses, status.day.es) == (4, 0)
        assert [told[1:] for told in stage.told[2:]] == [
            ("alarm_failure", "RAI"),
            ("alarm_failure_over", "RAI"),
        ]

    on(E1Line(framing=framing), scene)


def test_slips_are_told_on_any_line() -> None:
    async def scene(stage: Stage, performance: LinePerformance) -> None:
        stage.span.slip(3)
        await asyncio.sleep(1.5)
        status = performance.status()
        assert (status.slips, status.day.slips, status.day.es) == (3, 3, 0)

    on(E1Line(), scene)


@pytest.mark.parametrize("framing", [Framing("crc4"), None])
def test_a_quiet_line_is_measured_without_ticks(framing: Framing | None) -> None:
    async def scene(stage: Stage, performance: LinePerformance) -> None:
        ticks = stage.engine.stats().ticks
        await asyncio.sleep(3000)
        assert performance.status().day.seconds == 3000
        assert stage.engine.stats().ticks == ticks

    on(E1Line(framing=framing), scene)


def test_a_line_without_frames_needs_no_timer_either() -> None:
    async def scene(stage: Stage, performance: LinePerformance) -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock):
        on(E1Line(), scene)


@pytest.mark.parametrize(("model", "framing"), [("d300sc_e1", "crc4"), ("d240sc_t1", "esf")])
def test_a_card_measures_its_lines_once_it_is_asked(model: str, framing: str) -> None:
    async def main() -> None:
        spec = load(model)
        engine = Engine(spec.lanes, clock=current())
        card = EmulatedCard(spec, engine, frames=True)
        assert card.lines[0].performance is None
        card.measure()
        performance = card.lines[0].performance
        assert performance is not None
        card.measure()
        assert card.lines[0].performance is performance
        await asyncio.sleep(12)  # nobody has plugged anything in
        card.stop_measuring()
        assert repr(performance) == "<LinePerformance dtiB1: 0 ES, 12 UAS today>"
        assert performance.status().framing == framing
        await asyncio.sleep(5)
        assert performance.status().day.uas == 12
        engine.close()

    run(main(), VirtualClock())


def test_each_end_of_a_t1_tells_the_other_what_it_has_received() -> None:
    """Errors on our way in: the town reads them of us, in their order of magnitude."""

    async def scene(stage: Stage, ours: LinePerformance) -> None:
        theirs = LinePerformance(stage.far)
        await asyncio.sleep(3.5)
        stage.span.set_bit_errors(1e-4, seed=2)
        await asyncio.sleep(3)
        stage.span.set_bit_errors(0)
        await asyncio.sleep(20)
        near, far = ours.status(), theirs.status()
        assert 3 <= near.day.es <= 4
        assert far.far_day.es == near.day.es
        assert 0.3 * near.day.bbe <= far.far_day.bbe <= near.day.bbe
        assert near.far_day.es == far.day.es == 0
        stage.span.carrier.lose_bits(5)  # type: ignore[union-attr]
        await asyncio.sleep(15)
        assert ours.status().day.ses == theirs.status().far_day.ses == 1
        theirs.close()

    on(framed("esf"), scene)


def test_the_town_loops_our_end_and_it_is_reported() -> None:
    async def main() -> None:
        spec = load("d240sc_t1")
        engine = Engine(spec.lanes, clock=current(), name="card")
        card = EmulatedCard(spec, engine, agreed=[Agreed("em_wink")], frames=True)
        await card.bring_up()
        told: list[tuple[str, str]] = []
        card.measure(lambda name, **facts: told.append((name, facts.get("loop", ""))))
        town = Engine(1, clock=current(), name="town")
        far = carrier(town.plug(card.far_ends[0].line, 1))
        await asyncio.sleep(2)
        for message in (BitMessage.PAYLOAD_LOOP_UP, None, BitMessage.LOOPS_DOWN, None):
            far.send_message(message)
            await asyncio.sleep(2)
        assert told == [("line_looped", "payload"), ("line_looped", "none")]
        card.stop_measuring()
        await card.bring_down()
        engine.close()
        town.close()

    run(main(), VirtualClock(LATE))
