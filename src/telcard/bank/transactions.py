"""A database transaction that a coroutine can await."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from telcard.storage import Database

T = TypeVar("T")


async def transact(database: Database, work: Callable[[sqlite3.Connection], T]) -> T:
    """Run `work(connection)` as one transaction and return its result once it is on the disk.

    What is handed in is carried out even when the task that waits is cancelled: a caller who
    hangs up at the right instant does not undo the count of his wrong PIN.  Under virtual time
    it takes no time, and transactions end in the order in which they were handed in.

    Raises what `work` raises, and `StorageError` when the file cannot be written.
    """
    loop = asyncio.get_running_loop()
    job = loop.run_in_executor(database.executor, work, database.connection)
    return await asyncio.shield(job)
