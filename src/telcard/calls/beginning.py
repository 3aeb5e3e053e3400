"""How calls begin: rung, heard early, refused, sent on, answered, dialled further."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from datetime import datetime

from telcard.errors import MediaError
from telcard.events import Value
from telcard.signalling import Cause
from telcard.trunks import TrunkCall


class SettingUp(ABC):
    """The verbs of a `Call` that its trunk carries out; all raise `HungUp` once the far end has
    gone."""

    id: str
    reason: str
    _leg: TrunkCall
    _answered: datetime | None
    _ended: asyncio.Future[None]

    async def ring(self) -> None:
        """Say that somebody is being rung: the caller hears ringing tone.

        `CardError` where the signalling has no signal for it, here and in the verbs that follow.
        """
        self._check()
        self._leg.ring()
        self._report("alerting")
        await self._through()

    async def progress(self) -> None:
        """Let the caller hear what is said before the answer (early media)."""
        self._check()
        self._leg.progress()
        self._report("progress")
        await self._through()

    async def _through(self) -> None:
        await self._leg.through()
        self._check()

    async def reject(self, cause: int = Cause.CALL_REJECTED) -> None:
        """Refuse a call that was not answered, for a cause of ITU-T Q.850: 17 is busy, 21 no."""
        if self._answered is not None:
            raise MediaError(f"call {self.id}: cannot be rejected, it was answered")
        await self.hang_up(cause)

    async def redirect(self, number: str) -> None:
        """Let the exchange send a call that was not answered on to another number; it ends here."""
        self._check()
        if self._answered is not None:
            raise MediaError(f"call {self.id}: cannot be redirected, it was answered")
        self._leg.redirect(number)
        self.reason = self.reason or f"redirected to {number}"
        self._report("redirected", to=number)
        await asyncio.wait((self._leg.cleared, self._ended), return_when=asyncio.FIRST_COMPLETED)
        await self.hang_up()

    async def send_digits(self, digits: str) -> None:
        """Dial further: in messages while the number is not complete, else with tones.

        "," is a pause.  ValueError for what is no digit; raises `HungUp` when the far end goes.
        """
        self._check()
        self._report("sends", digits=len(digits))
        await self._leg.send_digits(digits)
        self._check()

    async def answer(self) -> None:
        """Answer the call; charging starts.

        Returns when the exchange has taken it, so that the caller hears what is said from then on.
        """
        self._check()
        leg = self._leg
        if self._answered is None:
            leg.answer()
            if not leg.answered.done():
                ends = (leg.answered, leg.cleared, self._ended)
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                self._check()
            self._answers()

    async def until_answered(self, answer_s: float) -> None:
        """Wait until a call that we made is answered.

        Raises `TimeoutError` after `answer_s`, and `HungUp` when it was lost before.
        """
        leg = self._leg
        ends = (leg.answered, leg.cleared, self._ended)
        await asyncio.wait(ends, timeout=answer_s, return_when=asyncio.FIRST_COMPLETED)
        self._check()
        if not leg.answered.done():
            raise TimeoutError

    # What the call has besides.

    @abstractmethod
    async def hang_up(self, cause: int = Cause.NORMAL_CLEARING) -> None:
        """End the call."""

    @abstractmethod
    def _check(self) -> None:
        """Raise `HungUp`, or `MediaError`, when nothing can be done on it any more."""

    @abstractmethod
    def _report(self, name: str, **facts: Value) -> None:
        """Write down what happens."""

    @abstractmethod
    def _answers(self, _: object = None) -> None:
        """It was answered."""
