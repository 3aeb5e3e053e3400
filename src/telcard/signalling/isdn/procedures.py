"""What the states of a data link have in common: variables, frames to send, timers, procedures.

The procedures are those of figure B.9 of Q.921; `q921` has the states' tables.
"""

from __future__ import annotations

from collections import deque

from telcard.machine import Effect, Machine, Report, Send, StartTimer, StopTimer
from telcard.signalling.isdn.lapd import GROUP_TEI, MODULUS, SIDES, Frame, Kind, Side
from telcard.signalling.isdn.link import (
    ERRORS,
    PRI,
    LinkDown,
    LinkError,
    LinkStatus,
    Profile,
    State,
)

S = State


class Procedures(Machine[State]):
    """The variables of a link (3.5.2) and what is done with them; raises ValueError for a side that
    does not exist.
    """

    def __init__(self, side: Side, profile: Profile = PRI) -> None:
        if side not in SIDES:
            raise ValueError(f"side: want {' or '.join(SIDES)}, got {side!r}")
        super().__init__(S.TEI_ASSIGNED)
        self.side = side
        self.profile = profile
        self.vs = self.va = self.vr = 0
        self.rc = 0
        """Retransmissions of the frame that T200 watches."""
        self.asked = False
        """Layer 3 initiated: it waits for the link that is being established."""
        self.peer_busy = self.own_busy = self.rejecting = self.owes_ack = False
        self.t200 = False
        """Whether it runs."""
        self._then: str | None = None  # a request that waits for the present one (save symbols)
        self._queue: deque[bytes] = deque()
        self._sent: deque[bytes] = deque()  # those of V(A) to V(S) - 1

    def query(self) -> LinkStatus:
        """How the link stands now."""
        return LinkStatus(
            self.state,
            self.vs,
            self.va,
            self.vr,
            len(self._queue),
            len(self._sent),
            self.peer_busy,
            self.own_busy,
        )

    def expire(self, timer: str) -> list[Effect]:
        """As `Machine.expire`: T200 or T203 has run out."""
        if timer == "T200":
            self.t200 = False
        return super().expire(timer)

    # Frames to send

    def frame(self, kind: Kind, *, command: bool, pf: bool = False, nr: int = 0) -> Effect:
        """Send a frame without information."""
        cr = command == (self.side == "network")
        sapi, tei = self.profile.sapi, self.profile.tei
        return Send(Frame(kind=kind, cr=cr, sapi=sapi, tei=tei, pf=pf, nr=nr).encode())

    def command(self, kind: Kind, *, pf: bool = False) -> Effect:
        """A command; supervisory ones acknowledge."""
        return self.frame(kind, command=True, pf=pf, nr=self._acknowledge(kind))

    def response(self, kind: Kind, *, pf: bool = False) -> Effect:
        """A response; supervisory ones acknowledge."""
        return self.frame(kind, command=False, pf=pf, nr=self._acknowledge(kind))

    def _acknowledge(self, kind: Kind) -> int:
        if not kind.numbered:
            return 0
        self.owes_ack = False
        return self.vr

    def information(self, octets: bytes) -> Effect:
        """The next I frame."""
        self.owes_ack = False
        made = Frame(
            kind=Kind.I,
            cr=self.side == "network",
            sapi=self.profile.sapi,
            tei=self.profile.tei,
            ns=self.vs,
            nr=self.vr,
            info=octets,
        )
        self.vs = (self.vs + 1) % MODULUS
        self._sent.append(octets)
        return Send(made.encode())

    def unnumbered(self, sapi: int, octets: bytes) -> Effect:
        """A message to everybody."""
        cr = self.side == "network"
        made = Frame(kind=Kind.UI, cr=cr, sapi=sapi, tei=GROUP_TEI, info=bytes(octets))
        return Send(made.encode())

    # Timers

    def watch(self) -> list[Effect]:
        """T200 runs, from its beginning, and T203 does not."""
        effects: list[Effect] = [StartTimer("T200")]
        if self.state is S.ESTABLISHED and not self.t200:
            effects.insert(0, StopTimer("T203"))
        self.t200 = True
        return effects

    def rest(self) -> list[Effect]:
        """T203 runs, from its beginning, and T200 does not."""
        effects: list[Effect] = [StopTimer("T200")] if self.t200 else []
        self.t200 = False
        return [*effects, StartTimer("T203")]

    def still(self) -> list[Effect]:
        """No timer runs."""
        effects: list[Effect] = [StopTimer("T200")] if self.t200 else []
        if self.state is S.ESTABLISHED and not self.t200:
            effects.append(StopTimer("T203"))
        self.t200 = False
        return effects

    # Procedures of figure B.9

    def clear_exceptions(self) -> None:
        """Clear exception conditions."""
        self.peer_busy = self.own_busy = self.rejecting = self.owes_ack = False

    def reset_numbers(self) -> None:
        """All three variables 0."""
        self.vs = self.va = self.vr = 0
        self._sent.clear()

    def discard(self) -> None:
        """Discard the I queue, and what waits to be acknowledged."""
        self._queue.clear()
        self._sent.clear()

    def establish(self, *, asked: bool) -> list[Effect]:
        """Establish data link -> AWAITING_ESTABLISHMENT."""
        self.clear_exceptions()
        self.asked = asked
        self.rc = 0
        timers = self.watch()
        return self.go(S.AWAITING_ESTABLISHMENT, self.command(Kind.SABME, pf=True), *timers)

    def enquire(self) -> list[Effect]:
        """Transmit enquiry."""
        return [self.command(Kind.RNR if self.own_busy else Kind.RR, pf=True), *self.watch()]

    def answer_enquiry(self) -> Effect:
        """Enquiry response."""
        return self.response(Kind.RNR if self.own_busy else Kind.RR, pf=True)

    def error(self, code: str, why: str = "") -> Effect:
        """MDL-ERROR indication."""
        return Report(LinkError(code, why or ERRORS[code]))

    def start_over(self, code: str, why: str = "") -> list[Effect]:
        """An error that only a new link mends -> AWAITING_ESTABLISHMENT."""
        return [self.error(code, why), *self.establish(asked=False)]

    def down(self, *effects: Effect) -> list[Effect]:
        """The link is down: tell layer 3 -> TEI_ASSIGNED."""
        self.discard()
        timers = self.still()
        self.clear_exceptions()
        done = self.go(S.TEI_ASSIGNED, *effects, *timers, Report(LinkDown()))
        then, self._then = self._then, None
        return done + (self.table[self.state, then](self) if then is not None else [])

    def acknowledged(self, nr: int) -> bool:
        """Take N(R): V(A) <= N(R) <= V(S), and V(A) becomes N(R); False: it is out of sequence."""
        count = (nr - self.va) % MODULUS
        if count > (self.vs - self.va) % MODULUS:
            return False
        for _ in range(count):
            self._sent.popleft()
        self.va = nr
        return True

    def retransmit(self) -> None:
        """Invoke retransmission: what is not acknowledged goes back to the head of the queue."""
        self._queue.extendleft(reversed(self._sent))
        self._sent.clear()
        self.vs = self.va

    def settle(self, effects: list[Effect]) -> list[Effect]:
        """Behind what was done: I frames as the window permits, then an acknowledgement if owed."""
        if self.state is S.ESTABLISHED and not self.peer_busy:
            before = len(effects)
            while self._queue and (self.vs - self.va) % MODULUS < self.profile.k:
                effects.append(self.information(self._queue.popleft()))
            if len(effects) > before and not self.t200:
                effects += self.watch()
        if self.owes_ack:
            effects.append(self.response(Kind.RR))
        return effects
