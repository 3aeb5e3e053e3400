"""How a call ends (Q.931 5.3), and what may happen to it at any time (5.5, 5.8, 5.9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from telcard.machine import Action, Effect, Report, Send
from telcard.signalling.causes import Cause
from telcard.signalling.events import Disconnected, Failed, Notified
from telcard.signalling.isdn.basic import (
    CLEARING,
    LIVING,
    UNANSWERED,
    Call,
    S,
    State,
    T,
    Table,
    progressed,
    reason,
    refuse,
    sounds,
    stop,
    to,
)
from telcard.signalling.isdn.elements import CallState, NotificationIndicator
from telcard.signalling.isdn.messages import Message
from telcard.signalling.isdn.payloads import Facility

# --- clearing -----------------------------------------------------------------------------------


def cleared(call: Call, message: Message) -> list[Effect]:
    """The far end has ended the call in one stroke: RELEASE or RELEASE COMPLETE out of turn."""
    why = reason(message)
    reply = call.send(T.RELEASE_COMPLETE) if message.kind == T.RELEASE else []
    said = Report(Disconnected(why.value, why.place, False))
    return [*reply, said, *call.null(why.value)]


def disconnected(call: Call, message: Message) -> list[Effect]:
    """DISCONNECT: cut the path through, unless there is something to hear (5.3.3, 5.4.1)."""
    why = reason(message)
    call._cause = why.value
    effects = call.enter(call.told)
    return [*effects, Report(Disconnected(why.value, why.place, sounds(message)))]


def clear(call: Call, cause: int = Cause.NORMAL_CLEARING, in_band: bool = False) -> list[Effect]:
    """End a living call."""
    return call.disconnect(cause, in_band)


def complete_clearing(call: Call, cause: int = 0, in_band: bool = False) -> list[Effect]:
    """Having received DISCONNECT, release; its cause ends the call.  -> RELEASE_REQUEST."""
    return call.release(call._spoilt)


def released_by_far_end(call: Call, message: Message) -> list[Effect]:
    """RELEASE after a DISCONNECT: the last word is ours."""
    return [*call.send(T.RELEASE_COMPLETE), *call.null(call._cause)]


def over(call: Call, *_: Any) -> list[Effect]:
    """-> NULL."""
    return call.null(call._cause)


def disconnect_unanswered(call: Call) -> list[Effect]:
    """T305, T306: release, with the cause that the DISCONNECT had.  -> RELEASE_REQUEST."""
    return call.release(call._cause)


def release_unanswered(call: Call) -> list[Effect]:
    """-> NULL.

    T308: send RELEASE again, then let go of the call; its channel is in doubt (5.3.3, 5.3.4).
    """
    call._in_vain += 1
    if call._in_vain <= call.profile.n308 and call._kept is not None:
        return [Send(call._kept), *call.start("T308")]
    call.in_doubt = True
    return call.null(call._cause)


def clearing(asked: State, told: State) -> Table:
    """The end of a call, the same for both halves (5.3)."""
    crossing = "SETUP_ACKNOWLEDGE CALL_PROCEEDING ALERTING CONNECT CONNECT_ACKNOWLEDGE PROGRESS"
    crossing += " INFORMATION NOTIFY FACILITY"  # what was on its way when we asked for the end
    return {
        (S.NULL, "clear"): lambda call, cause=Cause.NORMAL_CLEARING, in_band=False: call.null(
            cause
        ),
        **{(state, "DISCONNECT"): disconnected for state in LIVING},
        **{(state, "RELEASE"): cleared for state in LIVING},
        **{(state, "RELEASE_COMPLETE"): cleared for state in LIVING},
        **{(state, "clear"): clear for state in LIVING},
        **{(state, name): to(None) for state in CLEARING for name in crossing.split()},
        (asked, "DISCONNECT"): lambda call, message: call.release(),  # 5.3.5: both at once
        (asked, "RELEASE"): released_by_far_end,
        (asked, "RELEASE_COMPLETE"): over,
        (asked, "T305"): disconnect_unanswered,
        (asked, "T306"): disconnect_unanswered,
        (asked, "clear"): to(None),
        (told, "clear"): complete_clearing,
        (told, "RELEASE"): released_by_far_end,
        (told, "RELEASE_COMPLETE"): over,
        (told, "DISCONNECT"): to(None),
        (S.RELEASE_REQUEST, "RELEASE"): over,  # 5.3.5: both at once
        (S.RELEASE_REQUEST, "RELEASE_COMPLETE"): over,
        (S.RELEASE_REQUEST, "DISCONNECT"): to(None),
        (S.RELEASE_REQUEST, "T308"): release_unanswered,
        (S.RELEASE_REQUEST, "clear"): to(None),
    }


# --- when something is wrong ---------------------------------------------------------------------


def enquire(call: Call) -> list[Effect]:
    """Ask the far end for its state, one question at a time (5.8.10)."""
    if "T322" in call.running:
        return []
    call._unasked = 0
    return [*call.send(T.STATUS_ENQUIRY), *call.start("T322")]


def enquire_again(call: Call) -> list[Effect]:
    """T322: ask again, then clear with cause 41 (5.8.10)."""
    call._unasked += 1
    if call._unasked <= call.profile.n322:
        return [*call.send(T.STATUS_ENQUIRY), *call.start("T322")]
    if call.state in CLEARING:  # T305 or T308 will see to it, or the far end's
        return []
    cause = Cause.TEMPORARY_FAILURE
    said = Report(Failed(cause, "the far end does not tell its state (T322)"))
    return [said, *call.disconnect(cause)]


def compared(call: Call, message: Message) -> list[Effect]:
    """STATUS (5.8.11): what does not fit is cleared with cause 101.

    A STATUS that nobody asked for may have crossed with our last message, so only Null counts
    in it.  The answer to our enquiry was sent after all we had sent before: there one side in the
    active state and the other not, or clearing, means that a message was lost on the way.
    """
    element = message.get(CallState)
    if element is None or (call.state is S.RELEASE_REQUEST and element.value):
        return []
    asked = "T322" in call.running
    effects = stop("T322")(call)
    theirs = element.value
    if theirs == S.NULL.value:
        cause = Cause.TEMPORARY_FAILURE
        if call.state not in CLEARING:
            effects.append(Report(Failed(cause, "the far end does not know the call")))
            call._cause = cause
        return effects + call.null(call._cause)
    if not asked or call.state in CLEARING or fits(call.state, theirs):
        return effects
    if call.state is S.ACTIVE and theirs == S.CONNECT_REQUEST.value:
        return effects + call.send(T.CONNECT_ACKNOWLEDGE)  # lost: say it again
    cause = Cause.MESSAGE_NOT_COMPATIBLE_WITH_STATE
    why = f"here {call.state.name.lower()}, there state {theirs}"
    return [*effects, Report(Failed(cause, why)), *call.disconnect(cause)]


def fits(ours: State, theirs: int) -> bool:
    """Whether two sides of a call may be in these states when no message is on its way."""
    active = S.ACTIVE.value
    if ours is S.ACTIVE:
        return theirs == active
    if ours is S.CONNECT_REQUEST and theirs == active:
        return True  # CONNECT ACKNOWLEDGE was lost: T313 decides
    return theirs in {state.value for state in UNANSWERED}


def restarted(call: Call) -> list[Effect]:
    """-> NULL.

    The channel was restarted (5.5): nobody speaks of the call any more.
    """
    cause = Cause.TEMPORARY_FAILURE
    said = [] if call.state in CLEARING else [Report(Failed(cause, "the channel was restarted"))]
    return [*said, *call.null(cause)]


def lost(call: Call) -> list[Effect]:
    """-> NULL.

    The data link has gone, and the call was not active (5.8.9): cleared here, in doubt there.
    """
    call.in_doubt = True
    if call.state in CLEARING:
        return call.null(call._cause)
    cause = Cause.NETWORK_OUT_OF_ORDER
    return [Report(Failed(cause, "the data link was lost")), *call.null(cause)]


def given_up(call: Call, cause: int, why: str) -> list[Effect]:
    """-> NULL.

    An active call whose data link does not come back (T309), or which we end meanwhile.
    """
    call.in_doubt = True
    return [*([Report(Failed(cause, why))] if why else []), *call.null(cause)]


def disturbed(call: Call) -> list[Effect]:
    """The data link was reset while digits were on their way (5.8.8)."""
    cause = Cause.TEMPORARY_FAILURE
    return [Report(Failed(cause, "the data link was reset")), *call.disconnect(cause)]


def tell_state(call: Call, message: Message) -> list[Effect]:
    """STATUS ENQUIRY (5.8.10)."""
    return call.status(Cause.RESPONSE_TO_STATUS_ENQUIRY)


def notified(call: Call, message: Message) -> list[Effect]:
    """NOTIFY (5.9): nothing changes, but people may like to know."""
    said = message.all(NotificationIndicator)
    return [Report(Notified(indicator.meaning)) for indicator in said]


def notify(call: Call, description: int) -> list[Effect]:
    """Tell the far end something about the call (5.9)."""
    return call.send(T.NOTIFY, NotificationIndicator(description))


def facility(call: Call, components: bytes, profile: int = 0x11) -> list[Effect]:
    """Send a supplementary service's components (Q.932)."""
    return call.send(T.FACILITY, Facility(components, profile))


