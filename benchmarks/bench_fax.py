"""Whole fax terminals that one core keeps up with: T.30, modems and T.4, spandsp's beside them.

Two terminals send each other three pages without a line between them, 20 ms a turn; the figure is
of terminals, so a call counts for two.  spandsp writes and reads its TIFF files, which we do not,
and is driven through cffi as we are through Cython; it sends the same pages.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from telcard.bench import Work
from telcard.fax import FaxTerminal

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support.fax_peers import SpandspFax, letter, run
from tests.support.peers import PeerMissing, spandsp_shim

PAGES = [letter(seed, rows=2200) for seed in range(3)]


def installed() -> bool:
    try:
        spandsp_shim("there", "int one(void);", "static int one(void) { return 1; }")
    except PeerMissing:
        return False
    return True


def same(pcm: Any) -> Any:
    """A line that changes nothing."""
    return pcm


def we_talk(modems: str, ecm: bool, compared: bool = False) -> float:
    sender = FaxTerminal(calling=True, modems=modems, ecm=ecm, pages=PAGES)
    receiver = FaxTerminal(calling=False, modems=modems, ecm=ecm)
    seconds = run(sender, receiver, same)
    assert len(receiver.result.pages) == len(PAGES), receiver.result
    if compared:
        assert all(map(np.array_equal, receiver.result.pages, PAGES)), receiver.result
    return seconds


def they_talk(modems: str, ecm: bool) -> float:
    options: dict[str, Any] = {"modems": modems, "ecm": ecm}
    with (
        tempfile.TemporaryDirectory() as there,
        tempfile.TemporaryDirectory() as here,
        SpandspFax(calling=True, folder=Path(there), pages=PAGES, **options) as sender,
        SpandspFax(calling=False, folder=Path(here), **options) as receiver,
    ):
        seconds = run(sender, receiver, same)
        assert receiver.verdict["received"] == len(PAGES)
        return seconds


@pytest.mark.parametrize("ecm", [True, False], ids=["ecm", "plain"])
@pytest.mark.parametrize("modems", ["v17", "v29", "v27ter"])
def test_terminals(modems: str, ecm: bool, tell) -> None:
    """A call of three pages; its length differs by a second or two between us and spandsp."""
    seconds = we_talk(modems, ecm, compared=True)
    theirs: dict[str, Callable[[], object]] = {}
    if installed():
        theirs["spandsp"] = lambda: they_talk(modems, ecm)
    name = f"{modems} {'ecm' if ecm else 'plain'}, both ends"
    tell(Work("fax", name, round(2 * 8000 * seconds), lambda: we_talk(modems, ecm)), theirs)
