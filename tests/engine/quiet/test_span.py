"""The rest of a span's behaviour is that of any: tests/engine/test_span.py and test_impair.py."""

from telcard.engine import Alarm, Reason, Until
from tests.support.line import Rig, noise


def test_a_broken_line_is_loud_and_heals() -> None:
    rig = Rig(fidelity="events")
    ours, far = rig.pair()
    rig.run(3)
    far.play([noise(80_000)])
    rig.span.set_signal(received=Alarm.AIS)
    sound = ours.collect(Until(sound_s=0.5))
    rig.until(lambda: sound.outcome)
    assert sound.outcome is not None
    assert sound.outcome.reasons == Reason.SOUND
    rig.span.set_signal()
    rig.run(2)
    assert rig.span.alarms == Alarm.NONE
    assert far.operation is not None
    far.operation.stop()
    silence = ours.collect(Until(silence_s=0.5))
    rig.until(lambda: silence.outcome)
    assert silence.outcome is not None
    assert silence.outcome.reasons == Reason.SILENCE
    rig.close()


def test_the_slips_of_a_plesiochronous_line_are_counted() -> None:
    rig = Rig(fidelity="events")
    rig.span.set_drift(50.0)
    rig.run(501)
    assert rig.span.slips == 2  # 125 us are gained every 2.5 s
    rig.span.set_drift(0.0)
    rig.run(10)
    assert rig.span.slips == 2
    rig.close()
