"""When a line may serve: its board is ready, and no alarm has lasted."""

import asyncio
from collections.abc import Awaitable, Callable

from telcard.cards import EmulatedCard, load
from telcard.clock import VirtualClock, current, run
from telcard.engine import Alarm, E1Line, Engine
from telcard.trunks.watch import LineWatch


class Told:
    """A trunk that only writes down what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def serve(self) -> None:
        self.lines.append("serve")

    def lose(self) -> int:
        self.lines.append("lose")
        return 3

    def resumed(self) -> None:
        self.lines.append("resumed")

    def report(self, name: str, **facts: object) -> None:
        self.lines.append(" ".join([name, *map(str, list(facts.values())[1:])]))


Scene = Callable[[EmulatedCard, LineWatch, Told], Awaitable[None]]


def play(scene: Scene) -> list[str]:
    """Run a scene on a card whose line somebody has plugged into."""
    told = Told()

    async def main() -> None:
        spec = load("d300sc_e1")
        engine = Engine(spec.lanes, clock=current(), name="card")
        town = Engine(1, clock=current(), name="town")
        card = EmulatedCard(spec, engine)
        await card.bring_up()
        assert isinstance(card.far_ends[0].line, E1Line)
        town.plug(card.far_ends[0].line, 1, "far end")
        await asyncio.sleep(0.1)
        watch = LineWatch(card, card.spans[0], told, told.report)
        watch.start()
        await scene(card, watch, told)
        watch.stop()
        await card.bring_down()
        engine.close()
        town.close()

    run(main(), VirtualClock())
    return told.lines


def test_a_line_in_order_serves_at_once() -> None:
    async def scene(card: EmulatedCard, watch: LineWatch, told: Told) -> None:
        assert watch.serving
        assert watch.believes

    assert play(scene) == ["serve"]


def test_a_short_alarm_is_waited_out_and_nothing_is_believed_meanwhile() -> None:
    async def scene(card: EmulatedCard, watch: LineWatch, told: Told) -> None:
        card.lines[0].set_signal(received=Alarm.LOS)
        await asyncio.sleep(1)
        assert watch.serving
        assert not watch.believes
        card.lines[0].set_signal()
        await asyncio.sleep(1)
        assert watch.believes

    assert play(scene) == ["serve", "line_alarm LOS", "line_alarm NONE", "resumed"]


def test_an_alarm_that_lasts_loses_the_line_until_it_was_in_order_for_a_while() -> None:
    async def scene(card: EmulatedCard, watch: LineWatch, told: Told) -> None:
        card.lines[0].set_signal(received=Alarm.LOS)
        await asyncio.sleep(3)
        assert not watch.serving
        card.lines[0].set_signal()
        await asyncio.sleep(9)
        assert not watch.serving
        await asyncio.sleep(2)
        assert watch.serving

    assert play(scene) == [
        "serve", "line_alarm LOS", "lose", "line_failed LOS 3", "line_alarm NONE",
        "line_restored", "serve",
    ]  # fmt: skip


def test_a_board_that_goes_down_takes_its_line_with_it_and_brings_it_back() -> None:
    async def scene(card: EmulatedCard, watch: LineWatch, told: Told) -> None:
        await card.bring_down()
        assert not watch.serving
        await card.bring_up()
        assert watch.serving

    assert play(scene) == ["serve", "lose", "serve"]
