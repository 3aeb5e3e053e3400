"""`telcard fax send`."""

import json
from pathlib import Path

import pytest

from telcard import audio
from telcard.cli.fax_send import Wish, pages_of
from telcard.clock import VirtualClock
from telcard.fax import tiff
from telcard.fax.geometry import Resolution
from tests.cli.conftest import Telcard, sentence

QUICK = ("--resolution", "standard")


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    (tmp_path / "letter.txt").write_text("Dear Mr Li,\n\nyour balance is 100.00.\n")
    return tmp_path / "letter.txt"


def test_a_letter_goes_over_and_every_frame_is_told(telcard: Telcard, letter: Path) -> None:
    sound, pages = letter.with_name("call.wav"), letter.with_name("got.tif")
    status, said, complained = telcard(
        "fax", "send", letter, *QUICK, "--ident", "95588", "-o", pages, "--recording", sound
    )
    assert (status, complained) == (0, "")
    for told in ("-> DCS: V.17 at 14400", "<- CFR", "page 1 has gone over", "all pages went over"):
        assert told in said
    (page,) = tiff.read(pages)
    assert page.pixels.any()
    assert page.resolution is Resolution.STANDARD
    assert audio.read(sound)[0].shape[1] == 2


def test_programs_get_one_json_object(telcard: Telcard, letter: Path) -> None:
    line = ("--line", "long_loop", "--noise-dbm0", "-45", "--modems", "v29", "--no-ecm")
    whom = ("--subaddress", "42")
    status, said, _ = telcard("fax", "send", letter, *QUICK, *line, *whom, "--json")
    told = json.loads(said)
    assert status == 0
    assert "SUB: '42'" in [frame["text"] for frame in told["transcript"]]
    assert told["good"]
    assert told["pages"][0]["modem"] == "V.29"
    assert told["received"] == [told["pages"][0]["rows"]]
    assert told["transcript"][-1]["text"] == "DCN, disconnect"


def test_a_cover_page_and_header_lines_are_put_to_the_pages(letter: Path) -> None:
    plain = pages_of(Wish(documents=[letter, letter]), VirtualClock())
    wish = Wish(documents=[letter, letter], header="Bank of Xuhui", to="Mr Li", subject="Balance")
    pages = pages_of(wish, VirtualClock())
    assert len(pages) == 3
    assert not plain[0][:50].any()
    assert all(page[:50].any() and len(page) == len(plain[0]) for page in pages)


@pytest.mark.slow
def test_a_line_that_is_dead_is_told_and_is_no_success(telcard: Telcard, letter: Path) -> None:
    status, said, _ = telcard("fax", "send", letter, *QUICK, "--loss-db", "70")
    assert status == 1
    assert "no fax machine has answered" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("none.pdf",), "none.pdf: cannot be read: No such file"),
        (("letter.txt", "-o", "got.jpg"), "got.jpg: want a file for pages, .tif, .tiff, .pdf"),
        (("letter.txt", "--line", "rusty"), "line 'rusty': want a Copper or one of good_local"),
        (("letter.txt", "--loss-db", "100"), "loss_db: want -20 to 80, got 100"),
        (("letter.txt", "--ident", "1" * 21), "--ident: want at most 20 printable ASCII"),
        (("letter.txt", "--recording", "none/call.wav"), "none/call.wav: cannot be written"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    telcard: Telcard, letter: Path, monkeypatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(letter.parent)
    status, _, complained = telcard("fax", "send", *words, *QUICK)
    assert status == 1
    assert told in sentence(complained)
