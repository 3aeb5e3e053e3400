"""`telcard fax receive`."""

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from telcard.cli.fax_receive import Reception, run
from telcard.clock import VirtualClock
from telcard.dsp.copper import Copper
from telcard.fax import tiff
from tests.cli.conftest import Telcard, sentence


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    (tmp_path / "letter.txt").write_text("Dear Mr Li,\n\nyour balance is 100.00.\n")
    return tmp_path / "letter.txt"


def test_a_fax_that_comes_is_a_file_and_one_that_tells_of_it(
    telcard: Telcard, letter: Path
) -> None:
    folder = letter.with_name("faxes")
    status, said, complained = telcard(
        "fax", "receive", folder, "--try", letter, "--ident", "95588"
    )
    assert (status, complained) == (0, "")
    for told in ("0215432101 calls 95588", "<- CNG", "-> CFR", "page 1 has come", "1 call"):
        assert told in said
    pages, beside = sorted(folder.iterdir(), key=lambda path: path.suffix, reverse=True)
    (page,) = tiff.read(pages)
    assert page.pixels.any()
    assert page.description == "+86 21 5432101"
    told = json.loads(beside.read_text())
    assert told["good"]
    assert told["caller"] == "0215432101"
    assert told["ident"] == "+86 21 5432101"
    assert told["rate"] == "V.17 at 14400 bit/s"
    assert [one["bad_rows"] for one in told["pages"]] == [0]
    assert told["files"] == [str(pages)]


def test_ctrl_c_twice_breaks_a_fax_off_and_keeps_what_has_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once while the second page comes, which it lets go on, and once more."""
    text = tmp_path / "long.txt"
    text.write_text("\n".join(f"{line} of many lines, and no end of them" for line in range(150)))
    pressed: list[float] = []
    sleep = asyncio.sleep

    async def press(at_s: float) -> None:
        await sleep(at_s)
        pressed.append(at_s)
        os.kill(os.getpid(), signal.SIGINT)

    async def beginning(seconds: float) -> None:
        """The command's first sleep: people press keys meanwhile."""
        if seconds == 2.0 and not pressing:
            pressing.extend(asyncio.ensure_future(press(at_s)) for at_s in (40.0, 45.0))
        await sleep(seconds)

    pressing: list[asyncio.Task[None]] = []
    monkeypatch.setattr("telcard.cli.fax_cards.asyncio.sleep", beginning)
    reception = Reception(
        folder=tmp_path / "in", kind="pdf", tries=[text, text],
        options={"modems": "v27ter", "ecm": False},
    )  # fmt: skip
    status = run(reception, clock=VirtualClock(), copper=Copper(), seed=1, as_json=True)
    assert status == 1
    assert pressed == [40.0, 45.0]
    (beside,) = (tmp_path / "in").glob("*.json")  # nobody has called a second time
    told = json.loads(beside.read_text())
    assert "cut off" in told["reason"]
    assert [page["accepted"] for page in told["pages"]] == [False]
    assert 0 < told["pages"][0]["rows"] < 2287
    (file,) = told["files"]
    assert Path(file).read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--try: want a document, got none; whoever calls an emulated card lives in its town"),
        (("--try", "letter.txt", "--calls", "2"), "--calls: want 1 at most, got 2"),
        (("--try", "none.pdf"), "none.pdf: cannot be read: No such file"),
        (("--try", "letter.txt", "--ident", "1" * 21), "want at most 20 printable ASCII"),
        (("--try", "letter.txt", "--line", "rusty"), "line 'rusty': want a Copper or one of"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    telcard: Telcard, letter: Path, monkeypatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(letter.parent)
    status, _, complained = telcard("fax", "receive", "in", *words)
    assert status == 1
    assert told in sentence(complained)


def test_a_call_without_a_fax_resource_is_told_of_and_is_no_success(
    telcard: Telcard, letter: Path
) -> None:
    words = ("--try", letter, "--card", "emulator:d300sc_e1", "--json")
    status, said, _ = telcard("fax", "receive", letter.with_name("in"), *words)
    assert status == 1
    told = json.loads(said)
    assert told["reason"] == "dtiB1T1: no card of emulator:d300sc_e1 has a fax resource to lend"
    assert told["files"] == []
