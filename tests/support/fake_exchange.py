"""A chassis whose calls out end by a script, for whoever sends faxes."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace

from telcard import clock
from telcard.errors import CardError, HungUp
from telcard.fax import FaxResult
from telcard.fax.negotiation import Agreement
from telcard.fax.phases import Rate
from telcard.fax.t30 import Ended, Identified, PageReport, Reason
from telcard.signalling import Cause

FAX_S = 30
"""What a fax takes."""


def result(reason=Reason.DONE, *, heard=True, pages=1):
    """What a fax call has come to."""
    agreed = Agreement(Rate.V17_14400)
    done = reason is Reason.DONE
    reports = tuple(
        PageReport(number, sent=True, accepted=done, agreement=agreed)
        for number in range(1, (pages if heard else 0) + 1)
    )
    return FaxResult(
        reports=reports,
        ended=Ended(reason, phase="E" if done else "B"),
        far=Identified(ident="+86 21 54321") if heard else None,
        seconds=FAX_S,
    )


SENT = result()
HUMAN = result(Reason.NO_FAX, heard=False)
BROKE_OFF = result(Reason.NO_RESPONSE_TO_PAGE)


@dataclass
class Rung:
    """One call out, as the town had it."""

    number: str
    at_s: float
    caller: str
    on_behalf_of: str


class FakeLine:
    """A call out whose far end does what the script says."""

    def __init__(self, call_id, far):
        self.id = call_id
        self.account = self.reason = ""
        self.done = []
        self.pages = None
        self.over = False
        self.record = None
        self._far = far

    async def __aenter__(self):
        return self

    async def __aexit__(self, *failure):
        await self.hang_up()

    async def hang_up(self, cause=Cause.NORMAL_CLEARING):
        if not self.over:
            self.over, self.record = True, self.reason

    def note(self, step, **facts):
        self.step = step

    async def until_answered(self, answer_s):
        await asyncio.sleep(1)
        if isinstance(self._far, Cause):
            if self._far is Cause.NO_ANSWER:
                await asyncio.sleep(answer_s)
                raise TimeoutError
            raise HungUp(self._far)

    async def fax_send(self, pages, *, ident):
        self.pages, self.ident = pages, ident
        await asyncio.sleep(FAX_S)
        if isinstance(self._far, Exception):
            raise self._far
        return self._far


class FakeChassis:
    """One card with `circuits`, which follows `far`: one entry a call, the last for ever.

    A cause of Q.850: the call is not answered (NO_ANSWER: it rings); an exception comes out of the
    fax; a `FaxResult` is what it comes to.
    """

    def __init__(self, *far, circuits=30, modems=True):
        self.far = list(far)
        self.rung = []
        self.lines = []
        self.reports = []
        self.taken = 0
        self.most = Counter()
        self.modems = modems
        self._circuits = circuits
        board = SimpleNamespace(capabilities=SimpleNamespace(fax=True), pools={})
        self.card = SimpleNamespace(
            trunks=("trunk",), circuits=self.circuits, dial=self.dial, board=board
        )
        self.cards = (self.card,)
        self._pool = SimpleNamespace(free=0)

    def circuits(self):
        self.card.board.pools = {} if self.modems else {"fax": self._pool}
        return [
            SimpleNamespace(call=number < self.taken, blocked="")
            for number in range(self._circuits)
        ]

    async def dial(self, number, *, caller, on_behalf_of, wait):
        assert not wait
        now_s = clock.current().now() / 1e9
        self.rung.append(Rung(number, now_s, caller, on_behalf_of))
        far = self.far.pop(0) if len(self.far) > 1 else self.far[0]
        if isinstance(far, CardError):
            raise far
        self.lines.append(FakeLine(f"out {len(self.rung)}", far))
        return self.lines[-1]

    def report(self, name, **facts):
        self.reports.append((name, facts))
