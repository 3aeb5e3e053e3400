"""The D-channel's data link, Q.921 of ITU-T: a machine for one link, seen from one end.

    link = DataLink("user")
    link.fire("establish")                # [Send(SABME), StartTimer("T200")]
    link.fire("frame", bytes.fromhex("000173"))   # UA: [..., Report(LinkUp())]
    link.fire("data", b"\\x08\\x02...")     # [Send(I frame), StopTimer("T203"), StartTimer("T200")]

It meets these inputs:

    "establish"          DL-ESTABLISH request: bring the link up, or anew
    "release"            DL-RELEASE request
    "data", octets       DL-DATA request: a message of layer 3, to be delivered once and in order
    "unit_data", octets  DL-UNIT DATA request: to everybody, without acknowledgement
    "frame", octets      what the D-channel has received
    "own_busy", busy     whether we take no more messages for now
    "deactivate"         the line is gone (persistent deactivation): the link is down at once

and answers with effects: `Send(octets)` of frames, timers T200 and T203 of the `Profile`, and
`Report` of a `LinkUp`, `LinkDown`, `LinkReset`, `Data`, `UnitData` or `LinkError`.

The tables are the SDLs of annex B; states bear their names and numbers.  Where a link was set up
anew by either end, the standard tells layer 3 only if messages may have been lost.  Here it is
told every time, because a peer that starts anew has often forgotten its calls: `LinkReset`.

TEI 0 is fixed, as primary rates have it.  TEI management is refused: the network side denies every
request for a TEI, nothing else of it is answered.  Parameters are not negotiated: XID is ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from telcard.errors import LocalProtocolError
from telcard.machine import Action, Effect, Report
from telcard.signalling.isdn.lapd import (
    COMMANDS,
    GROUP_TEI,
    MANAGEMENT,
    MODULUS,
    RESPONSES,
    Frame,
    FrameError,
    Kind,
)
from telcard.signalling.isdn.link import (
    ERRORS,
    PRI,
    Data,
    LinkDown,
    LinkError,
    LinkReset,
    LinkStatus,
    LinkUp,
    Profile,
    State,
    UnitData,
)
from telcard.signalling.isdn.procedures import Procedures

__all__ = [
    "ERRORS",
    "PRI",
    "Data",
    "DataLink",
    "LinkDown",
    "LinkError",
    "LinkReset",
    "LinkStatus",
    "LinkUp",
    "Profile",
    "State",
    "UnitData",
]


S = State
_UP = (S.ESTABLISHED, S.TIMER_RECOVERY)
_ALL = tuple(State)
_DENIED = 0x03
_TEI_REQUEST = 0x01
_MANAGEMENT_ENTITY = 0x0F  # 5.3.2, figure 10


class DataLink(Procedures):
    """One end of a data link in multiple frame operation, modulo 128.

    Raises ValueError for a side that does not exist, `LocalProtocolError` for a message that is too
    long, or one too many, and for inputs that do not exist.  Nothing the peer sends can raise.
    """

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Refuse an input that does not exist."""
        known = ", ".join(dict.fromkeys(n for _, n in self.table if n not in _FROM_WITHIN))
        raise LocalProtocolError(f"DataLink: cannot {name}; want one of {known}")

    # Requests of layer 3

    def save(self, request: str) -> list[Effect]:
        """A request that has to wait until the present one is through."""
        self._then = request
        return []

    def request_establish(self) -> list[Effect]:
        """-> AWAITING_ESTABLISHMENT."""
        self.discard()
        return self.establish(asked=True)

    def ask_again(self) -> list[Effect]:
        """A link that is being established is asked for."""
        self._queue.clear()
        self.asked, self._then = True, None
        return []

    def deactivate(self) -> list[Effect]:
        """The line is gone -> TEI_ASSIGNED."""
        self._then = None
        return self.down()

    def stay_released(self) -> list[Effect]:
        """A link that is being released is not wanted afterwards."""
        self._then = None
        return []

    def request_release(self) -> list[Effect]:
        """-> AWAITING_RELEASE."""
        self.discard()
        self.rc = 0
        timers = self.watch()
        return self.go(S.AWAITING_RELEASE, self.command(Kind.DISC, pf=True), *timers)

    def send_data(self, octets: bytes) -> list[Effect]:
        """Queue a message for the link."""
        if not 1 <= len(octets) <= self.profile.N201:
            raise LocalProtocolError(
                f"DataLink: want a message of 1 to {self.profile.N201} octets, got {len(octets)}",
                "Q.921 5.9.3",
            )
        if len(self._queue) == self.profile.queued:
            raise LocalProtocolError(f"DataLink: {self.profile.queued} messages wait already")
        self._queue.append(bytes(octets))
        return self.settle([])

    def send_data_later(self, octets: bytes) -> list[Effect]:
        """While a link is established that layer 3 has asked for, nothing is queued (B.5)."""
        return [] if self.asked else self.send_data(octets)

    def send_unit_data(self, octets: bytes) -> list[Effect]:
        """UI frames go out in every state."""
        if not 1 <= len(octets) <= self.profile.N201:
            raise LocalProtocolError(
                f"DataLink: want a message of 1 to {self.profile.N201} octets, got {len(octets)}",
                "Q.921 5.9.3",
            )
        return [self.unnumbered(self.profile.sapi, octets)]

    def set_own_busy(self, busy: bool) -> list[Effect]:
        """Set, or clear, own receiver busy (5.5.7)."""
        if busy == self.own_busy:
            return []
        self.own_busy = busy
        return [self.response(Kind.RNR if busy else Kind.RR)]

    # Frames received

    def receive(self, octets: bytes) -> list[Effect]:
        """Every frame: the input of its kind's name, or a frame rejection condition."""
        try:
            frame = Frame.decode(octets)
        except FrameError as error:
            if error.code and self._ours(octets[0] >> 2, octets[1] >> 1):
                return self.table[self.state, "rejected"](self, error.code, str(error))
            return []
        if frame.sapi == MANAGEMENT:
            return self._deny(frame)
        if not self._ours(frame.sapi, frame.tei) and not (
            frame.kind is Kind.UI and (frame.sapi, frame.tei) == (self.profile.sapi, GROUP_TEI)
        ):
            return []
        command = frame.cr == (self.side == "user")
        if frame.kind not in (COMMANDS if command else RESPONSES):
            came = "command" if command else "response"
            why = f"{frame.kind.name} came as a {came}; are both ends the {self.side}'s?"
            return self.table[self.state, "rejected"](self, "L", why)
        if len(frame.info) > self.profile.N201:
            return self.table[self.state, "rejected"](self, "O", "")
        return self.table[self.state, frame.kind.name](self, frame, command)

    def _ours(self, sapi: int, tei: int) -> bool:
        return (sapi, tei) == (self.profile.sapi, self.profile.tei)

    def _deny(self, frame: Frame) -> list[Effect]:
        """TEI management: the network denies a TEI (5.3.2), as here none is given away."""
        info = frame.info
        asks = len(info) >= 5 and (info[0], info[3]) == (_MANAGEMENT_ENTITY, _TEI_REQUEST)
        if self.side != "network" or frame.kind is not Kind.UI or not asks:
            return []
        return [self.unnumbered(MANAGEMENT, bytes((*info[:3], _DENIED, info[4])))]

    def note_error(self, code: str, why: str) -> list[Effect]:
        """Where there is no link, a rejected frame is told and no more."""
        return [self.error(code, why)]

    def unit_data(self, frame: Frame, _command: bool) -> list[Effect]:
        """UI: DL-UNIT DATA indication."""
        return [Report(UnitData(frame.info))]

    def ignore(self, *_: Any) -> list[Effect]:
        """Nothing is done."""
        return []

    def accept_link(self, frame: Frame, _command: bool) -> list[Effect]:
        """SABME in state 4 -> ESTABLISHED."""
        self.clear_exceptions()
        self.reset_numbers()
        ua = self.response(Kind.UA, pf=frame.pf)
        return self.go(S.ESTABLISHED, ua, *self.rest(), Report(LinkUp()))

    def accept_again(self, frame: Frame, _command: bool) -> list[Effect]:
        """SABME in states 7 and 8: the peer starts anew -> ESTABLISHED."""
        ua = self.response(Kind.UA, pf=frame.pf)
        lost = self.vs != self.va
        self.clear_exceptions()
        if lost:
            self.discard()
        self.reset_numbers()
        effects = [ua, self.error("F"), *self.rest()]
        self.state = S.ESTABLISHED
        return self.settle([*effects, Report(LinkReset(lost))])

    def answer(self, kind: Kind) -> Callable[[Frame, bool], list[Effect]]:
        """Answer with this response, F = P."""
        return lambda frame, _command: [self.response(kind, pf=frame.pf)]

    def disconnected(self, frame: Frame, _command: bool) -> list[Effect]:
        """DISC in states 7 and 8 -> TEI_ASSIGNED."""
        return self.down(self.response(Kind.UA, pf=frame.pf))

    def stray_ua(self, frame: Frame, _command: bool) -> list[Effect]:
        """UA that nobody waits for."""
        return [self.error("C" if frame.pf else "D")]

    def invited(self, frame: Frame, _command: bool) -> list[Effect]:
        """DM in state 4: with F=0 it asks for a link -> AWAITING_ESTABLISHMENT."""
        return [] if frame.pf else self.establish(asked=True)

    def established(self, frame: Frame, _command: bool) -> list[Effect]:
        """UA in state 5 -> ESTABLISHED."""
        if not frame.pf:
            return [self.error("D")]
        lost = self.vs != self.va
        if lost and not self.asked:
            self.discard()
        event = LinkUp() if self.asked else LinkReset(lost)
        self.reset_numbers()
        effects = self.rest()
        self.state = S.ESTABLISHED
        then, self._then = self._then, None
        effects.append(Report(event))
        return effects + self.table[self.state, then](self) if then else self.settle(effects)

    def refused(self, frame: Frame, _command: bool) -> list[Effect]:
        """DM in state 5 -> TEI_ASSIGNED."""
        if not frame.pf:
            return []
        self._then = None
        return self.down()

    def released(self, frame: Frame, _command: bool) -> list[Effect]:
        """UA or DM in state 6 -> TEI_ASSIGNED."""
        if frame.pf:
            return self.down()
        return [self.error("D")] if frame.kind is Kind.UA else []

    def lost_by_peer(self, frame: Frame, _command: bool) -> list[Effect]:
        """DM in states 7 and 8: the peer has no link -> AWAITING_ESTABLISHMENT."""
        if frame.pf and self.state is S.ESTABLISHED:
            return [self.error("B")]
        return self.start_over("B" if frame.pf else "E")

    def frame_rejected(self, _frame: Frame, _command: bool) -> list[Effect]:
        """FRMR in states 7 and 8 -> AWAITING_ESTABLISHMENT."""
        return self.start_over("K")

    # Information and supervision, figures B.7 and B.8

    def _solicited(self, frame: Frame, command: bool) -> list[Effect]:
        """An enquiry is answered; the answer to none is told."""
        if command:
            return [self.answer_enquiry()] if frame.pf else []
        return [self.error("A")] if frame.pf else []

    def ready(self, frame: Frame, command: bool) -> list[Effect]:
        """RR in state 7."""
        self.peer_busy = False
        return self._settled_by(frame, self._solicited(frame, command))

    def rejected_by_peer(self, frame: Frame, command: bool) -> list[Effect]:
        """REJ in state 7: send again from N(R) on."""
        self.peer_busy = False
        effects = self._solicited(frame, command)
        if not self.acknowledged(frame.nr):
            return effects + self.start_over("J")
        effects += self.rest()
        self.retransmit()
        return self.settle(effects)

    def not_ready(self, frame: Frame, command: bool) -> list[Effect]:
        """RNR in state 7: ask when T200 has passed."""
        self.peer_busy = True
        effects = self._solicited(frame, command)
        if not self.acknowledged(frame.nr):
            return effects + self.start_over("J")
        return self.settle(effects + self.watch())

    def take(self, frame: Frame, _command: bool) -> list[Effect]:
        """I in states 7 and 8."""
        effects = self._take_in(frame)
        if self.state is S.ESTABLISHED and not self.peer_busy:
            return self._settled_by(frame, effects)
        if not self.acknowledged(frame.nr):
            return effects + self.start_over("J")
        return self.settle(effects)

    def _take_in(self, frame: Frame) -> list[Effect]:
        """Its N(S): in sequence, to be rejected, or rejected already."""
        if self.own_busy:
            return [self.response(Kind.RNR, pf=True)] if frame.pf else []
        if frame.ns == self.vr:
            self.vr = (self.vr + 1) % MODULUS
            self.rejecting = False
            self.owes_ack = True
            effects: list[Effect] = [Report(Data(frame.info))]
            return [*effects, self.response(Kind.RR, pf=True)] if frame.pf else effects
        if self.rejecting:
            return [self.response(Kind.RR, pf=True)] if frame.pf else []
        self.rejecting = True
        return [self.response(Kind.REJ, pf=frame.pf)]

    def _settled_by(self, frame: Frame, effects: list[Effect]) -> list[Effect]:
        """N(R) in state 7: T200 stops when all is acknowledged, begins anew when some is."""
        before = self.va
        if not self.acknowledged(frame.nr):
            return effects + self.start_over("J")
        if self.va == self.vs:
            effects += self.rest()
        elif self.va != before:
            effects += self.watch()
        return self.settle(effects)

    def supervised(self, frame: Frame, command: bool) -> list[Effect]:
        """RR, REJ or RNR in state 8: with F=1 it answers our enquiry -> ESTABLISHED."""
        self.peer_busy = frame.kind is Kind.RNR
        answers = not command and frame.pf
        effects = [self.answer_enquiry()] if command and frame.pf else []
        if not self.acknowledged(frame.nr):
            return effects + self.start_over("J")
        if not answers:
            return self.settle(effects)
        effects += self.watch() if self.peer_busy else self.rest()
        self.retransmit()
        self.state = S.ESTABLISHED
        return self.settle(effects)

    # Timers

    def t200_again(self, kind: Kind, code: str) -> list[Effect]:
        """T200 in states 5 and 6: again, or given up -> TEI_ASSIGNED."""
        if self.rc == self.profile.N200:
            if self.state is S.AWAITING_ESTABLISHMENT:
                self._then = None  # what waits wants a release: there is nothing to release
            return self.down(self.error(code))
        self.rc += 1
        return [self.command(kind, pf=True), *self.watch()]

    def t200_enquire(self) -> list[Effect]:
        """T200 or T203 in state 7 -> TIMER_RECOVERY."""
        self.rc = 0
        self.state = S.TIMER_RECOVERY
        return self.enquire()

    def t200_recover(self) -> list[Effect]:
        """T200 in state 8: ask again, or start over."""
        if self.rc == self.profile.N200:
            return self.start_over("I")
        self.rc += 1
        return self.enquire()


