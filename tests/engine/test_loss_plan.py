"""What lies between a lane and its line: gains, the line's law, its idle octet."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from telcard._native import dsp
from telcard._native import engine as native
from telcard.engine import E1Line, Engine, Law, Until, dtmf_segments
from telcard.errors import CardError
from tests.support.line import Ear, Rig, noise


def level(octets: bytes) -> float:
    """Relative level in dB of A-law octets."""
    return float(10 * np.log10(np.mean(dsp.alaw_decode(octets).astype(float) ** 2)))


def ramp() -> bytes:
    """Sound that leaves room for 12 dB more, with no idle octet in it."""
    return dsp.alaw_encode(np.linspace(-8000, 8000, 1280).astype(np.int16)).tobytes()


# --- gains


def test_without_gains_every_octet_passes_untouched(rig: Rig) -> None:
    ours, far = rig.pair()
    here, there = Ear(ours), Ear(far)
    every = bytes(octet for octet in range(256) if octet != 0xD5) * 4
    far.play([every])
    ours.play([every])
    rig.run(20)
    assert here.speech == there.speech == every


@pytest.mark.parametrize("gain_db", [-12.5, 7.0])
def test_everybody_hears_after_the_receive_gain(rig: Rig, tmp_path: Path, gain_db: float) -> None:
    ours, far = rig.pair(1)
    agent, far_agent = rig.pair(2)
    agent.listen(ours)
    tap, bridged = Ear(ours), Ear(far_agent)
    ours.set_gains(receive_db=gain_db)
    rig.run(5)  # the ramp is over
    recording = ours.record(tmp_path / "call.wav")
    sound = ramp()
    far.play([sound])
    rig.run(40)
    recording.stop()
    rig.run(12)
    assert level(tap.speech) - level(sound) == pytest.approx(gain_db, abs=0.2)
    assert bridged.speech == tap.speech
    assert tap.speech in (tmp_path / "call.wav").read_bytes()[58::2]


def test_the_detector_hears_after_the_receive_gain(rig: Rig) -> None:
    for gain_db, heard in ((-50.0, ""), (0.0, "5"), (24.0, "5")):
        ours, far = rig.pair()
        ours.set_gains(receive_db=gain_db)
        collect = ours.collect(Until(max_s=0.4))
        far.tones(dtmf_segments("5"))
        rig.until(lambda collect=collect: collect.outcome)  # type: ignore[misc]
        assert collect.outcome is not None
        assert collect.outcome.digits == heard
        ours.close()
        far.close()
        rig.run(2)


def test_the_transmit_gain_is_the_last_thing_before_the_line(rig: Rig, tmp_path: Path) -> None:
    ours, far = rig.pair()
    ours.set_gains(transmit_db=-6)
    rig.run(5)
    recording = ours.record(tmp_path / "call.wav")
    ear = Ear(far)
    sound = ramp()
    ours.play([sound])
    rig.run(30)
    recording.stop()
    rig.run(12)
    assert level(ear.speech) - level(sound) == pytest.approx(-6, abs=0.2)
    assert sound in (tmp_path / "call.wav").read_bytes()[59::2]


def test_lanes_begin_with_the_gains_of_their_span(rig: Rig) -> None:
    rig.span.receive_db, rig.span.transmit_db = -3.0, 30.0
    with pytest.raises(ValueError, match="transmit_db: want -60 to 24 dB, got 30"):
        rig.span.open_lane(3)
    rig.span.transmit_db = -6.0
    ours, far = rig.pair(3)
    ear = Ear(far)
    sound = noise(1600)
    ours.play([sound])
    rig.run(25)
    assert level(ear.octets[80:1680]) - level(sound) == pytest.approx(-6, abs=0.2)


def test_a_resource_has_no_gains(rig: Rig) -> None:
    resource = rig.ours.open_resource("fax 1")
    with pytest.raises(CardError, match="cannot set gains, it has no line"):
        resource.set_gains(receive_db=3)


def test_silence_stays_silence_whatever_the_gain(rig: Rig) -> None:
    ours, far = rig.pair()
    ours.set_gains(receive_db=24, transmit_db=24)
    tap, ear = Ear(ours), Ear(far)
    ours.play([bytes([0xD5, 0x55]) * 400])
    rig.run(20)
    assert set(tap.octets) == {0xD5}
    assert set(ear.octets) == {0xD5, 0x55}


@pytest.mark.parametrize("simd", dsp.simd_levels())
def test_gains_make_the_same_octets_at_every_simd_level_and_on_every_row(simd: str) -> None:
    def passed(lanes: int, level: str) -> bytes:
        native.force_simd(level)  # type: ignore[arg-type]
        rig = Rig()
        for timeslot in range(2, 2 + lanes):
            rig.pair(timeslot)
        ours, far = rig.pair(1)
        ear = Ear(far)
        ours.set_gains(transmit_db=11.3)
        ours.play([noise(1000, 7)])
        rig.run(5)
        ours.volume(-17.7)
        rig.run(12)
        rig.close()
        return ear.speech

    try:
        assert passed(0, "base") == passed(5, simd)
    finally:
        native.force_simd(None)


# --- law and idle octet


class Two:
    """Our engine between a far end that speaks A-law and one that speaks u-law."""

    def __init__(self) -> None:
        self.ours, self.town = Engine(8, name="ours"), Engine(8, name="town")
        self.tick = 0
        lines: list[tuple[E1Line, Law]] = [(E1Line(), "a-law"), (E1Line("u-law"), "u-law")]
        self.spans = [self.ours.plug(line, 0) for line, _ in lines]
        # The town's ends are told A-law, so that its octets are those of the line.
        self.far = [self.town.plug(line, 1, law="a-law", idle=0xD5) for line, _ in lines]

    def run(self, ticks: int) -> None:
        for _ in range(ticks):
            self.tick += 1
            self.ours.step(self.tick)
            self.town.step(self.tick)


@pytest.fixture
def two() -> Iterator[Two]:
    made = Two()
    yield made
    made.ours.close()
    made.town.close()


def test_a_bridge_between_the_laws_converts_by_the_tables_of_g711(two: Two) -> None:
    """Octet for octet as `dsp` transcodes, which is tested against the ITU's own library."""
    lanes = [span.open_lane(1) for span in two.spans]
    far = [span.open_lane(1, detect=False) for span in two.far]
    lanes[0].listen(lanes[1])
    lanes[1].listen(lanes[0])
    ears = [Ear(lane) for lane in far]
    every = bytes(range(256)) * 10
    for lane in far:
        lane.play([every])
    two.run(40)
    line = np.frombuffer(every, np.uint8)
    assert dsp.alaw_to_ulaw(line).tobytes() in bytes(ears[1].octets)
    assert dsp.ulaw_to_alaw(line).tobytes() in bytes(ears[0].octets)


