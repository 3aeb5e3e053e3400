"""`telcard faxes`: what customers have asked to be faxed, and what has become of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from telcard.bank.fax_plan import Attempt, Fax, Wait
from telcard.bank.outbox import newest, outlook, withdraw
from telcard.clock import Clock, SystemClock
from telcard.daemon import load
from telcard.daemon.config import FaxSection
from telcard.errors import ConfigError
from telcard.storage import Database

COLOURS = {"waiting": "yellow", "sending": "cyan", "sent": "green", "failed": "red"}

NOBODY = "withdrawn by hand"
"""Why a fax was withdrawn, where nobody has said it."""


def run(
    path: Path,
    withdrawn: int | None,
    why: str,
    still: bool,
    last: int,
    as_json: bool,
    clock: Clock | None = None,
) -> None:
    """Withdraw a fax where that is wanted, then print the newest of the house at `path`.

    The house may be running.  Raises `ConfigError` where nobody has set it up, and `Refused` for a
    fax that does not exist or is over.
    """
    config = load(path)
    books = config.bank.database
    if not books.exists():
        raise ConfigError(f"{books}: there are no books; 'telcard setup' makes them")
    rules = (config.fax or FaxSection()).rules()
    now = (clock or SystemClock()).utc()
    with Database(books) as database:
        if withdrawn is not None:
            database.transact(lambda c: withdraw(c, withdrawn, why or NOBODY, now))
        faxes = database.transact(lambda c: newest(c, last, still=still))[::-1]
        steps = database.transact(lambda c: outlook(c, rules, now))
    due = {fax.id: step.until for fax, step in steps if isinstance(step, Wait)}
    if as_json:
        for fax in faxes:
            sys.stdout.write(json.dumps(_plain(fax, due.get(fax.id)), ensure_ascii=False) + "\n")
    else:
        _show(faxes, due)


def _plain(fax: Fax, due: datetime | None) -> dict[str, Any]:
    return {
        "id": fax.id,
        "asked_at": fax.asked_at.isoformat(),
        "account_tail": fax.account[-4:],
        "number": fax.number,
        "what": fax.what,
        "call_id": fax.call_id,
        "state": fax.state,
        "due_at": None if due is None else due.isoformat(),
        "ended_at": None if fax.ended_at is None else fax.ended_at.isoformat(),
        "why": fax.why,
        "attempts": [
            {
                "begun_at": attempt.begun_at.isoformat(),
                "ended_at": None if attempt.ended_at is None else attempt.ended_at.isoformat(),
                "outcome": None if attempt.outcome is None else attempt.outcome.value,
                "why": attempt.why,
                "pages": attempt.pages,
                "rate": attempt.rate,
                "call_id": attempt.call_id,
            }
            for attempt in fax.attempts
        ],
    }


def _show(faxes: Sequence[Fax], due: Mapping[int, datetime]) -> None:
    console = Console(highlight=False, markup=False)
    if not faxes:
        console.print("no faxes")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("fax", "when (UTC)", "number", "account", "state"):
        table.add_column(heading, no_wrap=True)
    table.add_column("because", overflow="fold")
    for fax in faxes:
        because = fax.why if fax.state == "withdrawn" else ""
        if fax.id in due:
            because = f"until {due[fax.id]:%Y-%m-%d %H:%M:%S}"
        table.add_row(
            str(fax.id),
            f"{fax.asked_at:%Y-%m-%d %H:%M:%S}",
            fax.number,
            f"...{fax.account[-4:]}",
            Text(fax.state, style=COLOURS.get(fax.state, "")),
            because,
        )
        for number, attempt in enumerate(fax.attempts, 1):
            table.add_row("", *_attempt(number, attempt), style="dim")
    console.print(table)


def _attempt(number: int, attempt: Attempt) -> tuple[str, ...]:
    """The columns of an attempt, from its time on."""
    begun = f"{attempt.begun_at:%Y-%m-%d %H:%M:%S}"
    if attempt.outcome is None:
        return (begun, f"attempt {number}", "", "goes on", "")
    over = f"{attempt.pages} page{'' if attempt.pages == 1 else 's'}, " if attempt.pages else ""
    rate = f"{attempt.rate}, " if attempt.rate else ""
    return (begun, f"attempt {number}", "", attempt.outcome.value, f"{over}{rate}{attempt.why}")
