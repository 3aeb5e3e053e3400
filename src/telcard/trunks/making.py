"""The trunk of a span, or of a bank of lines, as its plan wants it."""

from __future__ import annotations

from telcard.cards import EmulatedCard, EmulatedLine
from telcard.countries import Country
from telcard.engine import Span
from telcard.signalling import fxo
from telcard.signalling.isdn import profile_on
from telcard.signalling.r2 import Wishes
from telcard.trunks.cas import CasTrunk
from telcard.trunks.face import Trunk
from telcard.trunks.fxo import FxoTrunk
from telcard.trunks.plan import LinesPlan, SpanPlan
from telcard.trunks.pri import PriTrunk
from telcard.trunks.r2 import R2Trunk
from telcard.trunks.watch import Report


def make_trunk(
    card: EmulatedCard, span: Span, plan: SpanPlan, *, report: Report, country: Country
) -> Trunk:
    """A trunk for one span of a card that is ready; `Trunk.start` puts it into service."""
    match plan.signalling:
        case "pri":
            return PriTrunk(
                card,
                span,
                side=plan.side,
                profile=profile_on(plan.variant, span.line.kind),
                hunt=plan.hunt,
                digits=plan.digits,
                report=report,
                country=country,
            )
        case "r2":
            return R2Trunk(
                card,
                span,
                plan.registers(country),
                wishes=Wishes(called_digits=plan.digits or None),
                report=report,
                country=country,
            )
        case "cas":
            return CasTrunk(card, span, report=report, country=country)


def make_lines(
    card: EmulatedCard, bank: EmulatedLine, plan: LinesPlan, *, country: Country
) -> FxoTrunk:
    """A trunk for one bank of lines of a card that is ready; `Trunk.start` puts it into service."""
    return FxoTrunk(
        card,
        bank,
        fxo.profile_of(country, poles_answer=plan.poles_answer),
        country=country,
        numbers=plan.on(tuple(bank.devices.values())),
        pulse=plan.pulse,
        hunt=plan.hunt,
    )
