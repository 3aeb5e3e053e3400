"""Two D-channels, of which one carries the calls of several spans (Q.931 annex F), without I/O.

    pair = Backup()
    pair.fire("establish")               # [Send(Want(0))]: the first D-channel, when it can be had
    pair.fire("link_up", 0)              # [Report(LinkUp())]
    pair.fire("link_down", 0)            # [StartTimer("T321"), Send(Want(1))]
    pair.fire("link_up", 1)              # [StopTimer("T321"), ..., Report(LinkReset(lost=True))]

It stands between two data links (Q.921), numbered 0 and 1, and one layer 3, to which it looks like
one data link.  When the D-channel that serves fails, the other is established (F.2.2); meanwhile,
for T321 at most, messages wait.  Layer 3 is told that its link was reset: calls go on, and a STATUS
ENQUIRY of each finds what was lost.  The far end may be the first to notice: it establishes the
other D-channel, and that is where it is heard from then on.

Inputs, from the links: "link_up", "link_down", "link_reset", each with the link's number, and
"heard", number, octets; from layer 3: "establish" and "data", octets.  Effects: `Send` of a `Want`,
a `LetGo` or a `Message` for one of the links, and for layer 3 reports as a data link gives them.

A D-channel that was given up is let go, so that nobody speaks on it; F.2.2 would also refuse to
establish it for the time of T321, where here it is taken again when the far end insists.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from telcard.machine import Action, Effect, Machine, Report, Send, StartTimer, StopTimer
from telcard.signalling.isdn.link import Data, LinkDown, LinkReset, LinkUp

WAITING = 100
"""Messages that wait for a D-channel at most; what comes later is lost, and found by enquiry."""


@dataclass(frozen=True, slots=True)
class Want:
    """Establish the data link of this D-channel."""

    link: int


@dataclass(frozen=True, slots=True)
class LetGo:
    """Release the data link of this D-channel."""

    link: int


@dataclass(frozen=True, slots=True)
class Message:
    """Send a message of layer 3 on this D-channel."""

    link: int
    octets: bytes


class Standing(Enum):
    """How the pair stands."""

    DOWN = "no D-channel"
    SERVING = "one D-channel serves"
    SWITCHING = "changing over"


S = Standing


class Backup(Machine[Standing]):
    """Both D-channels of one end; 0 is the one that serves when it can."""

    timers: ClassVar[Mapping[str, float]] = {"T321": 30.0}
    """Tables 9-1 and 9-2."""

    def __init__(self) -> None:
        super().__init__(S.DOWN)
        self.serving = 0
        """The D-channel that serves, or is to serve."""
        self._waiting: deque[bytes] = deque(maxlen=WAITING)
        self._asked = 0

    def _establish(self) -> list[Effect]:
        """Ask for the first D-channel, and when it does not come for the other, in turn."""
        link = self._asked % 2
        self._asked += 1
        return [Send(Want(link))]

    def _begin(self, link: int) -> list[Effect]:
        self.serving, self._asked = link, 0
        return self.go(S.SERVING, Report(LinkUp()))

    def _failed(self, link: int) -> list[Effect]:
        """F.2.2: the D-channel that serves has failed."""
        if link != self.serving:
            return []
        self.serving = 1 - link
        return self.go(S.SWITCHING, StartTimer("T321"), Send(Want(self.serving)))

    def _changed_over(self, link: int) -> list[Effect]:
        """The other D-channel is there, or the first has come back before it."""
        self.serving = link
        waiting = [Send(Message(link, octets)) for octets in self._waiting]
        self._waiting.clear()
        return self.go(S.SERVING, StopTimer("T321"), Report(LinkReset(lost=True)), *waiting)

    def _other_up(self, link: int) -> list[Effect]:
        """The far end has changed over: what served is let go."""
        if link == self.serving:
            return [Report(LinkReset(lost=True))]
        before, self.serving = self.serving, link
        return [Send(LetGo(before)), Report(LinkReset(lost=True))]

    def _both_gone(self, link: int) -> list[Effect]:
        return self._give_up(StopTimer("T321")) if link == self.serving else []

    def _give_up(self, *effects: Effect) -> list[Effect]:
        """T321, or the other D-channel cannot be had either: calls wait for T309."""
        self._waiting.clear()
        return self.go(S.DOWN, *effects, Report(LinkDown()))

    def _wait(self, octets: bytes) -> list[Effect]:
        self._waiting.append(octets)
        return []

    def _heard(self, link: int, octets: bytes) -> list[Effect]:
        heard = Report(Data(octets))
        return [heard] if link == self.serving else [*self._other_up(link), heard]

    table: ClassVar[Mapping[tuple[Standing, str], Action]] = {
        (S.DOWN, "establish"): _establish,
        (S.DOWN, "link_up"): _begin,
        (S.DOWN, "link_reset"): _begin,
        (S.DOWN, "link_down"): lambda pair, link: [],
        (S.DOWN, "heard"): lambda pair, link, octets: [],
        (S.DOWN, "data"): lambda pair, octets: [],
        (S.SERVING, "establish"): lambda pair: [],
        (S.SERVING, "link_up"): _other_up,
        (S.SERVING, "link_reset"): _other_up,
        (S.SERVING, "link_down"): _failed,
        (S.SERVING, "heard"): _heard,
        (S.SERVING, "data"): lambda pair, octets: [Send(Message(pair.serving, octets))],
        (S.SWITCHING, "establish"): lambda pair: [],
        (S.SWITCHING, "link_up"): _changed_over,
        (S.SWITCHING, "link_reset"): _changed_over,
        (S.SWITCHING, "link_down"): _both_gone,
        (S.SWITCHING, "heard"): lambda pair, link, octets: [],
        (S.SWITCHING, "data"): _wait,
        (S.SWITCHING, "T321"): _give_up,
    }

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Every input has its place in every state: this one does not exist."""
        raise ValueError(f"Backup: no input {name!r}")
