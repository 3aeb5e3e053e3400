"""A recording in every format: the same call, laid out and coded as asked for."""

from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import soundfile

from telcard._native import dsp
from telcard.dsp.agc import level_talk
from telcard.engine import Reason, Recorded, RecordFormat
from telcard.engine.record_format import Coding, Container, Sides
from tests.support.line import IDLE, Ear, Rig, noise

FORMATS = [
    RecordFormat(sides, coding, container)
    for sides, coding, container in product(get_args(Sides), get_args(Coding), get_args(Container))
    if not (sides == "both" and container == "raw")
]
SUBTYPES = {"a-law": "ALAW", "u-law": "ULAW", "pcm": "PCM_16"}


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"sides": "left"}, "want sides of both, mixed, received, sent; got 'left'"),
        ({"coding": "mp3"}, "want coding of a-law, u-law, pcm; got 'mp3'"),
        ({"container": "raw"}, "want sides mixed, received or sent in a raw file"),
    ],
)
def test_a_format_that_cannot_be_is_refused_in_a_sentence(
    wrong: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        RecordFormat(**wrong)  # type: ignore[arg-type]


def test_a_format_knows_its_size_and_suffix() -> None:
    assert [RecordFormat().channels, RecordFormat("mixed").channels] == [2, 1]
    assert RecordFormat("both", "pcm").frame_octets == 4
    assert RecordFormat("sent", "u-law", "raw").suffix == ".ul"
    assert RecordFormat("sent", "u-law").suffix == ".wav"
    assert 74 < RecordFormat().longest_s / 3600 < 75
    assert 37 < RecordFormat("both", "pcm").longest_s / 3600 < 38


def test_a_recording_longer_than_its_file_can_tell_is_refused(rig: Rig, tmp_path: Path) -> None:
    ours, _ = rig.pair()
    with pytest.raises(ValueError, match="max_seconds: want more than 0, at most 134218, got"):
        ours.record(tmp_path / "long.wav", 150_000, format=RecordFormat("both", "pcm"))


def test_talk_is_levelled_on_its_way_into_the_file(rig: Rig, tmp_path: Path) -> None:
    """Both sides by themselves, without delay: as `telcard.dsp.agc` does it to what was heard."""
    levelled, plain = tmp_path / "level.wav", tmp_path / "plain.wav"
    ours, far = rig.pair()
    faint = dsp.alaw_encode((dsp.alaw_decode(noise(16_000)) // 64).astype(np.int16)).tobytes()
    recordings = [
        lane.record(path, 2, format=RecordFormat("both", "pcm", agc=agc))
        for lane, path, agc in ((ours, levelled, True), (far, plain, False))
    ]
    ours.play([faint])
    far.play([noise(16_000)])
    rig.until(lambda: recordings[0].outcome and recordings[1].outcome)
    made, heard = (soundfile.read(path, dtype="int16")[0] for path in (levelled, plain))
    sent = heard[:, 0][80:]  # what the far end has received, a tick later
    assert (level_talk(np.ascontiguousarray(sent)) == made[: len(sent), 1]).all()
    assert np.abs(made[8000:, 1].astype(int)).mean() > 4 * np.abs(sent[8000:].astype(int)).mean()
    assert RecordFormat(agc=True).as_native() == (0, 0, False, True)


def spoken(rig: Rig, path: Path, form: RecordFormat) -> tuple[bytes, bytes]:
    """A call of 0.7 s, recorded: what was received and what was sent."""
    ours, far = rig.pair()
    hears = bytearray()
    ours.tap(lambda octets, sample: hears.extend(octets), look_back=False)
    says = Ear(far)
    recording = ours.record(path, 0.7, format=form)
    far.play([noise(3000, 1)])
    ours.play([noise(5000, 2)])
    rig.until(lambda: recording.outcome)
    assert recording.outcome is not None
    assert recording.outcome.frames == 5600
    return bytes(hears[:5600]), bytes(says.octets[80:5680])


def wanted(form: RecordFormat, received: bytes, sent: bytes) -> bytes:
    """What the file should hold, by the codecs of `dsp` and NumPy."""
    both = [np.frombuffer(side, np.uint8) for side in (received, sent)]
    if form.sides == "both":
        octets = np.stack(both, axis=1).reshape(-1)
    elif form.sides == "mixed":
        one, other = (dsp.alaw_decode(side).astype(int) for side in both)
        total = np.where(abs(other) == 8, one, one + other)
        total = np.where(other == 8, one, np.where(abs(one) == 8, other, total))
        octets = dsp.alaw_encode(np.clip(total, -32767, 32767).astype(np.int16))
    else:
        octets = both[form.sides == "sent"]
    if form.coding == "pcm":
        return dsp.alaw_decode(octets).astype("<i2").tobytes()
    return (octets if form.coding == "a-law" else dsp.alaw_to_ulaw(octets)).tobytes()


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_every_format_holds_the_call(rig: Rig, tmp_path: Path, form: RecordFormat) -> None:
    path = tmp_path / f"call{form.suffix}"
    received, sent = spoken(rig, path, form)
    content = path.read_bytes()
    header = {"raw": 0, "wav": 44 if form.coding == "pcm" else 58}[form.container]
    assert content[header:] == wanted(form, received, sent)
    if form.container == "wav":
        info = soundfile.info(path)
        assert (info.subtype, info.channels) == (SUBTYPES[form.coding], form.channels)
        assert (info.frames, info.samplerate) == (5600, 8000)


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_a_secret_is_masked_in_every_format(rig: Rig, tmp_path: Path, form: RecordFormat) -> None:
    ours, far = rig.pair()
    path = tmp_path / f"call{form.suffix}"
    recording = ours.record(path, format=form)
    rig.run(20)
    ours.arm_secret()
    rig.press(far, "47")
    recording.stop()
    rig.run(15)
    idle = wanted(form, bytes([IDLE]) * 80, bytes([IDLE]) * 80)
    content = path.read_bytes()
    assert content[len(content) % 80 :].strip(idle[:4]) == b""


@pytest.mark.parametrize("form", [form for form in FORMATS if form.container == "wav"], ids=str)
def test_the_header_is_right_at_any_moment(rig: Rig, tmp_path: Path, form: RecordFormat) -> None:
    """Whoever is killed leaves this file behind."""
    ours, _ = rig.pair()
    path = tmp_path / "call.wav"
    recording = ours.record(path, format=form)
    for seconds in range(4):
        info = soundfile.info(path)
        assert info.frames == (path.stat().st_size - (44 if form.coding == "pcm" else 58)) / (
            form.frame_octets
        )
        assert info.frames >= max(0, (seconds - 1)) * 8000
        rig.run(100)
    recording.stop()
    rig.run(12)


def test_a_beep_is_sent_before_the_recording_and_is_not_in_it(rig: Rig, tmp_path: Path) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    done: list[Recorded] = []
    recording = ours.record(tmp_path / "call.wav", 0.5, beep=True)
    recording.on_done(done.append)
    far.play([noise(8000)])
    rig.run(90)
    assert done[0].reasons == Reason.MAX_TIME
    assert done[0].frames == 4000
    beep = dsp.alaw_decode(ear.speech).astype(float)
    assert 1590 < len(beep) <= 1600
    spectrum = np.abs(np.fft.rfft(beep[:1584]))
    assert np.argmax(spectrum) * 8000 / 1584 == pytest.approx(1000, abs=5)
    content = (tmp_path / "call.wav").read_bytes()[58:]
    assert set(content[1::2]) == {IDLE}
    assert content[:8000:2] == noise(8000)[1520:5520]  # 20 ticks later, and the line takes one


def test_a_beep_sounds_beside_a_play_and_a_stop_ends_it(rig: Rig, tmp_path: Path) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    ours.play([noise(4000)])
    recording = ours.record(tmp_path / "call.wav", beep=True)
    rig.run(5)
    recording.stop()
    rig.run(60)
    assert recording.outcome is not None
    assert (recording.outcome.reasons, recording.outcome.frames) == (Reason.STOPPED, 0)
    assert ear.speech[:400] != noise(4000)[:400]
    assert ear.speech[400:] == noise(4000)[400:]
