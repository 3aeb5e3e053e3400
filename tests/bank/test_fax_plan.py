"""What next, and when: the decision alone, as a table, and what must hold for any history."""

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.bank.fax_plan import (
    DAY,
    FEWER,
    Attempt,
    Ending,
    Fax,
    FaxRules,
    Outcome,
    Over,
    Spent,
    Wait,
    decide,
    opening,
    outcome_of_call,
    outcome_of_fax,
)
from telcard.fax.t30 import Reason
from telcard.signalling import Cause

ASKED = datetime(2026, 1, 5, 9, tzinfo=UTC)
LADDER = FaxRules(hours=None)
MINUTE = timedelta(minutes=1)
O = Outcome  # noqa: E741 - the table below is read by it


def fax(*outcomes, every=2 * MINUTE, lasts=MINUTE):
    """A fax that was tried so, each attempt begun so long after the one before it began."""
    begun = [ASKED + number * every for number in range(len(outcomes))]
    tries = tuple(
        Attempt(number, at, at + lasts, outcome, why=f"try {number}")
        for number, (at, outcome) in enumerate(zip(begun, outcomes, strict=True), 1)
    )
    return Fax(1, ASKED, "10020030", "02154321", "statement", "call 1", tries)


def last_end(one):
    return one.attempts[-1].ended_at


@pytest.mark.parametrize(
    ("outcomes", "minutes"),
    [
        ((O.BUSY,), 1),
        ((O.BUSY, O.NO_ANSWER), 5),
        ((O.BUSY, O.BROKE_OFF, O.INTERRUPTED), 15),
        ((O.FAULT, O.NO_WAY, O.BUSY, O.BUSY), 60),
        ((O.BUSY,) * 5, 240),
        ((O.NO_FAX,), 1),
        ((O.BUSY, O.NO_FAX), 5),
        ((O.CANNOT,), 1),
    ],
)
def test_the_distance_grows_whatever_has_failed(outcomes, minutes):
    one = fax(*outcomes)
    assert decide(one, last_end(one), LADDER) == Wait(last_end(one) + minutes * MINUTE)


@pytest.mark.parametrize(
    "outcomes",
    [
        (O.BUSY,) * 6,
        (O.NO_FAX, O.NO_FAX),
        (O.NO_FAX, O.BUSY, O.NO_FAX),
        (O.CANNOT, O.BROKE_OFF, O.CANNOT),
        (O.NO_NUMBER,),
        (O.BUSY, O.NO_NUMBER),
    ],
)
def test_it_is_given_up_for_the_reason_of_the_last_attempt(outcomes):
    one = fax(*outcomes)
    assert decide(one, last_end(one), LADDER) == Over(Ending.FAILED, f"try {len(outcomes)}")


def test_a_fax_that_went_over_is_done():
    one = fax(O.BUSY, O.SENT)
    assert decide(one, last_end(one), LADDER) == Over(Ending.SENT, "try 2")


def test_it_is_tried_at_once_and_given_up_when_it_is_old():
    assert decide(fax(), ASKED, LADDER) == Wait(ASKED)
    assert decide(fax(), ASKED + DAY, LADDER) == Wait(ASKED + DAY)
    late = decide(fax(), ASKED + DAY + MINUTE, LADDER)
    assert late == Over(Ending.FAILED, "not sent within 24 h")
    one = fax(O.BUSY)
    assert decide(one, ASKED + 2 * DAY, LADDER) == Over(Ending.FAILED, "try 1")


DAYTIME = FaxRules(zone=ZoneInfo("Asia/Shanghai"))
SHANGHAI = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (datetime(2026, 1, 5, 12, tzinfo=SHANGHAI), datetime(2026, 1, 5, 12, tzinfo=SHANGHAI)),
        (datetime(2026, 1, 5, 7, 59, tzinfo=SHANGHAI), datetime(2026, 1, 5, 8, tzinfo=SHANGHAI)),
        (datetime(2026, 1, 5, 8, tzinfo=SHANGHAI), datetime(2026, 1, 5, 8, tzinfo=SHANGHAI)),
        (datetime(2026, 1, 5, 21, tzinfo=SHANGHAI), datetime(2026, 1, 6, 8, tzinfo=SHANGHAI)),
        (datetime(2026, 1, 31, 23, tzinfo=SHANGHAI), datetime(2026, 2, 1, 8, tzinfo=SHANGHAI)),
    ],
)
def test_nobody_is_called_by_night(at, opens):
    assert opening(at, DAYTIME) == opens
    assert opening(at, LADDER) == at


def test_without_a_zone_the_hours_are_this_machines():
    for hour in range(24):
        opens = opening(datetime(2026, 1, 5, hour, 30, tzinfo=UTC), FaxRules()).astimezone()
        assert time(8) <= opens.time() < time(21)


