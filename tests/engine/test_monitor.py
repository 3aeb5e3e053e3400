"""A lane that hears both sides of another, and is not heard."""

from pathlib import Path

import numpy as np
import pytest

from telcard._native import dsp
from telcard.engine import Engine, Lane
from telcard.errors import CardError
from tests.support.line import IDLE, Ear, Rig, noise


def added(one: bytes, other: bytes) -> bytes:
    """Both, added up as A-law is heard."""
    a, b = (dsp.alaw_decode(np.frombuffer(side, np.uint8)).astype(int) for side in (one, other))
    return dsp.alaw_encode(np.clip(a + b, -32767, 32767).astype(np.int16)).tobytes()


def supervised(rig: Rig, order: str = "call first") -> tuple[Lane, Lane, Lane, Lane]:
    """A call and a supervisor who monitors it, each with the far end."""
    pairs = [rig.pair(1), rig.pair(2)]
    (ours, far), (supervisor, telephone) = pairs if order == "call first" else pairs[::-1]
    supervisor.monitor(ours)
    return ours, far, supervisor, telephone


@pytest.mark.parametrize("order", ["call first", "supervisor first"])
def test_a_monitor_hears_both_sides_of_the_same_tick_on_any_row(rig: Rig, order: str) -> None:
    ours, far, supervisor, telephone = supervised(rig, order)
    ear = Ear(telephone)
    far.play([noise(1600, 1)])
    rig.run(1)  # what the far end sends arrives a tick later
    ours.play([noise(1600, 2)])
    rig.run(25)
    assert ear.speech == added(noise(1600, 1), noise(1600, 2))
    assert supervisor.monitored is ours
    assert supervisor.source is ours


def test_of_one_who_speaks_alone_a_monitor_hears_every_octet(rig: Rig) -> None:
    ours, far, _, telephone = supervised(rig)
    ear = Ear(telephone)
    far.play([noise(800, 1)])
    rig.run(12)
    ours.play([noise(800, 2)])
    rig.run(12)
    heard = bytes(ear.octets)
    assert noise(800, 1) in heard
    assert noise(800, 2) in heard


def test_a_monitor_is_not_heard(rig: Rig) -> None:
    ours, far, _, telephone = supervised(rig)
    ears = Ear(ours), Ear(far)
    telephone.play([noise(800)])
    rig.run(20)
    for ear in ears:
        assert set(ear.octets) == {IDLE}
    assert ours.query().level_dbm0 < -60


def test_of_a_bridge_a_monitor_hears_both_callers(rig: Rig) -> None:
    ours, far, _, telephone = supervised(rig)
    other, far_other = rig.pair(3)
    ours.listen(other)
    other.listen(ours)
    ear = Ear(telephone)
    far.play([noise(800, 1)])
    far_other.play([noise(800, 2)])
    rig.run(20)
    assert ear.speech == added(noise(800, 1), noise(800, 2))


def test_many_monitor_one_and_each_hears_the_same(rig: Rig, tmp_path: Path) -> None:
    ours, far = rig.pair(1)
    ears = []
    for timeslot in range(2, 6):
        supervisor, telephone = rig.pair(timeslot)
        supervisor.monitor(ours)
        ears.append(Ear(telephone))
    recording = supervisor.record(tmp_path / "heard.wav")
    far.play([noise(800)])
    rig.run(20)
    recording.stop()
    rig.run(12)
    assert {ear.speech for ear in ears} == {noise(800)}
    assert noise(800) in (tmp_path / "heard.wav").read_bytes()[59::2]


def test_a_secret_is_masked_for_a_monitor_and_in_his_recording(rig: Rig, tmp_path: Path) -> None:
    ours, far, supervisor, telephone = supervised(rig)
    recording = supervisor.record(tmp_path / "heard.wav")
    rig.run(15)
    far.play([noise(240)])  # it has begun when the step is armed
    rig.run(4)
    ear = Ear(telephone)
    ours.arm_secret()
    rig.run(3)
    rig.press(far, "4711")
    recording.stop()
    rig.run(12)
    assert bytes(ear.octets[160:]).strip(bytes([IDLE])) == b""
    assert set((tmp_path / "heard.wav").read_bytes()[58:]) == {IDLE}


def test_listening_and_monitoring_take_each_others_place(rig: Rig) -> None:
    ours, far, supervisor, telephone = supervised(rig)
    supervisor.listen(ours)
    assert supervisor.monitored is None
    ear = Ear(telephone)
    ours.play([noise(800)])
    rig.run(15)
    assert ear.speech == b""
    supervisor.monitor(ours)
    supervisor.listen(None)
    ours.play([noise(800)])
    far.play([noise(800)])
    rig.run(15)
    assert ear.speech == b""
    assert supervisor.monitored is None


def test_a_lane_that_closes_is_monitored_no_more(rig: Rig) -> None:
    ours, _, supervisor, telephone = supervised(rig)
    ear = Ear(telephone)
    ours.close()
    rig.run(5)
    assert supervisor.monitored is None
    again, far = rig.pair(4)  # on the row that has become free
    far.play([noise(800)])
    rig.run(15)
    assert ear.speech == b""
    again.monitor(supervisor)


def test_who_monitors_is_not_monitored_and_nobody_monitors_himself(rig: Rig) -> None:
    ours, _, supervisor, _ = supervised(rig)
    third, _ = rig.pair(3)
    with pytest.raises(CardError, match="which monitors another itself"):
        third.monitor(supervisor)
    with pytest.raises(CardError, match="it is monitored itself"):
        ours.monitor(third)
    with pytest.raises(CardError, match="cannot monitor itself"):
        third.monitor(third)
    resource = rig.ours.open_resource("fax 1")
    for one, other in ((resource, third), (third, resource)):
        with pytest.raises(CardError, match="has no line"):
            one.monitor(other)
    elsewhere = Engine(1, name="elsewhere")
    with pytest.raises(CardError, match="of another engine"):
        third.monitor(elsewhere.open_resource("x"))
    elsewhere.close()
