"""Whole faxes with spandsp as the far end: both ways, every modem, coding and law, pages exact."""

from pathlib import Path

import numpy as np
import pytest

from telcard.fax import FaxTerminal
from telcard.fax.geometry import Resolution
from telcard.fax.t4 import encode
from tests.support.fax_peers import Line, SpandspFax, alaw, letter, run, ulaw
from tests.support.peers import PeerMissing, spandsp_shim

pytestmark = pytest.mark.interop

try:
    spandsp_shim("there", "int one(void);", "static int one(void) { return 1; }")
except PeerMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

PAGES = [letter(1), letter(2, rows=700)]


def same(got: object, wanted: list[np.ndarray]) -> bool:
    pages = list(got)  # type: ignore[call-overload]
    return len(pages) == len(wanted) and all(map(np.array_equal, pages, wanted))


@pytest.mark.parametrize("ecm", [True, False], ids=["ecm", "no ecm"])
@pytest.mark.parametrize("modems", ["v17", "v29", "v27ter"])
def test_pages_go_over_to_it(tmp_path: Path, modems: str, ecm: bool) -> None:
    ours = FaxTerminal(calling=True, ident="+86 10 95588", modems=modems, ecm=ecm, pages=PAGES)
    with SpandspFax(calling=False, folder=tmp_path, modems=modems, ecm=ecm) as peer:
        run(ours, peer)
        assert ours.result.good, ours.result
        assert peer.verdict["words"] == "OK"
        assert peer.verdict["bit_s"] == {"v17": 14_400, "v29": 9600, "v27ter": 4800}[modems]
        assert same(peer.pages, PAGES)
    assert ours.result.far is not None
    assert ours.result.far.ident == "222"


@pytest.mark.parametrize("ecm", [True, False], ids=["ecm", "no ecm"])
@pytest.mark.parametrize("modems", ["v17", "v29", "v27ter"])
def test_pages_come_from_it(tmp_path: Path, modems: str, ecm: bool) -> None:
    ours = FaxTerminal(calling=False, modems=modems, ecm=ecm)
    with SpandspFax(calling=True, folder=tmp_path, modems=modems, ecm=ecm, pages=PAGES) as peer:
        run(ours, peer)
        assert ours.result.good, ours.result
        assert peer.verdict["words"] == "OK"
    assert same(ours.result.pages, PAGES)
    assert [report.bad_rows for report in ours.result.reports] == [0, 0]


@pytest.mark.parametrize("law", [alaw, ulaw])
@pytest.mark.parametrize(
    ("coding", "ecm"), [("mh", False), ("mr", False), ("mh", True), ("mr", True), ("mmr", True)]
)
def test_every_coding_goes_over_both_laws(
    tmp_path: Path, coding: str, ecm: bool, law: Line
) -> None:
    ours = FaxTerminal(calling=True, ecm=ecm, pages=PAGES[1:], codings=[coding])
    with SpandspFax(calling=False, folder=tmp_path, ecm=ecm) as peer:
        run(ours, peer, law)
        assert same(peer.pages, PAGES[1:])
    (report,) = ours.result.reports
    assert report.agreement.coding == coding


@pytest.mark.parametrize("resolution", [Resolution.STANDARD, Resolution.SUPERFINE])
@pytest.mark.parametrize("width", [1728, 2048, 2432])
def test_every_width_and_resolution_goes_over(
    tmp_path: Path, width: int, resolution: Resolution
) -> None:
    page = letter(3, rows=400, width=width)
    ours = FaxTerminal(calling=True, pages=[page], resolution=resolution)
    with SpandspFax(calling=False, folder=tmp_path) as peer:
        run(ours, peer)
        assert same(peer.pages, [page])


def test_a_printer_that_needs_its_time_gets_it(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=True, ecm=False, pages=PAGES[1:], codings=["mh"])
    with SpandspFax(calling=False, folder=tmp_path, ecm=False, scan_ms=20) as peer:
        run(ours, peer)
        assert same(peer.pages, PAGES[1:])
    (report,) = ours.result.reports
    assert report.agreement.scan_ms in (10, 20)  # what it asks for at 7.7 lines/mm
    assert report.octets >= report.rows * report.agreement.least_bits / 8
    assert report.octets > len(encode(PAGES[1], "mh"))  # short rows were filled up


def test_a_tone_against_echo_suppressors_disturbs_neither(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=True, pages=PAGES[1:], echo_tone=True)
    with SpandspFax(calling=False, folder=tmp_path) as peer:
        run(ours, peer)
        assert same(peer.pages, PAGES[1:])
    theirs = FaxTerminal(calling=False)
    (tmp_path / "back").mkdir()
    with SpandspFax(
        calling=True, folder=tmp_path / "back", pages=PAGES[1:], echo_tone=True
    ) as peer:
        run(theirs, peer)
    assert same(theirs.result.pages, PAGES[1:])
