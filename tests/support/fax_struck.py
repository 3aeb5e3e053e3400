"""A line that is struck while pages go over, and only then: each round of a page loses some.

run(ours, peer, alaw, Struck(ours, State.RECEIVING, 4, long=250))
"""

import numpy as np

from telcard.fax import FaxTerminal
from telcard.fax.t30 import State
from tests.support.fax_peers import Signal, alaw


class Struck:
    """A line with noise on it while pages go over, the first so many times that they do.

    That is while our machine is in this state; of `every` so many samples `long` are struck, but
    for the first `spared_s` and, of what we send, what may be the command behind the page.
    """

    def __init__(
        self,
        ours: FaxTerminal,
        state: State,
        times: int,
        long: int,
        every: int = 1000,
        spared_s: float = 0.9,
    ) -> None:
        self._machine, self._state, self._times = ours._dialogue.machine, state, times
        self._long, self._every, self._begins = long, every, spared_s * 8000
        self._ends = 5 * 8000 if state is State.SENDING else np.inf
        self._rng = np.random.default_rng(1)
        self._within = False
        self._since = self._met = 0

    def __call__(self, pcm: Signal) -> Signal:
        heard, within = alaw(pcm), self._machine.state is self._state
        self._met += within and not self._within
        self._since = self._since + len(pcm) if self._within else 0
        self._within = within
        spared = not self._begins <= self._since < self._ends
        if not within or self._met > self._times or spared:
            return heard
        at = (self._since + np.arange(len(pcm))) % self._every < self._long
        noise = np.rint(self._rng.normal(0, 8000, len(pcm))).astype(int)
        return np.clip(heard + at * noise, -32768, 32767).astype(np.int16)
