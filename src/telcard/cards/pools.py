"""Resources that run out: what a board has so and so many of, and who holds them."""

from __future__ import annotations

from collections import Counter
from types import TracebackType

from telcard.errors import CardError, NoResource

NAMED = 8
"""How many holders a `NoResource` names before it counts the rest."""


class Entry:
    """One taken resource; give it back with `give()`, or use it in a `with`."""

    __slots__ = ("number", "owner", "pool")

    def __init__(self, pool: Pool, number: int, owner: str) -> None:
        self.pool = pool
        self.number = number
        """From 1 to the pool's size, as devices are counted."""
        self.owner = owner

    def give(self) -> None:
        """Give the resource back; a second time is a `CardError`."""
        self.pool.give(self)

    def __enter__(self) -> Entry:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give()

    def __repr__(self) -> str:
        return f"<{self.pool.name} {self.number} of {self.pool.size}, held by {self.owner}>"


class Pool:
    """`size` resources of one kind, numbered from 1; the lowest free one is taken first."""

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self.size = size
        self.peak = 0
        """The most that were ever taken at one time."""
        self.refused = 0
        """How often nothing was left."""
        self._taken: dict[int, Entry] = {}

    @property
    def free(self) -> int:
        """How many are left."""
        return self.size - len(self._taken)

    @property
    def taken(self) -> tuple[Entry, ...]:
        """Entries that somebody holds, by number: at the end of a day, the leaks."""
        return tuple(entry for _, entry in sorted(self._taken.items()))

    def has(self, number: int) -> bool:
        """Whether there is an entry of this number, and nobody holds it."""
        return 1 <= number <= self.size and number not in self._taken

    def take(self, owner: str, number: int | None = None) -> Entry:
        """Take one for `owner`: the lowest free one, or that of this number.

        Raises `NoResource` when none is left, or when another holds the number.
        """
        if number is None:
            number = next((n for n in range(1, self.size + 1) if n not in self._taken), None)
            if number is None:
                self.refused += 1
                raise NoResource(
                    f"pool {self.name}: all {self.size} are taken, by {self.holders()}"
                )
        elif not 1 <= number <= self.size:
            raise NoResource(f"pool {self.name}: want a number from 1 to {self.size}; got {number}")
        elif number in self._taken:
            self.refused += 1
            holder = self._taken[number].owner
            raise NoResource(f"pool {self.name}: {number} of {self.size} is taken, by {holder}")
        entry = self._taken[number] = Entry(self, number, owner)
        self.peak = max(self.peak, len(self._taken))
        return entry

    def give(self, entry: Entry) -> None:
        """Take an entry back; one that is not out is a `CardError`: two would share it later."""
        if self._taken.get(entry.number) is not entry:
            name = f"{entry.pool.name} {entry.number}"
            raise CardError(f"pool {self.name}: {entry.owner} gives back {name}, which is not out")
        del self._taken[entry.number]

    def holders(self) -> str:
        """Who holds how many, the greatest first, for a message."""
        counts = Counter(entry.owner for entry in self.taken)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        named = [owner if held == 1 else f"{owner} ({held})" for owner, held in ranked[:NAMED]]
        rest = len(ranked) - NAMED
        return ", ".join(named) + (f" and {rest} more" if rest > 0 else "") if named else "nobody"

    def __repr__(self) -> str:
        return f"<Pool {self.name}: {self.free} of {self.size} free>"
