"""Call records: one for each call, for good, also when the database is away for a while."""

import asyncio
import sqlite3
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telcard.bank.records import CallRecord, CallRecords, _as_text
from telcard.calls import CallSummary, Disposition, EndedBy
from telcard.errors import StorageError
from telcard.metrics import Metrics
from telcard.storage import Database, bundled_migrations

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def ending(**changes):
    facts = {
        "call_id": "call 1",
        "caller": "030",
        "called": "8000",
        "channel": "E1 timeslot 1",
        "offered": NINE,
        "answered": NINE + timedelta(seconds=2),
        "ended": NINE + timedelta(seconds=12, milliseconds=1),
        "disposition": Disposition.ANSWERED,
        "ended_by": EndedBy.CALLER,
        "cause": 16,
        "step": "menu",
        "reason": "caller hung up",
        "account": "0030",
        "recording": Path("/var/spool/rec-1.wav"),
        "signalling": "pri",
        "circuit": "dtiB1T1",
        "location": "public network serving the local user",
    }
    return CallSummary(**(facts | changes))


RECORD = CallRecord.of(ending())


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "bank.db", busy_s=0.0) as database:
        yield database


@pytest.fixture
def records(database):
    return CallRecords(database, Metrics())


class Locked:
    """Another program holds the file."""

    def __init__(self, database):
        self._other = sqlite3.connect(database.path, isolation_level=None)

    def __enter__(self):
        self._other.execute("BEGIN IMMEDIATE")

    def __exit__(self, *error):
        self._other.close()


def test_a_record_is_read_back_as_it_was_written(records, run):
    async def main():
        await records.write(RECORD)
        return await records.newest()

    assert run(main()) == [RECORD]


def test_started_seconds_are_billed_from_the_answer_and_milliseconds_count_from_the_offer():
    assert (RECORD.duration_ms, RECORD.billed_s) == (12_001, 11)
    exact = CallRecord.of(ending(ended=NINE + timedelta(seconds=12)))
    assert exact.billed_s == 10
    unanswered = CallRecord.of(ending(answered=None))
    assert (unanswered.duration_ms, unanswered.billed_s) == (12_001, 0)


def test_a_clock_that_was_set_back_makes_no_negative_call():
    back = CallRecord.of(ending(ended=NINE - timedelta(hours=1)))
    assert (back.duration_ms, back.billed_s) == (0, 0)


def test_only_the_name_of_the_recording_is_kept():
    assert RECORD.recording == "rec-1.wav"
    assert CallRecord.of(ending(recording=None)).recording == ""


def test_what_carried_a_call_is_kept():
    assert (RECORD.signalling, RECORD.circuit) == ("pri", "dtiB1T1")
    assert RECORD.location == "public network serving the local user"


def test_a_book_from_before_the_signalling_was_kept_keeps_its_calls(tmp_path, run):
    path = tmp_path / "old.db"
    names = [field.name for field in fields(CallRecord)]
    old = names[: names.index("signalling")]
    values = [_as_text(getattr(RECORD, name)) for name in old]
    places = ", ".join("?" * len(old))
    insert = f"INSERT INTO call_records ({', '.join(old)}) VALUES ({places})"  # noqa: S608
    with Database(path, migrations=bundled_migrations()[:5]) as database:
        database.transact(lambda c: c.execute(insert, values) and None)

    async def main():
        with Database(path) as database:
            await CallRecords(database).write(replace(RECORD, call_id="call 2"))
            return await CallRecords(database).newest()

    assert run(main()) == [
        replace(RECORD, call_id="call 2"),
        replace(RECORD, signalling="", circuit="", location=""),
    ]


def test_a_record_written_twice_is_there_once(records, run):
    async def main():
        await records.write(RECORD)
        await records.write(RECORD)
        return await records.newest()

    assert run(main()) == [RECORD]


def test_the_same_call_id_on_another_day_is_another_call(records, run):
    later = replace(RECORD, offered_at=NINE + timedelta(days=1))

    async def main():
        await records.write(RECORD)
        await records.write(later)
        return await records.newest(1), await records.newest()

    assert run(main()) == ([later], [later, RECORD])


def test_records_are_append_only(records, database, run):
    run(records.write(RECORD))
    for sql in ("DELETE FROM call_records", "UPDATE call_records SET caller = ''"):
        with pytest.raises(StorageError, match="call records are append-only"):
            database.transact(lambda c, sql=sql: c.execute(sql) and None)


def test_a_record_waits_for_a_database_that_is_away_and_follows_later(records, database, run):
    second = replace(RECORD, call_id="call 2")

    async def main():
        with Locked(database), pytest.raises(StorageError, match="is locked by another program"):
            await records.write(RECORD)
        assert records.waiting == 1
        assert records._metrics.value("call_records_waiting") == 1
        await records.write(second)
        assert records.waiting == 0
        assert records._metrics.value("call_records_waiting") == 0
        return await records.newest()

    assert run(main()) == [second, RECORD]  # the newest first


def test_the_end_of_a_call_is_told_without_an_error_though_its_record_waits(
    records, database, run, caplog
):
    async def main():
        with Locked(database):
            await records.add(ending())
        assert records.waiting == 1
        assert records._metrics.value("call_records_delayed") == 1
        await records.add(ending(call_id="call 2"))
        return await records.newest()

    assert run(main()) == [replace(RECORD, call_id="call 2"), RECORD]
    assert "call call 1: its record could not be written: " in caplog.text


def test_a_record_is_kept_when_its_writer_is_cancelled(records, run):
    async def main():
        task = asyncio.create_task(records.write(RECORD))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await records.flush()
        return await records.newest()

    assert run(main()) == [RECORD]


def test_flushing_writes_what_waits(records, database, run):
    async def main():
        with Locked(database), pytest.raises(StorageError):
            await records.write(RECORD)
        await records.flush()
        return await records.newest()

    assert run(main()) == [RECORD]


def test_what_waits_is_bounded_and_what_is_lost_is_counted(database, run):
    metrics = Metrics()
    records = CallRecords(database, metrics, keep=2)

    async def main():
        with Locked(database):
            for number in range(3):
                with pytest.raises(StorageError):
                    await records.write(replace(RECORD, call_id=f"call {number}"))
        await records.flush()
        return [record.call_id for record in await records.newest()]

    assert run(main()) == ["call 2", "call 1"]
    assert metrics.value("call_records_lost") == 1


def test_a_record_that_the_schema_refuses_does_not_block_the_others(records, run):
    async def main():
        with pytest.raises(StorageError, match="CHECK constraint failed"):
            await records.write(replace(RECORD, account_tail="10020030"))
        assert records.waiting == 0
        await records.write(RECORD)
        return await records.newest()

    assert run(main()) == [RECORD]
