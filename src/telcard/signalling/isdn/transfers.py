"""Sending calls away: deflection, explicit call transfer, two-B-channel transfer, without I/O.

    user                                network
    "deflect", handle, number     ──▶   DiversionAsked(number)     EN 300 207-1, before the answer
    "transfer", handle, other     ──▶   TransferAsked(other)       both calls answered
    ServiceAnswered(done, why)    ◀──   "grant" or "deny", handle

What a transfer looks like is the profile's: EuroISDN asks for a link identity on the second call
and names it on the first (EN 300 369-1); National ISDN names the second call's reference (TBCT).
A network that says nothing has refused, when the timer "service" is over.
The network that grants clears what the user need not hold any more: the deflected call, or both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from telcard.errors import LocalProtocolError
from telcard.signalling.causes import Cause
from telcard.signalling.events import (
    DiversionAsked,
    LineEvent,
    ServiceAnswered,
    TransferAsked,
)
from telcard.signalling.isdn import services
from telcard.signalling.isdn.profiles import Profile
from telcard.signalling.isdn.services import Component, Invoke, Refusal, Rejection, Result


@dataclass(frozen=True, slots=True)
class Tell:
    """Send components within a call."""

    handle: int
    component: Component


@dataclass(frozen=True, slots=True)
class End:
    """Clear a call, whose service is done."""

    handle: int
    cause: int


@dataclass(frozen=True, slots=True)
class Say:
    """Report an event of a call."""

    handle: int
    event: LineEvent


Deed = Tell | End | Say


class Transfers:
    """The services that are under way on one interface.

    `find` gives the call that the far end names by a reference and its flag, None where there is
    none.
    """

    def __init__(self, profile: Profile, find: Callable[[int], int | None]) -> None:
        self._profile = profile
        self._find = find
        self._last = 0
        self._asked: dict[tuple[int, int], tuple[str, int]] = {}  # ours: (what, the other call)
        self._wanted: dict[int, tuple[int, tuple[int, ...]]] = {}  # theirs: (identity, to end)
        self._links: dict[int, int] = {}  # link identity that we gave: the call

    # -- asked for here --------------------------------------------------------------------------

    def deflect(self, handle: int, number: str) -> list[Deed]:
        """Ask the network to send an unanswered call to another number."""
        if not self._profile.deflection:
            raise LocalProtocolError(f"{self._profile.name} has no call deflection")
        return [self._ask(handle, "deflect", 0, services.CALL_DEFLECTION, services.address(number))]

    def transfer(self, handle: int, other: int, reference: int) -> list[Deed]:
        """Ask the network to connect the far ends of two calls; `reference` is the other's."""
        match self._profile.transfer:
            case "ect":
                return [self._ask(other, "link", handle, services.LINK_ID_REQUEST)]
            case "tbct":
                link = services.sequence(services.integer(reference))
                return [self._ask(handle, "transfer", other, services.TWO_CHANNEL_TRANSFER, link)]
        raise LocalProtocolError(f"{self._profile.name} has no call transfer by the network")

    def answer(self, handle: int, grant: bool) -> list[Deed]:
        """Grant or deny what the far end has asked for in this call."""
        if handle not in self._wanted:
            raise LocalProtocolError(f"call {handle}: nothing was asked for")
        identity, calls = self._wanted.pop(handle)
        if not grant:
            return [Tell(handle, Refusal(identity))]
        ends = [End(call, Cause.NORMAL_CLEARING) for call in calls]
        return [Tell(handle, Result(identity)), *ends]

    def waiting(self, handle: int) -> bool:
        """Whether an answer to what we asked in this call is due."""
        return any(key[0] == handle for key in self._asked)

    def silent(self, handle: int) -> list[Deed]:
        """No answer has come in time."""
        asked = [self._asked.pop(key) for key in list(self._asked) if key[0] == handle]
        refused = ServiceAnswered(False, "no answer")
        return [Say(other if what == "link" else handle, refused) for what, other in asked]

    def forget(self, handle: int) -> None:
        """The call has ended, and what was asked in it."""
        self._wanted.pop(handle, None)
        for key in [key for key in self._asked if key[0] == handle]:
            del self._asked[key]
        for link in [link for link, call in self._links.items() if call == handle]:
            del self._links[link]

    def _ask(
        self,
        handle: int,
        what: str,
        other: int,
        operation: services.Operation,
        argument: bytes = b"",
    ) -> Tell:
        self._last = self._last % 0x7FFF + 1
        self._asked[handle, self._last] = what, other
        return Tell(handle, Invoke(self._last, operation, argument))

    # -- what comes in ----------------------------------------------------------------------------

    def receive(self, handle: int, octets: bytes) -> list[Deed]:
        """Meet the components of a Facility element, whatever they are."""
        deeds: list[Deed] = []
        for component in services.parse(octets):
            if isinstance(component, Invoke):
                deeds += self._invoked(handle, component)
            elif (handle, component.id) in self._asked:
                deeds += self._answered(handle, component)
        return deeds

    def _invoked(self, handle: int, invoke: Invoke) -> list[Deed]:
        argument = invoke.argument
        match invoke.operation:
            case services.CALL_DEFLECTION if self._profile.deflection:
                number = services.number_of(argument)
                if number:
                    self._wanted[handle] = invoke.id, (handle,)
                    return [Say(handle, DiversionAsked(number))]
            case services.LINK_ID_REQUEST:
                link = handle & 0x7FFF
                self._links[link] = handle
                return [Tell(handle, Result(invoke.id, invoke.operation, services.integer(link)))]
            case services.EXPLICIT_TRANSFER:
                return self._transfer(handle, invoke.id, self._linked(argument))
            case services.TWO_CHANNEL_TRANSFER:
                reference = services.integer_of(argument)
                other = None if reference is None else self._find(reference)
                return self._transfer(handle, invoke.id, other)
            case _:
                return [Tell(handle, Rejection(invoke.id))]  # an operation that nobody knows here
        return [Tell(handle, Refusal(invoke.id))]

    def _linked(self, argument: bytes) -> int | None:
        link = services.integer_of(argument)
        return None if link is None else self._links.get(link)

    def _transfer(self, handle: int, identity: int, other: int | None) -> list[Deed]:
        if other is None or other == handle:
            return [Tell(handle, Refusal(identity))]
        self._wanted[handle] = identity, (handle, other)
        return [Say(handle, TransferAsked(other))]

    def _answered(self, handle: int, component: Component) -> list[Deed]:
        what, other = self._asked.pop((handle, component.id))
        if isinstance(component, Result):
            if what != "link":
                return [Say(handle, ServiceAnswered(True))]
            link = services.integer_of(component.argument)
            if link is not None:
                named = services.integer(link)
                return [self._ask(other, "transfer", handle, services.EXPLICIT_TRANSFER, named)]
        why = "not understood"
        if isinstance(component, Refusal):
            why = f"refused, error {component.error}"
        return [Say(other if what == "link" else handle, ServiceAnswered(False, why))]
