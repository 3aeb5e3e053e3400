"""Numbered migrations: SQL scripts that bring a database file to the newest schema.

A file's schema version stands in its `PRAGMA user_version`, which SQLite changes inside the
transaction of the script, so a file is always at a whole version.  The `application_id` keeps us
from writing into a database of somebody else's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

from telcard.errors import StorageError

APPLICATION_ID = 0x74656C63
"""`PRAGMA application_id` of every telcard database: "telc" in ASCII."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: `number` counts from 1, `script` is SQL without BEGIN and COMMIT."""

    number: int
    name: str
    script: str

    def statements(self) -> Iterator[str]:
        """The script's statements one by one; a trigger's body is part of its statement."""
        statement = ""
        for line in self.script.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""


def bundled_migrations() -> tuple[Migration, ...]:
    """telcard's own migrations, `schema/<number>_<name>.sql`, in order."""
    found = []
    for file in resources.files("telcard.storage").joinpath("schema").iterdir():
        stem, _, suffix = file.name.rpartition(".")
        if suffix == "sql":
            number, _, name = stem.partition("_")
            found.append(Migration(int(number), name, file.read_text(encoding="utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> int:
    """Bring the file behind `connection` to the last of `migrations`; returns its new version.

    Each migration is one transaction.  Raises `StorageError`, and leaves the file as it is, when
    it was written by a newer telcard or is not telcard's at all.
    """
    wanted = [migration.number for migration in migrations]
    if wanted != list(range(1, len(wanted) + 1)):
        raise StorageError(f"migrations: want numbers 1, 2, 3 ... without a gap, got {wanted}")
    while (version := _version(connection, len(wanted))) < len(wanted):
        # Two programs may open a new file at once: who comes second finds the work done, so the
        # version is read again under the write lock.
        connection.execute("BEGIN IMMEDIATE")
        if _check(connection, len(wanted)) == version:
            for statement in migrations[version].statements():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")
    return version


def _version(connection: sqlite3.Connection, newest: int) -> int:
    """`_check`, looking at one moment of a file that another program may be migrating."""
    connection.execute("BEGIN")
    version = _check(connection, newest)
    connection.execute("COMMIT")
    return version


def _check(connection: sqlite3.Connection, newest: int) -> int:
    """The file's schema version, if we may use the file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise StorageError("is a database, but not one of telcard's")
    if version > newest:
        raise StorageError(
            f"has schema version {version}, this telcard knows versions up to {newest}: "
            "a newer telcard has written it"
        )
    return int(version)
