"""Restarts from here: one at a time, repeated, never given up."""

import pytest

from telcard.machine import Report, Send, StopTimer
from telcard.signalling.causes import Cause
from telcard.signalling.events import AlarmCeased, Alarmed, Restarted
from telcard.signalling.isdn import EURO, CallEvent
from telcard.signalling.isdn.channels import E1, Channels, Whole, address
from telcard.signalling.isdn.elements import ChannelIdentification
from telcard.signalling.isdn.messages import Message, decode
from telcard.signalling.isdn.restarts import NULL, REQUEST, Restarts, acknowledgement, meant


def up() -> tuple[Restarts, Channels]:
    books = Channels(E1, lowest_first=True)
    restarts = Restarts(books, EURO)
    restarts.link_up()
    return restarts, books


def channels(effects: list) -> list[tuple[int, ...]]:
    found = [decode(effect.pdu) for effect in effects if isinstance(effect, Send)]
    named = [message.get(ChannelIdentification) for message in found]
    return [element.channels if element else () for element in named]


def test_one_restart_is_on_its_way_at_a_time() -> None:
    restarts, books = up()
    assert restarts.state == NULL
    assert channels(restarts.ask(3)) == [(3,)]
    assert restarts.ask(5) == restarts.ask(4) == []
    assert restarts.state == REQUEST
    effects = restarts.acknowledged()
    assert effects[:2] == [StopTimer("T316"), Report(CallEvent(0, 3, Restarted((3,))))]
    assert channels(effects) == [(5,)]
    assert books.restarting == {4, 5}
    restarts.acknowledged()
    restarts.acknowledged()
    assert books.restarting == set()
    assert restarts.acknowledged() == []  # nobody asked


def test_a_restart_waits_for_the_data_link_and_begins_anew_with_it() -> None:
    restarts, _ = up()
    restarts.ask(3)
    assert restarts.link_down() == [StopTimer("T316")]
    assert restarts.ask(4) == restarts.link_down() == restarts.again() == []
    assert channels(restarts.link_up()) == [(3,)]


def test_a_restart_that_is_not_answered_raises_the_alarm_once_and_goes_on() -> None:
    restarts, books = up()
    restarts.ask(3)
    assert channels(restarts.unanswered()) == [(3,)]
    effects = restarts.unanswered()
    why = Alarmed("RESTART is not answered (T316)")
    assert effects[0] == Report(CallEvent(0, 3, why))
    assert channels(effects) == [(3,)]
    assert not [e for e in restarts.unanswered() + restarts.unanswered() if isinstance(e, Report)]
    assert Report(CallEvent(0, 3, AlarmCeased())) in restarts.acknowledged()
    assert books.restarting == set()


def test_a_late_expiry_means_nothing() -> None:
    restarts, _ = up()
    assert restarts.unanswered() == []


def test_a_channel_that_the_far_end_seizes_needs_no_restart() -> None:
    restarts, books = up()
    restarts.ask(3)
    restarts.ask(4)
    restarts.overtaken(3)  # on its way: it would end the call
    restarts.overtaken(4)
    restarts.overtaken(5)
    assert books.restarting == {3}
    restarts.ask(None)
    restarts.overtaken(4)
    assert 4 in books.restarting


def test_an_interface_is_restarted_as_a_whole() -> None:
    restarts, books = up()
    assert channels(restarts.ask(None)) == [()]
    assert books.restarting == set(E1)
    assert Report(CallEvent(0, None, Restarted(()))) in restarts.acknowledged()


def several() -> Channels:
    return Channels((1, 2, address(3, 1), address(3, 2)), lowest_first=True, home=0)


@pytest.mark.parametrize(
    ("scope", "octets", "there"),
    [
        # 08 02 0000 46 RESTART; 18 channel identification; 79 restart indicator: 80 channels as
        # named, 86 one interface, 87 all interfaces
        (address(3, 2), "0802000046 1804e9838382 790180", (address(3, 2),)),
        (Whole(3), "0802000046 1802e983 790186", (address(3, 1), address(3, 2))),
        (None, "0802000046 790187", ()),
    ],
)
def test_a_restart_names_the_interface(scope: object, octets: str, there: tuple[int, ...]) -> None:
    books = several()
    restarts = Restarts(books, EURO)
    restarts.link_up()
    sent, _ = restarts.ask(scope)
    assert sent.pdu == bytes.fromhex(octets)
    assert books.restarting == set(there or books.numbers)
    message = decode(sent.pdu)
    assert isinstance(message, Message)
    assert meant(message, several()) == there
    assert acknowledgement(message).encode().hex()[8:] == "4e" + octets.split(" ", 1)[1].replace(
        " ", ""
    )
    assert restarts.acknowledged()[1] == Report(
        CallEvent(0, scope if isinstance(scope, int) else None, Restarted(there))
    )
    assert not books.restarting


def test_a_restart_of_one_interface_or_of_nothing_there() -> None:
    for octets, wanted in (
        ("0802000046 790186", (1, 2)),  # that of the D-channel
        ("0802000046 1802e989 790186", Cause.CHANNEL_DOES_NOT_EXIST),
        ("0802000046 1804e9838389 790180", Cause.CHANNEL_DOES_NOT_EXIST),
        ("0802000046 790180", Cause.MANDATORY_ELEMENT_MISSING),
        ("0802000046 1804e9838382", Cause.MANDATORY_ELEMENT_MISSING),
    ):
        message = decode(bytes.fromhex(octets))
        assert isinstance(message, Message)
        assert meant(message, several()) == wanted


def test_a_channel_waits_for_the_restart_of_its_interface() -> None:
    books = several()
    restarts = Restarts(books, EURO)
    restarts.ask(address(3, 1))
    restarts.ask(Whole(3))
    restarts.overtaken(address(3, 1))
    assert address(3, 1) in books.restarting
