"""The far end of the line: an exchange with its own engine, and the people who live there.

    async with Town(card.far_ends, clips, clock) as town:
        async with town.subscriber("02154321") as caller:
            await caller.dial("95588")
            await caller.hear("welcome")

Each line has the signalling that was ordered for it (`Cable.agreed`).  With "cas" the town is the
outgoing side of ITU-T Q.421 on every timeslot of an E1; the address goes to the other side as DTMF
in the form `*caller*called#` once the seizure is acknowledged.  With all others its subscribers can
be called as well: it is the network's side of "pri", of R2, of an E&M trunk or of the loops that a
T1 carries.  It knows our side by what arrives on the line and in no other way.  On a bank's cable
it has a telephone for every station.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self, Unpack

import numpy as np
from numpy.typing import NDArray

from telcard.clock import Clock, current
from telcard.countries import Country, no_country
from telcard.countries import country as find_country
from telcard.dsp.copper import Copper, Figure
from telcard.engine import E1Line, Engine, Fidelity, Span
from telcard.errors import LineError
from telcard.exchange.cas import CasCircuit
from telcard.exchange.circuit import Circuit, Line, Ringing
from telcard.exchange.em import EmCircuit
from telcard.exchange.fax import FaxMachine
from telcard.exchange.handset import Handset, SoundHandset
from telcard.exchange.lines import named_line
from telcard.exchange.loop import LoopCircuit, profile_of
from telcard.exchange.office import Office, TrunkGroup, check, office_of
from telcard.exchange.person import MakeHandset
from telcard.exchange.pri import PriLine
from telcard.exchange.quiet import QuietHandset
from telcard.exchange.r2 import R2Circuit
from telcard.exchange.repertoire import Repertoire, Sound
from telcard.exchange.subscriber import Subscriber
from telcard.exchange.supervised import SupervisedLine
from telcard.exchange.telephone import FLASH_S, Telephone
from telcard.exchange.track import Heard
from telcard.fax.dialogue import FaxOptions
from telcard.media.loop import standard_of
from telcard.signalling import Agreed, Cause, Membership, Route, em, fxs, q421
from telcard.signalling.ground import GroundStation
from telcard.signalling.isdn import CHANNELS, profile_on
from telcard.signalling.r2 import Wishes
from telcard.speech import ClipLibrary
from telcard.units import NS


class Cable(Protocol):
    """A socket for the town's cable: a card's `far_ends` are such."""

    @property
    def line(self) -> E1Line:
        """The line."""

    @property
    def end(self) -> int:
        """Which of its ends is ours: 0 or 1."""

    @property
    def agreed(self) -> Agreed:
        """What its owner has ordered."""

    @property
    def stations(self) -> Sequence[str]:
        """Of a bank: names of its sockets for telephones, by timeslot from 1; of an E1 none."""

    @property
    def loops(self) -> Sequence[str]:
        """Of a bank: names of its lines towards an exchange, by timeslot from 1; otherwise none."""


class Town:
    """An exchange on the other ends of some E1 or T1 lines, and telephones on those of banks.

    `far_ends` are the sockets for its cables, `clips` the announcements that its people know by
    heart (a `ClipLibrary`, a `Repertoire`, or a mapping of names to int16 or A-law; the package's
    English ones unless given), `clock` the running loop's unless given.  Under a virtual clock it
    runs by itself; in real time it joins the `Driver` of the far ends' engine when it is entered,
    and where they have none yet, `town.engine` wants one.  All chance in it comes from `seed`.

    `offices` say who hunts which circuits; without them one office has everybody and all circuits.
    ValueError when they do not fit each other or the far ends.

    With a `country` its people know that country's tones and press their hooks as is done there.

    It follows the cable: plugged into a card without sound (`fidelity="events"`) it makes and hears
    none, and the same scripts give the same outcomes.
    """

    def __init__(
        self,
        far_ends: Iterable[Cable],
        clips: ClipLibrary | Repertoire | Mapping[str, Sound] | None = None,
        clock: Clock | None = None,
        seed: int = 1,
        profile: q421.Profile = q421.ITU,
        offices: Sequence[Office] = (),
        country: str | Country | None = None,
    ) -> None:
        if clips is None:
            clips = ClipLibrary()
        if isinstance(clips, ClipLibrary):
            clips = {name: clips[name] for name in clips.clips()}
        self.repertoire = clips if isinstance(clips, Repertoire) else Repertoire(clips)
        self.seed = seed
        self.country = None if country is None else find_country(country)
        """Whose tones its people know; None when none was given."""
        cables = tuple(far_ends)
        lanes = sum(_lanes(cable) for cable in cables)
        self._clock = clock or current()
        fidelity = _fidelity(cables)
        self.engine = Engine(max(1, lanes), clock=self._clock, name="town", fidelity=fidelity)
        self.circuits: list[Circuit] = []
        self._lines: list[Line] = []
        self._profile = profile
        self.telephones: dict[str, Telephone] = {}
        self._met = Counter[str]()
        self._groups: dict[tuple[str, str], dict[Span, Membership]] = {}  # by name and exchange
        for number, cable in enumerate(cables, 1):
            if cable.stations:
                self._plug_bank(cable, f"town bank {number}")
            elif cable.loops or cable.agreed.signalling in _LOOPS:
                self._plug_loops(cable, f"town lines {number}")
            else:
                self._plug(cable, f"town {cable.line.kind.upper()} {number}")
        for (name, exchange), members in self._groups.items():
            self._join(name, members, exchange)
        self.offices = tuple(offices) or _one_office(len(cables))
        check(self.offices, len(cables))
        self.routes = {office.name: self._route(office) for office in self.offices}
        self._on_line: dict[Subscriber, None] = {}  # in the order of their calls
        self._at_home: dict[str, list[Subscriber]] = {}  # who can be called, by number

    def _plug(self, cable: Cable, name: str) -> None:
        span = self.engine.plug(cable.line, cable.end, name)
        agreed = cable.agreed
        bearers = _bearers(cable)
        if agreed.signalling not in _SPOKEN[cable.line.kind]:
            can = ", ".join(_SPOKEN[cable.line.kind])
            raise LineError(f"{name}: want the signalling {can}, got {agreed.signalling!r}")
        match agreed.signalling:
            case "pri" if agreed.membership is not None:
                place = agreed.membership
                self._groups.setdefault((place.group, agreed.exchange), {})[span] = place
            case "pri":
                exchange = profile_on(agreed.exchange, cable.line.kind)
                primary = PriLine(span, self._rung, exchange, bearers)
                self.circuits += primary.circuits.values()
                self._lines.append(primary)
            case "cas":
                here = {timeslot: CasCircuit(span, timeslot, self._profile) for timeslot in bearers}
                self.circuits += here.values()
                self._lines.append(SupervisedLine(span, here))
            case "r2":
                circuits = {
                    timeslot: R2Circuit(span, timeslot, agreed.r2, self._rung, Wishes())
                    for timeslot in bearers
                }
                self.circuits += circuits.values()
                self._lines.append(SupervisedLine(span, circuits))
            case kind:
                profile = em.profile_of(kind, yields=agreed.yields)
                trunks = {
                    timeslot: EmCircuit(
                        span, timeslot, profile, agreed.address, self._rung, self.country
                    )
                    for timeslot in bearers
                }
                self.circuits += trunks.values()
                self._lines.append(SupervisedLine(span, trunks))

    def _join(self, name: str, members: Mapping[Span, Membership], exchange: str) -> None:
        """One line of spans that share a D-channel, in the place of the first of them."""
        if all(place.number != 0 for place in members.values()):
            raise LineError(f"town: group {name!r} wants the span with the primary D-channel")
        kind = next(iter(members)).line.kind
        line = PriLine(members, self._rung, profile_on(exchange, kind))
        self._lines.append(line)
        self.circuits += line.circuits.values()
        self.circuits.sort(key=lambda circuit: self.engine.spans.index(circuit.span))

    def _plug_loops(self, cable: Cable, name: str) -> None:
        span = self.engine.plug(cable.line, cable.end, name)
        country = self.country or no_country()
        profiles = {
            timeslot: profile_of(country, poles_answer=cable.agreed.poles_answer_on(timeslot))
            for timeslot in range(1, _lanes(cable) + 1)
        }
        machine = GroundStation if cable.agreed.signalling == "ground_start" else fxs.Station
        here = {
            timeslot: LoopCircuit(span, timeslot, self._rung, profile, self.country, machine)
            for timeslot, profile in profiles.items()
        }
        self.circuits += here.values()
        self._lines.append(SupervisedLine(span, here))

    def _plug_bank(self, cable: Cable, name: str) -> None:
        span = self.engine.plug(cable.line, cable.end, name)
        flash_s = FLASH_S if self.country is None else sum(self.country.flash_ms) / 2000
        standard = None if self.country is None else standard_of(self.country)
        here = {
            timeslot: Telephone(span, timeslot, station, self._handsets(station), flash_s, standard)
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

    def _route(self, office: Office) -> Route[Circuit]:
        spans = [self.engine.spans[number - 1] for number in sorted(office.group.spans)]
        circuits = [circuit for circuit in self.circuits if circuit.span in spans]
        wanted = office.group.circuits
        if wanted is not None and wanted > len(circuits):
            raise ValueError(
                f"office {office.name!r}: want {wanted} circuits, its spans have {len(circuits)}"
            )
        clock = self._clock
        route = Route(office.name, circuits[:wanted], office.group.hunt, lambda: clock.now() / NS)
        for circuit in route.circuits:
            circuit.route = route
        return route

    async def __aenter__(self) -> Self:
        if not self.engine.is_virtual:
            asyncio.get_running_loop().add_reader(self.engine.fileno(), self.engine.poll)
            self._join_driver()
        for line in self._lines:
            line.start()
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
        for line in self._lines:
            line.stop()
        if not self.engine.is_virtual:
            asyncio.get_running_loop().remove_reader(self.engine.fileno())
            if (driver := self.engine.driver) is not None:
                driver.remove(self.engine)
        self.engine.close()

    def _join_driver(self) -> None:
        """Be ticked by the thread that ticks the other ends: neither is ever late for the other."""
        others = (span.line.spans[1 - span.end] for span in self.engine.spans)
        drivers = {other.engine.driver for other in others if other is not None}
        for driver in drivers:
            if driver is not None:
                driver.add(self.engine)

    async def hang_up(self, patience_s: float = 5.0) -> None:
        """Hang every call up, and wait a while for the circuits to be released."""
        for subscriber in tuple(self._on_line):
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
        self,
        number: str,
        line: Copper | str | None = None,
        *,
        loss_db: Figure | None = None,
        noise_dbm0: float | tuple[float | None, float | None] | None = None,
    ) -> Subscriber:
        """Somebody with a telephone, at the end of a line of his own.

        `line` is a `Copper` or the name of one (`telcard.exchange.LINES`); `loss_db` and
        `noise_dbm0`, where they are given, take the place of its figures.  Without any of them the
        line does nothing to sound.  Nothing of a call is kept when it is over but what he heard.
        ValueError for a figure out of range, an unknown line, a number that no office has.
        """
        copper = _copper(line, loss_db, noise_dbm0)
        office = office_of(number, self.offices)
        return Subscriber(self, number, office, self._handsets(number, copper), copper.delay_s())

    def fax(
        self,
        number: str,
        line: Copper | str | None = None,
        *,
        loss_db: Figure | None = None,
        noise_dbm0: float | tuple[float | None, float | None] | None = None,
        holds: Sequence[NDArray[np.bool_]] = (),
        **options: Unpack[FaxOptions],
    ) -> FaxMachine:
        """A fax machine at the end of a line of its own, which is that of a `subscriber`.

        `holds` are pages to be polled, `options` those of `telcard.fax.dialogue.FaxOptions`.
        """
        copper = _copper(line, loss_db, noise_dbm0)
        office = office_of(number, self.offices)
        handsets = self._handsets(number, copper)
        return FaxMachine(
            self, number, office, handsets, copper.delay_s(), holds=holds, options=options
        )

    def telephone(self, station: str) -> Telephone:
        """The telephone on the cord of this station; LineError when no cable leads there."""
        if station not in self.telephones:
            there = ", ".join(self.telephones) or "none"
            raise LineError(f"town: no telephone is on station {station!r}; there are {there}")
        return self.telephones[station]

    def _handsets(self, number: str, line: Copper | None = None) -> MakeHandset:
        """What makes a handset for each call of somebody, with a chance of his own."""
        who = f"{self.seed} {number} {self._met[number]}"
        self._met[number] += 1
        calls = itertools.count()

        def handset(heard: Callable[[list[Heard]], None], told: Callable[[str], None]) -> Handset:
            if self.engine.fidelity == "events":
                return QuietHandset(self.repertoire, heard, told, self.country)
            seed = _seed(f"{who} {next(calls)}")
            return SoundHandset(
                self.repertoire, heard, told, line=line, seed=seed, country=self.country
            )

        return handset

    async def free_circuit(self, caller: Subscriber, but: Collection[Circuit] = ()) -> Circuit:
        """A circuit for this caller's call, of his office's group or of one it overflows to, but
        none of those that were tried in vain.

        LineError with cause 34 when there is none for as long as the office waits.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + caller.office.patience_s
        routes = [self.routes[name] for name in (caller.office.name, *caller.office.overflow)]
        while True:
            for route in routes:
                if (circuit := route.find(but)) is not None:
                    for passed in routes[: routes.index(route)]:
                        passed.overflowed()
                    self.joined(caller)
                    return circuit
            if loop.time() >= until:
                break
            await asyncio.sleep(0.01)
        for route in routes:
            route.overflowed()
        total = sum(len(route.circuits) for route in routes)
        raise LineError(
            f"{caller.office.name}: none of {total} circuits is free", cause=Cause.NO_CIRCUIT
        )

    def joined(self, subscriber: Subscriber) -> None:
        """A subscriber has a call: he counts among those on the line."""
        self._on_line[subscriber] = None

    def left(self, caller: Subscriber) -> None:
        """A subscriber's call is over: he no longer counts among those on the line."""
        self._on_line.pop(caller, None)

    def moved_in(self, subscriber: Subscriber) -> None:
        """A subscriber's telephone can ring from now on."""
        self._at_home.setdefault(subscriber.number, []).append(subscriber)

    def moved_out(self, subscriber: Subscriber) -> None:
        """It no longer can."""
        here = self._at_home.get(subscriber.number, [])
        if subscriber in here:
            here.remove(subscriber)
            if not here:
                del self._at_home[subscriber.number]

    def _rung(self, circuit: Ringing) -> None:
        """The bank calls: ring whom it is for, or say why not."""
        here = self._at_home.get(circuit.facts.called)
        if not here:
            circuit.clear(Cause.UNALLOCATED_NUMBER)
        elif here[-1].busy:
            circuit.clear(Cause.USER_BUSY)
        else:
            here[-1].called_on(circuit)


