"""Messages of a call reference that no call has, and how they are answered (Q.931 5.8.3.2).

A SETUP begins a call and is not for here.  Anything else is told that the reference means nothing,
so that the end which still believes in a call lets go of it; RELEASE COMPLETE, and a STATUS of the
null state, want no answer, or the two ends would go on for ever.
"""

from __future__ import annotations

from telcard.machine import Effect, Send
from telcard.signalling.causes import Cause
from telcard.signalling.isdn.call import State
from telcard.signalling.isdn.elements import CallState, CauseElement, Element
from telcard.signalling.isdn.messages import Message, MessageType

T = MessageType


def meet(message: Message, location: int) -> list[Effect]:
    """What is sent back for a message other than SETUP; `location` says where the cause arose."""
    match message.kind:
        case T.RELEASE_COMPLETE:
            return []
        case T.RESUME if not message.to_origin:
            return [answer(message, T.RESUME_REJECT, Cause.NO_CALL_SUSPENDED, location)]
        case T.STATUS:
            state = message.get(CallState)
            if state is None or state.value == State.NULL.value:
                return []
            cause = Cause.MESSAGE_NOT_COMPATIBLE_WITH_STATE
            return [answer(message, T.RELEASE_COMPLETE, cause, location)]
        case T.STATUS_ENQUIRY:
            cause, null = Cause.RESPONSE_TO_STATUS_ENQUIRY, CallState(State.NULL.value)
            return [answer(message, T.STATUS, cause, location, null)]
    return [answer(message, T.RELEASE_COMPLETE, Cause.INVALID_CALL_REFERENCE, location)]


def answer(
    message: Message, kind: MessageType, cause: Cause, location: int, *elements: Element
) -> Send:
    """A message back, on the reference that came, without a call."""
    why = CauseElement(cause, location, _diagnostics(message, cause))
    back = Message(kind, message.reference, (why, *elements), not message.to_origin)
    return Send(back.encode())


def _diagnostics(message: Message, cause: Cause) -> bytes:
    """What Q.850 wants beside a cause: the elements that are wrong, the type of the message."""
    if cause in (Cause.MANDATORY_ELEMENT_MISSING, Cause.INVALID_ELEMENT_CONTENTS):
        return bytes(fault.identifier for fault in message.faults if fault.mandatory)
    if cause is Cause.MESSAGE_NOT_COMPATIBLE_WITH_STATE:
        return bytes((message.kind,))
    return b""
