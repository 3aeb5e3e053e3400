"""Supplementary services of one interface, without I/O: which machine a Facility element is for.

Requests, each with a call's handle in front:

    "deflect", number    "transfer", other    "grant"   "deny"      `transfers`, and joining (QSIG)
    "propose", number    "replace", new, channel, exclusive          `replacement` (QSIG)

An exchange that has joined two QSIG calls passes on what is meant for their ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telcard.errors import LocalProtocolError
from telcard.signalling.causes import Cause
from telcard.signalling.events import Transferred
from telcard.signalling.isdn import qsig
from telcard.signalling.isdn.basic import CLEARING, Call, State
from telcard.signalling.isdn.deeds import Deed, PassOn, Say, Tell
from telcard.signalling.isdn.elements import CauseElement
from telcard.signalling.isdn.messages import Message, MessageType
from telcard.signalling.isdn.payloads import Facility
from telcard.signalling.isdn.profiles import Profile
from telcard.signalling.isdn.replacement import Replacements
from telcard.signalling.isdn.services import Component, Invoke, components, parse
from telcard.signalling.isdn.transfers import Transfers

SERVICES = frozenset({"deflect", "transfer", "grant", "deny", "propose", "replace"})
"""What may be asked of a call beyond `telcard.signalling.isdn.call`."""

FLAG, LARGEST_REFERENCE = 0x8000, 0x7FFF
"""Of a call reference that names a call which the other side has made; the value."""

DEFLECTABLE = frozenset(
    {State.OVERLAP_RECEIVING, State.INCOMING_CALL_PROCEEDING, State.CALL_RECEIVED}
)

_UNKNOWN_MESSAGE = frozenset(
    {
        Cause.MESSAGE_TYPE_NON_EXISTENT,
        Cause.MESSAGE_NOT_COMPATIBLE,
        Cause.MESSAGE_NOT_COMPATIBLE_WITH_STATE,
    }
)


class Facilities:
    """The services under way among `calls`; `handles` has them by (ours, reference)."""

    def __init__(
        self,
        profile: Profile,
        calls: Mapping[int, Call],
        handles: Mapping[tuple[bool, int], int],
    ) -> None:
        self._profile = profile
        self._calls = calls
        self._handles = handles
        self._last = 0
        self._joined: dict[int, int] = {}
        self.transfers = Transfers(profile, self._named_by_far_end, self._next_id)
        self.replacements = Replacements(self._next_id)

    def _next_id(self) -> int:
        self._last = self._last % 0x7FFF + 1
        return self._last

    def _named_by_far_end(self, reference: int) -> int | None:
        """The call whose messages bear this reference, flag included, when the far end sends."""
        return self._handles.get((bool(reference & FLAG), reference & LARGEST_REFERENCE))

    def wrap(self, component: Component) -> Facility:
        """The element that carries a component; between private exchanges it has an address."""
        if self._profile.transfer == "join":
            return Facility(qsig.addressed(component), qsig.NETWORKING)
        return Facility(components(component))

    # -- asked for here ---------------------------------------------------------------------------

    def request(self, name: str, handle: int, *args: Any) -> list[Deed]:
        """Do one of `SERVICES`; raises LocalProtocolError where it makes no sense."""
        call = self._calls[handle]
        if call.state in CLEARING:
            return []
        match name:
            case "deflect":
                if call.outgoing or call.state not in DEFLECTABLE:
                    raise LocalProtocolError(
                        f"call {handle}: want one that rings here, to deflect it"
                    )
                return self.transfers.deflect(handle, *args)
            case "transfer":
                return self._transfer(handle, *args)
            case "propose":
                if self._profile.transfer != "join" or call.state is not State.ACTIVE:
                    raise LocalProtocolError(
                        f"call {handle}: want a QSIG call that was answered, to replace its path"
                    )
                return self.replacements.propose(handle, *args)
            case "replace":
                return self.replacements.replace(handle, *args)
        if name == "deny" and self.replacements.waiting(handle):
            return self.replacements.deny(handle)
        return self.transfers.answer(handle, name == "grant")

    def _transfer(self, handle: int, other: int) -> list[Deed]:
        first, second = self._calls[handle], self._calls.get(other)
        if second is None or second is first or first.state is not State.ACTIVE:
            raise LocalProtocolError(f"call {handle}: want two calls to transfer")
        if self._profile.transfer != "join":
            named = second.reference if second.outgoing else second.reference | FLAG
            return self.transfers.transfer(handle, other, named)
        if second.state is not State.ACTIVE or {handle, other} & self._joined.keys():
            raise LocalProtocolError(
                f"call {handle}: want two answered calls that are joined to no other"
            )
        self._joined[handle], self._joined[other] = other, handle
        return [self._tell_transferred(handle, True), self._tell_transferred(other, False)]

    def _tell_transferred(self, handle: int, primary: bool) -> Deed:
        """What the end of a call is told when we have joined it to another."""
        number = self._calls[self._joined[handle]].party
        told = qsig.Transferred(primary, number).encode()
        return Tell(handle, Invoke(self._next_id(), qsig.CALL_TRANSFER_COMPLETE, told))

    # -- what comes in ----------------------------------------------------------------------------

    def hear(self, handle: int, message: Message) -> list[Deed]:
        """Meet a message of a call: its Facility elements, or a STATUS that knows none."""
        if message.kind == MessageType.STATUS:
            return self._status(handle, message)
        deeds: list[Deed] = []
        for facility in message.all(Facility):
            deeds += self._receive(handle, facility)
        return deeds

    def _receive(self, handle: int, facility: Facility) -> list[Deed]:
        if handle in self._joined and qsig.for_end(facility.components):
            return [PassOn(self._joined[handle], facility.components)]
        deeds: list[Deed] = []
        for component in parse(facility.components):
            if isinstance(component, Invoke):
                deeds += self._invoked(handle, component)
            else:
                deeds += self._answered(handle, component)
        return deeds

    def offered(self, handle: int, message: Message) -> list[Deed] | None:
        """Meet the Facility elements of a SETUP; None where the call is one like any other."""
        if self._profile.transfer == "join":
            for facility in message.all(Facility):
                for component in parse(facility.components):
                    if isinstance(component, Invoke):
                        deeds = self.replacements.offered(handle, component)
                        if deeds is not None:
                            return deeds
        return None

    def _status(self, handle: int, message: Message) -> list[Deed]:
        """The far end may know no FACILITY message, or no such element."""
        why = message.get(CauseElement)
        if why is None or not self.transfers.waiting(handle):
            return []
        skipped = why.value == Cause.ELEMENT_NON_EXISTENT and Facility.identifier in why.diagnostics
        unknown = why.value in _UNKNOWN_MESSAGE and why.diagnostics[:1] in (
            b"",
            bytes((MessageType.FACILITY,)),
        )
        return self.transfers.ignored(handle, why.value) if skipped or unknown else []

    def expire(self, timer: str, handle: int) -> list[Deed]:
        """Meet the expiry of "service", T1, T2 or T3 of a call."""
        if timer == "service":
            return self.transfers.silent(handle)
        return self.replacements.expire(handle, timer)

    def ending(self, handle: int) -> list[Deed]:
        """A call is being cleared: no path is wanted for it any more."""
        return self.replacements.forget(handle)

    def forget(self, handle: int) -> list[Deed]:
        """A call has ended, and all that was under way in it."""
        other = self._joined.pop(handle, None)
        if other is not None:
            self._joined.pop(other, None)
        return [*self.transfers.forget(handle), *self.replacements.forget(handle)]

    def _invoked(self, handle: int, invoke: Invoke) -> list[Deed]:
        if self._profile.transfer == "join":
            deeds = self.replacements.invoked(handle, invoke)
            if deeds is not None:
                return deeds
            if invoke.operation == qsig.CALL_TRANSFER_COMPLETE:
                return _transferred(handle, invoke)
        return self.transfers.invoked(handle, invoke)

    def _answered(self, handle: int, component: Component) -> list[Deed]:
        deeds = self.replacements.answered(handle, component)
        return self.transfers.answered(handle, component) if deeds is None else deeds


def _transferred(handle: int, invoke: Invoke) -> list[Deed]:
    """callTransferComplete, which wants no answer."""
    told = qsig.Transferred.read(invoke.argument)
    if told is None:
        return []
    return [Say(handle, Transferred(told.number, told.primary, told.alerting))]
