"""What R2 is in each country: the meanings of signals, the categories, the times.

    brazil = variant("br")
    brazil.meaning(Signal("B", 2))              # Line.BUSY
    brazil.number("A", Request.GROUP_B)         # 3
    variant("br", {"b": {"9": "busy"}, "metering_s": 0.4})      # with a trunk's own values

ITU-T Q.441 leaves many signals to the administrations; what a country makes of them is a `Variant`.
Those here are the ones for which openr2 (a free implementation, which knows their networks from its
users) has names, beside China's signalling system No. 1; each says where its values are from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any

from telcard.errors import ConfigError
from telcard.signalling.facts import Category
from telcard.signalling.q421 import ITU as ITU_LINE
from telcard.signalling.q421 import Profile
from telcard.signalling.r2.signals import Group, Line, Request, Signal, digit_of
from telcard.strict import Reader, flag, number, texts

R = Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Registers of one country; `variant` finds it by its name."""

    name: str
    title: str
    source: str
    """Where its values are from."""
    a: Mapping[int, Request] = field(hash=False)
    """What each signal of group A asks for."""
    b: Mapping[int, Line] = field(hash=False)
    """What each signal of group B says of the called line; where several have one meaning the
    first is sent."""
    c: Mapping[int, Request] = field(default_factory=dict, hash=False)
    """Of group C, in which the caller's number is asked for (Mexico); else empty."""
    categories: Mapping[int, Category] = field(hash=False)
    """Of callers, in group II (in China KD)."""
    identities: Mapping[int, Category] = field(default_factory=dict, hash=False)
    """The same where the caller's category has signals of its own (in China KA)."""
    end_of_called: bool = False
    """Whether I-15 says that the called number is complete."""
    withheld: int = 15
    """The signal for "the caller's number is not given": I-12 or I-15."""
    backward_tones: int = 6
    """How many of the six backward tones there are: 4 make the signals 1 to 6."""
    line: Profile = ITU_LINE
    """Line signals that go with it."""
    forward_s: float = 15.0
    """T1, how long a forward signal is sent that nobody answers (Q.476: 12 to 18 s)."""
    pause_s: float = 24.0
    """T2, how long the outgoing register waits without sending (Q.476: over 24 s)."""
    interval_s: float = 15.0
    """T3, how long the incoming register waits for a forward signal, or its end (Q.476: 8 to
    24 s)."""
    digits_s: float = 4.0
    """How long it waits for a further digit of a number that may be complete (Q.476)."""
    decision_s: float = 9.0
    """How long the exchange may take until group B is sent; then the line counts as free.  The far
    end gives up its signal after 12 s at the earliest (Q.476)."""

    def __post_init__(self) -> None:
        for name in ("a", "b", "c", "categories", "identities"):
            value: Mapping[int, object] = getattr(self, name)
            object.__setattr__(self, name, MappingProxyType(dict(value)))
        for fault in self._faults():
            raise ConfigError(f"R2 variant {self.name}: {fault}")

    def _faults(self) -> list[str]:
        faults = []
        most = self.backward_tones * (self.backward_tones - 1) // 2
        for name in ("a", "b", "c"):
            for signal in getattr(self, name):
                if not 1 <= signal <= most:
                    faults.append(f"{name}: want signals 1 to {most}, got {signal}")
        for wanted in (R.NEXT, R.GROUP_B, R.CONGESTION):
            if wanted not in self.a.values():
                faults.append(f"a: want a signal for {wanted.value!r}, got none")
        for line in (Line.FREE, Line.CONGESTION):
            if line not in self.b.values():
                faults.append(f"b: want a signal for {line.value!r}, got none")
        if self.c:
            for wanted in (R.NEXT, R.GROUP_B, R.CALLER_DIGIT):
                if wanted not in self.c.values():
                    faults.append(f"c: want a signal for {wanted.value!r}, got none")
        if "subscriber" not in self.categories.values():
            faults.append("categories: want a signal for 'subscriber', got none")
        if self.withheld not in (12, 15):
            faults.append(f"withheld: want 12 or 15, got {self.withheld}")
        return faults

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer of both registers, for the runner.

        A pulse lasts 100 to 200 ms, at least 100 ms after the last signal, and forward signals are
        not recognised for 300 +-100 ms from its beginning (Q.442).
        """
        return {
            "forward": self.forward_s,
            "pause": self.pause_s,
            "interval": self.interval_s,
            "digits": self.digits_s,
            "decision": self.decision_s,
            "before_pulse": 0.1,
            "pulse": 0.15,
            "after_pulse": 0.15,
        }

    def meaning(self, signal: Signal) -> Request | Line | None:
        """What a backward signal means; None when it has none here."""
        match signal.group:
            case "A":
                return self.a.get(signal.number)
            case "B":
                return self.b.get(signal.number)
            case "C":
                return self.c.get(signal.number)
        raise ValueError(f"signal: want one of group A, B or C, got {signal}")

    def number(self, group: Group, meaning: Request | Line) -> int | None:
        """The signal of a group that means this; None when there is none."""
        tables: dict[str, Mapping[int, object]] = {"A": self.a, "B": self.b, "C": self.c}
        known = tables[group].items()
        return next((number for number, said in known if said is meaning), None)

    @property
    def identity_group(self) -> Group:
        """Group of the caller's category where group A asks for it."""
        return "KA" if self.identities else "II"

    def knows_callers(self) -> bool:
        """Whether there is a signal that asks who calls."""
        return not {R.CATEGORY, R.CALLER}.isdisjoint(self.a.values())

    def describe(self, signal: Signal) -> str:
        """A signal in words: `A-1 "send next digit"`."""
        match signal.group:
            case "I":
                digit = digit_of(signal.number)
                said = f"digit {digit}" if digit else _OTHER_I[signal.number]
            case "II" | "KA":
                table = self.categories if signal.group == "II" else self.identities
                said = f"category {table.get(signal.number, 'without meaning here')}"
            case _:
                meaning = self.meaning(signal)
                said = "no meaning here" if meaning is None else f'"{meaning.value}"'
        return f"{signal} {said}"


