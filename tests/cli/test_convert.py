"""`telcard convert`."""

from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.audio import Raw
from tests.cli.conftest import Telcard, sentence

TONE = (8000 * np.sin(np.arange(8000) * 0.4)).astype(np.int16)


def test_a_folder_of_voice_files_becomes_wav_files(telcard: Telcard, tmp_path: Path) -> None:
    for name in ("a.vox", "more/b.vox"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        audio.write(tmp_path / "in" / name, TONE, raw=Raw("vox", 6000))
    out = tmp_path / "out"
    words = ("--raw", "vox", "--samplerate", 6000, "--subtype", "PCM_16", "--out", out)
    status, _, complained = telcard("convert", tmp_path / "in", *words)
    assert (status, complained) == (0, "")
    for name in ("a.wav", "more/b.wav"):
        pcm, samplerate = audio.read(out / name)
        assert (samplerate, len(pcm)) == (8000, 10_667)


def test_a_file_becomes_bare_octets_at_another_rate(telcard: Telcard, tmp_path: Path) -> None:
    audio.write(tmp_path / "a.flac", TONE)
    words = ("--to", "g726-32", "--rate", 16_000, "--out", tmp_path / "a.g726")
    status, _, _ = telcard("convert", tmp_path / "a.flac", *words)
    assert status == 0
    assert (tmp_path / "a.g726").stat().st_size == 8000


def test_damage_is_told_and_the_rest_converted(telcard: Telcard, tmp_path: Path) -> None:
    audio.write(tmp_path / "a.wav", TONE)
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:5000])
    (tmp_path / "b.wav").write_bytes(b"no sound")
    out = tmp_path / "out"
    out.mkdir()
    status, _, complained = telcard("convert", tmp_path / "a.wav", tmp_path / "b.wav", "-o", out)
    assert status == 1
    first, second = complained.splitlines()
    assert "a.wav: cut short" in first
    assert "b.wav: cannot be read as sound" in second
    assert (out / "a.wav").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("a.wav", "-o", "a.wav"), "a.wav: want another file to write than the one that is read"),
        (("a.wav", "x/a.wav", "-o", "out"), "want one file to become this, got several"),
        (("empty", "-o", "out"), "empty: no sound files in there"),
        (("a.wav", "-o", "out.vox"), "out.vox: has no header, so want to be told the samplerate"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    telcard: Telcard, tmp_path: Path, monkeypatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("x", "empty"):
        Path(folder).mkdir()
    for name in ("a.wav", "x/a.wav"):
        audio.write(name, TONE)
    status, _, complained = telcard("convert", *words)
    assert status == 1
    assert told in sentence(complained)
