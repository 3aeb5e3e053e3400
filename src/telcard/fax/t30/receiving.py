"""Phases B to D of the station that receives: training checks, pages, partial pages, answers.

T.30 Figures 5-2b and A.3: F is the waiting for commands, whose T2 ends the call.  A command that
comes again, with no page before it, gets the answer that was lost again.
"""

from __future__ import annotations

from dataclasses import replace

from telcard.fax.ecm import Incoming
from telcard.fax.frames import UNINTERRUPTED, Damaged, Fcf, Frame, PageEnd, write_requests
from telcard.fax.negotiation import read_ctc, read_dcs
from telcard.fax.pages import Judgement
from telcard.fax.phases import CarrierLost, CarrierUp, Content, Fast, Rate, TrainingChecked
from telcard.fax.t30.core import Core, S, Table
from telcard.fax.t30.events import OperatorWanted, PageReport, Reason, Trained
from telcard.fax.t30.identifying import dis, on_dtc
from telcard.fax.t30.memory import Inbound
from telcard.machine import Action, Effect, Report

# --- training -------------------------------------------------------------------------------------


def on_dcs(m: Core, frame: Frame) -> list[Effect]:
    """DCS: what comes next is its training check; -> CHECKING"""
    agreement = read_dcs(frame.fields)
    told = [*close_page(m), m.identified()]
    fault = "no pages are taken here" if m.sink is None else ""
    fault = fault or agreement.refused_by(m.station.capabilities)
    if fault:
        return told + m.give_up(Reason.INVALID_COMMAND, fault)
    m.agreement = agreement
    m.inbound = Inbound()
    return told + m.go(S.CHECKING)


def check_begins(m: Core, came: CarrierUp) -> list[Effect]:
    """Something comes behind the DCS: its end is waited for, but not for ever"""
    return [m.start("check")]


def checked(m: Core, check: TrainingChecked) -> list[Effect]:
    """The training check is good: CFR; else FTT; -> AWAITING_PAGE or LISTENING"""
    good = good_enough(m, check)
    told = Report(Trained(check.rate, good, check))
    return [told, *(ready_for_page(m) if good else not_trained(m))]


def good_enough(m: Core, check: TrainingChecked) -> bool:
    """Whether pages may come at this rate: without an error for long enough, or but for one burst
    of errors of which the rate is innocent (a slip, a click, a packet that was lost), or where
    going slower would cost more than errors do."""
    limits, rate, quality = m.profile, check.rate, check.quality
    clean_s, wrong = check.longest_good / rate.bit_s, check.bad_bits / max(1, check.bits)
    both_s = clean_s + check.second_good / rate.bit_s
    burst_s = check.bits / rate.bit_s - both_s
    innocent = quality.slips == 1 or (quality.snr_db or 0) >= limits.innocent_snr_db
    halving = m.agreed.ecm and rate is Rate.V27TER_4800
    return (
        clean_s >= limits.clean_training_s
        or (innocent and both_s >= limits.clean_training_s and burst_s <= limits.burst_s)
        or (halving and clean_s >= limits.halving_training_s and wrong <= limits.halving_share)
    )


def ready_for_page(m: Core) -> list[Effect]:
    """CFR; -> AWAITING_PAGE"""
    m.short = m.agreed.rate.has_short_training
    return await_page(m, Fcf.CFR)


def not_trained(m: Core, *_: CarrierLost) -> list[Effect]:
    """FTT; -> LISTENING"""
    return answer(m, Fcf.FTT)


def noise(m: Core) -> list[Effect]:
    """-> DISCONNECTING"""
    return m.give_up(Reason.NOISE)


# --- answers --------------------------------------------------------------------------------------


def answer(m: Core, fcf: Fcf, fif: bytes = b"") -> list[Effect]:
    """Say something, then listen for a command; -> LISTENING"""
    m.inbound.heard = m.inbound.alone = False
    return [*m.go(S.LISTENING), *m.say(m.frames(Frame(fcf, fif)), listen=m.listen())]


