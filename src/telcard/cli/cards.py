"""`telcard cards`: which cards there are, and what one of them can do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from telcard.cards import AnaloguePort, CardSpec, Port, T1Port, load, specs

NOTHING = "none"


def show(name: str | None) -> None:
    """List all cards, explain the one called `name`, or with "specs" all of them."""
    console = Console(highlight=False, markup=False)
    if name is None:
        _list(console)
    elif name == "specs":  # every card with all that its spec says
        for at, each in enumerate(specs()):
            console.print("\n" if at else "", end="")
            _explain(console, each)
    else:
        _explain(console, name.removeprefix("emulator:"))


def _list(console: Console) -> None:
    table = Table("name", "card", "ports", "pools", box=None, header_style="bold")
    for name in specs():
        spec = load(name)
        table.add_row(
            name,
            f"{spec.identity.vendor} {spec.identity.model}",
            ", ".join(f"{port.count} {port.kind.upper()}" for port in spec.ports) or NOTHING,
            "\n".join(f"{pool.name} {pool.size}" for pool in spec.pools) or NOTHING,
        )
    console.print(table)
    console.print("\nOne in full: telcard cards NAME", style="dim")
    console.print("To open one: telcard.open('emulator:NAME')", style="dim")


def _explain(console: Console, name: str) -> None:
    spec = load(name)
    identity = spec.identity
    console.print(f"{identity.vendor} {identity.model}", style="bold", end="")
    console.print(f": {identity.summary}")
    console.print(f"telcard.open('emulator:{name}')", style="dim")
    console.print()
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for what, told in _facts(spec):
        table.add_row(what, told)
    for quirk in spec.quirks.values():
        table.add_row("quirk", quirk)
    if spec.assumed:
        table.add_row("assumed", "without a public source are:")
        for path in spec.assumed:
            table.add_row("", f"{path}{_value(spec.at(path))}")
    console.print(table)


def _facts(spec: CardSpec) -> Iterator[tuple[str, str]]:
    identity, bus, limits = spec.identity, spec.bus, spec.limits
    yield "board", f"{identity.family}, host bus {identity.host_bus}, {identity.personality}"
    yield "sound", "its own" if identity.sound == "board" else "made by the host's processor"
    for port in spec.ports:
        yield "ports", _port(port)
    if not spec.ports:
        yield "ports", "none: it works for the lines of other boards"
    for pool in spec.pools:
        slots = ", each with a slot of the bus" if pool.transmit_slots else ""
        yield f"pool {pool.name}", f"{pool.size}{slots}"
    roles = " or ".join(bus.clock_roles)
    if bus.kind == NOTHING:
        yield "bus", f"none, clock {roles}"
    else:
        yield "bus", f"{bus.kind}, {bus.slots} slots, clock {roles}"
    stages = spec.firmware.stages
    seconds = sum(stage.time_s for stage in stages)
    way = " -> ".join(stage.name for stage in stages)
    yield "firmware", f"{spec.firmware.image}: {way} ({seconds:.1f} s)"
    if limits.digit_buffer:
        yield "digits", f"{limits.digit_buffer} wait per channel"
    if limits.conferences:
        yield (
            "conferences",
            f"{limits.conferences} at a time, of {limits.conference_parties} at most",
        )
    names = [getattr(spec.devices, key) for key in spec.devices.__slots__]
    yield "devices", ", ".join(dict.fromkeys(name for name in names if name != NOTHING))


def _port(port: Port) -> str:
    signalling = " or ".join(port.signalling)
    if isinstance(port, AnaloguePort):
        callers = " or ".join(port.caller_id) or NOTHING
        return f"{port.count} {port.kind.upper()}, {signalling}, {port.law}, caller ID {callers}"
    at = f"in timeslot {port.signalling_timeslot}"
    if isinstance(port, T1Port):
        places = {"cas": "cas in robbed bits", "none": "none"}
        signalling = " or ".join(places.get(each, f"{each} {at}") for each in port.signalling)
    else:
        signalling = f"{signalling} {at}"
    return (
        f"{port.count} {port.kind.upper()}, {port.framing} {port.coding}, {port.law}, "
        f"{len(port.bearers)} bearers, signalling {signalling}"
    )


def _value(value: Any) -> str:
    """An assumed value beside its path; nothing for a whole table."""
    match value:
        case str() | int() | float():
            return f" = {str(value).lower() if isinstance(value, bool) else value}"
        case (str(), *_):
            return f" = {', '.join(value)}"
        case _:
            return ""
