"""`telcard countries`."""

from pathlib import Path

import numpy as np

from telcard import audio
from telcard.countries import countries, country
from telcard.dsp.tones import sounded
from tests.cli.conftest import Telcard, sentence


def test_countries_are_listed(telcard: Telcard) -> None:
    status, said, complained = telcard("countries")
    assert (status, complained) == (0, "")
    assert "telcard.open(..., country='CODE')" in said
    for code in countries():
        assert any(line.startswith(f" {code} ") for line in said.splitlines()), code


def test_a_country_is_explained_with_its_cadences_and_sources(telcard: Telcard) -> None:
    status, said, _ = telcard("countries", "cn")
    assert status == 0
    for fact in ("China (CN)", "90 to 600 ms", "███▌···███▌···", "0.35 on 0.35 off", "GB 2312"):
        assert fact in said
    assert "not compared with any text: tones.dial" in said
    status, said, _ = telcard("countries", "US")
    assert "no loop current for 350 to 1500 ms" in said


def test_what_a_country_has_not_is_told_as_well(telcard: Telcard) -> None:
    _, said, _ = telcard("countries", "AO")
    assert "caller ID  none that is known" in said
    assert "1 on 5 off" in said


def test_tones_are_written_in_the_law_of_the_country(telcard: Telcard, tmp_path: Path) -> None:
    status, said, _ = telcard("countries", "US", "--wav", tmp_path / "us")
    assert status == 0
    for name, tone in country("US").tones.items():
        file = tmp_path / "us" / f"us_{name}.wav"
        assert file.name in said
        pcm, samplerate = audio.read(file)
        assert samplerate == 8000
        wanted = sounded(tone, 20.0)[: len(pcm)]
        assert np.abs(pcm[: len(wanted)] - wanted.astype(int)).max() < 650  # u-law's own steps


def test_an_unknown_country_is_one_sentence(telcard: Telcard, tmp_path: Path) -> None:
    status, _, complained = telcard("countries", "CNN")
    assert status == 1
    assert "no country has the code 'CNN'; did you mean CN?" in sentence(complained)
    assert "--wav: want the code of a country" in sentence(telcard("countries", "--wav", "x")[2])
    (tmp_path / "file").touch()
    said = sentence(telcard("countries", "DE", "--wav", tmp_path / "file" / "x")[2])
    assert "cannot be made: Not a directory" in said
