"""The database: what was confirmed lasts, what failed never was, and each fails alone."""

import asyncio
import shutil
import sqlite3
import stat
import threading
from functools import partial

import pytest

from telcard import clock
from telcard.errors import StorageError
from telcard.storage import Database, Migration
from tests.support import faults
from tests.support.faults import FaultyConnection

NOTES = (
    Migration(
        1,
        "notes",
        "CREATE TABLE notes (text TEXT NOT NULL UNIQUE CHECK (text <> 'bad'));\n"
        "CREATE TABLE promises (id INTEGER PRIMARY KEY, kept INTEGER NOT NULL\n"
        "  REFERENCES promises_kept (id) DEFERRABLE INITIALLY DEFERRED);\n"
        "CREATE TABLE promises_kept (id INTEGER PRIMARY KEY);\n",
    ),
)


def add(text, connection):
    connection.execute("INSERT INTO notes VALUES (?)", (text,))
    return text


def pair(name, connection):
    add(f"{name} 1", connection)
    add(f"{name} 2", connection)
    return name


def notes(connection):
    return [text for (text,) in connection.execute("SELECT text FROM notes ORDER BY rowid")]


class Held:
    """Holds the writer's thread, so that what is submitted meanwhile shares a commit."""

    def __init__(self, database):
        self._begun = threading.Event()
        self._go = threading.Event()
        self._holder = database.submit(self._hold)
        assert self._begun.wait(30)

    def _hold(self, connection):
        self._begun.set()
        assert self._go.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._go.set()
        self._holder.exception()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "notes.db"


@pytest.fixture
def database(path):
    with Database(path, migrations=NOTES) as database:
        yield database


def test_what_was_confirmed_is_there_when_the_file_is_opened_again(path):
    with Database(path, migrations=NOTES) as database:
        assert database.submit(partial(add, "a")).result() == "a"
    with Database(path, migrations=NOTES) as database:
        assert database.transact(notes) == ["a"]


def test_the_file_may_be_read_by_its_owner_alone(database, path):
    database.transact(partial(add, "a"))
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_the_disk_is_asked_for_all_it_can_promise(database):
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
    got = database.transact(lambda c: [c.execute(f"PRAGMA {p}").fetchone()[0] for p in pragmas])
    assert got == ["wal", 2, 1, 1]


def test_transactions_submitted_during_a_commit_share_the_next_one(database):
    commits = database.commits
    with Held(database):
        futures = [database.submit(partial(add, str(n))) for n in range(100)]
    assert [future.result() for future in futures] == [str(n) for n in range(100)]
    assert database.commits - commits == 2
    assert database.transact(notes) == [str(n) for n in range(100)]


def test_a_group_takes_no_more_than_it_may(path):
    with Database(path, migrations=NOTES, max_group=10) as database:
        with Held(database):
            futures = [database.submit(partial(add, str(n))) for n in range(95)]
        assert len([future.result() for future in futures]) == 95
        assert database.commits == 1 + 10
        assert database.transactions == 1 + 95


def test_one_that_fails_in_a_group_fails_alone(database):
    with Held(database):
        first = database.submit(partial(add, "first"))
        bad = database.submit(lambda c: (add("half", c), add("bad", c)))
        own = database.submit(lambda c: (add("other half", c), 1 / 0))
        last = database.submit(partial(add, "last"))
    assert (first.result(), last.result()) == ("first", "last")
    with pytest.raises(StorageError, match=r"notes\.db: CHECK constraint failed"):
        bad.result()
    with pytest.raises(ZeroDivisionError):
        own.result()
    assert database.transact(notes) == ["first", "last"]


def test_one_whose_deferred_check_fails_at_commit_fails_alone(database):
    with Held(database):
        first = database.submit(partial(add, "first"))
        broken = database.submit(lambda c: c.execute("INSERT INTO promises VALUES (1, 7)") and None)
        last = database.submit(partial(add, "last"))
    assert (first.result(), last.result()) == ("first", "last")
    with pytest.raises(StorageError, match="FOREIGN KEY constraint failed"):
        broken.result()
    assert database.transact(notes) == ["first", "last"]


def test_work_that_ends_its_transaction_is_refused_and_harms_nobody(database):
    with Held(database):
        first = database.submit(partial(add, "first"))
        rude = database.submit(lambda c: c.execute("ROLLBACK") and None)
        last = database.submit(partial(add, "last"))
    with pytest.raises(StorageError, match="must not end its transaction"):
        rude.result()
    assert (first.result(), last.result()) == ("first", "last")
    assert database.transact(notes) == ["first", "last"]


def test_one_cancelled_before_its_turn_never_runs(database):
    with Held(database):
        cancelled = database.submit(partial(add, "no"))
        assert cancelled.cancel()
        kept = database.submit(partial(add, "yes"))
    assert kept.result() == "yes"
    assert database.transact(notes) == ["yes"]


def test_a_queue_that_is_full_refuses(path):
    with Database(path, migrations=NOTES, max_waiting=3) as database:
        with Held(database):
            futures = [database.submit(partial(add, str(n))) for n in range(3)]
            with pytest.raises(StorageError, match=r"notes\.db: 3 transactions wait already"):
                database.submit(partial(add, "one too many"))
        assert [future.result() for future in futures] == ["0", "1", "2"]