_OTHER_I = {
    11: "code 11",
    12: "request not accepted, code 12",
    13: "test call, or no satellite link",
    14: "half-echo suppressor required, or satellite link",
    15: "end of number",
}

_A = {
    1: R.NEXT,
    2: R.LAST_BUT_ONE,
    3: R.GROUP_B,
    4: R.CONGESTION,
    5: R.CATEGORY,
    6: R.SPEECH,
    7: R.LAST_BUT_TWO,
    8: R.LAST_BUT_THREE,
    11: R.COUNTRY,
    12: R.LANGUAGE,
    13: R.CIRCUIT,
    14: R.ECHO,
    15: R.INTERNATIONAL_CONGESTION,
}
_B = {
    2: Line.SPECIAL,
    3: Line.BUSY,
    4: Line.CONGESTION,
    5: Line.UNALLOCATED,
    6: Line.FREE,
    7: Line.FREE_NO_CHARGE,
    8: Line.OUT_OF_ORDER,
}
_II: Mapping[int, Category] = {
    1: "subscriber",
    2: "priority",
    3: "maintenance",
    5: "operator",
    6: "data",
    7: "international",
    8: "data",
    9: "priority",
    10: "operator",
}

_OPENR2 = "openr2 1.3.3 (behaviour, on the line)"
_ITU = "ITU-T Q.441, tables 6 to 9"


def _without(table: Mapping[int, Any], *signals: int) -> dict[int, Any]:
    return {number: meaning for number, meaning in table.items() if number not in signals}


ITU = Variant(
    name="itu",
    title="ITU-T Q.400 to Q.490",
    source=_ITU,
    a=_A,
    b=_B,
    categories=_II,
    end_of_called=True,
)