def await_page(m: Core, fcf: Fcf, fif: bytes = b"") -> list[Effect]:
    """Say something, then listen for a page or a command; -> AWAITING_PAGE"""
    m.inbound.heard = m.inbound.alone = False
    content = Content.ECM if m.agreed.ecm else Content.IMAGE
    listen = replace(m.listen(), fast=Fast(m.agreed.rate, m.short, content))
    m.short = m.agreed.rate.has_short_training
    return [*m.go(S.AWAITING_PAGE), *m.say(m.frames(Frame(fcf, fif)), listen=listen)]


def say_again(m: Core, *_: Frame) -> list[Effect]:
    """CRP, RR, or a command once more: our answer was lost"""
    return m.again()


# --- pages ----------------------------------------------------------------------------------------


def page_begins(m: Core, came: CarrierUp) -> list[Effect]:
    """A fast carrier: its end is waited for; -> RECEIVING

    One that cannot be read, behind the beginning of a page, is the rest of that page.
    """
    m.inbound.damaged |= m.inbound.open and not came.trained and not m.agreed.ecm
    if not (m.inbound.heard or m.inbound.open or m.inbound.requests):
        m.inbound.began = came.sample
    m.inbound.heard, m.inbound.alone = True, False
    return m.go(S.RECEIVING, m.start("page" if came.trained else "noise"))


def page_pauses(m: Core, lost: CarrierLost) -> list[Effect]:
    """The fast carrier has gone; -> LISTENING"""
    if lost.trained:
        m.inbound.quality = lost.quality
    m.inbound.silent = m.sample
    return m.go(S.LISTENING)


def page_too_long(m: Core) -> list[Effect]:
    """-> DISCONNECTING"""
    return m.give_up(Reason.PAGE_TOO_LONG)


def open_page(m: Core) -> None:
    """The sink gets a page."""
    if not m.inbound.open:
        m.inbound.open = True
        m.pages.begin(m.agreed)


def page_octets(m: Core, octets: bytes) -> list[Effect]:
    """A piece of a page; a row without end ends the page (T.4 4.1.4)"""
    open_page(m)
    m.inbound.octets += len(octets)
    row_bits = m.pages.octets(octets)
    if row_bits <= m.profile.row_s * m.agreed.rate.bit_s:
        return []
    m.inbound.damaged = True
    return [*m.go(S.LISTENING), *m.say(listen=m.listen())]


def page_frame(m: Core, frame: Frame) -> list[Effect]:
    """A frame of a partial page"""
    if m.agreement is not None and m.agreement.ecm:
        m.inbound.incoming.add(frame)
    return []


def close_page(m: Core) -> list[Effect]:
    """A page that never came to its command: tell of it, keep it, do not count it."""
    if not m.inbound.open or m.sink is None:
        return []
    return [judge(m, m.pages.end(), kept=True, accepted=False)]


def judge(m: Core, judged: Judgement, kept: bool, accepted: bool) -> Effect:
    """The page is over: settle it and tell of it."""
    inbound = m.inbound
    m.pages.settle(kept)
    told = PageReport(
        m.pages_received + 1,
        sent=False,
        accepted=accepted,
        agreement=m.agreed,
        rows=judged.rows,
        bad_rows=judged.bad_rows,
        longest_bad=judged.longest_bad,
        lost_rows=judged.lost_rows,
        octets=inbound.octets,
        requests=inbound.requests,
        seconds=(m.sample - inbound.began) / 8000,
        quality=inbound.quality,
    )
    m.pages_received += accepted
    inbound.open = inbound.damaged = False
    inbound.octets = inbound.requests = 0
    return Report(told)


def verdict(m: Core, judged: Judgement) -> Fcf:
    """MCF, RTP or RTN, by the share of bad rows; a page that broke off comes again."""
    broken_off = not judged.whole and m.flagged - m.inbound.silent > 8000 * m.profile.pause_s
    if m.inbound.damaged or broken_off or judged.bad_share > m.profile.refuse_share:
        return Fcf.RTN
    return Fcf.RTP if judged.bad_share > m.profile.retrain_share else Fcf.MCF


