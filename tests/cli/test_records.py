"""`telcard records`: the book of calls, shown and exported."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telcard import clock
from telcard.bank import CallRecord, CallRecords
from telcard.storage import Database
from tests.cli.conftest import Telcard, configuration, sentence

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def record(call_id: str, **changes) -> CallRecord:
    facts = {
        "call_id": call_id,
        "caller": "02154321001",
        "called": "95588",
        "channel": "dxxxB1C1",
        "offered_at": NINE,
        "answered_at": NINE,
        "ended_at": NINE + timedelta(seconds=61),
        "duration_ms": 61_000,
        "billed_s": 61,
        "disposition": "ANSWERED",
        "cause": 16,
        "ended_by": "system",
        "step": "goodbye",
        "reason": "goodbye",
        "account_tail": "0030",
        "recording": "one.wav",
        "done": "transfer, receipt 00000018",
        "signalling": "pri",
        "circuit": "dtiB1T1",
    }
    return CallRecord(**(facts | changes))


RECORDS = (
    record("one"),
    record("two", caller="", disposition="NO ANSWER", answered_at=None, billed_s=0, reason="gone"),
    record(
        "three",
        offered_at=NINE + timedelta(days=1),
        disposition="FAILED",
        cause=41,
        location="user",
    ),
)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    async def write() -> None:
        with Database(tmp_path / "bank.sqlite") as database:
            for each in RECORDS:
                await CallRecords(database).write(each)

    clock.run(write(), clock.VirtualClock())
    return configuration(tmp_path)


def test_a_table_shows_who_called_and_what_was_done(telcard: Telcard, house: Path) -> None:
    status, said, _ = telcard("records", house)
    assert status == 0
    lines = said.splitlines()
    assert len(lines) == 1 + len(RECORDS)
    for word in ("2026-01-05 09:00:00", "02154321001", "61 s", "...0030", "receipt 00000018"):
        assert word in lines[1]
    assert "pri dtiB1T1" in lines[1]
    assert "withheld" in lines[2]
    assert "FAILED" in lines[3]
    assert "41 (user)" in lines[3]


def test_json_lines_hold_every_field(telcard: Telcard, house: Path) -> None:
    _, said, _ = telcard("records", house, "--json")
    first, *_ = [json.loads(line) for line in said.splitlines()]
    assert first["offered_at"] == "2026-01-05T09:00:00+00:00"
    assert (
        CallRecord(
            **first
            | {
                name: datetime.fromisoformat(first[name])
                for name in ("offered_at", "answered_at", "ended_at")
            }
        )
        == RECORDS[0]
    )


def test_csv_has_headings_and_a_line_a_call(telcard: Telcard, house: Path) -> None:
    _, said, _ = telcard("records", house, "--csv")
    rows = list(csv.DictReader(io.StringIO(said)))
    assert [row["call_id"] for row in rows] == ["one", "two", "three"]
    assert rows[0]["done"] == "transfer, receipt 00000018"
    assert rows[1]["answered_at"] == ""


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--day", "2026-01-05"), ["one", "two"]),
        (("--day", "2026-01-06"), ["three"]),
        (("--day", "2026-01-07"), []),
        (("--caller", "02154321001"), ["one", "three"]),
        (("--caller", ""), ["two"]),
        (("--ended", "no-answer"), ["two"]),
        (("--ended", "failed", "--caller", "02154321001"), ["three"]),
        (("--last", "2"), ["two", "three"]),
    ],
)
def test_calls_are_chosen_by_day_number_and_end(
    telcard: Telcard, house: Path, options: tuple[str, ...], found: list[str]
) -> None:
    _, said, _ = telcard("records", house, "--json", *options)
    assert [json.loads(line)["call_id"] for line in said.splitlines()] == found


def test_no_calls_are_told_as_such(telcard: Telcard, house: Path) -> None:
    assert telcard("records", house, "--day", "2025-01-01")[1] == "no calls\n"


def test_a_house_without_books_is_one_sentence(telcard: Telcard, tmp_path: Path) -> None:
    status, _, complained = telcard("records", configuration(tmp_path))
    assert status == 1
    assert "there are no books; 'telcard setup' makes them" in sentence(complained)
    assert not (tmp_path / "bank.sqlite").exists()


def test_two_forms_at_once_are_refused(telcard: Telcard, house: Path) -> None:
    status, _, complained = telcard("records", house, "--csv", "--json")
    assert status == 2
    assert "want one of --csv and --json" in complained
