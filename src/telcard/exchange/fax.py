"""A fax machine in the town: answers by itself and keeps what comes, or calls and sends.

    async with town.fax("02154321", ident="+86 21 54321") as machine:
        result = await machine.send("95588", [page])        # dials, sends, hangs up
        ...
        machine.received[0].pages                           # of a call that it has answered

Somebody may also use its handset, as any `Subscriber`, and press start in the middle of a call:
`await machine.receive()`.  With `stays=True` he keeps the handset, and talks on behind the fax.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from telcard.engine import Lane
from telcard.errors import HungUp, LineError
from telcard.exchange.handset import Handset
from telcard.exchange.office import Office
from telcard.exchange.person import MakeHandset
from telcard.exchange.subscriber import Subscriber
from telcard.fax import FaxResult
from telcard.fax.dialogue import Dialogue, FaxOptions
from telcard.fax.geometry import Resolution
from telcard.media import Channel, FaxLine

if TYPE_CHECKING:
    from telcard.exchange.town import Town

ANSWER_S = 3.0
"""It lets the bell ring for so long: about once."""


class FaxMachine(Subscriber):
    """A fax on a subscriber's line; made by `Town.fax`.

    Inside `async with` it answers every call, as the called station of T.30.  `holds` are pages
    that wait to be polled, `received` the results of calls that it has answered.  It hangs up when
    a fax is over, whichever way.
    """

    def __init__(
        self,
        town: Town,
        number: str,
        office: Office,
        make_handset: MakeHandset,
        late_s: float = 0.0,
        *,
        holds: Sequence[NDArray[np.bool_]] = (),
        options: FaxOptions,
    ) -> None:
        super().__init__(town, number, office, make_handset, late_s)
        self.holds = tuple(holds)
        self.received: list[FaxResult] = []
        self._options = options
        self._lane: Lane | None = None
        self._fax: FaxLine | None = None
        self._answering: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._answering = asyncio.create_task(self._answer(), name=f"fax machine {self.number}")
        return self

    async def __aexit__(self, *failure: object) -> None:
        if self._answering is not None:
            self._answering.cancel()
            await asyncio.wait([self._answering])
        await super().__aexit__(*failure)

    async def send(
        self,
        called: str,
        pages: Sequence[NDArray[np.bool_]],
        *,
        resolution: Resolution = Resolution.FINE,
    ) -> FaxResult:
        """Call a number and send pages; returns when it has hung up.  `LineError` as `dial`."""
        await self.dial(called)
        return await self.start(pages, resolution=resolution)

    async def start(
        self,
        pages: Sequence[NDArray[np.bool_]],
        *,
        resolution: Resolution = Resolution.FINE,
        stays: bool = False,
    ) -> FaxResult:
        """Press start with pages in the feeder: send them on the present call, then hang up, unless
        somebody `stays` on the line."""
        options = self._options
        return await self._run(
            Dialogue(calling=True, pages=pages, resolution=resolution, **options), stays
        )

    async def receive(self, *, stays: bool = False) -> FaxResult:
        """Press start with an empty feeder: receive on the present call, then hang up, unless
        somebody `stays` on the line."""
        return await self._run(Dialogue(calling=False, pages=self.holds, **self._options), stays)

    async def poll(self, called: str) -> FaxResult:
        """Call a number and fetch what it holds ready, then hang up.  `LineError` as `dial`."""
        await self.dial(called)
        return await self._run(Dialogue(calling=True, poll=True, **self._options))

    async def _run(self, dialogue: Dialogue, stays: bool = False) -> FaxResult:
        self._connected("fax")
        lane = self._lane
        assert lane is not None, "a machine that is connected has a lane"
        if not stays:
            lane.untap()  # nobody listens to a modem
        try:
            async with Channel(lane, self.number).fax(dialogue) as fax:
                self._fax = fax
                return await fax.ended()
        finally:
            self._fax = None
            if not stays:
                await self.hang_up()

    async def _answer(self) -> None:
        """Answer whoever calls, one after the other."""
        while True:
            await self.rings(float("inf"))
            await asyncio.sleep(ANSWER_S)
            try:
                self.lift()
                self.received.append(await self.receive())
            except (HungUp, LineError):
                continue  # whoever called has given up

    def _lift_to(self, lane: Lane) -> Handset:
        self._lane = lane
        return super()._lift_to(lane)

    def _over(self, cause: int) -> None:
        """The far end has gone, and with it whatever was being faxed."""
        super()._over(cause)
        if self._fax is not None:
            self._fax.hang_up()
