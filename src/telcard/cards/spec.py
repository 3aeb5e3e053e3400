"""What a card is: its spec, read from `firmware_specs/<name>.toml`, strictly.

    spec = load("d300sc_e1")
    spec.spans[0].bearers          # (1, 2, ..., 15, 17, ..., 31)

A spec is data that strangers write, so nothing in it is taken on trust: an unknown key, a wrong
type, a number that cannot be.  All faults are told at once in one `SpecError`, a sentence each,
with the file and the path: `d300sc_e1.toml: ports[0].framing: want one of crc4, no-crc4; got
'CRC-4'`.  The same rules stand as JSON Schema beside the specs, for editors (`schema()` makes it).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any

from telcard.errors import SpecError, UnknownCard
from telcard.strict import (
    Reader,
    array,
    flag,
    number,
    ranges,
    schema_of,
    text,
    texts,
)

HOME = Path(__file__).parent / "firmware_specs"
"""Where the specs that come with telcard are: a committed link to the top-level folder."""

NAME = r"[a-z][a-z0-9_]*"
PATH = r"[a-z_]+(\[[0-9]{1,4}\])?(\.[a-z_]+(\[[0-9]{1,4}\])?)*"
FRAMINGS = ("crc4", "no-crc4")
T1_FRAMINGS = ("esf", "d4")
SIGNALLINGS = ("cas", "isdn", "ss7", "none")
LOOP_SIGNALLINGS = ("loop-start", "ground-start", "kewl-start")
CALLER_IDS = ("fsk-bell202", "fsk-v23", "dtmf")
LAWS = ("a-law", "u-law")
CLOCK_ROLES = ("network", "internal", "slave")

NONE = "none"
"""What a text says of a thing that the card has not: a bus, an image, a kind of device."""

_PLAIN = r"[a-zA-Z0-9/.]*"
_NUMBER = r"\{{({0})(:03)?\}}"
_OF_BOARD = _PLAIN + _NUMBER.format("board")
_OF_CHANNEL = _OF_BOARD + _PLAIN + _NUMBER.format("channel")
_OF_SPAN = _PLAIN + _NUMBER.format("span|line")
_OF_BEARER = _OF_SPAN + _PLAIN + _NUMBER.format("bearer|timeslot")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who made the card and how programs know it."""

    vendor: Annotated[str, text()]
    model: Annotated[str, text()]
    family: Annotated[str, text()]
    personality: Annotated[str, text(("r4", "gdk", "dahdi", "e1d", "xms"))]
    host_bus: Annotated[str, text(("isa", "pci", "pcie", "usb", "lan", "none"))]
    sound: Annotated[str, text(("board", "host"))]
    """Who plays, records and hears digits: resources of the board, or the host's processor."""
    summary: Annotated[str, text()]


@dataclass(frozen=True, slots=True)
class E1Port:
    """E1 sockets that are alike, each a span: how it frames, signals and carries bearers."""

    kind: Annotated[str, text(("e1",))]
    count: Annotated[int, number(1, 64)]
    framing: Annotated[str, text(FRAMINGS)]
    framings: Annotated[tuple[str, ...], array(choices=FRAMINGS)]
    coding: Annotated[str, text(("hdb3", "ami"))]
    signalling: Annotated[tuple[str, ...], array(choices=SIGNALLINGS)]
    signalling_timeslot: Annotated[int, number(1, 31)]
    bearers: Annotated[tuple[int, ...], ranges(0, 31)]
    law: Annotated[str, text(LAWS)]

    @property
    def lanes(self) -> int:
        """Bearers of all its sockets together."""
        return self.count * len(self.bearers)

    def faults(self) -> Iterator[tuple[str, str]]:
        """What cannot be, though each value alone could."""
        yield from _framing_faults(self)
        if 0 in self.bearers:
            yield "bearers", "timeslot 0 carries the framing of an E1 and can bear no call"
        if self.signalling != ("none",) and self.signalling_timeslot in self.bearers:
            slot = self.signalling_timeslot
            yield "bearers", f"timeslot {slot} carries the signalling and can bear no call"


@dataclass(frozen=True, slots=True)
class T1Port:
    """T1 sockets that are alike, each a span (ANSI T1.403).

    Line signals are robbed from all its bearers; messages take `signalling_timeslot` for their
    D-channel, which bears no call then, though it may stand among the bearers.
    """

    kind: Annotated[str, text(("t1",))]
    count: Annotated[int, number(1, 64)]
    framing: Annotated[str, text(T1_FRAMINGS)]
    framings: Annotated[tuple[str, ...], array(choices=T1_FRAMINGS)]
    coding: Annotated[str, text(("b8zs", "ami"))]
    signalling: Annotated[tuple[str, ...], array(choices=SIGNALLINGS)]
    signalling_timeslot: Annotated[int, number(1, 24)]
    bearers: Annotated[tuple[int, ...], ranges(1, 24)]
    law: Annotated[str, text(LAWS)]

    @property
    def lanes(self) -> int:
        """Bearers of all its sockets together."""
        return self.count * len(self.bearers)

    def faults(self) -> Iterator[tuple[str, str]]:
        """What cannot be, though each value alone could."""
        yield from _framing_faults(self)
        if self.signalling_timeslot in self.bearers and {"isdn", "ss7"} >= {*self.signalling}:
            slot = self.signalling_timeslot
            yield "bearers", f"timeslot {slot} carries messages alone and can bear no call"


