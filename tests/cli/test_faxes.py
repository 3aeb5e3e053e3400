"""`telcard faxes`: the outbox, shown, exported, and a fax taken out of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telcard.bank import FaxOrder, FaxRules, outbox
from telcard.bank.fax_plan import Outcome
from telcard.bank.ledger import open_account
from telcard.bank.outbox import Tried
from telcard.clock import SystemClock
from telcard.storage import Database
from tests.cli.conftest import Telcard, configuration, sentence

NOW = SystemClock().utc()
RULES = FaxRules(hours=None)
MINUTE = timedelta(minutes=1)
SENT = Tried(Outcome.SENT, "all pages went over", 1, "V.17 at 14400 bit/s", "out 2")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """One fax that went over at the second attempt, one that was busy and waits."""
    with Database(tmp_path / "bank.sqlite") as books:

        def put(key: str, number: str) -> int:
            order = FaxOrder(key, "10020030", number, "statement", "call 1")
            return books.transact(lambda c: outbox.put(c, order, RULES, NOW)).id

        def tried(fax: int, what: Tried) -> None:
            begun = books.transact(lambda c: outbox.begin(c, fax, NOW))
            assert begun is not None
            books.transact(lambda c: outbox.finish(c, begun.id, what, RULES, NOW + MINUTE))

        day = datetime(2026, 1, 5, tzinfo=UTC).date()
        books.transact(lambda c: open_account(c, "10020030", "Ada", "USD", day))
        busy = Tried(Outcome.BUSY, "user busy (cause 17)", call_id="out 1")
        first, second = put("a", "0215432101"), put("b", "0215432102")
        for fax, what in ((first, busy), (first, SENT), (second, busy)):
            tried(fax, what)
    return configuration(tmp_path, '[fax]\nhours = ""')


def test_a_table_tells_every_attempt_and_why_it_failed(telcard: Telcard, house: Path) -> None:
    status, said, _ = telcard("faxes", house)
    assert status == 0
    lines = said.splitlines()
    assert len(lines) == 6
    for word in ("0215432101", "...0030", "sent"):
        assert word in lines[1]
    for word in ("attempt 1", "busy", "user busy (cause 17)"):
        assert word in lines[2]
    assert "1 page, V.17 at 14400 bit/s, all pages went over" in lines[3]
    assert f"until {NOW + 2 * MINUTE:%Y-%m-%d %H:%M:%S}" in lines[4]
    assert "10020030" not in said


def test_json_lines_hold_every_attempt(telcard: Telcard, house: Path) -> None:
    _, said, _ = telcard("faxes", house, "--json", "--still")
    (fax,) = map(json.loads, said.splitlines())
    assert (fax["id"], fax["state"], fax["account_tail"]) == (2, "waiting", "0030")
    assert datetime.fromisoformat(fax["due_at"]) == NOW + 2 * MINUTE
    (attempt,) = fax["attempts"]
    assert (attempt["outcome"], attempt["call_id"]) == ("busy", "out 1")


def test_a_fax_is_withdrawn(telcard: Telcard, house: Path) -> None:
    _, said, _ = telcard("faxes", house, "--withdraw", 2, "--why", "its owner has complained")
    assert "withdrawn" in said
    assert "its owner has complained" in said
    status, _, complained = telcard("faxes", house, "--withdraw", 2)
    assert (status, sentence(complained)) == (1, "telcard: fax 2: is over already (withdrawn)")
    assert telcard("faxes", house, "--still")[1] == "no faxes\n"


def test_a_house_without_books_is_one_sentence(telcard: Telcard, tmp_path: Path) -> None:
    status, _, complained = telcard("faxes", configuration(tmp_path))
    assert status == 1
    assert "there are no books; 'telcard setup' makes them" in sentence(complained)
