"""Pieces of work and how fast they are done, by us and by peers in the same run.

Time is processor time of the whole process, all its threads: waiting costs nothing, a library that
starts threads of its own pays for them.  The fastest of many rounds counts, since whatever disturbs
a round can only make it slower.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from telcard.units import SAMPLE_RATE

ROUND_S = 0.01
"""What a round takes at least: the clock's own cost must not be seen."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something that `call` does again and again, and `peers` do the same in their own way.

    `samples` is how many samples of sound a call deals with, of all channels together; `goal` how
    many channels one core ought to carry with AVX-512, where there is such a goal.
    """

    subject: str
    name: str
    samples: int
    call: Callable[[], object]
    peers: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    goal: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """How fast a work is done.

    `channels` is how many telephone channels of 8,000 samples a second one core keeps up with,
    `peers` the same for the peers.
    """

    subject: str
    name: str
    channels: float
    peers: Mapping[str, float]
    goal: int | None = None

    @property
    def msamples(self) -> float:
        """Millions of samples a second."""
        return self.channels * SAMPLE_RATE / 1e6

    def ratio(self, peer: str) -> float:
        """How many times as fast as that peer; KeyError when it was not measured."""
        return self.channels / self.peers[peer]


def measure(work: Work, seconds: float = 0.5) -> Figure:
    """Do a work for about `seconds` of processor time, and each peer's for as long, turn about.

    ValueError when `seconds` is not positive.
    """
    if not seconds > 0:
        raise ValueError(f"seconds: want more than 0, got {seconds}")
    runners = {"": work.call, **work.peers}
    often = {name: _calls_a_round(call) for name, call in runners.items()}
    fastest = dict.fromkeys(runners, float("inf"))
    spent = dict.fromkeys(runners, 0.0)
    while min(spent.values()) < seconds:
        for name, call in runners.items():
            if spent[name] < seconds:
                took = _round(call, often[name])
                spent[name] += took
                fastest[name] = min(fastest[name], took / often[name])
    channels = {name: work.samples / SAMPLE_RATE / took for name, took in fastest.items()}
    return Figure(work.subject, work.name, channels.pop(""), channels, work.goal)


def _round(call: Callable[[], object], times: int) -> float:
    """Seconds of processor time that so many calls take."""
    begun = time.process_time_ns()
    for _ in range(times):
        call()
    return max(1, time.process_time_ns() - begun) / 1e9


def _calls_a_round(call: Callable[[], object]) -> int:
    """How many calls fill a round; warms up on the way."""
    times = 1
    while (took := _round(call, times)) < ROUND_S:
        times = max(times + 1, min(10 * times, round(1.2 * times * ROUND_S / took)))
    return times