def test_closing_finishes_what_was_submitted_and_refuses_the_rest(path):
    database = Database(path, migrations=NOTES)
    futures = [database.submit(partial(add, str(n))) for n in range(20)]
    database.close()
    database.close()
    assert [future.result() for future in futures] == [str(n) for n in range(20)]
    with pytest.raises(StorageError, match=r"notes\.db: is closed"):
        database.submit(notes)


def test_a_coroutine_awaits_a_transaction_under_virtual_time(path):
    async def one(database, text):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            database.executor, partial(add, text), database.connection
        )

    async def main():
        with Database(path, migrations=NOTES) as database:
            ended = []

            async def and_note(text):
                ended.append(await one(database, text))

            async with asyncio.TaskGroup() as group:
                for n in range(30):
                    group.create_task(and_note(str(n)))
            return ended, await asyncio.get_running_loop().run_in_executor(
                database.executor, notes, database.connection
            )

    ended, stored = clock.run(main(), clock.VirtualClock())
    assert ended == stored == [str(n) for n in range(30)]


# Files that cannot be used


def test_a_file_in_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(StorageError, match=r"no/bank\.db: cannot be opened: No such file"):
        Database(tmp_path / "no" / "bank.db")


def test_a_folder_instead_of_a_file_is_one_sentence(tmp_path):
    with pytest.raises(StorageError, match="cannot be opened: Is a directory"):
        Database(tmp_path)


def test_a_file_that_is_no_database_is_one_sentence_and_stays_as_it_is(path):
    path.write_text("Dear diary, " * 200)
    with pytest.raises(StorageError, match=r"notes\.db: is not a SQLite database"):
        Database(path, migrations=NOTES)
    assert path.read_text() == "Dear diary, " * 200


def test_a_locked_file_is_one_sentence_and_the_next_try_works(database, path):
    database.close()
    with Database(path, migrations=NOTES, busy_s=0.0) as waiting:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match=r"notes\.db: is locked by another program"):
            waiting.transact(partial(add, "a"))
        other.execute("ROLLBACK")
        other.close()
        assert waiting.transact(partial(add, "a")) == "a"


def test_a_full_disk_is_one_sentence_and_what_was_confirmed_stays(database):
    def limit(connection):
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    database.transact(partial(add, "before"))
    database.transact(limit)
    with Held(database):
        small = database.submit(partial(add, "small"))
        big = database.submit(lambda c: (add("half", c), add("x" * 100_000, c)))
        after = database.submit(partial(add, "after"))
    with pytest.raises(StorageError, match=r"notes\.db: the disk is full"):
        big.result()
    assert (small.result(), after.result()) == ("small", "after")
    assert database.transact(notes) == ["before", "small", "after"]


# Faults


@pytest.mark.parametrize("afterwards", [False, True], ids=["not done", "done but reported failed"])
def test_whichever_statement_of_a_group_fails_each_transaction_is_whole_or_absent(
    tmp_path, afterwards
):
    for nth in range(1, 1000):
        path = tmp_path / f"{nth}.db"
        with Database(path, migrations=NOTES, connect=faults.connect) as database:
            with Held(database):
                futures = [database.submit(partial(pair, name)) for name in "ab"]
                undone = database.submit(lambda c: pair("x", c) and 1 / 0)
                futures.append(database.submit(partial(pair, "c")))
                FaultyConnection.arm(nth, afterwards=afterwards)
            wanted = set()
            unknown = set()
            for name, future in zip("abc", futures, strict=True):
                error = future.exception()
                if error is None:
                    wanted.add(name)
                else:
                    assert isinstance(error, StorageError), (nth, error)
                    assert f"{nth}.db: injected fault" in str(error)
                    unknown.add(name)
            assert isinstance(undone.exception(), StorageError | ZeroDivisionError)
            happened = FaultyConnection.disarm()
            stored = set(database.transact(notes))
        halves = {f"{name} {half}" for name in "abc" for half in (1, 2)}
        assert stored <= halves
        for name in "abc":
            got = {f"{name} 1", f"{name} 2"} & stored
            assert len(got) in (0, 2), (nth, stored)
            assert name not in wanted or len(got) == 2, (nth, stored)
        if not happened:
            assert wanted == set("abc")
            assert nth > 15
            return
    pytest.fail("the sweep never ended")


class Photographed(sqlite3.Connection):
    """Copies the files after every statement, as a power failure would leave them."""

    path = None
    album = None

    def execute(self, sql, *parameters):
        cursor = super().execute(sql, *parameters)
        cls = type(self)
        if cls.album is not None:
            folder = cls.album / f"{len(list(cls.album.iterdir())):03}"
            folder.mkdir()
            for file in (cls.path, cls.path.with_name(cls.path.name + "-wal")):
                shutil.copy(file, folder)
        return cursor


def test_a_power_failure_at_any_statement_leaves_whole_transactions(tmp_path):
    path = tmp_path / "notes.db"
    album = tmp_path / "album"
    connect = partial(sqlite3.connect, factory=Photographed)
    with Database(path, migrations=NOTES, connect=connect) as database:
        Photographed.path, Photographed.album = path, album
        album.mkdir()
        for name in "abc":
            database.transact(partial(pair, name))
        Photographed.album = None
    seen = []
    for folder in sorted(album.iterdir()):
        with Database(folder / "notes.db", migrations=NOTES) as copy:
            seen.append(tuple(copy.transact(notes)))
    whole = [(), ("a 1", "a 2"), ("a 1", "a 2", "b 1", "b 2")]
    whole.append((*whole[2], "c 1", "c 2"))
    assert sorted(set(seen), key=len) == whole
    assert len(seen) > 10
