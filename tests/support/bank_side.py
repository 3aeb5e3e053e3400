"""The other end of the town's line for tests: bare engine lanes and incoming Q.421 machines.

A script is what happens on each call: a list of steps, each a method of `BankCall`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from telcard.engine import E1Line, Engine, Reason, ToneSegment, Until
from telcard.runner import Runner
from telcard.signalling import Agreed, ClearedForward, Failed, Released, Seized, q421


@dataclass(frozen=True)
class Socket:
    line: E1Line
    end: int
    stations: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()
    agreed: Agreed = field(default_factory=Agreed)


@dataclass
class BankCall:
    """A call as the bank sees it."""

    lane: object
    fire: Callable[..., None]
    address: str = ""
    digits: list[str] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def _operate(self, start, *args):
        loop = asyncio.get_running_loop()
        ended = loop.create_future()
        start(*args, done=lambda outcome: ended.done() or ended.set_result(outcome))
        return await ended

    async def play(self, *clips, digits=""):
        """Play to the end, or until one of the digits comes."""
        return await self._operate(self.lane.play, clips, Until(digits=digits))

    async def collect(self, most, seconds=5.0):
        until = Until(max_digits=most, digits="#", first_digit_s=seconds)
        outcome = await self._operate(self.lane.collect, until)
        self.digits.append(outcome.digits)
        return outcome

    async def tone(self, *segments, repeats=0):
        return await self._operate(self.lane.tones, segments, repeats)

    def answer(self):
        self.fire("answer")

    def clear(self):
        self.fire("clear_back")


class Bank:
    """Answers on the given timeslots of end 0; `script` is run for each call."""

    def __init__(self, line, clock, script: Callable[[BankCall], Awaitable[None]], timeslots=(1,)):
        self.engine = Engine(lanes=max(1, len(timeslots)), clock=clock, name="bank")
        self.span = self.engine.plug(line, 0)
        self.calls: list[BankCall] = []
        self.script = script
        self.tasks: list[asyncio.Task] = []
        self.circuits = {timeslot: self._circuit(timeslot) for timeslot in timeslots}
        self.open: dict[int, BankCall] = {}
        self.span.on_bits(
            lambda timeslot, abcd, sample: (
                timeslot in self.circuits and self.circuits[timeslot].fire("bits", abcd)
            )
        )

    def start(self):
        for timeslot, circuit in self.circuits.items():
            circuit.fire("start")
            circuit.fire("bits", self.span.bits(timeslot))

    def _circuit(self, timeslot):
        return Runner(
            q421.Incoming(),
            timers=q421.ITU.timers,
            send=lambda abcd: self.span.set_bits(timeslot, abcd),
            report=lambda event: self._report(timeslot, event),
        )

    def _report(self, timeslot, event):
        match event:
            case Seized():
                lane = self.span.open_lane(timeslot)
                call = BankCall(lane, self.circuits[timeslot].fire)
                self.calls.append(call)
                self.open[timeslot] = call
                self.tasks.append(asyncio.create_task(self._serve(call), name="bank call"))
            case ClearedForward():
                call = self.open.pop(timeslot)
                call.gone.set()
                call.lane.close()
                self.circuits[timeslot].fire("release")
            case Failed() | Released():
                pass

    async def _serve(self, call):
        outcome = await call.collect(31)
        call.address = call.digits.pop()
        if Reason.HANG_UP not in outcome.reasons:
            await self.script(call)

    async def close(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for circuit in self.circuits.values():
            circuit.close()
        self.engine.close()


CONGESTION = (ToneSegment(0.25, 425.0), ToneSegment(0.25))
BUSY = (ToneSegment(0.5, 425.0), ToneSegment(0.5))
