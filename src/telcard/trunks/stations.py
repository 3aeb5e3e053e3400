"""Telephones on a card's own sockets (FXS): they ring, are lifted, flash and are put down.

    stations = Stations(card, card.banks[0])
    stations.start(offer)
    call = stations.ring("msiB1C1", caller="02154321")
    await call.answered                          # until then it rings; LineError when it is busy
    ...                                          # call.channel is its sound, to be bridged
    await call.clear()

The trunk of a bank: `block`, `query` and the board's going down work as on every `Trunk`.  While it
rings a telephone is told who calls, as the country does it.  One that is lifted by itself gets dial
tone and may dial, by tones or pulses, where a voice resource is left to hear it; its call is
offered once the number is complete.  Where none is, it is busy until it is put down.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from telcard.cards import Bearer, BoardState, BoardStatus, EmulatedCard, EmulatedLine
from telcard.countries import Country, no_country
from telcard.errors import CardError, LineError, UnknownCard
from telcard.media import Channel, LoopSound
from telcard.runner import Runner
from telcard.signalling import (
    Answered,
    CallFacts,
    Cause,
    ClearedBack,
    ClearedForward,
    Failed,
    Flashed,
    LineEvent,
    MoreDigits,
    Released,
    Seized,
    fxs,
)
from telcard.trunks.counting import Counting, TrunkStats
from telcard.trunks.face import Circuit, Leg, TrunkCall, blocked
from telcard.units import NS, TICK_NS

log = logging.getLogger(__name__)


class Hook(Enum):
    """How a station's telephone stands, as far as those above care."""

    ON_HOOK = "on hook"
    BUSY = "off hook"
    """It is lifted, or rings."""
    AWAY = "no telephone"
    """None is plugged in, or the board is down."""


@dataclass(frozen=True, slots=True)
class Station:
    """A station and its telephone's hook, for whoever watches them."""

    name: str
    hook: Hook


class StationCall(Leg):
    """A call to a telephone, from its first ring, or one that it has dialled; a `TrunkCall`.

    A call to it is `answered` when it is lifted, and `cleared` when it is put down, or is lost,
    with the cause.  A telephone that is lost while it rings is cleared and was never answered.
    """

    signalling = "fxs"

    def __init__(self, port: _Port, bearer: Bearer, facts: CallFacts, *, outgoing: bool) -> None:
        super().__init__(port.name, facts)
        self.outgoing = outgoing
        """Whether the telephone is called."""
        self.channel = Channel(bearer.lane, bearer.name, bearer.capabilities)
        if outgoing:
            self.proceeds(alerting=True)
        self._port = port
        self._bearer = bearer
        self._on_flash: Callable[[], None] | None = None
        self._done = False
        self.channel.on_stuck(self._stuck)

    def ring(self) -> None:
        """Let who has dialled hear ringing tone."""
        self._port.send_ringing()

    def answer(self) -> None:
        """Answer what the telephone has dialled; one that we have rung needs to be told nothing."""
        if not self.outgoing and not self.cleared.done():
            self._port.fire("connected")
            self.hear(Answered())

    def on_flash(self, callback: Callable[[], None] | None) -> None:
        """Call `callback` whenever the hook is pressed for a moment."""
        self._on_flash = callback

    async def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """Ring no more, or let go of a telephone that may still be lifted; gives the sound back.

        One that has dialled and was not answered hears a tone for the cause until it is put down.
        """
        if not self._done:
            self._done = True
            self._port.counting.gave(self.cleared.result() if self.cleared.done() else cause)
            if self.outgoing or self.answered.done() or self.cleared.done():
                self._bearer.close()
            else:
                self._port.refuse(cause)
            self._port.let_go(self)

    def hear(self, event: LineEvent) -> None:
        """The port says so."""
        match event:
            case Answered():
                self._port.counting.answered()
                self.proceeds(answered=True)
            case Flashed():
                if self._on_flash is not None:
                    self._on_flash()
            case ClearedBack() | ClearedForward():
                self.over(Cause.NORMAL_CLEARING)
            case Failed(cause=cause):
                self.over(cause)

    def _stuck(self) -> None:
        """The channel's operation stands still: only giving the channel back frees it."""
        log.error("%s: its channel %s is stuck", self.circuit, self.channel.name)
        self.over(Cause.TEMPORARY_FAILURE)

    def over(self, cause: int) -> None:
        """The telephone has gone: every operation ends, the sound is given back."""
        self.lost(cause)
        self._bearer.close()


