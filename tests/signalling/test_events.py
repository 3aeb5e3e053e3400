"""The vocabulary: what may be left unsaid."""

from telcard.signalling import (
    Alerting,
    CallFacts,
    Cause,
    Disconnected,
    MoreDigits,
    Offered,
    Progressed,
    Released,
    Restarted,
)


def test_what_signalling_does_not_say_is_nothing_special() -> None:
    assert Released() == Released(Cause.NORMAL_CLEARING)
    assert Disconnected(17) == Disconnected(Cause.USER_BUSY, location="", in_band=False)
    assert (Alerting().in_band, Progressed().cause, Restarted().circuits) == (False, None, ())
    assert MoreDigits("5") != MoreDigits("5", complete=True)
    assert Offered(CallFacts(called="9")) == Offered(CallFacts(called="9"))
