import pytest

from telcard.machine import Report, StartTimer, StopTimer
from telcard.signalling.framing import (
    Alarm,
    FailureCleared,
    FailureDeclared,
    Integrator,
    Persistency,
    Standing,
    consequences,
)


@pytest.mark.parametrize(
    ("alarm", "rai", "cas_rai", "octets_ones", "bits_ones", "e_zero"),
    [
        (Alarm.NONE, False, False, False, False, False),
        (Alarm.LOS, True, False, True, True, True),
        (Alarm.LFA, True, False, True, True, True),
        (Alarm.AIS, True, False, True, True, True),
        (Alarm.RAI, False, False, False, False, False),
        (Alarm.LMFA, False, False, False, False, True),
        (Alarm.CAS_LMFA, False, True, False, True, False),
        (Alarm.CAS_AIS, False, True, False, True, False),
        (Alarm.CAS_RAI, False, False, False, False, False),
    ],
)
def test_what_follows_of_an_alarm(
    alarm: Alarm, rai: bool, cas_rai: bool, octets_ones: bool, bits_ones: bool, e_zero: bool
) -> None:
    follows = consequences(alarm)
    assert (follows.rai, follows.cas_rai, follows.octets_ones) == (rai, cas_rai, octets_ones)
    assert (follows.bits_ones, follows.e_zero) == (bits_ones, e_zero)


def test_a_defect_that_lasts_is_a_failure() -> None:
    integrator = Integrator(Alarm.AIS)
    assert integrator.found(Alarm.AIS | Alarm.LMFA) == [StartTimer("raise")]
    assert not integrator.failed
    assert integrator.expire("raise") == [Report(FailureDeclared(Alarm.AIS))]
    assert integrator.failed
    assert integrator.found(Alarm.NONE) == [StartTimer("clear")]
    assert integrator.failed
    assert integrator.expire("clear") == [Report(FailureCleared(Alarm.AIS))]
    assert not integrator.failed


def test_a_short_defect_is_none_and_a_short_pause_ends_none() -> None:
    integrator = Integrator(Alarm.LOS)
    integrator.found(Alarm.LOS)
    assert integrator.found(Alarm.NONE) == [StopTimer("raise")]
    assert integrator.state is Standing.CLEAR
    integrator.found(Alarm.LOS)
    integrator.expire("raise")
    integrator.found(Alarm.NONE)
    assert integrator.found(Alarm.LOS) == [StopTimer("clear")]
    assert integrator.state is Standing.FAILED


def test_the_same_once_more_changes_nothing() -> None:
    for state in Standing:
        integrator = Integrator(Alarm.LOS)
        integrator.state = state
        here = state in (Standing.RISING, Standing.FAILED)
        assert integrator.found(Alarm.LOS if here else Alarm.NONE) == []
        assert integrator.state is state


def test_another_alarm_is_not_its_matter() -> None:
    assert Integrator(Alarm.LOS).found(Alarm.AIS) == []


def test_the_times_are_those_of_g7710_and_t1231() -> None:
    assert Persistency().timers == {"raise": 2.5, "clear": 10.0}
    assert {timer for _, timer in Integrator.table} >= set(Persistency().timers)
