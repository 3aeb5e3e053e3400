"""Calls offered as an exchange offers them: so many a second, whether a channel is free or not.

    done = offer(100, 10.0, card="emulator:dahdi_4e1", channels=60, clock=SystemClock())
    done.own_ms.at(0.99)               # what we have made of it
    done.there_ms.at(0.99)             # the SETUP on its way to us: its queue, the line, our tick

An answer takes three times: from the call until the whole SETUP is here; from then until we send
CONNECT; from then until the exchange has it.  The second alone is ours.  The others are a line of
64 kbit/s with everything else that is said on it, and the ticks that move its octets; they come
from the frames that a D-channel keeps (`telcard.signalling.isdn.capture`).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from telcard.bench.setups import FACTS, FLOW_S, Timed, answering, house
from telcard.clock import Clock, SystemClock, VirtualClock, current, run
from telcard.signalling import Answered, Disconnected, Failed, LineEvent
from telcard.signalling.isdn import Message, MessageType, decode
from telcard.signalling.isdn.capture import TracedFrame
from telcard.signalling.isdn.elements import ChannelIdentification
from telcard.signalling.isdn.lapd import Frame, Kind
from telcard.trunks import PriTrunk
from telcard.trunks.trace import loop_ns
from telcard.units import NS

if TYPE_CHECKING:
    from telcard.engine import Span
    from telcard.exchange import Town
    from telcard.exchange.circuit import Circuit

Arrivals = Literal["even", "poisson"]
"""How calls follow each other: at equal intervals, or by chance."""

GATHER_S = 0.5
"""How often the frames of the D-channels are taken, before they are dropped."""

LONGEST_S = 30.0
"""How long the last calls may take when no more are offered."""


@dataclass(frozen=True, slots=True)
class Times:
    """Some times in milliseconds, sorted."""

    ms: tuple[float, ...]

    def at(self, share: float) -> float:
        """What so great a share of them does not exceed, e.g. 0.99."""
        return float(np.quantile(self.ms, share))


@dataclass(frozen=True, slots=True)
class Offered:
    """What became of calls that were offered.

    `refused` of them found no free channel.  `answer_ms` is from the call to the answer's arrival
    at the exchange, the sum of `there_ms`, `own_ms` and `back_ms` of each call.  `cpu_s` is the
    processor time of our end, `far_cpu_s` that of the far end; in real time (`live`) `cpu_s` is
    both.  `load` is the greatest share of a D-channel's 64 kbit/s that one direction has taken.
    """

    card: str
    channels: int
    rate: float
    arrivals: Arrivals
    live: bool
    offered: int
    refused: int
    seconds: float
    cpu_s: float
    far_cpu_s: float
    load: float
    answer_ms: Times
    there_ms: Times
    own_ms: Times
    back_ms: Times


def offer(
    rate: float = 100.0,
    seconds: float = 10.0,
    *,
    arrivals: Arrivals = "poisson",
    card: str = "emulator:dahdi_4e1",
    channels: int = 60,
    flow_s: float = FLOW_S,
    clock: Clock | None = None,
    seed: int = 1,
) -> Offered:
    """Offer `rate` calls a second for so long, over primary rate interfaces, on so many channels.

    Each is answered, hears `flow_s` seconds and is hung up; one that finds no channel free is
    refused by the exchange.  Real time wants a `SystemClock`.  ValueError for a rate or a time that
    is not positive; `LineError` when a call fails.
    """
    if rate <= 0 or seconds <= 0:
        raise ValueError(f"want a positive rate and time, got {rate:g} and {seconds:g}")
    at = list(_times(rate, seconds, arrivals, random.Random(seed)))
    work = _measure(rate, at, arrivals, card, channels, flow_s)
    return run(work, clock or VirtualClock())


def _times(rate: float, seconds: float, arrivals: Arrivals, chance: random.Random) -> list[float]:
    """When calls arrive, in seconds from the beginning."""
    if arrivals == "even":
        return [number / rate for number in range(round(rate * seconds))]
    times, at = [], chance.expovariate(rate)
    while at < seconds:
        times.append(at)
        at += chance.expovariate(rate)
    return times


@dataclass(slots=True)
class _Call:
    """The moments of one call, in nanoseconds."""

    called: int
    answered: int = 0
    heard: int = 0
    connected: int = 0


@dataclass
class _Exchange:
    """Who offers the calls, by turns on each span, on the channel that is free for longest."""

    circuits: list[Circuit]
    clock: Clock
    far: Timed
    calls: dict[tuple[int, int], list[_Call]] = field(default_factory=lambda: defaultdict(list))
    refused: int = 0
    busy: int = 0

    def on(self, span: Span) -> dict[int, list[_Call]]:
        """The calls of a span, by their timeslots."""
        return {slot: calls for (on, slot), calls in self.calls.items() if on == id(span)}

    def offer(self) -> None:
        """A call comes."""
        free = next((each for each in self.circuits if each.free), None)
        if free is None:
            self.refused += 1
            return
        self.circuits.remove(free)
        self.circuits.append(free)
        self.busy += 1
        call = _Call(self.clock.now())
        self.calls[id(free.span), free.timeslot].append(call)

        def hear(event: LineEvent) -> None:
            match event:
                case Answered():
                    call.answered = self.clock.now()
                case Disconnected() | Failed():
                    self.busy -= 1
                    with self.far.timed():
                        free.clear()

        with self.far.timed():
            free.seize(hear, FACTS)


async def _measure(
    rate: float, at: list[float], arrivals: Arrivals, name: str, channels: int, flow_s: float
) -> Offered:
    clock = current()
    async with house(name, "sound", "pri") as (card, town, far):
        trunks = [trunk for trunk in card.trunks if isinstance(trunk, PriTrunk)]
        exchange = _Exchange(_by_turns(town, channels), clock, far)
        serving = asyncio.create_task(card.serve(answering(flow_s)), name="card")
        frames: list[list[TracedFrame]] = [[] for _ in trunks]
        gathering = asyncio.create_task(_gather(trunks, frames), name="gather")
        began, began_cpu = clock.now(), time.process_time_ns()
        behind_ns = began - loop_ns()  # the clock of the frames is the loop's
        for moment in at:
            await asyncio.sleep(max(0.0, began / NS + moment - clock.now() / NS))
            exchange.offer()
        async with asyncio.timeout(LONGEST_S):
            while exchange.busy:
                await asyncio.sleep(0.01)
        cpu_s = (time.process_time_ns() - began_cpu) / NS
        lasted = (clock.now() - began) / NS
        await asyncio.sleep(2 * GATHER_S)
        gathering.cancel()
        await card.drain()
        await serving
        load = 0.0
        for span, passed in zip(town.engine.spans, frames, strict=True):
            _read(passed, exchange.on(span), behind_ns)
            for sent in (True, False):
                octets = sum(len(frame.octets) + 3 for frame in passed if frame.sent is sent)
                load = max(load, octets * 8 / 64_000 / lasted)
    calls = [call for calls in exchange.calls.values() for call in calls]
    parts = (
        (call.answered - call.called, call.heard - call.called, call.connected - call.heard,
         call.answered - call.connected)
        for call in calls
    )  # fmt: skip
    times = [Times(tuple(sorted(ns / 1e6 for ns in part))) for part in zip(*parts, strict=True)]
    return Offered(
        name, channels, rate, arrivals, isinstance(clock, SystemClock), len(at), exchange.refused,
        lasted, cpu_s - far.cpu_s, far.cpu_s, load, *times,
    )  # fmt: skip


def _by_turns(town: Town, channels: int) -> list[Circuit]:
    """So many circuits, one of each span in turn."""
    circuits = town.circuits[:channels]
    places = {circuit: (number % 30, number) for number, circuit in enumerate(circuits)}
    return sorted(circuits, key=lambda circuit: places[circuit])


async def _gather(trunks: list[PriTrunk], frames: list[list[TracedFrame]]) -> None:
    """Take what the D-channels keep from now on, before it is dropped."""
    taken = [trunk.capture.count for trunk in trunks]
    while True:
        await asyncio.sleep(GATHER_S)
        for number, trunk in enumerate(trunks):
            frames[number] += trunk.capture.since(taken[number])
            taken[number] = trunk.capture.count


def _read(frames: list[TracedFrame], calls: dict[int, list[_Call]], behind_ns: int) -> None:
    """Find when each call's SETUP was here, and when its CONNECT was sent."""
    waiting = {timeslot: iter(calls) for timeslot, calls in calls.items()}
    known: dict[int | None, _Call] = {}
    for frame in frames:
        read = Frame.decode(frame.octets)
        message = decode(read.info) if read.kind is Kind.I else None
        if not isinstance(message, Message):
            continue
        if message.kind == MessageType.SETUP and not frame.sent:
            element = message.get(ChannelIdentification)
            assert element is not None
            call = next(waiting[element.channels[0]])
            call.heard = frame.at_ns + behind_ns
            known[message.reference] = call
        elif message.kind == MessageType.CONNECT and frame.sent:
            known[message.reference].connected = frame.at_ns + behind_ns
