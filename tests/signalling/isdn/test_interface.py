"""Both layers of a D-channel as one machine: two of them, back to back, in time of their own."""

import heapq
from collections import deque

import pytest

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling import (
    Alerting,
    Answered,
    Blocked,
    CallFacts,
    Disconnected,
    LineEvent,
    MoreDigits,
    Offered,
    Proceeding,
    Released,
    SeizureAcknowledged,
)
from telcard.signalling.isdn import EURO, NI2, CallEvent, Message, Profile, decode
from telcard.signalling.isdn.backup import Serving
from telcard.signalling.isdn.channels import address
from telcard.signalling.isdn.interface import BackedInterface, Interface, Numbered
from telcard.signalling.isdn.lapd import Frame, Kind
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


class BackedLine(Line):
    """Two ends with two D-channels, on interfaces 3 and 5; interface 4 has none."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        channels = tuple(address(i, timeslot) for i in (3, 4, 5) for timeslot in (1, 2))
        self.ends = {
            side: BackedInterface(side, profile, channels, (3, 5)) for side in ("user", "network")
        }
        self.parted: set[int] = set()
        self.messages: list[tuple[str, int, str]] = []

    def _carry_out(self, side: str, effects: list[Effect]) -> None:
        other = "network" if side == "user" else "user"
        for effect in effects:
            match effect:
                case Send(Numbered(link, frame)):
                    info = Frame.decode(frame)
                    if info.kind is Kind.I:
                        said = decode(info.info)
                        assert isinstance(said, Message)
                        assert not said.faults
                        self.messages.append((side, link, said.describe()))
                    if link not in self.parted:
                        self._frames.append((other, (link, frame)))
                case Report(Serving(link)):
                    self.links.append(f"{side} D{link}")
                case _:
                    super()._carry_out(side, [effect])

    def fire(self, side: str, name: str, *args: object) -> None:
        self._carry_out(side, self.ends[side].fire(name, *args))
        while self._frames:
            to, (link, frame) = self._frames.popleft()
            self._carry_out(to, self.ends[to].fire("frame", frame, link))

    def wait(self, seconds: float) -> None:
        until = self.now_s + seconds
        while self._timers:
            at, (side, name) = min((at, key) for key, at in self._timers.items())
            if at > until:
                break
            self.now_s = at
            del self._timers[side, name]
            self._carry_out(side, self.ends[side].expire(name))
            self.fire(side, "frame", b"", 0)
        self.now_s = until

    def talking(self, interface: int) -> tuple[int, int]:
        """A call that the user has made and the network answered, on this interface."""
        handle = self.ends["user"].new_call()
        facts = CallFacts(called="95588", complete=True)
        self.fire("user", "setup", handle, facts, address(interface, 1), True)
        far = self.told["network"][-1][0]
        self.fire("network", "connect", far)
        return handle, far

    def states(self, side: str) -> list[str]:
        return [state for state, _ in self.ends[side].layer3.query().values()]


@pytest.mark.parametrize("notices", ["user", "network", "both", "nobody"])
@pytest.mark.parametrize("profile", [EURO, NI2])
def test_calls_go_on_over_the_other_d_channel(profile: Profile, notices: str) -> None:
    line = BackedLine(profile)
    line.up()
    assert {"user D0", "network D0"} <= set(line.links)
    handle, far = line.talking(4)
    ringing = line.ends["user"].new_call()
    facts = CallFacts(called="1", complete=True)
    line.fire("user", "setup", ringing, facts, address(5, 2), True)
    line.fire("network", "alerting", line.told["network"][-1][0])
    line.parted.add(0)
    for side in ("user", "network"):
        if notices in (side, "both"):
            line.fire(side, "deactivate", 0)
    line.wait(60)
    assert {line.ends[side].backup.serving for side in line.ends} == {1}
    assert line.states("user") == line.states("network") == ["ACTIVE", "CALL_DELIVERED"]
    told = [said for _, link, said in line.messages if link == 1 and "D-channel of inter" in said]
    assert bool(told) == (profile is NI2)
    third, _ = line.talking(3)
    line.fire("network", "clear", far, 16)
    line.fire("user", "clear", handle, 16)
    assert "Released" in line.events("user", handle)
    line.parted.clear()
    line.wait(60)
    assert all(end.backup.ready == {0, 1} for end in line.ends.values())
    line.parted.add(1)
    line.wait(60)  # and back again
    assert {line.ends[side].backup.serving for side in line.ends} == {0}
    assert line.ends["user"].layer3.query()[third][0] == "ACTIVE"
    line.fire("user", "stop")


@pytest.mark.parametrize("profile", [EURO, NI2])
def test_without_both_d_channels_a_call_waits_90_seconds(profile: Profile) -> None:
    line = BackedLine(profile)
    line.up()
    line.talking(4)
    line.parted = {0, 1}
    line.wait(80)
    assert line.states("user") == line.states("network") == ["ACTIVE"]
    line.parted = {0}
    line.wait(60)
    assert line.states("user") == line.states("network") == ["ACTIVE"]
    line.parted = {0, 1}
    line.wait(120)
    assert line.states("user") == line.states("network") == []


def test_a_service_message_that_names_no_d_channel_is_for_layer_3() -> None:
    line = BackedLine(NI2)
    line.up()
    line.fire("user", "block", address(4, 2))
    assert line.told["network"] == [(0, Blocked())]
    assert line.ends["network"].layer3.free() == 5
