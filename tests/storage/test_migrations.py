"""Migrations: a file is always at a whole version, and never at one that we do not know."""

import sqlite3
import threading

import pytest

from telcard.errors import StorageError
from telcard.storage import Database, Migration, bundled_migrations

NOTES = (Migration(1, "notes", "CREATE TABLE notes (text TEXT NOT NULL);\n"),)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "notes.db"


def test_an_older_file_is_brought_to_the_newest_schema_and_keeps_its_rows(path):
    with Database(path, migrations=NOTES) as database:
        database.transact(lambda c: c.execute("INSERT INTO notes VALUES ('old')") and None)
    newer = (*NOTES, Migration(2, "stars", "ALTER TABLE notes ADD COLUMN stars INTEGER;\n"))
    with Database(path, migrations=newer) as database:
        assert database.schema_version == 2
        rows = database.transact(lambda c: c.execute("SELECT text, stars FROM notes").fetchall())
    assert rows == [("old", None)]


def test_a_migration_that_fails_leaves_the_file_at_the_version_before(path):
    broken = (*NOTES, Migration(2, "broken", "CREATE TABLE half (x);\nCREATE TABLE half (x);\n"))
    with pytest.raises(StorageError, match=r"notes\.db: table half already exists"):
        Database(path, migrations=broken)
    with Database(path, migrations=NOTES) as database:
        assert database.schema_version == 1
        tables = database.transact(lambda c: c.execute("SELECT name FROM sqlite_master").fetchall())
    assert ("half",) not in tables


def test_migrations_want_numbers_without_a_gap(path):
    gap = (Migration(1, "a", ""), Migration(3, "c", ""))
    with pytest.raises(StorageError, match=r"want numbers 1, 2, 3 .* got \[1, 3\]"):
        Database(path, migrations=gap)


def test_two_programs_may_open_a_new_file_at_once(path):
    start = threading.Barrier(4)
    versions = []

    def open_it():
        start.wait()
        with Database(path) as database:
            versions.append(database.schema_version)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(versions) == 4
    assert len(set(versions)) == 1


def test_the_bundled_migrations_are_numbered_and_end_every_statement():
    migrations = bundled_migrations()
    assert [migration.number for migration in migrations] == list(range(1, len(migrations) + 1))
    for migration in migrations:
        text = "".join(migration.statements())
        assert text.strip() == migration.script.strip(), migration.name


def test_a_database_of_another_program_is_left_alone(path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(StorageError, match=r"notes\.db: is a database, but not one of telcard's"):
        Database(path, migrations=NOTES)


def test_a_file_from_a_newer_telcard_is_refused(path):
    newer = (*NOTES, Migration(2, "more", "CREATE TABLE more (x);\n"))
    Database(path, migrations=newer).close()
    with pytest.raises(
        StorageError, match=r"notes\.db: has schema version 2, .* versions up to 1: a newer telcard"
    ):
        Database(path, migrations=NOTES)
