import asyncio
import contextlib

import numpy as np
import pytest

from telcard import audio
from telcard.clock import VirtualClock, run
from telcard.dsp import g711, level
from telcard.engine import E1Line
from telcard.errors import HungUp, LineError
from telcard.exchange import LINES, NotHeard, Town
from tests.support.bank_side import BUSY, CONGESTION, Bank, Socket


@pytest.fixture
def call(repertoire, library):
    """Run a bank's script against a caller's; returns the bank after both ends have let go."""

    def play(script, caller, timeslots=(1,), seed=1, **line_quality):
        clock = VirtualClock()

        async def main():
            line = E1Line()
            bank = Bank(line, clock, lambda call: script(call, library), timeslots)
            bank.start()
            async with Town([Socket(line, 1)], repertoire, clock, seed) as town:
                async with town.subscriber("02154321", **line_quality) as subscriber:
                    await caller(subscriber)
                await asyncio.sleep(1)
                assert town.engine.open_lanes == ()
                assert town.circuits[0].released.is_set()
            await bank.close()
            return bank

        return run(main(), clock)

    return play


async def greet(call, library):
    call.answer()
    await call.play(library["welcome"])
    await call.play(library["enter_account"], digits="0123456789#")
    await call.collect(31)
    await call.play(library["your_balance_is"], library["fifty"], library["dollars"])
    await call.play(library["goodbye"])
    call.clear()


def test_who_is_hung_up_on_can_tell_what_he_had_heard_before(call):
    async def caller(sub):
        await sub.dial("95588")
        with pytest.raises(HungUp) as gone:
            await sub.hear("goodbye", eventually=True)
        assert gone.value.__notes__ == ["02154321: wanted to hear 'goodbye', heard welcome before"]

    async def script(call, library):
        call.answer()
        await call.play(library["welcome"])
        call.clear()

    call(script, caller)


def test_a_call_from_dialling_to_the_far_ends_hanging_up(call):
    async def caller(sub):
        assert not sub.on_line
        await sub.dial("95588")
        assert sub.on_line
        await sub.hear("welcome")
        await sub.hear("enter_account")
        await sub.press("12345#")
        await sub.hear_all(["your_balance_is", "fifty", "dollars"])
        await sub.hear("goodbye")
        assert await sub.hung_up_by_far_end() == 16
        assert [heard.clip for heard in sub.heard] == [
            *("welcome", "enter_account", "your_balance_is", "fifty", "dollars", "goodbye")
        ]

    bank = call(greet, caller)
    (served,) = bank.calls
    assert served.address == "*02154321*95588#"
    assert served.digits == ["12345#"]
    assert served.gone.is_set()


@pytest.mark.parametrize(("loss_db", "noise_dbm0"), [(20.0, None), (12.0, -48.0)])
def test_a_call_over_a_bad_line(call, loss_db, noise_dbm0):
    async def caller(sub):
        await sub.dial("95588")
        await sub.hear_all(["welcome", "enter_account"])
        await sub.press("908172635#")
        await sub.hear_all(["your_balance_is", "fifty", "dollars", "goodbye"])

    bank = call(greet, caller, loss_db=loss_db, noise_dbm0=noise_dbm0)
    assert bank.calls[0].digits == ["908172635#"]


@pytest.mark.parametrize("line", LINES)
def test_a_call_over_each_line_that_has_a_name(call, line):
    async def caller(sub):
        await sub.dial("95588")
        await sub.hear_all(["welcome", "enter_account"])
        await sub.press("908172635#")
        await sub.hear_all(["your_balance_is", "fifty", "dollars", "goodbye"])
        await sub.hung_up_by_far_end()

    bank = call(greet, caller, line=line)
    assert bank.calls[0].digits == ["908172635#"]


def test_noise_sounds_in_pauses_too(call):
    levels = []

    async def attend(call, library):
        call.answer()
        call.lane.tap(lambda octets, at: levels.append(octets), look_back=False)
        await call.gone.wait()

    async def caller(sub):
        await sub.dial("95588")
        await sub.stay_silent(2)

    call(attend, caller, noise_dbm0=(None, -40.0))
    heard = g711.decode_alaw(b"".join(levels[20:190]))
    assert level.level_dbm0(heard) == pytest.approx(-40.0, abs=0.2)


def test_a_prompt_that_was_exchanged_is_noticed(call):
    async def wrong(call, library):
        call.answer()
        await call.play(library["not_available"])
        await call.gone.wait()

    async def caller(sub):
        await sub.dial("95588")
        with pytest.raises(
            NotHeard, match="02154321: wanted to hear 'welcome', heard 'not_available' instead"
        ) as caught:
            await sub.hear("welcome")
        assert [heard.clip for heard in caught.value.heard] == ["not_available"]

    call(wrong, caller)


def test_a_prompt_that_breaks_off_is_noticed(call):
    async def broken(call, library):
        call.answer()
        await call.play(library["welcome"][:6000])
        await call.gone.wait()

    async def caller(sub):
        await sub.dial("95588")
        with pytest.raises(NotHeard, match=r"heard 'welcome \(\d+% of it\)' instead"):
            await sub.hear("welcome")

    call(broken, caller)


def test_silence_and_unknown_sound_are_told_apart(call):
    async def mute(call, library):
        call.answer()
        await call.collect(1, 20)
        await call.play(library["welcome"][::-1])
        await call.gone.wait()

    async def caller(sub):
        await sub.dial("95588")
        with pytest.raises(NotHeard, match="wanted to hear 'welcome' in 3 s, heard nothing"):
            await sub.hear("welcome", 3)
        await sub.press("1")
        with pytest.raises(NotHeard, match=r"heard 1\.\d s of sound that is no known clip"):
            await sub.hear("welcome", 4)

    call(mute, caller)


