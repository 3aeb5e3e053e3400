"""The bank as a flow sees it: its ledger, receipts, identities, limits and book of calls on
one database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from telcard.bank.identity import LOCK_AFTER, Cost, Identity, PinKey
from telcard.bank.ledger import Ledger
from telcard.bank.limits import Gate, Limits
from telcard.bank.receipts import Receipts
from telcard.bank.records import CallRecords
from telcard.clock import Clock, SystemClock
from telcard.metrics import Metrics
from telcard.storage import Database


class Bank:
    """`async with Bank.open("bank.db", "pin.key") as bank: await hotline(call, bank)`.

    Made from a database that is open already; `open` opens one by name.  `cost` is what checking
    a PIN costs, `lock_after` how many wrong PINs in a row lock an account, `limits` what callers
    may do, `entropy` where salts and the keys of orders come from if not from the system.

    Raises `ConfigError` when the key is not the database's, `MissingExtra` without argon2-cffi.
    """

    def __init__(
        self,
        database: Database,
        key: PinKey,
        clock: Clock | None = None,
        *,
        metrics: Metrics | None = None,
        cost: Cost | None = None,
        lock_after: int = LOCK_AFTER,
        limits: Limits | None = None,
        entropy: Callable[[int], bytes] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.clock = clock or SystemClock()
        self.metrics = metrics or Metrics()
        self.database = database
        self.ledger = Ledger(database, self.clock)
        self.identity = Identity(
            database, key, self.clock, cost=cost, lock_after=lock_after, entropy=entropy
        )
        self.receipts = Receipts(database, self.clock, self.limits.largest_transfer)
        self.gate = Gate(database, self.clock, self.limits, self.metrics)
        self.records = CallRecords(database, self.metrics)

    @classmethod
    def open(
        cls,
        path: Path | str,
        key_path: Path | str,
        clock: Clock | None = None,
        *,
        metrics: Metrics | None = None,
        cost: Cost | None = None,
        lock_after: int = LOCK_AFTER,
        limits: Limits | None = None,
    ) -> Bank:
        """Open the database (made where there is none) and the PIN key (`PinKey.create` made it).

        Blocks for the disk.  Raises `ConfigError` for the key and `StorageError` for the database,
        one sentence with the file's name each.
        """
        key = PinKey.load(key_path)
        database = Database(path)
        try:
            return cls(
                database,
                key,
                clock,
                metrics=metrics,
                cost=cost,
                lock_after=lock_after,
                limits=limits,
            )
        except BaseException:
            database.close()
            raise

    async def aclose(self) -> None:
        """Write the call records that wait, then close the database.

        Raises `StorageError` when records could not be written even now.
        """
        try:
            await self.records.flush()
        finally:
            self.database.close()

    async def __aenter__(self) -> Bank:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<Bank {self.database.path}>"