@dataclass(frozen=True, slots=True)
class AnaloguePort:
    """Analogue sockets that are alike: FXO towards an exchange, FXS towards telephones."""

    kind: Annotated[str, text(("fxo", "fxs"))]
    count: Annotated[int, number(1, 4096)]
    signalling: Annotated[tuple[str, ...], array(choices=LOOP_SIGNALLINGS)]
    caller_id: Annotated[tuple[str, ...], array(choices=CALLER_IDS, least=0)]
    """How the caller's number passes: received by an FXO, sent by an FXS."""
    polarity: Annotated[bool, flag()]
    """Whether it sees (FXO) or makes (FXS) a reversal of the line."""
    law: Annotated[str, text(LAWS)]

    @property
    def lanes(self) -> int:
        """Each socket bears one call."""
        return self.count


SpanPort = E1Port | T1Port
"""An entry of `ports` that is a digital span."""

Port = E1Port | T1Port | AnaloguePort
"""An entry of `ports`, told apart by its `kind`."""


def _framing_faults(port: SpanPort) -> Iterator[tuple[str, str]]:
    if port.framing not in port.framings:
        offered = ", ".join(port.framings)
        yield "framing", f"want one of the port's framings ({offered}); got {port.framing!r}"


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """A resource that calls take and give back."""

    name: Annotated[str, text(pattern=NAME)]
    size: Annotated[int, number(1, 65536)]
    transmit_slots: Annotated[bool, flag()]
    """Whether each entry owns a transmit slot of the bus."""


@dataclass(frozen=True, slots=True)
class Bus:
    """The bus between cards."""

    kind: Annotated[str, text(("scbus", "h100", "h110", NONE))]
    slots: Annotated[int, number(0, 4096)]
    rate_mhz: Annotated[float, number(0, 8.192)]
    clock_roles: Annotated[tuple[str, ...], array(choices=CLOCK_ROLES)]
    clock_role: Annotated[str, text(CLOCK_ROLES)]

    def faults(self) -> Iterator[tuple[str, str]]:
        """What cannot be, though each value alone could."""
        if self.clock_role not in self.clock_roles:
            offered = ", ".join(self.clock_roles)
            yield "clock_role", f"want one of the clock_roles ({offered}); got {self.clock_role!r}"
        if self.kind == NONE:
            for key, value in (("slots", self.slots), ("rate_mhz", self.rate_mhz)):
                if value:
                    yield key, f"want 0 where there is no bus; got {value:g}"
            if "slave" in self.clock_roles:
                yield "clock_roles", "without a bus there is no clock to be the slave of"
            return
        # 16 lines of an SCbus, 32 of an H.100 or H.110; a slot is 64 kbit/s
        lines = {"scbus": 16, "h100": 32, "h110": 32}[self.kind]
        room = round(lines * self.rate_mhz * 1000 / 64)
        if self.slots != room:
            bus = f"a {self.kind} of {lines} lines at {self.rate_mhz:g} MHz"
            yield "slots", f"{bus} has {room} slots; got {self.slots}"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the download, and what its failure is called."""

    name: Annotated[str, text(pattern=NAME)]
    time_s: Annotated[float, number(0, 3600)]
    """How long the card takes."""
    limit_s: Annotated[float, number(0, 3600)]
    """How long it may take."""
    code: Annotated[int, number(1, 0xFFFF)]
    """What the card's diagnosis says when the stage fails."""

    def faults(self) -> Iterator[tuple[str, str]]:
        """What cannot be, though each value alone could."""
        if self.time_s >= self.limit_s:
            yield "time_s", f"want less than limit_s ({self.limit_s:g}); got {self.time_s:g}"


@dataclass(frozen=True, slots=True)
class Firmware:
    """What is downloaded, and in which stages; "none" where the card keeps it, or needs none."""

    image: Annotated[str, text()]
    parameters: Annotated[str, text()]
    stages: Annotated[tuple[Stage, ...], array()]

    def faults(self) -> Iterator[tuple[str, str]]:
        """What cannot be, though each value alone could."""
        yield from _twice("stages", "name", [stage.name for stage in self.stages])
        yield from _twice("stages", "code", [stage.code for stage in self.stages])


