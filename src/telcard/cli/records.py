"""`telcard records`: the book of calls, for people and for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from telcard.bank.records import CallRecord, Wanted, select
from telcard.daemon import load
from telcard.errors import ConfigError
from telcard.storage import Database

Form = Literal["table", "csv", "json"]


def run(path: Path, wanted: Wanted, form: Form) -> None:
    """Print the wanted records of the house at `path`, the oldest first.

    The house may be running.  Raises `ConfigError` where nobody has set it up.
    """
    books = load(path).bank.database
    if not books.exists():
        raise ConfigError(f"{books}: there are no books; 'telcard setup' makes them")
    with Database(books) as database:
        records = database.transact(lambda connection: select(connection, wanted))[::-1]
    if form == "table":
        _show(records)
    elif form == "csv":
        _write_csv(records)
    else:
        for record in records:
            sys.stdout.write(json.dumps(_plain(record), ensure_ascii=False) + "\n")


def _plain(record: CallRecord) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(record).items()
    }


def _write_csv(records: Iterable[CallRecord]) -> None:
    names = [field.name for field in fields(CallRecord)]
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_plain(record) for record in records)


def _show(records: Sequence[CallRecord]) -> None:
    console = Console(highlight=False, markup=False)
    if not records:
        console.print("no calls")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("offered (UTC)", "caller", "called", "over", "channel", "lasted", "ended as"):
        table.add_column(heading, no_wrap=True)
    for heading in ("cause", "because", "account", "done"):
        table.add_column(heading)
    for record in records:
        table.add_row(
            f"{record.offered_at:%Y-%m-%d %H:%M:%S}",
            record.caller or "withheld",
            record.called,
            f"{record.signalling} {record.circuit}".strip(),
            record.channel,
            f"{record.duration_ms / 1000:.0f} s",
            record.disposition,
            f"{record.cause} ({record.location})" if record.location else str(record.cause),
            record.reason,
            f"...{record.account_tail}" if record.account_tail else "",
            record.done,
        )
    console.print(table)
