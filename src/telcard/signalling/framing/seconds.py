"""How good a line was: errored seconds per quarter of an hour and per day (ITU-T G.826).

    heard = Performance(E1_CRC4)
    heard.second(errors=crc_errors_of_it, defect=bool(alarms & DEAF))     # once a second
    heard.quarter.es, heard.day.uas

A *second* is errored (ES) when a block of it was, severely (SES) when 30 % of the blocks were or
the line had a defect.  Blocks that were errored in seconds that are not SES are background block
errors (BBE).  Ten SES in a row make the line unavailable from the first of them on, ten others in a
row make it available again, from the first of them on (G.826, annex A).  Unavailable seconds (UAS)
are no ES, and no SES.  So the last ten seconds at most are not decided yet.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

QUARTER_S = 900
DAY_S = 86_400
KEPT = 96
"""Quarters of an hour that are kept beside the running one: a day, as ITU-T M.2120 wants it."""
DECISION_S = 10
"""Seconds in a row that make a line unavailable, and available (G.826, annex A)."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a second's errors are counted in, and how many make it severely errored."""

    name: str
    blocks: int
    """A second has."""
    severe: int


E1_CRC4 = Thresholds("CRC-4 blocks", 1000, 300)
"""30 % of the submultiframes of 1 ms (G.826, clause 4.5 and annex B)."""
E1_FAS = Thresholds("frame alignment signals", 4000, 28)
"""A line without CRC-4 (M.2100, from memory, not checked)."""
T1_ESF = Thresholds("CRC-6 blocks", 333, 320)
"""ANSI T1.231, as RFC 4805 repeats it; 30 % would be 100."""
T1_D4 = Thresholds("framing bits", 4000, 8)
"""ANSI T1.231, as RFC 4805 repeats it, with both kinds of framing bits."""


@dataclass(slots=True)
class Interval:
    """Sums of a stretch of time, by the second."""

    seconds: int = 0
    """That have been decided."""
    es: int = 0
    """Errored seconds, the severely errored ones among them."""
    ses: int = 0
    """Severely errored seconds."""
    bbe: int = 0
    """Background block errors."""
    uas: int = 0
    """Unavailable seconds."""
    slips: int = 0
    """Frames that were deleted or repeated; whether available or not."""

    @property
    def esr(self) -> float:
        """Errored seconds of the available ones; 0 to 1."""
        return self.es / available if (available := self.seconds - self.uas) else 0.0

    @property
    def sesr(self) -> float:
        """Severely errored seconds of the available ones; 0 to 1."""
        return self.ses / available if (available := self.seconds - self.uas) else 0.0

    def add(self, errors: int, severe: bool, available: bool) -> None:
        """A second has been decided."""
        self.seconds += 1
        if not available:
            self.uas += 1
        elif severe:
            self.es += 1
            self.ses += 1
        else:
            self.es += errors > 0
            self.bbe += errors


@dataclass(slots=True)
class Performance:
    """Takes a second after the other; one for what we receive, one for what the far end tells of.

    Quarters and days are counted from the first second on; whoever wants them by the clock begins
    at a quarter, with `begin_s`, the second of the day.
    """

    thresholds: Thresholds
    begin_s: int = 0
    quarter: Interval = field(init=False, default_factory=Interval)
    """The running one."""
    day: Interval = field(init=False, default_factory=Interval)
    """The running one."""
    quarters: deque[Interval] = field(init=False, default_factory=lambda: deque(maxlen=KEPT))
    """Those before it, the newest last."""
    yesterday: Interval | None = field(init=False, default=None)
    """The day before."""
    available: bool = field(init=False, default=True)
    """As far as it has been decided."""
    _now: int = field(init=False, default=0)
    _open: list[tuple[Interval, Interval, int, bool]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        if not 0 <= self.begin_s < DAY_S:
            raise ValueError(
                f"begin_s: want a second of a day, 0 to {DAY_S - 1}; got {self.begin_s}"
            )
        self._now = self.begin_s

    def second(self, errors: int = 0, defect: bool = False, slips: int = 0) -> None:
        """A second has passed with so many errored blocks, and with a defect or without.

        `defect`: LOS, LFA or AIS in some part of it; of what the far end tells, RAI.
        """
        if errors < 0 or slips < 0:
            raise ValueError(f"second: want no counts below 0; got {errors} errors, {slips} slips")
        self._turn_over()
        severe = defect or errors >= self.thresholds.severe
        self.quarter.slips += slips
        self.day.slips += slips
        if severe is not self.available:  # it confirms what we think of the line
            self._decide(self.available)
            self._add(self.quarter, self.day, errors, severe, self.available)
        else:
            self._open.append((self.quarter, self.day, errors, severe))
            if len(self._open) == DECISION_S:
                self.available = not self.available
                self._decide(self.available)
        self._now += 1

    def seconds(self, count: int, defect: bool = False) -> None:
        """So many seconds have passed alike, without errored blocks: as `second` for each, but in
        a time that grows with the quarters of an hour among them.
        """
        while count > 0:
            if defect is self.available or self._open:  # nothing is decided yet
                self.second(defect=defect)
                count -= 1
                continue
            self._turn_over()
            alike = min(count, QUARTER_S - self._now % QUARTER_S)
            for interval in (self.quarter, self.day):
                interval.seconds += alike
                interval.uas += 0 if self.available else alike
            self._now += alike
            count -= alike

    def _turn_over(self) -> None:
        if self._now == self.begin_s:
            return
        if self._now % QUARTER_S == 0:
            self.quarters.append(self.quarter)
            self.quarter = Interval()
        if self._now % DAY_S == 0:
            self.yesterday, self.day = self.day, Interval()

    def _decide(self, available: bool) -> None:
        for quarter, day, errors, severe in self._open:
            self._add(quarter, day, errors, severe, available)
        self._open.clear()

    @staticmethod
    def _add(quarter: Interval, day: Interval, errors: int, severe: bool, available: bool) -> None:
        quarter.add(errors, severe, available)
        day.add(errors, severe, available)
