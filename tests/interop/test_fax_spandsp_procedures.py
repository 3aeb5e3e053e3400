"""What two fax machines can do besides sending pages, with spandsp as the other one.

Polling, passwords and sub-addresses, documents of several kinds in one call, operators, receivers
that are busy, slow or know few modems, lines that are struck, and calls that break off anywhere.
"""

from pathlib import Path

import numpy as np
import pytest

from telcard.fax import FaxTerminal
from telcard.fax.geometry import Resolution
from telcard.fax.phases import Greeted
from telcard.fax.t30 import Reason, State
from tests.support.fax_peers import Signal, SpandspFax, alaw, letter, run
from tests.support.fax_struck import Struck
from tests.support.peers import PeerMissing, spandsp_shim

pytestmark = pytest.mark.interop

try:
    spandsp_shim("there", "int one(void);", "static int one(void) { return 1; }")
except PeerMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

PAGES = [letter(1, rows=300), letter(2, rows=250)]
LONG = letter(5, rows=500)
ECM = pytest.mark.parametrize("ecm", [True, False], ids=["ecm", "no ecm"])


def same(got: object, wanted: list[np.ndarray]) -> bool:
    pages = list(got)  # type: ignore[call-overload]
    return len(pages) == len(wanted) and all(map(np.array_equal, pages, wanted))


def said(ours: FaxTerminal, *, by_us: bool) -> list[str]:
    """The names of the frames that were said, by us or by the far end."""
    transcript = [one for one in ours.result.transcript if not isinstance(one.frame, Greeted)]
    return [str(getattr(one.frame, "fcf", "?")) for one in transcript if one.sent is by_us]


# --- polling --------------------------------------------------------------------------------------


@ECM
def test_its_document_is_fetched(tmp_path: Path, ecm: bool) -> None:
    ours = FaxTerminal(
        calling=True, poll=True, ecm=ecm, password="1234", subaddress="42", selection="77"
    )
    with SpandspFax(calling=False, folder=tmp_path, ecm=ecm, pages=PAGES) as peer:
        run(ours, peer)
        assert ours.result.good, ours.result
        assert peer.verdict["words"] == "OK"
        assert peer.heard == {
            "password": "1234",
            "polled_sub_address": "42",
            "selective_polling_address": "77",
        }
    assert same(ours.result.pages, PAGES)


@ECM
def test_it_fetches_ours(tmp_path: Path, ecm: bool) -> None:
    ours = FaxTerminal(calling=False, pages=PAGES, ecm=ecm, password="1234")
    with SpandspFax(calling=True, folder=tmp_path, ecm=ecm) as peer:
        peer.say(password="1234", selective_polling_address="77")
        run(ours, peer)
        assert ours.result.good, ours.result
        assert same(peer.pages, PAGES)


@pytest.mark.parametrize("password", ["", "4321"])
def test_it_does_not_get_ours_without_the_password(tmp_path: Path, password: str) -> None:
    ours = FaxTerminal(calling=False, pages=PAGES, password="1234")
    with SpandspFax(calling=True, folder=tmp_path) as peer:
        peer.say(password=password)
        run(ours, peer)
        assert "Unexpected DCN" in str(peer.verdict["words"])
    assert ours.result.reason is Reason.POLL_REFUSED


def test_it_has_no_document(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=True, poll=True)
    with SpandspFax(calling=False, folder=tmp_path) as peer:
        run(ours, peer)
    assert ours.result.reason is Reason.NOTHING_TO_POLL


def test_ours_goes_over_and_its_document_comes_on_the_same_call(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=True, pages=PAGES[:1], poll=True)
    with SpandspFax(calling=False, folder=tmp_path, pages=PAGES[1:]) as peer:
        run(ours, peer)
        assert ours.result.good, ours.result
        assert same(peer.pages, PAGES[:1])
    assert same(ours.result.pages, PAGES[1:])


