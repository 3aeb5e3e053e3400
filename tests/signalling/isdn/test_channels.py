"""The books of the channels."""

import pytest

from telcard.errors import ConfigError, LocalProtocolError
from telcard.signalling.isdn.channels import (
    E1,
    T1,
    Channels,
    ChannelStatus,
    Whole,
    address,
    apart,
)
from telcard.signalling.isdn.elements import ChannelIdentification


def test_the_network_begins_below_and_the_user_above() -> None:
    assert Channels(E1, lowest_first=True).pick() == 1
    assert Channels(E1, lowest_first=False).pick() == 31
    assert Channels(T1, lowest_first=False).pick() == 23


def test_a_wanted_channel_is_given_or_another_unless_it_is_insisted_on() -> None:
    books = Channels(E1, lowest_first=True)
    assert books.pick(9) == 9
    books.take(9, 100)
    assert books.pick(9) == 1
    assert books.pick(9, exclusive=True) is None


def test_a_call_holds_one_channel_and_a_channel_one_call() -> None:
    books = Channels((1, 2), lowest_first=True)
    books.take(1, 100)
    books.take(2, 100)
    assert (books.owner(1), books.owner(2), books.of(100)) == (None, 100, 2)
    books.take(2, 200)
    assert (books.of(100), books.of(200)) == (None, 2)
    assert books.drop(100) is None
    assert books.drop(200) == 2
    assert books.pick() == 1


def test_every_channel_has_its_word() -> None:
    books = Channels((1, 2, 3, 4, 5), lowest_first=True)
    books.take(1, 7)
    books.restarting.add(2)
    books.blocked.add(3)
    books.far_blocked.add(4)
    words = ["call", "restarting", "blocked here", "blocked there", "idle"]
    assert [status.state for status in books.status()] == words
    assert books.status()[0] == ChannelStatus(1, "call", 7)
    assert books.pick() == 5


def test_channels_are_timeslots() -> None:
    for wrong in ((), (0, 1), (32,)):
        with pytest.raises(ConfigError, match="channels: want some of 1 to 31, got"):
            Channels(wrong, lowest_first=True)
    with pytest.raises(LocalProtocolError, match="channel 16: want one of"):
        Channels(E1, lowest_first=True).these(16)


def several() -> Channels:
    """Two T1s: interface 0 with the D-channel, interface 3 without one."""
    numbers = (*T1, *(address(3, timeslot) for timeslot in range(1, 25)))
    return Channels(numbers, lowest_first=True, home=0)


def test_a_channel_of_one_interface_among_several_is_named_by_both_numbers() -> None:
    books = several()
    channel = address(3, 24)
    assert apart(channel) == (3, 24)
    # e9: interface named, primary rate, exclusive, "as follows"; 83: interface 3; 83: numbers of
    # channels; 98: 24, the last
    element = books.element(channel)
    assert element.contents().hex(" ") == "e9 83 83 98"
    assert books.named(ChannelIdentification.parse(element.contents())) == (channel,)
    assert books.element(7, False).contents().hex(" ") == "e1 80 83 87"
    assert books.named(ChannelIdentification((7,))) == (7,)  # that of the D-channel
    assert books.named(ChannelIdentification((24,))) == (24,)  # which is the D-channel itself
    assert 24 not in books
    assert books.named(ChannelIdentification((99,), interface=2)) == (address(2, 99),)


def test_an_interface_that_is_alone_is_named_as_its_profile_has_it() -> None:
    assert Channels(T1, lowest_first=True).element(7).contents().hex(" ") == "a9 83 87"
    named = Channels(T1, lowest_first=True, implied=1)
    assert named.element(7).contents().hex(" ") == "e9 81 83 87"
    assert named.named(ChannelIdentification((7,), interface=5)) == (7,)


def test_a_scope_is_a_channel_an_interface_or_all() -> None:
    books = several()
    assert books.these(address(3, 2)) == (address(3, 2),)
    assert len(books.these(Whole(3))) == 24
    assert books.named(ChannelIdentification(interface=3, whole=True)) == books.these(Whole(3))
    assert len(books.these(None)) == 47
    with pytest.raises(ConfigError, match="channels: want some of 1 to 31"):
        Channels((address(3, 2),), lowest_first=True)
