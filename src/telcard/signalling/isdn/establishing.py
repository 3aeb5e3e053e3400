"""How a call comes about: the calling half of its tables, and the called one.

Figures A.2 and A.3 of Q.931: 5.1 is calling for the user and called for the network, 5.2 the other
way round.
"""

from __future__ import annotations

from collections.abc import Iterable

from telcard.machine import Effect, Report, Send
from telcard.signalling.causes import Cause
from telcard.signalling.events import (
    Alerting,
    Answered,
    Failed,
    MoreDigits,
    Offered,
    Proceeding,
    Progressed,
    SeizureAcknowledged,
)
from telcard.signalling.isdn.basic import (
    Call,
    S,
    State,
    Step,
    T,
    Table,
    progressed,
    reply,
    sounds,
    start,
    stop,
    tell,
    to,
    too_slow,
)
from telcard.signalling.isdn.elements import (
    Element,
    Progress,
    ProgressIndicator,
    SendingComplete,
)
from telcard.signalling.isdn.messages import Message, MessageType
from telcard.signalling.isdn.numbers import CalledNumber
from telcard.signalling.isdn.offers import facts_of
from telcard.signalling.isdn.payloads import Keypad

# --- calling ------------------------------------------------------------------------------------


def sound_told(call: Call, message: Message) -> list[Effect]:
    """Something to hear, in a message that is about something else."""
    return [Report(Progressed(True))] if sounds(message) else []


def alerted(call: Call, message: Message) -> list[Effect]:
    """The called party's telephone rings."""
    return [Report(Alerting(sounds(message)))]


def set_up(call: Call, elements: Iterable[Element]) -> list[Effect]:
    """Send SETUP, which is kept for T303."""
    elements = tuple(elements)
    call.party = "".join(e.digits for e in elements if isinstance(e, CalledNumber))
    sent = call.send(T.SETUP, *elements)
    call._kept = sent[0].pdu  # type: ignore[union-attr]  # a Send
    return sent


def no_answer_to_setup(call: Call) -> list[Effect]:
    """T303: send SETUP again, then give up (5.1.1, 5.2.1).

    The far end that never answered knows nothing of the call, or keeps silent: RELEASE COMPLETE
    takes care of both.
    """
    call._in_vain += 1
    if call._in_vain <= call.profile.n303 and call._kept is not None:
        return [Send(call._kept), *call.start("T303")]
    cause = Cause.NO_USER_RESPONDING
    return [
        *call.send(T.RELEASE_COMPLETE, call.why(Cause.RECOVERY_ON_TIMER, b"303")),
        Report(Failed(cause, "no answer to SETUP (T303)")),
        *call.null(cause),
    ]


def unacceptable(call: Call, cause: int) -> list[Effect]:
    """The far end gives the call a channel that it cannot have (5.1.2, 5.2.3.1)."""
    call._cause = cause
    said = Report(Failed(cause, "the far end wants a channel that cannot be had"))
    return [said, *call.release(cause)]


def dial_on(call: Call, digits: str, complete: bool = False) -> list[Effect]:
    """Send more digits; T304 counts from the last (5.1.3, 5.2.4)."""
    call.party += digits
    also = (SendingComplete(),) if complete else ()
    return [*call.send(T.INFORMATION, *also, CalledNumber(digits)), *call.start("T304")]


def calling(initiated: State, overlap: State, proceeding: State, delivered: State) -> Table:
    """The half from which SETUP goes out (figures A.2 and A.3; 5.1 for users, 5.2 for networks)."""
    wants_digits = to(overlap, tell(SeizureAcknowledged()), sound_told, start("T304"))
    proceeds = to(proceeding, tell(Proceeding()), sound_told, start("T310"))
    rings = to(delivered, alerted, start("T301"))
    answered = to(S.ACTIVE, reply(T.CONNECT_ACKNOWLEDGE), tell(Answered()))
    no_progress = too_slow("T310", Cause.RECOVERY_ON_TIMER, "the call does not proceed")
    no_answer = too_slow("T301", Cause.NO_ANSWER, "nobody answers")
    no_word = too_slow("T304", Cause.RECOVERY_ON_TIMER, "the number leads nowhere")
    return {
        (S.NULL, "setup"): to(initiated, set_up, start("T303")),
        (initiated, "SETUP_ACKNOWLEDGE"): wants_digits,
        (initiated, "CALL_PROCEEDING"): proceeds,
        (initiated, "ALERTING"): rings,
        (initiated, "CONNECT"): answered,
        (initiated, "T303"): no_answer_to_setup,
        (initiated, "unacceptable"): unacceptable,
        (overlap, "information"): dial_on,
        (overlap, "INFORMATION"): to(None),
        (overlap, "CALL_PROCEEDING"): proceeds,
        (overlap, "ALERTING"): rings,
        (overlap, "CONNECT"): answered,
        (overlap, "PROGRESS"): to(None, stop("T304"), progressed),
        (overlap, "T304"): no_word,
        (proceeding, "ALERTING"): rings,
        (proceeding, "CONNECT"): answered,
        (proceeding, "PROGRESS"): to(None, stop("T310"), progressed),
        (proceeding, "T310"): no_progress,
        (delivered, "CONNECT"): answered,
        (delivered, "PROGRESS"): to(None, progressed),
        (delivered, "T301"): no_answer,
    }


