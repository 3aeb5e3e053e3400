"""Pictures of loads: drawn of any report, refused before anything is played."""

from pathlib import Path

import pytest

from telcard.errors import ConfigError
from telcard.rehearsal.load import BLOCKED, Attempt, LoadReport, Profile, Slot
from telcard.rehearsal.load_picture import check_drawable, draw_load


@pytest.mark.parametrize("calls", [0, 40])
def test_a_load_is_drawn(tmp_path: Path, calls: int) -> None:
    attempts = tuple(
        Attempt(n * 1.4, "menu", BLOCKED if n % 9 == 0 else "", 3.0 + n / 50) for n in range(calls)
    )
    slots = tuple(Slot(n * 0.5, n % 3, n % 2, 1.0 + n / 60) for n in range(120))
    profile = Profile(erlang=2.0, minutes=1.0, mix={"menu": 1.0})
    picture = tmp_path / "load.png"
    draw_load(picture, LoadReport(profile, {"menu": 12.0}, attempts, slots, 70.0))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_drawn_is_told_before(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"want a file that ends in \.png, .* got '\.x'"):
        check_drawable(tmp_path / "load.x")
    with pytest.raises(ConfigError, match="there is no folder"):
        check_drawable(tmp_path / "nowhere" / "load.png")