def test_the_night_in_which_clocks_change_ends_at_eight_all_the_same():
    berlin = FaxRules(zone=ZoneInfo("Europe/Berlin"))
    assert opening(datetime(2026, 3, 28, 22, tzinfo=UTC), berlin) == datetime(
        2026, 3, 29, 6, tzinfo=UTC
    )


def test_the_last_attempts_of_an_evening_wait_for_the_morning():
    rules = FaxRules(zone=UTC, hours=(time(8), time(9, 3)))
    one = fax(O.BUSY, O.BUSY)  # the last ended at 9:03, five minutes on is too late
    assert decide(one, last_end(one), rules) == Wait(datetime(2026, 1, 6, 8, tzinfo=UTC))


def test_a_number_and_all_numbers_together_are_called_so_often_a_day():
    rules = FaxRules(hours=None, number_a_day=2, a_day=4)
    old = [ASKED - 20 * 60 * MINUTE, ASKED - 10 * 60 * MINUTE]
    assert decide(fax(), ASKED, rules, Spent(old[:1], old)) == Wait(ASKED)
    assert decide(fax(), ASKED, rules, Spent(old, old)) == Wait(old[0] + DAY)
    many = [old[0] - MINUTE, *old, ASKED - MINUTE]
    assert decide(fax(), ASKED, rules, Spent(old[1:], many)) == Wait(many[0] + DAY)


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        ("02154321", True),
        ("95588", False),  # too short: 110, 911 and the like are nobody's fax
        ("1" * 19, False),
        ("008621543", False),  # abroad
        ("", False),
        ("0215432*", False),
        ("٠٢١٥٤٣٢١", False),
    ],
)
def test_numbers_that_may_be_called(number, allowed):
    assert FaxRules().allows(number) is allowed


def test_prefixes_are_allowed_and_refused():
    rules = FaxRules(allowed=("021", "010"), refused=("0219",))
    assert rules.allows("02154321")
    assert not rules.allows("02190000")
    assert not rules.allows("057154321")


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (Cause.USER_BUSY, O.BUSY),
        (Cause.NO_ANSWER, O.NO_ANSWER),
        (Cause.UNALLOCATED_NUMBER, O.NO_NUMBER),
        (Cause.CALL_REJECTED, O.CANNOT),
        (Cause.NO_CIRCUIT, O.NO_WAY),
        (None, O.NO_WAY),
    ],
)
def test_a_call_that_is_not_answered_says_why(cause, outcome):
    assert outcome_of_call(cause) is outcome


@pytest.mark.parametrize(
    ("reason", "heard", "outcome"),
    [
        (Reason.DONE, True, O.SENT),
        (Reason.NO_FAX, False, O.NO_FAX),
        (Reason.HUNG_UP, False, O.NO_FAX),  # a person, who has put the receiver down
        (Reason.HUNG_UP, True, O.BROKE_OFF),
        (Reason.INCOMPATIBLE, True, O.CANNOT),
        (Reason.NOT_READY, True, O.BROKE_OFF),
        (None, True, O.BROKE_OFF),
    ],
)
def test_a_call_that_was_answered_says_why(reason, heard, outcome):
    assert outcome_of_fax(reason, heard) is outcome


@settings(max_examples=60)
@given(st.data())
def test_any_history_ends_and_no_attempt_comes_too_early(data):
    """Whatever happens: it ends, within its time, with few enough attempts, at growing distance."""
    retries = tuple(sorted(data.draw(st.lists(st.integers(1, 300), max_size=6), "retry_min")))
    hours = data.draw(st.sampled_from([None, (time(8), time(21)), (time(0), time(0, 1))]), "hours")
    rules = FaxRules(retry_min=retries, hours=hours, zone=UTC)
    one = Fax(1, ASKED, "10020030", "02154321", "statement", "call 1")
    now, told = ASKED, []
    while isinstance(step := decide(one, now, rules), Wait):
        assert step.until >= now
        assert opening(step.until, rules) == step.until
        assert step.until <= ASKED + DAY
        if told:
            assert step.until - now >= retries[len(told) - 1] * MINUTE
        told.append(data.draw(st.sampled_from(Outcome), "outcome"))
        now = step.until + MINUTE
        tried = Attempt(len(told), step.until, now, told[-1], why="so it was")
        one = Fax(1, ASKED, "10020030", "02154321", "statement", "call 1", (*one.attempts, tried))
        assert len(told) <= len(retries) + 1
    assert (step.ending is Ending.SENT) == (told[-1:] == [O.SENT])
    assert all(told.count(outcome) <= enough for outcome, enough in FEWER.items())
