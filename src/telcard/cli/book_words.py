"""Words of the `telcard` command about the bank's books; as in `telcard.cli.app`, rooms load when
used."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Ended(StrEnum):
    """How a call ended."""

    answered = "answered"
    no_answer = "no-answer"
    failed = "failed"


def records(
    config: Annotated[Path, typer.Argument(help="Configuration of the hotline.")],
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Calls of this day only (UTC)."),
    ] = None,
    caller: Annotated[
        str | None, typer.Option(help="Calls of this number only; '' for withheld ones.")
    ] = None,
    ended: Annotated[Ended | None, typer.Option(help="Calls that ended so only.")] = None,
    last: Annotated[
        int | None, typer.Option(min=1, help="So many of the newest; a table shows 50.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with a line of headings.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, one a call.")] = False,
) -> None:
    """Show the records of calls: who, when, how long, what was done, why it ended.

    The hotline may be running.  The fields of --csv and --json are documented in
    telcard.bank.CallRecord; an account is told by its last four digits, a PIN never.

        telcard records hotline.toml --day 2026-01-05 --csv > calls.csv
    """
    from telcard.bank.records import Wanted
    from telcard.calls import Disposition
    from telcard.cli.records import Form, run

    if as_csv and as_json:
        raise typer.BadParameter("want one of --csv and --json")
    form: Form = "csv" if as_csv else "json" if as_json else "table"
    wanted = Wanted(
        day=day and day.date(),
        caller=caller,
        disposition=None if ended is None else Disposition[ended.name.upper()],
        count=last or (50 if form == "table" else None),
    )
    run(config, wanted, form)


def faxes(
    config: Annotated[Path, typer.Argument(help="Configuration of the hotline.")],
    withdraw: Annotated[
        int | None, typer.Option(help="Send the fax with this number no more.")
    ] = None,
    why: Annotated[str, typer.Option(help="For what reason.")] = "",
    still: Annotated[bool, typer.Option("--still", help="Only those that still wait.")] = False,
    last: Annotated[int, typer.Option(min=1, help="So many of the newest.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, one a fax.")] = False,
) -> None:
    """Show faxes that customers have asked for: every attempt, why it failed, when the next is due.

    The hotline may be running.  An account is told by its last four digits.

        telcard faxes hotline.toml --still

        telcard faxes hotline.toml --withdraw 17 --why "a wrong number, its owner has complained"
    """
    from telcard.cli.faxes import run

    run(config, withdraw, why, still, last, as_json)
