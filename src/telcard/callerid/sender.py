"""Caller ID as sound: what an exchange sends to a telephone that has not been lifted yet.

    pcm = caller_id(CallerId(number="02162345678"), "bellcore")
    for step in plan(message, STANDARDS["etsi_rpas"]):      # the line's own part as well
        ...

`plan` is the whole sequence with the rings, pulses and reversals that no sound can be; a port's
driver carries those out.  `caller_id` is the sound alone, silent for as long as they last.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from telcard.callerid.alert import alert
from telcard.callerid.digits import encode_digits
from telcard.callerid.japan import JAPAN, encode_japan
from telcard.callerid.octets import encode
from telcard.callerid.standards import Alerting, Standard, standards_of
from telcard.dsp import tones
from telcard.dsp.fsk import FskSender
from telcard.units import seconds_to_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.callerid.messages import CallerId


class StepKind(Enum):
    """What happens on the line; the first three are no sound."""

    RING = "ring"
    RING_PULSE = "ring shortly"
    REVERSAL = "exchange the poles"
    SILENCE = "be silent"
    ALERT = "sound the dual tone"
    DATA = "send octets by FSK"
    DIGITS = "send DTMF digits"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing after the other; `octets` with their bits before, or `digits`.

    A ring of 0 ms is as long as the country's rings are.
    """

    kind: StepKind
    ms: float = 0.0
    octets: bytes = b""
    seizure_bits: int = 0
    mark_bits: int = 0
    digits: str = ""


def plan(
    message: CallerId,
    standard: str | Standard = "bellcore",
    *,
    type2: bool = False,
    sdmf: bool = False,
) -> tuple[Step, ...]:
    """What an exchange does to tell this message, in order.

    `type2`: while people talk: the dual tone, a pause for the answer (`type_two` has the whole
    handshake), and data without a seizure.  `sdmf`: the short form of GR-30.  ValueError for what
    the standard cannot say.
    """
    (one,) = _one(standard)
    if one.form is not None:
        if type2 or sdmf:
            raise ValueError(f"{one.name}: DTMF comes before the first ring, in one form only")
        row = encode_digits(message, one.form)
        steps = [Step(StepKind.SILENCE, one.pause_ms), Step(StepKind.DIGITS, digits=row)]
        return (*steps, Step(StepKind.SILENCE, one.after_ms), Step(StepKind.RING))
    if one.dialect is JAPAN:
        if type2 or sdmf:
            raise ValueError(f"{one.name}: has one form only, for a line on which nobody talks")
        octets = encode_japan(message)
    else:
        octets = encode(message, one.dialect, "sdmf" if sdmf else "mdmf")
    if type2:
        return (
            Step(StepKind.ALERT, _OFF_HOOK_ALERT_MS),
            Step(StepKind.SILENCE, _ANSWER_MS),
            Step(StepKind.DATA, octets=octets, mark_bits=one.off_hook_mark_bits),
        )
    data = Step(
        StepKind.DATA, octets=octets, seizure_bits=one.seizure_bits, mark_bits=one.mark_bits
    )
    before = {
        Alerting.RING: [Step(StepKind.RING)],
        Alerting.DUAL_TONE: [Step(StepKind.ALERT, one.alert_ms)],
        Alerting.RING_PULSE: [Step(StepKind.RING_PULSE, one.alert_ms)],
        Alerting.REVERSAL: [
            Step(StepKind.REVERSAL, _REVERSAL_MS),
            Step(StepKind.ALERT, one.alert_ms),
        ],
        Alerting.ANSWER: [Step(StepKind.RING_PULSE, one.alert_ms)],
        Alerting.NOTHING: [],
    }[one.alerting]
    silence = Step(StepKind.SILENCE, one.pause_ms)
    return (*before, silence, data, Step(StepKind.SILENCE, one.after_ms), Step(StepKind.RING))


def caller_id(
    message: CallerId,
    standard: str | Standard = "bellcore",
    *,
    type2: bool = False,
    sdmf: bool = False,
    level_dbm0: float | None = None,
) -> NDArray[np.int16]:
    """The sound of a caller ID, `(frames,)`, from the end of the first ring to the next one.

    The standard's level is used unless another is given; `type2` and `sdmf` as for `plan`.
    """
    (one,) = _one(standard)
    level = one.level_dbm0 if level_dbm0 is None else level_dbm0
    parts = [np.zeros(0, np.int16)]
    for step in plan(message, one, type2=type2, sdmf=sdmf):
        if step.kind is StepKind.DATA:
            parts.append(
                data_sound(
                    step.octets,
                    one.modem,
                    seizure_bits=step.seizure_bits,
                    mark_bits=step.mark_bits,
                    level_dbm0=level,
                )
            )
        elif step.kind is StepKind.DIGITS:
            parts.append(
                tones.dtmf(step.digits, on_ms=one.digit_ms, off_ms=one.digit_ms, level_dbm0=level)
            )
        elif step.kind is StepKind.ALERT:
            parts.append(alert(step.ms, level_dbm0=level - 3))
        else:
            parts.append(np.zeros(seconds_to_samples(step.ms / 1000), np.int16))
    return np.concatenate(parts)


def data_sound(
    octets: bytes,
    modem: str = "bell202",
    *,
    seizure_bits: int = 300,
    mark_bits: int = 180,
    level_dbm0: float = -13.5,
) -> NDArray[np.int16]:
    """Octets as FSK: alternating bits, marks, then characters of 10 bits and 10 marks more.

    `seizure_bits` come in tens: a 55h with its start and stop bit (ValueError).
    """
    if seizure_bits < 0 or seizure_bits % 10:
        raise ValueError(f"seizure_bits: want a multiple of 10, got {seizure_bits}")
    sender = FskSender(modem, level_dbm0=level_dbm0)
    bit_s = 1 / sender.standard.baud
    sender.send(b"\x55" * (seizure_bits // 10))
    parts = [sender.process(seconds_to_samples((seizure_bits + mark_bits) * bit_s))]
    sender.send(octets)
    return np.concatenate(
        [*parts, sender.process(seconds_to_samples((10 * len(octets) + _MARKS_AFTER) * bit_s))]
    )


def _one(standard: str | Standard) -> tuple[Standard]:
    several = standards_of(standard)
    if len(several) != 1:
        names = ", ".join(one.name for one in several)
        raise ValueError(f"standard: {standard!r} is for receivers; to send, choose of {names}")
    return (several[0],)


_REVERSAL_MS = 150.0
"""SIN 227: the dual tone comes 100 ms after the reversal at the earliest."""

_OFF_HOOK_ALERT_MS = 80.0
_ANSWER_MS = 250.0
"""Room for the telephone's answer and the exchange's pause, when nobody runs the handshake."""

_MARKS_AFTER = 11
"""GR-30 wants some stop bits behind the checksum; one bit more for the phase of the sender."""
