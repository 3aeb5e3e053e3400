"""Channel-associated signalling on an E1: Q.421 line signals, the address in DTMF.

A call comes in as the calling exchange's seizure (ABCD bits in timeslot 16).  It is acknowledged,
the bearer's voice resource is taken, and the exchange keys the address as tones:

    *CALLER*CALLED#

the form that PBX trunks know as *ANI*DNIS*, closed by # instead of a pause.  Then the call is
offered.  Sound and voice resource are given back the moment the calling end clears forward; the
circuit is released, and may be seized again, once the call above has let go as well.
"""

from __future__ import annotations

import asyncio
import logging
import re

from telcard.cards import Bearer, EmulatedCard
from telcard.countries import Country
from telcard.engine import Reason, Span, Until
from telcard.errors import CardError
from telcard.signalling import CallFacts, Cause, q421
from telcard.signalling.supervision import Patience
from telcard.trunks.associated import (
    AssociatedCall,
    AssociatedLine,
    AssociatedTrunk,
)
from telcard.trunks.face import TrunkCall
from telcard.trunks.watch import Report, tell_nobody

ADDRESS = re.compile(r"\*(?P<caller>\d*)\*(?P<called>\d+)#")
"""What the calling exchange keys after the seizure was acknowledged."""

ADDRESS_DIGITS = Until(max_digits=31, digits="#", first_digit_s=5.0, inter_digit_s=2.0)
"""E.164 numbers have at most 15 digits, so caller, called and marks fit a 31-digit buffer."""

THROUGH_CONNECT_S = 0.25
"""From the recognition of the last key until the exchange has ended it and connected the caller
through: what is said earlier is heard by nobody."""

log = logging.getLogger(__name__)


class CasCall(AssociatedCall):
    """One incoming call on a circuit; a `TrunkCall`.

    Its sound is through from the start, and the line has no signals but answer and clear-back.
    """

    signalling = "cas"

    def begin(self) -> None:
        """Read the address, and offer the call."""
        self.line.keep(self._register())

    def answer(self) -> None:
        """Tell the exchange that the call is answered; charging starts."""
        self.answers()

    def progress(self) -> None:
        """Nothing to tell: the caller hears us from the moment at which the call is offered."""

    async def _register(self) -> None:
        if self.cleared.done():  # the board went down before this task's first step
            return
        understood = await self._read_address()
        await asyncio.sleep(THROUGH_CONNECT_S)
        if understood and not self.cleared.done():
            self.line.trunk.offer(self)
        else:
            await self.clear(Cause.INVALID_NUMBER_FORMAT)

    async def _read_address(self) -> bool:
        """Collect the address; False when it did not come or made no sense."""
        outcome = await self.channel.collect(ADDRESS_DIGITS)
        self.line.note(False, f"address {outcome.digits}")
        address = ADDRESS.fullmatch(outcome.digits)
        if address is None:
            if Reason.HANG_UP not in outcome.reasons:
                log.warning(
                    "%s: want an address like *CALLER*CALLED#, got %r",
                    self.circuit,
                    outcome.digits,
                )
            return False
        self.facts = CallFacts(
            caller=address["caller"],
            caller_presented=bool(address["caller"]),
            called=address["called"],
            bearer="3.1kHz",
            complete=True,
        )
        return True


class CasTrunk(AssociatedTrunk):
    """All bearers of one span under Q.421 line signalling; a `Trunk` that takes calls.

    See `telcard.trunks.associated.AssociatedTrunk` for what it does about alarms and its board.
    """

    signalling = "cas"

    def __init__(
        self,
        card: EmulatedCard,
        span: Span,
        profile: q421.Profile = q421.ITU,
        *,
        patience: Patience | None = None,
        report: Report = tell_nobody,
        country: Country | None = None,
    ) -> None:
        super().__init__(card, span, profile, patience=patience, report=report, country=country)
        self._line = profile

    def machine(self) -> q421.Circuit:
        """The line machine of a circuit: the called end."""
        return q421.Incoming(self._line)

    def incoming(self, line: AssociatedLine, bearer: Bearer) -> CasCall:
        """The call with which the far end has seized a circuit."""
        return CasCall(line, bearer, CallFacts())

    def dial(self, facts: CallFacts, *, circuit: str | None = None) -> TrunkCall:
        """Refused: the address in DTMF is for calls that come in."""
        raise CardError(f"{self.name}: cannot dial {facts.called}, its circuits only take calls")