@dataclass(frozen=True, slots=True)
class Limits:
    """What runs out; 0 of what the card does not do."""

    digit_buffer: Annotated[int, number(0, 1024)]
    concurrent_plays: Annotated[int, number(0, 65536)]
    tone_templates: Annotated[int, number(0, 65536)]
    channels_per_board: Annotated[int, number(0, 4096)]
    conferences: Annotated[int, number(0, 65536)]
    """How many conferences at a time."""
    conference_parties: Annotated[int, number(0, 65536)]
    """How many parties in the largest one."""


@dataclass(frozen=True, slots=True)
class Devices:
    """Patterns of the names that programs open, or "none".

    `board`, `channel`, `span` and `bearer` count from 1, `line` counts spans from 0, `timeslot` is
    the bearer's own number; `{span:03}` is written with three digits.
    """

    voice_board: Annotated[str, text(pattern=f"{NONE}|{_OF_BOARD}")]
    voice: Annotated[str, text(pattern=f"{NONE}|{_OF_CHANNEL}")]
    network_board: Annotated[str, text(pattern=f"{NONE}|{_OF_SPAN}")]
    network: Annotated[str, text(pattern=f"{NONE}|{_OF_BEARER}")]
    analogue: Annotated[str, text(pattern=f"{NONE}|{_OF_CHANNEL}")]
    conference: Annotated[
        str, text(pattern=f"{NONE}|{_OF_BOARD}({_PLAIN}{_NUMBER.format('dsp')})?")
    ]
    fax: Annotated[str, text(pattern=f"{NONE}|({_OF_BOARD})?{_PLAIN}{_NUMBER.format('channel')}")]


@dataclass(frozen=True, slots=True)
class Latencies:
    """From the happening to the host's event queue."""

    digit_ms: Annotated[int, number(0, 10_000)]
    call_status_ms: Annotated[int, number(0, 10_000)]
    completion_ms: Annotated[int, number(0, 10_000)]


@dataclass(frozen=True, slots=True)
class Delay:
    """How old a sample is when it comes back."""

    transmit_to_receive_samples: Annotated[int, number(0, 80_000)]
    """From the sample we send to the one received that a loop at the socket makes of it."""


