"""`telcard rehearse`: a day on the line, and a verdict."""

from pathlib import Path

from tests.cli.conftest import Telcard


def test_a_rehearsal_ends_with_a_verdict(telcard: Telcard, tmp_path: Path) -> None:
    status, said, complained = telcard(
        "rehearse", "--callers", "3", "--minutes", "0.5", "--out", tmp_path
    )
    assert (status, complained) == (0, "")
    assert "agree with what the town met, call by call" in said
    assert "the ledger balances" in said
    assert "nothing is left" in said
    assert list((tmp_path / "recordings").glob("*.wav"))


def test_more_callers_than_the_card_has_lines_are_refused(telcard: Telcard) -> None:
    status, _, complained = telcard("rehearse", "--callers", "31")
    assert status == 2
    assert "less than or equal to 30" in complained
