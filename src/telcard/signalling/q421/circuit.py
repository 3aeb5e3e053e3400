"""What both ends of a Q.421 circuit have in common: conditions, times, states, idle and blocked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from telcard.machine import Effect, Report, StartTimer
from telcard.signalling import circuit as base
from telcard.signalling.circuit import blocked, calm, settle, to
from telcard.signalling.events import Released

# Conditions (a, b) as the standard's table has them.
IDLE = CLEAR_FORWARD = 0b10
SEIZED = 0b00
ACKNOWLEDGED = CLEAR_BACK = BLOCKED = 0b11
ANSWERED = 0b01

CONDITIONS = ("00", "01", "10", "11")
"""Names of the received conditions as inputs of the tables, a before b."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Lengths in seconds of what the standard times, and the bits that it leaves alone."""

    name: str = "ITU-T"
    recognition_s: float = 0.02
    """A transition counts after 20 ms (Q.422 3.2.1; the analogue version says the same)."""
    seizure_ack_s: float = 0.2
    """Q.422 table 3: acknowledged 100-200 ms after seizing; 1-2 s over a satellite."""
    backward_fault_s: float = 1.5
    """Q.422 table 3: b_b = 0 after the acknowledgement may last 1-2 s."""
    forward_fault_s: float = 120.0
    """Q.422 table 4 borrows this from Q.118 4.3.3: 2-3 minutes."""
    double_seizure_s: float = 0.1
    """Q.422: both ends hold the seizure, and then the clear-forward, for at least 100 ms."""
    guard_s: float = 0.1
    """Q.422: the end that was incoming holds idle for 100 ms before it sends anything else."""
    alarm_s: float = 30.0
    """Q.422 wants the alarm of a lasting fault delayed and leaves the time to the operator."""
    metering_s: float = 0.0
    """Clear-back that is over so soon was a metering pulse (national); 0: there are none."""
    reanswer_s: float = 0.0
    """So long after clear-back an answer goes on with the same call, and no more is told of either
    (a double answer, as in Brazil); it begins when what came is too long for a metering pulse.
    0: clear-back ends a call at once."""
    double_answer_s: float = 0.0
    """Clear-back of a double answer of ours, in which an exchange gives up a collect call;
    0: answers are plain."""
    first_answer_s: float = 1.0
    """How long the first answer of a double one stands (our choice: no text names it)."""
    meter_pulse_s: float = 0.15
    """How long a metering pulse of ours lasts (from memory of national systems, not checked)."""
    cd: int = 0b01
    """Bits c and d that we send.  Q.421: 0 1 (0 0 0 0 would imitate frame alignment)."""

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer that the machines start, for the runner."""
        return {
            "recognition": self.recognition_s,
            "seizure_ack": self.seizure_ack_s,
            "backward_fault": self.backward_fault_s,
            "forward_fault": self.forward_fault_s,
            "double_seizure": self.double_seizure_s,
            "guard": self.guard_s,
            "alarm": self.alarm_s,
            "metering": self.metering_s,
            "reanswer": self.reanswer_s,
            "first_answer": self.first_answer_s,
            "double_answer": self.double_answer_s,
            "meter_pulse": self.meter_pulse_s,
        }


ITU = Profile()
"""Terrestrial circuits."""

ITU_SATELLITE = Profile("ITU-T by satellite", seizure_ack_s=2.0)
"""Circuits over a satellite."""


class State(Enum):
    """Where a circuit stands; values are the standard's names."""

    DOWN = "out of service"
    IDLE = "idle/released"
    IDLE_FAULT = "idle, but the far end sends nonsense"
    BLOCKED = "blocked by the far end"
    BLOCKING = "blocked by us"
    GUARD = "released, guarded"
    # outgoing end
    OUT_SEIZED = "seized"
    OUT_UNACKNOWLEDGED = "seized, to be cleared once acknowledged"
    OUT_ACKNOWLEDGED = "seizure acknowledged"
    OUT_ACKNOWLEDGED_FAULT = "seizure acknowledged, b_b = 0"
    OUT_ANSWERED = "answered"
    OUT_ANSWERED_FAULT = "answered, b_b = 0"
    OUT_CLEAR_BACK = "clear-back"
    OUT_CLEAR_BACK_FAULT = "clear-back, b_b = 0"
    OUT_HOLDING = "clear-forward held back until b_b = 1"
    OUT_CLEAR_FORWARD = "clear-forward"
    DOUBLE_SEIZURE = "double seizure, seizure held"
    DOUBLE_SEIZURE_CLEARED = "double seizure, clear-forward held"
    # incoming end
    IN_ACKNOWLEDGED = "seizure acknowledged (incoming)"
    IN_ACKNOWLEDGED_FAULT = "seizure acknowledged (incoming), b_f = 1"
    IN_ANSWER_HELD = "answer held back until b_f = 0"
    IN_FIRST_ANSWER = "answered (incoming), the first of two answers"
    IN_BETWEEN_ANSWERS = "clear-back (incoming) between two answers"
    IN_ANSWERED = "answered (incoming)"
    IN_ANSWERED_FAULT = "answered (incoming), b_f = 1"
    IN_METERING = "answered (incoming), a metering pulse is sent"
    IN_CLEAR_BACK = "clear-back (incoming)"
    IN_FAULTY = "given up, waiting for clear-forward"
    IN_CLEAR_FORWARD = "clear-forward (incoming)"


class Circuit(base.Circuit[State]):
    """One circuit, seen from one end; use `Outgoing`, `Incoming` or `BothWay`."""

    requests: ClassVar[frozenset[str]] = base.Circuit.requests | {"answer_twice", "meter"}
    clause: ClassVar[str] = "Q.421"
    profile: Profile

    def __init__(self, profile: Profile = ITU) -> None:
        super().__init__(State.DOWN, profile)
        self.doubt = ""
        """The timer that decides what a clear-back was: "metering", "reanswer", or none."""
        self.twice = False
        """Whether the answer that is held back is a double one."""

    @property
    def idle(self) -> bool:
        """Whether both ends send idle."""
        return self.state is State.IDLE and self.hearing == "10"

    def condition(self, abcd: int) -> str | None:
        """The bits a and b; G.704 keeps 0000 for multiframe alignment, so nothing has changed."""
        return f"{abcd >> 2:02b}" if abcd else self.hearing

    def nibble(self, signal: int) -> int:
        """a and b, with the profile's bits c and d."""
        return signal << 2 | self.profile.cd


def idle_again(circuit: Circuit) -> list[Effect]:
    """-> IDLE, or BLOCKING when that was asked for during the call."""
    released = circuit.go(State.IDLE, Report(Released()))
    return [*released, *(block_now(circuit) if circuit.blocking else settle(circuit))]


def block_now(circuit: Circuit) -> list[Effect]:
    """-> BLOCKING."""
    circuit.blocking = True
    quiet = calm(circuit) if circuit.state is State.IDLE_FAULT else []
    return [*quiet, *circuit.go(State.BLOCKING), *circuit.sends(BLOCKED)]


nonsense = to(State.IDLE_FAULT, blocked, StartTimer("alarm"))
"""An action: what the far end sends while idle is no valid condition."""


def states(*prefixes: str) -> list[State]:
    """The states whose names begin so."""
    return [state for state in State if state.name.startswith(prefixes)]
