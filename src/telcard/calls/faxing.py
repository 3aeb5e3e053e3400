"""Faxes on a call: pages sent and received, and a voice call that turns out to be a fax.

async with call.unless_fax() as fax:
    await call.say("welcome")
    ...
if fax.heard:
    result = await call.fax_receive(ident="+86 10 95588")
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from telcard.engine import ToneEvent
from telcard.errors import HungUp
from telcard.events import Value
from telcard.fax import FaxResult
from telcard.fax.dialogue import Dialogue, FaxOptions
from telcard.fax.geometry import Resolution
from telcard.fax.lane import LEVEL_DBM0
from telcard.fax.t30 import Event, PageReport
from telcard.media import Channel
from telcard.signalling.causes import cause_text
from telcard.trunks import TrunkCall

LendFax = Callable[[str], AbstractContextManager[Channel]]
"""Lends a fax resource to a circuit, `Chassis.fax`."""

Told = Callable[[Event], None]

CALLING_FAX = ("cng", "v21_preamble")
"""What a fax says that has called: its calling tone, or, where it has heard us, frames at once."""


@dataclass(slots=True)
class FaxWatch:
    """Whether a fax was heard; made by `Faxing.unless_fax`."""

    heard: bool = False


class Faxing(ABC):
    """The verbs of a `Call` that are about faxes; all raise `HungUp` once the far end has gone.

    They work on the call's own channel where it can fax, otherwise over a fax resource that a card
    of the chassis lends, by way of the bus; it is given back whatever happens.
    """

    id: str
    outgoing: bool
    _leg: TrunkCall
    _ended: asyncio.Future[None]
    _lend_fax: LendFax
    _faxes = False

    async def fax_send(
        self,
        pages: Sequence[NDArray[np.bool_]],
        *,
        resolution: Resolution = Resolution.FINE,
        level_dbm0: float = LEVEL_DBM0,
        told: Told | None = None,
        **options: Unpack[FaxOptions],
    ) -> FaxResult:
        """Send pages (2-D arrays of bool, True = black) to the fax at the far end.

        `options` are those of `telcard.fax.dialogue.FaxOptions`: `ident`, our number, and others.
        Of a call that came in nobody knows when its caller presses start: his machine is waited for
        longer (T0, 60 s).  The result says why it ended and has evidence of every page; the far
        end's hang-up in the middle is a reason as well (`Reason.HUNG_UP`), and so is a fault of
        line or card (`Reason.FAULT`); they raise nothing.
        `told` is called with every event of `telcard.fax.t30` as it comes.  Raises `CardError`
        where the card cannot fax, is busy, or keeps a secret, `NoResource` when no fax resource is
        free, ValueError for pages that no fax has.
        """
        dialogue = Dialogue(calling=True, pages=pages, resolution=resolution, **options)
        return await self._fax(dialogue, level_dbm0, told, sends=len(pages))

    async def fax_receive(
        self,
        *,
        poll: bool = False,
        level_dbm0: float = LEVEL_DBM0,
        told: Told | None = None,
        **options: Unpack[FaxOptions],
    ) -> FaxResult:
        """Receive what the fax at the far end sends; with `poll` ask it for what it holds ready.

        `FaxResult.pages` are those that came, also of a fax that broke off; otherwise as
        `fax_send`.
        """
        dialogue = Dialogue(calling=poll, poll=poll, **options)
        return await self._fax(dialogue, level_dbm0, told)

    async def _fax(
        self, dialogue: Dialogue, level_dbm0: float, told: Told | None, **facts: Value
    ) -> FaxResult:
        def tell(event: Event) -> None:
            if isinstance(event, PageReport):
                page: dict[str, Value] = {"number": event.number, "accepted": event.accepted}
                self._report("fax_page", rows=event.rows, bad_rows=event.bad_rows, **page)
            if told is not None:
                told(event)

        self._check()
        with self._fax_channel() as channel:
            self._report("faxes", on=channel.name, **facts)
            answered = self.outgoing
            async with channel.fax(
                dialogue, answered=answered, level_dbm0=level_dbm0, told=tell, fault=self._fault
            ) as fax:
                over = asyncio.ensure_future(fax.ended())
                try:
                    ends = (over, self._leg.cleared, self._ended)
                    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    over.cancel()
                fax.hang_up()
                result = fax.result
        self._report("faxed", good=result.good, why=str(result), pages=len(result.reports))
        return result

    def _fault(self) -> str:
        """What has failed of the call's line, in words."""
        cleared = self._leg.cleared
        cause = cleared.result() if cleared.done() else 0
        failed = HungUp(cause).failed
        return f"{self._leg.circuit}: cause {cause}, {cause_text(cause)}" if failed else ""

    @contextmanager
    def _fax_channel(self) -> Iterator[Channel]:
        """Where to fax: here, or on a resource that hears this circuit and is heard by it."""
        own = self.channel
        self._faxes = True
        try:
            if own.capabilities.fax:
                yield own
            else:
                with own.echo_untouched(), self._lend_fax(self._leg.circuit) as lent:
                    yield lent
        finally:
            self._faxes = False
            if own.lane.is_open:
                own.clear_digits()  # a modem may have sounded like a key

    @asynccontextmanager
    async def unless_fax(self) -> AsyncIterator[FaxWatch]:
        """Break off what is inside as soon as a fax is heard to call: `heard` says so then.

        A fax that calls says CNG every 3.5 s, so that it is known some 0.5 to 4 s after the answer.
        Like `asyncio.timeout` it cancels what is awaited inside, and nothing else.  Raises
        `CardError` where the card does not tell tones.
        """
        watch = FaxWatch()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as inside:

                def hear(event: ToneEvent) -> None:
                    if event.name in CALLING_FAX and not watch.heard and not self._faxes:
                        watch.heard = True
                        self._report("fax_offered", signal=event.name)
                        inside.reschedule(loop.time())

                self.detect("fax", hear)
                try:
                    yield watch
                finally:
                    self.ignore("fax")
        except TimeoutError:
            if not inside.expired():
                raise

    # What the call has besides.

    @property
    @abstractmethod
    def channel(self) -> Channel:
        """The call's sound."""

    @abstractmethod
    def detect(self, hearing: str, heard: Callable[[ToneEvent], None] | None = None) -> None:
        """Tell what the far end sends."""

    @abstractmethod
    def ignore(self, hearing: str) -> None:
        """Detect it no more."""

    @abstractmethod
    def _check(self) -> None:
        """Raise `HungUp`, or `MediaError`, when nothing can be done on it any more."""

    @abstractmethod
    def _report(self, name: str, **facts: Value) -> None:
        """Write down what happens."""