@dataclass(frozen=True, slots=True)
class CardSpec:
    """All that is known of one card model."""

    identity: Identity
    ports: Annotated[tuple[E1Port | T1Port | AnaloguePort, ...], array(by="kind", least=0)]
    pools: Annotated[tuple[PoolSpec, ...], array(least=0)]
    bus: Bus
    firmware: Firmware
    limits: Limits
    devices: Devices
    events: Latencies
    delay: Delay
    quirks: Annotated[Mapping[str, str], texts(NAME)]
    assumed: Annotated[tuple[str, ...], array(pattern=PATH, least=0)]
    """Paths of the values that have no public source."""
    name: str = ""
    """The file's stem, which is the name to open."""

    @property
    def lanes(self) -> int:
        """Lanes of an engine that serve the bearers of its ports: one for each."""
        return sum(port.lanes for port in self.ports)

    @property
    def all_lanes(self) -> int:
        """Lanes that serve the whole card, resources that are opened by themselves as well.

        A voice resource needs one only where it is not at work on the lane of a bearer.
        """
        others = sum(pool.size for pool in self.pools if pool.name not in ("voice", "conference"))
        return max(self.lanes, self.pool("voice")) + others

    @property
    def spans(self) -> tuple[SpanPort, ...]:
        """Its digital spans in order, each with what is known of it."""
        digital = (port for port in self.ports if isinstance(port, SpanPort))
        return tuple(port for port in digital for _ in range(port.count))

    @property
    def analogue(self) -> tuple[AnaloguePort, ...]:
        """Its analogue ports, as they stand in `ports`."""
        return tuple(port for port in self.ports if isinstance(port, AnaloguePort))

    def pool(self, name: str) -> int:
        """Size of the pool of this name; 0 where the card has none."""
        return next((pool.size for pool in self.pools if pool.name == name), 0)

    def at(self, path: str) -> Any:
        """The value that has a path such as `firmware.stages[0].time_s`; KeyError if none has."""
        here: Any = self
        for name, index in re.findall(r"([a-z_]+)(?:\[(\d+)\])?", path):
            if not is_dataclass(here) or name not in {part.name for part in fields(here)}:
                raise KeyError(path)
            here = getattr(here, name)
            if index:
                if not isinstance(here, tuple) or int(index) >= len(here):
                    raise KeyError(path)
                here = here[int(index)]
        return here

    def faults(self) -> Iterator[tuple[str, str]]:
        """What cannot be, though each part alone could."""
        yield from _twice("pools", "name", [pool.name for pool in self.pools])
        owned = sum(pool.size for pool in self.pools if pool.transmit_slots) + self.lanes
        if owned > self.bus.slots > 0:
            yield "pools", f"{owned} devices own a transmit slot, but the bus has {self.bus.slots}"
        for index, pool in enumerate(self.pools):
            if pool.transmit_slots and self.bus.kind == NONE:
                yield f"pools[{index}].transmit_slots", "without a bus there is no slot to own"
            if pool.name == "voice" and self.identity.sound == "host":
                yield f"pools[{index}].name", "the host makes the sound, so the card has no voice"
            if pool.name == "voice" and self.limits.concurrent_plays > pool.size:
                plays = self.limits.concurrent_plays
                yield "limits.concurrent_plays", f"want at most pools[{index}].size; got {plays}"
        if "network" in self.bus.clock_roles and not self.spans:
            yield "bus.clock_roles", "a card without a digital span cannot take its clock from one"
        yield from self._what_it_has_not()
        yield from self._devices()
        for index, path in enumerate(self.assumed):
            try:
                self.at(path)
            except KeyError:
                yield f"assumed[{index}]", f"no value of this spec has the path {path!r}"

    def _what_it_has_not(self) -> Iterator[tuple[str, str]]:
        """Limits of resources that are not there, or of more than there are."""
        voice, conference = self.pool("voice"), self.pool("conference")
        for key in ("concurrent_plays", "channels_per_board"):
            value = getattr(self.limits, key)
            if value and not voice:
                yield f"limits.{key}", f"want 0, there is no pool 'voice'; got {value}"
            elif voice and not value:
                yield f"limits.{key}", "want 1 or more, there is a pool 'voice'; got 0"
        for key in ("conferences", "conference_parties"):
            value = getattr(self.limits, key)
            if value and not conference:
                yield f"limits.{key}", f"want 0, there is no pool 'conference'; got {value}"
            elif conference and not 1 <= value <= conference:
                room = f"1 to {conference}, the size of the pool 'conference'"
                yield f"limits.{key}", f"want {room}; got {value}"

    def _devices(self) -> Iterator[tuple[str, str]]:
        """Names of devices that are not there, and devices without a name."""
        there = {
            "voice_board": self.pool("voice"),
            "voice": self.pool("voice"),
            "network_board": len(self.spans),
            "network": len(self.spans),
            "analogue": len(self.analogue),
            "conference": self.pool("conference"),
            "fax": self.pool("fax"),
        }
        for key, count in there.items():
            pattern = getattr(self.devices, key)
            if count and pattern == NONE:
                yield f"devices.{key}", f"want a pattern, there are such devices; got {NONE!r}"
            elif not count and pattern != NONE:
                yield (
                    f"devices.{key}",
                    f"want {NONE!r}, there is no such device; got {pattern!r}",
                )


def specs() -> list[str]:
    """Names of the specs that come with telcard, in order."""
    return sorted(path.stem for path in HOME.glob("*.toml"))


def load(name_or_path: str | Path) -> CardSpec:
    """Load a spec by name (`d300sc_e1`) or by the path of a TOML file.

    Raises `UnknownCard` when there is no such spec, and says what there is; `SpecError` when the
    file cannot be read or breaks the rules, and lists every fault.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, str) and not text.endswith(".toml") and "/" not in text:
        known = specs()
        if text not in known:
            near = difflib.get_close_matches(text.lower(), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise UnknownCard(f"no card is called {text!r}; {hint}")
        path = HOME / f"{text}.toml"
    else:
        path = Path(name_or_path)
    try:
        data = path.read_bytes()
    except (FileNotFoundError, ValueError) as error:  # ValueError: a NUL in the path
        there = ", ".join(specs())
        raise UnknownCard(f"no spec at {text!r}; by name there are {there}") from error
    except OSError as error:
        raise SpecError(f"{path.name}: cannot read the spec: {error.strerror}") from error
    return parse(data, path.name)


def parse(data: bytes, source: str) -> CardSpec:
    """Read a spec from the octets of a TOML file; `source` is the file's name, for messages."""
    try:
        table = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, endless digits, too deep
        raise SpecError(f"{source}: not a TOML file: {error}") from error
    reader = Reader()
    spec = reader.read(CardSpec, table, name=Path(source).stem)
    if spec is None or reader.faults:
        raise SpecError("\n".join(f"{source}: {fault}" for fault in reader.faults))
    return spec


def schema() -> dict[str, Any]:
    """The rules for one value at a time as JSON Schema; `firmware_specs/schema.json` holds it."""
    return schema_of(CardSpec)


def _twice(where: str, key: str, values: list[Any]) -> Iterator[tuple[str, str]]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield f"{where}[{index}].{key}", f"{value!r} is there already"
