"""Reads frozen dataclasses out of tables that strangers wrote, and collects every fault.

A dataclass declares its rules with its fields, `size: Annotated[int, number(1, 65536)]`, and may
have a method `faults()` for what cannot be though each value alone could.  A field with a rule and
a default may be left out of the table; one with a default and no rule is not in the table, the
caller gives it.  `Reader.read` builds the dataclass from a table (of TOML, say) or collects what is
wrong, each a sentence with its path; `schema_of` writes the same rules as JSON Schema.  Nothing
that a table can hold makes it raise.
"""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import MappingProxyType, NoneType
from typing import Any, TypeVar

T = TypeVar("T")

RANGES = r"[0-9]{1,2}(-[0-9]{1,2})?(, ?[0-9]{1,2}(-[0-9]{1,2})?)*"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a field may hold; made by the functions below and put into `Annotated`."""

    kind: str
    choices: tuple[str, ...] = ()
    pattern: str = ""
    least: float = 0
    most: float = 0
    fewest: int = 0
    by: str = ""


def text(choices: tuple[str, ...] = (), pattern: str = "") -> Rule:
    """A text of one of the choices, of the pattern, or simply not empty."""
    return Rule("text", choices, pattern)


def number(least: float, most: float) -> Rule:
    """A number within both bounds; a whole one where the field is an `int`."""
    return Rule("number", least=least, most=most)


def flag() -> Rule:
    """True or false."""
    return Rule("flag")


def array(choices: tuple[str, ...] = (), pattern: str = "", least: int = 1, by: str = "") -> Rule:
    """A tuple of at least `least` texts, none twice, or of tables.

    Tables may be of several dataclasses (`tuple[Cat | Dog, ...]`); `by` is the key that tells them
    apart: a text, each of whose choices belongs to one of them.
    """
    return Rule("array", choices, pattern, least, by=by)


def numbers(least: float, most: float, fewest: int = 0) -> Rule:
    """A tuple of at least `fewest` numbers, each within both bounds; they may repeat."""
    return Rule("numbers", least=least, most=most, fewest=fewest)


def table() -> Rule:
    """A table of one dataclass; need be said only where it may be left out."""
    return Rule("table")


def tables(pattern: str) -> Rule:
    """A table of tables of one dataclass (`Mapping[str, Cat]`), whose keys have the pattern."""
    return Rule("tables", pattern=pattern)


def ranges(least: int, most: int) -> Rule:
    """Whole numbers in rising order, written as `"1-15, 17-31"`."""
    return Rule("ranges", least=least, most=most)


def numbers_in(value: object, least: int, most: int) -> tuple[int, ...]:
    """The numbers of ranges such as `"1-15, 17-31"`; ValueError with what is wanted instead."""
    example = f"ranges from {least} to {most} like '1-15, 17-31'"
    if not isinstance(value, str) or not re.fullmatch(RANGES, value):
        raise ValueError(example)
    read: list[int] = []
    for part in value.split(","):
        first, _, last = part.partition("-")
        low, high = int(first), int(last or first)
        if not least <= low <= high <= most:
            raise ValueError(example)
        if read and low <= read[-1]:
            raise ValueError("ranges in rising order, none twice")
        read += range(low, high + 1)
    return tuple(read)


def texts(pattern: str) -> Rule:
    """A table of texts whose keys have the pattern."""
    return Rule("texts", pattern=pattern)


@cache
def _parts(kind: Any) -> dict[str, tuple[Rule, Any]]:
    """Rule and type of each field that a table holds: those that have a rule, or no default."""
    hints = typing.get_type_hints(kind, include_extras=True)
    parts = {}
    for part in fields(kind):
        hint = hints[part.name]
        bare, rule = typing.get_args(hint) if hasattr(hint, "__metadata__") else (hint, None)
        if rule is not None or part.default is MISSING:
            kinds = [one for one in typing.get_args(bare) if one is not NoneType]
            bare = kinds[0] if len(kinds) == 1 and NoneType in typing.get_args(bare) else bare
            parts[part.name] = (rule or Rule("table"), bare)
    return parts


def _required(kind: Any) -> tuple[str, ...]:
    """Names of the fields that a table must hold: those that have no default."""
    return tuple(part.name for part in fields(kind) if part.default is MISSING)


class Reader:
    """Builds dataclasses; `faults` are the sentences about what was wrong so far."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def read(self, kind: type[T], table: Any, path: str = "", **given: Any) -> T | None:
        """Build `kind` from a table, with the derived values as `given`; None when it is wrong."""
        if not isinstance(table, dict):
            self._wrong(path, "a table", table)
            return None
        before = len(self.faults)
        parts = _parts(kind)  # type: ignore[arg-type]  # mypy: a class is hashable
        for key in table:
            if key not in parts:
                self._fault(_join(path, key), f"unknown key{_did_you_mean(key, parts)}")
        values: dict[str, Any] = dict(given)
        for name, (rule, hint) in parts.items():
            if name in table:
                values[name] = self._value(rule, hint, table[name], _join(path, name))
            elif name in _required(kind):
                self._fault(_join(path, name), "is missing")
        if len(self.faults) > before:
            return None
        built = kind(**values)
        for where, fault in getattr(built, "faults", tuple)():
            self._fault(_join(path, where), fault)
        return built

    def _value(self, rule: Rule, hint: Any, value: Any, path: str) -> Any:
        match rule.kind:
            case "table":
                return self.read(hint, value, path)
            case "text":
                return self._text(rule, value, path)
            case "number":
                return self._number(rule, hint, value, path)
            case "flag":
                right = isinstance(value, bool)
                return value if right else self._wrong(path, "true or false", value)
            case "array":
                return self._array(rule, typing.get_args(hint)[0], value, path)
            case "numbers":
                return self._numbers(rule, typing.get_args(hint)[0], value, path)
            case "tables":
                return self._many(rule, typing.get_args(hint)[1], value, path)
            case "ranges":
                return self._ranges(rule, value, path)
            case _:
                return self._texts(rule, value, path)

    def _text(self, rule: Rule, value: Any, path: str) -> Any:
        if rule.choices:
            right = isinstance(value, str) and value in rule.choices
            return value if right else self._wrong(path, f"one of {', '.join(rule.choices)}", value)
        if not isinstance(value, str) or not value:
            return self._wrong(path, "a text", value)
        if rule.pattern and not re.fullmatch(rule.pattern, value):
            return self._wrong(path, f"a text like {rule.pattern}", value)
        return value

    def _number(self, rule: Rule, hint: Any, value: Any, path: str) -> Any:
        number = isinstance(value, int if hint is int else int | float)
        if number and not isinstance(value, bool) and rule.least <= value <= rule.most:
            return hint(value)
        what = "a whole number" if hint is int else "a number"
        return self._wrong(path, f"{what} from {rule.least:g} to {rule.most:g}", value)

    def _numbers(self, rule: Rule, item: Any, value: Any, path: str) -> Any:
        if not isinstance(value, list) or len(value) < rule.fewest:
            return self._wrong(path, f"an array of {rule.fewest} or more numbers", value)
        return tuple(self._number(rule, item, part, f"{path}[{i}]") for i, part in enumerate(value))

    def _many(self, rule: Rule, kind: Any, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            return self._wrong(path, "a table of tables", value)
        read = {}
        for key, table in value.items():
            where = _join(path, key)
            if not re.fullmatch(rule.pattern, key):
                self._fault(where, f"want a key like {rule.pattern}")
            else:
                read[key] = self.read(kind, table, where)
        return MappingProxyType(read)

    def _array(self, rule: Rule, item: Any, value: Any, path: str) -> Any:
        if not isinstance(value, list) or len(value) < rule.least:
            return self._wrong(path, f"an array of {rule.least:g} or more", value)
        if kinds := _tables(item):
            return tuple(
                self._table(rule, kinds, part, f"{path}[{i}]") for i, part in enumerate(value)
            )
        read = tuple(self._text(rule, part, f"{path}[{i}]") for i, part in enumerate(value))
        seen: set[str] = set()
        for index, part in enumerate(read):
            if part is not None and part in seen:
                self._fault(f"{path}[{index}]", f"{_show(part)} is there already")
            elif part is not None:
                seen.add(part)
        return read

    def _table(self, rule: Rule, kinds: tuple[type, ...], table: Any, path: str) -> Any:
        """A table of an array: of the one dataclass, or of that which its key names."""
        if not rule.by or not isinstance(table, dict):
            return self.read(kinds[0], table, path)
        known = {choice: kind for kind in kinds for choice in _parts(kind)[rule.by][0].choices}
        where = _join(path, rule.by)
        if rule.by not in table:
            self._fault(where, "is missing")
            return None
        choice = self._text(Rule("text", tuple(known)), table[rule.by], where)
        return None if choice is None else self.read(known[choice], table, path)

    def _ranges(self, rule: Rule, value: Any, path: str) -> Any:
        try:
            return numbers_in(value, int(rule.least), int(rule.most))
        except ValueError as error:
            return self._wrong(path, str(error), value)

    def _texts(self, rule: Rule, value: Any, path: str) -> Mapping[str, str] | None:
        if not isinstance(value, dict):
            self._wrong(path, "a table", value)
            return None
        for key, part in value.items():
            if not re.fullmatch(rule.pattern, key):
                self._fault(_join(path, key), f"want a key like {rule.pattern}")
            elif not isinstance(part, str) or not part:
                self._wrong(_join(path, key), "a text", part)
        return MappingProxyType(value)

    def _wrong(self, path: str, wanted: str, value: Any) -> Any:
        self._fault(path, f"want {wanted}; got {_show(value)}")
        return None

    def _fault(self, path: str, fault: str) -> None:
        self.faults.append(f"{path}: {fault}" if path else fault)


def schema_of(kind: type) -> dict[str, Any]:
    """The rules of a dataclass as JSON Schema (draft 2020-12)."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_schema(kind)}


def _schema(kind: type) -> dict[str, Any]:
    parts = {name: _part_schema(rule, hint) for name, (rule, hint) in _parts(kind).items()}
    return {
        "title": kind.__name__,
        "description": (kind.__doc__ or "").partition("\n")[0],
        "type": "object",
        "properties": parts,
        "required": list(_required(kind)),
        "additionalProperties": False,
    }


def _part_schema(rule: Rule, hint: Any) -> dict[str, Any]:
    whole = f"^({rule.pattern})$"
    match rule.kind:
        case "table":
            return _schema(hint)
        case "text" if rule.choices:
            return {"enum": list(rule.choices)}
        case "text" if rule.pattern:
            return {"type": "string", "pattern": whole}
        case "text":
            return {"type": "string", "minLength": 1}
        case "number":
            kind = "integer" if hint is int else "number"
            return {"type": kind, "minimum": rule.least, "maximum": rule.most}
        case "flag":
            return {"type": "boolean"}
        case "array":
            item = typing.get_args(hint)[0]
            if kinds := _tables(item):
                each = [_schema(kind) for kind in kinds]
                items = each[0] if len(each) == 1 else {"oneOf": each}
                return {"type": "array", "minItems": rule.least, "items": items}
            items = _part_schema(Rule("text", rule.choices, rule.pattern), str)
            return {"type": "array", "minItems": rule.least, "items": items, "uniqueItems": True}
        case "numbers":
            one = _part_schema(Rule("number", least=rule.least, most=rule.most), float)
            return {"type": "array", "minItems": rule.fewest, "items": one}
        case "tables":
            return {
                "type": "object",
                "propertyNames": {"pattern": whole},
                "additionalProperties": _schema(typing.get_args(hint)[1]),
            }
        case "ranges":
            return {"type": "string", "pattern": f"^({RANGES})$"}
        case _:
            values = {"type": "string", "minLength": 1}
            names = {"pattern": whole}
            return {"type": "object", "propertyNames": names, "additionalProperties": values}


def _tables(item: Any) -> tuple[type, ...]:
    """The dataclasses that an array's items may be; none where they are texts."""
    kinds = typing.get_args(item) or (item,)
    return kinds if is_dataclass(kinds[0]) else ()


def _join(path: str, key: str) -> str:
    shown = key if re.fullmatch(r"[A-Za-z0-9_.\[\]-]{1,60}", key) else _show(key)
    return f"{path}.{shown}" if path else shown


def _did_you_mean(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1) if len(key) < 64 else []
    return f"; did you mean {near[0]}?" if near else ""


def _show(value: Any) -> str:
    """A value for a message: short, on one line, whatever it is."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of more than 64 bits"  # repr of a really long one raises
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
