"""One SQLite file with one writer: transactions that share their fsync and fail alone.

A commit costs one fsync, which on common disks limits a program that commits row by row to a few
hundred transactions a second.  Here all transactions that were submitted while one commit was
under way go into the next one together (group commit): each runs under a savepoint of its own, so
one that fails is undone alone, and nobody hears of success before the shared fsync.

WAL with synchronous=FULL: what was confirmed survives a power failure (SQLite "PRAGMA
synchronous").  Everything, reading too, happens on the writer's thread in the order of `submit`;
so a run under virtual time is the same whichever transactions happen to share a commit.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from telcard.errors import StorageError
from telcard.storage.migrations import Migration, bundled_migrations, migrate

T = TypeVar("T")
P = ParamSpec("P")

Connect = Callable[..., sqlite3.Connection]
"""Something called like `sqlite3.connect`; tests pass one whose statements fail on demand."""


class Database:
    """A database file, open for reading and writing.

    `migrations` bring it to the newest schema first (telcard's own by default).  `busy_s` is how
    long to wait for another program's lock, `max_group` how many transactions may share one
    commit, `max_waiting` how many may wait for it; one more is refused with `StorageError`.

    Raises `StorageError`, one sentence with the file's name, when the file cannot be opened, is
    not a database of telcard's, is locked, or was written by a newer telcard.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        migrations: Sequence[Migration] | None = None,
        busy_s: float = 5.0,
        max_group: int = 256,
        max_waiting: int = 10_000,
        connect: Connect = sqlite3.connect,
    ) -> None:
        self.path = Path(path)
        self.transactions = 0
        """Transactions that were committed."""
        self.commits = 0
        """Commits that they shared."""
        self._busy_s = busy_s
        self._max_group = max_group
        self._max_waiting = max_waiting
        self._connect = connect
        self._waiting: deque[_Job] = deque()
        self._lock = Lock()
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"telcard-{self.path.name}")
        wanted = bundled_migrations() if migrations is None else migrations
        try:
            self._connection, self.schema_version = self._thread.submit(self._open, wanted).result()
        except BaseException:
            self._thread.shutdown()
            raise
        self.executor: Executor = _TransactionExecutor(self)
        """Runs each call as a transaction, for `loop.run_in_executor(executor, f, connection)`."""

    @property
    def connection(self) -> sqlite3.Connection:
        """The one connection; only what `executor` runs may touch it (sqlite3 checks that)."""
        return self._connection

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run `work(connection)` as one transaction; the future resolves once it is on the disk.

        Whatever `work` raises undoes all it did and is the future's exception; an error of
        SQLite's becomes a `StorageError`.  `work` must touch nothing but the connection and must
        not commit: when a shared commit breaks, it is undone and runs again.  After a
        `StorageError` the outcome of the last commit may be unknown (as with any database): give
        requests a key by which a repeat is recognised.
        """
        return self.executor.submit(work, self._connection)

    def transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`submit` and wait, for programs without an event loop."""
        return self.submit(work).result()

    def close(self) -> None:
        """Finish what was submitted, then close the file; harmless the second time."""
        with self._lock:
            closed, self._closed = self._closed, True
        if not closed:
            self._thread.submit(self._connection.close).result()
            self._thread.shutdown()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{self.transactions} transactions"
        return f"<Database {self.path} {state}>"

    # What follows, but for _enqueue, runs on the writer's thread.

    def _enqueue(self, job: _Job) -> None:
        with self._lock:
            if self._closed:
                raise StorageError(f"{self.path}: is closed")
            if len(self._waiting) >= self._max_waiting:
                raise StorageError(
                    f"{self.path}: {len(self._waiting)} transactions wait already; "
                    "the disk does not keep up"
                )
            self._waiting.append(job)
            # One turn for each job: a turn takes whatever waits, so most find nothing left.
            self._thread.submit(self._take_turn)

    def _open(self, migrations: Sequence[Migration]) -> tuple[sqlite3.Connection, int]:
        connection = None
        try:
            _create(self.path)
            connection = self._connect(self.path, timeout=self._busy_s, isolation_level=None)
            mode = _use_wal(connection)
            if mode != "wal":
                raise StorageError(f"want journal mode wal, this file system allows {mode}")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # Without it INSERT OR REPLACE would delete rows past the triggers that forbid it.
            connection.execute("PRAGMA recursive_triggers = ON")
            return connection, migrate(connection, migrations)
        except (OSError, sqlite3.Error, StorageError) as error:
            if connection is not None:
                connection.close()
            raise self._explained(error) from error

    def _take_turn(self) -> None:
        with self._lock:
            count = min(len(self._waiting), self._max_group)
            jobs = [self._waiting.popleft() for _ in range(count)]
        jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        if jobs:
            self._commit(jobs)

    def _commit(self, jobs: list[_Job]) -> None:
        """Run `jobs` as one transaction of SQLite's, each under its savepoint."""
        connection = self._connection
        committing = False
        try:
            if connection.in_transaction:  # an earlier ROLLBACK failed
                connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._run(job) for job in jobs]
            committing = True
            connection.execute("COMMIT")
        except _Broken as broken:
            self._start_over(jobs, broken.reason)
        except sqlite3.Error as error:
            if committing and not connection.in_transaction:
                # SQLite has already left the transaction, so whether it lasted is not known
                # for certain.  Running it again might do it twice.
                for job in jobs:
                    job.future.set_exception(self._explained(error))
            else:
                self._start_over(jobs, error)
        except BaseException as error:
            # Not even the group's own bookkeeping may leave a caller waiting for ever.
            for job in jobs:
                job.future.set_exception(error)
        else:
            self.commits += 1
            self.transactions += sum(outcome.error is None for outcome in outcomes)
            for job, outcome in zip(jobs, outcomes, strict=True):
                if outcome.error is None:
                    job.future.set_result(outcome.result)
                else:
                    job.future.set_exception(self._explained(outcome.error))

    def _start_over(self, jobs: list[_Job], reason: BaseException) -> None:
        """Undo everything; one job alone has failed, many get a transaction each.

        A full disk or a constraint checked at COMMIT ends the whole transaction; who caused it
        is found by letting everybody try alone.
        """
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error as error:  # _commit tries again before it begins
                reason.add_note(f"and ROLLBACK failed: {error}")
        if len(jobs) == 1:
            jobs[0].future.set_exception(self._explained(reason))
        else:
            for job in jobs:
                self._commit([job])

    def _run(self, job: _Job) -> _Outcome:
        connection = self._connection
        connection.execute("SAVEPOINT job")
        try:
            outcome = _Outcome(result=job.call())
        except BaseException as error:
            outcome = _Outcome(error=error)
        if not connection.in_transaction:
            # SQLite gave the whole transaction up (disk full, I/O error, out of memory), or the
            # job committed, which it must not.
            raise _Broken(outcome.error or StorageError("work must not end its transaction"))
        if outcome.error is not None:
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return outcome

    def _explained(self, error: BaseException) -> BaseException:
        """An error about the file as one sentence that names it; any other as it is."""
        if isinstance(error, sqlite3.Error | OSError) or type(error) is StorageError:
            explained = StorageError(f"{self.path}: {_reason(error)}")
            explained.__cause__ = error
            return explained
        return error


