"""A call whose caller follows a script, for flows of the bank."""

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from telcard import clock
from telcard.bank import TypedSecret
from telcard.calls import CallSummary, Disposition, EndedBy
from telcard.errors import HungUp
from telcard.events import EventLog
from telcard.units import ns_to_samples


class WatchedSecret(TypedSecret):
    """Remembers whether it was wiped."""

    wiped = False
    exposures = 0

    @contextmanager
    def exposed(self):
        self.exposures += 1
        assert not self.wiped
        with super().exposed() as view:
            yield view

    def wipe(self):
        super().wipe()
        self.wiped = True


@dataclass
class Collected:
    digits: str
    secret: WatchedSecret | None = None


class FakeCall:
    """A call whose caller keys `keys`, one string an answer; "" is silence.

    Each verb takes a second of virtual time.  At verb number `hang_up_at` the caller is gone; at
    `break_at` the flow meets a fault; when the keys are used up the caller hangs up.  `before` is
    awaited with the call at the beginning of every verb, `ended` with the summary at its end.
    `fax` is what a fax sent on it comes to, or raises; behind a good one the caller hangs up.
    """

    def __init__(
        self,
        keys=(),
        *,
        call_id="call 1",
        caller="0301234567",
        hang_up_at=None,
        break_at=None,
        before=None,
        fax=None,
    ):
        self.id = call_id
        self.caller = caller
        self.called = "8000"
        self.language = "en"
        self.step = ""
        self.reason = ""
        self.account = ""
        self.done = []
        self.quiet_s = 0.0
        self.ended = None
        self.log = EventLog()
        self.said = []
        self.asked = []
        self.before_secrets = []
        self.secrets = []
        self.summary = None
        self.verbs = 0
        self._keys = list(keys)
        self._hang_up_at = hang_up_at
        self._break_at = break_at
        self._before = before
        self._fax = fax
        self.faxed = []
        self._gone = False
        self._clock = clock.current()
        self._offered = self._clock.utc()
        self._answered = None

    def note(self, step, **facts):
        self.step = step
        self.log.report(ns_to_samples(self._clock.now()), "step", self.id, step=step, **facts)

    @asynccontextmanager
    async def keeping_secret(self):
        self.kept_secret = True
        yield
        self.kept_secret = False

    @property
    def steps(self):
        return [event.facts["step"] for event in self.log]

    async def _verb(self):
        self.verbs += 1
        assert self.summary is None, "a verb on a call that is over"
        if self._before is not None:
            await self._before(self)
        await asyncio.sleep(1)
        if self.verbs == self._hang_up_at:
            self._gone = True
        if self.verbs == self._break_at:
            raise RuntimeError("a fault of the flow")
        if self._gone:
            raise HungUp(16)

    async def answer(self):
        if self._answered is None:
            await self._verb()
            self._answered = self._clock.utc()

    async def say(self, *items, interruptible=True):
        await self._verb()
        self.said.append(items)

    async def collect(
        self,
        *prompt,
        max_digits,
        terminator,
        first_digit_s,
        inter_digit_s,
        secret,
        then_secret,
    ):
        self.asked.append(prompt)
        if then_secret:
            self.before_secrets.append(prompt)
        if not self._keys:
            self._gone = True
        await self._verb()
        keys = self._keys.pop(0)[:max_digits].rstrip(terminator or "\0")
        if not secret:
            return Collected(keys)
        self.secrets.append(WatchedSecret(bytearray(keys, "ascii")))
        return Collected("", self.secrets[-1])

    async def fax_send(self, pages, *, ident):
        await self._verb()
        self.faxed.append((pages, ident))
        if isinstance(self._fax, Exception):
            raise self._fax
        self._gone = self._fax.good
        return self._fax

    async def hang_up(self, cause=16):
        await self._end(cause, EndedBy.CALLER if self._gone else EndedBy.SYSTEM)

    async def fail(self):
        await self._end(41, EndedBy.FAILURE)

    async def _end(self, cause, ended_by):
        if self.summary is not None:
            return
        answered = Disposition.ANSWERED if self._answered else Disposition.NO_ANSWER
        self.summary = CallSummary(
            call_id=self.id,
            caller=self.caller,
            called=self.called,
            channel="E1 timeslot 1",
            offered=self._offered,
            answered=self._answered,
            ended=self._clock.utc(),
            disposition=Disposition.FAILED if ended_by is EndedBy.FAILURE else answered,
            ended_by=ended_by,
            cause=16 if self._gone else cause,
            step=self.step,
            reason=self.reason,
            account=self.account,
            recording=None,
            done=tuple(self.done),
        )
        if self.ended is not None:
            await self.ended(self.summary)
