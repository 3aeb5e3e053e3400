"""Carries the effects of a protocol machine out, and nothing else does.

The runner owns a machine's timers (on the running event loop, so they follow its clock, virtual or
not), sends what it wants sent, reports what it reports, and keeps the last effects as a transcript
for the log of a call that failed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Protocol

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer


class Runnable(Protocol):
    """A `telcard.machine.Machine`, or several that are one to the outside."""

    @property
    def state(self) -> Enum:
        """Its state, for the transcript."""

    def fire(self, name: str, *args: Any) -> list[Effect]:
        """Give it one input."""

    def expire(self, timer: str) -> list[Effect]:
        """Give it the expiry of a timer."""


class Runner:
    """Runs one machine.

    `timers` gives the length of each timer in seconds; `send` and `report` are called with the
    machine's PDUs and events, in order.  An effect may lead to a new input at once: it waits its
    turn until the present effects are done.  After `close()`, which a report may well lead to, the
    effects in hand are still sent and reported, but no timer starts and no input is taken.
    """

    def __init__(
        self,
        machine: Runnable,
        *,
        timers: Mapping[str, float],
        send: Callable[[Any], None],
        report: Callable[[Any], None],
        transcript: int = 100,
    ) -> None:
        self.machine = machine
        self._lengths = timers
        self._send = send
        self._report = report
        self._running: dict[str, asyncio.TimerHandle] = {}
        self._inputs: deque[Callable[[], list[Effect]]] = deque()
        self._busy = False
        self._closed = False
        self._notes: deque[tuple[float, str, str, tuple[object, ...]]] = deque(maxlen=transcript)

    @property
    def transcript(self) -> tuple[str, ...]:
        """The newest inputs and effects, a line each."""
        return tuple(
            f"{at:.3f} [{state}] {' '.join([what, *map(str, facts)]).rstrip()}"
            for at, state, what, facts in self._notes
        )

    def fire(self, name: str, *args: Any) -> None:
        """Give the machine an input and carry out what it answers."""
        self._take(f"> {name}", args, lambda: self.machine.fire(name, *args))

    def close(self) -> None:
        """Stop every timer and take no more input."""
        self._closed = True
        for timer in self._running.values():
            timer.cancel()
        self._running.clear()

    def _expire(self, name: str) -> None:
        self._running.pop(name, None)
        self._take(f"> {name} expired", (), lambda: self.machine.expire(name))

    def _take(self, what: str, facts: tuple[object, ...], give: Callable[[], list[Effect]]) -> None:
        if self._closed:
            return

        def input_now() -> list[Effect]:
            self._note(what, facts)
            return give()

        self._inputs.append(input_now)
        if self._busy:
            return
        self._busy = True
        try:
            while self._inputs and not self._closed:
                for effect in self._inputs.popleft()():
                    self._carry_out(effect)
        finally:
            self._busy = False
            self._inputs.clear()

    def _carry_out(self, effect: Effect) -> None:
        self._note("<", (effect,))
        match effect:
            case Send(pdu):
                self._send(pdu)
            case StartTimer(name):
                self._stop(name)
                if not self._closed:
                    loop = asyncio.get_running_loop()
                    self._running[name] = loop.call_later(self._lengths[name], self._expire, name)
            case StopTimer(name):
                self._stop(name)
            case Report(event):
                self._report(event)

    def _stop(self, name: str) -> None:
        timer = self._running.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _note(self, what: str, facts: tuple[object, ...]) -> None:
        # Most transcripts are never read: words are made of it when one is.
        now = asyncio.get_running_loop().time()
        self._notes.append((now, self.machine.state.name, what, facts))