CHINA = Variant(
    name="cn",
    title="China's signalling system No. 1",
    source=f"GB 3971.2 and GF 002-9002 as text books of exchanges retell them; {_OPENR2}",
    # Four tones backward; A-1 asks for digits of whichever number is being sent.
    backward_tones=4,
    a={1: R.NEXT, 2: R.FROM_FIRST, 3: R.GROUP_B, 4: R.CONGESTION, 5: R.VACANT, 6: R.CALLER},
    b={
        1: Line.FREE,
        2: Line.BUSY,
        3: Line.TOLL_BUSY,
        4: Line.CONGESTION,
        5: Line.UNALLOCATED,
        6: Line.FREE_HELD,
    },
    # KD, the kind of call: 1 and 2 long-distance, by an operator or not; 3 local; 4 local data;
    # 5 an operator checks a number; 6 a test.
    categories={3: "subscriber", 2: "international", 1: "operator", 4: "data", 6: "maintenance"},
    # KA, the caller: 1 to 3 ordinary (bill monthly, at once, printed), 4 and 8 with priority,
    # 5 and 10 free of charge (10 with priority), 7 and 9 for trunk tests.
    identities={
        1: "subscriber",
        2: "subscriber",
        3: "subscriber",
        4: "priority",
        5: "subscriber",
        8: "priority",
        10: "priority",
        13: "maintenance",
    },
    line=replace(ITU_LINE, name="China No. 1", cd=0b11),
)

ARGENTINA = replace(
    ITU,
    name="ar",
    title="Argentina",
    source=f"{_ITU}; {_OPENR2}",
    end_of_called=False,
    withheld=12,
    line=replace(ITU_LINE, name="Argentina", metering_s=0.4),
)

BRAZIL = replace(
    ITU,
    name="br",
    title="Brazil",
    source=f"Telebras 210-110-702 as manuals of exchanges retell it; {_OPENR2}",
    a={
        1: R.NEXT,
        2: R.FROM_FIRST,
        3: R.GROUP_B,
        4: R.CONGESTION,
        5: R.CATEGORY,
        7: R.LAST_BUT_TWO,
        8: R.LAST_BUT_THREE,
        9: R.LAST_BUT_ONE,
    },
    b={
        1: Line.FREE,
        2: Line.BUSY,
        3: Line.CHANGED,
        4: Line.CONGESTION,
        5: Line.FREE_NO_CHARGE,
        6: Line.FREE_HELD,
        7: Line.UNALLOCATED,
        8: Line.OUT_OF_ORDER,
    },
    end_of_called=False,
    withheld=12,
    # Duplo atendimento: who takes no collect calls answers, clears back for 1 to 2 s and answers
    # again (Sangoma's knowledge base, 43581732, of both ends; H3C's gateways wait 1 s for it).
    line=replace(ITU_LINE, name="Brazil", reanswer_s=2.5),
)

COLOMBIA = replace(
    ITU,
    name="co",
    title="Colombia",
    source=_OPENR2,
    a=_A,
    b={
        1: Line.FREE,
        2: Line.BUSY,
        4: Line.CONGESTION,
        5: Line.FREE_NO_CHARGE,
        6: Line.UNALLOCATED,
        8: Line.OUT_OF_ORDER,
    },
    end_of_called=False,
    withheld=12,
)

CZECHIA = replace(ITU, name="cz", title="Czechia", source=f"{_ITU}; {_OPENR2}")
ECUADOR = replace(ITU, name="ec", title="Ecuador", source=f"{_ITU}; {_OPENR2}")
INDONESIA = replace(
    ITU,
    name="id",
    title="Indonesia",
    source=f"{_ITU}; {_OPENR2}",
    a={**_A, 5: R.SPEECH, 6: R.CATEGORY},
    end_of_called=False,
)
PHILIPPINES = replace(ITU, name="ph", title="Philippines", source=f"{_ITU}; {_OPENR2}")

MEXICO = replace(
    ITU,
    name="mx",
    title="Mexico",
    source=f"Telmex's R2 modified as manuals of exchanges retell it; {_OPENR2}",
    a={1: R.NEXT, 2: R.FROM_FIRST, 3: R.GROUP_B, 4: R.CONGESTION, 6: R.CALLER},
    b={1: Line.FREE, 2: Line.BUSY, 4: Line.CONGESTION, 5: Line.FREE_NO_CHARGE},
    c={
        1: R.CALLER_DIGIT,
        2: R.FROM_FIRST,
        3: R.GROUP_B,
        4: R.CONGESTION,
        5: R.NEXT,
        6: R.LAST,
    },
    end_of_called=False,
)

