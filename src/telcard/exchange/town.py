"""The far end of the line: an exchange with its own engine, and the people who live there.

    async with Town(card.far_ends, clips, clock) as town:
        async with town.subscriber("02154321") as caller:
            await caller.dial("95588")
            await caller.hear("welcome")

The town is the outgoing side of ITU-T Q.421 on every timeslot; the address goes to the other side
as DTMF in the form `*caller*called#` once the seizure is acknowledged.  It knows our side by what
arrives on the line and in no other way.  On a bank's cable it has a telephone for every station.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

import numpy as np

from telcard.clock import Clock, current
from telcard.engine import E1Line, Engine, Lane, Span
from telcard.errors import LineError
from telcard.exchange.handset import SoundHandset
from telcard.exchange.person import MakeHandset
from telcard.exchange.repertoire import Repertoire, Sound
from telcard.exchange.subscriber import Subscriber
from telcard.exchange.telephone import Telephone
from telcard.exchange.track import Heard
from telcard.runner import Runner
from telcard.signalling import Cause, LineEvent, Released, q421
from telcard.speech import ClipLibrary

BEARERS = tuple(timeslot for timeslot in range(1, 32) if timeslot != 16)
"""Timeslots of an E1 that carry sound: 0 is framing, 16 the line signals."""

FREE_CIRCUIT_S = 2.0
"""How long a call waits for a circuit: one that has just been released is still guarded."""


class Cable(Protocol):
    """A socket for the town's cable: a card's `far_ends` are such."""

    @property
    def line(self) -> E1Line:
        """The line."""

    @property
    def end(self) -> int:
        """Which of its ends is ours: 0 or 1."""

    @property
    def stations(self) -> Sequence[str]:
        """Of a bank: names of its sockets for telephones, by timeslot from 1; of an E1 none."""


class Circuit:
    """One timeslot, as the calling exchange has it: signals, and the sound of the call on it."""

    def __init__(self, span: Span, timeslot: int, profile: q421.Profile) -> None:
        self.span = span
        self.timeslot = timeslot
        self.machine = q421.Outgoing(profile)
        self.lane: Lane | None = None
        self.released = asyncio.Event()
        self.released.set()
        self._hear: Callable[[LineEvent], None] | None = None
        self._runner = Runner(
            self.machine,
            timers=profile.timers,
            send=lambda abcd: span.set_bits(timeslot, abcd),
            report=self._report,
        )

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""
        return self.machine.query().free

    @property
    def transcript(self) -> tuple[str, ...]:
        """The newest line signals and timers, for the report of a call that failed."""
        return tuple(self._runner.transcript)

    def start(self) -> None:
        """Put it in service."""
        self._runner.fire("start")
        self._runner.fire("bits", self.span.bits(self.timeslot))

    def bits(self, abcd: int) -> None:
        """The far end's signal has changed."""
        self._runner.fire("bits", abcd)

    def seize(self, hear: Callable[[LineEvent], None]) -> None:
        """Take it for a call, which is told what happens until it clears."""
        self._hear = hear
        self.released.clear()
        self._runner.fire("seize")

    def connect(self) -> Lane:
        """Open the sound; the caller listens and speaks on the lane."""
        self.lane = self.span.open_lane(self.timeslot, detect=False)
        return self.lane

    def clear(self) -> None:
        """The caller has hung up: no more sound, clear forward."""
        self._hear = None
        if self.lane is not None:
            self.lane.close()
            self.lane = None
        if not self.released.is_set():
            self._runner.fire("clear_forward")

    def stop(self) -> None:
        """Out of service."""
        self._runner.close()

    def _report(self, event: LineEvent) -> None:
        if isinstance(event, Released):
            self.released.set()
        if self._hear is not None:
            self._hear(event)

    def __repr__(self) -> str:
        return f"<Circuit {self.span.name} timeslot {self.timeslot}: {self.machine.state.value}>"


