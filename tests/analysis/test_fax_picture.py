"""The picture of a fax call."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.analysis.fax_picture import constellation, draw_fax
from telcard.analysis.faxes import FaxFound, listen_to_recording
from telcard.errors import ConfigError, MissingExtra
from tests.support.fax_recordings import call, mixed


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> FaxFound:
    path = tmp_path_factory.mktemp("call") / "call.wav"
    audio.write(path, call())
    return listen_to_recording(path)


def test_every_signal_of_a_call_has_its_place_in_time(found: FaxFound) -> None:
    told = [(signal.station, signal.name) for signal in found.signals]
    assert told[:4] == [
        ("caller", "cng"),
        ("called", "ans"),
        ("caller", "cng"),
        ("called", "frames"),
    ]
    assert told[4:6] == [("caller", "frames"), ("caller", "training check")]
    assert told[6:8] == [("called", "frames"), ("caller", "page")]
    ends = [0, *(signal.ended for signal in found.signals[3:])]
    assert all(end <= signal.began for end, signal in zip(ends, found.signals[3:], strict=False))


def test_points_of_a_page_are_those_of_its_modem(found: FaxFound, tmp_path: Path) -> None:
    """The sum of V.17's two coordinates is odd for each of its 128 points."""
    for page in found.pages:
        points = constellation(found, page)
        assert points is not None
        assert len(points) > 300
        parts = np.concatenate([points.real + points.imag, points.real - points.imag])
        off = parts - (2 * np.round((parts - 1) / 2) + 1)
        assert np.sqrt(np.mean(off**2)) < 0.4  # 0.58 of points anywhere
    path = tmp_path / "mixed.wav"
    audio.write(path, mixed(call()))
    both = listen_to_recording(path)
    assert constellation(both, both.pages[0]) is not None


def test_a_call_is_drawn(found: FaxFound, tmp_path: Path, monkeypatch) -> None:
    draw_fax(tmp_path / "a.svg", found)
    drawn = (tmp_path / "a.svg").read_text()
    assert drawn.startswith("<?xml")
    with pytest.raises(
        ConfigError, match=r"--picture .*a\.gif: want \.png, \.pdf, \.svg, got \.gif"
    ):
        draw_fax(tmp_path / "a.gif", found)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtra, match=r"telcard\[analysis\]"):
        draw_fax(tmp_path / "a.svg", found)


def test_a_call_without_pages_is_drawn_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "late.wav"
    audio.write(path, call("v17", False)[8000 * 13 :])
    found = listen_to_recording(path)
    draw_fax(tmp_path / "a.png", found)
    assert (tmp_path / "a.png").stat().st_size > 10_000
    with pytest.raises(ConfigError, match=r"cannot be written: No such file or directory"):
        draw_fax(tmp_path / "none" / "a.svg", replace(found, transcript=(), signals=()))
