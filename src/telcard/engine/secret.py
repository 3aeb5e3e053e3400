"""Digits that nobody may read along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from telcard._native import engine as native


class SecretBuffer(native.Secret):
    """Digits of a secret step, filled by the tick and read by nobody else.

    They live in one page of memory that is locked (where the system allows it: `locked`), left out
    of core dumps, empty in a forked child, and wiped by `wipe()` and when the buffer goes.  It has
    a length and no readable form: no `str`, no pickle, no copy.  Reading is explicit:

        with secret.exposed() as digits:    # a read-only memoryview, released at the end
            verify(digits)

    `digits` (for tests and simulations) are what it holds at first.
    """

    def __init__(self, digits: bytes | bytearray | memoryview = b"") -> None:
        self._collecting = False
        self._wipe_again = False
        for digit in bytes(digits):
            self._add(digit)

    @contextmanager
    def exposed(self) -> Iterator[memoryview]:
        """The digits as ASCII, readable until the block ends."""
        view = self._expose()
        try:
            yield view
        finally:
            view.release()

    def strip_terminator(self, digits: str) -> bool:
        """Drop the last digit if it is one of `digits`, such as the "#" that ended the collect.

        Returns whether it was dropped.
        """
        with self.exposed() as view:
            ends = len(view) > 0 and chr(view[-1]) in digits
        if ends:
            self._drop_last()
        return ends

    def wipe(self) -> None:
        """Forget the digits.  A collect that still runs is wiped again when it has ended."""
        self._wipe()
        self._wipe_again = self._collecting

    def collect_began(self) -> None:
        """The engine fills the buffer from now on."""
        self._collecting = True

    def collect_ended(self) -> None:
        """The engine has let the buffer go."""
        self._collecting = False
        if self._wipe_again:
            self.wipe()

    def __repr__(self) -> str:
        return f"<SecretBuffer: {len(self)} digits>"

    __str__ = __repr__
