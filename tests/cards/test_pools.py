"""Pools run out, say who holds what, and notice what comes back twice or never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.cards.pools import Entry, Pool
from telcard.errors import CardError, NoResource


def test_a_pool_gives_its_lowest_number_first() -> None:
    pool = Pool("voice", 3)
    assert [pool.take("a").number for _ in range(3)] == [1, 2, 3]
    assert pool.free == 0


def test_a_number_that_comes_back_is_taken_again() -> None:
    pool = Pool("voice", 3)
    first, second, _ = (pool.take("a") for _ in range(3))
    second.give()
    first.give()
    assert pool.take("b").number == 1


def test_an_empty_pool_names_itself_its_size_and_its_holders() -> None:
    pool = Pool("voice", 3)
    for owner in ("call 7", "call 9", "call 7"):
        pool.take(owner)
    with pytest.raises(NoResource) as error:
        pool.take("call 10")
    assert str(error.value) == "pool voice: all 3 are taken, by call 7 (2), call 9"
    assert pool.refused == 1


def test_a_long_list_of_holders_is_cut_and_the_rest_is_counted() -> None:
    pool = Pool("voice", 30)
    for number in range(30):
        pool.take(f"call {number:02}")
    with pytest.raises(NoResource, match=r"by call 00, .*call 07 and 22 more$"):
        pool.take("one too many")


def test_a_certain_number_may_be_asked_for() -> None:
    pool = Pool("voice", 30)
    entry = pool.take("dxxxB2C1", 5)
    assert entry.number == 5
    with pytest.raises(NoResource, match="pool voice: 5 of 30 is taken, by dxxxB2C1"):
        pool.take("another", 5)
    with pytest.raises(NoResource, match="want a number from 1 to 30; got 31"):
        pool.take("another", 31)
    assert [pool.take("a").number for _ in range(5)] == [1, 2, 3, 4, 6]


def test_giving_back_twice_is_an_error() -> None:
    pool = Pool("voice", 1)
    entry = pool.take("call 1")
    entry.give()
    with pytest.raises(CardError, match="call 1 gives back voice 1, which is not out"):
        entry.give()


def test_giving_back_what_another_holds_by_now_is_an_error() -> None:
    pool = Pool("voice", 1)
    old = pool.take("call 1")
    old.give()
    new = pool.take("call 2")
    with pytest.raises(CardError):
        old.give()
    assert pool.taken == (new,)


def test_an_entry_of_another_pool_is_not_taken_back() -> None:
    fax, voice = Pool("fax", 1), Pool("voice", 1)
    voice.take("call 1")
    with pytest.raises(CardError, match="pool voice: call 2 gives back fax 1"):
        voice.give(fax.take("call 2"))


def test_an_entry_is_given_back_at_the_end_of_a_with_whatever_happens() -> None:
    pool = Pool("voice", 1)
    with pytest.raises(ValueError, match="oops"), pool.take("call 1"):
        raise ValueError("oops")
    assert pool.free == 1


def test_what_is_still_out_is_the_leak_report() -> None:
    pool = Pool("voice", 30)
    pool.take("call 3").give()
    pool.take("call 4")
    assert repr(pool.taken) == "(<voice 1 of 30, held by call 4>,)"
    assert repr(pool) == "<Pool voice: 29 of 30 free>"
    assert pool.holders() == "call 4"
    assert Pool("fax", 1).holders() == "nobody"


@given(st.integers(1, 6), st.lists(st.integers(0, 12), max_size=60))
def test_a_pool_never_gives_one_number_twice(size: int, steps: list[int]) -> None:
    pool = Pool("voice", size)
    out: list[Entry] = []
    for step in steps:
        if step % 2 and out:
            out.pop(step % len(out)).give()
        elif len(out) < size:
            out.append(pool.take(f"owner {step}"))
        else:
            with pytest.raises(NoResource):
                pool.take("late")
        assert len({entry.number for entry in out}) == len(out) == size - pool.free
        assert sorted(entry.number for entry in out) == [entry.number for entry in pool.taken]
        assert pool.peak >= len(out)
