"""Faults on demand: a SQLite connection that fails at the n-th statement."""

import sqlite3
from functools import partial


class FaultyConnection(sqlite3.Connection):
    """Counts statements, over all connections, and fails the one whose turn has come.

    A fault comes before the statement is done, or `afterwards`: done, but reported failed, as a
    COMMIT may be whose answer was lost.
    """

    _left = 0
    _afterwards = False

    @classmethod
    def arm(cls, nth, *, afterwards=False):
        """Fail the nth statement from now on."""
        cls._left, cls._afterwards = nth, afterwards

    @classmethod
    def disarm(cls):
        """Fail no more; returns whether the fault has happened."""
        happened, cls._left = cls._left <= 0, 0
        return happened

    def execute(self, sql, *parameters):
        cls = type(self)
        cls._left -= 1
        if cls._left == 0 and not cls._afterwards:
            raise sqlite3.OperationalError("injected fault")
        cursor = super().execute(sql, *parameters)
        if cls._left == 0 and cls._afterwards:
            raise sqlite3.OperationalError("injected fault")
        return cursor


connect = partial(sqlite3.connect, factory=FaultyConnection)
"""For `Database(connect=...)`."""
