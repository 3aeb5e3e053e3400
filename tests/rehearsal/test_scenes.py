"""The first call, from the seizure to the record, heard and keyed over the line alone."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import telcard.bank.hotline  # noqa: F401 - the module; the package's name is the function
from telcard import audio
from telcard.bank.statement_page import read_statement, statement_pages
from telcard.clock import current
from telcard.dsp.dtmf import detect_dtmf
from telcard.engine import FIDELITIES
from telcard.errors import HungUp
from telcard.exchange import Listener, NotHeard, Subscriber
from telcard.fax import FaxResult
from telcard.rehearsal import AGENT, SAMPLE_PINS, SCENES, WITH_AN_AGENT, Stage, scenes
from telcard.rehearsal.scenes import BY_FAX, FAX, FaxScene
from telcard.rehearsal.stage import HOTLINE

hotline = sys.modules["telcard.bank.hotline"]


in_both_fidelities = pytest.mark.parametrize("fidelity", FIDELITIES)


async def enter(stage: Stage, number: int) -> None:
    scene = SCENES[number]
    async with stage.town.subscriber(scene.caller) as caller:
        await scene.play(caller)


def digits_in(path: Path) -> str:
    pcm, _ = audio.read(path)
    sides = [np.ascontiguousarray(side) for side in pcm.T]
    return "".join(event.digit for side in sides for event in detect_dtmf(side))


def test_a_caller_hears_his_balance_and_leaves_a_record(on_stage, tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        await enter(stage, 0)
        await stage.finish()
        (record,) = await stage.house.bank.records.newest()
        assert (record.caller, record.called) == (SCENES[0].caller, HOTLINE)
        assert (record.disposition, record.reason) == ("ANSWERED", "goodbye")
        assert record.account_tail == scenes.ADA[-4:]
        assert record.billed_s > 20

    on_stage(play)
    (recording,) = (tmp_path / "recordings").glob("*.wav")
    assert digits_in(recording) == f"{scenes.ADA}12*"


def test_nothing_of_the_pin_is_left_anywhere(on_stage, tmp_path: Path) -> None:
    pin = SAMPLE_PINS[scenes.ADA]

    async def play(stage: Stage) -> None:
        await enter(stage, 0)
        told = "\n".join(map(str, stage.house.card.events))
        assert pin not in told
        assert scenes.ADA not in told

    on_stage(play)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert pin.encode() not in path.read_bytes(), path
    (recording,) = (tmp_path / "recordings").glob("*.wav")
    assert pin[:2] not in digits_in(recording).removeprefix(scenes.ADA)


def test_what_is_keyed_after_a_pin_has_timed_out_is_kept_secret_too(on_stage, tmp_path) -> None:
    async def play(stage: Stage) -> None:
        async with stage.town.subscriber("02154321001") as caller:
            await caller.dial(HOTLINE)
            await scenes.identify(caller, scenes.ADA, "27")
            await caller.stay_silent(1.0)  # judged already: "not right, please try again"
            await caller.press("1828")
            await caller.hear("enter_account", eventually=True)
        await stage.finish()
        digits = [
            event.facts["digit"] for event in stage.house.card.events if event.name == "digit"
        ]
        assert "".join(map(str, digits)) == f"{scenes.ADA}#"

    on_stage(play)
    (recording,) = (tmp_path / "recordings").glob("*.wav")
    assert digits_in(recording) == scenes.ADA


@in_both_fidelities
def test_three_wrong_pins_end_the_call_and_count_on_the_account(on_stage) -> None:
    async def play(stage: Stage) -> None:
        await enter(stage, 1)
        await stage.finish()
        (record,) = await stage.house.bank.records.newest()
        assert record.reason == "too many tries"
        assert await stage.house.bank.identity.alarms()

    on_stage(play)


@in_both_fidelities
def test_a_locked_account_stays_locked_for_the_right_pin(on_stage) -> None:
    async def play(stage: Stage) -> None:
        await enter(stage, 1)
        async with stage.town.subscriber("02154321009") as caller:
            await caller.dial(HOTLINE)
            await scenes.identify(caller, scenes.BENNO, SAMPLE_PINS[scenes.BENNO])
            await caller.hear("not_recognised")

    on_stage(play)


async def enter_with_agent(stage: Stage) -> None:
    phone = stage.town.telephone(AGENT.station)
    async with stage.town.subscriber(WITH_AN_AGENT.caller) as caller, asyncio.TaskGroup() as both:
        assert WITH_AN_AGENT.agent is not None
        both.create_task(WITH_AN_AGENT.play(caller))
        both.create_task(WITH_AN_AGENT.agent(phone))


def test_a_caller_speaks_to_a_person_and_is_sent_back(on_stage, tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        await enter_with_agent(stage)
        await stage.finish()
        caller, leg = sorted(
            await stage.house.bank.records.newest(), key=lambda record: record.call_id
        )
        assert (caller.reason, caller.done) == ("goodbye", "person, balance")
        assert (leg.outgoing, leg.on_behalf_of) == (True, caller.call_id)
        assert (leg.channel, leg.caller) == (AGENT.station, WITH_AN_AGENT.caller)
        assert (leg.reason, leg.done) == ("caller sent back", f"agent {AGENT.name}")
        assert scenes.ADA not in "\n".join(map(str, stage.house.card.events))

    on_stage(play, AGENT)
    (recording,) = (tmp_path / "recordings").glob("*.wav")
    pcm, _ = audio.read(recording)
    listener = Listener({"one_moment": scenes.words("one_moment")})
    heard = listener.process(np.ascontiguousarray(pcm[:, 1]))  # the bank's side: her voice
    assert [each.clip for each in [*heard, *listener.flush()]] == ["one_moment"]


@pytest.mark.slow
def test_a_caller_may_hang_up_at_every_step_of_talking_to_a_person(on_stage) -> None:
    async def answer(stage: Stage) -> None:
        phone = stage.town.telephone(AGENT.station)
        while True:
            await phone.rings(3600)
            phone.lift()
            await asyncio.sleep(4)
            if not phone.rung % 2:
                await phone.flash()
                await asyncio.sleep(0.5)
            phone.put_down()

    async def play(stage: Stage) -> None:
        answering = asyncio.create_task(answer(stage))
        at, walking = 0, True
        while walking:
            at += 1
            async with stage.town.subscriber(f"0215432{at:04d}") as caller:
                try:
                    await WITH_AN_AGENT.play(Fickle(caller, at, None))  # type: ignore[arg-type]
                    walking = False
                except _Gone:
                    pass
                except (HungUp, NotHeard):
                    walking = at < 14  # this agent says nothing, and may put her handset down
            await asyncio.sleep(12)
        answering.cancel()
        await stage.finish()
        records = await stage.house.bank.records.newest()
        callers = {record.call_id for record in records if not record.outgoing}
        assert {record.on_behalf_of for record in records if record.outgoing} <= callers

    on_stage(play, AGENT)


@in_both_fidelities
def test_several_callers_at_once_do_not_disturb_each_other(on_stage) -> None:
    async def play(stage: Stage) -> None:
        async with asyncio.TaskGroup() as callers:
            for number in range(len(SCENES)):
                callers.create_task(enter(stage, number))
        await stage.finish()
        records = await stage.house.bank.records.newest()
        reasons = sorted(record.reason for record in records)
        assert reasons == ["caller hung up", "goodbye", "goodbye", "too many tries"]

    on_stage(play)


@in_both_fidelities
def test_the_town_notices_a_prompt_that_was_flipped(on_stage, monkeypatch) -> None:
    flipped = hotline.Question(("enter_pin",), max_digits=20)
    monkeypatch.setattr(hotline, "ASK_ACCOUNT", flipped)

    async def play(stage: Stage) -> None:
        async with stage.town.subscriber("02154321001") as caller:
            await caller.dial(HOTLINE)
            await caller.hear("welcome")
            with pytest.raises(NotHeard, match="wanted to hear 'enter_account', heard 'enter_pin'"):
                await caller.hear("enter_account")

    on_stage(play)


def test_a_weak_and_noisy_line_is_understood_both_ways(on_stage) -> None:
    async def play(stage: Stage) -> None:
        async with stage.town.subscriber("02154321001", loss_db=12, noise_dbm0=-50) as caller:
            await SCENES[0].play(caller)

    on_stage(play)


async def enter_with_a_machine(stage: Stage, scene: FaxScene) -> list[FaxResult]:
    ident = f"+86 {scene.caller[1:]}"
    async with stage.town.fax(scene.caller, ident=ident) as machine:
        await asyncio.sleep(scene.at_s)
        await scene.play(machine)
        while not machine.received:
            await asyncio.sleep(10)
        return machine.received


def test_statements_are_faxed_on_the_call_and_to_a_number_that_is_busy_first(on_stage) -> None:
    async def play(stage: Stage) -> None:
        house = stage.house
        here, there = await asyncio.gather(*(enter_with_a_machine(stage, one) for one in BY_FAX))
        await stage.finish()
        assert house.faxes is not None
        (fax,) = await house.faxes.outbox.newest()
        curtain = current().utc().replace(hour=9, minute=0)
        for (received,), account, when, to in (
            (here, scenes.ADA, curtain, ""),
            (there, scenes.BENNO, fax.attempts[1].begun_at, fax.number),
        ):
            assert received.good
            assert received.far is not None
            assert received.far.ident == FAX.ident
            books = house.bank.database
            statement = books.transact(lambda c, number=account: read_statement(c, number))
            (page,) = statement_pages(statement, FAX.sender(), when, to)
            (got,) = received.pages
            assert np.array_equal(got, page)
        assert [tried.outcome.value for tried in fax.attempts] == ["busy", "sent"]
        assert fax.attempts[1].begun_at - fax.attempts[0].ended_at == timedelta(minutes=1)
        records = {record.call_id: record for record in await house.bank.records.newest()}
        asked, *made = [records[one] for one in (fax.call_id, *(t.call_id for t in fax.attempts))]
        assert (asked.reason, asked.done) == ("goodbye", "fax 1")
        assert [(one.outgoing, one.on_behalf_of) for one in made] == [(True, asked.call_id)] * 2
        assert [one.reason for one in made] == [tried.why for tried in fax.attempts]
        assert [one.caller for one in made] == [FAX.number] * 2
        (first,) = [one for one in records.values() if one.caller == BY_FAX[0].caller]
        assert (first.reason, first.done) == ("statement faxed", "statement by fax")
        assert scenes.ADA not in "\n".join(map(str, house.card.events))

    on_stage(play, fax=FAX)


class _Gone(Exception):
    """The caller has put the receiver down, as the test wanted."""


class Fickle:
    """A subscriber who hangs up at his n-th doing: before it, or `into_it_s` seconds into it."""

    def __init__(self, caller: Subscriber, at: int, into_it_s: float | None) -> None:
        self._caller = caller
        self._left = at
        self._into_it_s = into_it_s

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._caller, name)

        async def counted(*args: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left > 0:
                return await verb(*args, **options)
            if self._into_it_s is not None:
                try:
                    async with asyncio.timeout(self._into_it_s):
                        await verb(*args, **options)
                except TimeoutError:
                    pass
            await self._caller.hang_up()
            raise _Gone

        return counted


SWEEPS = [
    ("sound", None),
    ("events", 0.43),
    *(pytest.param("sound", seconds, marks=pytest.mark.slow) for seconds in (0.1, 1.03)),
    *(pytest.param("events", seconds, marks=pytest.mark.slow) for seconds in (None, 0.1, 1.03)),
]


@pytest.mark.parametrize(("fidelity", "into_it_s"), SWEEPS)
def test_a_caller_may_hang_up_at_every_step(on_stage, into_it_s: float | None) -> None:
    async def play(stage: Stage) -> None:
        at = 0
        walking = True
        while walking:
            at += 1
            async with stage.town.subscriber(f"0215432{at:04d}") as caller:
                try:
                    await SCENES[0].play(Fickle(caller, at, into_it_s))  # type: ignore[arg-type]
                    walking = False  # nothing was left to be stopped: every step was walked
                except _Gone:
                    pass
                except HungUp:
                    pass  # the bank was quicker with its goodbye
            await asyncio.sleep(1)
        assert at > 14
        await stage.finish()
        records = await stage.house.bank.records.newest()
        assert {record.reason for record in records} == {"caller hung up", "goodbye"}
        assert at - 3 <= len(records) <= at

    on_stage(play)


HISTORY = """
import asyncio, sys, tempfile
from pathlib import Path
from telcard.bank import Cost
from telcard.clock import VirtualClock, run
from telcard.rehearsal import SCENES, set_stage

async def main(folder):
    async with set_stage(Path(folder), seed=7, pin_cost=Cost(1, 8, 1)) as stage:
        async def enter(scene):
            async with stage.town.subscriber(scene.caller) as caller:
                await scene.play(caller)
        async with asyncio.TaskGroup() as callers:
            for scene in SCENES:
                callers.create_task(enter(scene))
        await stage.finish()
        print(stage.house.card.events.digest())

with tempfile.TemporaryDirectory() as folder:
    run(main(folder), VirtualClock())
"""


def test_one_seed_gives_one_history_in_two_processes() -> None:
    def history(hash_seed: str) -> str:
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", HISTORY]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    first = history("1")
    assert len(first) == 64
    assert history("2") == first
