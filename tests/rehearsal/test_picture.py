"""The picture of a call: drawn from its recording and its events."""

import sys
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.errors import MediaError, MissingExtra
from telcard.events import Event
from telcard.rehearsal.picture import timeline


def event(second: float, name: str, **facts) -> Event:
    return Event(round(8000 * second), "1", 0, name, facts)


EVENTS = [
    event(10, "recording", file="call.wav"),
    event(10, "step", step="welcome"),
    event(10, "says", text="Welcome to the bank hotline."),
    event(12, "said", start=80000, complete=True),
    event(13, "digit", digit="7"),
    event(14, "masked"),
    event(20, "unmasked"),
    event(33, "masked"),
]


def recorded(tmp_path: Path, seconds: int) -> Path:
    chance = np.random.default_rng(1)
    pcm = chance.integers(-9000, 9000, (8000 * seconds, 2)).astype(np.int16)
    audio.write(tmp_path / "call.wav", pcm)
    return tmp_path / "call.wav"


@pytest.mark.parametrize("seconds", [1, 18, 40])
def test_a_call_of_any_length_is_drawn(tmp_path: Path, seconds: int) -> None:
    picture = tmp_path / "call.png"
    timeline(picture, recorded(tmp_path, seconds), EVENTS, "a call")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_recording_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"gone\.wav"):
        timeline(tmp_path / "call.png", tmp_path / "gone.wav", EVENTS, "a call")


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtra, match=r"telcard\[analysis\]"):
        timeline(tmp_path / "call.png", recorded(tmp_path, 1), EVENTS, "a call")
