"""Two D-channels, of which one carries the calls of several spans (Q.931 annex F), without I/O.

    pair = Backup()
    pair.fire("establish")               # [Send(Want(0)), Send(Want(1))]
    pair.fire("link_up", 0)              # [..., Report(Serving(0)), Report(LinkUp())]
    pair.fire("link_up", 1)              # the other stands by: it is there at layer 2 alone
    pair.fire("link_down", 0)            # [StartTimer("T321"), Send(Want(1))]
    pair.fire("link_reset", 1)           # [..., Report(Serving(1)), Report(LinkReset(lost=True))]

It stands between two data links (Q.921), numbered 0 (primary) and 1, and one layer 3, to which it
looks like one data link.  When the D-channel that serves fails, the other takes over, which the far
end is told in one of two ways:

* Annex F: the other data link is established anew (F.2.2), and something of layer 3 is said on it.
  Messages wait until it is there, for T321 at most.
* National ISDN and its like, with `announces`: both data links stay as they are, and a SERVICE on
  the other one names it as in service; messages follow at once.  (ANSI T1.607 and AT&T TR 41459,
  from memory, not checked.)  T321 watches nothing then: a link that carries nothing any more fails
  by itself, because the SERVICE is not acknowledged at layer 2.

Layer 3 is told that its link was reset: calls go on, answered or not, and a STATUS ENQUIRY of each
finds what was lost.  The far end may be the first to notice.  Then it is heard on the other
D-channel, whatever it says; a data link alone that is established anew may mean no more than that
the far end wants it to stand by.  The D-channel that was given up is let go, so that nothing that
was still on its way is taken for the newest, and is asked for again until it stands by.  Nothing is
changed back.

When neither is there the first to come up serves; the second is only taken when the primary has
failed or not come up by the next "establish".

Inputs, from the links: "link_up", "link_down", "link_reset", each with the link's number, and
"heard", number, octets; of SERVICE messages "announced", the link that it came on, the link that it
names, whether that is in service; from layer 3: "establish" and "data", octets.  Effects: `Send` of
a `Want`, a `LetGo`, an `Announce` or a `Message` for one of the links, and for layer 3 reports as a
data link gives them, with a `Serving` before whenever another D-channel begins to serve.

F.2.2 would also refuse to establish a D-channel that has failed for the time of T321; here it
comes back, as the one that stands by, when the far end has it again.
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
    """Establish the data link of this D-channel, or establish it anew."""

    link: int


@dataclass(frozen=True, slots=True)
class LetGo:
    """Release the data link of this D-channel."""

    link: int


@dataclass(frozen=True, slots=True)
class Announce:
    """Say on this D-channel that it serves from now on: in a SERVICE, or by any message."""

    link: int


@dataclass(frozen=True, slots=True)
class Message:
    """Send a message of layer 3 on this D-channel."""

    link: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Serving:
    """From now on this D-channel carries the messages of layer 3."""

    link: int


class Standing(Enum):
    """How the pair stands."""

    DOWN = "no D-channel"
    SERVING = "one D-channel serves"
    SWITCHING = "changing over"


S = Standing


class Backup(Machine[Standing]):
    """Both D-channels of one end; 0 is the one that serves when it can."""

    timers: ClassVar[Mapping[str, float]] = {
        "T321": 30.0,  # tables 9-1 and 9-2
        "standby": 5.0,  # ours: a D-channel that does not stand by is asked for again
    }

    def __init__(self, *, announces: bool = False) -> None:
        super().__init__(S.DOWN)
        self.announces = announces
        self.serving = 0
        """The D-channel that serves, or is to serve."""
        self.ready: set[int] = set()
        """The D-channels whose data links are up."""
        self._waiting: deque[bytes] = deque(maxlen=WAITING)

    # -- no D-channel ------------------------------------------------------------------------------

    def _establish(self) -> list[Effect]:
        """Layer 3 asks, and asks again: the primary has had its time."""
        if self.ready:
            return self._begin(min(self.ready))
        return [Send(Want(0)), Send(Want(1))]

    def _first_up(self, link: int) -> list[Effect]:
        self.ready.add(link)
        return self._begin(0) if link == 0 else []

    def _not_up(self, link: int) -> list[Effect]:
        self.ready.discard(link)
        return self._begin(1 - link) if self.ready else []

    def _begin(self, link: int) -> list[Effect]:
        self.serving = link
        told: list[Effect] = [Send(Announce(link))] if self.announces else []
        return self.go(S.SERVING, *told, *self._stand_by(), Report(Serving(link)), Report(LinkUp()))

    def _begun_there(self, link: int, octets: bytes) -> list[Effect]:
        self.ready.add(link)
        return [*self._begin(link), Report(Data(octets))]

    # -- one serves --------------------------------------------------------------------------------

    def _stand_by(self) -> list[Effect]:
        """See to it that there is another D-channel to take over."""
        return [] if 1 - self.serving in self.ready else [StartTimer("standby")]

    def _ask_again(self) -> list[Effect]:
        return [Send(Want(1 - self.serving)), *self._stand_by()] if self._stand_by() else []

    def _up(self, link: int) -> list[Effect]:
        if link == self.serving:
            return [Report(LinkReset(lost=True))]
        self.ready.add(link)
        return [StopTimer("standby")]

    def _taken_over(self, link: int) -> list[Effect]:
        """The far end has changed over."""
        self.ready = {link}
        before, self.serving = self.serving, link
        return [Send(LetGo(before)), *self._stand_by(), *self._changed(link)]

    def _changed(self, link: int) -> list[Effect]:
        return [Report(Serving(link)), Report(LinkReset(lost=True))]

    def _failed(self, link: int) -> list[Effect]:
        self.ready.discard(link)
        if link != self.serving:
            return self._stand_by()
        if not self.ready:
            return self._give_up()
        return self._change_over()

    def _change_over(self) -> list[Effect]:
        """The other D-channel is to serve."""
        self.serving = link = 1 - self.serving
        if self.announces:
            return [Send(Announce(link)), *self._stand_by(), *self._changed(link)]
        return self.go(S.SWITCHING, StartTimer("T321"), Send(Want(link)))

    def _heard(self, link: int, octets: bytes) -> list[Effect]:
        heard = Report(Data(octets))
        return [heard] if link == self.serving else [*self._taken_over(link), heard]

    def _announced(self, on: int, link: int, in_service: bool) -> list[Effect]:
        if in_service and link != self.serving and on == link:
            return self._taken_over(link)
        if not in_service and link == self.serving and 1 - link in self.ready:
            return self._change_over()
        return []

    # -- changing over -----------------------------------------------------------------------------

    def _there(self, link: int) -> list[Effect]:
        self.ready.add(link)
        return self._carry_on() if link == self.serving else []

    def _carry_on(self) -> list[Effect]:
        """The other D-channel is there: what waited follows."""
        link = self.serving
        waiting = [Send(Message(link, octets)) for octets in self._waiting]
        self._waiting.clear()
        there = (StopTimer("T321"), Send(Announce(link)), *self._stand_by())
        return self.go(S.SERVING, *there, *self._changed(link), *waiting)

    def _gone(self, link: int) -> list[Effect]:
        """The other cannot be had either, unless the first has come back meanwhile."""
        self.ready.discard(link)
        if link != self.serving:
            return []
        if self.ready:
            self.serving = 1 - link
            return self._carry_on()
        return self._give_up(StopTimer("T321"))

    def _too_long(self) -> list[Effect]:
        """T321."""
        self.ready.clear()
        return self._give_up()

    def _give_up(self, *effects: Effect) -> list[Effect]:
        """Neither D-channel is there: calls wait for T309."""
        self._waiting.clear()
        return self.go(S.DOWN, *effects, Report(LinkDown()))

    def _wait(self, octets: bytes) -> list[Effect]:
        self._waiting.append(octets)
        return []

    table: ClassVar[Mapping[tuple[Standing, str], Action]] = {
        (S.DOWN, "establish"): _establish,
        (S.DOWN, "link_up"): _first_up,
        (S.DOWN, "link_reset"): _first_up,
        (S.DOWN, "link_down"): _not_up,
        (S.DOWN, "heard"): _begun_there,
        (S.DOWN, "announced"): lambda pair, on, link, in_service: [],
        (S.DOWN, "data"): lambda pair, octets: [],
        (S.DOWN, "standby"): lambda pair: [],
        (S.SERVING, "establish"): lambda pair: [],
        (S.SERVING, "link_up"): _up,
        (S.SERVING, "link_reset"): _up,
        (S.SERVING, "link_down"): _failed,
        (S.SERVING, "heard"): _heard,
        (S.SERVING, "announced"): _announced,
        (S.SERVING, "data"): lambda pair, octets: [Send(Message(pair.serving, octets))],
        (S.SERVING, "standby"): _ask_again,
        (S.SWITCHING, "establish"): lambda pair: [],
        (S.SWITCHING, "link_up"): _there,
        (S.SWITCHING, "link_reset"): _there,
        (S.SWITCHING, "link_down"): _gone,
        (S.SWITCHING, "heard"): lambda pair, link, octets: [],
        (S.SWITCHING, "announced"): lambda pair, on, link, in_service: [],
        (S.SWITCHING, "data"): _wait,
        (S.SWITCHING, "standby"): lambda pair: [],
        (S.SWITCHING, "T321"): _too_long,
    }

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Every input has its place in every state: this one does not exist."""
        raise ValueError(f"Backup: no input {name!r}")