def exceptions(overlap: Iterable[State]) -> Table:
    """What may happen to a call at any time (5.8)."""
    states = (*LIVING, *CLEARING)
    waiting = set(overlap)
    everywhere: dict[str, Action] = {
        "STATUS": compared,
        "STATUS_ENQUIRY": tell_state,
        "T322": enquire_again,
        "enquire": enquire,
        "restarted": restarted,
        "link_down": lost,
        "link_reset": to(None, stop("T322")),  # whoever asks begins anew
        "give_up": given_up,
        "SETUP": to(None),  # 5.8.3.2 e: SETUP for a call that exists is ignored
    }
    living: dict[str, Action] = {
        "NOTIFY": to(None, notified),
        "notify": notify,
        "FACILITY": to(None),  # read by `telcard.signalling.isdn.transfers`
        "facility": facility,
        "INFORMATION": to(None),
        "HOLD": to(None, refuse(T.HOLD_REJECT)),
        "RETRIEVE": to(None, refuse(T.RETRIEVE_REJECT)),
        "SUSPEND": to(None, refuse(T.SUSPEND_REJECT)),
    }
    table: dict[tuple[State, str], Action] = {
        **{(state, name): action for state in states for name, action in everywhere.items()},
        **{(state, name): action for state in LIVING for name, action in living.items()},
        **{(state, "link_reset"): disturbed for state in waiting},
        (S.ACTIVE, "link_down"): to(None, stop("T322")),  # T309 holds it (5.8.9)
        (S.ACTIVE, "CONNECT_ACKNOWLEDGE"): to(None),
        (S.ACTIVE, "PROGRESS"): to(None, progressed),
        (S.ACTIVE, "USER_INFORMATION"): to(None),
        (S.ACTIVE, "CONGESTION_CONTROL"): to(None),
    }
    return table
