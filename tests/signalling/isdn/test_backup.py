"""Two D-channels: one serves, the other takes over, and calls go on."""

import itertools

import pytest

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.events import Answered, Disconnected, Offered
from telcard.signalling.isdn import ESTABLISH, CallEvent, Data, Layer3, LinkDown, LinkReset, LinkUp
from telcard.signalling.isdn.backup import WAITING, Backup, LetGo, Message, Standing, Want
from tests.support.isdn_pair import FACTS


def serving() -> Backup:
    pair = Backup()
    pair.fire("link_up", 0)
    return pair


def test_the_first_is_wanted_and_then_the_other_in_turn() -> None:
    pair = Backup()
    wanted = [pair.fire("establish") for _ in range(3)]
    assert wanted == [[Send(Want(0))], [Send(Want(1))], [Send(Want(0))]]
    assert pair.fire("link_up", 0) == [Report(LinkUp())]
    assert pair.fire("establish") == []
    assert pair.fire("data", b"a") == [Send(Message(0, b"a"))]
    assert pair.fire("heard", 0, b"b") == [Report(Data(b"b"))]


def test_messages_wait_while_the_other_takes_over() -> None:
    pair = serving()
    assert pair.fire("link_down", 1) == []
    assert pair.fire("link_down", 0) == [StartTimer("T321"), Send(Want(1))]
    assert pair.fire("data", b"a") == []
    effects = pair.fire("link_up", 1)
    assert effects == [StopTimer("T321"), Report(LinkReset(lost=True)), Send(Message(1, b"a"))]
    assert pair.serving == 1


def test_the_far_end_may_change_over_first() -> None:
    pair = serving()
    assert pair.fire("link_up", 1) == [Send(LetGo(0)), Report(LinkReset(lost=True))]
    assert pair.fire("data", b"a") == [Send(Message(1, b"a"))]
    assert pair.fire("link_down", 0) == []  # it was let go
    assert pair.fire("heard", 0, b"b")[0] == Send(LetGo(1))  # and back again
    assert pair.fire("link_reset", 0) == [Report(LinkReset(lost=True))]


@pytest.mark.parametrize("end", ["T321", "link_down"])
def test_when_neither_can_be_had_the_link_is_down(end: str) -> None:
    pair = serving()
    pair.fire("link_down", 0)
    pair.fire("data", b"a")
    effects = pair.expire(end) if end == "T321" else pair.fire(end, 1)
    assert effects[-1] == Report(LinkDown())
    assert pair.fire("data", b"b") == []
    assert pair.fire("link_up", 1) == [Report(LinkUp())]  # what waited is forgotten


def test_what_waits_is_bounded() -> None:
    pair = serving()
    pair.fire("link_down", 0)
    for number in range(WAITING + 5):
        pair.fire("data", bytes((number,)))
    sent = [effect for effect in pair.fire("link_up", 1) if isinstance(effect, Send)]
    assert len(sent) == WAITING


def test_every_input_has_its_place_in_every_state() -> None:
    inputs = {name for _, name in Backup.table} - {"T321"}
    assert set(itertools.product(Standing, inputs)) <= set(Backup.table)
    with pytest.raises(ValueError, match="no input 'fly'"):
        serving().fire("fly")


class End:
    """A layer 3 on two D-channels whose data links are there at once when the wire is."""

    def __init__(self, side: str, wires: list[bool]) -> None:
        self.layer, self.pair, self.wires = Layer3(side), Backup(), wires
        self.far: End
        self.said: list[CallEvent] = []

    def ask(self, name: str, *args: object) -> None:
        self._of_layer(self.layer.fire(name, *args))

    def link(self, name: str, *args: object) -> None:
        self._of_pair(self.pair.fire(name, *args))

    def _of_layer(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(octets) if octets is ESTABLISH:
                    self.link("establish")
                case Send(octets):
                    self.link("data", octets)
                case Report(event):
                    self.said.append(event)

    def _of_pair(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(Want(link)) if self.wires[link]:
                    self.link("link_up", link)
                    self.far.link("link_up", link)
                case Send(Message(link, octets)) if self.wires[link]:
                    self.far.link("heard", link, octets)
                case Report(LinkUp()):
                    self.ask("link_up")
                case Report(LinkReset()):
                    self.ask("link_reset")
                case Report(LinkDown()):
                    self.ask("link_down")
                case Report(Data(octets)):
                    self.ask("data", octets)


@pytest.mark.parametrize("first", [0, 1])
def test_a_call_goes_on_over_the_other_d_channel(first: int) -> None:
    wires = [True, True]
    user, network = End("user", wires), End("network", wires)
    user.far, network.far = network, user
    user.ask("start")
    handle = user.layer.new_call()
    user.ask("setup", handle, FACTS)
    there = next(e.handle for e in network.said if isinstance(e.event, Offered))
    network.ask("connect", there)
    wires[0] = False
    for end in (user, network)[:: 1 if first == 0 else -1]:
        end.link("link_down", 0)
    assert user.pair.serving == network.pair.serving == 1
    assert user.layer.query()[handle][0] == network.layer.query()[there][0] == "ACTIVE"
    user.ask("clear", handle)
    assert isinstance(network.said[-1].event, Disconnected)
    network.ask("clear", there)
    assert not user.layer.query() | network.layer.query()
    assert any(isinstance(e.event, Answered) for e in user.said)
