"""Real time, as little of it as can be: waiting is done on the engine's descriptor."""

import ctypes
import gc
import select
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telcard.clock import SystemClock, VirtualClock
from telcard.engine import (
    Driver,
    E1Line,
    Engine,
    Lane,
    Outcome,
    Reason,
    Recorded,
    SecretBuffer,
    Until,
)
from telcard.errors import CardError, NoResource
from tests.support.line import noise


class Live:
    """Two engines on one line, both ticked by one driver."""

    def __init__(self) -> None:
        line = E1Line()
        self.ours = Engine(30, name="ours")
        self.town = Engine(30, name="town")
        self.lane: Lane = self.ours.plug(line, 0).open_lane(1)
        self.far: Lane = self.town.plug(line, 1).open_lane(1, detect=False)
        self.clock = SystemClock()
        self.driver = Driver([self.ours, self.town], self.clock)

    def until(self, what: Callable[[], object]) -> None:
        """Serve the engines' events, as a loop would, until `what()` is true."""
        while not what():
            ready, _, _ = select.select([self.ours, self.town], [], [], 20)
            assert ready, "nothing happened for 20 seconds"
            for engine in ready:
                engine.poll()


@pytest.fixture
def live() -> Iterator[Live]:
    made = Live()
    with made.driver:
        yield made
    made.ours.close()
    made.town.close()


def test_sound_arrives_whole_in_real_time(live: Live) -> None:
    heard = bytearray()
    outcomes: list[Outcome] = []
    live.far.tap(lambda octets, _: heard.extend(octets), look_back=False)
    live.lane.play([noise(1600)], done=outcomes.append)
    live.until(lambda: noise(1600) in heard)
    live.until(lambda: outcomes)
    assert outcomes[0].reasons == Reason.END_OF_DATA
    assert abs(live.clock.now() - outcomes[0].end * 125_000) < 5_000_000_000


def test_a_python_that_is_away_changes_no_sample_and_no_outcome(live: Live, tmp_path: Path) -> None:
    """Nothing is polled while prompt, collect and recording take their course."""
    outcomes: list[Outcome] = []
    recorded: list[Recorded] = []
    recording = live.lane.record(tmp_path / "call.wav", max_seconds=0.4)
    recording.on_done(recorded.append)
    live.lane.play([noise(2400)], done=outcomes.append)
    collect = live.far.collect(Until(max_s=0.5))
    poller = select.poll()
    poller.register(live.town, select.POLLIN)
    assert poller.poll(20_000)  # the collect has ended, and nobody has been told
    assert outcomes == []
    live.until(lambda: outcomes and recorded and collect.outcome)
    assert outcomes[0].end - outcomes[0].start == 2400
    assert collect.outcome is not None
    assert collect.outcome.end - collect.outcome.start == 4000
    assert recorded[0].frames == 3200
    assert noise(2400) in (tmp_path / "call.wav").read_bytes()[59::2]


def test_a_driver_tells_how_punctual_it_was(live: Live) -> None:
    outcomes: list[Outcome] = []
    live.lane.collect(Until(max_s=0.2), outcomes.append)
    live.until(lambda: outcomes)
    stats = live.driver.stats()
    assert stats.ticks >= 20
    assert 0 <= stats.late <= stats.ticks
    assert 0 < stats.lateness_us_p999 <= stats.lateness_us_max


def test_a_stopped_driver_may_start_again(live: Live) -> None:
    live.driver.stop()
    with live.driver:
        live.driver.start()
        outcomes: list[Outcome] = []
        live.lane.play([noise(80)], done=outcomes.append)
        live.until(lambda: outcomes)
    live.driver.stop()


def test_an_engine_has_one_driver_and_is_not_closed_under_it(live: Live) -> None:
    with pytest.raises(CardError, match="another clock or driver ticks it already"):
        Driver([live.ours], live.clock)
    with pytest.raises(CardError, match="stop its driver before closing it"):
        live.ours.close()
    with pytest.raises(CardError, match="a driver ticks it already"):
        live.ours.step(1)
    with pytest.raises(CardError, match="another clock or driver"):
        Driver([Engine(1, VirtualClock())], live.clock)
    with pytest.raises(CardError, match="ours: another clock or driver ticks it already"):
        live.driver.add(live.ours)
    stranger = Engine(1, name="stranger")
    with pytest.raises(CardError, match="stranger: it is not ticked by this driver"):
        live.driver.remove(stranger)


def test_an_engine_joins_a_driver_that_runs_and_leaves_it_again(live: Live) -> None:
    """What it recorded is in its file by then, and it may be ticked by hand, or by another."""
    heard = bytearray()
    outcomes: list[Outcome] = []
    line = E1Line()
    third = Engine(1, name="third")
    far = third.plug(line, 1).open_lane(1, detect=False)
    near = live.ours.plug(line, 0).open_lane(1)
    near.tap(lambda octets, _: heard.extend(octets), look_back=False)
    live.driver.add(third)
    assert third.driver is live.driver
    assert line.spans == [live.ours.spans[1], third.spans[0]]
    far.play([noise(800)])
    live.until(lambda: noise(800) in heard)
    live.lane.collect(Until(max_s=0.05), outcomes.append)
    live.until(lambda: outcomes)
    live.driver.remove(third)
    assert third.driver is None
    ticks = third.stats().ticks
    live.lane.collect(Until(max_s=0.05), outcomes.append)
    live.until(lambda: len(outcomes) == 2)
    assert third.stats().ticks == ticks
    third.poll()
    with Driver([third], live.clock):
        again = far.collect(Until(max_s=0.02))
        while again.outcome is None:
            select.select([third], [], [], 20)
            third.poll()
    third.close()


