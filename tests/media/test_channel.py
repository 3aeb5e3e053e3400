"""A channel: the engine's callbacks as coroutines, and cancellation that gives the lane back."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from telcard.cards import ResourceFace
from telcard.clock import VirtualClock, current, run
from telcard.engine import E1Line, Engine, Reason, SecretBuffer, ToneSegment, Until, dtmf_segments
from telcard.errors import CardError, MediaError
from telcard.media import Channel

Scene = Callable[[Channel, Channel], Awaitable[None]]
SECOND = bytes([0x55]) * 8000


def play(scene: Scene) -> None:
    """Run a scene with the channels at both ends of a line."""

    async def main() -> None:
        line = E1Line()
        engines = [Engine(2, clock=current(), name=name) for name in ("ours", "theirs")]
        spans = [engine.plug(line, end) for end, engine in enumerate(engines)]
        near, far = (
            Channel(span.open_lane(1), name) for span, name in zip(spans, "ab", strict=True)
        )
        try:
            async with asyncio.timeout(600):
                await scene(near, far)
        finally:
            for engine in engines:
                engine.close()

    run(main(), VirtualClock())


def test_a_channel_has_the_face_of_a_resource() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        face: ResourceFace = near
        assert face.capabilities.play
        assert not face.capabilities.fax
        face.capabilities.require(face.name, "mask")

    play(scene)


def test_playing_ends_with_its_data() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        outcome = await near.play([SECOND, SECOND])
        assert outcome.reasons == Reason.END_OF_DATA
        assert outcome.end - outcome.start == 16000

    play(scene)


def test_tones_of_one_end_are_digits_of_the_other() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        heard: list[str] = []
        near.on_digit(lambda event: heard.append(event.digit))
        collecting = asyncio.create_task(near.collect(Until(max_digits=3)))
        await far.tones(dtmf_segments("42#"))
        assert (await collecting).digits == "42#"
        await asyncio.sleep(0.1)
        assert heard == ["4", "2", "#"]

    play(scene)


def test_a_second_operation_is_refused_as_busy() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        playing = asyncio.create_task(near.play([SECOND]))
        await asyncio.sleep(0)
        with pytest.raises(CardError, match="busy with play"):
            await near.collect(Until(max_digits=1))
        await playing

    play(scene)


def test_a_cancelled_operation_has_ended_when_the_cancellation_arrives() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        ringing = asyncio.create_task(near.tones([ToneSegment(1, 450)], repeats=0))
        await asyncio.sleep(3)
        assert near.query().doing == "tones"
        ringing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ringing
        assert near.query().doing == "idle"

    play(scene)


def test_a_secret_goes_into_its_buffer_and_into_no_event() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        heard: list[str] = []
        masks: list[bool] = []
        near.on_digit(lambda event: heard.append(event.digit))
        near.on_mask(lambda masked, sample: masks.append(masked))
        secret = SecretBuffer()
        async with near.keeping_secret():
            await asyncio.sleep(0.1)
            collecting = asyncio.create_task(near.collect(Until(digits="#"), secret))
            await far.tones(dtmf_segments("2718#"))
            outcome = await collecting
        await asyncio.sleep(0.5)
        assert outcome.digits == ""
        assert len(secret) == 5
        assert heard == []
        assert masks == [True, False]

    play(scene)


def test_a_secret_step_within_another_ends_with_the_outer_one() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        heard: list[str] = []
        masks: list[bool] = []
        near.on_digit(lambda event: heard.append(event.digit))
        near.on_mask(lambda masked, sample: masks.append(masked))
        async with near.keeping_secret():
            async with near.keeping_secret():
                await far.tones(dtmf_segments("1"))
            await asyncio.sleep(2)
            await far.tones(dtmf_segments("2"))
            assert masks == [True]
        await asyncio.sleep(0.5)
        assert masks == [True, False]
        assert heard == []

    play(scene)


def test_a_lane_that_goes_within_a_secret_step_is_no_error() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        async with near.keeping_secret():
            near.lane.close()

    play(scene)


def test_what_one_hears_another_may_send() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        near.listen(near)  # a loop: what comes in goes out
        await far.tones(dtmf_segments("7"))
        assert (await far.collect(Until(max_digits=1, first_digit_s=1))).digits == "7"
        near.listen(None)

    play(scene)


def test_a_recording_is_complete_when_its_stop_returns(tmp_path: Path) -> None:
    async def scene(near: Channel, far: Channel) -> None:
        recorder = near.record(tmp_path / "r.wav")
        assert recorder.sample % 80 == 0
        await near.play([SECOND])
        recorded = await recorder.stop()
        assert recorded.frames >= 8000
        assert recorder.path.stat().st_size >= 16000
        again = await recorder.stop()
        assert again == recorded

    play(scene)


def test_a_recording_into_nowhere_is_one_sentence(tmp_path: Path) -> None:
    async def scene(near: Channel, far: Channel) -> None:
        with pytest.raises(MediaError, match="No such file or directory"):
            near.record(tmp_path / "gone" / "r.wav")

    play(scene)
