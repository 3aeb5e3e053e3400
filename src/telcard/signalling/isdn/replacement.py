"""Path replacement (ANF-PR of ECMA-176, ISO/IEC 13874): a better way for a call that is on.

Two calls that were joined by an exchange in the middle go through it for as long as they last.  The
exchanges at their ends (PINXs) may agree on a new connection between them, and clear the old one:

    cooperating                                    requesting
    "propose", number   ── pathReplacePropose ──▶  PathProposed(number)
                        ◀─ SETUP, pathReplaceSetup  "replace", new, channel   or "deny"
    PathReplaced(new)   ── CONNECT, its result ──▶  PathReplaced(new)
                        ◀─ the old call is cleared

The proposal goes through the old connection, whoever has joined it passing it on; it bears an
identity, by which the SETUP is known.  An exchange that hears its own proposal is at both ends (a
trombone): it needs no new connection, connects the two itself and clears both calls.  Keeping a
part of the old connection (pathReplaceRetain) is optional, and refused here.

One machine is one old call; states and timers are those of clause 6, named from memory of it, not
checked: T1 waits for the SETUP, T2 for the end of the old connection, T3 for the answer to the
SETUP.  T4 belongs to exchanges that invite others to propose, which we do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import ClassVar

from telcard.errors import LocalProtocolError
from telcard.machine import Action, Effect, Machine, Report, Send, StartTimer, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.events import PathKept, PathProposed, PathReplaced
from telcard.signalling.isdn import qsig
from telcard.signalling.isdn.deeds import Accept, Deed, End, Say, SetUp, Tell, TurnAway
from telcard.signalling.isdn.qsig import (
    Problem,
    Proposal,
    identified,
    identity_of,
    problem_words,
)
from telcard.signalling.isdn.services import Component, Invoke, Refusal, Result

NULL_RESULT = b"\x05\x00"
"""DummyResult: NULL."""


class State(Enum):
    """Where the replacement of one call's path stands."""

    IDLE = "nobody speaks of it"
    PROPOSED = "cooperating: the other end should call"
    TAKEN_OVER = "cooperating: the new connection is there, the other end clears the old one"
    ASKED = "requesting: may the other end's proposal be followed?"
    REQUESTED = "requesting: the other end is being called"


S = State


