"""R2 registers under a line that does anything to their signals: both ends finish, and in time."""

import itertools
from random import Random

import pytest

from telcard.signalling import CallFacts, Failed
from telcard.signalling.r2 import VARIANTS, Decided
from tests.support.fuzz import by_chance
from tests.support.r2_pair import Pair, some_wishes


def digits(chance: Random, most: int) -> str:
    return "".join(chance.choices("0123456789", k=chance.randrange(most + 1)))


@pytest.mark.fuzz
@by_chance(41, inputs=60)
def test_whatever_a_line_makes_of_signals_both_ends_finish(chance: Random) -> None:
    # What becomes of the n-th change on the line; 0 is silence.
    made = {chance.randrange(41): chance.randrange(16) for _ in range(chance.randrange(7))}
    changes = itertools.count()
    pair = Pair(
        chance.choice(list(VARIANTS.values())),
        CallFacts(
            called=digits(chance, 5), caller=digits(chance, 4), complete=chance.random() < 0.5
        ),
        some_wishes(chance),
        delay_s=chance.choice([0.01, 0.05, 0.3]),
        change=lambda towards, number: made.get(next(changes), number),
    )
    refused = chance.random() < 0.5
    if refused:
        pair.backward.fire("refuse", 17)
    pair.start()
    pair.run(1500)
    for end in (pair.forward, pair.backward):
        assert end.register.state.name == "RELEASED"
        assert not end.running
        assert end.sending is None
    assert len(pair.backward.told(Decided) + pair.backward.told(Failed)) == 1
    if not made and not pair.backward.told(Failed):
        assert pair.backward.told(Decided) == [Decided(not refused, 17 if refused else 0)]
