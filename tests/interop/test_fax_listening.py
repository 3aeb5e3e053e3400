"""Recordings of spandsp calling spandsp over A-law: pages to the bit, from one channel or two."""

from pathlib import Path

import pytest

from telcard.fax.listening import FaxListener
from tests.support.fax_peers import SpandspFax, letter
from tests.support.fax_recordings import mixed, recorded, same
from tests.support.peers import PeerMissing, spandsp_shim

pytestmark = pytest.mark.interop

try:
    spandsp_shim("there", "int one(void);", "static int one(void) { return 1; }")
except PeerMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

PAGES = [letter(1, rows=200), letter(2, rows=150)]


@pytest.mark.parametrize("modems", ["v17", "v29", "v27ter"])
@pytest.mark.parametrize(
    ("coding", "ecm"), [("mh", False), ("mr", False), ("mh", True), ("mr", True), ("mmr", True)]
)
def test_pages_are_read_out_of_recordings_of_others(
    tmp_path: Path, modems: str, coding: str, ecm: bool
) -> None:
    folders = tmp_path / "one", tmp_path / "other"
    for folder in folders:
        folder.mkdir()
    with (
        SpandspFax(
            calling=True, folder=folders[0], modems=modems, ecm=ecm, codings=[coding], pages=PAGES
        ) as sender,
        SpandspFax(calling=False, folder=folders[1], ident="111", modems=modems, ecm=ecm) as other,
    ):
        pcm = recorded(sender, other)
        assert other.verdict["words"] == "OK"
    for sound in (pcm, mixed(pcm)):
        listener = FaxListener(sound.shape[1])
        listener.process(sound)
        listener.finish()
        assert same(listener.pages, PAGES)
        assert listener.idents == {"caller": "222", "called": "111"}
        assert {page.agreement.coding for page in listener.pages} == {coding}
        assert {page.agreement.ecm for page in listener.pages} == {ecm}
