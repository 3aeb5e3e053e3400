"""Sheets as the far end can take them, and the tray for what comes."""

import numpy as np
import pytest

from telcard.fax.geometry import Resolution, Width
from telcard.fax.negotiation import Agreement, Capabilities, Shape
from telcard.fax.paper import Sheets, Tray, fitted, merged, sheet
from telcard.fax.phases import Rate
from telcard.fax.t4 import encode


def test_merging_keeps_thin_lines() -> None:
    page = np.zeros((100, 64), bool)
    page[33] = page[:, 17] = True
    small = merged(page, 50, 48)
    assert small.shape == (50, 48)
    assert small[16].all()
    assert small[:, 13].all()
    assert small.sum() == 50 + 48 - 1


@pytest.mark.parametrize(
    ("theirs", "shape", "rows"),
    [
        (Capabilities(width=Width.A3), Shape(Resolution.SUPERFINE, Width.B4), 1000),
        (
            Capabilities(width=Width.B4, resolutions=frozenset({Resolution.STANDARD})),
            Shape(Resolution.STANDARD, Width.B4),
            250,
        ),
        (Capabilities(), Shape(Resolution.SUPERFINE, Width.A4), 843),
    ],
)
def test_a_sheet_is_fitted_to_the_far_end(theirs: Capabilities, shape: Shape, rows: int) -> None:
    page = sheet(np.ones((1000, 2048), bool), Resolution.SUPERFINE)
    found = fitted(page, theirs)
    assert found.shape == shape
    assert found.pixels.shape == (rows, shape.resolution.pixels(shape.width))
    assert found.pixels.all()


def test_a_pile_ends_behind_its_last_sheet() -> None:
    pile = Sheets([sheet(np.zeros((5, 1728), bool), Resolution.FINE)])
    first = pile.page(0, Capabilities())
    assert first is not None
    assert first.rows == 5
    assert pile.page(1, Capabilities()) is None


@pytest.mark.parametrize("kept", [True, False])
def test_a_tray_keeps_what_is_settled(kept: bool) -> None:
    page = np.random.default_rng(4).random((40, 1728)) < 0.2
    tray = Tray()
    tray.begin(Agreement(Rate.V29_9600, "mr", Resolution.FINE))
    coded = encode(page, "mr")
    for octets in (coded[at : at + 100] for at in range(0, len(coded), 100)):
        tray.octets(octets)
    judgement = tray.end()
    assert (judgement.rows, judgement.bad_rows) == (40, 0)
    tray.settle(kept)
    assert len(tray.pages) == kept
    assert all(np.array_equal(one, page) for one in tray.pages)
    assert tray.ready
