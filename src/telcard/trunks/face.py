"""The one face of every trunk: CAS, R2, ISDN, telephones.

    trunk.start(offer)                                   # offer(call) for each that comes in
    call = trunk.dial(CallFacts(called="02154321"))      # one that goes out
    await call.answered
    ...
    await call.clear()

A `TrunkCall` lasts from its offer, or its seizure, until both ends have let go of the circuit.
What a kind of signalling has no means for is refused with a `CardError` of one sentence; `Leg` is
a call that refuses everything, and is filled in by each kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from telcard.dsp.tones import ToneSegment, dtmf_segments
from telcard.errors import CardError, LineError
from telcard.media import Channel
from telcard.signalling import CallFacts, Cause
from telcard.trunks.counting import TrunkStats

Direction = Literal["", "in", "out"]
"""Whether the far end has made a circuit's call, or we; "" without one."""

Blocked = Literal["", "here", "there", "both"]
"""Who takes no calls on a circuit: we, the far end, both or neither."""

PAUSE = ","
"""In digits to be sent: a pause of `PAUSE_S`."""

PAUSE_S = 2.0
"""As modems have it (ITU-T V.250, S8)."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """What one circuit of a trunk is doing now, for people and for reconciliation."""

    name: str
    state: str
    """In the words of its signalling's standard."""
    call: bool
    direction: Direction = ""
    blocked: Blocked = ""


def blocked(here: bool, there: bool) -> Blocked:
    """In one word, who takes no calls on a circuit."""
    if here:
        return "both" if there else "here"
    return "there" if there else ""


class TrunkCall(Protocol):
    """One call, from its offer, or its seizure, until both ends have let go of the circuit."""

    @property
    def circuit(self) -> str:
        """Name of the circuit, e.g. `dtiB1T1`."""

    @property
    def signalling(self) -> str:
        """What carries it: "cas", "r2", "pri", "fxs"."""

    @property
    def facts(self) -> CallFacts:
        """All that its set-up told; `called` grows while the number is dialled."""

    @property
    def caller(self) -> str:
        """The caller's number; "" when it was withheld."""

    @property
    def called(self) -> str:
        """The dialled number, as far as it is known."""

    @property
    def channel(self) -> Channel:
        """The circuit's sound."""

    @property
    def proceeding(self) -> asyncio.Future[None]:
        """Done when the far end has taken the number, at the latest with `alerting`."""

    @property
    def alerting(self) -> asyncio.Future[None]:
        """Done when the called party is being rung, at the latest with `answered`."""

    @property
    def in_band(self) -> bool:
        """Whether tones or words of the far end's network can be heard before the answer."""

    @property
    def answered(self) -> asyncio.Future[None]:
        """Done when the call was answered, by us or, when it goes out, by the far end."""

    @property
    def cleared(self) -> asyncio.Future[int]:
        """Done when the far end has cleared, with the cause (ITU-T Q.850)."""

    @property
    def location(self) -> str:
        """Where in the network that cause arose (Q.850, 2.2.3); "" if it was not said."""

    def ring(self) -> None:
        """Tell the exchange that somebody is being rung: the caller hears ringing tone."""

    def progress(self) -> None:
        """Let the caller hear us before the answer (early media)."""

    def answer(self) -> None:
        """Tell the exchange that the call is answered; charging starts."""

    async def through(self) -> None:
        """Wait until what we say can be heard, after `ring` or `progress`."""

    def redirect(self, number: str) -> None:
        """Ask the exchange to send a call that is not answered on to this number."""

    async def transfer(self, other: TrunkCall) -> None:
        """Let the exchange connect the far ends of this call and of another, both answered.

        Returns when both calls are over here.  Raises `LineError` when the exchange does not do it,
        whereupon the calls are as they were, `CardError` when the kind has no means for it.
        """

    async def send_digits(self, digits: str) -> None:
        """Dial further: in messages while the number is not complete, else as tones."""

    def on_digits(self, callback: Callable[[str], None] | None) -> None:
        """Call `callback` with further digits of the called number as they come (overlap)."""

    def on_flash(self, callback: Callable[[], None] | None) -> None:
        """Call `callback` whenever the far end presses its hook for a moment, where it can."""

    async def clear(self, cause: int = 16) -> None:
        """Clear our side and give the sound back; returns when nothing of the call is left."""

    def transcript(self) -> Sequence[str]:
        """Its signalling, a line each, for the log of a call that failed."""


