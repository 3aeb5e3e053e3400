import errno
import gc
import os
import resource
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from telcard.engine import Reason, Recorded
from telcard.errors import CardError, MediaError, StaleHandle
from tests.support.line import IDLE, Rig, noise


def legs(path: Path) -> tuple[bytes, bytes]:
    """Octets received and sent, as the file has them."""
    octets = path.read_bytes()[58:]
    return octets[::2], octets[1::2]


def test_both_legs_are_recorded_octet_for_octet(rig: Rig, tmp_path: Path) -> None:
    ours, far = rig.pair()
    rig.run(7)
    recording = ours.record(tmp_path / "call.wav")
    ours.play([noise(1000)])
    far.play([noise(1000, 2)])
    rig.run(20)
    done: list[Recorded] = []
    recording.stop(done.append)
    rig.until(lambda: done)
    received, sent = legs(tmp_path / "call.wav")
    assert sent.strip(bytes([IDLE])) == noise(1000)
    assert received.strip(bytes([IDLE])) == noise(1000, 2)
    assert len(received) == len(sent) == done[0].frames == 1600
    assert done[0] == Recorded(Reason.STOPPED, 1600, 0, None)
    assert recording.outcome == done[0]


def test_a_foreign_reader_understands_the_file(rig: Rig, tmp_path: Path) -> None:
    ours, _ = rig.pair()
    recording = ours.record(tmp_path / "call.wav")
    rig.run(100)
    recording.stop()
    rig.run(15)
    info = soundfile.info(tmp_path / "call.wav")
    assert (info.format, info.subtype) == ("WAV", "ALAW")
    assert (info.samplerate, info.channels, info.frames) == (8000, 2, 8000)


