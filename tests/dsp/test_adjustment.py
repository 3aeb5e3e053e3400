"""The tables as the Voice API Programming Guide prints them."""

import pytest

from telcard.dsp.adjustment import (
    SPEED_TABLE,
    VOLUME_TABLE,
    AdjustmentTable,
    Place,
    speed_of,
)


def test_the_tables_are_those_of_the_board() -> None:
    assert [SPEED_TABLE.value(n) for n in range(5, 16)] == list(range(-50, 60, 10))
    assert SPEED_TABLE.entries[:5] == SPEED_TABLE.entries[16:] == (-128,) * 5
    assert [VOLUME_TABLE.value(n) for n in range(16)] == list(range(-20, 12, 2))
    assert VOLUME_TABLE.entries[16:] == (-128,) * 5
    assert speed_of(-50) == 0.5
    assert speed_of(50) == 1.5


def test_steps_stop_at_the_ends_and_toggles_come_back() -> None:
    place = Place().moved(SPEED_TABLE, 2)
    assert SPEED_TABLE.value(place.now) == 20
    assert place.moved(SPEED_TABLE, 9).now == 15
    assert place.moved(SPEED_TABLE, -20).now == 5
    home = place.toggled(SPEED_TABLE, "current_or_origin")
    assert home.now == 10
    assert home.toggled(SPEED_TABLE, "current_or_origin").now == 12
    assert home.toggled(SPEED_TABLE, "current_or_last").now == 12
    assert place.toggled(SPEED_TABLE, "origin").now == 10
    assert home.toggled(SPEED_TABLE, "reset") == Place()


def test_tables_and_entries_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="speed table: want an entry from 5 to 15, got 4"):
        Place().set(SPEED_TABLE, 4)
    with pytest.raises(ValueError, match="table: want 21 entries, got 2"):
        AdjustmentTable((0, 1))
    with pytest.raises(ValueError, match="table: want 0 at the origin, got 1"):
        AdjustmentTable((*range(-9, 12),))
    with pytest.raises(ValueError, match="table: want entries that rise, -128 outside"):
        AdjustmentTable((*(5,) * 10, *range(11)))
