import pytest

from telcard.engine import GAIN_MAX_DB, GAIN_MIN_DB
from telcard.engine.gain import tenths_of_db


def test_a_level_is_told_in_tenths_of_a_db() -> None:
    assert [tenths_of_db("gain", level) for level in (-60, -3.5, 0, 0.14, 24)] == [
        -600,
        -35,
        0,
        1,
        240,
    ]
    assert (GAIN_MIN_DB, GAIN_MAX_DB) == (-60, 24)


@pytest.mark.parametrize("level", [-60.1, 24.1, float("nan"), float("inf")])
def test_a_level_that_no_fader_has_is_refused_by_name(level: float) -> None:
    with pytest.raises(ValueError, match=r"receive_db: want -60 to 24 dB, got"):
        tenths_of_db("receive_db", level)