def _create(path: Path) -> None:
    """Make an empty file where there is none, readable to nobody else: it holds customers' data.

    SQLite gives -wal and -shm the same mode.  The file appears under its name when it is closed
    already: closing a file drops every lock that this process has on it (POSIX), also those of
    another connection of SQLite's that was quicker.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if path.exists():
        return
    made, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    os.close(made)
    try:
        os.link(name, path)
    except FileExistsError:
        pass  # somebody else was quicker
    finally:
        Path(name).unlink()


def _use_wal(connection: sqlite3.Connection, tries: int = 10) -> str:
    """Switch the file to WAL; returns the journal mode that it has then.

    When another program does the same at this moment SQLite does not wait for it, so this does.
    """
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return str(mode)
        except sqlite3.OperationalError as error:
            tries -= 1
            if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY or not tries:
                raise
        connection.execute("BEGIN IMMEDIATE")  # this waits for the other's lock
        connection.execute("COMMIT")


@dataclass(slots=True)
class _Job:
    """A call that waits for its turn, and the future that waits for the call."""

    future: Future[Any]
    call: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a job came to before the commit."""

    result: Any = None
    error: BaseException | None = None


class _Broken(Exception):
    """The shared transaction is gone."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _TransactionExecutor(Executor):
    """The database as asyncio wants it: an executor, each of whose calls is a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        self._database._enqueue(_Job(future, lambda: fn(*args, **kwargs)))
        return future


# By the first word after SQLITE_ of the error's name (https://sqlite.org/rescode.html).
_REASONS = {
    "NOTADB": "is not a SQLite database",
    "CANTOPEN": "cannot be opened; the folder must exist and be writable",
    "BUSY": "is locked by another program",
    "LOCKED": "is locked by another program",
    "FULL": "the disk is full",
    "READONLY": "is read-only",
    "PERM": "access denied",
    "CORRUPT": "is damaged",
    "IOERR": "cannot be read or written",
}


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"cannot be opened: {error.strerror}"
    name = getattr(error, "sqlite_errorname", "")
    words = name.split("_")
    reason = _REASONS.get(words[1] if len(words) > 1 else "")
    return f"{reason} ({name})" if reason else str(error)
