"""What a page is judged by."""

from telcard.fax.pages import Judgement


def test_a_page_without_rows_is_all_bad() -> None:
    assert Judgement().bad_share == 1.0
    assert Judgement(200, 10).bad_share == 0.05
    assert Judgement(150, 10, lost_rows=50).bad_share == 0.3
