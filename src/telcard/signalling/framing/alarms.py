"""What is wrong with a line, what follows of it, and when it counts as a failure.

A receiver finds defects within milliseconds, and loses them as quickly.  Two things follow.  At
once, *consequent actions*: the far end is told, and the users get all ones instead of what nobody
can read (`consequences`).  And for people, when a defect lasts, a *failure* (`Integrator`).

    defect    found                                            gone                     clause
    LOS       no pulses for 10 to 255 intervals (E1),          pulses for as long       G.775 4.2
              100 to 250 (T1)                                  12.5 % of pulses         T1.231 6.1.2
    AIS       E1: <= 2 zeros in two periods of 512 bits        >= 3 in both, or aligned G.775 5.2
              T1: < 99.9 % ones are missing for 3 to 75 ms     the same                 T1.231 6.1.2
    LFA       E1: 3 errored FAS in a row (or NFAS)             FAS, bit 2, FAS          G.706 4.1
              E1: 915 of 1000 CRC-4 blocks                     with CRC-4 as well       G.706 4.3.2
              T1: 2 of 4 framing bits (or 2 of 5, 3 of 6)      24 right ones in a row   T1.403
    RAI       E1: A = 1 three times                            A = 0 three times        O.162 2.1.4
              T1: bit 2 of all channels 0 (D4), FDL (ESF)      the same                 T1.403
    LMFA      no CRC-4 multiframe though there are frames      two words in 8 ms        G.706 4.2
    CAS_LMFA  2 errored words 0000, or a multiframe of zeros   the first word           G.732 5.2
    CAS_AIS   <= 3 zeros in two multiframes of timeslot 16     >= 4 in both, or aligned G.775 5.5
    CAS_RAI   y = 1 three times                                y = 0 three times        G.732
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from telcard.machine import Action, Effect, Machine, Report, StartTimer, StopTimer


class Alarm(enum.Flag):
    """What is wrong with a line, as its receiver finds it (ITU-T G.732, clause 4).

    Only the root is told: a line without signal has no frame alignment either.  On a line that
    carries no frames (`E1Line`) there are only the first four.
    """

    NONE = 0
    LOS = 1
    """Loss of signal: nothing is plugged in at the far end, or it is dead."""
    LFA = 2
    """Loss of frame alignment."""
    AIS = 4
    """All ones: something between the ends has failed."""
    RAI = 8
    """The far end says that it cannot hear us; on a T1 the yellow alarm."""
    LMFA = 16
    """There are frames, but no CRC-4 multiframe; calls go on (G.706, annex B)."""
    CAS_LMFA = 32
    """Timeslot 16 has lost its multiframe: no circuit's bits can be believed."""
    CAS_AIS = 64
    """Timeslot 16 is all ones."""
    CAS_RAI = 128
    """The far end has lost the multiframe of timeslot 16."""


DEAF = Alarm.LOS | Alarm.LFA | Alarm.AIS
"""With one of these nothing can be received."""

WITHOUT_BITS = DEAF | Alarm.CAS_LMFA | Alarm.CAS_AIS
"""With one of these no ABCD bits can be received."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a terminal does at once while it finds a line so (G.732, table of clause 4.3, 5.3)."""

    rai: bool
    """Tell the far end that it is not heard: bit A, or the yellow alarm."""
    cas_rai: bool
    """Tell it by bit y that its multiframe in timeslot 16 is not."""
    octets_ones: bool
    """Give the users of timeslots 0xFF."""
    bits_ones: bool
    """Give the users of ABCD bits 1111, which Q.421 reads as blocked."""
    e_zero: bool
    """Send both E bits as 0: CRC-4 is not received (G.706 B.2)."""


def consequences(alarms: Alarm) -> Consequences:
    """What follows at once of what a receiver finds."""
    deaf = bool(alarms & DEAF)
    return Consequences(
        rai=deaf,
        cas_rai=bool(alarms & (Alarm.CAS_LMFA | Alarm.CAS_AIS)),
        octets_ones=deaf,
        bits_ones=bool(alarms & WITHOUT_BITS),
        e_zero=bool(alarms & (DEAF | Alarm.LMFA)),
    )


@dataclass(frozen=True, slots=True)
class Persistency:
    """How long a defect has to last until it is a failure, and its absence until it is none.

    2.5 s and 10 s, each +-0.5 s, in ITU-T G.7710 for all signals, and in ANSI T1.231 for a T1.
    """

    raise_s: float = 2.5
    clear_s: float = 10.0

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer, for the runner."""
        return {"raise": self.raise_s, "clear": self.clear_s}


@dataclass(frozen=True, slots=True)
class FailureDeclared:
    """The defect has lasted: a failure."""

    alarm: Alarm


@dataclass(frozen=True, slots=True)
class FailureCleared:
    """It has been gone for long enough."""

    alarm: Alarm


class Standing(enum.Enum):
    """How an integrator stands."""

    CLEAR = "in order"
    RISING = "a defect, perhaps a short one"
    FAILED = "a failure"
    CLEARING = "in order again, on probation"


S = Standing


class Integrator(Machine[Standing]):
    """Makes a failure of one defect that lasts, without clock: inputs "defect" and "gone"."""

    table: ClassVar[Mapping[tuple[Standing, str], Action]] = {
        (S.CLEAR, "gone"): lambda m: [],
        (S.CLEAR, "defect"): lambda m: m.go(S.RISING, StartTimer("raise")),
        (S.RISING, "defect"): lambda m: [],
        (S.RISING, "gone"): lambda m: m.go(S.CLEAR, StopTimer("raise")),
        (S.RISING, "raise"): lambda m: m.go(S.FAILED, Report(FailureDeclared(m.alarm))),
        (S.FAILED, "defect"): lambda m: [],
        (S.FAILED, "gone"): lambda m: m.go(S.CLEARING, StartTimer("clear")),
        (S.CLEARING, "gone"): lambda m: [],
        (S.CLEARING, "defect"): lambda m: m.go(S.FAILED, StopTimer("clear")),
        (S.CLEARING, "clear"): lambda m: m.go(S.CLEAR, Report(FailureCleared(m.alarm))),
    }

    def __init__(self, alarm: Alarm) -> None:
        super().__init__(Standing.CLEAR)
        self.alarm = alarm
        """The defect that it is about; one flag."""

    def found(self, alarms: Alarm) -> list[Effect]:
        """Take what the receiver finds now."""
        return self.fire("defect" if alarms & self.alarm else "gone")

    @property
    def failed(self) -> bool:
        """Whether there is a failure now."""
        return self.state in (Standing.FAILED, Standing.CLEARING)
