"""Phases B to D of the station that sends: training, pages, partial pages, confirmations.

T.30 Figures 5-2a and A.2: D is `train`, I and II the page, III and IV the answers to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from telcard.fax.ecm import blocks
from telcard.fax.frames import Fcf, Frame, PageEnd, requested, write_text
from telcard.fax.negotiation import choose, ladder, slower, write_ctc, write_dcs
from telcard.fax.pages import Page
from telcard.fax.phases import EcmImage, Image, Rate, TrainingCheck
from telcard.fax.t30.core import Core, S, Table
from telcard.fax.t30.events import OperatorWanted, PageReport, Reason, Trained
from telcard.machine import Effect, Report

INTERRUPTED = {Fcf.EOM: Fcf.PRI_EOM, Fcf.MPS: Fcf.PRI_MPS, Fcf.EOP: Fcf.PRI_EOP}
"""Commands that say as well that an operator wants to talk."""


# --- training -------------------------------------------------------------------------------------


def begin_document(m: Core, page: Page) -> list[Effect]:
    """Pages of one shape begin; -> TRAINING"""
    out = m.outgoing
    out.page = page
    out.steps = ladder(m.station.capabilities.rates, m.far.rates)
    if not out.steps:
        return m.give_up(Reason.NO_COMMON_MODEM)
    if out.rate not in out.steps:
        out.rate = out.steps[0]
    return train(m)


def train(m: Core) -> list[Effect]:
    """DCS and training check at the present rate; -> TRAINING"""
    out, station = m.outgoing, m.station
    agreement = choose(station.capabilities, m.far, out.current.shape, out.pace)
    if isinstance(agreement, str):
        return m.give_up(Reason.INCOMPATIBLE, agreement)
    m.agreement = agreement
    m.tries = 1
    said = {
        Fcf.TSI: station.ident,
        Fcf.SUB: station.subaddress if m.far.subaddress else "",
        Fcf.SID: station.sender if m.far.password else "",
    }
    prefaces = [Frame(fcf, write_text(text)) for fcf, text in said.items() if text]
    fields = write_dcs(agreement, bool(said[Fcf.SUB]), bool(said[Fcf.SID]))
    dcs = m.frames(*prefaces, Frame(Fcf.DCS, fields.octets()))
    return [*m.go(S.TRAINING), *m.say(dcs, TrainingCheck(out.pace))]


def train_again(m: Core, *_: Frame) -> list[Effect]:
    """T4, CRP, or the far end's first words once more: it has not heard our DCS."""
    return m.retry(Reason.NO_RESPONSE_TO_DCS)


def trained(m: Core, _: Frame) -> list[Effect]:
    """CFR; -> SENDING"""
    m.short = m.outgoing.pace.has_short_training
    return [Report(Trained(m.outgoing.pace, True)), *send_page(m)]


def not_trained(m: Core, _: Frame) -> list[Effect]:
    """FTT: down the ladder; -> TRAINING or DISCONNECTING"""
    out = m.outgoing
    told = Report(Trained(out.pace, False))
    below = slower(out.pace, out.steps)
    if below is None:
        return [told, *m.give_up(Reason.CANNOT_TRAIN)]
    out.rate = below
    return [told, *train(m)]


# --- pages ----------------------------------------------------------------------------------------


def send_page(m: Core) -> list[Effect]:
    """The page, and what is said behind it; -> SENDING"""
    out, agreement = m.outgoing, m.agreed
    coded = out.current.coded(agreement.coding, agreement.least_bits)
    out.octets, out.began = len(coded), m.sample
    out.following = m.source.page(out.number + 1, m.far) if m.source else None
    out.command = _command(m)
    if agreement.ecm:
        out.blocks = tuple(blocks(coded, agreement.frame_size))
        out.block = 0
        return send_block(m)
    m.tries = 1
    image = Image(agreement.rate, m.short, coded)
    m.short = agreement.rate.has_short_training
    return [*m.go(S.SENDING), *m.say(image, m.frames(Frame(_spoken(m))))]


