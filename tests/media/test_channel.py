"""A channel: the engine's callbacks as coroutines, and cancellation that gives the lane back."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from telcard.cards import Capabilities, ResourceFace
from telcard.clock import VirtualClock, current, run
from telcard.dsp.fax_tones import fax_tone_segments
from telcard.dsp.templates import ToneTemplate
from telcard.engine import (
    Controls,
    E1Line,
    Engine,
    Outcome,
    Reason,
    RecordFormat,
    SecretBuffer,
    ToneEvent,
    ToneSegment,
    Until,
    dtmf_segments,
)
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
        assert not face.capabilities.conference
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


def test_a_play_is_paused_moved_and_made_softer_by_the_program() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        playing = asyncio.create_task(near.play([SECOND * 10]))
        await asyncio.sleep(0.5)
        near.pause()
        await asyncio.sleep(0.1)
        state = near.query()
        assert (state.paused, state.doing) == (True, "play")
        await asyncio.sleep(60)
        assert near.query().position == state.position
        near.volume(-6)
        near.speed(1.2)
        near.seek(79_000)
        near.resume()
        outcome = await playing
        assert (outcome.reasons, outcome.position) == (Reason.END_OF_DATA, 80_000)
        assert near.query().volume_db == -6
        assert near.query().speed == 1.2
        for change in (near.pause, near.resume, lambda: near.seek(0)):
            with pytest.raises(CardError, match=r"a: cannot (pause|seek), nothing plays"):
                change()

    play(scene)


def test_digits_of_controls_skip_and_the_others_end_the_play() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        keys = Controls(forward="9", skip_s=3)
        playing = asyncio.create_task(near.play([SECOND * 10], Until(max_digits=1), controls=keys))
        await far.tones(dtmf_segments("9"))
        await asyncio.sleep(0.1)
        assert near.query().position > 24_000
        await far.tones(dtmf_segments("1"))
        assert (await playing).reasons == Reason.MAX_DIGITS
        assert (await near.collect(Until(max_digits=1))).digits == "1"

    play(scene)


def test_what_a_channel_has_not_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async def scene(near: Channel, far: Channel) -> None:
        poor = Channel(near.lane, "msi 1", Capabilities(play=True, record=True, mono_record=True))
        file = tmp_path / "x.wav"
        await poor.play([SECOND])
        for act, lacks in (
            (lambda: poor.pause(), "pause"),
            (lambda: poor.seek(1), "seek"),
            (lambda: poor.volume(3), "volume"),
            (lambda: poor.speed(1.1), "speed"),
            (lambda: poor.set_gains(receive_db=3), "gains"),
            (lambda: poor.cancel_echo(None), "echo"),
            (lambda: poor.listen(far), "listen"),
            (lambda: poor.monitor(far), "monitor"),
            (lambda: poor.record(file), "stereo_record"),
            (lambda: poor.record(file, format=RecordFormat("sent", "pcm")), "pcm_record"),
            (lambda: poor.record(file, format=RecordFormat("sent"), beep=True), "beep"),
            (lambda: poor.record(file, format=RecordFormat("sent", agc=True)), "agc_record"),
        ):
            with pytest.raises(
                CardError, match=f"msi 1: cannot {lacks}; it can play, record, mono_record"
            ):
                act()
        raw = RecordFormat("mixed", "u-law", "raw")
        with pytest.raises(CardError, match="cannot raw_record"):
            poor.record(file, format=raw)
        with pytest.raises(CardError, match="cannot collect, mask"):
            await poor.collect(Until(max_s=1), then_secret=True)
        with pytest.raises(CardError, match="cannot controls"):
            await poor.play([SECOND], controls=Controls(pause="1"))
        with pytest.raises(CardError, match="cannot tones"):
            await poor.tones(dtmf_segments("1"))
        with pytest.raises(CardError, match="cannot detect"):
            poor.detect("fax", print)
        with pytest.raises(CardError, match="cannot detect"):
            await poor.play([SECOND], Until(speech=True))
        poor.detect("fax", None)  # harmless
        assert not file.exists()

    play(scene)


def test_a_channel_hears_signals_and_the_tones_of_its_user() -> None:
    dial = ToneTemplate.standing("dial", (425,), least_ms=200)

    async def scene(near: Channel, far: Channel) -> None:
        events: list[ToneEvent] = []
        near.detect("fax", events.append)
        near.detect("tones", events.append, templates=[dial])
        await asyncio.sleep(0.1)
        await far.tones([*fax_tone_segments("cng"), ToneSegment(0.5), ToneSegment(0.5, 425)])
        await asyncio.sleep(0.5)
        told = [(event.hearing, event.name, event.phase) for event in events]
        assert told == [
            ("fax", "cng", "begins"), ("fax", "cng", "ends"),
            ("tones", "dial", "begins"), ("tones", "dial", "ends"),
        ]  # fmt: skip
        near.detect("tones", None)
        await far.tones([ToneSegment(0.5, 425)])
        await asyncio.sleep(0.5)
        assert len(events) == 4
        near.lane.close()
        near.detect("fax", None)  # harmless at any time

    play(scene)


def test_a_lane_says_what_its_channel_can_do() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        resource = Channel(near.lane.engine.open_resource("fax 1", detect=False), "fax 1")
        assert near.capabilities == Capabilities.of_engine()
        can = resource.capabilities
        assert (can.play, can.record, can.listen) == (True, True, True)
        assert (can.collect, can.controls, can.gains, can.monitor, can.mask) == (False,) * 5

    play(scene)


def test_a_recording_begins_after_its_beep(tmp_path: Path) -> None:
    async def scene(near: Channel, far: Channel) -> None:
        path = tmp_path / "call.al"
        before = near.record(path, 0.5, format=RecordFormat("sent", "a-law", "raw"), beep=True)
        assert before.sample == near.lane.engine.sample + 1600
        await near.play([SECOND])
        assert (await before.stop()).frames == 4000
        assert path.read_bytes() == SECOND[:4000]

    play(scene)


# --- a secret that follows a collect


def then_pin(near: Channel) -> Awaitable[Outcome]:
    """The account, with a PIN to follow."""
    return near.collect(Until(max_digits=8, digits="#", first_digit_s=3), then_secret=True)


def test_a_pin_keyed_at_once_after_the_account_is_kept_and_masked() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        told: list[str] = []
        near.on_digit(lambda event: told.append(event.digit))
        pressing = asyncio.create_task(far.tones(dtmf_segments("12#4711#", on_ms=50, off_ms=50)))
        assert (await then_pin(near)).digits == "12#"
        await pressing
        await asyncio.sleep(2)  # whatever the program does meanwhile
        assert near.query().masked
        secret = SecretBuffer()
        async with near.keeping_secret():
            async with near.keeping_secret():
                outcome = await near.play([SECOND], Until(max_digits=1))
                assert outcome.end == outcome.start  # the PIN waits already
                await near.collect(Until(digits="#", max_s=1), secret)
            await far.tones(dtmf_segments("99"))
            async with near.keeping_secret():  # a second one begins with nothing
                again = SecretBuffer()
                await near.collect(Until(max_s=0.5), again)
        with secret.exposed() as digits:
            assert bytes(digits) == b"4711#"
        assert len(again) == 0
        assert told == ["1", "2", "#"]
        await asyncio.sleep(1)
        assert not near.query().masked

    play(scene)


def test_a_step_that_nobody_keeps_is_given_up() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        for give_up in (near.give_up_secret, lambda: None):
            pressing = asyncio.create_task(far.tones(dtmf_segments("12#")))
            assert (await then_pin(near)).armed
            await pressing
            give_up()
            outcome = await near.collect(Until(max_s=1))  # not secret: it is no longer armed
            assert outcome.digits == ""
            assert not near.query().masked

    play(scene)


def test_a_cancelled_collect_leaves_no_secret_step_behind() -> None:
    async def scene(near: Channel, far: Channel) -> None:
        asking = asyncio.ensure_future(then_pin(near))
        await far.tones(dtmf_segments("12"))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.sleep(1)
        assert not near.query().masked
        assert (await near.collect(Until(max_s=0.1))).digits == ""

    play(scene)
