"""Mixes of scripts: how they are written, and that every script goes to its end."""

import asyncio

import pytest

from telcard.errors import ConfigError
from telcard.rehearsal.mix import SCRIPTS, USUAL, read_mix


def test_the_usual_mix_has_every_script() -> None:
    assert set(read_mix(USUAL)) == set(SCRIPTS)
    assert read_mix(" balance = 2 , menu=0.5") == {"balance": 2.0, "menu": 0.5}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("balance=1,lunch=2", "mix: want some of balance, entries, transfer, .*, got 'lunch'"),
        ("", "mix: want some of .*, got ''"),
        ("balance=0", "mix: want each script once as name=share above 0, got 'balance=0'"),
        ("balance", "as name=share above 0, got 'balance'"),
        ("menu=nan", "as name=share above 0, got 'menu=nan'"),
        ("menu=1,menu=2", "want each script once as name=share above 0, got 'menu=2'"),
    ],
)
def test_a_mix_that_means_nothing_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_mix(text)


def test_every_script_goes_to_its_end(on_stage) -> None:
    async def play(stage) -> None:
        async def follow(number, script) -> None:
            async with stage.town.subscriber(f"0215{number}") as caller:
                await script(caller)

        await asyncio.gather(*(follow(n, script) for n, script in enumerate(SCRIPTS.values())))
        await stage.finish()
        records = await stage.house.bank.records.newest()
        assert len(records) == len(SCRIPTS)

    on_stage(play)
