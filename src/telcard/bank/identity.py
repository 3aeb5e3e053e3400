"""Who is calling: account number and telephone PIN (requirement B, "identity"; N5).

A PIN of six digits has a million values, so a salted hash alone falls in minutes.  What is stored
is Argon2id over HMAC-SHA256 of the PIN, and the HMAC's key lies in a file outside the database:
a stolen database is worth nothing without it.  The account's number goes into the HMAC, so that a
verifier copied to another account does not open it.

The check takes three steps.  `prove` turns the keyed digits into an HMAC without making a string
of them; the slow derivation runs in a worker thread and tells nobody anything; the comparison and
the counter of wrong tries are one transaction.  So however many calls try at once, an account
grants `lock_after` wrong tries and not one more.  An account that does not exist takes the same
steps with a salt that is as good as real.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from telcard.bank.ledger import Account, account
from telcard.bank.transactions import transact
from telcard.clock import Clock
from telcard.errors import ConfigError, MissingExtra, Refused
from telcard.storage import Database

KEY_BYTES = 32
SALT_BYTES = 16
VERIFIER_BYTES = 32

LOCK_AFTER = 3
"""Wrong tries in a row, over all calls and channels, that lock an account."""

PIN_DIGITS = range(4, 13)
"""How many digits a telephone PIN may have (ISO 9564-1 8.1 wants 4 to 12)."""

Derive = Callable[[bytes, bytes, "Cost"], bytes]


class Secret(Protocol):
    """Digits that may be read only while exposed, such as `telcard.engine.SecretBuffer`."""

    def exposed(self) -> AbstractContextManager[memoryview]:
        """The ASCII digits, for the time of a `with` block."""

    def wipe(self) -> None:
        """Overwrite the digits."""

    def __len__(self) -> int: ...


class TypedSecret:
    """A secret that did not come from a telephone: typed by an operator, or made up for a test.

    Takes the digits over: the `bytearray` given is the only copy and is overwritten by `wipe`.
    """

    def __init__(self, digits: bytearray) -> None:
        self._digits = digits

    @contextmanager
    def exposed(self) -> Iterator[memoryview]:
        """The ASCII digits, for the time of a `with` block."""
        with memoryview(self._digits).toreadonly() as view:
            yield view

    def wipe(self) -> None:
        """Overwrite the digits."""
        self._digits[:] = bytes(len(self._digits))

    def __len__(self) -> int:
        return len(self._digits)

    def __repr__(self) -> str:
        return "<TypedSecret>"


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id's parameters; the default is RFC 9106's second recommendation (section 4).

    Each derivation holds `memory_kib` for some 0.1 to 0.2 s of a core.
    """

    time: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


