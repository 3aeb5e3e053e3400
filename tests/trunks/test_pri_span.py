"""Several spans under one D-channel, or two: what a span's failure costs, and what it does not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

import telcard
from telcard.cards import Fault, FaultScript, inject
from telcard.errors import LineError, UnknownCard
from telcard.events import Event, EventLog
from telcard.exchange import Repertoire, Town
from telcard.signalling import CallFacts
from telcard.trunks import PriTrunk, SpanPlan

NORTH = "emulator:dahdi_4t1"
LINE = "/dev/dahdi/chan/00{}"
PLANS = (
    SpanPlan("pri", group="north", interface=2),
    SpanPlan("pri", group="north", d_channel="backup", interface=5),
    SpanPlan("pri", group="north", interface=9),
    SpanPlan("pri"),
)

ROLES = ("primary", "backup", "none")

Scene = Callable[["North"], Awaitable[None]]


class North:
    """Three spans of a card that share a D-channel, and a fourth that has its own."""

    def __init__(self, card: telcard.Card, town: Town) -> None:
        self.card = card
        self.town = town

    @property
    def trunk(self) -> PriTrunk:
        trunk, other = self.card.trunks
        assert isinstance(trunk, PriTrunk)
        assert other.name == LINE.format(4)
        return trunk

    def interface(self, call: telcard.Call) -> int:
        """The number of the span that a call is on."""
        return int(call.circuit.split("/")[-2])

    def events(self) -> list[Event]:
        """What has happened to lines and D-channels."""
        names = ("d_channel_changed", "link_down", "line_failed")
        return [event for event in self.card.events if event.name in names]


def play(scene: Scene, plans: object = PLANS, model: str = NORTH) -> None:
    """Run a scene; afterwards nothing may be taken at either end."""

    async def main() -> None:
        card = telcard.open(model, signalling=plans, fidelity="events", events=EventLog(keep=5000))
        clips = Repertoire({"none": b"\xff" * 8000})
        async with card, asyncio.timeout(86400), Town(card.far_ends, clips) as town:
            await asyncio.sleep(2)
            await scene(North(card, town))
            await asyncio.sleep(30)
            assert not [circuit for circuit in card.circuits() if circuit.call]
            assert not any(span.lanes for span in card.board.spans)
            assert all(circuit.released.is_set() for circuit in town.circuits)

    telcard.run(main(), telcard.VirtualClock())


class People:
    """Those who talk with the card, two on each of some spans."""

    def __init__(self, north: North, stack: AsyncExitStack) -> None:
        self.north = north
        self._stack = stack
        self._calls: dict[int, list[telcard.Call]] = {}

    async def talk(self, span: int, timeslot: int) -> telcard.Call:
        """The card calls somebody on this circuit, who answers."""
        return await self.dial(f"{LINE.format(span)}/{timeslot:03}", span)

    async def dial(self, circuit: str, span: int) -> telcard.Call:
        number = f"21255{len(self._calls):02}{sum(map(len, self._calls.values())):03}"
        phone = await self._stack.enter_async_context(self.north.town.subscriber(number))
        call = await self.north.card.dial(number, circuit=circuit, wait=False)
        self._calls.setdefault(span, []).append(call)
        await phone.rings()
        phone.lift()
        await call.until_answered(5)
        return call

    def talking(self) -> dict[int, int]:
        """How many are still talking, by span."""
        return {
            span: sum(not call.hung_up for call in calls) for span, calls in self._calls.items()
        }

    async def hang_up(self) -> None:
        for calls in self._calls.values():
            for call in calls:
                await call.hang_up()


@asynccontextmanager
async def people(north: North, *spans: int) -> AsyncIterator[People]:
    """Two of them on each of these spans."""
    async with AsyncExitStack() as stack:
        here = People(north, stack)
        for span in spans:
            for timeslot in (1, 23):
                await here.talk(span, timeslot)
        yield here
        await here.hang_up()


async def comes_in(north: North) -> int:
    """Somebody calls the card; returns the span."""
    async with north.town.subscriber("2125558888") as caller:
        dialling = asyncio.create_task(caller.dial("95588"))
        async with asyncio.timeout(10):
            call = await anext(north.card.incoming())
            await call.answer()
            await dialling
        span = north.interface(call)
        await call.hang_up()
        await caller.hung_up_by_far_end(5)
    return span


def test_one_d_channel_carries_the_calls_of_three_spans() -> None:
    async def scene(north: North) -> None:
        trunk = north.trunk
        assert (trunk.name, trunk.up, trunk.d_channel) == ("north", True, LINE.format(1))
        assert trunk.spans == tuple(LINE.format(number) for number in (1, 2, 3))
        assert len(trunk.query()) == 23 + 23 + 24  # no bearer where a D-channel is
        assert len(north.town.circuits) == 23 + 23 + 24 + 23
        assert list(trunk.captures) == [LINE.format(1), LINE.format(2)]
        async with people(north, 1, 2, 3) as here:
            call = await here.talk(3, 24)  # which would be the D-channel elsewhere
            assert call.circuit == f"{LINE.format(3)}/024"
            said = [frame.describe("user") for frame in trunk.capture.frames]
            assert any("channel 24 of interface 9" in each for each in said)
            assert here.talking() == {1: 2, 2: 2, 3: 3}
            assert await comes_in(north) == 1
        assert not north.events()

    play(scene)


def test_the_primary_s_line_dies_and_only_its_own_calls_do() -> None:
    def dead(line: int) -> FaultScript:
        return FaultScript((Fault(1.0, "alarm", LINE.format(line), 30.0),))

    async def scene(north: North) -> None:
        trunk = north.trunk
        async with people(north, 1, 2, 3) as here, north.town.subscriber("2125559999") as ringing:
            waiting = await north.card.dial(
                "2125559999", circuit=f"{LINE.format(3)}/024", wait=False
            )
            injected = asyncio.create_task(inject(north.card, dead(1)))
            await asyncio.sleep(10)
            assert (trunk.up, trunk.d_channel) == (True, LINE.format(2))
            assert here.talking() == {1: 0, 2: 2, 3: 2}
            await ringing.rings()
            ringing.lift()  # a call that was in set-up goes on
            await waiting.until_answered(5)
            states = {circuit.state for circuit in trunk.query() if "001/" in circuit.name}
            assert states == {"out of service"}
            with pytest.raises(LineError, match="it is not free"):
                trunk.dial(CallFacts(called="1"), circuit=f"{LINE.format(1)}/002")
            assert await comes_in(north) == 2  # and new ones come
            await injected
            await asyncio.sleep(20)
            assert trunk.d_channel == LINE.format(2)  # nothing is changed back
            assert await comes_in(north) == 1
            # The other way round, now that the first D-channel stands by again.
            await inject(north.card, dead(2))
            assert (trunk.up, trunk.d_channel) == (True, LINE.format(1))
            assert here.talking() == {1: 0, 2: 0, 3: 2}
            await waiting.hang_up()
            await asyncio.sleep(15)
            told = [(event.name, event.facts["line"]) for event in north.events()]
        changes = [line for name, line in told if name == "d_channel_changed"]
        assert changes == [LINE.format(2), LINE.format(1)]
        assert [line for name, line in told if name == "line_failed"] == [
            LINE.format(1), LINE.format(2),
        ]  # fmt: skip

    play(scene)


@pytest.mark.parametrize("variant", ["ni2", pytest.param("euro", marks=pytest.mark.slow)])
def test_a_d_channel_that_is_deaf_alone_loses_no_call(variant: str) -> None:
    """Its line has no alarm; the data link finds out, at both ends."""

    async def scene(north: North) -> None:
        async with people(north, 1, 2, 3) as here:
            north.card.board.spans[0].dchannels[24].on_frame(None)
            await asyncio.sleep(40)
            assert north.trunk.d_channel == LINE.format(2)
            assert here.talking() == {1: 2, 2: 2, 3: 2}
            assert await comes_in(north) == 1
        assert [event.name for event in north.events()] == ["d_channel_changed"]

    shared = [SpanPlan("pri", variant, group="north", d_channel=d) for d in ROLES]
    play(scene, [*shared, SpanPlan("pri")])


def test_a_span_without_a_d_channel_fails_alone() -> None:
    async def scene(north: North) -> None:
        async with people(north, 1, 3) as here:
            await inject(north.card, FaultScript((Fault(0.0, "alarm", LINE.format(3), 5.0),)))
            assert here.talking() == {1: 2, 3: 0}
            assert north.trunk.up
            await asyncio.sleep(15)
            await here.talk(3, 1)  # it serves again
        assert [event.name for event in north.events()] == ["line_failed"]

    play(scene)


def test_without_a_backup_answered_calls_of_other_spans_wait_for_the_d_channel() -> None:
    async def scene(north: North) -> None:
        async with people(north, 1, 2) as here:
            await inject(north.card, FaultScript((Fault(0.0, "alarm", LINE.format(1), 40.0),)))
            assert not north.trunk.up
            assert {circuit.state for circuit in north.trunk.query()} >= {"D-channel down"}
            assert here.talking() == {1: 0, 2: 2}
            await asyncio.sleep(20)
            assert north.trunk.up
            assert here.talking() == {1: 0, 2: 2}
            assert await comes_in(north) == 1
        assert [event.name for event in north.events()] == ["link_down", "line_failed"]

    play(scene, [SpanPlan("pri", group="north")] * 3 + [SpanPlan("pri")])


def test_all_lines_gone_is_a_trunk_gone_and_it_comes_back() -> None:
    async def scene(north: North) -> None:
        async with people(north, 1, 3) as here:
            every = tuple(Fault(0.0, "alarm", LINE.format(n), 5.0) for n in (1, 2, 3))
            await inject(north.card, FaultScript(every))
            assert here.talking() == {1: 0, 3: 0}
            await asyncio.sleep(20)
            await here.talk(2, 1)
            await north.card.board.bring_down()
            assert not north.trunk.up
            assert here.talking() == {1: 0, 2: 0, 3: 0}
            await north.card.board.bring_up()
            await asyncio.sleep(20)
            await here.talk(3, 24)

    play(scene)


def test_a_span_is_blocked_and_restarted_by_its_name() -> None:
    async def scene(north: North) -> None:
        trunk = north.trunk
        async with people(north, 1, 2, 3) as here:
            trunk.restart(LINE.format(2))
            trunk.restart(f"{LINE.format(3)}/001")
            await asyncio.sleep(1)
            assert here.talking() == {1: 2, 2: 0, 3: 1}
            trunk.block(LINE.format(2))
            await asyncio.sleep(1)
            blocked = [circuit.name for circuit in trunk.query() if circuit.blocked]
            assert len(blocked) == 23
            assert all("/002/" in name for name in blocked)
            assert sum(circuit.blocked for circuit in north.town.circuits) == 23
            trunk.unblock(LINE.format(2))
            with pytest.raises(UnknownCard, match="no circuit is called"):
                trunk.block(LINE.format(4))
            trunk.restart()
            await asyncio.sleep(1)
            assert here.talking() == {1: 0, 2: 0, 3: 0}

    play(scene)