def on_post(m: Core, frame: Frame) -> list[Effect]:
    """MPS, EOM, EOP: judge the page (T.30 5.3.6.1.7)"""
    inbound, agreement = m.inbound, m.agreement
    if agreement is None or agreement.ecm or m.sink is None:
        return []
    command = UNINTERRUPTED.get(frame.fcf, frame.fcf)
    wanted = [Report(OperatorWanted())] if command is not frame.fcf else []
    if not inbound.heard and not inbound.open and inbound.command is command:
        return m.again()
    open_page(m)
    judged = m.pages.end()
    said = verdict(m, judged)
    good = said is not Fcf.RTN
    told = judge(m, judged, kept=good, accepted=good)
    if good:
        m.progress()
    return [told, *wanted, *after_page(m, said, command)]


def after_page(m: Core, said: Fcf, command: Fcf) -> list[Effect]:
    """Answer the command, and go where it leads; the far end need not wait for our operator"""
    inbound = m.inbound
    good = said is not Fcf.RTN
    inbound.turning = good and command is Fcf.EOM
    inbound.finished = good and command is Fcf.EOP
    inbound.command = command
    if m.interrupting:
        m.interrupting = False
        said = Fcf.PIP if good else Fcf.PIN
        return [*reply(m, said, command), *m.go(S.ASKING)]
    return reply(m, said, command)


def reply(m: Core, said: Fcf, command: Fcf) -> list[Effect]:
    """Answer a command behind a page; -> AWAITING_PAGE or LISTENING"""
    goes_on = said in (Fcf.MCF, Fcf.PIP) and command is Fcf.MPS
    return await_page(m, said) if goes_on else answer(m, said)


def nobody_came(m: Core) -> list[Effect]:
    """T3: the far end goes on, or has not been heard to ask for anybody; -> LISTENING"""
    m.inbound.alone = True
    return m.go(S.LISTENING)


# --- error correction -----------------------------------------------------------------------------


def on_pps(m: Core, frame: Frame) -> list[Effect]:
    """PPS: take the partial page if it is whole, else ask for what lacks (PPR) (A.4)"""
    inbound, agreement = m.inbound, m.agreement
    if agreement is None or not agreement.ecm or m.sink is None:
        return []
    end = frame.page_end
    place = (end.page, end.block)
    if inbound.delivered == place:
        # MCF was lost: the partial page may have come once more, or its command alone.
        inbound.incoming = Incoming()
        return m.again() if not inbound.heard and m.state is not S.BUSY else confirm(m, end)
    missing = inbound.incoming.missing(end.frames)
    if missing:
        inbound.requests += 1
        return await_page(m, Fcf.PPR, write_requests(missing))
    m.progress()
    inbound.delivered = place
    return [*deliver(m), *confirm(m, end)]


def deliver(m: Core) -> list[Effect]:
    """The sink gets the partial page"""
    open_page(m)
    octets = m.inbound.incoming.octets()
    m.inbound.incoming = Incoming()
    m.inbound.octets += len(octets)
    m.pages.octets(octets)
    return []


def confirm(m: Core, end: PageEnd) -> list[Effect]:
    """MCF, or RNR while no more can be taken (A.5.4.1)"""
    if not m.pages.ready:
        m.inbound.owed = end
        first = [] if "T5" in m.running else [m.start("T5")]
        spoken = m.say(m.frames(Frame(Fcf.RNR)), listen=m.listen())
        m.progress()  # T5 is the limit
        return [*m.go(S.BUSY, *first), *spoken]
    m.inbound.owed = None
    if end.command is None:
        return await_page(m, Fcf.MCF)
    command = UNINTERRUPTED.get(end.command, end.command)
    told: list[Effect] = []
    if m.inbound.open:
        good = not m.inbound.damaged
        told.append(judge(m, m.pages.end(), kept=True, accepted=good))
    if command is not end.command:
        told.append(Report(OperatorWanted()))
    return told + after_page(m, Fcf.MCF, command)


def on_rr(m: Core, frame: Frame) -> list[Effect]:
    """RR: whether more can be taken now"""
    return confirm(m, m.inbound.owed) if m.inbound.owed is not None else m.again()


def still_busy(m: Core) -> list[Effect]:
    """T5: our own side does not come back; -> DISCONNECTING"""
    return m.give_up(Reason.NOT_READY, "here")


