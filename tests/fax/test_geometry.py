import pytest

from telcard.fax.geometry import Paper, Resolution, Width


def test_pages_have_the_pixels_of_t4_table_1() -> None:
    def pixels(resolution: Resolution) -> list[int]:
        return [resolution.pixels(width) for width in Width]

    assert pixels(Resolution.STANDARD) == pixels(Resolution.DPI_200) == [1728, 2048, 2432]
    assert pixels(Resolution.DPI_300) == [2592, 3072, 3648]
    assert pixels(Resolution.R16) == pixels(Resolution.DPI_400) == [3456, 4096, 4864]
    assert pixels(Resolution.DPI_600) == [5184, 6144, 7296]
    assert pixels(Resolution.DPI_1200) == [10368, 12288, 14592]


@pytest.mark.parametrize(
    ("resolution", "rows"), [("STANDARD", 1143), ("FINE", 2287), ("SUPERFINE", 4574)]
)
def test_a_sheet_of_a4_has_so_many_rows(resolution, rows) -> None:
    assert Resolution[resolution].rows(Paper.A4) == rows


def test_resolutions_of_files_are_known_again() -> None:
    assert all(Resolution.nearest(one.across, one.down) is one for one in Resolution)
    assert Resolution.nearest(204.2, 195.6) is Resolution.FINE
    assert Resolution.nearest(200, 98) is Resolution.DPI_200_BY_100


def test_a_sheet_is_no_wider_than_what_is_scanned() -> None:
    wider = {paper for paper in Paper if paper.width_mm > paper.scanned.value}
    assert wider == {Paper.LETTER, Paper.LEGAL, Paper.B4}
    assert all(paper.width_mm < paper.scanned.value + 2.1 for paper in wider)
    assert Resolution.FINE.pixels_a_mm(Width.A4) == pytest.approx(8.04, abs=0.01)
    assert Resolution.R16.scanned_mm(Width.A3) == 303
    lengths = [Resolution.DPI_300.scanned_mm(width) for width in Width]
    assert lengths == pytest.approx([219.46, 260.10, 308.86], abs=0.01)  # T.4, Table 1
