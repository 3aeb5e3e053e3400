"""Data links: answer, carriers, octets both ways, and every way to end."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.dsp import g711
from telcard.dsp.datalink import MODES, DataLink, LinkEnd, LinkPhase, LinkTimes
from telcard.dsp.level import level_dbm0

QUICK = LinkTimes(quiet_s=0.05, tone_s=0.1, carrier_s=2, idle_s=3)


class Line:
    """Two links on a two-wire line: each hears the other, and an echo of itself 14 dB down."""

    def __init__(self, host: DataLink, terminal: DataLink, *, loss_db: float = 10) -> None:
        self.ends = host, terminal
        self.gain = 10 ** (-loss_db / 20)
        self.sent = [np.zeros(80, np.int16), np.zeros(80, np.int16)]
        self.cut = False
        self.random = np.random.default_rng(9)

    def tick(self) -> None:
        new = []
        for i, end in enumerate(self.ends):
            own, far = self.sent[i], self.sent[1 - i] * (not self.cut)
            heard = far * self.gain + own * 0.2 + self.random.normal(0, 10, 80)
            line = g711.decode_alaw(g711.encode_alaw(heard.astype(np.int16)))
            new.append(end.process(line))
        self.sent = new

    def until(self, done: Callable[[], bool], seconds: float = 12) -> float:
        for i in range(int(seconds * 100)):
            if done():
                return i / 100
            self.tick()
        raise AssertionError(f"after {seconds} s: {self.ends}")


def pair(mode: str, times: LinkTimes = QUICK, framing: str = "8N1") -> tuple[DataLink, DataLink]:
    host = DataLink(mode, "answer", framing=framing, times=times)
    return host, DataLink(mode, "call", framing=framing, times=times)


@pytest.mark.parametrize("mode", MODES)
def test_a_request_and_its_answer_cross_the_line(mode: str) -> None:
    host, terminal = pair(mode)
    line = Line(host, terminal)
    line.until(lambda: host.connected and terminal.connected)
    request = bytes(range(0x20, 0x3C))
    assert terminal.write(request) == len(request)
    came = bytearray()

    def host_has_it() -> bool:
        came.extend(host.read())
        return len(came) >= len(request)

    line.until(host_has_it)
    assert bytes(came) == request
    host.write(b"approved")
    back = bytearray()

    def terminal_has_it() -> bool:
        back.extend(terminal.read())
        return len(back) >= 8

    line.until(terminal_has_it)
    assert bytes(back) == b"approved"
    state = host.state
    assert (state.framing_errors, state.parity_errors, state.breaks, state.octets_lost) == (0,) * 4
    host.close()
    line.until(lambda: host.over)
    assert host.why is LinkEnd.CLOSED
    line.until(lambda: terminal.over)
    assert terminal.why in (LinkEnd.LOST, LinkEnd.IDLE)


def test_an_answer_is_as_long_as_it_should_be() -> None:
    host = DataLink("v21", "answer")
    silence = np.zeros(80, np.int16)
    loud = [level_dbm0(host.process(silence)) > -20 for _ in range(600)]
    on = [i for i in range(1, 600) if loud[i] != loud[i - 1]]
    assert on == [200, 500, 508]  # 2 s, 3 s of tone, 75 ms in steps of 10
    assert host.state.phase is LinkPhase.WAITS


def test_nobody_there_ends_by_time() -> None:
    host = DataLink("v21", times=LinkTimes(quiet_s=0, tone_s=0, pause_s=0, carrier_s=0.5))
    host.process(np.zeros(8000, np.int16))
    assert host.why is LinkEnd.NO_CARRIER
    assert host.write(b"x") == 0
    assert host.room == 0


def test_a_lost_carrier_and_a_silent_terminal_are_told_apart() -> None:
    for cut, why in ((True, LinkEnd.LOST), (False, LinkEnd.IDLE)):
        host, terminal = pair("v21", LinkTimes(quiet_s=0, tone_s=0, carrier_s=2, idle_s=1.5))
        line = Line(host, terminal)
        line.until(lambda: host.connected and terminal.connected)  # noqa: B023
        line.cut = cut
        took = line.until(lambda: host.over)  # noqa: B023
        assert host.why is why
        assert took == pytest.approx(0.45 if cut else 1.5, abs=0.15)


def test_wrong_parity_is_counted_and_not_delivered() -> None:
    times = LinkTimes(quiet_s=0, tone_s=0)
    host = DataLink("v21", "answer", framing="7E1", times=times)
    terminal = DataLink("v21", "call", framing="7O1", times=times)
    line = Line(host, terminal)
    line.until(lambda: host.connected and terminal.connected)
    terminal.write(b"ABC")
    line.until(lambda: host.state.parity_errors == 3)
    assert host.read() == b""


def test_buffers_are_bounded_and_say_so() -> None:
    host = DataLink("v21", capacity=16)
    assert host.write(bytes(100)) == 16
    assert host.room == 0


def test_any_cutting_gives_the_same_sound() -> None:
    rng = np.random.default_rng(4)
    heard = rng.normal(0, 500, 4000).astype(np.int16)

    def run(cuts: list[int]) -> NDArray[np.int16]:
        link = DataLink("v23", times=QUICK)
        link.write(b"hello")
        return np.concatenate([link.process(part) for part in np.split(heard, cuts)])

    whole = run([])
    assert np.array_equal(whole, run([1, 79, 80, 81, 1000, 1003, 3999]))


def test_what_is_no_link_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mode: want one of v21, .*, got 'v90'"):
        DataLink("v90")
    with pytest.raises(ValueError, match="end: want answer or call, got 'host'"):
        DataLink(end="host")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="carries characters"):
        DataLink(framing="bits")
    with pytest.raises(ValueError, match="capacity: want 2 to"):
        DataLink(capacity=0)
    with pytest.raises(ValueError, match="level_dbm0: want -60 to"):
        DataLink(level_dbm0=9)
    with pytest.raises(ValueError, match="tone_s: want 0 to 3600 s, got -1"):
        LinkTimes(tone_s=-1)
    with pytest.raises(ValueError, match="heard: want shape"):
        DataLink().process(np.zeros((80, 2), np.int16))