class _Port:
    """One socket: its machine, its bits, and the call on it."""

    def __init__(self, stations: Stations, timeslot: int, name: str) -> None:
        self.name = name
        self.counting = stations.counting
        self.timeslot = timeslot
        self.machine = fxs.Station(stations.profile)
        self.call: StationCall | None = None
        self._stations = stations
        self._told = Hook.AWAY
        self._bearer: Bearer | None = None
        """Of a telephone that dials, until its call is answered."""
        self._sound: LoopSound | None = None
        self._telling: asyncio.TimerHandle | None = None
        self._runner = Runner(
            self.machine,
            timers=stations.profile.timers,
            send=lambda abcd: stations.bank.span.set_bits(timeslot, abcd),
            report=self._hear,
        )

    @property
    def hook(self) -> Hook:
        match self.machine.state:
            case fxs.State.DOWN | fxs.State.ABSENT:
                return Hook.AWAY
            case fxs.State.IDLE:
                return Hook.ON_HOOK
            case _:
                return Hook.BUSY

    def fire(self, name: str, *args: int) -> None:
        self._runner.fire(name, *args)
        self._watch(self.hook)

    # ------------------------------------------------------------------ it is called

    def ring(self, facts: CallFacts) -> StationCall:
        """Ring the telephone, and tell who calls."""
        bearer = self._stations.open_bearer(self.timeslot)
        call = self.call = StationCall(self, bearer, facts, outgoing=True)
        self.counting.took(outgoing=True)
        sound = self._sound = LoopSound(bearer.lane, self._stations.country)
        if sound.tells_first:
            sound.tell(facts, lambda: self._begin_ringing(call))
            return call
        self._begin_ringing(call)
        if sound.tells_after:
            later = asyncio.get_running_loop().call_later
            self._telling = later(self._stations.profile.ring_on_s, sound.tell, facts)
        return call

    def _begin_ringing(self, call: StationCall) -> None:
        if self.call is not call or call.cleared.done():
            return
        if self.machine.query().free:
            self.fire("ring")
        else:  # it was lifted while it was told who calls
            self.call = None
            call.over(Cause.USER_BUSY)

    # ------------------------------------------------------------------ it calls

    def _attend(self) -> None:
        """It was lifted by itself: it may dial, where a voice resource is left to hear it."""
        try:
            self._bearer = self._stations.open_bearer(self.timeslot, voice=True)
        except CardError as error:
            log.info("%s: it gets no dial tone: %s", self.name, error)
            return
        self._sound = LoopSound(self._bearer.lane, self._stations.country)
        self.fire("accept")
        self._sound.listen(self._dialled)

    def _dialled(self, number: str) -> None:
        if not number or not self._stations.takes(self.name):
            self.refuse(Cause.NO_CIRCUIT)
        elif self._bearer is not None:
            facts = CallFacts(called=number, caller=self.name, complete=True)
            self.call = StationCall(self, self._bearer, facts, outgoing=False)
            self.counting.took(outgoing=False)
            self._stations.offer(self.call)

    def send_ringing(self) -> None:
        """Who has dialled hears that it rings."""
        if self._sound is not None:
            self._sound.send("ringback")

    def refuse(self, cause: int) -> None:
        """Who has dialled hears why not, until he puts it down."""
        if self._sound is not None:
            self._sound.refuse(cause)

    # ------------------------------------------------------------------ either way

    def let_go(self, call: StationCall) -> None:
        """The call is over above, whatever the handset does."""
        if self.call is not call:
            return
        self.call = None
        match self.machine.state:
            case fxs.State.RINGING | fxs.State.PAUSE | fxs.State.SECOND | fxs.State.SECOND_PAUSE:
                self.fire("stop")
            case fxs.State.TALKING | fxs.State.METERING | fxs.State.OPEN | fxs.State.FLASHING:
                self.fire("release")

    def lose(self, cause: int) -> None:
        """The port is out of service: no signal can be sent."""
        self._runner.close()
        call, self.call = self.call, None
        if call is not None:
            call.over(cause)
        self._quiet()
        self._watch(Hook.AWAY)

    def _hear(self, event: LineEvent) -> None:
        call = self.call
        match event:
            case Seized():
                self._attend()
            case MoreDigits(digits=digit) if self._sound is not None:
                self._sound.digit(digit)
            case Answered() if self._sound is not None:
                self._sound.send()  # who calls was being told
            case ClearedBack() | ClearedForward() | Failed():
                self.call = None
        if call is not None:
            call.hear(event)
        if isinstance(event, Released | Failed):
            self._quiet()
        self._watch(self.hook)

    def _quiet(self) -> None:
        """Nothing is told or heard on it any more."""
        if self._telling is not None:
            self._telling.cancel()
        if self._sound is not None:
            self._sound.stop()
        if self._bearer is not None:
            self._bearer.close()
        self._telling = self._sound = self._bearer = None

    def _watch(self, hook: Hook) -> None:
        told, self._told = self._told, hook
        if hook is not told:
            self._stations.tell(Station(self.name, hook))


