"""Whole faxes with efax as the far end: another T.30 engine, on spandsp's class 1 modem."""

from pathlib import Path

import numpy as np
import pytest

from telcard.fax import FaxTerminal
from tests.support.class1_peers import BLOCK, HEADER_ROWS, Efax, Hits, modem
from tests.support.fax_peers import alaw, letter, run
from tests.support.peers import PeerMissing, program

pytestmark = pytest.mark.interop

try:
    modem()
    program("efax", "efax")
except PeerMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

PAGES = [letter(1, rows=200), letter(2, rows=150)]
RATES = {"v17": 14_400, "v29": 9600, "v27ter": 4800}
SLOWER = [("v17", "v17"), ("v29", "v17"), ("v17", "v27ter")]


def rate(here: str, there: str) -> int:
    """At which they meet."""
    return min(RATES[here], RATES[there])


def same(got: object, wanted: list[np.ndarray]) -> bool:
    pages = list(got)  # type: ignore[call-overload]
    return len(pages) == len(wanted) and all(map(np.array_equal, pages, wanted))


@pytest.mark.parametrize(("here", "there"), SLOWER)
def test_pages_come_from_it(tmp_path: Path, here: str, there: str) -> None:
    ours = FaxTerminal(calling=False, modems=here)
    with Efax(calling=True, folder=tmp_path, modems=there, pages=PAGES) as peer:
        run(ours, peer, block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == 0
    assert same([page[HEADER_ROWS:] for page in ours.result.pages], PAGES)
    assert [report.bad_rows for report in ours.result.reports] == [0, 0]
    assert {one.agreement.rate.bit_s for one in ours.result.reports} == {rate(here, there)}
    assert ours.result.far is not None
    assert ours.result.far.ident == "222"


@pytest.mark.parametrize(("here", "there"), SLOWER)
def test_pages_go_over_to_it(tmp_path: Path, here: str, there: str) -> None:
    ours = FaxTerminal(ident="555", modems=here, pages=PAGES)
    with Efax(calling=False, folder=tmp_path, modems=there) as peer:
        run(ours, peer, block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == 0
        assert same(peer.pages, PAGES)
        assert {report.agreement.rate.bit_s for report in ours.result.reports} == {
            rate(here, there)
        }


def test_a_printer_that_needs_its_time_gets_it(tmp_path: Path) -> None:
    ours = FaxTerminal(pages=PAGES[:1])
    with Efax(calling=False, folder=tmp_path, scan_code=5) as peer:
        run(ours, peer, block=BLOCK)
        assert same(peer.pages, PAGES[:1])
    (report,) = ours.result.reports
    assert report.agreement.scan_ms == 20
    assert report.octets >= 200 * 14_400 * 0.02 / 8


@pytest.mark.parametrize("hole", [(11.5, 12.0), (14.0, 15.1), (15.5, 16.6), (20.0, 21.1)])
def test_pages_come_whole_over_a_line_with_a_hole(
    tmp_path: Path, hole: tuple[float, float]
) -> None:
    """It sends a page again that we refuse (RTN), and trains anew when its check was hit (FTT)."""
    ours = FaxTerminal(calling=False)
    with Efax(calling=True, folder=tmp_path, pages=PAGES) as peer:
        run(ours, peer, alaw, Hits(hole), block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == 0
    assert same([page[HEADER_ROWS:] for page in ours.result.pages], PAGES)


def test_a_page_that_it_refuses_is_sent_again(tmp_path: Path) -> None:
    ours = FaxTerminal(pages=PAGES)
    clicks = Hits((12.0, 15.0), every_s=0.1, for_s=0.01)
    with Efax(calling=False, folder=tmp_path, bad_rows=5) as peer:
        run(ours, peer, clicks, alaw, block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == 0
        assert "RTN" in peer.told
        assert same(peer.pages[-2:], PAGES)
    assert ours.result.reports[0].repeats > 0