def on_eor(m: Core, frame: Frame) -> list[Effect]:
    """EOR: the far end gives a partial page up; what there is of it is kept (A.4.3)"""
    agreement = m.agreement
    if agreement is None or not agreement.ecm or m.sink is None:
        return []
    if not (len(m.inbound.incoming) or m.inbound.open or m.inbound.requests):
        return m.again()
    deliver(m)
    m.inbound.damaged = True
    command = frame.page_end.command
    if command is None:
        return await_page(m, Fcf.ERR)
    told = judge(m, m.pages.end(), kept=m.inbound.octets > 0, accepted=False)
    m.inbound.turning = UNINTERRUPTED.get(command, command) is Fcf.EOM
    return [told, *await_page(m, Fcf.ERR)]


def on_ctc(m: Core, frame: Frame) -> list[Effect]:
    """CTC: the rest of the partial page comes slower (A.4.2)"""
    agreement = m.agreement
    if agreement is None or not agreement.ecm:
        return []
    rate = read_ctc(frame.fields)
    if rate not in m.station.capabilities.rates:
        return m.give_up(Reason.INVALID_COMMAND, f"{rate} was not offered")
    m.agreement = replace(agreement, rate=rate)
    m.short = False
    return await_page(m, Fcf.CTR)


# --- silence and the end --------------------------------------------------------------------------


def no_command(m: Core) -> list[Effect]:
    """T2: after EOM our DIS is due, after EOP only DCN was lacking; -> ANSWERING or ENDED"""
    if m.inbound.turning:
        m.inbound.turning = False
        first = m.start("T1")
        return [*m.go(S.ANSWERING, first), *m.say(dis(m), listen=m.listen())]
    if m.inbound.alone:
        return m.end(Reason.OPERATOR_MISSED)
    if m.inbound.finished:
        return m.end(Reason.DONE, "DCN did not come")
    return m.end(Reason.NO_PAGE if m.state is S.AWAITING_PAGE else Reason.COMMAND_LOST)


def disconnected(m: Core, _: Frame) -> list[Effect]:
    """DCN; -> ENDED"""
    inbound = m.inbound
    if m.state in RECEIVERS and (inbound.finished or inbound.turning):
        return m.end(Reason.DONE)
    early = m.agreement is None or m.state in (S.TRAINING, S.CHECKING)
    started = bool(m.pages_sent or m.pages_received) or not early
    return m.end(Reason.DISCONNECTED_DURING if started else Reason.DISCONNECTED_BEFORE)


def invalid_command(m: Core, _: Frame | Damaged) -> list[Effect]:
    """A command that means nothing here is not answered (5.4.2)"""
    return []


RECEIVERS = (S.LISTENING, S.CHECKING, S.AWAITING_PAGE, S.RECEIVING, S.BUSY, S.ASKING)

COMMANDS: dict[str, Action] = {
    "DCS": on_dcs,
    "DTC": on_dtc,
    "post": on_post,
    "PPS": on_pps,
    "EOR": on_eor,
    "CTC": on_ctc,
    "RR": on_rr,
    "CRP": say_again,
    "unknown": invalid_command,
}

TABLE: Table = {
    (S.ANSWERING, "DCS"): on_dcs,
    (S.POLLING, "DCS"): on_dcs,
    **{(state, name): action for state in RECEIVERS for name, action in COMMANDS.items()},
    (S.CHECKING, "carrier"): check_begins,
    (S.CHECKING, "checked"): checked,
    (S.CHECKING, "carrier_gone"): not_trained,
    (S.CHECKING, "check"): not_trained,
    **{(state, "carrier"): page_begins for state in (S.LISTENING, S.AWAITING_PAGE, S.ASKING)},
    (S.LISTENING, "T2"): no_command,
    (S.AWAITING_PAGE, "T2"): no_command,
    (S.BUSY, "T2"): no_command,
    (S.BUSY, "T5"): still_busy,
    (S.ASKING, "T3"): nobody_came,
    (S.RECEIVING, "octets"): page_octets,
    (S.RECEIVING, "fcd"): page_frame,
    (S.RECEIVING, "carrier_gone"): page_pauses,
    (S.RECEIVING, "page"): page_too_long,
    (S.RECEIVING, "noise"): noise,
}