def test_a_key_interrupts_a_prompt_and_what_it_cut_off_does_not_count(call):
    async def menu(call, library):
        call.answer()
        await call.play(library["menu"], digits="12")
        await call.play(library["your_balance_is"])
        await call.gone.wait()

    async def caller(sub):
        await sub.dial("95588")
        part = await sub.hear("menu", share=0.3)
        assert part.clip == "menu"
        assert 0.3 <= part.share < 0.4
        assert sub.hears is not None
        await sub.press("1")
        await sub.hear("your_balance_is")
        assert not sub.heard[0].complete

    call(menu, caller)


def test_waits_for_a_clip_behind_others_when_asked_to(call):
    async def caller(sub):
        await sub.dial("95588")
        await sub.hear("enter_account", eventually=True)
        await sub.press("#")
        with pytest.raises(NotHeard, match="heard your_balance_is, fifty, dollars, goodbye"):
            await sub.hear("menu", 6, eventually=True)

    async def script(call, library):
        call.answer()
        await call.play(library["welcome"])
        await call.play(library["enter_account"])
        await call.collect(1)
        await call.play(*(library[n] for n in ("your_balance_is", "fifty", "dollars", "goodbye")))
        await call.gone.wait()

    call(script, caller)


def test_pressing_hearing_and_waiting_raise_hung_up_once_the_far_end_has_gone(call):
    async def curt(call, library):
        call.answer()
        await call.collect(1, 1)
        call.clear()

    async def caller(sub):
        await sub.dial("95588")
        with pytest.raises(HungUp):
            await sub.press("#" * 60)
        with pytest.raises(HungUp):
            await sub.hear("welcome")
        with pytest.raises(HungUp):
            await sub.stay_silent(5)
        assert await sub.hung_up_by_far_end() == 16

    call(curt, caller)


def test_the_last_prompt_is_heard_although_the_far_end_clears_right_after_it(call):
    async def brief(call, library):
        call.answer()
        await call.play(library["goodbye"])
        call.clear()

    async def caller(sub):
        await sub.dial("95588")
        await sub.hear("goodbye")
        with pytest.raises(HungUp):
            await sub.hear("goodbye")

    call(brief, caller)


@pytest.mark.parametrize(("tone", "cause"), [(CONGESTION, 34), (BUSY, 17)])
def test_a_refusal_by_tone_has_its_cause(call, tone, cause):
    async def refuse(call, library):
        await call.tone(*tone)

    async def caller(sub):
        with pytest.raises(LineError, match=r"call to 95588 failed: (busy|congestion) tone") as got:
            await sub.dial("95588")
        assert got.value.cause == cause
        assert not sub.on_line

    call(refuse, caller)


def test_nobody_answers(call):
    async def ignore(call, library):
        await call.gone.wait()

    async def caller(sub):
        with pytest.raises(LineError, match="95588 did not answer in 5 s") as caught:
            await sub.dial("95588", answer_s=5)
        assert caught.value.cause == 19

    call(ignore, caller)


def test_no_circuit_is_free(call):
    async def caller(sub):
        with pytest.raises(LineError, match="none of 30 circuits is free") as caught:
            await sub.dial("95588")
        assert caught.value.cause == 34

    call(greet, caller, timeslots=())


def test_a_far_end_that_stays_is_not_taken_for_gone(call):
    async def stay(call, library):
        call.answer()
        await call.gone.wait()

    async def caller(sub):
        await sub.dial("95588")
        with pytest.raises(LineError, match="95588 is still on the line after 2 s"):
            await sub.hung_up_by_far_end(2)
        await sub.stay_silent(1)

    call(stay, caller)


def test_hangs_up_whenever_the_caller_leaves(call):
    """At any moment of a call, and twice over, nothing stays behind (the fixture looks)."""
    for seconds in (0.005, 0.05, 0.3, 1.5, 3.0, 4.5, 7.0):

        async def caller(sub, seconds=seconds):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await sub.dial("95588")
                    await sub.hear_all(["welcome", "enter_account", "goodbye"])
            await sub.hang_up()
            await sub.hang_up()
            with pytest.raises(LineError, match="the handset is down"):
                await sub.press("1")

        call(greet, caller)


def test_dials_again_after_hanging_up(call):
    async def caller(sub):
        for number in ("95588", "95566"):
            await sub.dial(number)
            await sub.hear("welcome")
            with pytest.raises(LineError, match="on the line with"):
                await sub.dial("110")
            await sub.hang_up()

    bank = call(greet, caller)
    assert [served.address for served in bank.calls] == ["*02154321*95588#", "*02154321*95566#"]


def test_speaks_from_a_file_and_from_memory(call, tmp_path):
    path = tmp_path / "voice.wav"
    voice = (3000 * np.sin(np.arange(8000) * 0.5)).astype(np.int16)
    audio.write(path, voice)
    received = []

    async def attend(call, library):
        call.lane.tap(lambda octets, sample: received.append(octets), look_back=False)
        call.answer()
        await call.gone.wait()

    async def caller(sub):
        await sub.dial("95588")
        await sub.speak(path)
        await sub.speak(voice)

    call(attend, caller)
    assert b"".join(received).count(g711.encode_alaw(voice).tobytes()) == 2


def test_the_same_seed_gives_the_same_call_and_another_seed_another(call):
    def transcript(seed):
        told = []

        async def caller(sub):
            await sub.dial("95588")
            await sub.hear_all(["welcome", "enter_account"])
            told.extend(sub.heard)

        call(greet, caller, seed=seed, noise_dbm0=-50.0)
        return told

    assert transcript(1) == transcript(1)
    assert transcript(1) != transcript(2)
