"""What a terminal tells, in words."""

from pathlib import Path

from telcard.fax.frames import Fcf, Frame, decode
from telcard.fax.negotiation import Agreement
from telcard.fax.phases import Rate
from telcard.fax.t30 import Ended, PageReport, Reason, Traced


def test_every_reason_has_two_texts_of_its_own() -> None:
    assert len({reason.words for reason in Reason}) == len(Reason)
    assert len({reason.plain for reason in Reason}) == len(Reason)
    assert all(reason.plain[0].islower() for reason in Reason)


def test_the_page_on_fax_calls_has_every_reason() -> None:
    page = (Path(__file__).parents[3] / "docs" / "fax-procedure.md").read_text("utf-8")
    rows = [f"| {reason.words} | {reason.plain} |" for reason in Reason]
    assert [row for row in rows if row not in page] == []


def test_an_end_says_why_in_one_line() -> None:
    ended = Ended(Reason.INVALID_RESPONSE, "CFR, confirmation to receive", "D")
    assert not ended.good
    assert ended.text() == (
        "the far end has answered something senseless "
        "(invalid response: CFR, confirmation to receive; phase D)"
    )
    assert Ended(Reason.DONE).text() == "all pages went over (DCN after the last page; phase E)"


def test_a_line_of_the_transcript_has_time_and_direction() -> None:
    assert Traced(12_000, True, Frame(Fcf.MCF)).text() == "    1.500 -> MCF, message confirmation"
    damaged = Traced(0, False, decode(b"\xff"), "check sequence wrong")
    assert damaged.text().endswith("got 1 (check sequence wrong)")


def test_a_page_has_its_judgement() -> None:
    page = PageReport(1, False, True, Agreement(Rate.V29_9600), rows=100, bad_rows=3)
    assert page.judgement.bad_share == 0.03