_LOOPS = ("loop_start", "ground_start")
"""What a T1 carries for a channel bank."""

_SPOKEN: Mapping[str, tuple[str, ...]] = {
    "e1": ("cas", "pri", "r2"),
    "t1": ("pri", *em.PROFILES, *_LOOPS),
}
"""By the kind of line, what an exchange speaks on it."""


def _lanes(cable: Cable) -> int:
    """How many calls a cable carries."""
    shares = cable.agreed.membership is not None  # a bearer may be in the D-channel's place
    return len(cable.stations or cable.loops or _bearers(cable)) + shares


def _bearers(cable: Cable) -> tuple[int, ...]:
    """The timeslots of an E1 or a T1 that carry calls."""
    if cable.agreed.timeslots:
        return cable.agreed.timeslots
    if cable.agreed.signalling in (*em.PROFILES, *_LOOPS):
        return tuple(range(1, cable.line.timeslots + 1))
    return CHANNELS[cable.line.kind]


def _copper(
    line: Copper | str | None,
    loss_db: Figure | None,
    noise_dbm0: float | tuple[float | None, float | None] | None,
) -> Copper:
    """A subscriber's own line: one that is known by its name, with other figures."""
    copper = named_line(line) if isinstance(line, str) else line or Copper()
    if loss_db is not None:
        copper = replace(copper, loss_db=loss_db)
    if noise_dbm0 is not None:
        copper = replace(copper, noise_dbm0=noise_dbm0)
    return copper


def _seed(text: str) -> int:
    """64 bits that look like chance."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _one_office(spans: int) -> tuple[Office, ...]:
    everything = TrunkGroup(tuple(range(1, spans + 1)))
    return (Office("town", ("",), everything),)


def _fidelity(cables: Sequence[Cable]) -> Fidelity:
    """That of the first cable with somebody at its other end."""
    carried = (cable.line.fidelity for cable in cables)
    return next((fidelity for fidelity in carried if fidelity is not None), "sound")
