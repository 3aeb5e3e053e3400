"""How each span of a card is used, and each bank of lines: what was agreed with the exchange.

telcard.open("emulator:d300sc_e1", signalling="pri")
telcard.open("emulator:dahdi_4e1", signalling=[SpanPlan("pri"), SpanPlan("pri", digits=4), ...])
telcard.open("emulator:d41esc", lines=LinesPlan(numbers="95588"))
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from telcard.cards import CardSpec, SpanPort
from telcard.cards.devices import sockets
from telcard.cards.spec import FRAMINGS, LAWS, T1_FRAMINGS
from telcard.countries import Country, no_country
from telcard.errors import ConfigError
from telcard.signalling import Agreed, DChannelRole, Hunt, Membership, em
from telcard.signalling.address import AddressForm
from telcard.signalling.isdn import PROFILES
from telcard.signalling.isdn.channels import INTERFACE
from telcard.signalling.r2 import VARIANTS, Variant, variant
from telcard.strict import numbers_in

Signalling = Literal[
    "cas",
    "r2",
    "pri",
    "em_wink",
    "em_immediate",
    "em_delay",
    "em_fgd",
    "loop_start",
    "ground_start",
]
"""What a span may speak: on an E1 Q.421 with the address in DTMF or by R2's registers, on a T1 E&M
trunks or subscribers' loops in robbed bits; on either ISDN."""

SIGNALLINGS: tuple[Signalling, ...] = get_args(Signalling)
"""All of them."""

LOOPS: tuple[Signalling, ...] = ("loop_start", "ground_start")
"""Those under which a T1 carries lines towards an exchange, as a channel bank does."""

_SPOKEN: dict[str, tuple[Signalling, ...]] = {
    "e1": ("cas", "r2", "pri"),
    "t1": ("pri", *(known for known in SIGNALLINGS if known not in ("cas", "r2", "pri"))),
}
"""By the kind of port: Q.421 and R2 are signalling of an E1, a T1's robbed bits have others."""


def _wants(signalling: Signalling) -> str:
    """What a card's spec calls it."""
    return "isdn" if signalling == "pri" else "cas"


