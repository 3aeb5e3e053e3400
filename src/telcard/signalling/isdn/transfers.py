"""Sending calls away: deflection, explicit call transfer, two-B-channel transfer, without I/O.

    user                                network
    "deflect", handle, number     ──▶   DiversionAsked(number)     EN 300 207-1, before the answer
    "transfer", handle, other     ──▶   TransferAsked(other)       both calls answered
    ServiceAnswered(done, why)    ◀──   "grant" or "deny", handle

What a transfer looks like is the profile's: EuroISDN asks for a link identity on the second call
and names it on the first (EN 300 369-1); National ISDN names the second call's reference (TBCT).
Between private exchanges nobody grants: the one in the middle joins the calls itself and tells both
ends, who may shorten the way (`replacement`).

A network that does not offer the service says so in many ways: it refuses (not subscribed), rejects
(an operation that it does not know), answers by STATUS (a message or an element that it does not
know) or keeps silent; then it has refused when the timer "service" is over.  In each case the calls
stay as they are.  The network that grants clears what the user need not hold any more: the
deflected call, or both.
"""

from __future__ import annotations

from collections.abc import Callable

from telcard.errors import LocalProtocolError
from telcard.machine import StartTimer, StopTimer
from telcard.signalling.causes import Cause, cause_text
from telcard.signalling.events import (
    DiversionAsked,
    ServiceAnswered,
    TransferAsked,
)
from telcard.signalling.isdn import services
from telcard.signalling.isdn.deeds import Deed, End, Say, Tell
from telcard.signalling.isdn.profiles import Profile
from telcard.signalling.isdn.services import Component, Invoke, Refusal, Rejection, Result


class Transfers:
    """The services that are under way on one interface.

    `find` gives the call that the far end names by a reference and its flag, None where there is
    none; `next_id` gives invoke identities.
    """

    def __init__(
        self, profile: Profile, find: Callable[[int], int | None], next_id: Callable[[], int]
    ) -> None:
        self._profile = profile
        self._find = find
        self._next_id = next_id
        self._asked: dict[tuple[int, int], tuple[str, int]] = {}  # ours: (what, the other call)
        self._wanted: dict[int, tuple[int, tuple[int, ...]]] = {}  # theirs: (identity, to end)
        self._links: dict[int, int] = {}  # link identity that we gave: the call

    # -- asked for here --------------------------------------------------------------------------

    def deflect(self, handle: int, number: str) -> list[Deed]:
        """Ask the network to send an unanswered call to another number."""
        if not self._profile.deflection:
            raise LocalProtocolError(f"{self._profile.name} has no call deflection")
        return self._ask(handle, "deflect", 0, services.CALL_DEFLECTION, services.address(number))

    def transfer(self, handle: int, other: int, reference: int) -> list[Deed]:
        """Ask the network to connect the far ends of two calls; `reference` is the other's."""
        match self._profile.transfer:
            case "ect":
                return self._ask(other, "link", handle, services.LINK_ID_REQUEST)
            case "tbct":
                link = services.sequence(services.integer(reference))
                return self._ask(handle, "transfer", other, services.TWO_CHANNEL_TRANSFER, link)
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
        return [*self._drop(handle, "no answer: nothing has changed")]

    def ignored(self, handle: int, cause: int) -> list[Deed]:
        """STATUS: the network has skipped what we asked, which it does not know."""
        why = f"the network does not know the service (cause {cause}, {cause_text(cause)})"
        return [*self._stopped(handle), *self._drop(handle, why)]

    def forget(self, handle: int) -> list[Deed]:
        """The call has ended, and what was asked in it; for whom it was asked hears of it."""
        self._wanted.pop(handle, None)
        for link in [link for link, call in self._links.items() if call == handle]:
            del self._links[link]
        deeds = self._stopped(handle)
        said = self._drop(handle, "the other call has ended")
        for key in [key for key, asked in self._asked.items() if asked == ("link", handle)]:
            del self._asked[key]  # what is asked in another call, for this one
            if not self.waiting(key[0]):
                deeds.append(StopTimer(f"service {key[0]}"))
        return [*deeds, *(deed for deed in said if deed.handle != handle)]

    def _drop(self, handle: int, why: str) -> list[Say]:
        asked = [self._asked.pop(key) for key in list(self._asked) if key[0] == handle]
        refused = ServiceAnswered(False, why)
        return [Say(other if what == "link" else handle, refused) for what, other in asked]

    def _stopped(self, handle: int) -> list[Deed]:
        return [StopTimer(f"service {handle}")] if self.waiting(handle) else []

    def _ask(
        self,
        handle: int,
        what: str,
        other: int,
        operation: services.Operation,
        argument: bytes = b"",
    ) -> list[Deed]:
        invoke = self._next_id()
        self._asked[handle, invoke] = what, other
        return [Tell(handle, Invoke(invoke, operation, argument)), StartTimer(f"service {handle}")]

    # -- what comes in ----------------------------------------------------------------------------

    def invoked(self, handle: int, invoke: Invoke) -> list[Deed]:
        """Meet an operation, whatever it is."""
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

    def answered(self, handle: int, component: Component) -> list[Deed]:
        """Meet an answer; one that answers nothing of ours is passed over."""
        if (handle, component.id) not in self._asked:
            return []
        what, other = self._asked.pop((handle, component.id))
        deeds: list[Deed] = [] if self.waiting(handle) else [StopTimer(f"service {handle}")]
        if isinstance(component, Result):
            if what != "link":
                return [*deeds, Say(handle, ServiceAnswered(True))]
            link = services.integer_of(component.argument)
            if link is not None:
                named = services.integer(link)
                operation = services.EXPLICIT_TRANSFER
                return deeds + self._ask(other, "transfer", handle, operation, named)
        why = "not understood"
        if isinstance(component, Refusal):
            why = f"refused, error {component.error}"
        elif isinstance(component, Rejection):
            why = "rejected: the network does not know the service"
        return [*deeds, Say(other if what == "link" else handle, ServiceAnswered(False, why))]

    def _linked(self, argument: bytes) -> int | None:
        link = services.integer_of(argument)
        return None if link is None else self._links.get(link)

    def _transfer(self, handle: int, identity: int, other: int | None) -> list[Deed]:
        if other is None or other == handle:
            return [Tell(handle, Refusal(identity))]
        self._wanted[handle] = identity, (handle, other)
        return [Say(handle, TransferAsked(other))]
