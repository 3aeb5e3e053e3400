"""The terminal of T.30: one table of all its states.

    terminal = Terminal(Station(calling=True, ident="+86 10 1234"), source=pages)
    runner = Runner(terminal, timers=terminal.timers, send=lane.run, report=tell)
    runner.fire("start")
    runner.fire("hear", evidence)              # telcard.fax.phases, as it comes

Inputs besides the carrier's evidence:

    "start", answered=True     the line is there; False where nobody knows yet who has answered
    "stop"                     say DCN and end
    "hang_up", detail=""       the line has gone
    "fail", detail=""          the line, or the card that carries it, has failed on our side
    "interrupt"                our operator wants to talk, behind the page that is under way
    "connect"                  an operator has taken the line, after `OperatorWanted`

Nothing that is received raises; a request that the state forbids is a `LocalProtocolError`.
Every call ends: each command has its tries, each page its repeats, and behind all of them stands
a limit on talking without getting on (`Profile.fruitless`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from telcard.errors import LocalProtocolError
from telcard.fax.pages import PageSink, PageSource
from telcard.fax.t30 import identifying, receiving, sending
from telcard.fax.t30.core import WAITS, Core, S, State, Station
from telcard.fax.t30.events import Reason
from telcard.fax.t30.profile import T30, Profile
from telcard.machine import Action, Effect

# --- while somebody waits -------------------------------------------------------------------------


def flags_heard(m: Core) -> list[Effect]:
    """Something begins: what was waited for by T4 or T2 may have longer now (T.30 5.4.3.2)"""
    m.echoed, m.flagged = False, m.sample
    return [*m.stop(WAITS[m.state], "gap"), m.start("frame")]


def flags_gone(m: Core) -> list[Effect]:
    """The carrier of frames has ended; without a final frame nothing more will come of it

    Our own echo says nothing: the answer is still to come.  Neither does a part of it, and whatever
    ends too soon behind our words to be an answer is one.
    """
    if "frame" not in m.running:
        return []
    soon = m.sample - m.spoke < 8000 * m.profile.answer_s
    return [*m.stop("frame"), m.start(WAITS[m.state] if m.echoed or soon else "gap")]


def nothing_came(m: Core) -> list[Effect]:
    """Flags without a frame: a sender repeats at once

    Who waits for a command waits once more: behind a DCS that was lost comes a training check.
    """
    wait = WAITS[m.state]
    if wait == "T4" and m.state not in (S.ANSWERING, S.POLLING):
        return m.expire("T4")
    m.fruitless += 1
    if m.fruitless > m.profile.fruitless:
        return m.give_up(Reason.NO_PROGRESS)
    return [m.start(wait)]


# --- requests, and the end ------------------------------------------------------------------------


def stop(m: Core) -> list[Effect]:
    """-> DISCONNECTING"""
    return m.give_up(Reason.STOPPED)


def hang_up(m: Core, detail: str = "") -> list[Effect]:
    """-> ENDED"""
    return m.end(Reason.HUNG_UP, detail)


def fail(m: Core, detail: str = "") -> list[Effect]:
    """-> ENDED"""
    return m.end(Reason.FAULT, detail)


def interrupt(m: Core) -> list[Effect]:
    """Say PRI behind the next page, or PIP to the next command"""
    m.interrupting = True
    return []


def connect(m: Core) -> list[Effect]:
    """The line is an operator's; -> ENDED"""
    return m.end(Reason.INTERRUPTED)


def operator_missed(m: Core) -> list[Effect]:
    """T3: on as if nobody had asked"""
    return m.after()


def over(m: Core) -> list[Effect]:
    """DCN has been said; -> ENDED"""
    return m.end(Reason.DONE)


def ignored(m: Core, *_: object) -> list[Effect]:
    """Nothing to do"""
    return []


ALIVE = [state for state in State if state not in (S.IDLE, S.ENDED)]
TALKING = [state for state in ALIVE if state is not S.DISCONNECTING]

TABLE: Mapping[tuple[State, str], Callable[..., list[Effect]]] = {
    **{(state, "flags"): flags_heard for state in WAITS},
    **{(state, "flags_gone"): flags_gone for state in WAITS},
    **{(state, timer): nothing_came for state in WAITS for timer in ("frame", "gap")},
    **{(state, "DCN"): receiving.disconnected for state in TALKING},
    **{(state, "stop"): stop for state in TALKING},
    **{(state, "hang_up"): hang_up for state in ALIVE},
    **{(state, "fail"): fail for state in ALIVE},
    **{(state, "interrupt"): interrupt for state in TALKING},
    (S.ENDED, "stop"): ignored,
    (S.ENDED, "hang_up"): ignored,
    (S.ENDED, "fail"): ignored,
    (S.INTERRUPTED, "connect"): connect,
    (S.ASKING, "connect"): connect,
    (S.INTERRUPTED, "T3"): operator_missed,
    (S.DISCONNECTING, "stop"): ignored,
    (S.DISCONNECTING, "sent"): over,
    (S.DISCONNECTING, "disconnect"): over,
    **identifying.TABLE,
    **sending.TABLE,
    **receiving.TABLE,
}


class Terminal(Core):
    """One fax call, from answering to DCN.

    `source` gives the pages that we send, when we call or when we are polled; `sink` takes those
    that we receive.  Raises `LocalProtocolError` where there is nothing to do with either.
    """

    table: ClassVar[Mapping[tuple[State, str], Action]] = TABLE

    def __init__(
        self,
        station: Station,
        source: PageSource | None = None,
        sink: PageSink | None = None,
        profile: Profile = T30,
    ) -> None:
        if station.poll and sink is None:
            raise LocalProtocolError("fax: polling needs a sink for the pages, got none")
        if source is None and not station.poll and (station.calling or sink is None):
            raise LocalProtocolError("fax: want pages to send, or a sink for pages, got neither")
        super().__init__(station, source, sink, profile)

    def close(self) -> list[Effect]:
        """Put away a page that is open."""
        return receiving.close_page(self)
