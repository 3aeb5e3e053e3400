"""Where telcard keeps what must not be lost: one SQLite file, one writer, group commit.

    with Database("bank.db") as database:
        rows = database.submit(lambda c: c.execute("SELECT ...").fetchall()).result()

Work handed to `submit` is a transaction of its own: all of it is on the disk when its future
resolves, or none of it ever was.
"""

from telcard.storage.database import Database
from telcard.storage.migrations import Migration, bundled_migrations

__all__ = ["Database", "Migration", "bundled_migrations"]
