"""Lanes without sound beside lanes with it: the same stimulus, the same outcome."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.engine import Fidelity, Outcome, ToneSegment, Until, dtmf_segments
from tests.support.line import Rig, noise

KEYS = st.text("0123456789*#", min_size=1, max_size=6)
SECONDS = st.none() | st.sampled_from([0.0, 0.05, 0.3, 0.55, 0.8, 1.5])


@dataclass(frozen=True)
class Keying:
    """Keys pressed after a while."""

    wait_ticks: int
    keys: str
    on_ms: int
    off_ms: int


KEYINGS = st.builds(
    Keying,
    wait_ticks=st.integers(0, 60),
    keys=KEYS,
    on_ms=st.sampled_from([50, 80, 200]),
    off_ms=st.sampled_from([50, 80, 400]),
)

UNTIL = st.builds(
    Until,
    max_digits=st.integers(0, 6),
    digits=st.sampled_from(["", "#", "12", "0123456789*#"]),
    first_digit_s=SECONDS,
    inter_digit_s=SECONDS,
    max_s=SECONDS.filter(lambda seconds: seconds is not None) | st.just(4.0),
    edge=st.frozensets(st.sampled_from(["max_digits", "digits"])).map(
        lambda edge: edge | {"silence", "sound"}
    ),
)


def outcomes(
    fidelity: Fidelity, ahead: str, capacity: int, doings: list[tuple[str, Until]], keying: Keying
) -> list[Outcome]:
    """What a few operations, one after the other, end with while somebody keys."""
    rig = Rig(fidelity=fidelity)
    ours, far = rig.pair(digits=capacity)
    rig.run(2)
    if ahead:
        rig.press(far, ahead)
    ended: list[Outcome] = []
    pressed = False

    def begin() -> None:
        doing, until = doings[len(ended)]
        if doing == "play":
            ours.play([noise(12_000)], until, done)
        else:
            ours.collect(until, done)

    def done(outcome: Outcome) -> None:
        ended.append(outcome)
        if len(ended) < len(doings):
            begin()

    begin()
    for tick in range(1500):
        if tick == keying.wait_ticks and not pressed:
            far.tones(dtmf_segments(keying.keys, on_ms=keying.on_ms, off_ms=keying.off_ms))
            pressed = True
        rig.run()
        if len(ended) == len(doings) and pressed:
            break
    rig.close()
    assert len(ended) == len(doings)
    return ended


@settings(max_examples=30)
@given(
    ahead=st.just("") | KEYS,
    capacity=st.integers(1, 8),
    doings=st.lists(st.tuples(st.sampled_from(["play", "collect"]), UNTIL), min_size=1, max_size=3),
    keying=KEYINGS,
)
def test_operations_end_for_the_same_reasons_with_the_same_digits(
    ahead: str, capacity: int, doings: list[tuple[str, Until]], keying: Keying
) -> None:
    sound = outcomes("sound", ahead, capacity, doings, keying)
    events = outcomes("events", ahead, capacity, doings, keying)
    # A limit that falls within a tick of a digit may be met before the one and after the other.
    for one, other in zip(sound, events, strict=True):
        if (one.reasons, one.digits) != (other.reasons, other.digits):
            assert _close_race(sound, events)
            return
        assert abs(one.end - other.end) <= 80 * (1 + len(sound))


def _close_race(sound: list[Outcome], events: list[Outcome]) -> bool:
    """Whether the first outcomes that differ ended within two ticks of each other."""
    for one, other in zip(sound, events, strict=True):
        if (one.reasons, one.digits) != (other.reasons, other.digits):
            return abs(one.end - other.end) <= 160
    return False


@settings(max_examples=15)
@given(
    bursts=st.lists(
        st.tuples(st.sampled_from([0.02, 0.05, 0.3, 0.7]), st.sampled_from([0.0, 440.0])),
        min_size=1,
        max_size=6,
    ),
    until=st.builds(
        Until,
        max_s=st.just(3.0),
        silence_s=SECONDS,
        sound_s=SECONDS,
        threshold_dbm0=st.sampled_from([-38.0, -5.0]),
        edge=st.frozensets(st.sampled_from(["silence", "sound"])),
    ),
    before=st.integers(0, 80),
)
def test_silence_and_sound_end_operations_in_the_very_same_tick(
    bursts: list[tuple[float, float]], until: Until, before: int
) -> None:
    def ended(fidelity: Fidelity) -> Outcome:
        rig = Rig(fidelity=fidelity)
        ours, far = rig.pair()
        rig.run(2)
        far.tones([ToneSegment(seconds, hz) for seconds, hz in bursts])
        rig.run(before)
        operation = ours.collect(until)
        rig.until(lambda: operation.outcome)
        rig.close()
        assert operation.outcome is not None
        return operation.outcome

    assert ended("events") == ended("sound")