class Replacement(Machine[State]):
    """The path of one call, which has the handle `old`.

    What it sends are deeds (`telcard.signalling.isdn.deeds`); it reports events of the old call.
    """

    def __init__(self, old: int) -> None:
        super().__init__(S.IDLE)
        self.old = old
        self.new = 0
        """Handle of the call that takes the old one's place."""
        self.proposal = Proposal("", "")
        self._invoke = 0  # of the far end's proposal

    # -- cooperating ------------------------------------------------------------------------------

    def _propose(self, proposal: Proposal, invoke: int) -> list[Effect]:
        self.proposal = proposal
        asked = Invoke(invoke, qsig.PATH_REPLACE_PROPOSE, proposal.encode())
        return self.go(S.PROPOSED, Send(Tell(self.old, asked)), StartTimer("T1"))

    def _set_up(self, new: int, invoke: int) -> list[Effect]:
        """The other end calls: answer, and from now on the call is this one."""
        self.new = new
        done = Result(invoke, qsig.PATH_REPLACE_SETUP, NULL_RESULT)
        return self.go(
            S.TAKEN_OVER,
            StopTimer("T1"),
            Send(Accept(new, done)),
            Report(PathReplaced(new)),
            StartTimer("T2"),
        )

    def _refused(self, why: str) -> list[Effect]:
        return self.go(S.IDLE, StopTimer("T1"), Report(PathKept(why)))

    def _not_called(self) -> list[Effect]:
        return self.go(S.IDLE, Report(PathKept("the other end has not called (T1)")))

    def _collided(self, proposal: Proposal, invoke: int) -> list[Effect]:
        """Both ends propose: both are refused, and somebody may try again."""
        return [Send(Tell(self.old, Refusal(invoke, Problem.COLLISION)))]

    def _trombone(self, other: int) -> list[Effect]:
        """Our own proposal has come to us in another call: it is we who are at both ends."""
        return self.go(
            S.IDLE,
            StopTimer("T1"),
            Report(PathReplaced(other)),
            Send(Say(other, PathReplaced(self.old))),
            Send(End(self.old, Cause.NORMAL_CLEARING)),
            Send(End(other, Cause.NORMAL_CLEARING)),
        )

    def _not_cleared(self) -> list[Effect]:
        return self.go(S.IDLE, Send(End(self.old, Cause.NORMAL_CLEARING)))

    # -- requesting -------------------------------------------------------------------------------

    def _proposed(self, proposal: Proposal, invoke: int) -> list[Effect]:
        self.proposal, self._invoke = proposal, invoke
        return self.go(S.ASKED, Report(PathProposed(proposal.number)))

    def _again(self, proposal: Proposal, invoke: int) -> list[Effect]:
        """One proposal at a time."""
        return [Send(Tell(self.old, Refusal(invoke, Problem.TEMPORARILY_UNAVAILABLE)))]

    def _replace(self, new: int, channel: int | None, exclusive: bool, invoke: int) -> list[Effect]:
        self.new = new
        asked = Invoke(invoke, qsig.PATH_REPLACE_SETUP, identified(self.proposal.identity))
        made = SetUp(new, self.proposal.number, channel, exclusive, asked)
        return self.go(S.REQUESTED, StartTimer("T3"), Send(made))

    def _deny(self) -> list[Effect]:
        no = Refusal(self._invoke, Problem.CRITERIA_TEMPORARILY_UNACHIEVABLE)
        return self.go(S.IDLE, Send(Tell(self.old, no)))

    def _done(self) -> list[Effect]:
        return self.go(
            S.IDLE,
            StopTimer("T3"),
            Report(PathReplaced(self.new)),
            Send(End(self.old, Cause.NORMAL_CLEARING)),
        )

    def _failed(self, why: str) -> list[Effect]:
        no = Refusal(self._invoke, Problem.ESTABLISHMENT_FAILURE)
        return self.go(
            S.IDLE,
            StopTimer("T3"),
            Send(End(self.new, Cause.NORMAL_CLEARING)),
            Send(Tell(self.old, no)),
            Report(PathKept(why)),
        )

    def _no_answer(self) -> list[Effect]:
        return self._failed("the other end does not answer (T3)")

    # -- the end of the old call ------------------------------------------------------------------

    def _over_proposed(self) -> list[Effect]:
        return self.go(S.IDLE, StopTimer("T1"))

    def _over_taken_over(self) -> list[Effect]:
        return self.go(S.IDLE, StopTimer("T2"))

    def _over_requested(self) -> list[Effect]:
        return self.go(S.IDLE, StopTimer("T3"), Send(End(self.new, Cause.NORMAL_CLEARING)))

    def _over(self) -> list[Effect]:
        return self.go(S.IDLE)

    table: ClassVar[Mapping[tuple[State, str], Action]] = {
        (S.IDLE, "propose"): _propose,
        (S.IDLE, "proposed"): _proposed,
        (S.IDLE, "over"): _over,
        (S.PROPOSED, "set_up"): _set_up,
        (S.PROPOSED, "refused"): _refused,
        (S.PROPOSED, "proposed"): _collided,
        (S.PROPOSED, "trombone"): _trombone,
        (S.PROPOSED, "T1"): _not_called,
        (S.PROPOSED, "over"): _over_proposed,
        (S.TAKEN_OVER, "proposed"): _again,
        (S.TAKEN_OVER, "T2"): _not_cleared,
        (S.TAKEN_OVER, "over"): _over_taken_over,
        (S.ASKED, "proposed"): _again,
        (S.ASKED, "replace"): _replace,
        (S.ASKED, "deny"): _deny,
        (S.ASKED, "over"): _over,
        (S.REQUESTED, "proposed"): _again,
        (S.REQUESTED, "done"): _done,
        (S.REQUESTED, "failed"): _failed,
        (S.REQUESTED, "T3"): _no_answer,
        (S.REQUESTED, "over"): _over_requested,
    }

    def unexpected(self, name: str, *args: object) -> list[Effect]:
        """Answers that come too late mean nothing; a request that makes no sense is ours."""
        if name in ("propose", "replace", "deny"):
            raise LocalProtocolError(
                f"call {self.old}: cannot {name}, of its path: {self.state.value}", "ECMA-176 6"
            )
        return []


