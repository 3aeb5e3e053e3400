"""The bare far end of an E1 for tests: one circuit at a time, polite or not.

The town (`telcard.exchange`) is the real thing; this one can also do what no exchange should.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telcard.cards import FarEnd
from telcard.clock import current
from telcard.engine import Engine, Lane, Outcome, Until, dtmf_segments
from telcard.runner import Runner
from telcard.signalling import LineEvent, q421


class Circuit:
    """One circuit of the far end, outgoing, and a lane for its sound."""

    def __init__(self, engine: Engine, far_end: FarEnd, timeslot: int) -> None:
        self.engine = engine
        self.span = engine.spans[0] if engine.spans else engine.plug(far_end.line, far_end.end)
        self.timeslot = timeslot
        self.machine = q421.Outgoing()
        self.heard: list[str] = []
        self._changed = asyncio.Event()
        self._runner = Runner(
            self.machine,
            timers=q421.ITU.timers,
            send=lambda abcd: self.span.set_bits(timeslot, abcd),
            report=self._report,
        )
        self.span.on_bits(self._bits)
        self._runner.fire("start")
        self._runner.fire("bits", self.span.bits(timeslot))
        self.lane: Lane | None = None

    async def until(self, name: str) -> None:
        """Wait for a line event by the name of its class."""
        while name not in self.heard:
            self._changed.clear()
            await self._changed.wait()

    async def seize(self) -> None:
        """Take the circuit; returns when that was acknowledged."""
        while not self.machine.query().free:
            await asyncio.sleep(0.01)
        self.heard.clear()
        self.lane = self.span.open_lane(self.timeslot)
        self._runner.fire("seize")
        await self.until("SeizureAcknowledged")

    async def key(self, digits: str, on_ms: float = 80, off_ms: float = 80) -> None:
        """Send digits as tones."""
        assert self.lane is not None
        tones = dtmf_segments(digits, on_ms=on_ms, off_ms=off_ms)
        sent: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.lane.tones(tones, 1, Until(), sent.set_result)
        await sent

    async def dial(self, caller: str = "0215432", called: str = "95588") -> None:
        """Seize, and send the address."""
        await self.seize()
        await self.key(f"*{caller}*{called}#")

    def clear(self) -> None:
        """Put the receiver down."""
        self._runner.fire("clear_forward")
        if self.lane is not None:
            self.lane.close()
            self.lane = None

    def close(self) -> None:
        """Take the circuit out of service."""
        self._runner.close()

    def _bits(self, timeslot: int, abcd: int, sample: int) -> None:
        if timeslot == self.timeslot:
            self._runner.fire("bits", abcd)

    def _report(self, event: LineEvent) -> None:
        self.heard.append(type(event).__name__)
        self._changed.set()


@asynccontextmanager
async def far_exchange(far_end: FarEnd, *timeslots: int) -> AsyncIterator[list[Circuit]]:
    """Circuits of a far exchange that is plugged into a card's socket."""
    engine = Engine(len(timeslots), clock=current(), name="far exchange")
    circuits = [Circuit(engine, far_end, timeslot) for timeslot in timeslots]
    try:
        yield circuits
    finally:
        for circuit in circuits:
            circuit.close()
        engine.close()