KILLED = """
import os, signal, sys
from tests.support.line import Rig, noise
rig = Rig()
ours, far = rig.pair()
ours.record(sys.argv[1])
far.play([noise(80_000)])
rig.run(237)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_a_file_that_lacks_half_a_second(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["", *sys.path])},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert soundfile.info(path).frames == 4 * 4000  # of 18,960, less 0.1 s of look-back
    assert legs(path)[0].strip(bytes([IDLE])) == noise(80_000)[: 16_000 - 80]


def test_the_header_holds_the_sizes_that_riff_wants(rig: Rig, tmp_path: Path) -> None:
    ours, _ = rig.pair()
    recording = ours.record(tmp_path / "call.wav")
    rig.run(10)
    recording.stop()
    rig.run(15)
    octets = (tmp_path / "call.wav").read_bytes()
    fields = struct.unpack("<4sI4s 4sIHHIIHHH 4sII 4sI", octets[:58])
    sound = 10 * 160
    assert fields == (
        *(b"RIFF", 50 + sound, b"WAVE"),
        *(b"fmt ", 18, 6, 2, 8000, 16000, 2, 8, 0),
        *(b"fact", 4, sound // 2),
        *(b"data", sound),
    )
    assert len(octets) == 58 + sound


def test_the_file_is_right_at_any_moment(rig: Rig, tmp_path: Path) -> None:
    """Whenever the process is killed: readable, and no more than 0.6 s are missing."""
    ours, far = rig.pair()
    path = tmp_path / "call.wav"
    recording = ours.record(path)
    far.play([noise(80_000)])
    for ticks in range(1, 300):
        rig.run()
        octets = path.read_bytes()
        (claimed,) = struct.unpack("<I", octets[54:58])
        assert len(octets) - 58 >= claimed
        assert claimed // 160 >= ticks - 61
        assert soundfile.info(path).frames == claimed // 2
    recording.stop()


def test_a_recording_ends_by_itself_when_its_time_is_over(rig: Rig, tmp_path: Path) -> None:
    ours, _ = rig.pair()
    recording = ours.record(tmp_path / "call.wav", max_seconds=0.5)
    done: list[Recorded] = []
    recording.on_done(done.append)
    rig.run(100)
    assert done == [Recorded(Reason.MAX_TIME, 4000, 0, None)]
    recording.stop(done.append)
    assert len(done) == 2
    assert ours.recording is None


def test_a_recording_ends_with_its_lane_and_misses_nothing(rig: Rig, tmp_path: Path) -> None:
    ours, far = rig.pair()
    recording = ours.record(tmp_path / "call.wav")
    far.play([noise(8000)])
    rig.run(33)
    ours.close()
    rig.run()
    assert recording.outcome == Recorded(Reason.HANG_UP, 33 * 80, 0, None)
    assert legs(tmp_path / "call.wav")[0].strip(bytes([IDLE])) == noise(8000)[: 32 * 80]


def test_a_recording_stopped_before_it_began_is_an_empty_file(rig: Rig, tmp_path: Path) -> None:
    ours, _ = rig.pair()
    recording = ours.record(tmp_path / "call.wav")
    recording.stop()
    rig.run(20)
    assert recording.outcome == Recorded(Reason.STOPPED, 0, 0, None)
    assert soundfile.info(tmp_path / "call.wav").frames == 0


def test_a_lane_makes_one_recording_at_a_time_but_many_in_turn(rig: Rig, tmp_path: Path) -> None:
    ours, _ = rig.pair()
    for number in range(5):
        recording = ours.record(tmp_path / f"{number}.wav")
        with pytest.raises(CardError, match="busy recording to"):
            ours.record(tmp_path / "other.wav")
        rig.run(10)
        recording.stop()
        rig.run(12)
        assert recording.outcome is not None
    assert not (tmp_path / "other.wav").exists()
    ours.close()
    with pytest.raises(StaleHandle):
        ours.record(tmp_path / "late.wav")


def test_every_lane_may_record_at_once(rig: Rig, tmp_path: Path) -> None:
    pairs = {t: rig.pair(t) for t in range(1, 32)}
    recordings = {t: ours.record(tmp_path / f"{t}.wav") for t, (ours, _) in pairs.items()}
    for timeslot, (ours, far) in pairs.items():
        ours.play([noise(800, timeslot)])
        far.play([noise(800, 100 + timeslot)])
    rig.run(30)
    for recording in recordings.values():
        recording.stop()
    rig.run(12)
    for timeslot in pairs:
        received, sent = legs(tmp_path / f"{timeslot}.wav")
        assert sent.strip(bytes([IDLE])) == noise(800, timeslot)
        assert received.strip(bytes([IDLE])) == noise(800, 100 + timeslot)
    assert rig.ours.stats().recordings.lost == 0


def test_only_its_owner_may_read_a_recording(rig: Rig, tmp_path: Path) -> None:
    ours, _ = rig.pair()
    ours.record(tmp_path / "call.wav")
    assert (tmp_path / "call.wav").stat().st_mode & 0o777 == 0o600


def test_a_path_that_cannot_be_written_is_refused(rig: Rig, tmp_path: Path) -> None:
    ours, _ = rig.pair()
    with pytest.raises(MediaError, match=r"recording .*nowhere/call\.wav: No such file"):
        ours.record(tmp_path / "nowhere" / "call.wav")
    assert ours.recording is None
    with pytest.raises(ValueError, match="max_seconds: want more than 0"):
        ours.record(tmp_path / "call.wav", max_seconds=0)
    with pytest.raises(MediaError, match="recording /dev/full"):
        ours.record("/dev/full")


def test_a_write_that_fails_is_told_at_the_end_and_what_was_written_stays(
    rig: Rig, tmp_path: Path
) -> None:
    ours, far = rig.pair()
    path = tmp_path / "call.wav"
    recording = ours.record(path)
    far.play([noise(80_000)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
        rig.run(300)
        recording.stop()
        rig.run(12)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert recording.outcome is not None
    assert recording.outcome.reasons == Reason.STOPPED | Reason.ERROR
    assert recording.outcome.error is not None
    assert recording.outcome.error.errno == errno.EFBIG
    assert recording.outcome.frames == soundfile.info(path).frames == 8000


def test_sound_that_the_writer_was_too_slow_for_is_silence_in_its_place(
    rig: Rig, tmp_path: Path
) -> None:
    """The ring to the writer is full for a while; counted, and the rest stays in step."""
    ours, far = rig.pair()
    recording = ours.record(tmp_path / "call.wav")
    capacity = rig.ours.stats().recordings.capacity
    pairs = [rig.pair(t) for t in range(2, 32)]
    others = [lane.record(tmp_path / f"{lane.index}.wav") for lane, _ in pairs]
    far.play([noise(capacity * 80)])
    rig.run(20)
    ticks = capacity // 31 + 50
    for _ in range(ticks):  # real time, in which the writer does nothing
        rig.tick += 1
        rig.ours.core.tick_without_writer(rig.tick)
        rig.town.core.tick(rig.tick)
    rig.run(50)
    recording.stop()
    for other in others:
        other.stop()
    rig.run(15)
    assert recording.outcome is not None
    assert recording.outcome.missing_frames > 0
    assert rig.ours.stats().recordings.lost > 0
    received, _ = legs(tmp_path / "call.wav")
    assert len(received) == (20 + ticks + 50) * 80
    assert received[-800:] == noise(capacity * 80)[len(received) - 880 : len(received) - 80]


def test_files_are_closed_when_the_engine_goes(tmp_path: Path) -> None:
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    made = Rig()
    made.span.open_lane(1).record(tmp_path / "call.wav")
    made.run(5)
    made.close()
    del made
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
    assert soundfile.info(tmp_path / "call.wav").frames == 400
