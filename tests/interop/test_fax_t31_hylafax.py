"""Whole faxes with HylaFAX as the far end: a T.30 engine of its own, error correction and all."""

from pathlib import Path

import numpy as np
import pytest

from telcard.fax import FaxTerminal
from telcard.fax.geometry import Resolution
from telcard.fax.t4 import Coding
from telcard.fax.t30 import Reason, State
from tests.support.class1_peers import BLOCK, Hits, Hylafax, modem
from tests.support.fax_peers import alaw, letter, run
from tests.support.fax_struck import Struck
from tests.support.peers import PeerMissing, unpacked

pytestmark = pytest.mark.interop

try:
    modem()
    unpacked("usr/sbin/faxgetty", "hylafax-server", "hylafax-client")
except PeerMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

PAGES = [letter(1, rows=250), letter(2, rows=150)]
RATES = {"v17": 14_400, "v29": 9600, "v27ter": 4800}
EVERY = [("mh", False), ("mr", False), ("mh", True), ("mr", True), ("mmr", True)]
SENT = 2
"""faxsend's exit status for a job that is done."""


def same(got: object, wanted: list[np.ndarray]) -> bool:
    pages = list(got)  # type: ignore[call-overload]
    return len(pages) == len(wanted) and all(map(np.array_equal, pages, wanted))