# --- called -------------------------------------------------------------------------------------


def offered(call: Call, message: Message) -> list[Effect]:
    """A call comes in."""
    facts = facts_of(message)
    call.party = facts.caller if facts.caller_presented else ""
    return [Report(Offered(facts))]


def more_digits(call: Call, message: Message) -> list[Effect]:
    """INFORMATION while the number is not whole: T302 starts anew, or ends it (5.1.3, 5.2.4)."""
    number, keys = message.get(CalledNumber), message.get(Keypad)
    digits = number.digits if number else keys.digits if keys else ""
    complete = message.get(SendingComplete) is not None or digits.endswith("#")
    timer = stop("T302")(call) if complete else call.start("T302")
    return [*timer, Report(MoreDigits(digits.rstrip("#"), complete))]


def answer(kind: MessageType) -> Step:
    """Send an answer to SETUP; the first one tells the channel (5.1.2, 5.2.3.1)."""

    def step(call: Call, in_band: bool = False) -> list[Effect]:
        elements: list[Element] = [call.in_band()] if in_band else []
        if not call._channel_told and call.channel is not None:
            elements.append(call.channel)
        call._channel_told = True
        return call.send(kind, *elements)

    return step


def tell_progress(call: Call, in_band: bool = True, cause: int | None = None) -> list[Effect]:
    """PROGRESS: in-band sound, or the call has left the ISDN behind us (5.1.6, 5.2.6)."""
    description = Progress.IN_BAND if in_band else Progress.DESTINATION_NOT_ISDN
    elements: list[Element] = [ProgressIndicator(description, call.location)]
    if cause is not None:
        elements.append(call.why(cause))
    return call.send(T.PROGRESS, *elements)


def turn_away(call: Call, cause: int = Cause.CALL_REJECTED, in_band: bool = False) -> list[Effect]:
    """Before any answer a call is refused by RELEASE COMPLETE (5.2.5.3, 5.3.2)."""
    return [*call.send(T.RELEASE_COMPLETE, call.why(cause)), *call.null(cause)]


def called(
    present: State, overlap: State, proceeding: State, received: State, connecting: State | None
) -> Table:
    """The half at which SETUP comes in (figures A.2 and A.3; 5.2 for users, 5.1 for networks)."""
    ask = to(overlap, answer(T.SETUP_ACKNOWLEDGE), start("T302"))
    proceed = to(proceeding, answer(T.CALL_PROCEEDING))
    ring = to(received, answer(T.ALERTING))
    progress = to(None, tell_progress)
    if connecting is None:
        connect = to(S.ACTIVE, answer(T.CONNECT), tell(Answered()))
        acknowledged: Table = {}
    else:
        connect = to(connecting, answer(T.CONNECT), start("T313"))
        silent = too_slow("T313", Cause.RECOVERY_ON_TIMER, "CONNECT is not acknowledged")
        acknowledged = {
            (connecting, "CONNECT_ACKNOWLEDGE"): to(S.ACTIVE, tell(Answered())),
            (connecting, "T313"): silent,
        }
    return {
        **acknowledged,
        (S.NULL, "SETUP"): to(present, offered),
        (present, "setup_ack"): ask,
        (present, "proceeding"): proceed,
        (present, "alerting"): ring,
        (present, "connect"): connect,
        (overlap, "INFORMATION"): more_digits,
        (overlap, "T302"): to(None, tell(MoreDigits("", True))),
        (overlap, "proceeding"): proceed,
        (overlap, "alerting"): ring,
        (overlap, "connect"): connect,
        (overlap, "progress"): progress,
        (proceeding, "INFORMATION"): to(None),
        (proceeding, "alerting"): ring,
        (proceeding, "connect"): connect,
        (proceeding, "progress"): progress,
        (received, "INFORMATION"): to(None),
        (received, "connect"): connect,
        (received, "progress"): progress,
    }
