"""How countries send caller ID: modem, dialect, alerting and times, as data.

A `Standard` names one way; "china", "any" and the like name several at once, for receivers.

| name | what it is |
| --- | --- |
| `bellcore` | Bell 202 between the first and the second ring (GR-30) |
| `etsi` | V.23 between the first and the second ring (EN 300 659-1) |
| `etsi_dtas` | V.23 before the first ring, after a dual tone |
| `etsi_rpas` | V.23 before the first ring, after a ringing pulse |
| `etsi_lr` | V.23 before the first ring, after line reversal and dual tone (BT, SIN 227) |
| `china_fsk` | Bell 202 between the rings, names in GB 2312 (YD/T 1277.1) |
| `china_dtmf` | DTMF before the first ring, with the exchange's choice of letters |
| `jclip` | V.23 to a telephone that lifts for it, in frames of its own (NTT, see `japan`) |
| `etsi_dtmf`, `denmark_dtmf`, `taiwan_dtmf`, `bare_dtmf` | DTMF before the first ring, see `digits` |
| `china` | `china_fsk` or `china_dtmf`: an exchange does the one or the other |
| `dtmf` | every form of DTMF but the bare one, which looks like somebody dialling |
| `any` | Bell 202, V.23 and `dtmf` |
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from telcard.callerid.dialects import BELLCORE, CHINA, ETSI, Dialect
from telcard.callerid.digits import (
    BARE,
    CHINA_DIGITS,
    DENMARK,
    ETSI_DIGITS,
    TAIWAN,
    DigitForm,
)
from telcard.callerid.japan import JAPAN


class Alerting(Enum):
    """What comes before the data."""

    RING = "the first ring"
    DUAL_TONE = "a dual tone"
    RING_PULSE = "a short ring"
    REVERSAL = "the line's poles change places, and a dual tone"
    ANSWER = "a short ring, at which the telephone lifts by itself"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One way of sending caller ID; a modem with its dialect, or a form of digits.

    Times in milliseconds: `pause_ms` before the data, `after_ms` from its end to the next ring at
    least.  `level_dbm0` is that of the FSK, or the middle of DTMF's two.
    """

    name: str
    modem: str = ""
    dialect: Dialect = BELLCORE
    form: DigitForm | None = None
    alerting: Alerting = Alerting.RING
    alert_ms: float = 100.0
    pause_ms: float = 400.0
    after_ms: float = 250.0
    seizure_bits: int = 300
    mark_bits: int = 180
    off_hook_mark_bits: int = 80
    level_dbm0: float = -13.5
    digit_ms: float = 70.0


def _dtmf(form: DigitForm) -> Standard:
    # EN 300 659-1 annex B: the ring follows 200 to 500 ms after the last digit.
    return Standard(
        name=form.name,
        form=form,
        alerting=Alerting.NOTHING,
        pause_ms=300,
        after_ms=300,
        level_dbm0=-10,
    )


STANDARDS: Mapping[str, Standard] = MappingProxyType(
    {
        standard.name: standard
        for standard in (
            Standard(name="bellcore", modem="bell202"),
            Standard(name="etsi", modem="v23_1200", dialect=ETSI),
            Standard(
                name="etsi_dtas",
                modem="v23_1200",
                dialect=ETSI,
                alerting=Alerting.DUAL_TONE,
                pause_ms=100,
            ),
            Standard(
                name="etsi_rpas",
                modem="v23_1200",
                dialect=ETSI,
                alerting=Alerting.RING_PULSE,
                alert_ms=250,
                pause_ms=600,
            ),
            Standard(
                name="etsi_lr",
                modem="v23_1200",
                dialect=ETSI,
                alerting=Alerting.REVERSAL,
                pause_ms=100,
                mark_bits=80,
            ),
            Standard(
                name="jclip",
                modem="v23_1200",
                dialect=JAPAN,
                alerting=Alerting.ANSWER,
                alert_ms=500,
                pause_ms=300,
                after_ms=500,
                seizure_bits=0,
                mark_bits=72,
            ),
            Standard(name="china_fsk", modem="bell202", dialect=CHINA),
            _dtmf(CHINA_DIGITS),
            _dtmf(ETSI_DIGITS),
            _dtmf(DENMARK),
            _dtmf(TAIWAN),
            _dtmf(BARE),
        )
    }
)
"""All standards by name.

Times: Telcordia GR-30 (data 250 to 500 ms after the first ring, 200 ms before the second), EN 300
659-1 (dual tone 100 ms, then 45 to 500 ms; ringing pulse 200 to 300 ms, then 500 to 800), SIN 227
(dual tone 88 to 110 ms, 80 marks), as the data sheet of Zarlink's MT88E45 draws them in its figures
of application timing; seizure of 300 bits and 180 marks, 80 off hook, likewise.  Those of
`jclip` but for its 72 marks are assumed.
"""

# Names in GB 2312 and in Latin letters with accents hardly ever look like each other.
_BELL_ANYWHERE = replace(
    STANDARDS["bellcore"], dialect=replace(BELLCORE, codecs=("ascii", "gb2312", "latin-1"))
)
_DTMF = tuple(
    STANDARDS[name] for name in ("taiwan_dtmf", "etsi_dtmf", "denmark_dtmf", "china_dtmf")
)

SEVERAL: Mapping[str, tuple[Standard, ...]] = MappingProxyType(
    {
        "china": (STANDARDS["china_fsk"], STANDARDS["china_dtmf"]),
        "dtmf": _DTMF,
        "any": (_BELL_ANYWHERE, STANDARDS["etsi"], *_DTMF),
    }
)
"""Names for several standards that a receiver listens to at once."""


def standards_of(wanted: str | Standard) -> tuple[Standard, ...]:
    """The standards behind a name; one of the caller's own passes.

    ValueError, which lists the names, for an unknown one.
    """
    if isinstance(wanted, Standard):
        return (wanted,)
    if wanted in SEVERAL:
        return SEVERAL[wanted]
    if wanted not in STANDARDS:
        known = ", ".join([*STANDARDS, *SEVERAL])
        raise ValueError(f"standard: want one of {known}, got {wanted!r}")
    return (STANDARDS[wanted],)
