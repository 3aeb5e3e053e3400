"""The picture of an echo."""

import sys
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.analysis.cleaning import clean_recording, measure_recording
from telcard.analysis.echo_picture import draw_echo
from telcard.errors import ConfigError, MissingExtra
from tests.support.echoes import hybrid, later, pcm, prompts


@pytest.mark.parametrize("erl_db", [12.0, 200.0])
def test_an_echo_is_drawn_and_so_is_none(tmp_path: Path, erl_db: float, monkeypatch) -> None:
    receive = prompts(4, -18)
    echo = later(np.convolve(receive, hybrid(erl_db=erl_db))[: len(receive)], 100)
    path = tmp_path / "call.wav"
    audio.write(path, np.stack([pcm(receive), pcm(echo, seed=8)], axis=1))
    found = measure_recording(path)
    cleaned = clean_recording(path, found)
    draw_echo(tmp_path / "a.png", "call", found, cleaned)
    assert (tmp_path / "a.png").stat().st_size > 20_000
    with pytest.raises(ConfigError, match=r"--picture .*a\.nonsense: "):
        draw_echo(tmp_path / "a.nonsense", "call", found, cleaned)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtra, match=r"telcard\[analysis\]"):
        draw_echo(tmp_path / "a.png", "call", found, cleaned)
