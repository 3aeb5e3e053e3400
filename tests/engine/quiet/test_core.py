"""What an engine without sound refuses, and how rarely it ticks."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from telcard.clock import VirtualClock, run
from telcard.dsp.copper import Copper
from telcard.engine import E1Line, Engine, Lane, Reason, Until, dtmf_segments
from telcard.errors import CardError, StaleHandle
from tests.support.line import Rig, noise

REFUSED: dict[str, Callable[[Rig, Lane, Lane], object]] = {
    "cannot tap octets": lambda rig, lane, far: lane.tap(print),
    "cannot record": lambda rig, lane, far: lane.record("never.wav"),
    "cannot add two sounds": lambda rig, lane, far: lane.monitor(rig.span.open_lane(2)),
    "cannot lay a line that changes sound": lambda rig, lane, far: far.copper(Copper(loss_db=3)),
    "cannot turn bits of octets": lambda rig, lane, far: rig.span.set_bit_errors(1e-3),
    "cannot slip octets": lambda rig, lane, far: rig.span.slip(),
    "cannot jam its events": lambda rig, lane, far: rig.ours.jam_events(True),
    "cannot stall": lambda rig, lane, far: rig.ours.stall(3),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_is_nothing_but_sound_is_refused_in_one_sentence(sentence: str) -> None:
    rig = Rig(fidelity="events")
    with pytest.raises(CardError, match=sentence):
        REFUSED[sentence](rig, *rig.pair())
    assert not Path("never.wav").exists()
    rig.close()


def test_ticks_without_work_are_not_run() -> None:
    clock = VirtualClock()
    outcomes = []

    async def main() -> None:
        line = E1Line()
        engine = Engine(1, clock, fidelity="events")
        lane = engine.plug(line, 0).open_lane(1)
        lane.collect(Until(max_s=3600), outcomes.append)
        await asyncio.sleep(3700)
        assert engine.stats().ticks <= 3
        engine.close()

    run(main(), clock)
    (outcome,) = outcomes
    assert outcome.reasons == Reason.MAX_TIME
    assert outcome.end - outcome.start == 3600 * 8000


def test_handles_go_stale_as_they_do_with_sound() -> None:
    rig = Rig(fidelity="events")
    lane, _ = rig.pair()
    play = lane.play([noise(8000)])
    lane.close()
    rig.run()
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.HANG_UP
    with pytest.raises(StaleHandle, match="the lane was closed"):
        lane.play([noise(80)])
    rig.close()


def test_it_does_not_matter_which_engine_is_stepped_first() -> None:
    def history(order: tuple[int, int]) -> list[object]:
        rig = Rig(order=order, fidelity="events")
        ours, far = rig.pair()
        seen: list[object] = []
        ours.on_digit(seen.append)
        rig.far_span.on_bits(lambda *bits: seen.append(bits))
        far.tap_pieces(seen.append)
        rig.span.set_bits(1, 5)
        ours.play([noise(1000)])
        far.tones(dtmf_segments("12"))
        rig.run(60)
        rig.close()
        return seen

    assert history((0, 1)) == history((1, 0))


def test_the_far_end_is_told_of_a_piece_as_long_as_it_sounds() -> None:
    rig = Rig(fidelity="events")
    ours, far = rig.pair()
    ours.speed(1.25)
    pieces: list[tuple[int, int, bool]] = []
    far.tap_pieces(lambda piece: pieces.append((piece.end - piece.start, piece.frames, piece.over)))
    play = ours.play([noise(1000), noise(2000)])
    rig.until(lambda: play.outcome)
    rig.run(3)
    assert pieces == [(800, 800, False), (800, 800, True), (1600, 1600, False), (1600, 1600, True)]
    rig.close()


def test_pieces_are_told_only_where_nothing_sounds() -> None:
    rig = Rig()
    lane, _ = rig.pair()
    with pytest.raises(CardError, match=r"cannot tell pieces, it carries sound"):
        lane.tap_pieces(print)
    rig.close()
