"""How good a line was: its errored seconds, and the failures that its alarms have become.

    quality = LinePerformance(span)                # from here on, by the quarters of the clock
    quality.status().day.es                        # errored seconds since midnight (UTC)
    quality.status().failures                      # what has lasted: ("LOS",)

Once a second it reads what the line has counted, and on a T1 with ESF tells the far end of it in a
performance report, and reads that of the far end.  A line with real frames (`Span.carrier`) tells
errored blocks of ours and, by its E bits, of the far end's; any other tells alarms and slips, so
its seconds are in order or have a defect.  Those need no look: between two alarms all seconds are
alike.  So in virtual time a line without frames is looked at when its alarms change and when
somebody asks, and no timer keeps time from passing over it; slips then count in the first second
after the look before.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from telcard.clock import current
from telcard.engine import Alarm, CarrierEnd, CarrierStatus, Span
from telcard.runner import Runner
from telcard.signalling.framing import (
    DEAF,
    E1_CRC4,
    E1_FAS,
    T1_D4,
    T1_ESF,
    FailureCleared,
    FailureDeclared,
    Integrator,
    Interval,
    Performance,
    Persistency,
    Thresholds,
    reports,
)

Report = Callable[..., None]
"""Called as `report(name, **facts)` with the failures of a line."""

COUNTED_IN: dict[str, Thresholds] = {
    "crc4": E1_CRC4, "no-crc4": E1_FAS, "esf": T1_ESF, "d4": T1_D4,
}  # fmt: skip
"""By framing: what errors are counted in, as long as the far end frames so too."""

_EARLY_S = 1e-6
"""A timer may be early by the rounding of a float."""


@dataclass(frozen=True, slots=True)
class LineStatus:
    """A line at a glance.  The last ten seconds at most are in no sum yet (`Performance`)."""

    alarms: str
    """What is wrong now: "NONE", "LOS", "LMFA|CAS_LMFA" ..."""
    failures: tuple[str, ...]
    """The alarms that have lasted."""
    framing: str
    """Of real frames: "crc4", "esf" ...; "" where the line has none."""
    available: bool
    """Whether it is, by ITU-T G.826."""
    slips: int
    """Frames that were deleted or repeated since the line was plugged in."""
    quarter: Interval
    """The present quarter of an hour."""
    day: Interval
    """Today."""
    far_quarter: Interval
    """What the far end tells of its own reception in the quarter: RAI, E bits, reports."""
    far_day: Interval
    """The same of today."""


class LinePerformance:
    """Counts the seconds of one line, from now on until it is closed.

    `report` is called with `alarm_failure` and `alarm_failure_over`, and the facts `line` and
    `alarm`, when an alarm has lasted, and when it has been gone for long enough, and with
    `line_looped` (`line`, `loop`) when the far end has had us looped, or no more; `persistency`
    says how long that is.  It wants a running event loop, whose time it follows.
    """

    def __init__(
        self,
        span: Span,
        report: Report | None = None,
        persistency: Persistency | None = None,
    ) -> None:
        self.span = span
        now = current().utc()
        begin_s = (now.hour * 60 + now.minute) * 60 + now.second
        thresholds = E1_FAS if span.carrier is None else COUNTED_IN[span.carrier.framing.format]
        self.near = Performance(thresholds, begin_s)
        """What we receive."""
        self.far = Performance(thresholds, begin_s)
        """What the far end tells of what it receives."""
        self._report = report or (lambda name, **facts: None)
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._counted = 0
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None
        self._alarms = self._had = span.alarms
        self._slips = span.slips
        self._before = None if span.carrier is None else span.carrier.status()
        self._looped = "none" if span.carrier is None else span.carrier.loop
        self._told: deque[reports.Second] = deque(maxlen=reports.SECONDS)
        self._heard = 0 if span.carrier is None else span.carrier.report()[0]
        timers = (persistency or Persistency()).timers
        self._integrators = {
            alarm: Runner(
                Integrator(alarm), timers=timers, send=lambda pdu: None, report=self._integrated
            )
            for alarm in Alarm
        }
        self._failures = Alarm.NONE
        self._integrate()
        span.on_alarm(self._changed)
        if span.carrier is not None or not span.engine.is_virtual:
            self._look()

    def status(self) -> LineStatus:
        """How the line is and was, as of this second."""
        self._count()
        carrier = self.span.carrier
        return LineStatus(
            alarms=self.span.alarms.name or "NONE",
            failures=tuple(alarm.name or "" for alarm in self._failures),
            framing="" if carrier is None else carrier.framing.format,
            available=self.near.available,
            slips=self.span.slips,
            quarter=replace(self.near.quarter),
            day=replace(self.near.day),
            far_quarter=replace(self.far.quarter),
            far_day=replace(self.far.day),
        )

    def close(self) -> None:
        """Count no more; what was counted can still be read. Harmless twice."""
        if self._closed:
            return
        self._count()
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for runner in self._integrators.values():
            runner.close()

    # Seconds

    def _look(self) -> None:
        """A second is over, by the timer."""
        self._count()
        self._timer = self._loop.call_at(self._began_s + self._counted + 1, self._look)

    def _count(self) -> None:
        """Count the seconds that are over: the first has all that was seen since the last look,
        the others the alarms that stand."""
        if self._closed:
            return
        over = int(self._loop.time() - self._began_s + _EARLY_S) - self._counted
        if over < 1:
            return
        slips, self._slips = self.span.slips - self._slips, self.span.slips
        near, far, lost, far_lost = self._errors(slips)
        self.near.second(near, lost or bool(self._had & DEAF), slips)
        self.far.second(far, far_lost or bool(self._had & Alarm.RAI))
        self.near.seconds(over - 1, bool(self._alarms & DEAF))
        self.far.seconds(over - 1, bool(self._alarms & Alarm.RAI))
        self._counted += over
        self._had = self._alarms

    def _errors(self, slips: int) -> tuple[int, int, bool, bool]:
        """Errored blocks since the last look, ours and the far end's, and whether either has lost
        alignment."""
        carrier, before = self.span.carrier, self._before
        if carrier is None or before is None:
            return 0, 0, False, False
        now = self._before = carrier.status()
        if carrier.loop != self._looped:
            self._looped = carrier.loop
            self._report("line_looped", line=self.span.name, loop=self._looped)
        thresholds = COUNTED_IN[carrier.framing.format]
        if now.interworking:  # what comes has no CRC-4 after all
            thresholds = E1_FAS
        self.near.thresholds = self.far.thresholds = thresholds
        by_crc = thresholds in (E1_CRC4, T1_ESF)
        near = _errored(now, by_crc) - _errored(before, by_crc)
        lost = now.losses > before.losses
        if carrier.framing.format != "esf":
            return near, now.e_errors - before.e_errors, lost, False
        framing = now.framing_errors > before.framing_errors
        second = reports.Second(
            errors=near,
            framing_errors=framing,
            severe_framing=lost,
            slip=slips > 0,
            looped=carrier.loop == "payload",
            number=self._counted % 4,
        )
        return near, *self._exchange(carrier, second)

    def _exchange(self, carrier: CarrierEnd, second: reports.Second) -> tuple[int, bool, bool]:
        """Tell the far end of a second; what it has told since the last look."""
        self._told.appendleft(second)
        carrier.send_report(reports.encode(self._told))
        heard, octets = carrier.report()
        newest = reports.decode(octets)[: heard - self._heard]
        self._heard = heard
        far = max((told.errors for told in newest), default=0)
        return far, second.severe_framing, any(told.severe_framing for told in newest)

    # Alarms

    def _changed(self, alarms: Alarm) -> None:
        if self._closed:
            return
        self._count()
        self._alarms = alarms
        self._had |= alarms
        self._integrate()

    def _integrate(self) -> None:
        for alarm, runner in self._integrators.items():
            runner.fire("defect" if self._alarms & alarm else "gone")

    def _integrated(self, event: FailureDeclared | FailureCleared) -> None:
        if isinstance(event, FailureDeclared):
            self._failures |= event.alarm
            name = "alarm_failure"
        else:
            self._failures &= ~event.alarm
            name = "alarm_failure_over"
        self._report(name, line=self.span.name, alarm=event.alarm.name or "")

    def __repr__(self) -> str:
        today = self.near.day
        return f"<LinePerformance {self.span.name}: {today.es} ES, {today.uas} UAS today>"


def _errored(status: CarrierStatus, by_crc: bool) -> int:
    return status.crc_errors if by_crc else status.framing_errors
