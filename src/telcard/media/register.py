"""A register of R2 on a lane: what its receiver hears goes into the machine, what it wants to be
sent goes out as tones.

    register = LaneRegister(lane, BackwardRegister(variant("br")), told)
    register.fire("start")
    ...
    await register.quiet()                # nothing of it sounds any more

A compelled signal lasts until it is answered, so nothing here is in a hurry: an event loop that
hangs for a second makes a call late, and only the time-outs of Q.476 end it.  Where it does not
hang a signal is told in the tick in which the receiver is certain, and what answers it is sent from
the next tick on: a cycle of four such steps takes some 120 ms on a line of no length.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from telcard.dsp.mf import MfSystem, mf_segment
from telcard.engine import Lane, Operation, Outcome, ToneEvent
from telcard.runner import Runner
from telcard.signalling.r2 import BackwardRegister, ForwardRegister, Signal

SEGMENT_S = 60.0
"""One piece of a tone: longer than any time-out lets a signal be, so that it has no seams."""


class LaneRegister:
    """Runs a register on a lane, which must send nothing else until it is `quiet`.

    `told` is called with the machine's reports, `said` with each signal as it passes: whether it is
    ours, and in words.  `close()` ends it at any moment, also after the
    lane was closed.
    """

    def __init__(
        self,
        lane: Lane,
        machine: ForwardRegister | BackwardRegister,
        told: Callable[[Any], None],
        said: Callable[[bool, str], None] | None = None,
    ) -> None:
        self.machine = machine
        self._lane = lane
        self._sends: MfSystem = "r2_backward"
        self._hears: MfSystem = "r2_forward"
        if isinstance(machine, ForwardRegister):
            self._sends, self._hears = self._hears, self._sends
        self._wanted: Signal | None = None
        self._sounding: Signal | None = None
        self._operation: Operation | None = None
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        self._closed = False
        self._said = said
        self._told_of = 0  # signals that `said` knows
        self._runner = Runner(
            machine, timers=machine.variant.timers, send=self._send, report=told, transcript=400
        )
        lane.detect(self._hears, self._heard)

    def fire(self, name: str, *args: Any) -> None:
        """Give the register one of the inputs that its module lists."""
        self._runner.fire(name, *args)
        self._say()

    def transcript(self) -> list[str]:
        """Its signals, timers and states, the newest last."""
        return list(self._runner.transcript)

    async def quiet(self) -> None:
        """Return when nothing of it is being sent."""
        await self._is_quiet.wait()

    def close(self) -> None:
        """Hear nothing, send nothing, start no timer."""
        if self._closed:
            return
        self._closed = True
        self._runner.close()
        if self._lane.is_open:
            self._lane.detect(self._hears, None)
        self._send(None)

    # What is heard

    def _heard(self, event: ToneEvent) -> None:
        if event.phase == "begins":
            self.fire("signal", int(event.name))
        else:
            self.fire("silence")

    # What is sent

    def _send(self, signal: Signal | None) -> None:
        self._wanted = signal
        self._turn()
        self._say()

    def _say(self) -> None:
        dialogue, variant = self.machine.dialogue, self.machine.variant
        if self._said is None or len(dialogue) == self._told_of:
            return
        for who, signal in list(dialogue)[self._told_of :]:
            self._said(who == ">", variant.describe(signal))
        self._told_of = len(dialogue)

    def _turn(self) -> None:
        """Send what is wanted, once what sounds now has stopped."""
        if not self._lane.is_open:
            self._operation = None
            self._is_quiet.set()
        elif self._operation is not None:
            if self._wanted != self._sounding:
                self._operation.stop()
        elif self._wanted is not None:
            tone = mf_segment(self._wanted.number, self._sends, SEGMENT_S)
            self._is_quiet.clear()
            self._sounding = self._wanted
            self._operation = self._lane.tones([tone], 0, done=self._stopped)
        else:
            self._is_quiet.set()

    def _stopped(self, _: Outcome) -> None:
        self._operation = self._sounding = None
        self._turn()
