"""`telcard cards`: which cards there are, and what one of them can do."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from telcard.cards import CardSpec, load, specs


def show(name: str | None) -> None:
    """List all cards, or explain the one called `name`."""
    console = Console(highlight=False)
    if name is None:
        _list(console)
    else:
        _explain(console, name, load(name.removeprefix("emulator:")))


def _list(console: Console) -> None:
    table = Table("open as", "card", "maker", "what it is", box=None, header_style="bold")
    for name in specs():
        spec = load(name)
        identity = spec.identity
        table.add_row(f"emulator:{name}", identity.model, identity.vendor, identity.summary)
    console.print(table)
    console.print("\nOne in full: telcard cards NAME", style="dim")


def _explain(console: Console, name: str, spec: CardSpec) -> None:
    identity = spec.identity
    console.print(f"[bold]{identity.vendor} {identity.model}[/bold]: {identity.summary}")
    console.print(f"telcard.open('emulator:{name.removeprefix('emulator:')}')\n", style="dim")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for number, port in enumerate(spec.ports, 1):
        table.add_row(
            f"port {number}",
            f"{port.kind} {port.framing} {port.coding}, {port.law}, {len(port.bearers)} bearers, "
            f"signalling {' or '.join(port.signalling)} in timeslot {port.signalling_timeslot}",
        )
    for pool in spec.pools:
        table.add_row(f"pool {pool.name}", str(pool.size))
    bus = spec.bus
    table.add_row("bus", f"{bus.kind}, {bus.slots} slots, clock {' or '.join(bus.clock_roles)}")
    stages = spec.firmware.stages
    seconds = sum(stage.time_s for stage in stages)
    names = " -> ".join(stage.name for stage in stages)
    table.add_row("firmware", f"{spec.firmware.image}: {names} ({seconds:.1f} s)")
    table.add_row("digits", f"{spec.limits.digit_buffer} wait per channel")
    for quirk in spec.quirks.values():
        table.add_row("quirk", quirk)
    if spec.assumed:
        table.add_row("assumed", f"without a public source: {', '.join(spec.assumed)}")
    console.print(table)
