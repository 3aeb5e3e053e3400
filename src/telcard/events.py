"""What happened: one log of events in media time, with a hash that two runs can compare.

Rooms report `Event`s; the log keeps the newest in memory, hands each to its subscribers, and can
say in one hash what happened in which order.  The order is canonical - sample, call, sequence
within the call - and so does not depend on how the loop interleaved tasks or on
`PYTHONHASHSEED`.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

Value = str | int | float | bool | None
"""What a fact of an event may be: something that a JSON line can hold."""


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One thing that happened.

    `sample` is media time (8 kHz), `call` the call it belongs to ("" for none), `sequence` counts
    within the call.  `facts` never hold a secret: digits of a secret step do not become events.
    """

    sample: int
    call: str
    sequence: int
    name: str
    facts: Mapping[str, Value] = field(default_factory=dict, compare=False)


Subscriber = Callable[[Event], None]
"""Called with every event, at once, on the loop thread."""


class EventLog:
    """Collects events; bounded, in order of arrival.

    `keep` is how many of the newest stay in memory; older ones are dropped and counted in
    `dropped`.
    """

    def __init__(self, keep: int = 100_000) -> None:
        self._events: deque[Event] = deque(maxlen=keep)
        self._sequences: dict[str, int] = {}
        self._subscribers: list[Subscriber] = []
        self.dropped = 0

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` with every event from now on."""
        self._subscribers.append(subscriber)

    def report(self, sample: int, name: str, call: str = "", **facts: Value) -> Event:
        """Write down that `name` happened at `sample`, and tell the subscribers."""
        sequence = self._sequences.get(call, 0)
        self._sequences[call] = sequence + 1
        event = Event(sample, call, sequence, name, facts)
        if len(self._events) == self._events.maxlen:
            self.dropped += 1
        self._events.append(event)
        for subscriber in self._subscribers:
            subscriber(event)
        return event

    def forget(self, call: str) -> None:
        """The call is over: its counter may go (its events stay)."""
        self._sequences.pop(call, None)

    def __iter__(self) -> Iterator[Event]:
        return iter(tuple(self._events))

    def __len__(self) -> int:
        return len(self._events)

    def of(self, call: str) -> list[Event]:
        """The events of one call, in order."""
        return [event for event in self._events if event.call == call]

    def digest(self) -> str:
        """SHA-256 over all kept events in canonical order, as hexadecimal text."""
        digest = hashlib.sha256()
        for event in sorted(self._events):
            line = json.dumps(asdict(event), sort_keys=True, ensure_ascii=False)
            digest.update(line.encode() + b"\n")
        return digest.hexdigest()