class Replacements:
    """The paths that are being replaced on one interface; `next_id` gives invoke identities."""

    def __init__(self, next_id: Callable[[], int]) -> None:
        self._next_id = next_id
        self._paths: dict[int, Replacement] = {}  # by the old call
        self._asked: dict[tuple[int, int], tuple[int, str, str]] = {}  # (call, id): old, yes, no
        self._last_identity = 0

    def waiting(self, handle: int) -> bool:
        """Whether the far end waits for us to follow its proposal, or not."""
        return handle in self._paths and self._paths[handle].state is S.ASKED

    # -- asked for here ---------------------------------------------------------------------------

    def propose(self, handle: int, number: str) -> list[Deed]:
        """Propose a new connection, for which the other end has to dial this number."""
        self._last_identity = self._last_identity % 9999 + 1
        invoke = self._next_id()
        deeds = self._fire(handle, "propose", Proposal(str(self._last_identity), number), invoke)
        self._asked[handle, invoke] = handle, "", "refused"  # its result is the SETUP
        return deeds

    def replace(
        self, handle: int, new: int, channel: int | None = None, exclusive: bool = False
    ) -> list[Deed]:
        """Follow the far end's proposal with a new call."""
        invoke = self._next_id()
        deeds = self._fire(handle, "replace", new, channel, exclusive, invoke)
        self._asked[new, invoke] = handle, "done", "failed"
        return deeds

    def deny(self, handle: int) -> list[Deed]:
        """Do not follow it."""
        return self._fire(handle, "deny")

    def expire(self, handle: int, timer: str) -> list[Deed]:
        """T1, T2 or T3 of a call has run out."""
        path = self._paths.get(handle)
        return [] if path is None else self._carry(path, path.expire(timer))

    def forget(self, handle: int) -> list[Deed]:
        """A call has ended: an old one, or a new one before it was any use."""
        deeds: list[Deed] = []
        if handle in self._paths:
            deeds += self._fire(handle, "over")
        for path in list(self._paths.values()):
            if path.new == handle and path.state is S.REQUESTED:
                deeds += self._fire(path.old, "failed", "the other end has refused the call")
        for key in [key for key in self._asked if key[0] == handle]:
            del self._asked[key]
        return deeds

    # -- what comes in ----------------------------------------------------------------------------

    def invoked(self, handle: int, invoke: Invoke) -> list[Deed] | None:
        """Meet an operation; None where it is none of path replacement."""
        match invoke.operation:
            case qsig.PATH_REPLACE_PROPOSE:
                return self._proposal(handle, invoke)
            case qsig.PATH_REPLACE_RETAIN:
                return [Tell(handle, Refusal(invoke.id, Problem.NOT_AVAILABLE))]
        return None

    def offered(self, handle: int, invoke: Invoke) -> list[Deed] | None:
        """Meet an operation in a SETUP; None where the call is one like any other."""
        if invoke.operation != qsig.PATH_REPLACE_SETUP:
            return None
        identity = identity_of(invoke.argument)
        for path in self._paths.values():
            if path.state is S.PROPOSED and path.proposal.identity == identity:
                return self._fire(path.old, "set_up", handle, invoke.id)
        no = Refusal(invoke.id, Problem.UNRECOGNIZED_CALL_IDENTITY)
        return [TurnAway(handle, Cause.CALL_REJECTED, no)]

    def answered(self, handle: int, component: Component) -> list[Deed] | None:
        """Meet an answer; None where it answers nothing of ours."""
        found = self._asked.pop((handle, component.id), None)
        if found is None:
            return None
        old, yes, no = found
        if isinstance(component, Result):
            return self._fire(old, yes) if yes else []
        why = problem_words(component.error) if isinstance(component, Refusal) else "not understood"
        return self._fire(old, no, f"the other end says: {why}")

    def _proposal(self, handle: int, invoke: Invoke) -> list[Deed]:
        proposal = Proposal.read(invoke.argument)
        if proposal is None:
            return [Tell(handle, Refusal(invoke.id, Problem.INVALID_REROUTEING_NUMBER))]
        for path in self._paths.values():
            if path.state is S.PROPOSED and path.proposal == proposal and path.old != handle:
                return self._fire(path.old, "trombone", handle)
        return self._fire(handle, "proposed", proposal, invoke.id)

    def _fire(self, handle: int, name: str, *args: object) -> list[Deed]:
        path = self._paths.setdefault(handle, Replacement(handle))
        try:
            return self._carry(path, path.fire(name, *args))
        finally:
            if path.state is S.IDLE:
                self._paths.pop(handle, None)

    def _carry(self, path: Replacement, effects: list[Effect]) -> list[Deed]:
        """A machine's effects as deeds: with the old call's handle."""
        deeds: list[Deed] = []
        for effect in effects:
            match effect:
                case Send(deed):
                    deeds.append(deed)
                case Report(event):
                    deeds.append(Say(path.old, event))
                case StartTimer(name):
                    deeds.append(StartTimer(f"{name} {path.old}"))
                case StopTimer(name):
                    deeds.append(StopTimer(f"{name} {path.old}"))
        if path.state is S.IDLE:
            self._paths.pop(path.old, None)
        return deeds