class Stations:
    """The telephones of one bank; a `Trunk`.

    `profile` says how the country rings, and what a flash is (`fxs.profile_of`); tones, and how it
    is told who calls, are the country's.
    """

    signalling = "fxs"

    def __init__(
        self,
        card: EmulatedCard,
        bank: EmulatedLine,
        profile: fxs.Profile = fxs.NORTH_AMERICA,
        *,
        country: Country | None = None,
    ) -> None:
        self.bank = bank
        self.profile = profile
        self.country = country or no_country()
        self.counting = Counting()
        self._card = card
        self._ports: dict[int, _Port] = {}
        self._watchers: list[Callable[[Station], None]] = []
        self._started = False
        self._heard = False
        self._offer: Callable[[TrunkCall], None] | None = None
        self._blocked: set[str] = set()

    @property
    def name(self) -> str:
        """What the bank is called."""
        return self.bank.name

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the stations, by port."""
        return tuple(self.bank.devices.values())

    def start(self, offer: Callable[[TrunkCall], None]) -> None:
        """Put the ports into service; `offer` is called with what telephones dial."""
        self._started, self._offer = True, offer
        if not self._heard:
            self._heard = True
            self.bank.on_bits(self._bits)
            self._card.board.subscribe(self._board_changed)
        self._put_into_service()

    def ring(self, name: str, caller: str = "", called: str = "") -> StationCall:
        """Ring a telephone on behalf of `caller`, who has dialled `called`.

        Raises `LineError` with a cause of Q.850: 17 when it rings already or is off hook, 27 when
        none is plugged in, 38 when the board is down; `UnknownCard` for a name that no port has;
        `NoResource` when the engine has no lane left.
        """
        if name not in self.names:
            there = f"{self.names[0]} to {self.names[-1]}"
            raise UnknownCard(f"{self.bank.name}: no station is called {name!r}; it has {there}")
        port = next((port for port in self._ports.values() if port.name == name), None)
        if port is None:
            raise LineError(f"{name}: its board is down", cause=Cause.NETWORK_OUT_OF_ORDER)
        if not port.machine.query().free:
            away = port.hook is Hook.AWAY
            raise LineError(
                f"{name}: it cannot ring, it is {port.machine.state.value}",
                cause=Cause.DESTINATION_OUT_OF_ORDER if away else Cause.USER_BUSY,
            )
        return port.ring(
            CallFacts(
                called=called or name, caller=caller, caller_presented=bool(caller), complete=True
            )
        )

    def watch(self, watcher: Callable[[Station], None]) -> None:
        """Call `watcher` now with every station, and from now on with each that changes."""
        self._watchers.append(watcher)
        for station in self.stations():
            watcher(station)

    def stations(self) -> list[Station]:
        """How every telephone stands now."""
        stand = {port.name: port.hook for port in self._ports.values()}
        return [Station(name, stand.get(name, Hook.AWAY)) for name in self.names]

    def dial(self, facts: CallFacts, *, circuit: str | None = None) -> TrunkCall:
        """Ring the telephone on this socket, or the one that `facts.called` names."""
        return self.ring(circuit or facts.called, facts.caller, facts.called)

    def block(self, circuit: str | None = None) -> None:
        """Take no calls that these telephones dial: who tries hears congestion tone.

        They can still be rung.
        """
        self._blocked |= set(self.names if circuit is None else [circuit])

    def unblock(self, circuit: str | None = None) -> None:
        """Take their calls again."""
        self._blocked -= set(self.names if circuit is None else [circuit])

    async def drain(self) -> None:
        """Returns when nobody is on the telephone any more."""
        while any(port.call is not None for port in self._ports.values()):
            await asyncio.sleep(TICK_NS / NS)

    def restart(self, circuit: str | None = None) -> None:
        """Take ports out of service for a moment and put them back; their calls are lost."""
        for timeslot, port in list(self._ports.items()):
            if circuit in (None, port.name):
                port.lose(Cause.TEMPORARY_FAILURE)
                self._put_port(timeslot, port.name)

    async def stop(self) -> None:
        """Clear what is left and take the ports out of service."""
        self._started = False
        for port in self._ports.values():
            if port.call is not None:
                await port.call.clear()
        self._lose(Cause.NORMAL_CLEARING)

    def query(self) -> list[Circuit]:
        """The state of every port."""
        return [
            Circuit(
                port.name,
                port.machine.state.value,
                port.call is not None,
                "" if port.call is None else "out" if port.call.outgoing else "in",
                blocked(port.name in self._blocked, port.hook is Hook.AWAY),
            )
            for port in self._ports.values()
        ]

    def stats(self) -> TrunkStats:
        """What it has carried so far."""
        return self.counting.stats()

    def _put_into_service(self) -> None:
        for timeslot, name in self.bank.devices.items():
            self._put_port(timeslot, name)

    def _put_port(self, timeslot: int, name: str) -> None:
        port = self._ports[timeslot] = _Port(self, timeslot, name)
        port.fire("start")
        port.fire("bits", self.bank.bits(timeslot))

    def _board_changed(self, status: BoardStatus) -> None:
        if not self._started:
            return
        if status.state is BoardState.READY:
            log.warning("%s: in service again", self.bank.name)
            self._put_into_service()
        elif self._ports:
            log.error("%s: out of service, the board is %s", self.bank.name, status)
            self._lose(Cause.NETWORK_OUT_OF_ORDER)

    def _lose(self, cause: int) -> None:
        ports, self._ports = self._ports, {}
        for port in ports.values():
            port.lose(cause)

    def _bits(self, timeslot: int, abcd: int, sample: int) -> None:
        port = self._ports.get(timeslot)
        if port is not None:
            port.fire("bits", abcd)

    # ------------------------------------------------------------------ for its ports

    def open_bearer(self, timeslot: int, *, voice: bool = False) -> Bearer:
        """A port's sound."""
        return self._card.open_bearer(self.bank.span, timeslot, voice=voice)

    def takes(self, name: str) -> bool:
        """Whether calls of this telephone are taken."""
        return self._offer is not None and name not in self._blocked

    def offer(self, call: StationCall) -> None:
        """A telephone has dialled."""
        if self._offer is not None:
            self._offer(call)

    def tell(self, station: Station) -> None:
        """How a port stands has changed."""
        for watcher in self._watchers:
            watcher(station)
