"""What a card cannot do is refused in one sentence."""

import pytest

from telcard.cards import DRIVERS, Capabilities
from telcard.errors import CardError

MODEM = Capabilities(play=True, record=True, collect=True)


def test_what_is_declared_is_not_refused() -> None:
    MODEM.require("modem on ttyS0", "play", "collect")


def test_what_is_not_declared_is_refused_in_one_sentence() -> None:
    with pytest.raises(CardError) as error:
        MODEM.require("modem on ttyS0", "play", "mask", "conference")
    assert str(error.value) == (
        "modem on ttyS0: cannot mask, conference; it can play, record, collect"
    )


def test_a_channel_that_can_nothing_says_so() -> None:
    with pytest.raises(CardError, match="it can nothing"):
        Capabilities().require("empty slot", "play")


def test_a_capability_that_does_not_exist_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match=r"want one of play, .*; got 'pley'"):
        MODEM.require("modem", "pley")


def test_drivers_are_known_by_the_part_of_the_name_before_the_colon() -> None:
    assert list(DRIVERS) == ["emulator"]
    assert "d300sc_e1" in DRIVERS["emulator"].probe()
