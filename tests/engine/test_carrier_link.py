"""What the ends of a T1 ask of each other: messages of the data link, reports, loop codes."""

from collections.abc import Callable

import pytest

from telcard.engine import FrameFormat, ToneSegment
from telcard.signalling.framing import BitMessage
from tests.support.framed_line import carrier, framed
from tests.support.line import Rig


def ticks_until(rig: Rig, wanted: Callable[[], bool], most: int) -> int:
    for tick in range(most):
        if wanted():
            return tick
        rig.run(1)
    raise AssertionError(f"not in {most} ticks")


@pytest.mark.parametrize(
    ("up", "down", "loop"),
    [
        (BitMessage.LINE_LOOP_UP, BitMessage.LINE_LOOP_DOWN, "line"),
        (BitMessage.PAYLOAD_LOOP_UP, BitMessage.PAYLOAD_LOOP_DOWN, "payload"),
        (BitMessage.LINE_LOOP_UP, BitMessage.LOOPS_DOWN, "line"),
        (BitMessage.PAYLOAD_LOOP_UP, BitMessage.LOOPS_DOWN, "payload"),
    ],
)
def test_an_end_that_obeys_loops_when_the_data_link_asks_for_it(
    up: BitMessage, down: BitMessage, loop: str
) -> None:
    """Seven of ten messages, 4 ms each, and a tick or two each way."""
    rig = framed("esf")
    rig.run(30)
    asking, asked = carrier(rig.far_span), carrier(rig.span)
    asked.obey()
    asking.send_message(up)
    assert ticks_until(rig, lambda: asked.loop == loop, 20) <= 6
    assert asked.message is up
    asking.send_message(None)
    rig.run(20)
    assert (asked.loop, asked.message) == (loop, None), "it stays so"
    if loop == "line":
        asking.send_message(BitMessage.PAYLOAD_LOOP_DOWN)
        rig.run(20)
        assert asked.loop == loop
    asking.send_message(down)
    # One message in place of another: ten must have gone before seven count.
    assert ticks_until(rig, lambda: asked.loop == "none", 20) <= 9
    assert asking.status().losses <= 2, "a line loop changes the frames twice"


def test_an_end_that_does_not_obey_stays_as_it_is() -> None:
    rig = framed("esf")
    rig.run(30)
    carrier(rig.far_span).send_message(BitMessage.LINE_LOOP_UP)
    rig.run(20)
    assert carrier(rig.span).message is BitMessage.LINE_LOOP_UP
    assert carrier(rig.span).loop == "none"
    carrier(rig.span).obey()
    carrier(rig.span).obey(False)
    carrier(rig.far_span).send_message(BitMessage.PAYLOAD_LOOP_UP)
    rig.run(20)
    assert carrier(rig.span).loop == "none"


@pytest.mark.parametrize(
    ("format", "rate"), [("esf", 0.0), pytest.param("d4", 1e-3, marks=pytest.mark.slow)]
)
def test_a_loop_code_of_five_seconds_loops_and_another_ends_it(
    format: FrameFormat, rate: float
) -> None:
    rig = framed(format)
    rig.run(30)
    asking, asked = carrier(rig.far_span), carrier(rig.span)
    asked.obey()
    if rate:
        rig.span.set_bit_errors(rate)
    asking.send_code("up")
    assert 500 <= ticks_until(rig, lambda: asked.loop == "line", 560) <= 540
    assert asked.code == "up"
    asking.send_code("none")
    rig.run(60)
    assert (asked.code, asked.loop) == ("none", "line")
    asking.send_code("down")
    assert 480 <= ticks_until(rig, lambda: asked.loop == "none", 560) <= 540


def test_sound_and_idle_lines_are_no_loop_code() -> None:
    rig = framed("esf")
    here, there = rig.pair()
    carrier(rig.far_span).obey()
    here.tones([ToneSegment(0.5, 1000.0, 0, -10.0)], 0)
    rig.run(700)
    assert carrier(rig.far_span).loop == "none"
    there.close()


def test_a_report_reaches_the_far_end_whole() -> None:
    rig = framed("esf")
    rig.run(30)
    for count, report in enumerate((bytes(range(8)), b"\xff" * 8, bytes(8)), 1):
        carrier(rig.span).send_report(report)
        rig.run(6)
        assert carrier(rig.far_span).report() == (count, report)
    assert carrier(rig.span).report() == (0, bytes(8))


def test_a_report_that_errors_spoil_is_not_taken() -> None:
    rig = framed("esf")
    rig.run(30)
    rig.far_span.set_bit_errors(0.05, seed=3)
    carrier(rig.span).send_report(bytes(range(8)))
    rig.run(10)
    assert carrier(rig.far_span).report()[0] == 0


def test_what_a_data_link_cannot_do_is_refused_in_one_sentence() -> None:
    d4, esf, e1 = (carrier(framed(format).span) for format in ("d4", "esf", "crc4"))
    with pytest.raises(ValueError, match="want framing esf for a data link, got d4"):
        d4.send_message(BitMessage.LINE_LOOP_UP)
    with pytest.raises(ValueError, match="want framing esf for a data link, got crc4"):
        e1.send_report(bytes(8))
    with pytest.raises(ValueError, match="want a report of 8 octets, got 7"):
        esf.send_report(bytes(7))
    with pytest.raises(ValueError, match="want one of the codes none, up, down; got 'over'"):
        d4.send_code("over")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="want a T1 to send a loop code on, got an E1"):
        e1.send_code("up")