VENEZUELA = replace(
    ITU,
    name="ve",
    title="Venezuela",
    source=f"{_ITU}; {_OPENR2}",
    a={**_A, 9: R.CALLER_DIGIT},
    end_of_called=False,
)

VARIANTS: Mapping[str, Variant] = {
    known.name: known
    for known in (
        ITU,
        ARGENTINA,
        BRAZIL,
        CHINA,
        COLOMBIA,
        CZECHIA,
        ECUADOR,
        INDONESIA,
        MEXICO,
        PHILIPPINES,
        VENEZUELA,
    )
}
"""All that are known, by name; those of `telcard.countries.R2_VARIANTS` are among them."""


@dataclass(frozen=True, slots=True)
class _Overrides:
    """What a trunk may change of its country's variant."""

    a: Annotated[Mapping[str, str] | None, texts(r"[0-9]{1,2}")] = None
    b: Annotated[Mapping[str, str] | None, texts(r"[0-9]{1,2}")] = None
    c: Annotated[Mapping[str, str] | None, texts(r"[0-9]{1,2}")] = None
    end_of_called: Annotated[bool | None, flag()] = None
    withheld: Annotated[int | None, number(12, 15)] = None
    metering_s: Annotated[float | None, number(0.0, 2.0)] = None
    reanswer_s: Annotated[float | None, number(0.0, 10.0)] = None
    double_answer_s: Annotated[float | None, number(0.0, 10.0)] = None
    cd: Annotated[int | None, number(0, 3)] = None
    forward_s: Annotated[float | None, number(1.0, 60.0)] = None
    pause_s: Annotated[float | None, number(1.0, 120.0)] = None
    interval_s: Annotated[float | None, number(1.0, 60.0)] = None
    digits_s: Annotated[float | None, number(0.5, 30.0)] = None
    decision_s: Annotated[float | None, number(0.5, 30.0)] = None


_LINE = ("metering_s", "reanswer_s", "double_answer_s", "cd")


def variant(name: str, overrides: Mapping[str, Any] | None = None) -> Variant:
    """The variant of this name, with a trunk's own values in place of the country's.

    `overrides` may have `a`, `b`, `c`, tables of signal numbers to meanings (names of `Request` and
    `Line` in lower case, or "none"), and the simple values of `Variant` and its line
    (`metering_s`, `reanswer_s`, `double_answer_s`, `cd`).  Raises ConfigError with one sentence for
    what cannot be.
    """
    known = VARIANTS.get(name)
    if known is None:
        raise ConfigError(f"R2 variant: want one of {', '.join(VARIANTS)}, got {name!r}")
    if not overrides:
        return known
    reader = Reader()
    given = reader.read(_Overrides, overrides)
    for fault in reader.faults:
        raise ConfigError(f"R2 variant {name}: {fault}")
    assert given is not None
    line = {key: value for key in _LINE if (value := getattr(given, key)) is not None}
    changes: dict[str, Any] = {
        key: value for key in _SIMPLE if (value := getattr(given, key)) is not None
    }
    changes["a"] = _changed(name, "a", known.a, given.a or {}, Request)
    changes["b"] = _changed(name, "b", known.b, given.b or {}, Line)
    changes["c"] = _changed(name, "c", known.c, given.c or {}, Request)
    return replace(known, line=replace(known.line, **line), **changes)


_SIMPLE = (
    "end_of_called",
    "withheld",
    "forward_s",
    "pause_s",
    "interval_s",
    "digits_s",
    "decision_s",
)


def _changed(
    name: str,
    group: str,
    table: Mapping[int, Any],
    changes: Mapping[str, str],
    meanings: type[Request] | type[Line],
) -> dict[int, Any]:
    changed = dict(table)
    for key, wanted in changes.items():
        where = f"R2 variant {name}: {group}.{key}"
        if not 1 <= int(key) <= 15:
            raise ConfigError(f"{where}: want a signal from 1 to 15, got {key!r}")
        changed.pop(int(key), None)
        if wanted == "none":
            continue
        if wanted.upper() not in meanings.__members__:
            known = ", ".join(meaning.lower() for meaning in meanings.__members__)
            known += " or none"
            raise ConfigError(f"{where}: want one of {known}, got {wanted!r}")
        changed[int(key)] = meanings[wanted.upper()]
    return changed
