"""R2 registers under a line that does anything to their signals: both ends finish, and in time."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.signalling import CallFacts, Failed
from telcard.signalling.r2 import VARIANTS, Decided, Variant, Wishes
from tests.support.fuzz import costly
from tests.support.r2_pair import Pair

WISHES = st.builds(
    Wishes,
    called_digits=st.one_of(st.none(), st.integers(1, 4)),
    caller=st.booleans(),
    caller_after=st.one_of(st.none(), st.integers(1, 3)),
    caller_digits=st.one_of(st.none(), st.integers(1, 3)),
    group_b=st.booleans(),
)


@pytest.mark.fuzz
@costly(60)
@given(
    known=st.sampled_from(list(VARIANTS.values())),
    called=st.text("0123456789", max_size=5),
    caller=st.text("0123456789", max_size=4),
    complete=st.booleans(),
    wishes=WISHES,
    made=st.dictionaries(st.integers(0, 40), st.integers(0, 15), max_size=6),
    delay_s=st.sampled_from([0.01, 0.05, 0.3]),
    refused=st.booleans(),
)
def test_whatever_a_line_makes_of_signals_both_ends_finish(
    known: Variant,
    called: str,
    caller: str,
    complete: bool,
    wishes: Wishes,
    made: dict[int, int],
    delay_s: float,
    refused: bool,
) -> None:
    """`made`: what becomes of the n-th change on the line; 0 is silence."""
    changes = itertools.count()
    pair = Pair(
        known,
        CallFacts(called=called, caller=caller, complete=complete),
        wishes,
        delay_s=delay_s,
        change=lambda towards, number: made.get(next(changes), number),
    )
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
