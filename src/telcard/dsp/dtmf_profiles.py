"""What a DTMF receiver accepts: ITU-T Q.24's rows by administration, and profiles of your own.

    DtmfProfile.named("ntt")                              # one of DTMF_PROFILES
    DtmfProfile(shortest_ms=60)                           # the default, but for this
    DtmfProfile.from_mapping({"like": "att", "floor_dbm0": -30})
    dtmf_profiles_from_toml("ours.toml")["lobby"]         # a file with a table for each

Administrations ask for different limits, in both directions: NTT wants 1.8 % accepted and nothing
heard below -29 dBm, Denmark holes of 20 ms bridged.  The figures are in `data/dtmf_profiles.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

_HOME = Path(__file__).with_name("data") / "dtmf_profiles.toml"

_RANGES: dict[str, tuple[float, float]] = {
    "floor_dbm0": (-70, 0),
    "forward_twist_db": (0, 15),
    "reverse_twist_db": (0, 15),
    "tolerance": (0, 0.035),
    "tolerance_hz": (0, 10),
    "purity": (0.5, 0.99),
    "share": (0, 0.99),
    "gap_ms": (15, 30),
    "shortest_ms": (0, 500),
}


@dataclass(frozen=True, slots=True)
class DtmfProfile:
    """What a detector accepts; the defaults suit every administration in Q.24.

    `floor_dbm0`: a tone below is not heard.  `forward_twist_db`, `reverse_twist_db`: by how much
    the low, the high tone may be the louder.  `tolerance`, `tolerance_hz`: greatest offset from
    the nominal frequency, relative, and in Hz on top of it.  `purity`: least part of the energy in
    each group's band that belongs to the tone.  `share`: least part of all energy, but for dial
    tones (340 to 460 Hz), that belongs to the pair.  `gap_ms`: absence that ends a digit.
    `shortest_ms`: a shorter digit is none; below 35 ms nothing is heard anyway.

    ValueError for a value that is out of range, in words.
    """

    floor_dbm0: float = -46.0
    forward_twist_db: float = 9.0
    reverse_twist_db: float = 6.5
    tolerance: float = 0.019
    tolerance_hz: float = 0.0
    purity: float = 0.87
    share: float = 0.72
    gap_ms: float = 25.0
    shortest_ms: float = 0.0

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name}: want {least} to {most}, got {getattr(self, name)}")

    @classmethod
    def named(cls, name: str) -> DtmfProfile:
        """Give a profile of `DTMF_PROFILES`; ValueError for another name."""
        if name not in _NAMED:
            raise ValueError(f"profile: want one of {', '.join(_NAMED)}, got {name!r}")
        return _NAMED[name]

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> DtmfProfile:
        """Make a profile of names and numbers; "like" names the profile that has the rest.

        Without "like" the rest is the default's.  ValueError for a name that is no field, and for
        what is no number or out of range.
        """
        numbers = dict(values)
        like = numbers.pop("like", None)
        known = [field.name for field in fields(cls)]
        for name, value in numbers.items():
            if name not in known:
                raise ValueError(f"profile: want like, {', '.join(known)}, got {name!r}")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name}: want a number, got {value!r}")
        base = cls() if like is None else cls.named(str(like))
        return replace(base, **{name: float(value) for name, value in numbers.items()})  # type: ignore[arg-type]


def dtmf_profiles_from_toml(path: str | Path) -> dict[str, DtmfProfile]:
    """Read profiles of your own, a table for each, as `DtmfProfile.from_mapping` takes them.

    OSError when the file cannot be read; ValueError, which names file and table, for what is wrong
    in it.
    """
    with Path(path).open("rb") as file:
        try:
            tables = tomllib.load(file)
        except tomllib.TOMLDecodeError as wrong:
            raise ValueError(f"{path}: {wrong}") from None
    profiles = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ValueError(f"{path}: want tables, a profile each, got {name} = {table!r}")
        try:
            profiles[name] = DtmfProfile.from_mapping(table)
        except ValueError as wrong:
            raise ValueError(f"{path}, [{name}]: {wrong}") from None
    return profiles


_NAMED = dtmf_profiles_from_toml(_HOME)

DTMF_PROFILES = tuple(_NAMED)
"""Names of the profiles: q24 (the default), ntt, att, etsi, denmark, australia, brazil."""