def _answer(kind: Kind) -> Action:
    return lambda m, frame, command: m.answer(kind)(frame, command)


def _rows(states: tuple[State, ...], cells: dict[str, Action]) -> dict[tuple[State, str], Action]:
    return {(state, name): action for state in states for name, action in cells.items()}


D = DataLink

DataLink.table = {
    **_rows(
        _ALL,
        {
            "frame": D.receive,
            "unit_data": D.send_unit_data,
            "deactivate": D.deactivate,
            "UI": D.unit_data,
            "XID": D.ignore,
            # what is not named below, for a state
            "data": D.ignore,
            "own_busy": D.ignore,
            "I": D.ignore,
            "RR": D.ignore,
            "RNR": D.ignore,
            "REJ": D.ignore,
            "FRMR": D.ignore,
            "rejected": D.note_error,
        },
    ),
    # figure B.4
    **_rows(
        (S.TEI_ASSIGNED,),
        {
            "establish": D.request_establish,
            "release": D.down,
            "deactivate": D.ignore,
            "SABME": D.accept_link,
            "DISC": _answer(Kind.DM),
            "UA": D.stray_ua,
            "DM": D.invited,
        },
    ),
    # figure B.5
    **_rows(
        (S.AWAITING_ESTABLISHMENT,),
        {
            "establish": D.ask_again,
            "release": lambda m: m.save("release"),
            "data": D.send_data_later,
            "SABME": _answer(Kind.UA),
            "DISC": _answer(Kind.DM),
            "UA": D.established,
            "DM": D.refused,
            "T200": lambda m: m.t200_again(Kind.SABME, "G"),
        },
    ),
    # figure B.6
    **_rows(
        (S.AWAITING_RELEASE,),
        {
            "establish": lambda m: m.save("establish"),
            "release": D.stay_released,
            "SABME": _answer(Kind.DM),
            "DISC": _answer(Kind.UA),
            "UA": D.released,
            "DM": D.released,
            "T200": lambda m: m.t200_again(Kind.DISC, "H"),
        },
    ),
    # figures B.7 and B.8, what they have in common
    **_rows(
        _UP,
        {
            "establish": D.request_establish,
            "release": D.request_release,
            "data": D.send_data,
            "own_busy": D.set_own_busy,
            "SABME": D.accept_again,
            "DISC": D.disconnected,
            "UA": D.stray_ua,
            "DM": D.lost_by_peer,
            "FRMR": D.frame_rejected,
            "rejected": D.start_over,
            "I": D.take,
        },
    ),
    **_rows(
        (S.ESTABLISHED,),
        {
            "RR": D.ready,
            "RNR": D.not_ready,
            "REJ": D.rejected_by_peer,
            "T200": D.t200_enquire,
            "T203": D.t200_enquire,
        },
    ),
    **_rows(
        (S.TIMER_RECOVERY,),
        {
            "RR": D.supervised,
            "RNR": D.supervised,
            "REJ": D.supervised,
            "T200": D.t200_recover,
        },
    ),
}

_FROM_WITHIN = frozenset({kind.name for kind in Kind} | {"rejected", "T200", "T203"})
