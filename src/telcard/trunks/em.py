"""E&M trunks on a T1: line signals in robbed bits, the address in DTMF or MF.

    trunk = EmTrunk(card, card.spans[0], "em_wink", address="mf")
    trunk.start(offer)
    call = trunk.dial(CallFacts(called="5551212", caller="95588"))

Calls go both ways.  One that comes in is offered when its address is there; sound is through then
in both directions, so that ringing is what we let the caller hear.  A line that has no signals but
off hook tells the calling end of an answer and of its end, and of nothing else: busy and the like
are tones.  Who seizes a circuit and says nothing gets no tone but is left alone, blocked, until he
is on hook: so ends of trunks say that a circuit takes no calls.

When both ends have seized a circuit, ours gives way unless told otherwise: its call fails with
cause 44, to be tried on another, and the far end's comes in.  Without sound a refusal cannot be
heard: such a call is rung until whoever made it gives up.
"""

from __future__ import annotations

import asyncio
import logging

from telcard.cards import Bearer, EmulatedCard
from telcard.countries import Country, no_country
from telcard.engine import Span
from telcard.media.address import AddressEar, address_tones
from telcard.signalling import CallFacts, Cause, LineEvent, Proceeding, em
from telcard.signalling.address import AddressForm, check_form, signals
from telcard.signalling.supervision import Patience
from telcard.trunks.associated import (
    AssociatedCall,
    AssociatedLine,
    AssociatedTrunk,
    OutgoingCall,
)
from telcard.trunks.face import TrunkCall
from telcard.trunks.progress import Heard, LineTones
from telcard.trunks.watch import Report, tell_nobody

THROUGH_CONNECT_S = 0.25
"""From the last of the address until the calling end has connected its party through."""

log = logging.getLogger(__name__)


class _EmCall(AssociatedCall):
    """What calls of both directions have in common."""

    def __init__(self, line: AssociatedLine, bearer: Bearer, facts: CallFacts) -> None:
        super().__init__(line, bearer, facts)
        trunk = line.trunk
        assert isinstance(trunk, EmTrunk)
        self.signalling = trunk.signalling
        self._trunk = trunk


class EmCall(_EmCall):
    """A call that comes in; a `TrunkCall`."""

    def __init__(self, line: AssociatedLine, bearer: Bearer, facts: CallFacts) -> None:
        super().__init__(line, bearer, facts)
        self._ear: AddressEar | None = None
        self._offered = False

    def begin(self) -> None:
        """Listen for the address; the line gives the start signal meanwhile."""
        self._ear = AddressEar(self.channel.lane, self._trunk.address, self._told)

    def end_register(self) -> None:
        """Listen for no address."""
        if self._ear is not None:
            self._ear.close()

    def clear_from_far_end(self, cause: int) -> None:
        """The far end has gone; a call that was never offered is nobody's to clear."""
        self._done = self._done or not self._offered
        super().clear_from_far_end(cause)

    def answer(self) -> None:
        """Tell the far end that the call is answered; charging starts."""
        self.answers()

    def progress(self) -> None:
        """Nothing to tell: the caller hears us from the moment at which the call is offered."""

    def _told(self, facts: CallFacts | None) -> None:
        if facts is not None:
            self.facts = facts
            if self._trunk.profile.acknowledges:
                self.line.fire("acknowledge")
            self.line.keep(self._offer())
            return
        heard = "" if self._ear is None else self._ear.heard
        log.warning("%s: want an address, got %r", self.circuit, heard)
        if heard:
            self.line.keep(self.clear(Cause.INVALID_NUMBER_FORMAT))
        else:
            self.line.fire("give_up")
            self.clear_from_far_end(Cause.INVALID_NUMBER_FORMAT)

    async def _offer(self) -> None:
        await asyncio.sleep(THROUGH_CONNECT_S)
        if not self.cleared.done():
            self._offered = True
            self._trunk.offer(self)


class EmOutgoingCall(_EmCall, OutgoingCall):
    """A call that goes out; a `TrunkCall`."""

    def __init__(self, line: AssociatedLine, bearer: Bearer, facts: CallFacts) -> None:
        super().__init__(line, bearer, facts)
        self._tones: LineTones | None = None

    def dial(self) -> None:
        """Send the address, then hear how the call goes."""
        self.line.keep(self._dial())

    async def _dial(self) -> None:
        if self.cleared.done():
            return
        await self.channel.tones(address_tones(self._trunk.address, self.facts))
        if self.cleared.done() or self.answered.done():
            return
        self.in_band = True
        self.proceeds()
        if self._trunk.card.engine.fidelity == "sound":
            self._tones = LineTones(self.channel, self._trunk.country, self._heard)
            self._tones.dialled()

    def hear(self, event: LineEvent) -> None:
        """A line signal of the far end."""
        if isinstance(event, Proceeding):
            self.proceeds()
        else:
            super().hear(event)

    def end_register(self) -> None:
        """Listen for no tones: the call was answered, or is over."""
        if self._tones is not None:
            self._tones.stop()
            self._tones = None

    def _heard(self, what: Heard, cause: int) -> None:
        match what:
            case Heard.RINGING:
                self.proceeds(alerting=True)
            case Heard.REFUSAL:
                self.clear_from_far_end(cause)


class EmTrunk(AssociatedTrunk):
    """All bearers of one span under E&M signalling; a `Trunk`.

    `kind` is one of `telcard.signalling.em.PROFILES`, `address` how numbers are told, both ways
    ("fgd" under feature group D); where `yields` is false the other end gives way at glare.  See
    `telcard.trunks.associated.AssociatedTrunk` for what it does about alarms and its board.
    ValueError for a kind or an address that is none.
    """

    def __init__(
        self,
        card: EmulatedCard,
        span: Span,
        kind: str = "em_wink",
        *,
        address: str = "dtmf",
        yields: bool = True,
        patience: Patience | None = None,
        report: Report = tell_nobody,
        country: Country | None = None,
    ) -> None:
        profile = em.profile_of(kind, yields=yields)
        super().__init__(card, span, profile, patience=patience, report=report, country=country)
        self.profile: em.Profile = profile
        self.signalling = kind
        self.address: AddressForm = "fgd" if profile.acknowledges else check_form(address)
        self.country = country or no_country()

    def machine(self) -> em.EAndM:
        """The line machine of a circuit."""
        return em.EAndM(self.profile)

    def incoming(self, line: AssociatedLine, bearer: Bearer) -> EmCall:
        """The call with which the far end has seized a circuit."""
        return EmCall(line, bearer, CallFacts())

    def dial(self, facts: CallFacts, *, circuit: str | None = None) -> TrunkCall:
        """Make a call, on a free circuit or on this one; `telcard.trunks.face.Trunk.dial`.

        ValueError for a number that has something else than digits.
        """
        signals(self.address, facts)  # raises for what is no number
        return self.seize(EmOutgoingCall, facts, circuit)
