"""What telephony means in one country: tones, law, ringing, caller ID, and so on."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from telcard.countries.tone import CadencedTone
from telcard.errors import ConfigError

TONES = {
    "dial": "dial, and the exchange listens",
    "special_dial": "dial, and mind that a service is on (stutter)",
    "second_dial": "dial on: outside line, or further digits",
    "ringback": "it rings at the other end",
    "special_ringback": "it rings somewhere else, or at somebody who waits",
    "busy": "the called line is busy",
    "congestion": "the network has no path",
    "unobtainable": "no such number",
    "sit": "special information: an announcement follows",
    "call_waiting": "somebody else calls you",
    "waiting": "you wait, the called person was told",
    "hold": "you were put aside, and are not forgotten",
    "intrusion": "an operator is on the line",
    "record": "the call is being recorded",
    "warning": "your time or your money is about to end",
    "confirmation": "the service did what you asked",
    "refusal": "the service did not",
    "off_hook": "your handset is not on its hook (howler)",
    "payphone": "the other end is a payphone",
    "end_of_call": "the other end has hung up",
}
"""Names of tones and what they tell; a second kind of one in a country is `busy_2`, and so on.

ITU-T E.180 and E.182 define most of them.
"""

TONE_NAME = rf"({'|'.join(TONES)})(_[2-9])?"

CALLER_IDS = {
    "bellcore": "FSK of Bell 202 between the first and the second ring (Telcordia GR-30)",
    "etsi": "FSK of V.23 between the first and the second ring (EN 300 659-1)",
    "etsi_dtas": "FSK of V.23 before the first ring, after a dual tone (EN 300 659-1, DT-AS)",
    "etsi_rpas": "FSK of V.23 before the first ring, after a ringing pulse (EN 300 659-1, RP-AS)",
    "etsi_lr": "FSK of V.23 before the first ring, after line reversal and dual tone (SIN 227)",
    "china": "FSK of Bell 202 with text in GB 2312 (YD/T 1277.1), or DTMF before the first ring",
    "dtmf": "DTMF before the first ring, in the form that the exchange has",
    "etsi_dtmf": "DTMF before the first ring, A ... C (EN 300 659-1 annex B)",
    "denmark_dtmf": "DTMF before the first ring, A ... #",
    "taiwan_dtmf": "DTMF before the first ring, D ... C",
    "jclip": "FSK of V.23 to a set that answers the exchange (NTT number display)",
}
"""Ways in which a caller's number comes to a telephone, by the names of `telcard.callerid`."""

DTMF_PROFILES = ("q24", "ntt", "att", "etsi", "brazil", "australia", "denmark")
"""Names of the receivers of ITU-T Q.24 that `telcard.dsp` knows as profiles."""

R2_VARIANTS = {
    "": "none: no R2 in this country, or none that is known",
    "itu": "ITU-T Q.400 to Q.490 as they stand",
    "ar": "Argentina",
    "br": "Brazil",
    "cn": "China's signalling system No. 1",
    "co": "Colombia",
    "cz": "Czechia",
    "ec": "Ecuador",
    "id": "Indonesia",
    "mx": "Mexico",
    "ph": "Philippines",
    "ve": "Venezuela",
}
"""Variants of R2 by the names that implementations have in common."""

LAWS = ("a-law", "u-law")
DIGITAL = ("e1", "t1")


@dataclass(frozen=True, slots=True)
class BusyDetection:
    """How a dead analogue line tells that the other end has hung up."""

    tones: tuple[str, ...] = ("busy",)
    """Names of the tones that come, the likeliest first; empty where none does."""
    cycles: int = 4
    """After how many cycles of one the line is given up."""
    open_loop_ms: tuple[float, float] = (0.0, 0.0)
    """The loop current stops for so long, least and most; both 0 where it does not."""


