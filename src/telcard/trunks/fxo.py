"""Analogue lines towards an exchange (FXO): calls that ring, and calls that are dialled.

    lines = FxoTrunk(card, card.loops[0], country=country("US"))
    lines.start(offer)                                    # offer(call) once it is known who calls
    call = lines.dial(CallFacts(called="02154321"))
    await call.answered

A call that comes in is offered when the line has told who calls, or has had the time to; the caller
hears ringing until it is answered, whatever is done meanwhile.  A call that goes out waits for dial
tone, dials, and then goes by what the line tells with its poles and its tones.  That the far end
has gone an exchange tells by its feed, its poles, or busy tone.

A loop has no signal for refusing a call: who is refused hears it ring on until he gives up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine, Mapping, Sequence
from typing import Any

from telcard.callerid import CallerId
from telcard.cards import Bearer, EmulatedCard, EmulatedLine
from telcard.countries import Country
from telcard.errors import CardError, LineError
from telcard.media import Channel
from telcard.runner import Runner
from telcard.signalling import (
    Answered,
    Blocked,
    CallFacts,
    Cause,
    ClearedBack,
    ClearedForward,
    DigitsSent,
    Failed,
    Hunt,
    LineEvent,
    Metered,
    Rang,
    Released,
    Route,
    Seized,
    Unblocked,
    fxo,
    ground,
)
from telcard.trunks.bank import Bank
from telcard.trunks.caller_id import CallerIdEar, facts_of
from telcard.trunks.face import Leg
from telcard.trunks.progress import Heard, LineTones
from telcard.trunks.watch import Report, tell_nobody
from telcard.units import NS, TICK_NS

DIAL_TONE_S = 5.0
"""An exchange gives dial tone within 3 s nearly always (ITU-T E.721 asks for 3 s at high load)."""

RING_TRIP_S = 0.25
"""From closing the loop until the exchange has stopped ringing and connected the caller: it must
trip the ring within 200 ms (GR-506); what is said earlier is heard by nobody."""

SILENCE_LOOK_S = 1.0
"""How often it is looked whether the far end is silent, where that tells that it has gone."""

FLASH = "!"
"""In digits to be sent: a flash."""

log = logging.getLogger(__name__)


class FxoCall(Leg):
    """A call on one line, either way; a `TrunkCall`."""

    def __init__(self, port: _Port, bearer: Bearer, facts: CallFacts, *, outgoing: bool) -> None:
        super().__init__(port.name, facts)
        self.signalling = port.signalling
        self.channel = Channel(bearer.lane, bearer.name, bearer.capabilities)
        self.outgoing = outgoing
        self.units = 0
        """What the exchange has counted for it so far, where it counts."""
        self._port = port
        self._bearer = bearer
        self._tones: LineTones | None = None
        self._silence: asyncio.TimerHandle | None = None
        self._listens_since = 0.0  # by the loop's clock: nothing has been played to the far end
        self._done = False
        self.channel.on_stuck(self._stuck)

    def ring(self) -> None:
        """Nothing to tell: the exchange rings until the call is answered."""

    def answer(self) -> None:
        """Close the loop; a caller who has given up in this moment is told by `cleared`."""
        if self._port.machine.state in (fxo.State.RINGING, fxo.State.PAUSE):
            self._port.fire("answer")
            asyncio.get_running_loop().call_later(RING_TRIP_S, self._is_answered)

    async def send_digits(self, digits: str) -> None:
        """Send digits as DTMF, with "," for a pause and "!" for a flash."""
        for number, group in enumerate(digits.split(FLASH)):
            if number:
                await self.flash()
            if group:
                await super().send_digits(group)

    async def flash(self) -> None:
        """Open the loop for a moment: most exchanges give dial tone for a second call then."""
        self._port.fire("flash")
        while self._port.machine.state is fxo.State.FLASHING:
            await asyncio.sleep(TICK_NS / NS)

    async def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """Open the loop and give the sound back; one that still rings is left to ring."""
        if not self._done:
            self._done = True
            self._over()
            self._port.counting.gave(self.cleared.result() if self.cleared.done() else cause)
            self._port.let_go(self)

    def transcript(self) -> Sequence[str]:
        """What the line and we have done."""
        return self._port.transcript

    def hear(self, event: LineEvent) -> None:
        """The port says so."""
        match event:
            case Answered():
                self._is_answered()
            case Metered():
                self.units += 1
            case ClearedBack() | ClearedForward():
                self.end(Cause.NORMAL_CLEARING)
            case Failed(cause=cause):
                self.end(cause)

    def end(self, cause: int) -> None:
        """The far end has gone, or the line: every operation ends, the sound is given back."""
        self.lost(cause)
        self._over()

    async def set_up(self, digits: str, country: Country, *, pulse: bool) -> None:
        """Dial, once dial tone is heard; then the line's own signals and tones tell the rest."""
        dial_tone = asyncio.Event()

        def heard(what: Heard, cause: int) -> None:
            match what:
                case Heard.DIAL_TONE:
                    dial_tone.set()
                case Heard.RINGING if self.proceeding.done():
                    self.proceeds(alerting=True)
                case Heard.ANSWER if self._port.machine.state is fxo.State.SEIZED:
                    self._port.fire("connected")
                case Heard.REFUSAL:
                    self.end(Cause.NORMAL_CLEARING if self.answered.done() else cause)

        self._tones = LineTones(self.channel, country, heard)
        try:
            async with asyncio.timeout(DIAL_TONE_S):
                await dial_tone.wait()
        except TimeoutError:
            log.warning("%s: no dial tone in %g s", self.circuit, DIAL_TONE_S)
            self.end(Cause.NETWORK_OUT_OF_ORDER)
            return
        if pulse:
            await self._port.pulse(digits)
        else:
            await self.send_digits(digits)
        self.proceeds()
        if self._tones is not None:
            self._tones.dialled()

    def _is_answered(self) -> None:
        if self.answered.done() or self.cleared.done():
            return
        self._port.counting.answered()
        self.proceeds(answered=True)
        if self._tones is None and self._port.hangs_up_by_tone:
            self._tones = LineTones(self.channel, self._port.country, self._heard_after_answer)
        if self._tones is not None:
            self._tones.answered()
        if self._port.silence_s:
            self._listens_since = asyncio.get_running_loop().time()
            self._wait_for_silence()

    def _wait_for_silence(self) -> None:
        """Look whether the far end has been silent for too long; who is played to may well be."""
        loop = asyncio.get_running_loop()
        state = self.channel.lane.query()
        if state.doing == "play":
            self._listens_since = loop.time()
        lasts = min(state.quiet_s, loop.time() - self._listens_since)
        if lasts >= self._port.silence_s:
            log.info("%s: silent for %g s, taken for gone", self.circuit, lasts)
            self.end(Cause.NORMAL_CLEARING)
        else:
            self._silence = loop.call_later(SILENCE_LOOK_S, self._wait_for_silence)

    def _heard_after_answer(self, what: Heard, cause: int) -> None:
        if what is Heard.REFUSAL:
            self.end(Cause.NORMAL_CLEARING)

    def _stuck(self) -> None:
        """The channel's operation stands still: only giving the channel back frees it."""
        log.error("%s: its channel %s is stuck", self.circuit, self.channel.name)
        self.end(Cause.TEMPORARY_FAILURE)

    def _over(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if self._tones is not None:
            self._tones.stop()
            self._tones = None
        self._bearer.close()


class _Port:
    """One line: its machine, its bits, and the call on it."""

    def __init__(self, trunk: FxoTrunk, timeslot: int, name: str) -> None:
        self.name = name
        self.timeslot = timeslot
        self.counting = trunk.counting
        self.country = trunk.country
        self.signalling = trunk.signalling
        self.silence_s = trunk.silence_s
        self.machine = trunk.machine(name)
        self.call: FxoCall | None = None
        self.route: Route[_Port] | None = None
        self._trunk = trunk
        self._ear = trunk.ear
        self._listening: Bearer | None = None
        self._keyed = ""
        self._knows_caller = False
        self._early: asyncio.Task[CallerId | None] | None = None
        self._pulsed: asyncio.Event = asyncio.Event()
        self._tasks: set[asyncio.Task[object]] = set()
        self._runner = Runner(
            self.machine,
            timers=self.machine.profile.timers,
            send=lambda abcd: trunk.bank.span.set_bits(timeslot, abcd),
            report=self._hear,
        )

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""
        return self.call is None and self._trunk.takes(self.name) and self.machine.query().free

    @property
    def hangs_up_by_tone(self) -> bool:
        """Whether nothing but a tone tells that the far end has gone: poles tell it of whom they
        have told the answer, and of no caller."""
        return not self.machine.profile.open_loop_s and not self.machine.poles_answered

    @property
    def transcript(self) -> tuple[str, ...]:
        return tuple(self._runner.transcript)

    @property
    def state(self) -> str:
        return self.machine.state.value

    @property
    def away(self) -> bool:
        """Whether the line is dead."""
        return self.machine.state is fxo.State.DEAD

    def start(self, abcd: int) -> None:
        """Put it in service; `abcd` is what the exchange sends now."""
        self.fire("start")
        self.bits(abcd)
        self.listen()

    def bits(self, abcd: int) -> None:
        self.fire("bits", abcd)

    def fire(self, name: str, *args: Any) -> None:
        self._runner.fire(name, *args)

    def dial(self, facts: CallFacts) -> FxoCall:
        """Make a call; raises `NoResource` when no voice or lane is left for it."""
        early = self._early
        call = self._begin(facts, outgoing=True)
        self.fire("seize")
        self._keep(self._set_up(call, early))
        return call

    async def _set_up(self, call: FxoCall, early: asyncio.Task[Any] | None) -> None:
        if early is not None:
            await _ended(early)
        try:
            await call.set_up(call.called, self.country, pulse=self.name in self._trunk.pulsed)
        except (CardError, LineError) as error:
            if not call.cleared.done():
                log.warning("%s: could not dial: %s", self.name, error)
                call.end(Cause.TEMPORARY_FAILURE)

    async def pulse(self, digits: str) -> None:
        """Dial by opening the loop; returns when all digits are sent."""
        self._pulsed.clear()
        self.fire("pulse", digits)
        await self._pulsed.wait()

    def let_go(self, call: FxoCall) -> None:
        """The call is over above: open the loop, if it is closed; one that rings goes on."""
        if self.call is call:
            self.fire("clear")

    def lose(self, cause: int) -> None:
        """The port is out of service: no signal can be sent."""
        self._runner.close()
        for task in tuple(self._tasks):
            task.cancel()
        self._stop_listening()
        if self.call is not None:
            self.call.end(cause)
            self._free()

    def listen(self) -> None:
        """Where the caller is told before the first ring: hear what comes on the idle line."""
        if not self._ear.before_ring or self._listening is not None or self.machine.state in _OFF:
            return
        try:
            bearer = self._listening = self._trunk.open_bearer(self.timeslot)
        except CardError as error:
            log.warning("%s: nobody's number will be heard: %s", self.name, error)
            return
        self._keyed = ""
        channel = Channel(bearer.lane, bearer.name, bearer.capabilities)
        channel.on_digit(self._digit)
        if self._ear.fsk is not None and not self._ear.after_ring:
            self._early = self._keep(self._ear.hear(channel, None))

    def _digit(self, event: Any) -> None:
        if not event.frames:
            self._keyed += event.digit

    def _stop_listening(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def _hear(self, event: LineEvent) -> None:
        match event:
            case Seized():
                self._rung()
            case Rang():
                self._rang()
            case DigitsSent():
                self._pulsed.set()
            case Released():
                self._released()
            case Blocked():
                log.warning("%s: the line is dead", self.name)
            case Unblocked():
                log.warning("%s: the line is alive again", self.name)
                self.listen()
            case _ if self.call is not None:
                self.call.hear(event)
                if isinstance(event, Failed):
                    self._free()

    def _rung(self) -> None:
        """The first ring begins: what was told before it is told."""
        told, early = self._ear.keyed(self._keyed), self._early
        try:
            call = self._begin(facts_of(told, self._trunk.numbers.get(self.name, "")))
        except CardError as error:
            log.warning("%s: no call taken: %s", self.name, error)
            return
        self._knows_caller = told is not None or not self._ear.after_ring
        if early is not None:
            self._keep(self._heard_early(call, early))
        elif self._knows_caller:
            self._trunk.offer(call)

    async def _heard_early(self, call: FxoCall, early: asyncio.Task[CallerId | None]) -> None:
        """What was heard by FSK before the first ring; it listens no more."""
        message = await _ended(early)
        self._offer(call, message if isinstance(message, CallerId) else None)

    def _rang(self) -> None:
        """A ring is over: after the first one it may be told who calls."""
        if self.call is not None and not self._knows_caller:
            self._knows_caller = True  # or never will: it is told once
            self._keep(self._hear_caller(self.call))

    async def _hear_caller(self, call: FxoCall) -> None:
        self._offer(call, await self._ear.hear(call.channel))

    def _offer(self, call: FxoCall, message: CallerId | None) -> None:
        if not call.cleared.done():
            call.facts = facts_of(message, call.facts.called)
            self._trunk.offer(call)

    def _begin(self, facts: CallFacts, *, outgoing: bool = False) -> FxoCall:
        bearer, self._listening = self._listening or self._trunk.open_bearer(self.timeslot), None
        self._early = None
        bearer.lane.clear_digits()  # those that told who calls are typed ahead for nobody
        self.call = FxoCall(self, bearer, facts, outgoing=outgoing)
        self.counting.took(outgoing=outgoing)
        if self.route is not None:
            self.route.taken(self)
        return self.call

    def _released(self) -> None:
        self._free()
        self.listen()

    def _free(self) -> None:
        call, self.call = self.call, None
        if call is not None and self.route is not None:
            self.route.released(self)

    def _keep(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let a coroutine run beside the call, and never be forgotten."""
        task = asyncio.create_task(work, name=self.name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s: what runs beside its call broke", self.name, exc_info=error)


async def _ended(task: asyncio.Task[Any]) -> object:
    """What a task that is no longer wanted has found out; what it held is free again."""
    task.cancel()
    return (await asyncio.gather(task, return_exceptions=True))[0]


_OFF = (fxo.State.DOWN, fxo.State.DEAD)


class FxoTrunk(Bank[_Port]):
    """The lines of one bank, of sockets or of timeslots of a T1; a `Trunk`.

    `numbers` says which number is called on which line, by the line's name: a loop does not tell.
    With `pulse` it dials by opening the loop, on all lines or on those that are named.  The
    `profile` is that of all lines, or of each by its name; without one exchanges are as is usual in
    the `country`; who calls is told in its ways.  A line that is blocked makes no calls; a loop
    cannot keep the exchange from ringing, but what rings on it is not offered.  With a profile of
    ground start (`telcard.signalling.ground`) it seizes so; `signalling` is what it is called.
    With `silence_s` a far end that has been silent for so long, while nothing was played to it,
    counts as gone: for exchanges that tell by nothing else.
    """

    def __init__(
        self,
        card: EmulatedCard,
        bank: EmulatedLine,
        profile: fxo.Profile | Mapping[str, fxo.Profile] | None = None,
        *,
        country: Country | None = None,
        numbers: Mapping[str, str] | None = None,
        pulse: bool | Collection[str] = False,
        hunt: Hunt = Hunt.HIGHEST,
        signalling: str = "fxo",
        silence_s: float = 0.0,
        report: Report = tell_nobody,
    ) -> None:
        super().__init__(card, bank, country, report)
        self.signalling = signalling
        self.silence_s = silence_s
        """A far end that has been silent for so long has gone; 0: silence tells nothing."""
        usual = profile if isinstance(profile, fxo.Profile) else fxo.profile_of(self.country)
        self.profiles = dict.fromkeys(self.names, usual)
        """Of every line, by its name."""
        if isinstance(profile, Mapping):
            self.profiles |= profile
        self.numbers = dict(numbers or {})
        every = self.names if pulse is True else ()
        self.pulsed = frozenset(every if isinstance(pulse, bool) else pulse)
        """The lines on which it dials by pulses."""
        self.ear = CallerIdEar(self.country.caller_id)
        self._hunt = hunt
        self._route: Route[_Port] | None = None

    def dial(self, facts: CallFacts, *, circuit: str | None = None) -> FxoCall:
        """Make a call on a free line, or on this one.

        Besides what every trunk raises: `CardError` without sound, for it is by tones that such a
        line tells how a call goes.
        """
        if self.card.engine.fidelity != "sound":
            raise CardError(f"{self.name}: cannot make a call, how it goes is told by tones alone")
        if self._route is None:
            raise LineError(f"{self.name}: its board is down", cause=Cause.NETWORK_OUT_OF_ORDER)
        if not facts.called:
            raise LineError(
                f"{self.name}: want a number to dial, got none", cause=Cause.INVALID_NUMBER_FORMAT
            )
        port = self._route.find() if circuit is None else self._port(circuit)
        if port is None:
            self.counting.blocked()
            raise LineError(
                f"{self.name}: none of {len(self._ports)} lines is free", cause=Cause.NO_CIRCUIT
            )
        if not port.free:
            raise LineError(
                f"{port.name}: it is not free, it is {port.state}",
                cause=Cause.CHANNEL_NOT_AVAILABLE,
            )
        return port.dial(facts)

    def machine(self, name: str) -> fxo.Line:
        """The machine of a port."""
        profile = self.profiles[name]
        start = ground.GroundLine if isinstance(profile, ground.Profile) else fxo.Line
        return start(profile)

    def _make_port(self, timeslot: int, name: str) -> _Port:
        return _Port(self, timeslot, name)

    def _served(self) -> None:
        """Hunt among the lines there are now."""
        ports, loop = tuple(self._ports.values()), asyncio.get_running_loop()
        self._route = Route(self.name, ports, self._hunt, loop.time) if ports else None
        for port in ports:
            port.route = self._route
