"""Phases A and B: two stations find out about each other, and who sends (T.30 5.2, Figure 5-2)."""

from __future__ import annotations

from dataclasses import replace

from telcard.fax.frames import Damaged, Fcf, Frame, write_text
from telcard.fax.negotiation import read_dis, write_dis
from telcard.fax.phases import Frames, Greeting, Listen, Silence, Tone
from telcard.fax.t30.core import Core, S, Table
from telcard.fax.t30.events import Reason
from telcard.fax.t30.sending import begin_document, confirmed_by_dis
from telcard.machine import Effect

ANSWER_SILENCE_MS = 1800
"""Between answering and CED (T.30 4.3.3: 1.8 to 2.5 s)."""


def texts(*pairs: tuple[Fcf, str]) -> list[Frame]:
    """Frames for those texts that are not empty."""
    return [Frame(fcf, write_text(text)) for fcf, text in pairs if text]


def start(m: Core, answered: bool = True) -> list[Effect]:
    """The line is there; a caller that does not know whether anybody has answered waits longer.

    -> CALLING or ANSWERING
    """
    if m.station.calling:
        timer = m.start("T1" if answered else "T0")
        return [*m.go(S.CALLING, timer), *m.say(listen=Listen(calling_tone=True))]
    first = m.start("T1")
    said = m.say(Silence(ANSWER_SILENCE_MS), Tone.CED, dis(m), listen=m.listen())
    return [*m.go(S.ANSWERING, first), *said]


def heard_something(m: Core) -> list[Effect]:
    """Somebody has answered (T0), and from now on T1 counts."""
    return [*m.stop("T0"), m.start("T1")] if "T0" in m.running else []


def greeted(m: Core, greeting: Greeting) -> list[Effect]:
    """CED is as good as flags; a voice may be the exchange's."""
    return heard_something(m) if greeting is Greeting.CED else []


def instead(m: Core) -> str:
    """What was heard of a far end that has not said a frame; "" of one that has."""
    if m.pages_received:
        return ""
    for greeting, words in INSTEAD.items():
        if greeting in m.greetings:
            return words
    return "nothing was heard"


INSTEAD = {
    Greeting.CED: "CED was heard, but no frames",
    Greeting.CNG: "CNG was heard, but no frames",
    Greeting.SOUND: "a voice or another sound was heard, but no fax",
}


def no_signal(m: Core) -> list[Effect]:
    """-> ENDED"""
    return m.end(Reason.NO_SIGNAL, instead(m))


def no_fax(m: Core) -> list[Effect]:
    """-> ENDED"""
    return m.end(Reason.NO_FAX, instead(m))


# --- DIS ------------------------------------------------------------------------------------------


def dis(m: Core) -> Frames:
    """Our DIS, with what goes before it."""
    nsf = [Frame(Fcf.NSF, m.station.nonstandard)] if m.station.nonstandard else []
    return m.frames(*nsf, *texts((Fcf.CSI, m.station.ident)), Frame(Fcf.DIS, _offer(m)))


def _offer(m: Core) -> bytes:
    """What we can, given what we are here for."""
    station, able = m.station, m.station.capabilities
    document = m.source is not None and not station.calling
    offer = replace(
        able,
        receives=m.sink is not None,
        has_document=document,
        password=able.password or (document and bool(station.password)),  # else no PWD would come
    )
    return write_dis(offer).octets()


def dis_again(m: Core, *_: Frame) -> list[Effect]:
    """T4: nobody has answered our DIS (T.30 5.4.3.1: until T1)."""
    return m.say(dis(m), listen=m.listen())


def no_command(m: Core) -> list[Effect]:
    """-> ENDED"""
    return m.end(Reason.NO_COMMAND, instead(m))


def on_dis(m: Core, frame: Frame) -> list[Effect]:
    """DIS: send our pages, fetch theirs, or hang up; -> TRAINING, POLLING or DISCONNECTING"""
    m.x = True
    m.theirs = theirs = read_dis(frame.fields)
    told = [m.identified(theirs)]
    page = m.source.page(m.outgoing.number, theirs) if m.source else None
    if page is not None:
        if not theirs.receives:
            return told + m.give_up(Reason.CANNOT_RECEIVE)
        return told + begin_document(m, page)
    if m.station.poll and not m.outgoing.polled:
        return told + (poll(m) if theirs.has_document else m.give_up(Reason.NOTHING_TO_POLL))
    return told + m.give_up(Reason.DONE if m.pages_sent else Reason.NOTHING_TO_DO)