def test_a_driver_has_places_for_so_many_engines(live: Live) -> None:
    others = [Engine(1) for _ in range(15)]
    for other in others[:14]:
        live.driver.add(other)
    with pytest.raises(NoResource, match="engine: all places of the driver are taken"):
        live.driver.add(others[14])
    live.driver.remove(others[0])
    live.driver.add(others[14])


def test_nobody_waits_for_ever_for_a_driver_that_was_asked_to_stop(live: Live) -> None:
    live.driver.request_stop()
    live.driver.remove(live.town)
    assert live.town.driver is None


def test_priorities_are_those_of_the_system() -> None:
    with pytest.raises(ValueError, match="want a priority of 0 to 99"):
        Driver([], SystemClock(), priority=100)


def test_priority_is_tried_and_told() -> None:
    engine = Engine(1)
    outcomes: list[Outcome] = []
    lane = engine.plug(E1Line(), 0).open_lane(1)
    with Driver([engine], SystemClock(), priority=1) as driver:
        lane.collect(Until(max_s=0.05), outcomes.append)
        while not outcomes:
            select.select([engine], [], [], 20)
            engine.poll()
        assert driver.stats().fifo in (True, False)
    engine.close()


def test_a_signal_handler_may_ask_it_to_stop(live: Live) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: live.driver.request_stop())
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    live.driver.stop()
    assert not live.ours.driven


def test_the_native_threads_take_no_signals_and_are_no_python_threads(live: Live) -> None:
    assert len(list(Path("/proc/self/task").iterdir())) >= threading.active_count() + 2
    blocked = []
    for task in Path("/proc/self/task").iterdir():
        status = (task / "status").read_text()
        mask = next(line for line in status.splitlines() if line.startswith("SigBlk"))
        blocked.append(int(mask.split()[1], 16) & (1 << (signal.SIGTERM - 1)) != 0)
    assert blocked.count(True) >= 2
    assert blocked.count(False) >= 1


def test_a_driver_that_is_forgotten_ends_its_threads_before_its_engines_go() -> None:
    made = Live()
    made.driver.start()
    made.lane.play([noise(80_000)])
    tasks = len(list(Path("/proc/self/task").iterdir()))
    made.driver.__dict__["_self"] = made  # a cycle, as forgetful programs have them
    del made
    gc.collect()
    assert len(list(Path("/proc/self/task").iterdir())) == tasks - 2


class Call:
    """A prompt, a secret that is given up, a goodbye: all of it recorded and tapped."""

    def __init__(self, lane: Lane, path: Path) -> None:
        self.lane = lane
        self.secret = SecretBuffer()
        self.reasons: list[Reason] = []
        self.recorded: list[Recorded] = []
        lane.record(path).on_done(self.recorded.append)
        lane.tap(lambda octets, sample: None)
        lane.arm_secret()
        lane.play([noise(200)], done=self.collect)

    def collect(self, outcome: Outcome) -> None:
        self.reasons.append(outcome.reasons)
        operation = self.lane.collect(Until(max_digits=2, max_s=0.05), self.collected, self.secret)
        self.lane.query()
        assert len(self.secret) == 0
        operation.stop()

    def collected(self, outcome: Outcome) -> None:
        self.reasons.append(outcome.reasons)
        self.lane.span.set_bits(self.lane.timeslot, 1)
        self.lane.on_mask(lambda masked, sample: self.part())
        self.lane.disarm_secret()

    def part(self) -> None:
        self.lane.play([noise(160)], done=self.close)

    def close(self, outcome: Outcome) -> None:
        self.reasons.append(outcome.reasons)
        self.lane.close()


def test_a_hundred_calls_while_the_ticks_go_on(tmp_path: Path) -> None:
    """Everything that the threads share is in use; ThreadSanitizer finds nothing to say to it."""
    live = Live()
    span = live.lane.span
    calls: list[Call] = []
    with live.driver:
        while len(calls) < 100 or any(not call.recorded for call in calls):
            while len(calls) < 100 and live.ours.stats().lanes_open < 20 and live.ours.free_lanes:
                timeslot = next(t for t in range(2, 32) if t not in span.lanes)
                calls.append(Call(span.open_lane(timeslot), tmp_path / f"{len(calls)}.wav"))
            ready, _, _ = select.select([live.ours, live.town], [], [], 20)
            assert ready, "nothing happened for 20 seconds"
            for engine in ready:
                engine.poll()
    live.ours.close()
    live.town.close()
    ended = [Reason.END_OF_DATA, Reason.STOPPED, Reason.END_OF_DATA]
    assert all(call.reasons == ended for call in calls)
    assert all(call.recorded[0].error is None for call in calls)


@pytest.mark.slow
def test_a_thread_that_holds_the_gil_changes_no_sample(live: Live, tmp_path: Path) -> None:
    """For 2 s no other Python runs; prompt and recordings at both ends are whole nevertheless.

    How late the ticks were does not matter here, only that none of their sound is missing.
    """
    prompt = noise(3 * 8000)
    recorded: list[Recorded] = []
    for lane, name in ((live.lane, "ours.wav"), (live.far, "town.wav")):
        lane.record(tmp_path / name, max_seconds=4).on_done(recorded.append)
    live.lane.play([prompt])
    before = live.driver.stats().ticks
    ctypes.PyDLL(None).usleep(2_000_000)  # PyDLL, unlike CDLL, keeps the GIL
    assert live.driver.stats().ticks > before
    live.until(lambda: len(recorded) == 2)
    assert [(done.frames, done.missing_frames, done.error) for done in recorded] == [
        (4 * 8000, 0, None)
    ] * 2
    assert prompt in (tmp_path / "ours.wav").read_bytes()[59::2]
    assert prompt in (tmp_path / "town.wav").read_bytes()[58::2]