class PinKey:
    """The HMAC key that lies outside the database; it shows nobody its octets."""

    def __init__(self, octets: bytes, name: str = "key") -> None:
        if len(octets) != KEY_BYTES:
            raise ConfigError(f"{name}: want a key of {KEY_BYTES} octets, got {len(octets)}")
        self._octets = octets
        self.name = name
        self.id = hmac.digest(octets, b"telcard pin key id", "sha256").hex()[:16]
        """Tells one key from another without giving either away."""

    @classmethod
    def create(cls, path: Path | str) -> PinKey:
        """Write a new key to `path`, mode 0600; raises `ConfigError` when something is there."""
        octets = os.urandom(KEY_BYTES)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with open(os.open(path, flags, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123
                file.write(octets.hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ConfigError(f"{path}: the PIN key cannot be created: {error.strerror}") from error
        return cls(octets, str(path))

    @classmethod
    def load(cls, path: Path | str) -> PinKey:
        """Read the key that `create` wrote.

        Raises `ConfigError` when the file is missing, may be read by others, or holds no key.
        """
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - its mode is checked on the open file
                mode = os.fstat(file.fileno()).st_mode
                text = file.read(2 * KEY_BYTES + 2)
        except OSError as error:
            raise ConfigError(f"{path}: the PIN key cannot be read: {error.strerror}") from error
        if stat.S_IMODE(mode) & 0o077:
            raise ConfigError(
                f"{path}: the PIN key may be read by others: want mode 0600,"
                f" got {stat.S_IMODE(mode):04o}"
            )
        try:
            octets = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            octets = b""
        if len(octets) != KEY_BYTES:
            raise ConfigError(f"{path}: want a PIN key of {2 * KEY_BYTES} hexadecimal digits")
        return cls(octets, str(path))

    def __repr__(self) -> str:
        return f"<PinKey {self.id}>"

    def mac(self, purpose: bytes, number: str) -> hmac.HMAC:
        """An HMAC-SHA256 under way, bound to a purpose and an account number."""
        return hmac.new(self._octets, b"%s\0%s\0" % (purpose, number.encode()), hashlib.sha256)


@dataclass(frozen=True, slots=True)
class Proof:
    """What is left of an account number and a PIN that were keyed: no digits of the PIN."""

    number: str
    mac: bytes

    def __repr__(self) -> str:
        return "<Proof>"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where a proof comes from, for the records of tries and alarms.

    `last` says that the call ends if this one is wrong, which is an alarm.
    """

    call_id: str
    caller: str
    channel: str
    last: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the caller is who he says; what is beyond `accepted` is not for his ears.

    `account` is the account that was keyed, if there is one with a PIN; `locked` says whether it
    is locked now.
    """

    accepted: bool
    account: Account | None
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a security officer should look at; `kind` is as in the schema."""

    at: datetime
    kind: str
    account: str | None
    call_id: str
    caller: str
    channel: str
    wrong: int


class Identity:
    """Checks telephone PINs against the database.

    Raises `ConfigError` at once when `key` is not the one that the database's PINs were made
    with, and `MissingExtra` when Argon2 is not installed.
    """

    def __init__(
        self,
        database: Database,
        key: PinKey,
        clock: Clock,
        *,
        cost: Cost | None = None,
        lock_after: int = LOCK_AFTER,
        entropy: Callable[[int], bytes] | None = None,
    ) -> None:
        self._database = database
        self._key = key
        self._clock = clock
        self._cost = cost or Cost()
        self._lock_after = lock_after
        self.entropy = entropy or os.urandom
        """Where salts, and the keys of orders, come from."""
        self._derive = _argon2id()
        strange = database.transact(
            lambda c: c.execute("SELECT 1 FROM pins WHERE key_id <> ?", (key.id,)).fetchone()
        )
        if strange is not None:
            raise ConfigError(f"{key.name}: is not the key that {database.path} was made with")

    def set_pin(self, number: str, secret: Secret) -> None:
        """Give an account its telephone PIN, and a clean slate; blocks for the derivation.

        Raises `Refused` for an account that does not exist or is no customer's, or a PIN that is
        not 4 to 12 digits.
        """
        if len(secret) not in PIN_DIGITS or not _all_digits(secret):
            raise Refused(f"PIN: want {PIN_DIGITS[0]} to {PIN_DIGITS[-1]} digits")
        salt = self.entropy(SALT_BYTES)
        verifier = self._derive(self.prove(number, secret).mac, salt, self._cost)
        now = self._now()

        def write(connection: sqlite3.Connection) -> None:
            found = account(connection, number)
            if found.kind != "customer":
                raise Refused(f"account ...{found.tail}: is the bank's own and has no PIN")
            connection.execute(
                "INSERT INTO pins"
                " (account_id, key_id, salt, time_cost, memory_kib, lanes, verifier, changed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id) DO UPDATE SET"
                " key_id = excluded.key_id, salt = excluded.salt, time_cost = excluded.time_cost,"
                " memory_kib = excluded.memory_kib, lanes = excluded.lanes, wrong = 0,"
                " verifier = excluded.verifier, locked_at = NULL, changed_at = excluded.changed_at",
                (
                    found.id,
                    self._key.id,
                    salt,
                    self._cost.time,
                    self._cost.memory_kib,
                    self._cost.lanes,
                    verifier,
                    now,
                ),
            )

        self._database.transact(write)

    def prove(self, number: str, secret: Secret) -> Proof:
        """Turn a keyed PIN into a proof; the secret may be wiped right afterwards."""
        mac = self._key.mac(b"telcard pin", number)
        with secret.exposed() as digits:
            mac.update(digits)
        return Proof(number, mac.digest())

    async def verify(self, proof: Proof, attempt: Attempt) -> Verdict:
        """Judge a proof; count it, lock the account and raise the alarm where it is wrong.

        A wrong account, a wrong PIN and a locked account take the same steps and the same time.
        Raises `StorageError` when the database cannot be read or written.
        """
        loop = asyncio.get_running_loop()
        while True:
            salt, cost = await transact(self._database, lambda c: self._salt(c, proof.number))
            verifier = await loop.run_in_executor(None, self._derive, proof.mac, salt, cost)
            now = self._now()
            judge = _Judge(proof.number, salt, verifier, attempt, self._lock_after, now)
            verdict = await transact(self._database, judge)
            if verdict is not None:
                return verdict

    async def unlock(self, number: str, by: str) -> None:
        """Let a locked account be tried again; written down as done by `by`."""
        now = self._now()

        def write(connection: sqlite3.Connection) -> None:
            found = account(connection, number)
            connection.execute(
                "UPDATE pins SET wrong = 0, locked_at = NULL WHERE account_id = ?", (found.id,)
            )
            _alarm(connection, now, "account unlocked", found.id, Attempt("", by, "desk"), 0)

        await transact(self._database, write)

    async def alarms(self) -> list[Alarm]:
        """All alarms, the oldest first."""
        return await transact(self._database, _alarms)

    def _now(self) -> str:
        return self._clock.utc().isoformat()

    def _salt(self, connection: sqlite3.Connection, number: str) -> tuple[bytes, Cost]:
        row = connection.execute(
            "SELECT salt, time_cost, memory_kib, lanes FROM pins"
            " JOIN accounts ON accounts.id = account_id WHERE number = ?",
            (number,),
        ).fetchone()
        if row is None:
            return self._key.mac(b"telcard salt", number).digest()[:SALT_BYTES], self._cost
        salt, *cost = row
        return salt, Cost(*cost)


@dataclass(frozen=True, slots=True)
class _Judge:
    """The transaction that compares and counts; None when the PIN was changed meanwhile."""

    number: str
    salt: bytes
    verifier: bytes
    attempt: Attempt
    lock_after: int
    now: str

    def __call__(self, connection: sqlite3.Connection) -> Verdict | None:
        row = connection.execute(
            "SELECT account_id, salt, verifier, wrong, pins.locked_at FROM pins"
            " JOIN accounts ON accounts.id = account_id WHERE number = ?",
            (self.number,),
        ).fetchone()
        if row is not None and row[1] != self.salt:
            return None
        # The comparison happens for everybody; without a PIN there is nothing it can equal.
        expected = bytes(VERIFIER_BYTES) if row is None else row[2]
        right = hmac.compare_digest(self.verifier, expected)
        if row is None:
            self._write(connection, "unknown", None, 0)
            return Verdict(False, None)
        account_id, _, _, wrong, locked_at = row
        found = account(connection, self.number)
        if locked_at is not None:
            self._write(connection, "locked", account_id, wrong)
            return Verdict(False, found, locked=True)
        wrong = 0 if right else wrong + 1
        locked = wrong >= self.lock_after
        connection.execute(
            "UPDATE pins SET wrong = ?, locked_at = ? WHERE account_id = ?",
            (wrong, self.now if locked else None, account_id),
        )
        self._write(connection, "right" if right else "wrong", account_id, wrong)
        if locked:
            _alarm(connection, self.now, "account locked", account_id, self.attempt, wrong)
        return Verdict(right, found, locked)

    def _write(
        self, connection: sqlite3.Connection, result: str, account_id: int | None, wrong: int
    ) -> None:
        attempt = self.attempt
        connection.execute(
            "INSERT INTO tries (at, account_id, call_id, caller, channel, result)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (self.now, account_id, attempt.call_id, attempt.caller, attempt.channel, result),
        )
        if attempt.last and result != "right":
            _alarm(connection, self.now, "call ended", account_id, attempt, wrong)


def _alarm(
    connection: sqlite3.Connection,
    now: str,
    kind: str,
    account_id: int | None,
    attempt: Attempt,
    wrong: int,
) -> None:
    connection.execute(
        "INSERT INTO alarms (at, kind, account_id, call_id, caller, channel, wrong)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (now, kind, account_id, attempt.call_id, attempt.caller, attempt.channel, wrong),
    )


def _alarms(connection: sqlite3.Connection) -> list[Alarm]:
    rows = connection.execute(
        "SELECT at, alarms.kind, number, call_id, caller, channel, wrong FROM alarms"
        " LEFT JOIN accounts ON accounts.id = account_id ORDER BY alarms.id"
    )
    return [Alarm(datetime.fromisoformat(at), *rest) for at, *rest in rows]


def _all_digits(secret: Secret) -> bool:
    with secret.exposed() as digits:
        return all(0x30 <= digit <= 0x39 for digit in digits)


def _argon2id() -> Derive:
    """The one door to argon2-cffi, which is in the extra `hotline`."""
    try:
        from argon2 import low_level
    except ImportError:
        raise MissingExtra("checking telephone PINs", "hotline") from None

    def derive(mac: bytes, salt: bytes, cost: Cost) -> bytes:
        return low_level.hash_secret_raw(
            mac,
            salt,
            time_cost=cost.time,
            memory_cost=cost.memory_kib,
            parallelism=cost.lanes,
            hash_len=VERIFIER_BYTES,
            type=low_level.Type.ID,
        )

    return derive
