"""One call and its verbs: what they give, and that they always give everything back."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.calls import Call, Card, Disposition, EndedBy
from telcard.cards import BoardState
from telcard.dsp.templates import ToneTemplate
from telcard.engine import BLOCKED_BITS, Reason, SecretBuffer, ToneEvent, ToneSegment
from telcard.errors import CardError, HungUp, MediaError
from tests.support.exchange import Circuit

Circuits = list[Circuit]


async def offered(card: Card) -> Call:
    async for call in card.incoming():
        return call
    raise AssertionError("no call came")


async def ringing(card: Card, circuit: Circuit) -> Call:
    dialling = asyncio.create_task(circuit.dial())
    call = await offered(card)
    await dialling
    return call


async def talking(card: Card, circuit: Circuit) -> Call:
    call = await ringing(card, circuit)
    await call.answer()
    await circuit.until("Answered")
    return call


def test_a_call_knows_who_calls_whom(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await ringing(card, circuits[0]) as call:
            assert (call.caller, call.called) == ("0215432", "95588")
            assert call.channel.name == "dxxxB1C1"
            assert repr(call).endswith("0215432 -> 95588 offered>")

    on_card(scene)


def test_a_prompt_is_said_to_its_end(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            outcome = await call.say("welcome")
            assert outcome.reasons == Reason.END_OF_DATA
            assert outcome.end - outcome.start == len(card.prompts["welcome"])

    on_card(scene)


def test_a_call_knows_how_long_nothing_has_been_heard(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            said = asyncio.create_task(call.say("welcome"))
            await asyncio.sleep(1)
            assert call.quiet_s == 0
            await said
            await asyncio.sleep(5)
            assert call.quiet_s == pytest.approx(5, abs=0.1)
            await circuits[0].key("1")
            assert call.quiet_s < 0.2
            async with call.keeping_secret():
                await asyncio.sleep(5)
                assert call.quiet_s == 0
            circuits[0].clear()
            await asyncio.sleep(5)
            assert call.hung_up
            assert call.quiet_s > 5

    on_card(scene)


def test_a_bridge_is_quiet_when_both_are(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with (
            await talking(card, circuits[0]) as call,
            await talking(card, circuits[1]) as other,
        ):
            bridge = asyncio.create_task(call.bridge(other))
            await asyncio.sleep(5)
            assert call.quiet_s > 4
            await circuits[1].key("1")
            assert call.quiet_s < 0.2
            await other.hang_up()
            await bridge

    on_card(scene)


def test_a_transcript_tells_the_steps_and_what_was_said_but_no_keys(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            call.note("account", attempt=1)
            await circuits[0].key("73#")
            await call.collect("enter_account")
            lines = call.transcript()
        assert "step step='account' attempt=1" in "\n".join(lines)
        assert any("says text='Please enter your account number" in line for line in lines)
        assert any(line.endswith("collected digits=2") for line in lines)
        assert not any("digit=" in line for line in lines)
        assert lines[0].startswith("    0.00 s  offered ")

    on_card(scene)


def test_a_key_cuts_a_prompt_short_and_waits_to_be_collected(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            keys = asyncio.create_task(circuits[0].key("12#"))
            outcome = await call.say("enter_account")
            assert Reason.MAX_DIGITS in outcome.reasons
            got = await call.collect()
            assert got.digits == "12"
            assert got.reasons == Reason.DIGIT
            await keys

    on_card(scene)


def test_a_prompt_that_must_be_heard_is_not_cut_short(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            keys = asyncio.create_task(circuits[0].key("1"))
            outcome = await call.say("welcome", interruptible=False)
            assert outcome.reasons == Reason.END_OF_DATA
            await keys

    on_card(scene)


def test_silence_is_a_result_and_no_error(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            got = await call.collect(first_digit_s=2)
            assert got.digits == ""
            assert got.timed_out
            assert got.reasons == Reason.FIRST_DIGIT

    on_card(scene)


def test_a_secret_has_a_length_and_no_readable_form(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            asking = asyncio.create_task(call.collect(max_digits=8, secret=True))
            await asyncio.sleep(0.5)
            await circuits[0].key("2718#")
            got = await asking
            assert got.digits == ""
            assert got.secret is not None
            assert len(got.secret) == 4
            assert "2718" not in repr(got)
            with got.secret.exposed() as digits:
                assert bytes(digits) == b"2718"
            await asyncio.sleep(1)
            names = [event.name for event in card.events.of(call.id)]
            assert "digit" not in names[names.index("masked") : names.index("unmasked")]

    on_card(scene)


def test_a_digit_typed_ahead_of_a_secret_is_discarded(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            await circuits[0].key("99")
            got = await call.collect(secret=True, first_digit_s=1)
            assert got.secret is not None
            assert len(got.secret) == 0

    on_card(scene)


def test_a_recording_holds_both_sides(on_card, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"

    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            call.record(path)
            await call.say("welcome")
            await circuits[0].key("5")
            assert call.recording == path

    on_card(scene)
    pcm, _ = audio.read(path)
    caller, bank = np.abs(pcm.astype(int)).T
    assert bank[: len(bank) // 2].max() > 3000 > 20 > caller[: len(caller) // 2].max()
    assert caller[len(caller) // 2 :].max() > 3000


def test_a_recording_that_cannot_be_written_is_one_sentence(on_card, tmp_path: Path) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            with pytest.raises(MediaError, match=r"recording .*gone.*: No such file"):
                call.record(tmp_path / "gone" / "call.wav")
            await call.say("welcome")

    on_card(scene)


def test_the_callers_hang_up_ends_whatever_runs(on_card, tmp_path: Path) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        call = await talking(card, circuits[0])
        call.record(tmp_path / "call.wav")
        asking = asyncio.create_task(call.collect("enter_account"))
        await asyncio.sleep(0.3)
        circuits[0].clear()
        with pytest.raises(HungUp):
            await asking
        with pytest.raises(HungUp):
            await call.say("goodbye")
        await call.hang_up()
        assert call.summary is not None
        assert call.summary.ended_by is EndedBy.CALLER
        assert call.summary.disposition is Disposition.ANSWERED
        assert call.summary.recording == tmp_path / "call.wav"
        await circuits[0].until("Released")

    on_card(scene)


def test_our_hang_up_reaches_the_caller_and_frees_the_circuit(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        for _ in range(2):
            call = await talking(card, circuits[0])
            await call.hang_up()
            await call.hang_up()
            assert call.summary is not None
            assert call.summary.ended_by is EndedBy.SYSTEM
            await circuits[0].until("ClearedBack")
            circuits[0].clear()
            await circuits[0].until("Released")

    on_card(scene)


def test_a_verb_after_our_hang_up_is_refused(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        call = await talking(card, circuits[0])
        await call.hang_up()
        with pytest.raises(MediaError, match="it has ended"):
            await call.say("goodbye")

    on_card(scene)


def test_two_callers_hear_each_other_until_one_goes(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        first, second = [await talking(card, circuit) for circuit in circuits]
        talk = asyncio.create_task(first.bridge(second))
        heard: list[bytes] = []
        lane = circuits[1].lane
        assert lane is not None
        lane.tap(lambda octets, sample: heard.append(octets))
        await circuits[0].key("5")
        assert max(len(set(octets)) for octets in heard) > 20
        circuits[1].clear()
        await talk
        with pytest.raises(HungUp):
            await second.say("goodbye")
        await first.say("goodbye")
        await first.hang_up()
        await second.hang_up()

    on_card(scene)


def test_what_the_far_end_sends_is_told_and_written_down(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        told: list[ToneEvent] = []
        beep = ToneTemplate.standing("beep", (1000,))
        async with await talking(card, circuits[0]) as call:
            call.detect("fax")
            call.detect("tones", told.append, templates=[beep])
            lane = circuits[0].lane
            assert lane is not None
            row = [
                ToneSegment(0.5),
                ToneSegment(0.5, 1100),
                ToneSegment(0.5),
                ToneSegment(0.3, 1000),
            ]
            lane.tones(row)
            await asyncio.sleep(2.5)
            heard = [event.facts for event in card.events.of(call.id) if event.name == "heard"]
            assert [(fact["hearing"], fact["signal"], fact["phase"]) for fact in heard] == [
                ("fax", "cng", "begins"), ("fax", "cng", "ends"),
                ("tones", "beep", "begins"), ("tones", "beep", "ends"),
            ]  # fmt: skip
            assert [event.phase for event in told] == ["begins", "ends"]
            call.ignore("tones")
            lane.tones(row[-1:])
            await asyncio.sleep(1)
            assert len(told) == 2
        call.ignore("fax")  # harmless when it is over
        with pytest.raises(MediaError, match="it has ended"):
            call.detect("fax")

    on_card(scene)


def test_a_prompt_ends_when_the_far_end_speaks_if_that_may_interrupt_it(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            lane = circuits[0].lane
            assert lane is not None
            said = card.prompts["enter_account"]
            for interruptible, why in ((True, Reason.END_OF_DATA), ("speech", Reason.SPEECH)):
                await asyncio.sleep(1)
                speech = lane.play([said])
                outcome = await call.say("welcome", "enter_account", interruptible=interruptible)
                assert outcome.reasons == why
                speech.stop()
            await asyncio.sleep(1)
            await circuits[0].key("7")
            outcome = await call.say("welcome", interruptible="speech")
            assert outcome.reasons == Reason.MAX_DIGITS

    on_card(scene)


def test_a_cancelled_verb_leaves_the_channel_free(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            saying = asyncio.create_task(call.say("enter_account"))
            await asyncio.sleep(0.2)
            with pytest.raises(CardError, match="busy"):
                await call.say("welcome")
            saying.cancel()
            with pytest.raises(asyncio.CancelledError):
                await saying
            assert (await call.say("welcome")).reasons == Reason.END_OF_DATA

    on_card(scene)


def test_a_call_refused_before_its_answer_hears_congestion_until_it_goes(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        call = await ringing(card, circuits[0])
        await call.hang_up()
        assert call.summary is not None
        assert call.summary.disposition is Disposition.NO_ANSWER
        heard: list[bytes] = []
        lane = circuits[0].lane
        assert lane is not None
        lane.tap(lambda octets, sample: heard.append(octets))
        await asyncio.sleep(0.5)
        assert max(len(set(octets)) for octets in heard) > 10
        circuits[0].clear()
        await circuits[0].until("Released")

    on_card(scene)


def test_who_hangs_up_beside_another_waits_until_nothing_is_left(on_card, tmp_path: Path) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        call = await talking(card, circuits[0])
        recorder = call.record(tmp_path / "call.wav")
        await asyncio.sleep(0.5)
        first = asyncio.create_task(call.hang_up())
        await asyncio.sleep(0)
        await call.hang_up()
        assert card.calls == []
        assert (await recorder.stop()).frames > 0
        assert not card.board.pools["voice"].taken
        await first

    on_card(scene)


def test_a_hang_up_that_is_cancelled_goes_on(on_card, tmp_path: Path) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        call = await talking(card, circuits[0])
        call.record(tmp_path / "call.wav")
        ending = asyncio.create_task(call.hang_up())
        await asyncio.sleep(0)
        ending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ending
        assert call.summary is not None
        await circuits[0].until("ClearedBack")
        assert card.calls == []

    on_card(scene)


def test_a_board_that_goes_down_ends_its_calls_with_a_cause_of_its_own(
    on_card, tmp_path: Path
) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        calls = [await talking(card, circuit) for circuit in circuits]
        calls[0].record(tmp_path / "call.wav")
        asking = asyncio.create_task(calls[0].collect("enter_pin", secret=True))
        await asyncio.sleep(0.3)
        card.board.board.crash("the watchdog barked")
        for verb in (asking, calls[1].say("welcome"), calls[1].bridge(calls[0])):
            with pytest.raises(HungUp) as gone:
                await verb
            assert (gone.value.cause, gone.value.failed) == (38, True)
        for call in calls:
            await call.hang_up()
            assert call.summary is not None
            assert call.summary.ended_by is EndedBy.FAILURE
            assert call.summary.disposition is Disposition.FAILED
            assert call.summary.cause == 38
        await asyncio.sleep(1)
        span = card.board.spans[0]
        assert {span.sent_bits(timeslot) for timeslot in (1, 17)} == {BLOCKED_BITS}
        assert {circuit.state for circuit in card.circuits()} == {"out of service"}
        for circuit in circuits:
            circuit.clear()
        await asyncio.sleep(1)
        await card.board.bring_up()
        assert card.board.status.state is BoardState.READY
        await (await talking(card, circuits[0])).hang_up()
        circuits[0].clear()
        await circuits[0].until("Released")

    on_card(scene)


def test_a_secret_that_nobody_gets_is_wiped(on_card, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets: list[SecretBuffer] = []

    def buffer() -> SecretBuffer:
        secrets.append(SecretBuffer())
        return secrets[-1]

    monkeypatch.setattr("telcard.calls.call.SecretBuffer", buffer)

    async def scene(card: Card, circuits: Circuits) -> None:
        call = await talking(card, circuits[0])
        asking = asyncio.create_task(call.collect(secret=True))
        await asyncio.sleep(0.5)
        await circuits[0].key("2718")
        await asyncio.sleep(0.1)
        assert len(secrets[0]) == 4
        circuits[0].clear()
        with pytest.raises(HungUp):
            await asking
        assert len(secrets[0]) == 0
        await call.hang_up()

    on_card(scene)


def test_a_refusal_ends_what_a_flow_lets_the_caller_hear_before_the_answer(
    on_card, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        call = await ringing(card, circuits[0])
        saying = asyncio.create_task(call.say("enter_account", "enter_account"))
        await asyncio.sleep(0.1)
        await call.hang_up()
        await asyncio.sleep(0.1)
        assert call.channel.query().doing == "tones"
        await saying
        circuits[0].clear()
        await circuits[0].until("Released")

    on_card(scene)
    assert caplog.text == ""


def test_a_supervisor_hears_a_call_unheard_until_it_ends(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        first, second = [await talking(card, circuit) for circuit in circuits]
        listening = asyncio.create_task(second.monitor(first))
        await asyncio.sleep(0.1)
        assert second.channel.lane.monitored is first.channel.lane
        assert first.channel.lane.source is None
        with pytest.raises(MediaError, match=f"it monitors call {first.id}"):
            await second.bridge(first)
        with pytest.raises(MediaError, match="cannot monitor itself"):
            await first.monitor(first)
        await asyncio.sleep(5)
        assert second.quiet_s > 4
        await circuits[0].key("1")
        assert second.quiet_s < 0.2  # what it hears is not dead air
        listening.cancel()
        await asyncio.wait([listening])
        assert second.channel.lane.monitored is None
        listening = asyncio.create_task(second.monitor(first))
        await asyncio.sleep(0.1)
        await first.hang_up()
        await asyncio.wait_for(listening, 1)
        await second.monitor(first)  # nobody is there any more: over at once
        await second.hang_up()

    on_card(scene)


def test_what_is_said_is_held_and_goes_on(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        async with await talking(card, circuits[0]) as call:
            with pytest.raises(CardError, match="cannot pause, nothing plays"):
                call.pause()
            saying = asyncio.create_task(call.say("enter_account"))
            await asyncio.sleep(0.5)
            call.pause()
            await asyncio.sleep(30)
            assert not saying.done()
            call.volume(-3)
            call.speed(1.1)
            call.set_gains(receive_db=-3)
            call.seek(-80, relative=True)
            call.resume()
            assert (await saying).position > 8000

    on_card(scene)


def test_a_bridge_that_cannot_be_is_refused(on_card) -> None:
    async def scene(card: Card, circuits: Circuits) -> None:
        first, second = [await talking(card, circuit) for circuit in circuits]
        with pytest.raises(MediaError, match="cannot be bridged with itself"):
            await first.bridge(first)
        talk = asyncio.create_task(first.bridge(second))
        await asyncio.sleep(0.1)
        with pytest.raises(MediaError, match="it is bridged already"):
            await second.bridge(first)
        talk.cancel()
        await asyncio.wait([talk])
        talk = asyncio.create_task(second.bridge(first))
        await asyncio.sleep(0.1)
        assert not talk.done()
        await first.hang_up()
        await asyncio.wait_for(talk, 1)  # though the far end of `first` has not cleared yet
        await second.bridge(first)  # nobody is there any more: over at once
        await second.hang_up()

    on_card(scene)
