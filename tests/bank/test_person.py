"""The service `person`: what the desk is told, and what the caller is told after it."""

import asyncio

import pytest

from telcard.acd import Ending, Screen
from telcard.bank.hotline import MENU, ask_choice
from telcard.errors import HungUp

OFFER = ask_choice(MENU).prompt


class FakeDesk:
    """A desk where every visit takes so long and ends so."""

    def __init__(self, *endings: Ending | Exception, takes_s: float = 1.0) -> None:
        self.endings = list(endings)
        self.takes_s = takes_s
        self.screens: list[Screen] = []

    async def visit(self, call, screen: Screen) -> Ending:
        self.screens.append(screen)
        await asyncio.sleep(self.takes_s)
        ending = self.endings.pop(0)
        if isinstance(ending, Exception):
            raise ending
        return ending


@pytest.fixture
def ask(run, bank, visit, fake_call, people):
    """Prove an account, then key this, with a desk; returns the call and its desk."""

    def ask(*keys: str, desk: FakeDesk | None):
        async def main():
            call = fake_call((people.ada, people.pins[people.ada], *keys))
            await visit(call, bank, desk=desk)
            return call

        return run(main())

    return ask


def test_the_agent_is_told_who_it_is_and_what_was_asked(ask, people) -> None:
    desk = FakeDesk(Ending.SENT_BACK)
    call = ask("1", "0", "*", desk=desk)
    assert desk.screens == [
        Screen(
            caller=call.caller,
            called="8000",
            language="en",
            identified=True,
            account=people.ada[-4:],
            number=people.ada,
            entered=("balance",),
        )
    ]
    assert call.done == ["balance", "person"]


def test_who_is_sent_back_is_in_the_menu_with_all_he_had_proved(ask) -> None:
    call = ask("0", "1", "*", desk=FakeDesk(Ending.SENT_BACK))
    assert call.said[1] == ("sent_back",)
    assert call.said[2][0] == "your_balance_is"
    assert call.asked.count(("enter_pin",)) == 1


def test_the_agent_ends_the_call(ask) -> None:
    call = ask("0", desk=FakeDesk(Ending.ENDED))
    assert call.said[-1] == ("goodbye",)
    assert call.summary.reason == "spoke to a person"


@pytest.mark.parametrize(
    ("ending", "clip"),
    [
        (Ending.TOO_LONG, "all_busy"),
        (Ending.NOBODY, "nobody_there"),
        (Ending.LOST, "connection_lost"),
        (ZeroDivisionError("the desk broke"), "connection_lost"),
    ],
)
def test_whatever_goes_wrong_he_is_told_and_served_on(ask, caplog, ending, clip: str) -> None:
    call = ask("0", "1", "*", desk=FakeDesk(ending))
    assert call.said[1] == (clip, ".", "sent_back")
    assert call.said[2][0] == "your_balance_is"
    assert ("the desk broke" in caplog.text) == isinstance(ending, Exception)


def test_a_caller_who_hangs_up_at_the_desk_ends_the_flow(ask) -> None:
    call = ask("0", desk=FakeDesk(HungUp()))
    assert call.summary.reason == "caller hung up"


def test_without_a_desk_a_person_is_neither_offered_nor_to_be_had(ask) -> None:
    call = ask("0", "*", desk=None)
    assert "to_speak_to_a_person" not in {word for words in call.asked for word in words}
    assert call.said[1] == ("invalid_choice",)
    assert "to_speak_to_a_person" in OFFER


def test_talking_for_an_hour_does_not_use_up_the_call_s_time(ask) -> None:
    call = ask("0", "1", "*", desk=FakeDesk(Ending.SENT_BACK, takes_s=3600))
    assert call.summary.reason == "goodbye"
