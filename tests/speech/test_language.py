import datetime

import pytest

from telcard.errors import ConfigError
from telcard.speech import Date, Digits, Money, Number, plan


def test_only_the_last_word_falls():
    assert plan(Number(22)) == ("twenty_on", "two")
    assert plan(Number(22), Number(22)) == ("twenty_on", "two_on", "twenty_on", "two")
    assert plan(Number(22), "press") == ("twenty_on", "two_on", "press")


def test_a_full_stop_ends_a_sentence_with_a_pause():
    items = ("for_your_balance", "press", Digits("1"), ".", "goodbye")
    assert plan(*items) == ("for_your_balance", "press", "one", "pause", "goodbye")


def test_full_stops_at_either_end_or_in_a_row_say_nothing():
    assert plan(".", ".", Number(2), ".", ".", "goodbye", ".") == ("two", "pause", "goodbye")
    assert plan(".") == plan() == ()


def test_one_sentence_after_the_other_is_the_sum_of_their_plans():
    first, second = (Number(21),), ("your_balance_is", Money(100, "USD"))
    assert plan(*first, ".", *second) == (*plan(*first), "pause", *plan(*second))


def test_a_word_named_by_hand_is_intoned_as_well():
    assert plan("two", "dollars") == ("two_on", "dollars")
    assert plan("two_on", "dollars_on") == ("two_on", "dollars_on")


def test_groups_of_digits_stand_apart():
    wanted = "one_on two_on gap three_on four_on five"
    assert plan(Digits("12345")) == tuple(wanted.split())


def test_keys_are_read_too():
    assert plan("press", Digits("*#")) == ("press", "star_on", "hash")


def test_an_operators_clip_may_be_said():
    assert plan("branch_hours", extra={"branch_hours"}) == ("branch_hours",)


def test_the_same_items_give_the_same_plan():
    items = ("on", Date(datetime.date(2026, 11, 22)), "credit_of", Money(12345, "CNY"))
    assert plan(*items) == plan(*items)


@pytest.mark.parametrize(
    ("items", "language", "told"),
    [
        (("wellcome",), "en", "no clip is called 'wellcome' in language 'en'"),
        ((Money(1, "JPY"),), "en", "currency to say: want one of CNY, USD, got 'JPY'"),
        (("welcome",), "tlh", "language: want one of en, got 'tlh'"),
    ],
)
def test_what_is_unknown_is_told_in_one_sentence(items, language, told):
    with pytest.raises(ConfigError) as caught:
        plan(*items, language=language)
    assert str(caught.value) == told
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("item", [12, 1.5, None, b"welcome", ["welcome"]])
def test_a_bare_value_is_refused(item):
    with pytest.raises(ValueError, match=r"^to say: want a clip's name or a value of telcard"):
        plan(item)
