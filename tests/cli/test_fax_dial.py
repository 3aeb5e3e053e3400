"""`telcard fax send --number`."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

import telcard
from telcard.cli.fax_cards import chassis_with_town, put_away
from telcard.cli.fax_dial import Attempt, Way, deliver
from telcard.cli.fax_send import Wish
from telcard.clock import VirtualClock
from telcard.fax import tiff
from telcard.fax.geometry import Resolution
from telcard.fax.t30 import Reason
from tests.cli.conftest import Telcard, sentence
from tests.support.fax_peers import letter as sheet

HOST = "emulator:dahdi_4e1"


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    (tmp_path / "letter.txt").write_text("Dear Mr Li,\n\nyour balance is 100.00.\n")
    return tmp_path / "letter.txt"


def test_a_letter_goes_to_a_number_and_the_machine_there_has_it(
    telcard: Telcard, letter: Path
) -> None:
    sound, got = letter.with_name("call.wav"), letter.with_name("got.tif")
    status, said, _ = telcard(
        "fax", "send", letter, "--resolution", "standard", "--number", "02154321", "-o", got,
        "--recording", sound, "--json",
    )  # fmt: skip
    told = json.loads(said)
    assert status == 0
    assert told["good"]
    assert told["far"] == "02154321"
    assert told["received"] == [told["pages"][0]["rows"]]
    assert told["transcript"][0]["text"] == "CED, a fax answers"
    assert told["files"] == [str(got), str(sound)]
    (page,) = tiff.read(got)
    assert page.pixels.any()
    assert sound.stat().st_size > 16 * 8000


def test_what_has_not_gone_over_is_sent_in_another_call() -> None:
    """The first call meets nobody, the second a machine that is switched off behind a page."""
    pages = [sheet(number, rows=120) for number in (1, 2, 3)]
    wish = Wish(documents=[], resolution=Resolution.FINE, ident="+86 10 95588")
    way = Way(number="02154321", retries=3, retry_s=30)
    told: list[Attempt] = []

    async def main() -> list[Attempt]:
        async with chassis_with_town([HOST], 1) as (chassis, town):
            machine = town.fax("02154321")
            inside: list[asyncio.Task[None]] = []

            async def switched_on() -> None:
                async with machine:
                    while not machine.lifted:
                        await asyncio.sleep(1)
                    await asyncio.sleep(21)
                    await machine.hang_up()
                    await asyncio.sleep(300)

            def called(attempt: Attempt) -> None:
                told.append(attempt)
                if not inside:
                    inside.append(asyncio.create_task(switched_on()))

            attempts = await deliver(chassis.cards[0], wish, pages, way, called=called)
            await put_away(machine)
            inside[0].cancel()
            came = [page for result in machine.received for page in result.pages]
            assert len(came) >= 3
            assert np.array_equal(came[-1], pages[-1])
            assert machine.facts.caller == "861095588"
            return attempts

    nobody, broken, rest = telcard.run(main(), VirtualClock())
    assert told == [nobody, broken, rest]
    assert nobody.result is None
    assert "cause 1" in nobody.why or "refused" in nobody.why
    assert broken.result is not None
    assert broken.result.reason is Reason.HUNG_UP
    assert 1 <= broken.gone_over < 3
    assert rest.gone_over == 3 - broken.gone_over


def test_who_is_stopped_calls_no_more() -> None:
    async def main() -> list[Attempt]:
        async with chassis_with_town([HOST], 1) as (chassis, _):
            stopped = asyncio.Event()
            asyncio.get_running_loop().call_later(40, stopped.set)
            way = Way(number="02154321", retries=9, retry_s=30)
            pages = [sheet(1, rows=120)]
            return await deliver(chassis.cards[0], Wish(documents=[]), pages, way, stopped=stopped)

    assert len(telcard.run(main(), VirtualClock())) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--card", HOST), "--card: want the --number that it is to call, got none"),
        (("--number", "1", "--card", "emulator:cp6_sc"), "want a card with lines to an exchange"),
        (("--number", "1", "--subaddress", "1" * 21), "--subaddress: want at most 20"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    telcard: Telcard, letter: Path, words: tuple[str, ...], told: str
) -> None:
    status, _, complained = telcard("fax", "send", letter, "--resolution", "standard", *words)
    assert status == 1
    assert told in sentence(complained)
