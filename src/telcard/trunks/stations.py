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

from telcard.cards import Bearer, EmulatedCard, EmulatedLine
from telcard.countries import Country
from telcard.errors import CardError, LineError
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
from telcard.trunks.bank import Bank
from telcard.trunks.face import Leg, TrunkCall

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

    def meter(self) -> None:
        """Tell the telephone that its call has cost a unit; its meter counts it.

        CardError while it has no answered call of its own, or the last unit is still being told.
        """
        if self.outgoing or self._done or not self._port.meters:
            raise CardError(
                f"{self.circuit}: cannot send a metering pulse, want an answered call of its own"
            )
        self._port.fire("meter")

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
    def meters(self) -> bool:
        """Whether a unit may be told now."""
        return self.machine.state is fxs.State.TALKING

    @property
    def hook(self) -> Hook:
        match self.machine.state:
            case fxs.State.DOWN | fxs.State.ABSENT:
                return Hook.AWAY
            case fxs.State.IDLE:
                return Hook.ON_HOOK
            case _:
                return Hook.BUSY

    @property
    def state(self) -> str:
        return self.machine.state.value

    @property
    def away(self) -> bool:
        """Whether no telephone is plugged in."""
        return self.hook is Hook.AWAY

    def start(self, abcd: int) -> None:
        """Put it in service; the telephone sends these bits now."""
        self.fire("start")
        self.bits(abcd)

    def bits(self, abcd: int) -> None:
        self.fire("bits", abcd)

    def fire(self, name: str, *args: int) -> None:
        self._runner.fire(name, *args)
        self._watch(self.hook)

    # ------------------------------------------------------------------ it is called

    def ring(self, facts: CallFacts) -> StationCall:
        """Ring the telephone, and tell who calls."""
        bearer = self._stations.open_bearer(self.timeslot, voice=False)
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


class Stations(Bank[_Port]):
    """The telephones of one bank; a `Trunk`.

    `profile` says how the country rings, and what a flash is (`fxs.profile_of`); tones, and how it
    is told who calls, are the country's.  One that is blocked can still be rung; who dials on it
    hears congestion tone.
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
        super().__init__(card, bank, country)
        self.profile = profile
        self._watchers: list[Callable[[Station], None]] = []

    def ring(self, name: str, caller: str = "", called: str = "") -> StationCall:
        """Ring a telephone on behalf of `caller`, who has dialled `called`.

        Raises `LineError` with a cause of Q.850: 17 when it rings already or is off hook, 27 when
        none is plugged in, 38 when the board is down; `UnknownCard` for a name that no port has;
        `NoResource` when the engine has no lane left.
        """
        port = self._port(name)
        if port is None:
            raise LineError(f"{name}: its board is down", cause=Cause.NETWORK_OUT_OF_ORDER)
        if not port.machine.query().free:
            raise LineError(
                f"{name}: it cannot ring, it is {port.state}",
                cause=Cause.DESTINATION_OUT_OF_ORDER if port.away else Cause.USER_BUSY,
            )
        return port.ring(
            CallFacts(
                called=called or name, caller=caller, caller_presented=bool(caller), complete=True
            )
        )

    def dial(self, facts: CallFacts, *, circuit: str | None = None) -> TrunkCall:
        """Ring the telephone on this socket, or the one that `facts.called` names."""
        return self.ring(circuit or facts.called, facts.caller, facts.called)

    def watch(self, watcher: Callable[[Station], None]) -> None:
        """Call `watcher` now with every station, and from now on with each that changes."""
        self._watchers.append(watcher)
        for station in self.stations():
            watcher(station)

    def stations(self) -> list[Station]:
        """How every telephone stands now."""
        stand = {port.name: port.hook for port in self._ports.values()}
        return [Station(name, stand.get(name, Hook.AWAY)) for name in self.names]

    def tell(self, station: Station) -> None:
        """How a port stands has changed."""
        for watcher in self._watchers:
            watcher(station)

    def _make_port(self, timeslot: int, name: str) -> _Port:
        return _Port(self, timeslot, name)
