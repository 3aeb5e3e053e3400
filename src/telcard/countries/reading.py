"""Countries as TOML files, read strictly: every fault is told, in a sentence with its path.

    name = "China"
    digital = "e1"
    law = "a-law"
    ...
    [tones]
    ringback = { hz = "450", cadence_s = [1.0, 4.0] }

The file's stem is the country's code.  `[defaults]` holds what its tones have in common: level,
tolerances.  A value that no public text gives is named in `assumed`, and `[sources]` says of every
group of values where it is from.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from telcard.countries.country import (
    CALLER_IDS,
    DIGITAL,
    DTMF_PROFILES,
    LAWS,
    R2_VARIANTS,
    TONE_NAME,
    BusyDetection,
    Country,
)
from telcard.countries.tone import AGAIN, ENDINGS, NOTATION, CadencedTone
from telcard.errors import ConfigError
from telcard.strict import (
    Reader,
    array,
    number,
    numbers,
    schema_of,
    table,
    tables,
    text,
    texts,
)

HOME = Path(__file__).parent / "data"
"""Where the countries that come with telcard are."""


@dataclass(frozen=True, slots=True)
class ToneTable:
    """A tone as a file has it; what is left out is as in `[defaults]`."""

    hz: Annotated[str, text(pattern=NOTATION)]
    cadence_s: Annotated[tuple[float, ...], numbers(0, 60)] = ()
    level_dbm0: Annotated[float | None, number(-60, 3)] = None
    tolerance_hz: Annotated[float | None, number(0.1, 500)] = None
    cadence_tolerance: Annotated[float | None, number(0.001, 0.5)] = None
    modulation_depth: Annotated[float, number(0.01, 1)] = 1.0
    ending: Annotated[str, text(ENDINGS)] = AGAIN
    source: Annotated[str, text()] = ""

    def tone(self, defaults: Defaults) -> CadencedTone:
        """The tone; raises `ConfigError` when its parts do not fit each other."""
        own = {
            part.name: given
            for part in fields(Defaults)
            if (given := getattr(self, part.name)) is not None
        }
        common = {part.name: getattr(defaults, part.name) for part in fields(Defaults)}
        return CadencedTone.of(
            self.hz,
            self.cadence_s,
            modulation_depth=self.modulation_depth,
            ending=self.ending,
            source=self.source,
            **common | own,
        )

    def faults(self) -> Iterator[tuple[str, str]]:
        """What cannot be, though each value alone could."""
        try:
            self.tone(Defaults())
        except ConfigError as error:
            where, _, what = str(error).removeprefix("tone: ").partition(": ")
            yield "hz" if where == "frequencies_hz" else where, what


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the tones of a country have in common."""

    level_dbm0: Annotated[float, number(-60, 3)] = -10.0
    tolerance_hz: Annotated[float, number(0.1, 500)] = 15.0
    cadence_tolerance: Annotated[float, number(0.001, 0.5)] = 0.1


@dataclass(frozen=True, slots=True)
class BusyTable:
    """What a dead analogue line says."""

    tones: Annotated[tuple[str, ...], array(pattern=TONE_NAME, least=0)]
    cycles: Annotated[int, number(1, 30)] = 4
    open_loop_ms: Annotated[tuple[float, ...], numbers(0, 5000, 2)] = (0.0, 0.0)

    def detection(self) -> BusyDetection:
        """The same as a country has it."""
        return BusyDetection(self.tones, self.cycles, _pair(self.open_loop_ms))


@dataclass(frozen=True, slots=True)
class CountryTable:
    """A country, as its file has it."""

    name: Annotated[str, text()]
    digital: Annotated[str, text(DIGITAL)]
    law: Annotated[str, text(LAWS)]
    language: Annotated[str, text(pattern="[a-z]{2}")]
    dtmf: Annotated[str, text(DTMF_PROFILES)]
    ringing_s: Annotated[tuple[float, ...], numbers(0, 30, 2)]
    flash_ms: Annotated[tuple[float, ...], numbers(1, 2000, 2)]
    tones: Annotated[Mapping[str, ToneTable], tables(TONE_NAME)]
    sources: Annotated[Mapping[str, str], texts("[a-z_0-9]+")]
    busy_detection: BusyTable
    caller_id: Annotated[tuple[str, ...], array(tuple(CALLER_IDS), least=0)] = ()
    r2_variant: Annotated[str, text(tuple(R2_VARIANTS))] = ""
    assumed: Annotated[tuple[str, ...], array(pattern=r"[a-z_0-9.]+", least=0)] = ()
    defaults: Annotated[Defaults, table()] = Defaults()

    def faults(self) -> Iterator[tuple[str, str]]:
        """What cannot be, though each value alone could."""
        for key, value in (("flash_ms", self.flash_ms), ("ringing_s", self.ringing_s)):
            if len(value) % 2:
                yield key, f"want pairs of numbers, got {len(value)}"
        if "tones" not in self.sources:
            yield "sources.tones", "is missing"
        for name, tone in self.tones.items():
            if tone.source and tone.source not in self.sources:
                there = ", ".join(self.sources)
                yield f"tones.{name}.source", f"want one of {there}; got {tone.source!r}"
        known = {part.name for part in fields(self)}
        known |= {f"tones.{name}" for name in self.tones}
        known |= {f"busy_detection.{part.name}" for part in fields(BusyTable)}
        for index, name in enumerate(self.assumed):
            if name not in known:
                yield f"assumed[{index}]", f"want a key like law or tones.busy; got {name!r}"

    def country(self, code: str) -> Country:
        """The country; raises `ConfigError` when its parts do not fit each other."""
        return Country(
            code=code,
            name=self.name,
            digital=self.digital,
            law=self.law,
            language=self.language,
            tones={name: tone.tone(self.defaults) for name, tone in self.tones.items()},
            ringing_s=self.ringing_s,
            flash_ms=_pair(self.flash_ms),
            caller_id=self.caller_id,
            dtmf=self.dtmf,
            r2_variant=self.r2_variant,
            busy_detection=self.busy_detection.detection(),
            sources=self.sources,
            assumed=self.assumed,
        )


