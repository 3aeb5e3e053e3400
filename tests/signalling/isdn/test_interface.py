"""Both layers of a D-channel as one machine: two of them, back to back, in time of their own."""

import heapq
from collections import deque

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling import (
    Alerting,
    Answered,
    CallFacts,
    Disconnected,
    LineEvent,
    MoreDigits,
    Offered,
    Proceeding,
    Released,
    SeizureAcknowledged,
)
from telcard.signalling.isdn import EURO, CallEvent
from telcard.signalling.isdn.interface import Interface
from telcard.signalling.isdn.q921 import LinkUp

CHANNELS = (1, 2, 3)


class Line:
    """Two interfaces; frames arrive in order, timers when nothing else is to be done."""

    def __init__(self) -> None:
        self.ends = {side: Interface(side, EURO, CHANNELS) for side in ("user", "network")}
        self.told: dict[str, list[tuple[int, LineEvent]]] = {"user": [], "network": []}
        self.links: list[str] = []
        self.now_s = 0.0
        self.cut = False
        self._frames: deque[tuple[str, bytes]] = deque()
        self._timers: dict[tuple[str, str], float] = {}

    def fire(self, side: str, name: str, *args: object) -> None:
        self._carry_out(side, self.ends[side].fire(name, *args))
        while self._frames:
            to, frame = self._frames.popleft()
            self._carry_out(to, self.ends[to].fire("frame", frame))

    def wait(self, seconds: float) -> None:
        """Let timers expire, first the earliest."""
        until = self.now_s + seconds
        while due := heapq.nsmallest(1, ((at, key) for key, at in self._timers.items())):
            ((at, (side, name)),) = due
            if at > until:
                break
            self.now_s = at
            del self._timers[side, name]
            self._carry_out(side, self.ends[side].expire(name))
            self.fire(side, "frame", b"")
        self.now_s = until

    def up(self) -> None:
        for side in self.ends:
            self.fire(side, "start")
        assert self.ends["user"].up
        assert self.ends["network"].up

    def events(self, side: str, handle: int) -> list[str]:
        return [type(event).__name__ for number, event in self.told[side] if number == handle]

    def _carry_out(self, side: str, effects: list[Effect]) -> None:
        other = "network" if side == "user" else "user"
        for effect in effects:
            match effect:
                case Send(frame) if not self.cut:
                    self._frames.append((other, frame))
                case StartTimer(name):
                    self._timers[side, name] = self.now_s + self.ends[side].timers[name]
                case StopTimer(name):
                    self._timers.pop((side, name), None)
                case Report(CallEvent(handle, _, event)):
                    self.told[side].append((handle, event))
                case Report(event):
                    self.links.append(f"{side} {type(event).__name__}")


def test_the_link_comes_up_before_any_call() -> None:
    line = Line()
    line.up()
    assert line.links.count("user LinkUp") == 1
    assert line.links.count("network LinkUp") == 1
    assert LinkUp() == LinkUp()


def test_a_call_from_its_set_up_to_its_release() -> None:
    line = Line()
    line.up()
    user, network = line.ends["user"], line.ends["network"]
    handle = network.new_call()
    line.fire("network", "setup", handle, CallFacts(called="95588", complete=True), 2, True)
    ((far, offered),) = line.told["user"]
    assert isinstance(offered, Offered)
    assert offered.facts.called == "95588"
    assert user.layer3.query()[far][1] == 2
    for request in ("proceeding", "alerting", "connect"):
        line.fire("user", request, far)
    assert [event for _, event in line.told["network"]] == [Proceeding(), Alerting(), Answered()]
    assert line.told["user"][1:] == [(far, Answered())]
    line.fire("network", "clear", handle, 16)
    line.fire("user", "clear", far, 16)
    assert line.events("user", far)[2:] == ["Disconnected", "Released"]
    assert line.events("network", handle)[-1] == "Released"
    assert user.layer3.query() == network.layer3.query() == {}


def test_a_number_may_come_in_pieces() -> None:
    line = Line()
    line.up()
    handle = line.ends["network"].new_call()
    line.fire("network", "setup", handle, CallFacts(called="9"), 1, True)
    far = line.told["user"][0][0]
    line.fire("user", "setup_ack", far)
    assert line.told["network"] == [(handle, SeizureAcknowledged())]
    line.fire("network", "information", handle, "55")
    line.fire("network", "information", handle, "88", True)
    assert line.told["user"][1:] == [(far, MoreDigits("55")), (far, MoreDigits("88", True))]


def test_nothing_is_left_of_a_call_when_the_link_was_lost_in_it() -> None:
    line = Line()
    line.up()
    handle = line.ends["user"].new_call()
    line.fire("user", "setup", handle, CallFacts(called="1", complete=True), 1, True)
    line.cut = True
    line.wait(300)
    line.cut = False
    line.wait(300)
    assert line.ends["user"].up
    assert line.ends["user"].layer3.query() == line.ends["network"].layer3.query() == {}
    assert line.events("user", handle)[-1] == "Released"
    assert isinstance(line.told["network"][0][1], Offered)
    assert any(isinstance(event, Released | Disconnected) for _, event in line.told["network"])


def test_the_state_is_that_of_the_link_and_every_timer_has_its_length() -> None:
    end = Interface("user", EURO, CHANNELS)
    assert end.state is end.link.state
    assert end.timers["T200"] == 1.0
    assert end.timers["T303 17"] == end.timers["T303"]
    assert len(list(end.timers)) == len(end.timers)
