"""What every kind of call has in common: what it has no signal for is refused in a sentence."""

import asyncio
from collections.abc import Callable

import pytest

from telcard.clock import VirtualClock, run
from telcard.errors import CardError, LineError
from telcard.signalling import CallFacts
from telcard.trunks import Leg
from telcard.trunks.face import blocked


class Bare(Leg):
    signalling = "smoke"


def make(facts: CallFacts | None = None) -> Bare:
    async def main() -> Bare:
        return Bare("hill 1", facts or CallFacts(called="95588", caller="0215"))

    return run(main(), VirtualClock())


@pytest.mark.parametrize(
    ("verb", "wanted"),
    [
        (lambda leg: leg.ring(), "ring"),
        (lambda leg: leg.progress(), "send sound before the answer"),
        (lambda leg: leg.answer(), "answer"),
        (lambda leg: leg.redirect("110"), "send the call on to 110"),
        (lambda leg: run(leg.transfer(leg), VirtualClock()), "be connected with hill 1"),
    ],
)
def test_a_kind_without_a_signal_refuses(verb: Callable[[Leg], None], wanted: str) -> None:
    with pytest.raises(CardError, match=f"hill 1: cannot {wanted}, smoke has no signal for it"):
        verb(make())


def test_a_withheld_number_is_nobodys_to_see() -> None:
    assert make().caller == "0215"
    assert make(CallFacts(caller="0215", caller_presented=False)).caller == ""


def test_what_has_come_last_has_come_after_all_before_it() -> None:
    leg = make()
    leg.proceeds()
    assert (leg.proceeding.done(), leg.alerting.done(), leg.answered.done()) == (True, False, False)
    leg.proceeds(answered=True)
    assert leg.alerting.done()
    assert leg.answered.done()
    leg.proceeds(alerting=True)  # late, and harmless


def test_the_first_cause_counts() -> None:
    leg = make()
    leg.lost(17)
    leg.lost(16)
    assert leg.cleared.result() == 17
    with pytest.raises(LineError, match="hill 1: the far end has gone"):
        asyncio.run(leg.send_digits("1"))


def test_who_blocks_is_told_in_a_word() -> None:
    assert [blocked(*who) for who in [(0, 0), (1, 0), (0, 1), (1, 1)]] == [
        "", "here", "there", "both",
    ]  # fmt: skip
