"""The trunk of a span, or of a bank of lines, as its plan wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from telcard.cards import EmulatedCard, EmulatedLine
from telcard.countries import Country
from telcard.engine import Span
from telcard.signalling import Membership, fxo, ground
from telcard.signalling.isdn import profile_on
from telcard.signalling.r2 import Wishes
from telcard.trunks.cas import CasTrunk
from telcard.trunks.em import EmTrunk
from telcard.trunks.face import Trunk
from telcard.trunks.fxo import FxoTrunk
from telcard.trunks.plan import LinesPlan, SpanPlan
from telcard.trunks.pri import PriTrunk
from telcard.trunks.r2 import R2Trunk
from telcard.trunks.watch import Report


def make_trunks(
    card: EmulatedCard, plans: Sequence[SpanPlan], *, report: Report, country: Country
) -> list[Trunk]:
    """The trunks of a card that is ready, a plan for each of its spans; those that share a
    D-channel are one trunk, in the place of the first of them.
    """
    planned = list(zip(card.spans, plans, strict=True))
    trunks: list[Trunk] = []
    made: set[str] = set()
    for span, plan in planned:
        if plan.group in made:
            continue
        on: Span | dict[Span, Membership] = span
        if plan.group:
            made.add(plan.group)
            on = {s: p.membership for s, p in planned if p.group == plan.group and p.membership}
        trunks.append(make_trunk(card, on, plan, report=report, country=country))
    return trunks


def make_trunk(
    card: EmulatedCard,
    span: Span | Mapping[Span, Membership],
    plan: SpanPlan,
    *,
    report: Report,
    country: Country,
) -> Trunk:
    """A trunk for one span of a card that is ready, or for several with one D-channel;
    `Trunk.start` puts it into service.
    """
    first = span if isinstance(span, Span) else next(iter(span))
    match plan.signalling:
        case "pri":
            return PriTrunk(
                card,
                span,
                side=plan.side,
                profile=profile_on(plan.variant, first.line.kind),
                hunt=plan.hunt,
                digits=plan.digits,
                report=report,
                country=country,
            )
        case "r2":
            return R2Trunk(
                card,
                first,
                plan.registers(country),
                wishes=Wishes(called_digits=plan.digits or None),
                report=report,
                country=country,
            )
        case "cas":
            return CasTrunk(card, first, report=report, country=country)
        case "loop_start" | "ground_start":
            line = card.line(first)
            return FxoTrunk(
                card,
                line,
                (ground if plan.signalling == "ground_start" else fxo).profile_of(country),
                country=country,
                numbers=dict.fromkeys(line.devices.values(), plan.number),
                hunt=plan.hunt,
                signalling=plan.signalling,
                report=report,
            )
        case kind:
            return EmTrunk(
                card,
                first,
                kind,
                address=plan.address,
                yields=plan.side == "user",
                report=report,
                country=country,
            )


def make_lines(
    card: EmulatedCard, bank: EmulatedLine, plan: LinesPlan, *, country: Country
) -> FxoTrunk:
    """A trunk for one bank of lines of a card that is ready; `Trunk.start` puts it into service."""
    names = tuple(bank.devices.values())
    polar = plan.polar(names)
    return FxoTrunk(
        card,
        bank,
        {name: fxo.profile_of(country, poles_answer=name in polar) for name in names},
        country=country,
        numbers=plan.on(names),
        pulse=plan.pulsed(names),
        hunt=plan.hunt,
        silence_s=plan.silence_s,
    )
