"""Call handling: how many calls a second one core sets up, answers and clears.

The whole house is at work: signalling (messages on a D-channel, or line signals of Q.421 with
registers and detectors), trunk, pools, `Call`, and a flow that answers, plays 0.6 s and hangs up.
The far end is a bare exchange that calls on every circuit again and again and listens to nobody;
what it costs is measured apart.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from telcard.calls import Call, Card, open_card
from telcard.clock import Clock, SystemClock, VirtualClock, current, run
from telcard.dsp import tones
from telcard.engine import Driver, Engine, Fidelity, Outcome
from telcard.errors import LineError
from telcard.exchange import Town
from telcard.signalling import (
    Answered,
    CallFacts,
    ClearedBack,
    Disconnected,
    Failed,
    LineEvent,
    SeizureAcknowledged,
)
from telcard.speech import ClipLibrary
from telcard.trunks import Planned
from telcard.units import NS, SAMPLE_RATE, samples_to_seconds

if TYPE_CHECKING:
    from telcard.exchange.circuit import Circuit

FLOW_S = 0.6
"""How long the flow plays before it hangs up, unless told otherwise."""

COMING_UP_S = 1.0
"""What D-channels may take to come up before anything is measured."""

FACTS = CallFacts(caller="0215432", called="95588", complete=True)

ADDRESS = f"*{FACTS.caller}*{FACTS.called}#"


@dataclass(frozen=True, slots=True)
class SetUps:
    """What calls cost, and how soon they were answered.

    `cpu_s` is the processor time of our end, `far_cpu_s` that of the far end; in real time (`live`)
    they are not told apart, and `cpu_s` is both.  `seconds` is how long it took on the clock.  A
    delay is that between the call and the answer's arrival at the calling exchange, as the sorted
    `delays_ms` of all calls: with "pri" it counts from SETUP, with "cas" from the last digit's end.
    """

    card: str
    signalling: str
    channels: int
    calls: int
    live: bool
    fidelity: str
    seconds: float
    cpu_s: float
    far_cpu_s: float
    delays_ms: tuple[float, ...]

    @property
    def calls_a_second(self) -> float:
        """Calls that one core would carry through each second."""
        return self.calls / self.cpu_s

    def delay_ms(self, share: float) -> float:
        """The answer delay that so great a share of the calls did not exceed, e.g. 0.99."""
        return float(np.quantile(self.delays_ms, share))


def set_ups(
    calls: int = 60,
    *,
    channels: int | None = None,
    card: str = "emulator:d300sc_e1",
    clock: Clock | None = None,
    fidelity: Fidelity = "sound",
    flow_s: float = FLOW_S,
    signalling: str = "cas",
) -> SetUps:
    """Carry so many calls through the house, on `channels` circuits of a card (all unless given).

    The flow plays for `flow_s` seconds.  With `fidelity="events"` nothing sounds at either end:
    what calls cost when whole days are simulated.  Under a `VirtualClock`, the usual one, it takes
    as long as the processor needs; under a `SystemClock` every call lasts as long as calls last,
    and delays show the load.  ValueError for less than one call or channel; `LineError` when a
    call fails; errors of `telcard.open`.
    """
    if calls < 1:
        raise ValueError(f"calls: want 1 or more, got {calls}")
    if channels is not None and channels < 1:
        raise ValueError(f"channels: want 1 or more, got {channels}")
    work = _measure(calls, channels, card, fidelity, flow_s, signalling)
    return run(work, clock or VirtualClock())


@asynccontextmanager
async def house(
    name: str, fidelity: Fidelity, signalling: Planned
) -> AsyncIterator[tuple[Card, Town, Timed]]:
    """A card, a town at its far ends, and a watch over what that costs; links are up."""
    clock = current()
    async with AsyncExitStack() as stack:
        card = await stack.enter_async_context(
            open_card(
                name,
                prompts=ClipLibrary(),
                driven=False,
                fidelity=fidelity,
                signalling=signalling,
            )
        )
        town = await stack.enter_async_context(Town(card.far_ends, {"none": b"\xd5" * 8000}))
        await asyncio.sleep(COMING_UP_S)
        far = Timed(town.engine)
        if isinstance(clock, VirtualClock):
            clock.detach(town.engine)
            clock.attach(far)
            stack.callback(clock.detach, far)
            stack.callback(clock.attach, town.engine)  # its `close` wants to detach it
        elif isinstance(clock, SystemClock):
            stack.enter_context(Driver([card.engine, town.engine], clock))
        yield card, town, far
        await town.hang_up()
        await card.stop()


def answering(flow_s: float) -> Callable[[Call], Awaitable[None]]:
    """The flow: it answers, plays for so long, and hangs up."""

    async def flow(call: Call) -> None:
        await call.answer()
        await call.play(b"\xd5" * round(flow_s * SAMPLE_RATE))

    return flow


async def _measure(
    calls: int, channels: int | None, name: str, fidelity: Fidelity, flow_s: float, signalling: str
) -> SetUps:
    clock = current()
    async with house(name, fidelity, signalling) as (card, town, far):
        circuits = town.circuits[:channels]
        serving = asyncio.create_task(card.serve(answering(flow_s)), name="card")
        calling = _Calling(calls, clock, far)
        began, began_cpu = clock.now(), time.process_time_ns()
        async with asyncio.TaskGroup() as tasks:
            for number, circuit in enumerate(circuits):
                begins_s = flow_s * number / len(circuits)
                tasks.create_task(calling.keep_on(circuit, begins_s), name=repr(circuit))
        cpu_s = (time.process_time_ns() - began_cpu) / NS
        seconds = (clock.now() - began) / NS
        await card.drain()
        await serving
    return SetUps(
        name, signalling, len(circuits), calls, isinstance(clock, SystemClock), fidelity, seconds,
        cpu_s - far.cpu_s, far.cpu_s, tuple(sorted(calling.delays_ms)),
    )  # fmt: skip


@dataclass
class Timed:
    """An engine whose ticks, and all that they cause at once, are timed."""

    engine: Engine
    cpu_s: float = 0.0

    def next_tick(self, first: int) -> int | None:
        """As `Engine.next_tick`."""
        return self.engine.next_tick(first)

    def step(self, tick: int) -> None:
        """As `Engine.step`."""
        with self.timed():
            self.engine.step(tick)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """What is done inside is done at the far end."""
        began = time.process_time_ns()
        yield
        self.cpu_s += (time.process_time_ns() - began) / NS


@dataclass
class _Calling:
    """The exchange's diallers, one a circuit, who share a number of calls."""

    left: int
    clock: Clock
    far: Timed
    delays_ms: list[float] = field(default_factory=list)

    async def keep_on(self, circuit: Circuit, begins_s: float) -> None:
        """Call on a circuit until no call is left; its first call begins after a while."""
        await asyncio.sleep(begins_s)
        while self.left:
            self.left -= 1
            while not (circuit.free and circuit.released.is_set()):
                await asyncio.sleep(0.01)
            await self._call(circuit)

    async def _call(self, circuit: Circuit) -> None:
        """One call: seize, dial, be answered, wait until the far end hangs up."""
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        called_ns = self.clock.now()

        def dialled(outcome: Outcome) -> None:
            nonlocal called_ns
            called_ns = round(samples_to_seconds(outcome.end) * NS)

        def hear(event: LineEvent) -> None:
            match event:
                case SeizureAcknowledged():
                    circuit.connect().tones(_ADDRESS_TONES, done=dialled)
                case Answered():
                    self.delays_ms.append((self.clock.now() - called_ns) / 1e6)
                case ClearedBack() | Disconnected():
                    over.set_result(None)
                case Failed(why=why):
                    over.set_exception(LineError(f"{circuit}: {why}"))

        with self.far.timed():
            circuit.seize(hear, FACTS)
        try:
            await over
        finally:
            with self.far.timed():
                circuit.clear()


_ADDRESS_TONES = tones.dtmf_segments(ADDRESS)[:-1]  # without the pause after the last digit