@dataclass(frozen=True, slots=True)
class VariationTable:
    """A country with some values of its own, as a configuration has it."""

    code: Annotated[str, text()]
    law: Annotated[str | None, text(LAWS)] = None
    digital: Annotated[str | None, text(DIGITAL)] = None
    language: Annotated[str | None, text(pattern="[a-z]{2}")] = None
    dtmf: Annotated[str | None, text(DTMF_PROFILES)] = None
    ringing_s: Annotated[tuple[float, ...] | None, numbers(0, 30, 2)] = None
    flash_ms: Annotated[tuple[float, float] | None, numbers(1, 2000, 2)] = None
    caller_id: Annotated[tuple[str, ...] | None, array(tuple(CALLER_IDS), least=0)] = None
    r2_variant: Annotated[str | None, text(tuple(R2_VARIANTS))] = None
    busy_detection: Annotated[BusyTable | None, table()] = None
    tones: Annotated[Mapping[str, ToneTable] | None, tables(TONE_NAME)] = None

    def country(self, folder: Path) -> Country:
        """The country; raises `ConfigError` when its parts do not fit each other."""
        own = {
            part.name: given
            for part in fields(self)
            if part.name not in ("code", "tones", "busy_detection")
            and (given := getattr(self, part.name)) is not None
        }
        if self.busy_detection is not None:
            own["busy_detection"] = self.busy_detection.detection()
        tones = {name: tone.tone(Defaults()) for name, tone in (self.tones or {}).items()}
        return country(_by_code_or_path(self.code, folder), tones=tones, **own)


def _by_code_or_path(code: str, folder: Path) -> Country:
    return country_from_toml(folder / code) if code.endswith(".toml") else country(code)


def _pair(values: tuple[float, ...]) -> tuple[float, float]:
    return values[0], values[-1]


def countries() -> list[str]:
    """Codes of the countries that come with telcard, in order."""
    return sorted(path.stem.upper() for path in HOME.glob("*.toml"))


def country(
    code: str | Country, /, *, tones: Mapping[str, CadencedTone] | None = None, **others: Any
) -> Country:
    """A country by its code, with other values where some are given: `country("CN", law="u-law")`.

    `tones` are added to its own or take their place.  A `Country` is returned as it is, or varied.
    Raises `ConfigError` for a code that no country has, and for a value that cannot be.
    """
    found = code if isinstance(code, Country) else _load(str(code).upper())
    return found.with_(tones=tones, **others) if tones or others else found


def no_country() -> Country:
    """What holds where no country was given: the tones that E.180 recommends."""
    return _load("ITU")


@cache
def _load(code: str) -> Country:
    known = countries()
    if code not in known:
        near = difflib.get_close_matches(code, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise ConfigError(f"no country has the code {code!r}; {hint}")
    return country_from_toml(HOME / f"{code.lower()}.toml")


def country_from_toml(path: str | Path) -> Country:
    """A country from a TOML file of its own, whose stem is the code.

    Raises `ConfigError` that lists every fault, or says why the file cannot be read.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path.name}: cannot be read: {why}") from error
    return parse(data, path.name)


def configured(value: Any, folder: Path) -> Country:
    """The country that a configuration names: `country = "CN"`, or a table with values of its own.

        [country]
        code = "CN"
        flash_ms = [90, 300]
        tones.busy = { hz = "450", cadence_s = [0.4, 0.4] }

    A code that ends in `.toml` is the file of a country of one's own, relative to `folder`.  Raises
    `ConfigError` that lists every fault.
    """
    if isinstance(value, str):
        return _by_code_or_path(value, folder)
    reader = Reader()
    read = reader.read(VariationTable, value)
    if read is None or reader.faults:
        raise ConfigError("; ".join(reader.faults))
    return read.country(folder)


def parse(data: bytes, source: str) -> Country:
    """Read a country from the octets of a TOML file; `source` is the file's name."""
    try:
        table = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, endless digits, too deep
        raise ConfigError(f"{source}: not a TOML file: {error}") from error
    reader = Reader()
    read = reader.read(CountryTable, table)
    if read is None or reader.faults:
        raise ConfigError("\n".join(f"{source}: {fault}" for fault in reader.faults))
    try:
        return read.country(Path(source).stem.upper())
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from error


def schema() -> dict[str, Any]:
    """The rules for one value at a time as JSON Schema; `countries/data/schema.json` holds it."""
    return schema_of(CountryTable)
