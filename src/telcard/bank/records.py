"""Call detail records: one row for every call, however it ended (requirement R2).

Records are append-only and a call is known by its id and the instant it was offered, so writing
one twice leaves one.  A record that cannot be written because the database is away waits in memory
(`CallRecords.waiting`) and follows when the database is back.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime, timedelta
from functools import partial

from telcard.bank.transactions import transact
from telcard.calls import CallSummary, Disposition
from telcard.errors import StorageError
from telcard.metrics import Metrics
from telcard.storage import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call.  Times are UTC; `account_tail` is the last four digits of an existing account.

    `duration_ms` counts from the offer to the end, `billed_s` in started seconds from the answer.
    `step` is where in the flow the caller was, `reason` why the flow ended there, `done` which
    services he has used and which receipts he has.  A call that the bank made itself is
    `outgoing`; `on_behalf_of` is the id of the call for which it was made.  `signalling` ("cas",
    "r2", "pri", "fxo" or "fxs"), `circuit` and `location` say what carried it, and where in the
    network its end arose: all else is the same over every signalling.
    """

    call_id: str
    caller: str
    called: str
    channel: str
    offered_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    duration_ms: int
    billed_s: int
    disposition: str
    cause: int
    ended_by: str
    step: str
    reason: str
    account_tail: str
    recording: str
    done: str = ""
    outgoing: bool = False
    on_behalf_of: str = ""
    signalling: str = ""
    circuit: str = ""
    location: str = ""

    @classmethod
    def of(cls, ending: CallSummary) -> CallRecord:
        """The record of a call that is over."""
        # The wall clock may have been set back meanwhile; nobody is billed a negative time.
        zero = timedelta()
        duration = max(ending.ended - ending.offered, zero)
        talked = zero if ending.answered is None else max(ending.ended - ending.answered, zero)
        return cls(
            call_id=ending.call_id,
            caller=ending.caller,
            called=ending.called,
            channel=ending.channel,
            offered_at=ending.offered,
            answered_at=ending.answered,
            ended_at=ending.ended,
            duration_ms=duration // timedelta(milliseconds=1),
            billed_s=-(-talked // timedelta(seconds=1)),
            disposition=ending.disposition.value,
            cause=ending.cause,
            ended_by=ending.ended_by.value,
            step=ending.step,
            reason=ending.reason,
            account_tail=ending.account,
            recording="" if ending.recording is None else ending.recording.name,
            done=", ".join(ending.done),
            outgoing=ending.outgoing,
            on_behalf_of=ending.on_behalf_of,
            signalling=ending.signalling,
            circuit=ending.circuit,
            location=ending.location,
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: those offered on a day (UTC), of a caller, that ended so; None: any.

    At most the `count` newest of them; None: all.
    """

    day: date | None = None
    caller: str | None = None
    disposition: Disposition | None = None
    count: int | None = None


_COLUMNS = ", ".join(field.name for field in fields(CallRecord))
_INSERT = (
    f"INSERT INTO call_records ({_COLUMNS})"  # noqa: S608 - our own column names
    f" VALUES ({', '.join('?' * len(fields(CallRecord)))})"
    " ON CONFLICT (call_id, offered_at) DO NOTHING"
)
_SELECT = (
    f"SELECT {_COLUMNS} FROM call_records"  # noqa: S608 - our own column names
    " WHERE offered_at >= :begin AND offered_at < :end"
    " AND (:caller IS NULL OR caller = :caller)"
    " AND (:disposition IS NULL OR disposition = :disposition)"
    " ORDER BY id DESC LIMIT :count"
)


class CallRecords:
    """The book of calls.

    `keep` bounds how many records wait in memory for a database that is away; beyond it the
    oldest is lost and counted (`call_records_lost`).
    """

    def __init__(
        self, database: Database, metrics: Metrics | None = None, *, keep: int = 10_000
    ) -> None:
        self._database = database
        self._metrics = metrics or Metrics()
        self._keep = keep
        self._waiting: deque[CallRecord] = deque()

    @property
    def waiting(self) -> int:
        """Records that are not in the database yet."""
        return len(self._waiting)

    async def add(self, ending: CallSummary) -> None:
        """Write down a call that is over: what a card wants for its `ended`.

        Nobody is on the line any more, so a fault is logged and counted (`call_records_delayed`).
        """
        try:
            await self.write(CallRecord.of(ending))
        except StorageError as error:
            log.error("call %s: its record could not be written: %s", ending.call_id, error)
            self._metrics.count("call_records_delayed")

    async def write(self, record: CallRecord) -> None:
        """Write a record down for good, after those that wait.

        Of two records of one call the first stays.  Raises `StorageError` when the database is
        away; the record then waits.
        """
        try:
            await self.flush()
            await self._put(record)
        except (StorageError, asyncio.CancelledError) as error:
            # After a cancellation it may have been written; writing it again is harmless.
            if not _refused(error):
                self._hold(record)
            raise

    async def flush(self) -> None:
        """Write what waits; raises `StorageError` when the database is still away."""
        while self._waiting:
            record = self._waiting[0]
            try:
                await self._put(record)
            except StorageError as error:
                if not _refused(error):
                    raise
                self._metrics.count("call_records_lost")
            if self._waiting and self._waiting[0] is record:  # else another flush was quicker
                self._waiting.popleft()
                self._metrics.gauge("call_records_waiting", len(self._waiting))

    async def _put(self, record: CallRecord) -> None:
        await transact(self._database, partial(_insert, record=record))

    def _hold(self, record: CallRecord) -> None:
        if len(self._waiting) == self._keep:
            self._waiting.popleft()
            self._metrics.count("call_records_lost")
        self._waiting.append(record)
        self._metrics.gauge("call_records_waiting", len(self._waiting))

    async def newest(self, count: int = 100) -> list[CallRecord]:
        """The last `count` records, the newest first."""
        return await transact(self._database, lambda c: select(c, Wanted(count=count)))

    async def select(self, wanted: Wanted) -> list[CallRecord]:
        """The records that are `wanted`, the newest first."""
        return await transact(self._database, lambda c: select(c, wanted))


def _refused(error: BaseException) -> bool:
    """Whether the schema refuses the record, which it would for ever: it must not block others."""
    return isinstance(error.__cause__, sqlite3.IntegrityError)


def _insert(connection: sqlite3.Connection, record: CallRecord) -> None:
    connection.execute(_INSERT, [_as_text(value) for value in astuple(record)])


def _as_text(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def select(connection: sqlite3.Connection, wanted: Wanted) -> list[CallRecord]:
    """The records that are `wanted`, the newest first."""
    day = wanted.day
    bounds = {
        "begin": "" if day is None else day.isoformat(),
        "end": "~" if day is None else (day + timedelta(days=1)).isoformat(),
    }
    values = bounds | {
        "caller": wanted.caller,
        "disposition": wanted.disposition and wanted.disposition.value,
        "count": -1 if wanted.count is None else wanted.count,
    }
    return [_read(row) for row in connection.execute(_SELECT, values)]


def _read(row: tuple[object, ...]) -> CallRecord:
    values = {field.name: value for field, value in zip(fields(CallRecord), row, strict=True)}
    for name in ("offered_at", "answered_at", "ended_at"):
        if values[name] is not None:
            values[name] = datetime.fromisoformat(str(values[name]))
    values["outgoing"] = bool(values["outgoing"])
    return CallRecord(**values)  # type: ignore[arg-type]