class Town:
    """An exchange on the other ends of some E1 lines, and telephones on those of banks.

    `far_ends` are the sockets for its cables, `clips` the announcements that its people know by
    heart (a `ClipLibrary`, a `Repertoire`, or a mapping of names to int16 or A-law; the package's
    English ones unless given), `clock` the running loop's unless given.  Under a virtual clock it
    runs by itself; in real time `town.engine` wants a `Driver`, best the one that drives the other
    end too.  All chance in it comes from `seed`.
    """

    def __init__(
        self,
        far_ends: Iterable[Cable],
        clips: ClipLibrary | Repertoire | Mapping[str, Sound] | None = None,
        clock: Clock | None = None,
        seed: int = 1,
        profile: q421.Profile = q421.ITU,
    ) -> None:
        if clips is None:
            clips = ClipLibrary()
        if isinstance(clips, ClipLibrary):
            clips = {name: clips[name] for name in clips.clips()}
        self.repertoire = clips if isinstance(clips, Repertoire) else Repertoire(clips)
        self.seed = seed
        cables = tuple(far_ends)
        lanes = sum(len(cable.stations) or len(BEARERS) for cable in cables)
        self.engine = Engine(max(1, lanes), clock=clock or current(), name="town")
        self.circuits: list[Circuit] = []
        self._profile = profile
        self.telephones: dict[str, Telephone] = {}
        for number, cable in enumerate(cables, 1):
            if cable.stations:
                self._plug_bank(cable, f"town bank {number}")
            else:
                self._plug(cable, f"town E1 {number}")
        self._subscribers: list[Subscriber] = []

    def _plug(self, cable: Cable, name: str) -> None:
        span = self.engine.plug(cable.line, cable.end, name)
        here = {timeslot: Circuit(span, timeslot, self._profile) for timeslot in BEARERS}
        self.circuits += here.values()

        def bits(timeslot: int, abcd: int, sample: int) -> None:
            if timeslot in here:
                here[timeslot].bits(abcd)

        span.on_bits(bits)

    def _plug_bank(self, cable: Cable, name: str) -> None:
        span = self.engine.plug(cable.line, cable.end, name)
        here = {
            timeslot: Telephone(span, timeslot, station, self._handsets(station))
            for timeslot, station in enumerate(cable.stations, 1)
        }
        for telephone in here.values():
            if telephone.number in self.telephones:
                raise LineError(f"town: two stations are called {telephone.number}")
            self.telephones[telephone.number] = telephone

        def bits(timeslot: int, abcd: int, sample: int) -> None:
            if timeslot in here:
                here[timeslot].bits(abcd)

        span.on_bits(bits)

    async def __aenter__(self) -> Self:
        if not self.engine.is_virtual:
            asyncio.get_running_loop().add_reader(self.engine.fileno(), self.engine.poll)
        for circuit in self.circuits:
            circuit.start()
        for telephone in self.telephones.values():
            telephone.plug_in()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self, patience_s: float = 5.0) -> None:
        """Hang every call up, wait a while for the circuits to be released, pull the cables."""
        await self.hang_up(patience_s)
        for circuit in self.circuits:
            circuit.stop()
        if not self.engine.is_virtual:
            asyncio.get_running_loop().remove_reader(self.engine.fileno())
        self.engine.close()

    async def hang_up(self, patience_s: float = 5.0) -> None:
        """Hang every call up, and wait a while for the circuits to be released."""
        for subscriber in self._subscribers:
            await subscriber.hang_up()
        for telephone in self.telephones.values():
            telephone.put_down()
        try:
            async with asyncio.timeout(patience_s):
                for circuit in self.circuits:
                    await circuit.released.wait()
        except TimeoutError:
            pass  # a far end that never releases has its own tests

    def subscriber(
        self, number: str, *, loss_db: float = 0.0, noise_dbm0: float | None = None
    ) -> Subscriber:
        """Somebody with a telephone.

        His line weakens what he hears and what he sends by `loss_db`, and adds white noise of
        `noise_dbm0` to both (to what he sends: while he speaks or presses keys).
        """
        several = sum(other.number == number for other in self._subscribers)
        handsets = self._handsets(number, several, loss_db, noise_dbm0)
        subscriber = Subscriber(self, number, handsets)
        self._subscribers.append(subscriber)
        return subscriber

    def telephone(self, station: str) -> Telephone:
        """The telephone on the cord of this station; LineError when no cable leads there."""
        if station not in self.telephones:
            there = ", ".join(self.telephones) or "none"
            raise LineError(f"town: no telephone is on station {station!r}; there are {there}")
        return self.telephones[station]

    def _handsets(
        self,
        number: str,
        several: int = 0,
        loss_db: float = 0.0,
        noise_dbm0: float | None = None,
    ) -> MakeHandset:
        """What makes a handset for each call of somebody, with a chance of his own."""
        chance = np.random.default_rng([self.seed, zlib.crc32(number.encode()), several])

        def handset(
            heard: Callable[[list[Heard]], None], told: Callable[[str], None]
        ) -> SoundHandset:
            return SoundHandset(
                self.repertoire,
                heard,
                told,
                loss_db=loss_db,
                noise_dbm0=noise_dbm0,
                chance=chance,
            )

        return handset

    async def free_circuit(self) -> Circuit:
        """The first circuit that may be seized; LineError with cause 34 when there is none."""
        loop = asyncio.get_running_loop()
        until = loop.time() + FREE_CIRCUIT_S
        while True:
            for circuit in self.circuits:
                if circuit.free and circuit.released.is_set():
                    return circuit
            if loop.time() >= until:
                raise LineError(
                    f"town: none of {len(self.circuits)} circuits is free", cause=Cause.NO_CIRCUIT
                )
            await asyncio.sleep(0.01)
