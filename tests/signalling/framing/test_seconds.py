import numpy as np
import pytest

from telcard.signalling.framing import E1_CRC4, E1_FAS, T1_D4, T1_ESF, Performance


def told(*seconds: int | None, count: int = 1) -> Performance:
    """Errors of one second after the other; None is a defect."""
    performance = Performance(E1_CRC4)
    for errors in seconds * count:
        performance.second(errors or 0, defect=errors is None)
    return performance


def settled(*seconds: int | None) -> Performance:
    """The same, and ten seconds without errors, so that all is decided."""
    return told(*seconds, *[0] * 10)


def test_seconds_are_good_errored_or_severely_errored() -> None:
    quarter = settled(0, 1, 299, 300, None).quarter
    assert (quarter.es, quarter.ses, quarter.bbe, quarter.uas) == (4, 2, 300, 0)


def test_thirty_percent_of_the_blocks_are_severe() -> None:
    assert (E1_CRC4.severe, E1_CRC4.blocks) == (300, 1000)
    assert (E1_FAS.severe, T1_ESF.severe, T1_D4.severe) == (28, 320, 8)


def test_nine_severe_seconds_in_a_row_are_available_ones() -> None:
    performance = settled(*[None] * 9)
    assert (performance.quarter.ses, performance.quarter.uas) == (9, 0)
    assert performance.available


def test_ten_make_the_line_unavailable_from_the_first_of_them_on() -> None:
    performance = told(5, *[None] * 9)
    assert performance.available
    performance.second(defect=True)
    assert not performance.available
    assert (performance.quarter.uas, performance.quarter.ses, performance.quarter.es) == (10, 0, 1)


def test_ten_others_make_it_available_from_the_first_of_them_on() -> None:
    performance = told(*[None] * 12, *[1] * 9)
    assert not performance.available
    assert performance.quarter.uas == 12, "nine are not decided"
    performance.second(1)
    assert performance.available
    quarter = performance.quarter
    assert (quarter.uas, quarter.es, quarter.bbe, quarter.seconds) == (12, 10, 10, 22)


def test_a_pause_of_nine_seconds_belongs_to_the_outage() -> None:
    performance = settled(*[None] * 10, *[0] * 9, None, *[0] * 10)
    assert performance.quarter.uas == 20


def test_seconds_count_where_they_happened_though_they_are_decided_later() -> None:
    performance = told(*[0] * 895, *[None] * 10)
    assert [each.uas for each in performance.quarters] == [5]
    assert performance.quarter.uas == 5
    assert performance.day.uas == 10


def test_quarters_and_days_follow_each_other() -> None:
    performance = told(1, count=86_400 + 1000)
    assert [each.es for each in performance.quarters] == [900] * 96
    assert performance.quarter.es == 100
    assert performance.yesterday is not None
    assert (performance.yesterday.es, performance.day.es) == (86_400, 1000)
    assert performance.day.esr == 1.0
    assert performance.day.sesr == 0.0


def test_a_first_quarter_may_be_a_part() -> None:
    performance = Performance(E1_CRC4, begin_s=890)
    for _ in range(30):
        performance.second(slips=1)
    assert [each.seconds for each in performance.quarters] == [10]
    assert (performance.quarter.seconds, performance.quarter.slips) == (20, 20)
    with pytest.raises(ValueError, match="begin_s: want a second of a day, 0 to 86399; got 86400"):
        Performance(E1_CRC4, begin_s=86_400)


@pytest.mark.parametrize("begin_s", [0, 895, 86_000])
def test_seconds_alike_count_as_one_by_one(begin_s: int) -> None:
    many, ones = Performance(E1_CRC4, begin_s), Performance(E1_CRC4, begin_s)
    for count, defect in (
        (3, True),
        (7, False),
        (2000, True),
        (4, False),
        (9, True),
        (90_000, False),
    ):
        for each in (many, ones):
            each.second(errors=5)
        many.seconds(count, defect)
        for _ in range(count):
            ones.second(defect=defect)
        assert many == ones
    assert many.day.seconds < 90_000


def test_counts_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="want no counts below 0; got -1 errors, 0 slips"):
        Performance(E1_CRC4).second(-1)


def test_sums_agree_with_a_plain_reading_of_annex_a() -> None:
    for seed in range(30):
        chance = np.random.default_rng(seed)
        severe = np.repeat(chance.random(60) < 0.5, chance.integers(1, 15, 60))
        performance = settled(*[None if each else 1 for each in severe])
        available, unavailable = True, 0
        padded = np.append(severe, [False] * 10)
        for at in range(len(padded)):
            ahead = padded[at : at + 10]
            if len(ahead) == 10 and (ahead.all() if available else not ahead.any()):
                available = not available
            unavailable += not available
        assert performance.day.uas == unavailable, f"seed {seed}"
        assert performance.day.seconds == len(padded)
