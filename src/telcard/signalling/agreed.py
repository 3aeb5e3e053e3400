"""What the two ends of a span have agreed on before it carries its first call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from telcard.signalling.address import AddressForm
from telcard.signalling.r2.variants import ITU, Variant

DChannelRole = Literal["primary", "backup", "none"]
"""What a span has among those that share a D-channel: that one, its backup, or a bearer instead."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A span's place in a `group` of several whose calls one D-channel carries (NFAS).

    `interface` is the identifier by which messages name it.
    """

    group: str = ""
    interface: int = 0
    d_channel: DChannelRole = "primary"

    @property
    def number(self) -> int | None:
        """That of its D-channel: 0, of the backup 1, None where it has none."""
        return {"primary": 0, "backup": 1}.get(self.d_channel)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What stands in the order to the operator: a line itself tells nothing of it.

    `signalling` is what a span speaks ("cas", "r2", "pri", "em_wink" ...), "fxo" on analogue lines;
    `address` is how numbers are told on E&M trunks (`telcard.signalling.address`), `yields` whether
    the far end gives way when both have seized a circuit; `r2` are the
    registers and line signals of R2, and of nothing else; with `poles_answer` (of all lines of a
    bank, or of each) an analogue line's poles change places when the called party answers;
    `exchange` is the kind of it under "pri" (`telcard.signalling.isdn.PROFILES`), "" for what is
    usual on the line; spans that share a D-channel have a `membership`.

    `framing` is that of real frames on an E1 ("crc4", "no-crc4") or T1 ("esf", "d4"), "" where
    the line makes none; `law` how it codes sound ("a-law", "u-law"), "" for what the country or
    the card has; `timeslots` bear its calls where not all of them were ordered (a fractional
    line), () for all.
    """

    signalling: str = "cas"
    r2: Variant = ITU
    poles_answer: bool | tuple[bool, ...] = False
    exchange: str = ""
    membership: Membership | None = None
    address: AddressForm = "dtmf"
    yields: bool = False
    framing: str = ""
    law: str = ""
    timeslots: tuple[int, ...] = ()

    def poles_answer_on(self, timeslot: int) -> bool:
        """Whether the poles of this line of a bank, counted from 1, tell an answer."""
        poles = self.poles_answer
        return poles if isinstance(poles, bool) else poles[timeslot - 1]
