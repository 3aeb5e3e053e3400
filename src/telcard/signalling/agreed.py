"""What the two ends of a span have agreed on before it carries its first call."""

from __future__ import annotations

from dataclasses import dataclass

from telcard.signalling.r2.variants import ITU, Variant


@dataclass(frozen=True, slots=True)
class Agreed:
    """What stands in the order to the operator: a line itself tells nothing of it.

    `signalling` is what a span speaks ("cas", "r2", "pri"), "fxo" on analogue lines; `r2` are the
    registers and line signals of R2, and of nothing else; with `poles_answer` an analogue line's
    poles change places when the called party answers; `exchange` is the kind of it under "pri"
    (`telcard.signalling.isdn.PROFILES`), "" for what is usual on the line.
    """

    signalling: str = "cas"
    r2: Variant = ITU
    poles_answer: bool = False
    exchange: str = ""