class Trunk(Protocol):
    """Circuits and their signalling."""

    @property
    def name(self) -> str:
        """What it is called: after its span."""

    @property
    def signalling(self) -> str:
        """Its kind: "cas", "r2", "pri", "fxs"."""

    def start(self, offer: Callable[[TrunkCall], None]) -> None:
        """Put the circuits into service; `offer` is called with each incoming call."""

    def dial(self, facts: CallFacts, *, circuit: str | None = None) -> TrunkCall:
        """Make a call, on a free circuit or on this one.

        Raises `LineError` with cause 34 when none is free, 38 when trunk or board are down, 44 when
        the circuit that was asked for is not free; `CardError` when the kind makes no calls.
        """

    def block(self, circuit: str | None = None) -> None:
        """Take no new calls: idle circuits are blocked now, busy ones once they are free.

        All circuits, or this one alone; `CardError` for one that the trunk has not.
        """

    def unblock(self, circuit: str | None = None) -> None:
        """Take calls again."""

    async def drain(self) -> None:
        """Take no new calls; returns when the last present one is over."""

    def restart(self, circuit: str | None = None) -> None:
        """Bring circuits back to idle at both ends; calls on them are lost, with cause 41."""

    async def stop(self) -> None:
        """Clear what is left and take the circuits out of service."""

    def query(self) -> list[Circuit]:
        """The state of every circuit, asked rather than remembered."""

    def stats(self) -> TrunkStats:
        """What it has carried so far."""


class Leg:
    """What the calls of every kind have in common; a kind overrides what it has means for."""

    signalling = ""
    channel: Channel

    def __init__(self, circuit: str, facts: CallFacts) -> None:
        loop = asyncio.get_running_loop()
        self.circuit = circuit
        self.facts = facts
        self.proceeding: asyncio.Future[None] = loop.create_future()
        self.alerting: asyncio.Future[None] = loop.create_future()
        self.answered: asyncio.Future[None] = loop.create_future()
        self.cleared: asyncio.Future[int] = loop.create_future()
        self.location = ""
        self.in_band = False

    @property
    def caller(self) -> str:
        """The caller's number; "" when it was withheld."""
        return self.facts.caller if self.facts.caller_presented else ""

    @property
    def called(self) -> str:
        """The dialled number, as far as it is known."""
        return self.facts.called

    def ring(self) -> None:
        """Refused, unless the kind has a signal for it."""
        raise self.cannot("ring")

    def progress(self) -> None:
        """Refused, unless the kind has a signal for it."""
        raise self.cannot("send sound before the answer")

    def answer(self) -> None:
        """Refused, unless the kind has a signal for it."""
        raise self.cannot("answer")

    async def through(self) -> None:
        """At once, unless a register's signals are still on the circuit."""

    def redirect(self, number: str) -> None:
        """Refused, unless the kind has a signal for it."""
        raise self.cannot(f"send the call on to {number}")

    async def transfer(self, other: TrunkCall) -> None:
        """Refused, unless the kind has a signal for it."""
        raise self.cannot(f"be connected with {other.circuit}")

    async def send_digits(self, digits: str) -> None:
        """Send digits as DTMF, with "," for a pause of 2 s; returns when they are sent.

        Raises ValueError for what is no digit, `LineError` when the far end has gone before.
        """
        segments: list[ToneSegment] = []
        for number, group in enumerate(digits.split(PAUSE)):
            if number:
                segments.append(ToneSegment(PAUSE_S))
            if group:
                segments += dtmf_segments(group)
        if self.cleared.done():
            raise LineError(f"{self.circuit}: the far end has gone", cause=self.cleared.result())
        if segments:
            await self.channel.tones(segments)

    def on_digits(self, callback: Callable[[str], None] | None) -> None:
        """Never called, unless the kind has numbers that come in pieces."""

    def on_flash(self, callback: Callable[[], None] | None) -> None:
        """Never called, unless the kind has a signal for a hook that is pressed for a moment."""

    def transcript(self) -> Sequence[str]:
        """Nothing, unless the kind keeps one."""
        return ()

    def cannot(self, wanted: str) -> CardError:
        """The refusal of what this kind of signalling has no means for."""
        return CardError(f"{self.circuit}: cannot {wanted}, {self.signalling} has no signal for it")

    def proceeds(self, *, alerting: bool = False, answered: bool = False) -> None:
        """The far end has come so far; what must have come before has come as well."""
        steps = (self.proceeding, self.alerting, self.answered)
        for step in steps[: 1 + (2 if answered else alerting)]:
            if not step.done():
                step.set_result(None)

    def lost(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """The far end has cleared, or the call is lost; the first cause counts."""
        if not self.cleared.done():
            self.cleared.set_result(cause)