def test_whom_pages_are_for_and_whose_they_are(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=True, pages=PAGES[:1], subaddress="42", sender="43")
    with SpandspFax(calling=False, folder=tmp_path) as peer:
        run(ours, peer)
        assert peer.heard == {"sub_address": "42", "sender_ident": "43"}
    theirs = FaxTerminal(calling=False)
    with SpandspFax(calling=True, folder=tmp_path, pages=PAGES[:1]) as peer:
        peer.say(sub_address="66", sender_ident="99")
        run(theirs, peer)
    assert theirs.result.far is not None
    assert (theirs.result.far.subaddress, theirs.result.far.sender) == ("66", "99")


# --- documents, receivers -------------------------------------------------------------------------


@ECM
def test_pages_of_several_kinds_in_one_call(tmp_path: Path, ecm: bool) -> None:
    pages = [PAGES[0], letter(3, rows=200, width=2048), PAGES[1]]
    ours = FaxTerminal(calling=True, pages=pages, ecm=ecm)
    with SpandspFax(calling=False, folder=tmp_path, ecm=ecm) as peer:
        run(ours, peer)
        assert ours.result.good, ours.result
        assert same(peer.pages, pages)
    kinds = [Resolution.FINE, Resolution.STANDARD, Resolution.SUPERFINE]
    theirs = FaxTerminal(calling=False, ecm=ecm)
    with SpandspFax(calling=True, folder=tmp_path, ecm=ecm, pages=pages, resolution=kinds) as peer:
        run(theirs, peer)
        assert peer.verdict["words"] == "OK"
    assert theirs.result.good, theirs.result
    assert same(theirs.result.pages, pages)
    assert list(theirs.result.resolutions) == kinds


@pytest.mark.parametrize("times", [1, 3])
def test_it_is_busy_for_a_while(tmp_path: Path, times: int) -> None:
    ours = FaxTerminal(calling=True, pages=PAGES)
    with SpandspFax(calling=False, folder=tmp_path) as peer:
        peer.busy(times)
        run(ours, peer)
        assert ours.result.good, ours.result
        assert same(peer.pages, PAGES)
    assert (said(ours, by_us=False).count("RNR"), said(ours, by_us=True).count("RR")) == (
        times,
        times,
    )


def test_it_knows_v29_and_no_other_modem(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=True, pages=PAGES)
    with SpandspFax(calling=False, folder=tmp_path, modems="only v29") as peer:
        run(ours, peer)
        assert same(peer.pages, PAGES)
    theirs = FaxTerminal(calling=False)
    with SpandspFax(calling=True, folder=tmp_path, modems="only v29", pages=PAGES) as peer:
        run(theirs, peer)
    assert same(theirs.result.pages, PAGES)
    assert {report.agreement.rate.bit_s for report in theirs.result.reports} == {9600}


@pytest.mark.parametrize("coding", ["mh", "mr"])
@pytest.mark.parametrize("scan_ms", [0, 5, 10, 20, 40])
def test_its_printer_is_given_its_time(tmp_path: Path, scan_ms: int, coding: str) -> None:
    page = letter(2, rows=120)
    ours = FaxTerminal(calling=True, ecm=False, pages=[page], codings=[coding])
    with SpandspFax(calling=False, folder=tmp_path, ecm=False, scan_ms=scan_ms) as peer:
        run(ours, peer)
        assert same(peer.pages, [page])
    (report,) = ours.result.reports
    assert (report.agreement.scan_ms, report.agreement.coding) == (scan_ms, coding)
    assert report.octets * 8 >= report.rows * scan_ms * report.agreement.rate.bit_s / 1000


# --- operators ------------------------------------------------------------------------------------


@ECM
def test_an_operator_there_wants_to_talk_and_the_pages_go_on(tmp_path: Path, ecm: bool) -> None:
    ours = FaxTerminal(calling=False, ecm=ecm)
    with SpandspFax(calling=True, folder=tmp_path, ecm=ecm, pages=PAGES) as peer:
        peer.interrupts(asks=True)
        run(ours, peer)
        assert peer.verdict["words"] == "OK"
    assert ours.result.good, ours.result
    assert same(ours.result.pages, PAGES)
    ends = [one.text() for one in ours.result.transcript if "PRI-" in one.text()]
    assert len(ends) == 2


# --- lines that are struck ------------------------------------------------------------------------