def test_a_u_law_line_is_spoken_and_understood(two: Two) -> None:
    ours = two.spans[1].open_lane(1)
    far = two.far[1].open_lane(1, detect=False)
    ear = Ear(far)
    prompt = np.frombuffer(noise(2000), np.uint8)
    ours.play([prompt.tobytes()])
    collect = ours.collect
    two.run(30)
    assert dsp.alaw_to_ulaw(prompt).tobytes() in bytes(ear.octets)
    got = collect(Until(max_digits=1, max_s=1))
    tone = [dsp.ulaw_encode(dsp.alaw_decode(piece)) for piece in keyed("7")]
    far.play([piece.tobytes() for piece in tone])
    two.run(30)
    assert got.outcome is not None
    assert got.outcome.digits == "7"


def keyed(digit: str) -> list[np.ndarray]:
    """A-law octets of a digit as an engine sends them."""
    rig = Rig()
    ours, far = rig.pair()
    ear = Ear(far)
    ours.tones(dtmf_segments(digit))
    rig.run(15)
    rig.close()
    return [np.frombuffer(bytes(ear.octets), np.uint8)]


@pytest.mark.parametrize(
    ("law", "idle", "wanted"),
    [("a-law", None, 0xD5), ("a-law", 0x54, 0x54), ("u-law", None, 0xFF), ("u-law", 0x7F, 0x7F)],
)
def test_a_span_sends_its_idle_octet_where_nobody_speaks(
    law: Law, idle: int | None, wanted: int
) -> None:
    rig = Rig()
    line = E1Line()
    span = rig.ours.plug(line, 0, law=law, idle=idle)
    far = rig.town.plug(line, 1).open_lane(1)
    ear = Ear(far)
    rig.run(3)
    lane = span.open_lane(1)
    rig.run(3)
    assert set(ear.octets[160:]) == {wanted}
    lane.play([noise(80)])
    rig.run(4)
    assert ear.octets[-80:] == bytes([wanted]) * 80
    assert noise(80) in bytes(ear.octets) or law == "u-law"
    rig.close()


def test_laws_and_idle_octets_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="law: want a-law or u-law, got 'g729'"):
        E1Line("g729")  # type: ignore[arg-type]
    engine = Engine(1)
    with pytest.raises(ValueError, match="law: want a-law or u-law, got 'x'"):
        engine.plug(E1Line(), 0, law="x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="idle: want an octet, 0 to 0xFF, got 256"):
        engine.plug(E1Line(), 0, idle=256)
    engine.close()