def _command(m: Core) -> Fcf:
    """What is said behind the page (5.3.6.1.6): EOM where another shape or polling follows."""
    out = m.outgoing
    if out.following is not None:
        return Fcf.MPS if out.following.shape == out.current.shape else Fcf.EOM
    return Fcf.EOM if m.station.poll and m.station.calling and not out.polled else Fcf.EOP


def _spoken(m: Core) -> Fcf:
    """The command as it is said, with our operator's wish."""
    return INTERRUPTED[m.outgoing.command] if m.interrupting else m.outgoing.command


def send_block(m: Core, numbers: frozenset[int] | None = None) -> list[Effect]:
    """A partial page, or these frames of it, and its PPS; -> SENDING"""
    out, agreement = m.outgoing, m.agreed
    block = out.blocks[out.block]
    if numbers is None:
        out.asked, out.wanted = 0, frozenset(range(len(block.pieces)))
        out.left = len(block.pieces) + 1
    else:
        out.wanted = numbers
    command = _spoken(m) if block.last else None
    end = PageEnd(command, out.number % 256, out.block % 256, len(out.wanted))
    m.tries = 1
    image = EcmImage(agreement.rate, m.short, block.frames(out.wanted))
    m.short = agreement.rate.has_short_training
    return [*m.go(S.SENDING), *m.say(image, m.frames(Frame(Fcf.PPS, end.octets(x=m.x))))]


def sent(m: Core) -> list[Effect]:
    """-> AWAITING_CONFIRMATION"""
    return m.go(S.AWAITING_CONFIRMATION)


def ask_again(m: Core, *_: Frame) -> list[Effect]:
    """T4 or CRP: the command behind the page once more, without the page; -> same state"""
    if m.state is S.AWAITING_CONFIRMATION and m.tries == 1:
        m.said = m.said[1:]
    return m.retry(Reason.NO_RESPONSE_TO_PAGE)


# --- answers --------------------------------------------------------------------------------------


def confirmed(m: Core, *_: Frame) -> list[Effect]:
    """MCF: the next partial page, the next page, or the end"""
    out = m.outgoing
    m.progress()
    if m.agreed.ecm and not out.blocks[out.block].last:
        out.block += 1
        return send_block(m)
    return [_report(m, True), *next_page(m, retrain=False)]


def _report(m: Core, accepted: bool) -> Effect:
    """Evidence of the page that is over; what counts pages goes on."""
    out = m.outgoing
    told = PageReport(
        out.number + 1,
        sent=True,
        accepted=accepted,
        agreement=m.agreed,
        rows=out.current.rows,
        octets=out.octets,
        requests=out.requests,
        repeats=out.repeats,
        seconds=(m.sample - out.began) / 8000,
    )
    m.pages_sent += accepted
    out.requests = out.repeats = 0
    out.blocks = ()
    return Report(told)


def next_page(m: Core, retrain: bool) -> list[Effect]:
    """What the command that was confirmed has announced."""
    out = m.outgoing
    if out.command is Fcf.EOP:
        return m.give_up(Reason.DONE)
    out.number += 1
    out.page = out.following
    if out.command is Fcf.EOM:
        return [*m.go(S.TURNED, m.start("T1")), *m.say()]
    return train(m) if retrain else send_page(m)


def retrain(m: Core, _: Frame) -> list[Effect]:
    """RTP: the page is taken, the next one needs training"""
    if m.agreed.ecm:
        return m.give_up(Reason.INVALID_RESPONSE, "RTP with error correction")
    m.progress()
    return [_report(m, True), *next_page(m, retrain=True)]


def refused(m: Core, *_: Frame) -> list[Effect]:
    """RTN: train anew, a step slower, and send the page again; -> TRAINING or DISCONNECTING"""
    out = m.outgoing
    if m.agreed.ecm:
        return m.give_up(Reason.INVALID_RESPONSE, "RTN with error correction")
    if out.repeats >= m.profile.page_repeats:
        return [_report(m, False), *m.give_up(Reason.PAGE_REFUSED)]
    out.repeats += 1
    out.rate = slower(out.pace, out.steps) or out.pace
    return train(m)


