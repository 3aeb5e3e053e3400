"""Signals of R1 and R2 without sound: told in the tick in which the detectors of sound do."""

import pytest

from telcard.dsp.mf import mf_segment, mf_segments
from telcard.engine import Fidelity, ToneEvent, ToneSegment
from tests.support.line import Rig

Told = list[tuple[str, str, int]]


def heard(
    fidelity: Fidelity, *segments: ToneSegment, repeats: int = 1, hearing: str = "r2_forward"
) -> Told:
    """What is told of this cadence: name, phase, and the tick in which it was told."""
    rig = Rig(fidelity=fidelity)
    ours, far = rig.pair(detect=False)
    told: Told = []

    def hear(event: ToneEvent) -> None:
        told.append((event.name, event.phase, rig.tick))

    ours.detect(hearing, hear)
    rig.run(2)
    operation = far.tones(segments, repeats)
    rig.run(60)
    operation.stop()
    rig.run(10)
    rig.close()
    return told


@pytest.mark.parametrize(
    "segments",
    [
        mf_segments([1, 7, 15], "r2_forward", on_ms=100, off_ms=60),
        [mf_segment(5, "r2_forward", 60.0)],
        [mf_segment(5, "r2_backward", 0.2)],
        [ToneSegment(0.2, 1380, 0, -10)],
        [mf_segment(5, "r2_forward", 0.01)],
        [mf_segment(5, "r2_forward", 0.2, level_dbm0=-50)],
    ],
    ids=["three", "one for long", "of the other way", "one tone", "short", "faint"],
)
def test_both_fidelities_hear_the_same(segments: list[ToneSegment]) -> None:
    sound, events = heard("sound", *segments), heard("events", *segments)
    assert [event[:2] for event in events] == [event[:2] for event in sound]
    for (_, _, late), (_, _, now) in zip(sound, events, strict=True):
        assert abs(late - now) <= 1


def test_both_fidelities_hear_the_same_of_r1() -> None:
    segments = mf_segments(["KP", "5", "0", "ST"], "r1")
    sound, events = (heard(fidelity, *segments, hearing="r1") for fidelity in ("sound", "events"))
    assert [event[:2] for event in events] == [event[:2] for event in sound]
    assert [event[0] for event in events[::2]] == ["KP", "5", "0", "ST"]
    for (_, _, late), (_, _, now) in zip(sound, events, strict=True):
        assert abs(late - now) <= 1


def test_a_signal_that_is_repeated_without_a_pause_has_no_seam() -> None:
    segment = mf_segment(5, "r2_forward", 0.05)
    assert [phase for _, phase, _ in heard("events", segment, repeats=4)] == ["begins", "ends"]
    assert [phase for _, phase, _ in heard("events", segment, repeats=0)] == ["begins", "ends"]


def test_a_secret_step_hides_what_sounds_in_it() -> None:
    rig = Rig(fidelity="events")
    ours, far = rig.pair()
    told: list[str] = []
    ours.detect("r2_forward", lambda event: told.append(event.phase))
    ours.arm_secret()
    rig.run(2)
    far.tones([mf_segment(5, "r2_forward", 0.2)])
    rig.run(40)
    assert told == []
    ours.detect("r2_forward", None)
    rig.close()