def test_we_go_on_where_it_asks_too_often(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=True, pages=[LONG])
    with SpandspFax(calling=False, folder=tmp_path) as peer:
        run(ours, peer, Struck(ours, State.SENDING, 4, long=60), alaw)
        assert ours.result.good, ours.result
        assert same(peer.pages, [LONG])
    assert "CTC" in said(ours, by_us=True)
    assert "CTR" in said(ours, by_us=False)


def test_it_goes_on_where_we_ask_too_often(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=False)
    with SpandspFax(calling=True, folder=tmp_path, pages=[LONG]) as peer:
        run(ours, peer, alaw, Struck(ours, State.RECEIVING, 4, long=250))
        assert peer.verdict["words"] == "OK"
    assert ours.result.good, ours.result
    assert same(ours.result.pages, [LONG])
    assert said(ours, by_us=True).count("PPR") == 4
    assert said(ours, by_us=False).count("CTC") == 1


def test_it_gives_a_page_up_of_which_nothing_comes(tmp_path: Path) -> None:
    ours = FaxTerminal(calling=False, modems="v27ter")
    with SpandspFax(calling=True, folder=tmp_path, pages=PAGES[1:]) as peer:
        run(ours, peer, alaw, Struck(ours, State.RECEIVING, 99, long=250, spared_s=0))
    assert said(ours, by_us=False)[-2:] == ["EOR", "DCN"]
    assert said(ours, by_us=True)[-1] == "ERR"
    assert ours.result.reason is Reason.DISCONNECTED_DURING


@pytest.mark.parametrize(("long", "answer"), [(900, "RTN"), (400, "RTP")])
def test_it_refuses_a_page_or_wants_training(tmp_path: Path, long: int, answer: str) -> None:
    ours = FaxTerminal(calling=True, pages=[LONG, *PAGES], ecm=False)
    with SpandspFax(calling=False, folder=tmp_path, ecm=False) as peer:
        run(ours, peer, Struck(ours, State.SENDING, 1, long), alaw)
        assert ours.result.good, ours.result
        assert same(peer.pages[1:], PAGES)
        assert answer == "RTP" or np.array_equal(peer.pages[0], LONG)
    assert said(ours, by_us=False).count(answer) == 1


@pytest.mark.parametrize(("every", "answer"), [(1000, "RTN"), (16_000, "RTP")])
def test_we_refuse_a_page_or_want_training(tmp_path: Path, every: int, answer: str) -> None:
    ours = FaxTerminal(calling=False, ecm=False)
    with SpandspFax(calling=True, folder=tmp_path, ecm=False, pages=[LONG, *PAGES]) as peer:
        run(ours, peer, alaw, Struck(ours, State.RECEIVING, 1, 250, every))
        assert peer.verdict["words"] == "OK"
    assert ours.result.good, ours.result
    assert said(ours, by_us=True).count(answer) == 1
    assert same(ours.result.pages[1:], PAGES)
    assert answer == "RTP" or np.array_equal(ours.result.pages[0], LONG)


# --- calls that break off -------------------------------------------------------------------------


@pytest.mark.parametrize("calling", [True, False], ids=["calling", "called"])
@pytest.mark.parametrize("seconds", [1, 4, 5.5, 7, 10, 12, 15, 20, 23])
def test_a_call_may_be_stopped_at_any_moment(tmp_path: Path, calling: bool, seconds: int) -> None:
    """With our DCN, or with silence from there."""
    for stopped in ("ours", "theirs"):
        ours = FaxTerminal(calling=calling, pages=PAGES if calling else ())
        folder = tmp_path / stopped
        folder.mkdir()
        theirs = [] if calling else PAGES
        with SpandspFax(calling=not calling, folder=folder, pages=theirs) as peer:

            def there(
                pcm: Signal, ours: FaxTerminal = ours, peer: SpandspFax = peer, it: str = stopped
            ) -> Signal:
                if ours.samples // 160 == int(seconds * 50):
                    ours.stop() if it == "ours" else peer.hang_up()
                return alaw(pcm)

            took = run(ours, peer, there, alaw)
            assert peer.verdict["ended"]
        assert took < seconds + 36, ours.result
        assert (ours.result.reason is Reason.STOPPED) is (stopped == "ours")
