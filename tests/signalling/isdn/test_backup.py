"""Two D-channels: one serves, the other takes over."""

import itertools

import pytest

from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling.isdn import Data, LinkDown, LinkReset, LinkUp
from telcard.signalling.isdn.backup import (
    WAITING,
    Announce,
    Backup,
    LetGo,
    Message,
    Serving,
    Standing,
    Want,
)

RESET = Report(LinkReset(lost=True))


def serving(*, announces: bool = False) -> Backup:
    """A pair whose primary serves, while the other stands by."""
    pair = Backup(announces=announces)
    pair.fire("establish")
    pair.fire("link_up", 0)
    pair.fire("link_up", 1)
    return pair


def test_both_are_wanted_and_the_primary_serves() -> None:
    pair = Backup()
    assert pair.fire("establish") == [Send(Want(0)), Send(Want(1))]
    assert pair.fire("link_up", 1) == []  # the primary may still come
    begun = [StopTimer("standby")]
    assert pair.fire("link_up", 0) == [Report(Serving(0)), Report(LinkUp())]
    assert pair.fire("link_up", 1) == begun
    assert pair.fire("data", b"a") == [Send(Message(0, b"a"))]
    assert pair.fire("heard", 0, b"b") == [Report(Data(b"b"))]
    assert pair.fire("link_reset", 0) == [RESET]


def test_the_second_serves_when_the_primary_does_not_come() -> None:
    begun = [StartTimer("standby"), Report(Serving(1)), Report(LinkUp())]
    for late in (("establish",), ("link_down", 0)):
        pair = Backup()
        pair.fire("establish")
        pair.fire("link_up", 1)
        assert pair.fire(*late) == begun
        assert pair.expire("standby") == [Send(Want(0)), StartTimer("standby")]
    pair = Backup()
    pair.fire("link_up", 1)
    assert pair.fire("heard", 1, b"a") == [*begun, Report(Data(b"a"))]


def test_annex_f_establishes_the_other_anew_and_messages_wait_meanwhile() -> None:
    pair = serving()
    assert pair.fire("link_down", 0) == [StartTimer("T321"), Send(Want(1))]
    assert pair.fire("data", b"a") == []
    there = [StopTimer("T321"), Send(Announce(1)), StartTimer("standby")]
    changed = [Report(Serving(1)), RESET, Send(Message(1, b"a"))]
    assert pair.fire("link_reset", 1) == there + changed
    assert pair.fire("link_up", 0) == [StopTimer("standby")]  # it stands by now
    assert pair.fire("link_down", 1) == [StartTimer("T321"), Send(Want(0))]


def test_national_isdn_announces_the_other_and_nothing_waits() -> None:
    pair = Backup(announces=True)
    pair.fire("establish")
    assert pair.fire("link_up", 0)[0] == Send(Announce(0))
    pair.fire("link_up", 1)
    effects = pair.fire("link_down", 0)
    assert effects == [Send(Announce(1)), StartTimer("standby"), Report(Serving(1)), RESET]
    assert pair.fire("data", b"a") == [Send(Message(1, b"a"))]
    assert pair.fire("link_up", 0) == pair.fire("link_reset", 0) == [StopTimer("standby")]


def test_the_far_end_may_change_over_first() -> None:
    taken = [Send(LetGo(0)), StartTimer("standby"), Report(Serving(1)), RESET]
    assert serving().fire("link_reset", 1) == [StopTimer("standby")]  # to stand by, perhaps
    assert serving().fire("heard", 1, b"a") == [*taken, Report(Data(b"a"))]
    pair = serving(announces=True)
    assert pair.fire("announced", 0, 1, True) == []  # only on the one that it names
    assert pair.fire("announced", 1, 1, True) == taken
    assert pair.fire("announced", 1, 1, True) == []
    assert pair.fire("link_down", 0) == [StartTimer("standby")]


def test_a_d_channel_that_is_announced_out_of_service_is_changed_from() -> None:
    pair = serving(announces=True)
    assert pair.fire("announced", 1, 1, False) == []
    assert pair.fire("announced", 0, 0, False)[0] == Send(Announce(1))
    pair.fire("link_down", 0)
    assert pair.fire("announced", 1, 1, False) == []  # there is no other


@pytest.mark.parametrize("end", ["T321", "link_down"])
def test_when_neither_can_be_had_the_link_is_down(end: str) -> None:
    pair = serving()
    pair.fire("link_down", 0)
    pair.fire("data", b"a")
    effects = pair.expire(end) if end == "T321" else pair.fire(end, 1)
    assert effects[-1] == Report(LinkDown())
    assert pair.fire("data", b"b") == []
    assert pair.fire("establish") == [Send(Want(0)), Send(Want(1))]
    assert pair.fire("link_up", 0)[-1] == Report(LinkUp())  # what waited is forgotten


def test_without_another_that_stands_by_the_link_is_down_at_once() -> None:
    pair = serving()
    assert pair.fire("link_down", 1) == [StartTimer("standby")]
    assert pair.fire("link_down", 0) == [Report(LinkDown())]


def test_the_first_may_come_back_while_the_other_is_asked_for() -> None:
    pair = serving()
    pair.fire("link_down", 0)
    assert pair.fire("link_up", 0) == []
    assert pair.fire("link_down", 1)[-2:] == [Report(Serving(0)), RESET]


def test_what_waits_is_bounded() -> None:
    pair = serving()
    pair.fire("link_down", 0)
    for number in range(WAITING + 5):
        pair.fire("data", bytes((number,)))
    sent = [effect.pdu for effect in pair.fire("link_up", 1) if isinstance(effect, Send)]
    assert sum(isinstance(pdu, Message) for pdu in sent) == WAITING


def test_every_input_has_its_place_in_every_state() -> None:
    inputs = {name for _, name in Backup.table} - {"T321"}
    assert set(itertools.product(Standing, inputs)) <= set(Backup.table)
    with pytest.raises(ValueError, match="no input 'fly'"):
        serving().fire("fly")