def turned_over(m: Core) -> list[Effect]:
    """T1 after EOM; -> ENDED"""
    return m.end(Reason.NO_SECOND_DIS)


# --- polling --------------------------------------------------------------------------------------


def poll(m: Core) -> list[Effect]:
    """Ask for the far end's document (T.30 5.3.6.1.2); -> POLLING"""
    m.tries = 1
    m.outgoing.polled = True
    station, theirs = m.station, m.theirs
    asked = texts(
        (Fcf.CIG, station.ident),
        (Fcf.SEP, station.selection if theirs and theirs.selective_polling else ""),
        (Fcf.PSA, station.subaddress if theirs and theirs.polled_subaddress else ""),
        (Fcf.PWD, station.password if theirs and theirs.password else ""),
    )
    said = m.say(m.frames(*asked, Frame(Fcf.DTC, _offer(m))), listen=m.listen())
    return [*m.go(S.POLLING), *said]


def poll_again(m: Core, *_: Frame) -> list[Effect]:
    """T4, CRP, or DIS once more: the far end has not heard DTC."""
    return m.retry(Reason.NO_RESPONSE_TO_DTC)


def on_dtc(m: Core, frame: Frame) -> list[Effect]:
    """The far end wants our document; -> TRAINING or DISCONNECTING"""
    m.theirs = theirs = read_dis(frame.fields)
    told = [m.identified(theirs)]
    said = {preface.fcf: preface for preface in m.prefaces}
    wanted, came = m.station.password, said.get(Fcf.PWD)
    if wanted and (came is None or came.characters != wanted):
        return told + m.give_up(Reason.POLL_REFUSED)
    page = m.source.page(m.outgoing.number, theirs) if m.source else None
    if page is None:
        return told + m.give_up(Reason.NOTHING_TO_SEND)
    return told + begin_document(m, page)


def on_dis_for_dtc(m: Core, frame: Frame) -> list[Effect]:
    """DIS from whoever has called is as good as DTC (TSB-85 MRGP06)"""
    m.x = True
    return on_dtc(m, frame)


# --- what may come in any state -------------------------------------------------------------------


def not_valid(m: Core, frame: Frame) -> list[Effect]:
    """FNV: password, sub-address or the like are refused; -> DISCONNECTING"""
    return m.give_up(Reason.NOT_ALLOWED, frame.text())


def invalid_response(m: Core, frame: Frame | Damaged) -> list[Effect]:
    """No answer to what was said (Figure 5-2: DCN); -> DISCONNECTING"""
    return m.give_up(Reason.INVALID_RESPONSE, frame.text())


TABLE: Table = {
    (S.IDLE, "start"): start,
    (S.CALLING, "flags"): heard_something,
    (S.CALLING, "greeted"): greeted,
    (S.CALLING, "T0"): no_signal,
    (S.CALLING, "T1"): no_fax,
    (S.CALLING, "DIS"): on_dis,
    (S.ANSWERING, "T4"): dis_again,
    (S.ANSWERING, "CRP"): dis_again,
    (S.ANSWERING, "T1"): no_command,
    (S.ANSWERING, "DTC"): on_dtc,
    (S.ANSWERING, "DIS"): on_dis_for_dtc,
    (S.POLLING, "T4"): poll_again,
    (S.POLLING, "CRP"): poll_again,
    (S.POLLING, "DIS"): poll_again,
    (S.POLLING, "FNV"): not_valid,
    (S.POLLING, "unknown"): invalid_response,
    (S.TURNED, "DIS"): on_dis,
    (S.TURNED, "T1"): turned_over,
    (S.AWAITING_CONFIRMATION, "DIS"): confirmed_by_dis(on_dis),
    **{
        (state, "FNV"): not_valid
        for state in (S.TRAINING, S.AWAITING_CONFIRMATION, S.CONTINUING, S.RETIRING)
    },
    **{
        (state, "unknown"): invalid_response
        for state in (
            S.TRAINING,
            S.AWAITING_CONFIRMATION,
            S.AWAITING_READY,
            S.CONTINUING,
            S.RETIRING,
        )
    },
}
