"""`telcard setup`: what a hotline needs before its first day."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.table import Table

from telcard.bank import Bank, sample
from telcard.daemon import load, prepare
from telcard.rehearsal import SAMPLE_PINS


def run(path: Path, with_sample: bool) -> None:
    """Prepare the house that the configuration at `path` describes."""
    console = Console(highlight=False, markup=False)
    config = load(path)
    prepare(config)
    asyncio.run(_open_books(config.bank.database, config.bank.pin_key, with_sample))
    console.print(f"database  {config.bank.database}")
    console.print(f"PIN key   {config.bank.pin_key}  (keep it apart from the database)")
    if with_sample:
        table = Table("account", "PIN", title="made-up customers", title_justify="left", box=None)
        for account, pin in SAMPLE_PINS.items():
            table.add_row(account, pin)
        console.print(table)
    console.print(f"next: telcard serve {path}", style="dim")


async def _open_books(database: Path, pin_key: Path, with_sample: bool) -> None:
    async with Bank.open(database, pin_key) as bank:
        if with_sample:
            sample.build(bank, SAMPLE_PINS, bank.clock.utc().date())
