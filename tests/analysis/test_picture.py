"""The picture of a recording."""

import sys
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.analysis import Analysis, analyse, picture
from telcard.analysis.detectors import Levels
from telcard.analysis.signals import digits
from telcard.errors import ConfigError, MissingExtra
from tests.support.recordings import dialled_call, everything


def recorded(tmp_path: Path, pcm: np.ndarray, samplerate: int = 8000) -> str:
    path = tmp_path / "a.wav"
    audio.write(path, pcm, samplerate, "PCM_16")
    return str(path)


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return analyse(recorded(tmp_path_factory.mktemp("call"), dialled_call()))


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_call_is_drawn_with_what_was_found(tmp_path: Path, call: Analysis, suffix: str) -> None:
    out = tmp_path / f"a{suffix}"
    assert picture(out, call) == (0.0, call.length_s)
    assert out.read_bytes().startswith(b"\x89PNG" if suffix == ".png" else b"<?xml")


@pytest.mark.parametrize("seconds", [0.001, 0.05, 1, 140])
def test_any_length_and_samplerate_are_drawn(tmp_path: Path, seconds: float) -> None:
    samplerate = 16_000 if seconds < 2 else 8000
    pcm = np.random.default_rng(1).normal(0, 3000, round(seconds * samplerate)).astype(np.int16)
    found = analyse(recorded(tmp_path, pcm, samplerate), detectors=[digits])
    picture(tmp_path / "a.png", found)
    assert (tmp_path / "a.png").stat().st_size > 5000


def test_every_lane_is_drawn(tmp_path: Path) -> None:
    found = analyse(recorded(tmp_path, everything()[: 20 * 8000]))
    assert {"keys", "signals", "data", "tones"} <= {item.lane for item in found.findings}
    picture(tmp_path / "a.png", found)
    assert (tmp_path / "a.png").stat().st_size > 50_000


def test_a_window_of_it_can_be_chosen(tmp_path: Path, call: Analysis) -> None:
    assert picture(tmp_path / "a.png", call, start_s=2, end_s=5) == (2, 5)
    assert picture(tmp_path / "a.png", call, start_s=15, end_s=99) == (15, call.length_s)
    for start_s, end_s in ((99.0, None), (5.0, 5.0), (5.0, 2.0)):
        with pytest.raises(ConfigError, match=r"want a stretch within its 17\.5 s"):
            picture(tmp_path / "a.png", call, start_s=start_s, end_s=end_s)


def test_more_than_ten_minutes_are_drawn_only_in_part(tmp_path: Path) -> None:
    found = analyse(recorded(tmp_path, np.zeros(8000 * 601, np.int16)), detectors=[Levels])
    assert picture(tmp_path / "a.png", found) == (0, 600)
    with pytest.raises(ConfigError, match="want at most 600 s in a picture, got 601 s"):
        picture(tmp_path / "a.png", found, end_s=601)


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch) -> None:
    found = analyse(recorded(tmp_path, np.zeros(800, np.int16)))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtra, match=r"telcard\[analysis\]"):
        picture(tmp_path / "a.png", found)