@pytest.mark.parametrize("ecm", [True, False], ids=["ecm", "no ecm"])
@pytest.mark.parametrize("modems", ["v29", "v27ter"])
def test_pages_come_from_it(tmp_path: Path, modems: str, ecm: bool) -> None:
    ours = FaxTerminal(calling=False, modems=modems, ecm=ecm)
    with Hylafax(calling=True, folder=tmp_path, pages=PAGES) as peer:
        run(ours, peer, block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == SENT, peer.status
    assert same(ours.result.pages, PAGES)
    assert {report.agreement.rate.bit_s for report in ours.result.reports} == {RATES[modems]}
    assert {report.agreement.ecm for report in ours.result.reports} == {ecm}


@pytest.mark.parametrize("ecm", [True, False], ids=["ecm", "no ecm"])
@pytest.mark.parametrize("modems", ["v29", "v27ter"])
def test_pages_go_over_to_it(tmp_path: Path, modems: str, ecm: bool) -> None:
    ours = FaxTerminal(ident="555", pages=PAGES)
    with Hylafax(calling=False, folder=tmp_path, modems=modems, ecm=ecm) as peer:
        run(ours, peer, block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == 0
        assert same(peer.pages, PAGES)
    assert {report.agreement.rate.bit_s for report in ours.result.reports} == {RATES[modems]}
    assert {report.agreement.ecm for report in ours.result.reports} == {ecm}
    assert ours.result.far is not None
    assert ours.result.far.ident == "222"
    assert str(ours.result.far.maker) == "HylaFAX"


@pytest.mark.parametrize(("coding", "ecm"), EVERY)
def test_every_coding_comes_from_it(tmp_path: Path, coding: Coding, ecm: bool) -> None:
    ours = FaxTerminal(calling=False, ecm=ecm)
    with Hylafax(calling=True, folder=tmp_path, coding=coding, pages=PAGES[1:]) as peer:
        run(ours, peer, block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == SENT, peer.status
    assert same(ours.result.pages, PAGES[1:])
    (report,) = ours.result.reports
    assert (report.agreement.coding, report.agreement.ecm) == (coding, ecm)


@pytest.mark.parametrize(("coding", "ecm"), EVERY)
def test_every_coding_goes_over_to_it(tmp_path: Path, coding: Coding, ecm: bool) -> None:
    ours = FaxTerminal(pages=PAGES[1:], codings=[coding], ecm=ecm)
    with Hylafax(calling=False, folder=tmp_path) as peer:
        run(ours, peer, block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == 0
        assert same(peer.pages, PAGES[1:])
    (report,) = ours.result.reports
    assert (report.agreement.coding, report.agreement.ecm) == (coding, ecm)


def test_a_coding_that_we_have_not_offered_is_refused(tmp_path: Path) -> None:
    """Told to send JBIG it does so whoever answers: no page is better than a grey one."""
    ours = FaxTerminal(calling=False)
    config = {"DesiredDF": 4}
    with Hylafax(calling=True, folder=tmp_path, pages=PAGES[1:], config=config) as peer:
        run(ours, peer, block=BLOCK)
        assert peer.left() != SENT
    assert ours.result.reason is Reason.INVALID_COMMAND, ours.result
    assert ours.result.pages == ()


HOLES = [(11.5, 12.0), (14.5, 15.5), (16.0, 17.0), (18.0, 19.2)]
"""In its training check, in the first page, about its end, in the second page."""


@pytest.mark.parametrize("ecm", [True, False], ids=["ecm", "no ecm"])
@pytest.mark.parametrize("hole", HOLES)
def test_pages_come_whole_over_a_line_with_a_hole(
    tmp_path: Path, hole: tuple[float, float], ecm: bool
) -> None:
    """By PPR, or by RTN: rows that the noise has swallowed are missed."""
    ours = FaxTerminal(calling=False, ecm=ecm)
    with Hylafax(calling=True, folder=tmp_path, pages=PAGES) as peer:
        run(ours, peer, alaw, Hits(hole), block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == SENT, peer.status
    assert same(ours.result.pages, PAGES)


@pytest.mark.parametrize("hole", HOLES)
def test_frames_that_got_lost_on_their_way_to_it_are_sent_again(
    tmp_path: Path, hole: tuple[float, float]
) -> None:
    ours = FaxTerminal(pages=PAGES)
    with Hylafax(calling=False, folder=tmp_path) as peer:
        run(ours, peer, Hits(hole), alaw, block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == 0
        assert same(peer.pages, PAGES)


LONG = letter(5, rows=500)
DOWN = ["V.17 at 12000", "V.17 at 9600", "V.29 at 9600", "V.29 at 7200"]


@pytest.mark.parametrize(("times", "steps"), [(4, 1), (24, 4)])
def test_it_goes_slower_within_a_page_as_far_as_it_must(
    tmp_path: Path, times: int, steps: int
) -> None:
    ours = FaxTerminal(calling=False)
    with Hylafax(calling=True, folder=tmp_path, pages=[LONG]) as peer:
        run(ours, peer, alaw, Struck(ours, State.RECEIVING, times, long=250), block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == SENT, peer.status
    assert same(ours.result.pages, [LONG])
    said = [one.text() for one in ours.result.transcript if "CTC" in one.text()]
    assert len(said) == steps
    assert all(f"CTC: {rate} bit/s" in words for rate, words in zip(DOWN, said, strict=False))


def test_we_go_slower_within_a_page(tmp_path: Path) -> None:
    ours = FaxTerminal(pages=[LONG])
    with Hylafax(calling=False, folder=tmp_path) as peer:
        run(ours, peer, Struck(ours, State.SENDING, 4, long=60), alaw, block=BLOCK)
        assert ours.result.good, ours.result
        assert peer.left() == 0
        assert same(peer.pages, [LONG])
    assert any("CTC" in one.text() for one in ours.result.transcript)


def test_it_fetches_our_pages(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=False, pages=PAGES)
    with Hylafax(calling=True, folder=tmp_path, polls=True) as peer:
        run(ours, peer, block=BLOCK)
        assert ours.result.good, ours.result
        peer.left()  # it may crash behind its fax: its time for the first page is never set
        assert same(peer.pages, PAGES)


def test_it_says_whom_its_pages_are_for_and_whose_they_are(tmp_path: Path) -> None:
    """What it calls a password goes out as the sender's identification."""
    ours = FaxTerminal(calling=False)
    job = {"subaddr": "4711", "passwd": "99"}
    with Hylafax(calling=True, folder=tmp_path, pages=PAGES[1:], job=job) as peer:
        run(ours, peer, block=BLOCK)
    assert same(ours.result.pages, PAGES[1:])
    assert ours.result.far is not None
    assert (ours.result.far.subaddress, ours.result.far.sender) == ("4711", "99")


def test_it_is_told_whom_our_pages_are_for(tmp_path: Path) -> None:
    ours = FaxTerminal(pages=PAGES[1:], subaddress="4711", resolution=Resolution.STANDARD)
    with Hylafax(calling=False, folder=tmp_path) as peer:
        run(ours, peer, block=BLOCK)
        assert peer.left() == 0
        assert "route to 4711" in peer.told
        assert same(peer.pages, PAGES[1:])


def test_it_sends_coarse_pages_too(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=False)
    coarse = Resolution.STANDARD
    with Hylafax(calling=True, folder=tmp_path, pages=PAGES, resolution=coarse) as peer:
        run(ours, peer, block=BLOCK)
        assert peer.left() == SENT, peer.status
    assert same(ours.result.pages, PAGES)
    assert set(ours.result.resolutions) == {coarse}
