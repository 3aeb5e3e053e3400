"""Who gives the clock: an operator's line while one lives, and never in a flutter."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from telcard.cards import Bus, CardSpec, Clocking, ClockState, EmulatedCard, load
from telcard.cards.clocking import INTERNAL_PPM, RESTORE_S, ClockMachine, MasterChanged
from telcard.cards.devices import count
from telcard.clock import VirtualClock, current, run
from telcard.engine import Alarm, Engine, Span
from telcard.machine import Effect, Report, StartTimer, StopTimer

E1, FAX, QUAD = load("d300sc_e1"), load("cp6_sc"), load("dm_v1200_4e1")


def told(effects: list[Effect]) -> list[str]:
    """The sources of the changes among some effects."""
    return [
        effect.event.source
        for effect in effects
        if isinstance(effect, Report) and isinstance(effect.event, MasterChanged)
    ]


def test_the_first_good_reference_serves_and_the_next_when_it_fails() -> None:
    machine = ClockMachine(["a", "b"])
    assert machine.state is ClockState.INTERNAL
    assert told(machine.fire("good", "b")) == ["b"]
    assert machine.state is ClockState.FALLBACK
    assert told(machine.fire("good", "a")) == ["a"]  # good for the first time: at once
    assert machine.state is ClockState.PREFERRED
    assert told(machine.fire("bad", "a")) == ["b"]
    assert told(machine.fire("bad", "b")) == [""]
    assert machine.state is ClockState.INTERNAL


def test_one_that_failed_waits_for_the_time_to_restore() -> None:
    machine = ClockMachine(["a", "b"])
    for name in ("a", "b"):
        machine.fire("good", name)
    machine.fire("bad", "a")
    assert machine.fire("good", "a") == [StartTimer("a")]
    assert machine.fire("good", "a") == []
    assert machine.fire("bad", "a") == [StopTimer("a")]
    assert machine.expire("a") == []  # late
    machine.fire("good", "a")
    assert machine.source == "b"
    assert told(machine.expire("a")) == ["a"]


def test_from_the_oscillator_the_clock_goes_to_any_reference_at_once() -> None:
    machine = ClockMachine(["a", "b"])
    for name in ("a", "b"):
        machine.fire("good", name)
    machine.fire("bad", "a")
    machine.fire("good", "a")  # waits, since b serves
    effects = machine.fire("bad", "b")
    assert effects[0] == StopTimer("a")
    assert told(effects) == ["a"]
    machine.fire("bad", "a")
    assert told(machine.fire("good", "b")) == ["b"]


def test_a_reference_that_was_never_good_has_not_failed() -> None:
    machine = ClockMachine(["a"])
    assert machine.fire("bad", "a") == []
    assert told(machine.fire("good", "a")) == ["a"]


def test_every_state_knows_every_input() -> None:
    assert len(ClockMachine.table) == len(ClockState) * 3


Scene = Callable[[Clocking, list[EmulatedCard], list[Span]], Awaitable[None]]
events: list[tuple[str, str]] = []


def on_clock(scene: Scene, *specs: CardSpec) -> None:
    """Run a scene with boards that are up, and spans of a town in all their sockets."""

    async def main() -> None:
        events.clear()
        engine = Engine(sum(spec.all_lanes for spec in specs), clock=current(), name="ours")
        town = Engine(1, clock=current(), name="town")
        bus = Bus()
        cards = [
            EmulatedCard(spec, engine, f"board {number}", bus, count(specs[:number]))
            for number, spec in enumerate(specs)
        ]
        for card in cards:
            await card.bring_up()
        clocking = Clocking(
            cards, lambda name, **facts: events.append((facts["master"], facts["reference"]))
        )
        clocking.start()
        assert clocking.query().state is ClockState.INTERNAL
        far = [town.plug(end.line, end.end) for card in cards for end in card.far_ends]
        await asyncio.sleep(0.1)
        await scene(clocking, cards, far)
        clocking.close()
        cut(far[0])
        await asyncio.sleep(0.1)
        engine.close()
        town.close()

    run(main(), VirtualClock())


def cut(far: Span) -> None:
    far.set_signal(sent=Alarm.LOS)


def mend(far: Span) -> None:
    far.set_signal()


def test_a_network_board_gives_its_clock_and_the_others_take_it() -> None:
    async def scene(clocking: Clocking, cards: list[EmulatedCard], far: list[Span]) -> None:
        status = clocking.query()
        assert (status.master, status.reference) == ("board 1", "dtiB1")
        assert status.state is ClockState.PREFERRED
        assert status.roles == {"board 0": "slave", "board 1": "network", "board 2": "slave"}
        assert repr(clocking) == "<Clocking: preferred, board 1 dtiB1>"
        assert events == [("board 1", "dtiB1")]

    on_clock(scene, FAX, E1, E1)


def test_the_clock_falls_back_and_returns_after_the_time_to_restore() -> None:
    async def scene(clocking: Clocking, cards: list[EmulatedCard], far: list[Span]) -> None:
        cut(far[0])
        await asyncio.sleep(0.1)
        assert clocking.query().state is ClockState.FALLBACK
        for _ in range(5):  # it flutters
            mend(far[0])
            await asyncio.sleep(RESTORE_S / 2)
            cut(far[0])
            await asyncio.sleep(0.1)
        mend(far[0])
        await asyncio.sleep(RESTORE_S + 0.1)
        assert events == [("board 0", "dtiB1"), ("board 1", "dtiB2"), ("board 0", "dtiB1")]
        assert all(card.spans[0].slips == 0 for card in cards)

    on_clock(scene, E1, E1)


def test_a_board_that_fails_gives_no_clock_until_it_is_back() -> None:
    async def scene(clocking: Clocking, cards: list[EmulatedCard], far: list[Span]) -> None:
        cards[0].board.crash("the watchdog barked")
        await asyncio.sleep(0.1)
        assert clocking.query().master == "board 1"
        assert clocking.query().roles["board 0"] == "slave"
        await cards[0].bring_up()
        await asyncio.sleep(RESTORE_S + 0.1)
        assert clocking.query().master == "board 0"

    on_clock(scene, E1, E1)


def test_other_spans_of_the_board_are_references_too() -> None:
    async def scene(clocking: Clocking, cards: list[EmulatedCard], far: list[Span]) -> None:
        for number in (0, 2, 1):
            cut(far[number])
            await asyncio.sleep(0.1)
        assert [reference for _, reference in events] == ["dtiB1", "dtiB2", "dtiB4"]

    on_clock(scene, QUAD)


def test_without_a_span_the_oscillator_serves_and_living_spans_slip() -> None:
    """A far end of +10 millionths against +32 of ours: a slip every 5.7 seconds."""

    async def scene(clocking: Clocking, cards: list[EmulatedCard], far: list[Span]) -> None:
        other = cards[1].spans[0]
        lane = other.open_lane(1)
        clocking.set_far_clock(other, 10.0)
        assert other.drift_ppm == 10.0  # the master is another's
        cards[0].board.crash("the watchdog barked")
        assert clocking.query().master == "board 1"
        assert other.drift_ppm == 0.0  # it gives the clock itself
        cards[1].board.crash("the watchdog barked")
        assert (clocking.query().state, clocking.query().master) == (ClockState.INTERNAL, "")
        assert other.drift_ppm == 10.0 - INTERNAL_PPM
        await asyncio.sleep(60)
        assert other.slips == pytest.approx(60 * 22e-6 / 125e-6, abs=1)
        lane.close()
        await asyncio.sleep(0.1)

    on_clock(scene, E1, E1)


def test_a_board_that_stands_apart_has_a_clock_of_its_own() -> None:
    async def scene(clocking: Clocking, cards: list[EmulatedCard], far: list[Span]) -> None:
        assert clocking.query().roles == {"board 0": "network", "board 1": "network"}
        clocking.set_far_clock(cards[1].spans[0], 4.0)
        assert cards[1].spans[0].drift_ppm == 4.0
        assert clocking.query().master == "board 0"

    on_clock(scene, E1, load("ice1usb"))


def test_boards_without_spans_run_on_an_oscillator() -> None:
    async def main() -> None:
        engine = Engine(6, clock=current())
        card = EmulatedCard(FAX, engine)
        clocking = Clocking([card], lambda *_, **facts: None)
        clocking.start()
        assert clocking.query().master == ""
        await card.bring_up()
        assert clocking.query().roles == {"cp6_sc": "internal"}
        clocking.close()
        engine.close()

    run(main(), VirtualClock())
