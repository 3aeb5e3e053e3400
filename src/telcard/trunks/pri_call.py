"""One call of a primary rate interface, and the bearer that it has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from telcard.cards import Bearer
from telcard.errors import CardError, LineError
from telcard.media import Channel
from telcard.signalling import (
    Alerting,
    Answered,
    CallFacts,
    Cause,
    Disconnected,
    Failed,
    MoreDigits,
    Proceeding,
    Progressed,
    Released,
    SeizureAcknowledged,
)
from telcard.signalling.events import PathProposed, PathReplaced, ServiceAnswered
from telcard.signalling.isdn import EURO
from telcard.trunks.face import Leg, TrunkCall
from telcard.trunks.progress import Heard, LineTones

if TYPE_CHECKING:
    from telcard.trunks.pri import PriTrunk
    from telcard.trunks.pri_span import PriSpan

THROUGH_S = 0.1
"""From PROGRESS until the caller hears us; a choice of ours, of what exchanges take."""

CLEARED_S = 5.0
"""So long an exchange that connects the far ends of two calls takes to clear both (assumed)."""

AT_ONCE_S = 0.05
"""A call that rings or is answered so soon needs no CALL PROCEEDING before; the network waits for
its first answer for 4 s (T303)."""


class PriBearer:
    """One timeslot of a span: who has it, and who takes no calls on it.

    `channel` is what layer 3 calls it (`telcard.signalling.isdn.channels.address`).
    """

    def __init__(self, span: PriSpan, timeslot: int, channel: int, name: str) -> None:
        self.span = span
        self.timeslot = timeslot
        self.channel = channel
        self.name = name
        self.call: PriCall | None = None
        self.reserved = False
        """A call has it beside its own: the path that it is to have, or has had."""
        self.blocked_here = self.blocked_there = False

    @property
    def free(self) -> bool:
        """Whether a call may take it now."""
        blocked = self.blocked_here or self.blocked_there
        return not self.taken and self.span.serving and not blocked

    @property
    def taken(self) -> bool:
        """Whether a call has it."""
        return self.call is not None or self.reserved


class PriCall(Leg):
    """One call of a primary rate interface; a `TrunkCall`.

    An incoming one is answered in the sense of `answered` when the exchange has acknowledged it:
    what is said from then on reaches the caller from its first syllable.
    """

    signalling = "pri"

    def __init__(
        self, trunk: PriTrunk, handle: int, bearer: PriBearer, facts: CallFacts, *, outgoing: bool
    ) -> None:
        super().__init__(bearer.name, facts)
        self.handle = handle
        self.bearer = bearer
        self.outgoing = outgoing
        self._trunk = trunk
        self._sound: Bearer | None = None
        self._overlap = False
        self._tones: LineTones | None = None
        self._on_digits: Callable[[str], None] | None = None
        self._service: asyncio.Future[str] | None = None
        """Why what we asked of the exchange was not done, "" when it was."""
        self._done = False
        self._accepting: asyncio.TimerHandle | None = None
        self.cause: int = Cause.NORMAL_CLEARING
        """Why it ended, whoever has ended it."""
        self._transcript: tuple[str, ...] = ()

    def connect(self, sound: Bearer) -> None:
        """Its bearer's sound is there."""
        self._sound = sound
        self.channel = Channel(sound.lane, sound.name, sound.capabilities)
        self.channel.on_stuck(self._stuck)

    def accept(self) -> None:
        """Its number is complete: CALL PROCEEDING, unless more can be said at once.

        What a D-channel does not carry nobody waits for behind it.
        """
        self.proceeds()
        self._accepting = asyncio.get_running_loop().call_later(AT_ONCE_S, self._accept)

    def _accept(self) -> None:
        if self._spoken():
            self._trunk.fire("proceeding", self.handle)

    def _spoken(self) -> bool:
        """The first answer is about to be sent; whether CALL PROCEEDING was still to come."""
        accepting, self._accepting = self._accepting, None
        if accepting is not None:
            accepting.cancel()
        return accepting is not None

    def ring(self) -> None:
        """ALERTING: the exchange lets the caller hear ringing tone."""
        self._spoken()
        self._trunk.fire("alerting", self.handle)
        self.proceeds(alerting=True)

    def progress(self) -> None:
        """PROGRESS: what we say can be heard before the answer."""
        self._accept()
        self._trunk.fire("progress", self.handle, True)

    async def through(self) -> None:
        """As long as an exchange takes to connect us through: it acknowledges no PROGRESS."""
        await asyncio.sleep(THROUGH_S)

    def answer(self) -> None:
        """CONNECT."""
        self._spoken()
        self._trunk.fire("connect", self.handle)

    def redirect(self, number: str) -> None:
        """Call deflection (EN 300 207), which only EuroISDN has."""
        if self._trunk.variant is not EURO:
            raise self.cannot(f"send the call on to {number}")
        self._accept()
        self._trunk.fire("deflect", self.handle, number)

    async def transfer(self, other: TrunkCall) -> None:
        """As the exchange has it: by explicit call transfer (EN 300 369), two-B-channel transfer
        (GR-2865), or between private exchanges joined here, until their ends replace the path.

        There the two hear each other through us for as long as that takes, if they are bridged.
        """
        if not isinstance(other, PriCall) or other._trunk is not self._trunk or other is self:
            raise CardError(
                f"{self.circuit}: cannot be connected with {other.circuit}, "
                f"want another call of {self._trunk.name}"
            )
        for call in (self, other):
            if not call.answered.done() or call.cleared.done():
                raise LineError(f"{call.circuit}: cannot be transferred, it is not answered")
        self._service = asyncio.get_running_loop().create_future()
        try:
            self._trunk.fire("transfer", self.handle, other.handle)
            ends = (self.cleared, other.cleared)
            await asyncio.wait((self._service, *ends), return_when=asyncio.FIRST_COMPLETED)
            refused = self._service.result() if self._service.done() else ""
            if not refused:
                await asyncio.wait(ends, timeout=CLEARED_S)
        finally:
            self._service = None
        if refused or not all(end.done() for end in ends):
            why = refused or "one far end has gone, and the other has not"
            raise LineError(f"{self.circuit}: not connected with {other.circuit}, {why}")

    async def send_digits(self, digits: str) -> None:
        """INFORMATION while the number is not complete, else tones."""
        if self._overlap and not self.proceeding.done():
            self._trunk.fire("information", self.handle, digits)
            self.facts = replace(self.facts, called=self.facts.called + digits)
        else:
            await super().send_digits(digits)

    def on_digits(self, callback: Callable[[str], None] | None) -> None:
        """Call `callback` with digits that come after the call was offered."""
        self._on_digits = callback

    async def clear(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """Give the sound back, and let the exchange know why the call is over."""
        self.refuse(cause)

    def refuse(self, cause: int) -> None:
        """As `clear`, which waits for nothing."""
        if not self._done:
            self._done = True
            self._give_sound()
            if not self.cleared.done():
                self.cause = cause
                self._trunk.fire("clear", self.handle, int(cause))

    def transcript(self) -> Sequence[str]:
        """Its messages, decoded."""
        return self._transcript or self._trunk.transcript(self)

    def hear(self, event: object) -> None:
        """Layer 3 says so."""
        match event:
            case SeizureAcknowledged():
                self._overlap = True
            case Proceeding():
                self.proceeds()
            case Progressed(in_band=in_band):
                self.proceeds()
                self._hears(in_band)
            case Alerting(in_band=in_band):
                self._hears(in_band)
                self.proceeds(alerting=True)
            case Answered():
                self._deafen()
                self.proceeds(answered=True)
                self._trunk.counting.answered()
            case MoreDigits(digits=digits):
                self.facts = replace(self.facts, called=self.facts.called + digits)
                if self._on_digits is not None:
                    self._on_digits(digits)
            case ServiceAnswered(why=why) if self._service and not self._service.done():
                self._service.set_result(why)
            case PathProposed():
                self._trunk.follow(self)
            case PathReplaced(other=other):
                self._trunk.replaced(self, other)
            case Disconnected(cause=cause, location=location):
                self.location = location
                self._trunk.fire("clear", self.handle, int(cause))
                self.over(cause)
            case Failed(cause=cause):
                self.over(cause)
            case Released(cause=cause):
                self.over(cause)

    def _hears(self, in_band: bool) -> None:
        """Tones may say what messages do not, once the network's can be heard."""
        if in_band and not self.in_band and self.channel.capabilities.detect:
            self._tones = LineTones(self.channel, self._trunk.country, self._refused)
        self.in_band |= in_band

    def _refused(self, what: Heard, cause: int) -> None:
        if what is Heard.REFUSAL and not self._done and not self.cleared.done():
            self._trunk.fire("clear", self.handle, int(Cause.NORMAL_CLEARING))
            self.over(cause)

    def _deafen(self) -> None:
        tones, self._tones = self._tones, None
        if tones is not None:
            tones.stop()

    def over(self, cause: int) -> None:
        """The far end has gone, or the call is lost: operations end, the sound is given back."""
        if not self._done and not self.cleared.done():
            self.cause = cause
        self.lost(cause)
        self._give_sound()

    @property
    def movable(self) -> bool:
        """Whether another bearer could carry it: its sound is here, and routed nowhere by slots."""
        return self._sound is not None and not self._done and not self._sound.routed

    def move(self, handle: int, bearer: PriBearer) -> None:
        """It goes on as this call of layer 3, on this bearer, and so does all that it plays."""
        self.handle, self.bearer, self.circuit = handle, bearer, bearer.name
        if self._sound is not None and not self._done:
            self._sound.move(bearer.span.span, bearer.timeslot)

    def keep_transcript(self) -> None:
        """Layer 3 is about to forget the call."""
        self._transcript = tuple(self._trunk.transcript(self))

    def _give_sound(self) -> None:
        self._spoken()
        self._deafen()
        if self._sound is not None:
            self._sound.close()

    def _stuck(self) -> None:
        """The channel's operation stands still: only giving the channel back frees it."""
        self._trunk.report("channel_stuck", channel=self.channel.name, circuit=self.circuit)
        self._trunk.fire("clear", self.handle, int(Cause.TEMPORARY_FAILURE))
        self.over(Cause.TEMPORARY_FAILURE)

    def __repr__(self) -> str:
        way = "to" if self.outgoing else "for"
        return f"<PriCall {self.circuit}: {self.caller or '?'} {way} {self.called}>"