_NUMBER = re.compile(r"[0-9*#]{0,20}", re.ASCII)
_GROUP = re.compile(r"[A-Za-z0-9_-]{0,30}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SpanPlan:
    """One span: its `signalling`, and what else its kind wants to know.

    `variant` is the kind of exchange (`telcard.signalling.isdn.PROFILES`; unless given "euro" on an
    E1 and "ni2" on a T1), or the country of R2 (`telcard.signalling.r2.VARIANTS`, that of the
    card's country unless given).  `side` is our end of an ISDN interface, or of an E&M trunk, where
    that of the network does not give way when both ends have seized a circuit.  `hunt` is the order
    in which its circuits are tried for calls that go out, and `digits` how many digits the numbers
    here have, where the exchange sends them one by one.  `address` is how numbers are told on an
    E&M trunk ("dtmf" or "mf", `telcard.signalling.address`), and `number` the one that is called
    where a loop does not tell.  `overrides` are this exchange's own values of R2, in place of its
    country's:
    see `telcard.signalling.r2.variant`.

    Spans of one card that have the same `group` share a D-channel and make one trunk of that name:
    the `d_channel` is "primary" (of the first, unless given), "backup" or "none", where a bearer is
    in its place; `interface` is the identifier by which messages name the span, counted from 0 in
    their order unless given.

    Of the line itself: with `frames` it carries the bits of real frames, in its card's first
    framing or in `framing` ("crc4", "no-crc4", on a T1 "esf", "d4"), which asks for frames by
    itself; without sound there are none.  `law` ("a-law", "u-law") is that of the country, or of
    the card, unless given; `timeslots` ("1-15, 17") bear calls where not all were ordered.

    ConfigError for what does not exist.
    """

    signalling: Signalling = "cas"
    variant: str = ""
    side: Literal["user", "network"] = "user"
    hunt: Hunt = Hunt.HIGHEST
    digits: int = 0
    address: AddressForm = "dtmf"
    number: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict, hash=False)
    group: str = ""
    interface: int | None = None
    d_channel: DChannelRole | Literal[""] = ""
    framing: str = ""
    frames: bool = False
    law: str = ""
    timeslots: str = ""

    def __post_init__(self) -> None:
        _one_of("signalling", self.signalling, SIGNALLINGS)
        if self.signalling in ("pri", "r2") and self.variant:
            known = tuple(PROFILES if self.signalling == "pri" else VARIANTS)
            _one_of("variant", self.variant, known)
        if self.address != "dtmf":
            if self.signalling not in em.PROFILES or self.signalling == "em_fgd":
                raise ConfigError(f"address: want none for {self.signalling}, got {self.address!r}")
            _one_of("address", self.address, ("dtmf", "mf"))
        if not _NUMBER.fullmatch(self.number):
            raise ConfigError(f"number: want digits, at most 20 of them, got {self.number!r}")
        if self.number and self.signalling not in LOOPS:
            raise ConfigError(f"number: want none for {self.signalling}, got {self.number!r}")
        _one_of("side", self.side, ("user", "network"))
        if not 0 <= self.digits <= 15:
            raise ConfigError(f"span: want 0 to 15 digits, got {self.digits}")
        self._check_group()
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))
        if self.overrides and self.signalling != "r2":
            there = ", ".join(self.overrides)
            raise ConfigError(f"overrides: want none but for r2, {self.signalling} got {there}")
        if self.framing:
            _one_of("framing", self.framing, (*FRAMINGS, *T1_FRAMINGS))
        if self.law:
            _one_of("law", self.law, LAWS)
        if self.timeslots:
            self._bearers()
        if self.signalling == "r2" and self.variant:
            self.registers(no_country())  # otherwise it is the country's, not known yet

    def _check_group(self) -> None:
        if self.group and self.signalling != "pri":
            raise ConfigError(f"group: want none but for pri, {self.signalling} got {self.group!r}")
        if not _GROUP.fullmatch(self.group):
            raise ConfigError(f"group: want letters, digits, _ and -, got {self.group!r}")
        if self.d_channel:
            _one_of("d_channel", self.d_channel, get_args(DChannelRole))
        if self.interface is not None and not 0 <= self.interface < INTERFACE:
            raise ConfigError(f"interface: want 0 to {INTERFACE - 1}, got {self.interface}")
        if self.group and self.timeslots:
            raise ConfigError(f"timeslots: want all of a span in a group, got {self.timeslots!r}")
        if not self.group and (self.d_channel or self.interface is not None):
            raise ConfigError("interface, d_channel: want a group of spans that they belong to")

    @property
    def membership(self) -> Membership | None:
        """Its place in its group, as `plan_spans` has settled it; None for a span of its own."""
        if not self.group:
            return None
        return Membership(self.group, self.interface or 0, self.d_channel or "none")

    def registers(self, country: Country) -> Variant:
        """R2 as this exchange has it; ConfigError where `overrides` do not fit the country."""
        return variant(self.variant or country.r2_variant or "itu", dict(self.overrides))

    def agreed(self, country: Country, port: SpanPort) -> Agreed:
        """What the far end of a span on this port knows as well.

        ConfigError where the port has no such framing or timeslot, or `overrides` do not fit.
        """
        return replace(
            self._signalled(country),
            framing=self._framing_on(port),
            law=self.law,
            timeslots=self._timeslots_on(port),
        )

    def _signalled(self, country: Country) -> Agreed:
        match self.signalling:
            case "pri":
                return Agreed("pri", exchange=self.variant, membership=self.membership)
            case "r2":
                return Agreed("r2", self.registers(country))
            case kind if kind in em.PROFILES:
                address: AddressForm = "fgd" if kind == "em_fgd" else self.address
                return Agreed(kind, address=address, yields=self.side == "network")
            case kind:
                return Agreed(kind)

    def _framing_on(self, port: SpanPort) -> str:
        if self.framing:
            _one_of("framing", self.framing, port.framings)
        return self.framing or (port.framing if self.frames else "")

    def _timeslots_on(self, port: SpanPort) -> tuple[int, ...]:
        here = [slot for slot in port.bearers if self._may_bear(port, slot)]
        for slot in (wanted := self._bearers()):
            if slot not in here:
                raise ConfigError(f"timeslots: want some of {_ranges(here)}, got {slot}")
        return wanted

    def _may_bear(self, port: SpanPort, timeslot: int) -> bool:
        return self.signalling != "pri" or timeslot != port.signalling_timeslot

    def _bearers(self) -> tuple[int, ...]:
        if not self.timeslots:
            return ()
        try:
            return numbers_in(self.timeslots, 1, 31)
        except ValueError as error:
            raise ConfigError(f"timeslots: want {error}, got {self.timeslots!r}") from None


Planned = str | SpanPlan | Sequence[str | SpanPlan] | None
"""How plans are given: one for all spans, one for each, or None for ISDN where the card can."""