@dataclass(frozen=True, slots=True)
class Country:
    """A country; made by `country("CN")` or `country_from_toml(path)`, varied by `with_`."""

    code: str
    """ISO 3166-1 alpha-2, or "ITU" for what E.180 itself recommends."""
    name: str
    digital: str
    """Lines of 2 Mbit/s ("e1") or of 1.5 Mbit/s ("t1")."""
    law: str
    """"a-law" or "u-law"."""
    language: str
    """Of the people: ISO 639-1, of several the one most callers know."""
    tones: Mapping[str, CadencedTone] = field(hash=False)
    """By their names in `TONES`, the common ones first."""
    ringing_s: tuple[float, ...]
    """How a telephone rings: seconds of ringing and of pause in turn."""
    flash_ms: tuple[float, float]
    """A hook that is pressed for at least and at most so long has flashed."""
    caller_id: tuple[str, ...]
    """Names in `CALLER_IDS`, the likeliest first; empty where there is none."""
    dtmf: str
    """Which of `DTMF_PROFILES` its receivers follow."""
    r2_variant: str
    """Name in `R2_VARIANTS`."""
    busy_detection: BusyDetection
    sources: Mapping[str, str] = field(hash=False)
    """Where each group of values is from: `tones`, `line`, `flash` ..."""
    assumed: tuple[str, ...] = ()
    """Values that are from memory, disputed or by analogy: names of fields, or `tones.busy`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tones", MappingProxyType(dict(self.tones)))
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))
        for wrong in self._faults():
            raise ConfigError(f"country {self.code}: {wrong}")

    def _faults(self) -> list[str]:
        faults = []

        def choice(name: str, value: str, choices: Collection[str]) -> None:
            if value not in choices:
                wanted = ", ".join(one or "''" for one in choices)
                faults.append(f"{name}: want one of {wanted}; got {value!r}")

        if not re.fullmatch("[A-Z]{2,3}", self.code):
            faults.append(f"code: want two capital letters; got {self.code!r}")
        choice("digital", self.digital, DIGITAL)
        choice("law", self.law, LAWS)
        if not re.fullmatch("[a-z]{2}", self.language):
            faults.append(f"language: want two small letters; got {self.language!r}")
        choice("dtmf", self.dtmf, DTMF_PROFILES)
        choice("r2_variant", self.r2_variant, R2_VARIANTS)
        for kind in self.caller_id:
            choice("caller_id", kind, CALLER_IDS)
        for name, tone in self.tones.items():
            if not re.fullmatch(TONE_NAME, name):
                wanted = f"one of {', '.join(TONES)}, or one with _2 to _9 behind it"
                faults.append(f"tones: want names like {wanted}; got {name!r}")
            if not isinstance(tone, CadencedTone):
                faults.append(f"tones.{name}: want a CadencedTone; got {tone!r}")
        least, most = self.flash_ms
        if not 0 < least < most <= 2000:
            faults.append(f"flash_ms: want least < most <= 2000 ms; got {least:g} and {most:g}")
        if len(self.ringing_s) not in (2, 4) or not all(0 < s <= 30 for s in self.ringing_s):
            faults.append(f"ringing_s: want ringing and pause in turn; got {self.ringing_s}")
        detect = self.busy_detection
        for name in detect.tones:
            if name not in self.tones:
                faults.append(f"busy_detection.tones: want tones of the country; got {name!r}")
        if not 1 <= detect.cycles <= 30:
            faults.append(f"busy_detection.cycles: want 1 to 30; got {detect.cycles}")
        if not 0 <= detect.open_loop_ms[0] <= detect.open_loop_ms[1] <= 5000:
            faults.append(
                f"busy_detection.open_loop_ms: want least, most; got {detect.open_loop_ms}"
            )
        return faults

    def __repr__(self) -> str:
        return f"<Country {self.code}, {self.name}: {len(self.tones)} tones, {self.law}>"

    def law_on(self, line: str) -> str:
        """The law of a line: "e1", "t1" or "analogue".

        The country's own, but for digital lines that it has not: an E1 is A-law, a T1 u-law.
        """
        if line == "analogue" or line == self.digital:
            return self.law
        return "a-law" if line == "e1" else "u-law"

    def kinds(self, name: str) -> tuple[CadencedTone, ...]:
        """Every kind of a tone that is heard there: `busy` and `busy_2`; empty when it has none."""
        return tuple(tone for key, tone in self.tones.items() if meaning(key) == name)

    def tone(self, *names: str) -> CadencedTone:
        """The first of these tones that the country has; `ConfigError` when it has none of them."""
        for name in names:
            if name in self.tones:
                return self.tones[name]
        there = ", ".join(self.tones)
        raise ConfigError(f"country {self.code}: want a tone {' or '.join(names)}; it has {there}")

    def with_(self, *, tones: Mapping[str, CadencedTone] | None = None, **others: Any) -> Country:
        """The same with other values; `tones` are added to its own or take their place.

        Raises `ConfigError` for a name that no field has, and for a value that cannot be.
        """
        known = [part.name for part in fields(self)]
        for name in others:
            if name not in known:
                wanted = f"one of {', '.join(known)}"
                raise ConfigError(f"country {self.code}: want {wanted}; got {name!r}")
        return replace(self, tones={**self.tones, **(tones or {})}, **others)


def meaning(name: str) -> str:
    """What a tone tells, without the number of its kind: `busy_2` is `busy`."""
    return re.sub("_[2-9]$", "", name)
