"""The speller against a parser that goes the other way and shares nothing with it."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.speech import Date, Digits, Money, Number, plan
from telcard.speech.english import CLIPS, CURRENCIES
from telcard.speech.sayables import MONEY_LIMIT, NUMBER_LIMIT

CARDINALS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {"thousand": 1000, "million": 10**6, "billion": 10**9}
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip


def words(names: tuple[str, ...]) -> list[str]:
    """Texts of a plan's clips; asserts on the way that only the last one falls."""
    for name in names[:-1]:
        assert name + "_on" not in CLIPS, f"{name} falls in the middle of {names}"
    assert not names[-1].endswith("_on")
    return [CLIPS[name].text for name in names]


def heard_number(texts: list[str]) -> int:
    """What a listener makes of the words of a cardinal; asserts that they are said as one does."""
    total = group = 0
    scale_before = 10**12
    for word in " ".join(texts).split():
        if word in SCALES:
            assert 0 < group < 1000
            assert SCALES[word] < scale_before, "scales come from the greatest down, each once"
            scale_before = SCALES[word]
            total += group * SCALES[word]
            group = 0
        elif word == "hundred":
            assert 0 < group < 10
            group *= 100
        else:
            value = CARDINALS[word]
            room = group % 100
            assert room == 0 or (room >= 20 and room % 10 == 0 and 0 < value < 10)
            assert value or texts == ["zero"]
            group += value
    return total + group


def heard(texts: list[str]) -> int:
    if texts[0] == "minus":
        return -heard_number(texts[1:])
    return heard_number(texts)


NUMBERS = st.one_of(
    st.integers(-NUMBER_LIMIT + 1, NUMBER_LIMIT - 1),
    st.integers(-10_000, 10_000),
    st.builds(lambda n, power: n * 10**power, st.integers(-999, 999), st.integers(0, 9)),
)


@given(NUMBERS)
def test_a_number_is_heard_as_it_was_meant(value):
    texts = words(plan(Number(value)))
    assert heard(texts) == value
    assert (texts[0] == "minus") == (value < 0)


def test_every_number_to_ten_thousand_is_heard_as_it_was_meant():
    assert [heard(words(plan(Number(n)))) for n in range(10_001)] == list(range(10_001))


def test_every_number_is_said_in_its_own_way():
    assert len({plan(Number(n)) for n in range(-3000, 3000)}) == 6000


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "zero"),
        (-7, "minus seven"),
        (13, "thirteen"),
        (40, "forty"),
        (99, "ninety nine"),
        (100, "one hundred"),
        (205, "two hundred five"),
        (1000, "one thousand"),
        (1_000_001, "one million one"),
        (
            987_654_321_012,
            "nine hundred eighty seven billion six hundred fifty four million "
            "three hundred twenty one thousand twelve",
        ),
    ],
)
def test_a_number_is_said_so(value, said):
    assert " ".join(words(plan(Number(value)))) == said


@given(
    st.integers(-NUMBER_LIMIT + 1, NUMBER_LIMIT - 1),
    st.integers(1, 12),
)
def test_a_decimal_is_read_as_written(scaled, places):
    value = Decimal(scaled).scaleb(-places)
    texts = words(plan(Number(value)))
    minus = texts[:1] == ["minus"]
    at = texts.index("point")
    fraction = "".join(str(CARDINALS[digit]) for digit in texts[at + 1 :])
    said = Decimal(f"{heard_number(texts[minus:at])}.{fraction}")
    assert len(fraction) == places
    assert (-said if minus else said) == value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1.50", "one point five zero"),
        ("-0.05", "minus zero point zero five"),
        ("7", "seven"),
        ("1E+3", "one thousand"),
    ],
)
def test_a_decimal_is_said_so(value, said):
    assert " ".join(words(plan(Number(Decimal(value))))) == said


def heard_money(texts: list[str], currency: str) -> int:
    one, many, one_hundredth, many_hundredths = CURRENCIES[currency]
    minus = texts[:1] == ["minus"]
    rest = texts[minus:]
    whole = hundredths = 0
    if one in rest or many in rest:
        at = next(index for index, word in enumerate(rest) if word in (one, many))
        whole = heard_number(rest[:at])
        assert rest[at] == (one if whole == 1 else many)
        rest = rest[at + 1 :]
        if rest:
            assert rest.pop(0) == "and"
            assert whole, "no 'zero dollars and'"
    if rest:
        hundredths = heard_number(rest[:-1])
        assert 0 < hundredths < 100
        assert rest[-1] == (one_hundredth if hundredths == 1 else many_hundredths)
    return -(whole * 100 + hundredths) if minus else whole * 100 + hundredths


MINOR = st.one_of(
    st.integers(-MONEY_LIMIT + 1, MONEY_LIMIT - 1),
    st.integers(-30_000, 30_000),
    st.integers(-NUMBER_LIMIT + 1, NUMBER_LIMIT - 1).map(lambda whole: whole * 100),
)


@given(MINOR, st.sampled_from(sorted(CURRENCIES)))
def test_money_is_heard_to_the_cent(minor, currency):
    assert heard_money(words(plan(Money(minor, currency))), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (0, "USD", "zero dollars"),
        (1, "USD", "one cent"),
        (-5, "USD", "minus five cents"),
        (100, "USD", "one dollar"),
        (101, "USD", "one dollar and one cent"),
        (200, "USD", "two dollars"),
        (125_075, "USD", "one thousand two hundred fifty dollars and seventy five cents"),
        (-100_000_001, "USD", "minus one million dollars and one cent"),
        (350, "CNY", "three yuan and fifty fen"),
    ],
)
def test_money_is_said_so(minor, currency, said):
    assert " ".join(words(plan(Money(minor, currency)))) == said


def test_every_day_of_the_year_is_heard_as_it_was_meant():
    months = "January February March April May June July August September October November December"
    day = datetime.date(2024, 1, 1)
    while day.year == 2024:
        month, *ordinal = words(plan(Date(day)))
        heard_day = sum(CARDINALS.get(word, 0) + ORDINALS.get(word, 0) for word in ordinal)
        assert months.split().index(month) + 1 == day.month
        assert heard_day == day.day
        assert ordinal[-1] in ORDINALS
        assert len(ordinal) == (2 if day.day in {*range(21, 30), 31} else 1)
        day += datetime.timedelta(days=1)


@given(st.text("0123456789*#", min_size=1, max_size=30))
def test_digits_are_heard_one_by_one(keys):
    names = [name for name in plan(Digits(keys)) if name != "gap"]
    values = {"star": "*", "hash": "#"}
    texts = words(tuple(names))
    assert "".join(values.get(word) or str(CARDINALS[word]) for word in texts) == keys


def test_a_falling_word_has_a_twin_that_goes_on():
    for name, clip in CLIPS.items():
        if name.endswith("_on"):
            assert CLIPS[name.removesuffix("_on")].text == clip.text
            assert clip.spoken.endswith(",")
            assert CLIPS[name.removesuffix("_on")].spoken.endswith(".")


def test_the_voice_is_given_the_text_and_only_punctuation_more():
    for clip in CLIPS.values():
        assert clip.spoken.lower().rstrip(",.") == clip.text.lower().rstrip(",.")