def missed(m: Core, frame: Frame) -> list[Effect]:
    """DIS behind a page, or to CTC: what was trained for has not been heard, and the far end begins
    anew (spandsp does); the page once more, slower, without short training; -> TRAINING"""
    out = m.outgoing
    if out.repeats >= m.profile.page_repeats:
        return m.give_up(Reason.INVALID_RESPONSE, frame.text())
    out.repeats += 1
    steps = tuple(rate for rate in out.steps if not rate.has_short_training)
    out.rate = slower(out.pace, steps) or slower(out.pace, out.steps) or out.pace
    return train(m)


def confirmed_by_dis(then: Callable[[Core, Frame], list[Effect]]) -> Callable[..., list[Effect]]:
    """Make an action: DIS instead of MCF, where the far end has turned after our EOM."""

    def action(m: Core, frame: Frame) -> list[Effect]:
        """MCF to EOM was lost, and T2 has run out there; else it has missed the page"""
        blocks = m.outgoing.blocks
        if m.outgoing.command is not Fcf.EOM or (blocks and not blocks[m.outgoing.block].last):
            return missed(m, frame)
        out = m.outgoing
        m.progress()
        told = _report(m, True)
        out.number += 1
        out.page = out.following
        return [told, *m.go(S.TURNED), *then(m, frame)]

    return action


# --- operators ------------------------------------------------------------------------------------


def interrupted(go_on: Callable[[Core], list[Effect]]) -> Callable[..., list[Effect]]:
    """Make an action: PIP or PIN, the far end's operator wants to talk; -> INTERRUPTED"""

    def action(m: Core, _: Frame) -> list[Effect]:
        m.interrupting = False
        m.after = lambda: go_on(m)
        return [*m.go(S.INTERRUPTED, m.start("T3"), Report(OperatorWanted())), *m.say()]

    action.__doc__ = interrupted.__doc__
    return action


# --- error correction -----------------------------------------------------------------------------


def requested_again(m: Core, frame: Frame) -> list[Effect]:
    """PPR: send what lacks; after four of them go slower (CTC) or give up (EOR) (A.4.1)

    Where a short training has brought less than half, CTC asks for a long one at once.
    While what lacks becomes less by half each time the rate stays (CTC names it once more): half
    the frames at 4800 bit/s are as many as all at 2400.  At the lowest rate the line is tried on as
    long as it lets through anything at all.
    """
    out, agreement = m.outgoing, m.agreed
    if not agreement.ecm:
        return m.give_up(Reason.INVALID_RESPONSE, frame.text())
    block = out.blocks[out.block]
    numbers = block.within(requested(frame.fif)) or frozenset(range(len(block.pieces)))
    out.requests += 1
    out.asked += 1
    if len(numbers) < len(out.wanted):
        m.progress()
    short = isinstance(m.said[0], EcmImage) and m.said[0].short
    untrained = short and 2 * len(numbers) > len(out.wanted)
    if out.asked < m.profile.partial_page_requests:
        return go_on(m, out.pace, numbers) if untrained else send_block(m, numbers)
    out.asked = 0
    below = slower(out.pace, out.steps)
    halved = len(numbers) << m.profile.partial_page_requests - 1 < out.left
    if halved or (below is None and len(numbers) < out.left):
        below = out.pace
    out.left = len(numbers)
    if below is not None:
        return go_on(m, below, numbers)
    m.tries = 1
    end = PageEnd(out.command if block.last else None)
    eor = m.frames(Frame(Fcf.EOR, end.octets(counters=False, x=m.x)))
    return [*m.go(S.RETIRING), *m.say(eor)]


