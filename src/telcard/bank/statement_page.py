"""A statement of account on paper: letterhead, balance and last entries, ready for a fax.

    pages = statement_pages(await ..., Sender("The Bank", "+86 10 95588"), when)

Whoever stands at the machine may read it, and a number may have been keyed wrongly: so of the
account's number there are the last four digits alone, as on every screen and record.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telcard.bank import ledger
from telcard.bank.ledger import Account, Entry
from telcard.bank.money import Amount
from telcard.fax.documents import Typeface
from telcard.fax.geometry import Paper, Resolution
from telcard.fax.header import HeaderLine, stamped
from telcard.fax.layout import Letters, Sheet, wrapped
from telcard.fax.lettering import PITCH_MM, Lettering

ENTRIES = 20
"""How many of the last entries are on it."""

PAPER = Paper.A4
RESOLUTION = Resolution.FINE
GAP = 2
"""Columns between two columns of the table."""

LABELS = 10
"""Columns of the labels above the table."""

_DATE = 10

Page = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends faxes: `name` is the letterhead, and stands over each page with `ident`.

    `ident` is what the far end's display shows, up to 20 digits and spaces; `number` is told to
    whom we call; `font` has the letters that ours do not have, such as Chinese ones.
    """

    name: str
    ident: str = ""
    number: str = ""
    font: Path | None = None

    def letters(self, pitch_mm: float = PITCH_MM) -> Letters:
        """What its texts are drawn with; MediaError for a font that cannot be read."""
        if self.font is None:
            return Lettering(RESOLUTION, PAPER.scanned, pitch_mm)
        return Typeface(self.font, RESOLUTION, PAPER.scanned, pitch_mm)


@dataclass(frozen=True, slots=True)
class Statement:
    """What is told of an account, as it was at one moment; the newest entry is the first."""

    account: Account
    balance: Amount
    entries: tuple[Entry, ...]


def read_statement(connection: sqlite3.Connection, number: str, count: int = ENTRIES) -> Statement:
    """The statement of an account as it is now; raises `Refused` when there is none."""
    return Statement(
        ledger.account(connection, number),
        ledger.balance(connection, number),
        tuple(ledger.last_entries(connection, number, count)),
    )


def statement_pages(
    statement: Statement, sender: Sender, when: datetime, to: str = ""
) -> list[Page]:
    """The pages, A4 and fine: arrays of bool, True = black, shape (2287, 1728).

    `when` is the moment in the time of the place, `to` the number that it goes to, for the line
    over each page.  A letter that nobody has is a box.
    """
    pages = _draw(statement, sender, when)
    line = HeaderLine(f"{sender.name}  {sender.ident}".rstrip(), when, to)
    letters = sender.letters() if sender.font else None
    return [
        stamped(page, line.text(number, len(pages)), RESOLUTION, place="over", letters=letters)
        for number, page in enumerate(pages, 1)
    ]


def _draw(statement: Statement, sender: Sender, when: datetime) -> list[Page]:
    letters, large = sender.letters(), sender.letters(PITCH_MM * 1.6)
    bold = Lettering(RESOLUTION, PAPER.scanned, bold=True)
    sheet = Sheet(RESOLUTION, PAPER)
    account = statement.account
    for line in wrapped(sender.name, large, sheet.columns(large)):
        sheet.put(line, large)
        sheet.row += large.height
    sheet.rule(0.8)
    sheet.skip(6)
    sheet.put("Statement of account", bold)
    sheet.row += 2 * bold.height
    fields = {
        "Account": f"**** {account.tail}",
        "Holder": account.name,
        "Date": f"{when:%Y-%m-%d %H:%M}",
        "Balance": str(statement.balance),
    }
    for label, value in fields.items():
        sheet.put(label, bold)
        sheet.put(value, letters, LABELS)
        sheet.row += letters.height
    sheet.skip(6)
    return _table(sheet, statement, letters, bold)


def _table(sheet: Sheet, statement: Statement, letters: Letters, bold: Letters) -> list[Page]:
    """Draw the entries behind what is there, and go on on further sheets; returns them all."""
    rows = [_figures(entry) for entry in statement.entries]
    heads = ("Debit", "Credit", "Balance")
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    text = sheet.columns(letters) - _DATE - GAP - sum(GAP + width for width in widths)
    text_at = _DATE + GAP
    rights = [text_at + text + sum(GAP + width for width in widths[: n + 1]) for n in range(3)]
    pages = [sheet.page]

    def head() -> None:
        sheet.put("Date", bold)
        sheet.put("Entry", bold, text_at)
        _put_right(sheet, heads, rights, bold)
        sheet.row += bold.height
        sheet.rule()
        sheet.skip(1)

    head()
    for entry, figures in zip(statement.entries, rows, strict=True):
        lines = list(wrapped(entry.text, letters, text))
        if sheet.row + len(lines) * letters.height > sheet.bottom:
            sheet = Sheet(RESOLUTION, PAPER)
            pages.append(sheet.page)
            head()
        sheet.put(entry.business_date.isoformat(), letters)
        _put_right(sheet, figures, rights, letters)
        for line in lines:
            sheet.put(line, letters, text_at)
            sheet.row += letters.height
    if not rows:
        sheet.put("There are no entries.", letters)
        sheet.row += letters.height
    sheet.skip(1)
    sheet.rule()
    return pages


def _put_right(sheet: Sheet, texts: Sequence[str], rights: Sequence[int], letters: Letters) -> None:
    for text, right in zip(texts, rights, strict=True):
        sheet.put(text, letters, right - len(text))


def _figures(entry: Entry) -> tuple[str, str, str]:
    """Debit, credit and balance of an entry, without their currency."""
    amount = _bare(entry.amount)
    debit = entry.amount.minor < 0
    return amount.lstrip("-") if debit else "", "" if debit else amount, _bare(entry.balance)


def _bare(amount: Amount) -> str:
    return str(amount).partition(" ")[0]
