"""`telcard fax decode`."""

import json
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.cli.fax_decode import keep
from telcard.fax import tiff
from telcard.fax.geometry import Resolution
from telcard.fax.negotiation import Agreement
from telcard.fax.overheard import HeardPage
from telcard.fax.phases import Rate
from tests.cli.conftest import Telcard, sentence
from tests.support.fax_recordings import PAGES, call, mixed, same


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    audio.write(tmp_path / "call.wav", call())
    return tmp_path / "call.wav"


def test_a_recording_becomes_pages_and_a_transcript(telcard: Telcard, recording: Path) -> None:
    status, said, complained = telcard("fax", "decode", recording)
    assert (status, complained) == (0, "")
    for told in (
        "each end in its channel", "caller +86 10 95588", "caller CNG", "called DIS: V.27ter",
        "training check: V.17 at 14400 bit/s, 0 of", "called MCF", "2 pages", "call.tif",
    ):  # fmt: skip
        assert told in said
    pages = tiff.read(recording.with_suffix(".tif"))
    assert same(pages, PAGES)
    assert {page.description for page in pages} == {"+86 10 95588"}


def test_programs_get_one_json_object(telcard: Telcard, recording: Path) -> None:
    audio.write(recording, mixed(call()))
    pdf = recording.with_suffix(".pdf")
    status, said, _ = telcard("fax", "decode", recording, "--json", "-o", pdf)
    told = json.loads(said)
    assert status == 0
    assert (told["sides"], len(told["pages"]), told["files"]) == (1, 2, [str(pdf)])
    assert pdf.read_bytes().startswith(b"%PDF")


def test_a_call_is_drawn_when_asked_for(telcard: Telcard, recording: Path, monkeypatch) -> None:
    drawn: list[object] = []
    monkeypatch.setattr("telcard.cli.fax_decode.draw_fax", lambda path, *_: drawn.append(path))
    picture = recording.with_suffix(".png")
    status, said, complained = telcard("fax", "decode", recording, "--picture", picture)
    assert (status, complained, drawn) == (0, "", [picture])
    assert str(picture) in said


def test_a_recording_without_pages_says_what_it_lacks(telcard: Telcard, recording: Path) -> None:
    audio.write(recording, call("v17", False)[8 * 12_400 :])
    status, said, _ = telcard("fax", "decode", recording)
    assert status == 1
    assert "its page cannot be read: the DCS before it was not heard" in said
    assert "there is no DCS in it" in said
    assert "no pages" in said


def test_a_recording_behind_the_dcs_is_read_as_its_owner_says(
    telcard: Telcard, recording: Path
) -> None:
    audio.write(recording, call("v29", False)[8 * 11_400 :])
    words = ("--rate", "v29-9600", "--no-ecm", "--coding", "mr")
    status, said, _ = telcard("fax", "decode", recording, *words)
    assert status == 0
    assert "pages were read as fine, MR, V.29 at 9600 bit/s" in said
    assert same(tiff.read(recording.with_suffix(".tif")), PAGES)


def test_pages_of_two_resolutions_become_two_pdfs(tmp_path: Path) -> None:
    pages = tuple(
        HeardPage(number, PAGES[0], Agreement(Rate.V29_9600, resolution=resolution), 0, 1)
        for number, resolution in enumerate((Resolution.FINE, Resolution.STANDARD), 1)
    )
    names = [path.name for path in keep(tmp_path / "fax.pdf", pages, "")]
    assert names == ["fax-fine.pdf", "fax-standard.pdf"]
    (name,) = keep(tmp_path / "fax.tif", pages, "")
    assert [page.resolution for page in tiff.read(name)] == [Resolution.FINE, Resolution.STANDARD]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("none.wav",), "none.wav: cannot be read as sound: no such file"),
        (("quiet.wav",), "quiet.wav: no fax is heard in it"),
        ((".",), ".: want a recording, got a folder"),
        (("quiet.wav", "-o", "fax"), "fax: want a file for pages, .tif, .tiff, .pdf, .png"),
        (("three.wav",), "three.wav: want one channel or two, got 3"),
        (("quiet.wav", "--coding", "mr"), "--coding: want the --rate of the pages with it"),
        (("quiet.wav", "--rate", "v29-9600", "--no-ecm", "--coding", "mmr"), "--coding: want mh"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    telcard: Telcard, tmp_path: Path, monkeypatch, words: tuple[str, ...], told: str
) -> None:
    audio.write(tmp_path / "quiet.wav", np.zeros(8000, np.int16))
    audio.write(tmp_path / "three.wav", np.zeros((800, 3), np.int16))
    monkeypatch.chdir(tmp_path)
    status, _, complained = telcard("fax", "decode", *words)
    assert status == 1
    assert told in sentence(complained)