def go_on(m: Core, rate: Rate, numbers: frozenset[int]) -> list[Effect]:
    """CTC: these frames will come at this rate, trained for at length; -> CONTINUING"""
    m.outgoing.rate, m.outgoing.wanted, m.tries = rate, numbers, 1
    return [*m.go(S.CONTINUING), *m.say(m.frames(Frame(Fcf.CTC, write_ctc(rate))))]


def continued(m: Core, _: Frame) -> list[Effect]:
    """CTR: on at the slower rate, trained for at length; -> SENDING"""
    m.agreement = replace(m.agreed, rate=m.outgoing.pace)
    m.short = False
    return send_block(m, m.outgoing.wanted)


def correction_again(m: Core, *_: Frame) -> list[Effect]:
    """T4, CRP, or PPR once more: CTC, EOR or RR has not been heard"""
    return m.retry(Reason.NO_RESPONSE_TO_CORRECTION)


def retired(m: Core, _: Frame) -> list[Effect]:
    """ERR: a page with holes is no page; -> DISCONNECTING"""
    return [_report(m, False), *m.give_up(Reason.CANNOT_CORRECT)]


def not_ready(m: Core, frame: Frame) -> list[Effect]:
    """RNR: ask until it is ready, T5 at most (A.5.4.1); -> AWAITING_READY"""
    if not m.agreed.ecm:
        return m.give_up(Reason.INVALID_RESPONSE, frame.text())
    m.tries = 1
    m.progress()  # T5 is the limit
    first = [] if "T5" in m.running else [m.start("T5")]
    return [*m.go(S.AWAITING_READY, *first), *m.say(m.frames(Frame(Fcf.RR)))]


def never_ready(m: Core) -> list[Effect]:
    """T5; -> DISCONNECTING"""
    return m.give_up(Reason.NOT_READY)


ANSWERS: Table = {
    (S.AWAITING_CONFIRMATION, "MCF"): confirmed,
    (S.AWAITING_CONFIRMATION, "RTP"): retrain,
    (S.AWAITING_CONFIRMATION, "RTN"): refused,
    (S.AWAITING_CONFIRMATION, "PIP"): interrupted(confirmed),
    (S.AWAITING_CONFIRMATION, "PIN"): interrupted(refused),
    (S.AWAITING_CONFIRMATION, "PPR"): requested_again,
    (S.AWAITING_CONFIRMATION, "RNR"): not_ready,
    (S.AWAITING_CONFIRMATION, "CRP"): ask_again,
    (S.AWAITING_CONFIRMATION, "T4"): ask_again,
}
"""What may come behind a page (Figures 5-2a III and A.2 IV)."""

TABLE: Table = {
    (S.TRAINING, "CFR"): trained,
    (S.TRAINING, "FTT"): not_trained,
    (S.TRAINING, "DIS"): train_again,
    (S.TRAINING, "DTC"): train_again,
    (S.TRAINING, "CRP"): train_again,
    (S.TRAINING, "T4"): train_again,
    (S.SENDING, "sent"): sent,
    **ANSWERS,
    (S.AWAITING_READY, "MCF"): confirmed,
    (S.AWAITING_READY, "PIP"): interrupted(confirmed),
    (S.AWAITING_READY, "PPR"): requested_again,
    (S.AWAITING_READY, "ERR"): retired,
    (S.AWAITING_READY, "RNR"): not_ready,
    (S.AWAITING_READY, "CRP"): correction_again,
    (S.AWAITING_READY, "T4"): correction_again,
    (S.AWAITING_READY, "T5"): never_ready,
    (S.CONTINUING, "CTR"): continued,
    (S.CONTINUING, "PPR"): correction_again,
    (S.CONTINUING, "DIS"): missed,
    (S.CONTINUING, "CRP"): correction_again,
    (S.CONTINUING, "T4"): correction_again,
    (S.RETIRING, "ERR"): retired,
    (S.RETIRING, "RNR"): not_ready,
    (S.RETIRING, "CRP"): correction_again,
    (S.RETIRING, "T4"): correction_again,
    (S.RETIRING, "T5"): never_ready,
}