def plan_spans(
    specs: Sequence[CardSpec], wanted: Planned, country: Country | None = None
) -> list[list[SpanPlan]]:
    """The plan of every span of every card, which stand in `country`.

    ConfigError when there are more or fewer plans than spans, a card cannot do what is planned,
    spans cannot share a D-channel so, or the country's R2 cannot be changed so.
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
        if wanted is not None and _wants(plan.signalling) not in port.signalling:
            can = ", ".join(port.signalling)
            raise ConfigError(
                f"span {number}: want the signalling {plan.signalling}, {spec.name} has {can}"
            )
        if wanted is not None and plan.signalling not in _SPOKEN[port.kind]:
            can, line = ", ".join(_SPOKEN[port.kind]), port.kind.upper()
            raise ConfigError(
                f"span {number}: want one of {can} on a {line}, got {plan.signalling}"
            )
        try:
            plan.agreed(country or no_country(), port)
        except ConfigError as error:
            raise ConfigError(f"span {number}: {error}") from error
    left = iter(plans)
    return settle([[next(left) for _ in card] for card in ports])


def settle(cards: Sequence[Sequence[SpanPlan]]) -> list[list[SpanPlan]]:
    """The plans of the spans of some cards, where those that share a D-channel know their places.

    ConfigError for a group that cannot be: see `SpanPlan`.
    """
    settled = []
    seen: set[str] = set()
    for plans in cards:
        here = list(plans)
        for name in dict.fromkeys(plan.group for plan in plans if plan.group):
            if name in seen:
                raise ConfigError(f"group {name!r}: want spans of one card, got those of several")
            seen.add(name)
            places = [number for number, plan in enumerate(plans) if plan.group == name]
            for number, plan in zip(places, _group([plans[n] for n in places]), strict=True):
                here[number] = plan
        settled.append(here)
    return settled


def _group(plans: Sequence[SpanPlan]) -> list[SpanPlan]:
    name = plans[0].group
    alike = {(plan.variant, plan.side, plan.hunt, plan.digits) for plan in plans}
    if len(alike) > 1:
        raise ConfigError(f"group {name!r}: want one variant, side, hunt and digits for its spans")
    roles = [plan.d_channel for plan in plans]
    if "primary" not in roles and "" in roles:
        roles[roles.index("")] = "primary"
    if (there := roles.count("primary")) != 1:
        raise ConfigError(f"group {name!r}: want one primary D-channel, got {there}")
    if (there := roles.count("backup")) > 1:
        raise ConfigError(f"group {name!r}: want at most one backup D-channel, got {there}")
    places = [
        replace(
            plan,
            interface=number if plan.interface is None else plan.interface,
            d_channel=role or "none",
        )
        for number, (plan, role) in enumerate(zip(plans, roles, strict=True))
    ]
    interfaces = [plan.interface for plan in places]
    if len(set(interfaces)) < len(interfaces):
        told = ", ".join(map(str, interfaces))
        raise ConfigError(f"group {name!r}: want another interface for each span, got {told}")
    return places


def _plan(wanted: str | SpanPlan) -> SpanPlan:
    if isinstance(wanted, SpanPlan):
        return wanted
    _one_of("signalling", wanted, SIGNALLINGS)
    return SpanPlan(next(known for known in SIGNALLINGS if known == wanted))


def _default(port: SpanPort) -> SpanPlan:
    """ISDN where the port can, as most exchanges offer nothing else; or else bits."""
    can = [known for known in _SPOKEN[port.kind] if _wants(known) in port.signalling]
    return SpanPlan("pri" if "pri" in can or not can else can[0])


LEAST_SILENCE_S = 5.0
"""Whoever thinks what to key is silent for longer than this: a shorter silence ends no call."""


@dataclass(frozen=True, slots=True)
class LinesPlan:
    """One bank of analogue lines towards an exchange, as it was ordered.

    `numbers` are those that are called on them, which no loop tells: one for all lines, or one for
    each in their order, "" where nobody knows.  With `poles_answer` the poles of a line change
    places when the called party answers; with `pulse` we dial by opening the loop; either may be
    one for each line as well.  `hunt` is the order in which lines are tried for calls that go out.
    With `silence_s` a far end that was silent for so long, with nothing played to it, counts as
    gone: for exchanges that tell an end by neither feed, poles nor tones.

    ConfigError for a number that is none, and for a silence of less than 5 s.
    """

    numbers: str | Sequence[str] = ""
    poles_answer: bool | Sequence[bool] = False
    pulse: bool | Sequence[bool] = False
    hunt: Hunt = Hunt.HIGHEST
    silence_s: float = 0.0

    def __post_init__(self) -> None:
        if self.silence_s and self.silence_s < LEAST_SILENCE_S:
            raise ConfigError(
                f"silence_s: want 0 (tells nothing) or {LEAST_SILENCE_S:g} and more, "
                f"got {self.silence_s:g}"
            )
        if not isinstance(self.numbers, str):
            object.__setattr__(self, "numbers", tuple(self.numbers))
        for name in ("poles_answer", "pulse"):
            if not isinstance(each := getattr(self, name), bool):
                object.__setattr__(self, name, tuple(each))
        for number in [self.numbers] if isinstance(self.numbers, str) else self.numbers:
            if not _NUMBER.fullmatch(number):
                raise ConfigError(f"numbers: want digits, at most 20 of them, got {number!r}")

    def on(self, lines: Sequence[str]) -> dict[str, str]:
        """The number that is called on each of these lines.

        ConfigError when there is one for each, and more or fewer of them than lines.
        """
        numbers = self.numbers
        if isinstance(numbers, str):
            numbers = [numbers] * len(lines)
        if len(numbers) != len(lines):
            raise ConfigError(f"want a number for each of {len(lines)} lines, got {len(numbers)}")
        return dict(zip(lines, numbers, strict=True))

    def pulsed(self, lines: Sequence[str]) -> frozenset[str]:
        """Those of these lines on which we dial by pulses; ConfigError as for `on`."""
        return _those("pulse", self.pulse, lines)

    def polar(self, lines: Sequence[str]) -> frozenset[str]:
        """Those of these lines whose poles tell an answer; ConfigError as for `on`."""
        return _those("poles_answer", self.poles_answer, lines)

    @property
    def agreed(self) -> Agreed:
        """What the far end knows as well."""
        poles = self.poles_answer
        return Agreed("fxo", poles_answer=poles if isinstance(poles, bool) else tuple(poles))


PlannedLines = LinesPlan | Sequence[LinesPlan] | None
"""How they are given: one for all banks, one for each, or None where nothing is known of them."""


def plan_lines(specs: Sequence[CardSpec], wanted: PlannedLines) -> list[list[LinesPlan]]:
    """The plan of every bank of lines of every card.

    ConfigError when there are more or fewer plans than banks, or one does not fit its card.
    """
    banks = [_banks(spec) for spec in specs]
    every = [(spec, names) for spec, here in zip(specs, banks, strict=True) for names in here]
    if wanted is None:
        plans = [LinesPlan()] * len(every)
    elif isinstance(wanted, LinesPlan):
        plans = [wanted] * max(1, len(every))
    else:
        plans = list(wanted)
    if len(plans) != len(every):
        raise ConfigError(
            f"lines: want a plan for each of {len(every)} banks of lines, got {len(plans)}"
        )
    for number, ((spec, names), plan) in enumerate(zip(every, plans, strict=True), 1):
        try:
            plan.on(names)
            plan.pulsed(names)
            polar = plan.polar(names)
        except ConfigError as error:
            raise ConfigError(f"lines {number}: {error}") from error
        sees = any(port.polarity for port in spec.analogue if port.kind == "fxo")
        if polar and not sees:
            raise ConfigError(
                f"lines {number}: want poles that tell an answer, {spec.name} cannot see them"
            )
    left = iter(plans)
    return [[next(left) for _ in here] for here in banks]


def _those(what: str, each: bool | Sequence[bool], lines: Sequence[str]) -> frozenset[str]:
    """The lines for which it holds: one for all, or one for each in their order."""
    holds = [each] * len(lines) if isinstance(each, bool) else each
    if len(holds) != len(lines):
        raise ConfigError(f"{what}: want one for each of {len(lines)} lines, got {len(holds)}")
    return frozenset(line for line, held in zip(lines, holds, strict=True) if held)


def _banks(spec: CardSpec) -> list[list[str]]:
    """The lines of each bank of a card."""
    banks: dict[int, list[str]] = {}
    for socket in sockets(spec, "fxo"):
        banks.setdefault(socket.bank, []).append(socket.name)
    return list(banks.values())


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers in rising order as `numbers_in` reads them: "1-15, 17-31"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _one_of(what: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise ConfigError(f"{what}: want one of {', '.join(known)}, got {value!r}")
