"""What verbs give and what remains of a call, without a call."""

import pytest

from telcard.calls import Collected
from telcard.engine import Reason


@pytest.mark.parametrize("reason", list(Reason))
def test_only_a_limit_of_time_is_a_time_out(reason: Reason) -> None:
    limits = {Reason.FIRST_DIGIT, Reason.INTER_DIGIT, Reason.MAX_TIME}
    assert Collected("", reason).timed_out == (reason in limits)
    assert Collected("12", reason | Reason.INTER_DIGIT).timed_out
