"""How each span of a card is used: its signalling, and what was agreed with the exchange.

telcard.open("emulator:d300sc_e1", signalling="pri")
telcard.open("emulator:dahdi_4e1", signalling=[SpanPlan("pri"), SpanPlan("pri", digits=4), ...])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from telcard.cards import CardSpec, SpanPort
from telcard.countries import Country
from telcard.errors import ConfigError
from telcard.signalling import Hunt
from telcard.signalling.isdn import PROFILES
from telcard.signalling.r2 import VARIANTS

Signalling = Literal["cas", "r2", "pri"]
"""What a span may speak: Q.421 with the address in DTMF or by R2's registers, or ISDN."""

SIGNALLINGS: tuple[Signalling, ...] = get_args(Signalling)
"""All of them."""

_WANTS: dict[Signalling, str] = {"cas": "cas", "r2": "cas", "pri": "isdn"}
"""What a card's spec calls it."""

_SPOKEN: dict[str, tuple[Signalling, ...]] = {"e1": SIGNALLINGS, "t1": ("pri",)}
"""By the kind of port: Q.421 and R2 are signalling of an E1, a T1's robbed bits have others."""


@dataclass(frozen=True, slots=True)
class SpanPlan:
    """One span: its `signalling`, and for "pri" and "r2" the rest.

    `variant` is the kind of exchange (`telcard.signalling.isdn.PROFILES`; unless given "euro" on an
    E1 and "ni2" on a T1), or the country of R2 (`telcard.signalling.r2.VARIANTS`, that of the
    card's country unless given);
    `side` is our end of an ISDN interface, `hunt` the order in which its circuits are tried for
    calls that go out, and `digits` how many digits the numbers here have, where the exchange sends
    them one by one.

    ConfigError for what does not exist.
    """

    signalling: Signalling = "cas"
    variant: str = ""
    side: Literal["user", "network"] = "user"
    hunt: Hunt = Hunt.HIGHEST
    digits: int = 0

    def __post_init__(self) -> None:
        _one_of("signalling", self.signalling, SIGNALLINGS)
        if self.signalling != "cas" and self.variant:
            known = tuple(PROFILES if self.signalling == "pri" else VARIANTS)
            _one_of("variant", self.variant, known)
        _one_of("side", self.side, ("user", "network"))
        if not 0 <= self.digits <= 15:
            raise ConfigError(f"span: want 0 to 15 digits, got {self.digits}")

    def agreed(self, country: Country) -> str:
        """What the far end has to know: the signalling, with a variant that was given, of R2 always
        ("pri", "pri:qsig", "r2:br")."""
        if self.signalling == "pri" and self.variant:
            return f"pri:{self.variant}"
        if self.signalling != "r2":
            return self.signalling
        return f"r2:{self.variant or country.r2_variant or 'itu'}"


Planned = str | SpanPlan | Sequence[str | SpanPlan] | None
"""How plans are given: one for all spans, one for each, or None for what the cards' specs say."""


def plan_spans(specs: Sequence[CardSpec], wanted: Planned) -> list[list[SpanPlan]]:
    """The plan of every span of every card.

    ConfigError when there are more or fewer plans than spans, or a card cannot do what is planned.
    """
    ports = [[(spec, port) for port in spec.spans] for spec in specs]
    every = [port for card in ports for port in card]
    if wanted is None:
        plans = [_default(port) for _, port in every]
    elif isinstance(wanted, str | SpanPlan):
        plans = [_plan(wanted)] * len(every)
    else:
        plans = [_plan(each) for each in wanted]
        if len(plans) != len(every):
            raise ConfigError(
                f"spans: want a plan for each of {len(every)} spans, got {len(plans)}"
            )
    for number, ((spec, port), plan) in enumerate(zip(every, plans, strict=True), 1):
        if wanted is not None and _WANTS[plan.signalling] not in port.signalling:
            can = ", ".join(port.signalling)
            raise ConfigError(
                f"span {number}: want the signalling {plan.signalling}, {spec.name} has {can}"
            )
        if wanted is not None and plan.signalling not in _SPOKEN[port.kind]:
            can, line = ", ".join(_SPOKEN[port.kind]), port.kind.upper()
            raise ConfigError(
                f"span {number}: want one of {can} on a {line}, got {plan.signalling}"
            )
    left = iter(plans)
    return [[next(left) for _ in card] for card in ports]


def _plan(wanted: str | SpanPlan) -> SpanPlan:
    if isinstance(wanted, SpanPlan):
        return wanted
    _one_of("signalling", wanted, SIGNALLINGS)
    return SpanPlan(next(known for known in SIGNALLINGS if known == wanted))


def _default(port: SpanPort) -> SpanPlan:
    can = [known for known in _SPOKEN[port.kind] if _WANTS[known] in port.signalling]
    return SpanPlan(can[0]) if can else SpanPlan()


def _one_of(what: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise ConfigError(f"{what}: want one of {', '.join(known)}, got {value!r}")
