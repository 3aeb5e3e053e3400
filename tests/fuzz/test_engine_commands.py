"""Whatever an engine is told, in whatever order: nothing crashes, every operation ends once, and
nothing that was received while a secret step was armed reaches a tap or a file."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from telcard.engine import (
    Alarm,
    EchoCancelling,
    Lane,
    Operation,
    Outcome,
    Recording,
    SecretBuffer,
    Until,
    dtmf_segments,
)
from telcard.errors import TelcardError
from tests.support.fuzz import costly
from tests.support.line import IDLE, Rig, noise

LOOK_BACK, TAIL = 10 * 80, 20 * 80
LANES = 2


class Sounds:
    """The samples at which a tap delivered something else than idle octets."""

    def __init__(self) -> None:
        self.samples: set[int] = set()

    def __call__(self, octets: bytes, sample: int) -> None:
        heard = (at for at, octet in enumerate(octets) if octet != IDLE)
        self.samples.update(sample + at for at in heard)


class Model:
    """Lanes that receive noise or keys all the time, and what must not be heard of them."""

    def __init__(self, folder: Path) -> None:
        self.rig = Rig(lanes=LANES)
        self.folder = folder
        self.names = count()
        self.began: list[Operation] = []
        self.ended: list[Outcome] = []
        self.recordings: list[tuple[int, int, Recording]] = []
        self.lanes: list[Lane] = []
        self.far: list[Lane] = []
        self.keys: dict[int, str] = {}
        # By lane: when it was armed and disarmed, and what its taps delivered.
        self.masked: list[list[tuple[int, int | None]]] = [[] for _ in range(LANES)]
        self.at_once = [Sounds() for _ in range(LANES)]
        self.late = [Sounds() for _ in range(LANES)]
        for index in range(LANES):
            lane, far = self.rig.pair(index + 1)
            self.lanes.append(lane)
            self.far.append(far)
            self.feed(index)

    def feed(self, index: int) -> None:
        """The caller makes noise, or presses the key that he wants to press."""
        far, key = self.far[index], self.keys.pop(index, "")
        if far.is_open and key:
            far.tones(dtmf_segments(key), done=lambda _: self.feed(index))
        elif far.is_open:
            far.play([noise(16_000, index)], done=lambda _: self.feed(index))

    def press(self, index: int, key: str) -> None:
        self.keys[index] = key
        if (operation := self.far[index].operation) is not None:
            operation.stop()

    def arm(self, index: int) -> None:
        lane, steps = self.lanes[index], self.masked[index]
        lane.arm_secret()
        if not steps or steps[-1][1] is not None:
            steps.append((self.rig.sample, None))

    def disarm(self, index: int) -> None:
        self.lanes[index].disarm_secret()
        steps = self.masked[index]
        if steps and steps[-1][1] is None:
            steps[-1] = (steps[-1][0], self.rig.sample)

    def must_not_be_heard(self, index: int, look_back: int) -> list[range]:
        return [
            range(began - look_back, (self.rig.sample if end is None else end + TAIL))
            for began, end in self.masked[index]
        ]

    def start(self, begin: Callable[..., Operation]) -> None:
        self.began.append(begin(done=self.ended.append))

    def record(self, index: int) -> None:
        at = self.rig.sample
        recording = self.lanes[index].record(self.folder / f"{next(self.names)}.wav", 2.0)
        self.recordings.append((index, at, recording))


def play(model: Model, index: int, value: int) -> None:
    until = Until(max_digits=value % 3, max_s=value / 50 or None)
    model.start(lambda done: model.lanes[index].play([noise(value * 50)], until, done))


def collect(model: Model, index: int, value: int) -> None:
    until = Until(max_digits=value % 4, digits="#5"[: value % 3], first_digit_s=value / 20)
    secret = SecretBuffer() if model.lanes[index].secret_armed or value % 7 == 0 else None
    model.start(lambda done: model.lanes[index].collect(until, done, secret))


def tones(model: Model, index: int, value: int) -> None:
    segments = dtmf_segments("12#A"[: value % 5])
    model.start(lambda done: model.lanes[index].tones(segments, value % 3, Until(max_s=1), done))


def stop(model: Model, index: int, value: int) -> None:
    if (operation := model.lanes[index].operation) is not None:
        operation.stop()


def stop_recording(model: Model, index: int, value: int) -> None:
    if (recording := model.lanes[index].recording) is not None:
        recording.stop()


def tap(model: Model, index: int, value: int) -> None:
    late = bool(value % 2)
    sounds = model.late if late else model.at_once
    model.lanes[index].tap(sounds[index], look_back=late)


def listen(model: Model, index: int, value: int) -> None:
    model.lanes[index].listen(None if value % 3 == 0 else model.lanes[value % LANES])


def harm(model: Model, index: int, value: int) -> None:
    """The line or the engine behaves badly, or well again."""
    span, lane = model.rig.span, model.lanes[index]
    signal = (Alarm.NONE, Alarm.NONE, Alarm.LOS, Alarm.AIS, Alarm.LFA)[value % 5]
    match value % 7:
        case 0:
            span.set_signal(received=signal)
        case 1:
            span.set_signal(sent=signal)
        case 2:
            span.set_drift((value - 50) * 20)
        case 3:
            span.slip(value - 50)
        case 4:
            span.set_bit_errors(value / 200, seed=value)
        case 5:
            lane.stick(value % 2 == 0)
        case 6:
            model.rig.ours.jam_events(value % 4 == 0)


def steer(model: Model, index: int, value: int) -> None:
    if (operation := model.lanes[index].operation) is None or operation.doing != "play":
        return
    if value % 4 < 2:
        (operation.pause if value % 4 else operation.resume)()
    else:
        operation.seek(value * 40 - 2000, relative=value % 4 == 2)


def fade(model: Model, index: int, value: int) -> None:
    model.lanes[index].volume(value % 80 - 59)
    model.lanes[index].speed(0.5 + value % 101 / 100)
    model.lanes[index].set_gains(receive_db=value % 7 - 3, transmit_db=-(value % 20))


def monitor(model: Model, index: int, value: int) -> None:
    model.lanes[index].monitor(model.lanes[value % LANES])


def cancel(model: Model, index: int, value: int) -> None:
    """An echo canceller of some kind, another one, or none."""
    how = EchoCancelling(
        tail_ms=(8, 16, 128)[value % 3], nlp=value % 2 == 0, find_delay=value % 5 == 0
    )
    lane = model.lanes[index]
    lane.cancel_echo(None if value % 7 == 0 else how)
    assert lane.echo is None or 0 <= lane.echo.begins_ms <= 520


def move(model: Model, index: int, value: int) -> None:
    """Both ends of a call go to another timeslot, as far as it is free."""
    for engine, span, lane in (
        (model.rig.ours, model.rig.span, model.lanes[index]),
        (model.rig.town, model.rig.far_span, model.far[index]),
    ):
        engine.move_lane(lane, span, 1 + value % 5)


COMMANDS: list[Callable[[Model, int, int], object]] = [
    lambda model, index, value: model.rig.run(value % 25),
    lambda model, index, value: model.press(index, "0123456789*#"[value % 12]),
    lambda model, index, value: model.arm(index),
    lambda model, index, value: model.disarm(index),
    lambda model, index, value: model.record(index),
    lambda model, index, value: model.lanes[index].untap(),
    lambda model, index, value: model.lanes[index].clear_digits(),
    lambda model, index, value: model.lanes[index].query(),
    lambda model, index, value: value % 8 or model.lanes[index].close(),
    *(play, collect, tones, stop, stop_recording, tap, listen, harm, steer, fade, monitor, cancel),
    move,
]

steps = st.tuples(st.integers(0, len(COMMANDS) - 1), st.integers(0, LANES - 1), st.integers(0, 99))


@pytest.mark.fuzz
@costly(250)
@given(st.lists(steps, max_size=60))
def test_no_script_of_commands_breaks_the_engine_or_gives_a_secret_away(
    tmp_path_factory: pytest.TempPathFactory, script: list[tuple[int, int, int]]
) -> None:
    model = Model(tmp_path_factory.getbasetemp())
    for what, index, value in script:
        try:
            COMMANDS[what](model, index, value)
        except TelcardError as refused:
            assert str(refused).isprintable()
        model.rig.run(1)
    model.rig.run(15)
    for index, (at_once, late) in enumerate(zip(model.at_once, model.late, strict=True)):
        for span in model.must_not_be_heard(index, 0):
            assert not at_once.samples & set(span)
        for span in model.must_not_be_heard(index, LOOK_BACK):
            assert not late.samples & set(span)
    model.rig.close()
    assert len(model.ended) == len(model.began)
    assert all(operation.outcome is not None for operation in model.began)
    for index, first, recording in model.recordings:
        assert recording.outcome is not None
        assert recording.outcome.frames == soundfile.info(recording.path).frames
        received = recording.path.read_bytes()[58::2]
        for span in model.must_not_be_heard(index, LOOK_BACK):
            inside = received[max(0, span.start - first) : max(0, span.stop - first)]
            assert not inside.strip(bytes([IDLE]))
        recording.path.unlink(missing_ok=True)
