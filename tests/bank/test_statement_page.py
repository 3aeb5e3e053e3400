"""The statement on paper: what stands where, and what does not stand there."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from telcard.bank import Amount, Entry, Sender
from telcard.bank.ledger import Account
from telcard.bank.statement_page import (
    ENTRIES,
    PAPER,
    RESOLUTION,
    Statement,
    read_statement,
    statement_pages,
)
from telcard.errors import MediaError
from telcard.fax.lettering import Lettering

WHEN = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
SENDER = Sender("The Bank", "+86 10 95588")
BOLD = Lettering(RESOLUTION, PAPER.scanned, bold=True)
PLAIN = Lettering(RESOLUTION, PAPER.scanned)


def shows(page, text, letters=PLAIN):
    """Whether a text stands in a page's upper part: its ink, and no other where it is."""
    page = page[:1000]
    wanted = letters.line(text)
    rows, columns = (np.flatnonzero(wanted.any(axis)) for axis in (1, 0))
    wanted = wanted[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    down, across = wanted.shape
    ink = np.pad(np.cumsum(np.cumsum(page, 0, np.int32), 1, np.int32), ((1, 0), (1, 0)))
    here = ink[down:, across:] - ink[:-down, across:] - ink[down:, :-across] + ink[:-down, :-across]
    return any(
        np.array_equal(page[row : row + down, column : column + across], wanted)
        for row, column in np.argwhere(here == wanted.sum())
    )


@pytest.fixture
def statement(bank, people):
    return bank.database.transact(lambda c: read_statement(c, people.ada))


def test_a_statement_has_balance_and_entries(statement):
    assert str(statement.balance) == "1,447.55 USD"
    assert [entry.text for entry in statement.entries[:2]] == ["Cash machine", "Electricity"]
    (page,) = statement_pages(statement, SENDER, WHEN)
    assert (page.shape, page.dtype) == ((2287, 1728), np.bool_)
    for text in ("1,447.55 USD", "**** 0030", "Ada Lindqvist", "2026-01-05 09:30"):
        assert shows(page, text), text
    for text in ("Statement of account", "Balance", "Debit", "Credit"):
        assert shows(page, text, BOLD), text
    for text in ("Salary", "1,250.75", "2025-12-30", "640.00", "340.00"):
        assert shows(page, text), text
    assert not shows(page, "-640.00")


def test_the_whole_number_of_an_account_stands_nowhere(statement, people):
    (page,) = statement_pages(statement, SENDER, WHEN)
    assert shows(page, people.ada[-4:])
    assert not shows(page, people.ada)


def test_a_line_over_the_page_says_who_when_to_whom(statement):
    (page,) = statement_pages(statement, SENDER, WHEN, "02154321")
    line = "2026-01-05 09:30   From: The Bank  +86 10 95588   To: 02154321   Page 1 of 1"
    assert shows(page[:60], line)


def entries(count, text="Rent"):
    amount, balance = Amount(-64_000, "USD"), Amount(10**12, "USD")
    return tuple(Entry(n, date(2026, 1, 1), text, amount, balance) for n in range(count))


def account(name="Ada"):
    return Account(1, "10020030", name, "customer", "USD", None, 1, False)


def test_twenty_entries_are_one_page_and_many_are_more():
    balance = Amount(5, "USD")
    assert len(statement_pages(Statement(account(), balance, entries(ENTRIES)), SENDER, WHEN)) == 1
    pages = statement_pages(Statement(account(), balance, entries(100)), SENDER, WHEN)
    assert len(pages) == 2
    assert all(page.shape == (2287, 1728) for page in pages)
    assert shows(pages[1], "Date", BOLD)
    assert shows(pages[1][:60], "Page 2 of 2")


def test_long_texts_are_wrapped_and_figures_keep_their_columns():
    text = "A very long text of an entry that no bank has ever printed on one line, or on two"
    balance = Amount(5, "USD")
    (page,) = statement_pages(Statement(account(), balance, entries(1, text)), SENDER, WHEN)
    assert shows(page, "10,000,000,000.00")
    assert shows(page, "on two")


def test_an_account_without_entries_says_so(bank, people):
    nothing = bank.database.transact(lambda c: read_statement(c, people.dora))
    (page,) = statement_pages(nothing, SENDER, WHEN)
    assert shows(page, "There are no entries.")


def test_letters_that_nobody_has_do_not_stop_a_statement():
    holder = Statement(account("李明"), Amount(5, "USD"), entries(1, "转账"))
    (page,) = statement_pages(holder, SENDER, WHEN)
    assert shows(page, "640.00")


def test_a_font_that_is_none_is_told(tmp_path):
    font = tmp_path / "font.ttf"
    font.write_bytes(b"no font")
    with pytest.raises(MediaError, match="cannot be read as a font"):
        Sender("The Bank", font=font).letters()
