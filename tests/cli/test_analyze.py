"""`telcard analyze`: table, JSON lines, picture; good files and bad."""

import json
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.dsp import g711, tones
from tests.cli.conftest import Telcard, sentence
from tests.support.recordings import called_and_dialled, dialled_call


@pytest.fixture
def call(tmp_path: Path) -> Path:
    path = tmp_path / "call.wav"
    audio.write(path, dialled_call())
    return path


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The second and a half of the call in which the caller keys."""
    path = tmp_path / "keys.wav"
    audio.write(path, dialled_call()[16_000:28_000])
    return path


def test_the_table_tells_each_side_keys_tones_and_cadence(telcard: Telcard, call: Path) -> None:
    status, said, complained = telcard("analyze", call)
    assert (status, complained) == (0, "")
    for words in (
        "0:17.490  stereo, 8000 Hz",
        "right keys 5551#",
        "tone 350 + 440 Hz",
        "425 Hz  1.00 on, 4.00 off",
        "3 times",
        "tone 1400 Hz",
        "digit 5",
        "twist +2.0 dB, off by +0.00 +0.00 %",
        "silence",
    ):
        assert words in said, said


def test_caller_ids_and_rotary_dials_have_their_rows(telcard: Telcard, tmp_path: Path) -> None:
    path = tmp_path / "ringing.wav"
    audio.write(path, called_and_dialled())
    status, said, _ = telcard("analyze", path)
    assert status == 0
    for words in ("caller ID bellcore", "6095551212, JOHN DOE", "dialled 7", "10.0 a second"):
        assert words in said, said
    assert "tone 1200" not in said
    _, said, _ = telcard("analyze", "--json", path)
    (caller,) = (line for line in map(json.loads, said.splitlines()) if line["kind"] == "caller_id")
    assert (caller["number"], caller["time"], caller["error"]) == ("6095551212", None, None)


def test_json_lines_are_one_finding_each_in_order(telcard: Telcard, call: Path) -> None:
    status, said, _ = telcard("analyze", "--json", call)
    assert status == 0
    lines = [json.loads(line) for line in said.splitlines()]
    assert all(line["file"] == str(call) for line in lines)
    assert [line["kind"] for line in lines[:2]] == ["level", "level"]
    starts = [line["start_s"] for line in lines[2:]]
    assert starts == sorted(starts)
    digits = [line for line in lines if line["kind"] == "digit"]
    assert "".join(line["digit"] for line in digits) == "5551#"
    assert {line["side"] for line in digits} == {"right"}
    (ringing,) = (line for line in lines if line["kind"] == "cadence")
    assert ringing["hz"] == pytest.approx([425], abs=1)
    assert ringing["pattern_s"] == pytest.approx([1, 4], abs=0.01)
    assert telcard("analyze", "--json", call)[1] == said


def test_an_unreadable_file_is_one_sentence_and_the_others_are_analysed(
    telcard: Telcard, tmp_path: Path, call: Path
) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF, and then nothing of the kind")
    status, said, complained = telcard("analyze", bad, tmp_path / "none.wav", call)
    assert status == 1
    assert "right keys 5551#" in said
    first, second = complained.splitlines()
    assert first.startswith(f"telcard: {bad}: cannot be read as sound: ")
    assert second == f"telcard: {tmp_path / 'none.wav'}: cannot be read as sound: no such file"


def test_a_folder_is_all_its_sounds_each_with_its_picture(
    telcard: Telcard, tmp_path: Path, call: Path
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "keys.al").write_bytes(g711.encode_alaw(tones.dtmf("42")))
    (tmp_path / "notes.txt").write_text("no sound")
    status, said, _ = telcard("analyze", tmp_path, "--picture", tmp_path / "out")
    assert status == 0
    assert said.index("call.wav") < said.index("keys.al")
    assert "mono  keys 42" in said
    pictures = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert pictures == ["call.wav.png", "keys.al.png"]


def test_bare_octets_are_what_one_says_they_are(telcard: Telcard, tmp_path: Path) -> None:
    path = tmp_path / "octets"
    path.write_bytes(np.repeat(tones.dtmf("7*"), 2).astype("<i2").tobytes())
    words = ("--raw", "pcm", "--samplerate", 8000, "--channels", 2)
    status, said, _ = telcard("analyze", path, *words)
    assert status == 0
    assert "left  keys 7*" in said
    assert "right keys 7*" in said


@pytest.mark.parametrize("window", [("--from", 2, "--to", 4), ("--from", 16)])
def test_the_picture_may_show_a_window(telcard: Telcard, call: Path, window: tuple) -> None:
    out = call.with_suffix(".png")
    status, said, _ = telcard("analyze", call, "--picture", out, *window)
    assert status == 0
    assert f"call.png: {window[1]} to" in said.replace("\n", "")
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("call.wav", "--picture", "a.png", "--from", "99"), "want a stretch within its 17.5 s"),
        (("call.wav", "--picture", "a.nonsense"), "--picture a.nonsense: "),
        (("call.wav", "call.wav", "--picture", "call.wav"), "want a folder for the pictures"),
        (("empty",), "empty: no sound files in there"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    telcard: Telcard, call: Path, monkeypatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(call.parent)
    Path("empty").mkdir()
    status, _, complained = telcard("analyze", *words)
    assert status == 1
    assert told in sentence(complained)


def test_a_file_without_sound_has_nothing_in_it(telcard: Telcard, tmp_path: Path) -> None:
    audio.write(tmp_path / "a.wav", np.zeros(0, np.int16))
    status, said, _ = telcard("analyze", tmp_path / "a.wav")
    assert status == 0
    assert "digital silence" in said
    assert "no digits, no steady tones" in said


def test_files_of_one_name_have_pictures_of_their_own(telcard: Telcard, keys: Path) -> None:
    other = keys.parent / "other" / keys.name
    other.parent.mkdir()
    audio.write(other, tones.dtmf("1"))
    assert telcard("analyze", keys, other, "--picture", keys.parent / "out")[0] == 0
    pictures = sorted(path.name for path in (keys.parent / "out").iterdir())
    assert pictures == ["keys.wav-2.png", "keys.wav.png"]


def test_a_recording_too_short_for_the_window_keeps_no_other_from_its_picture(
    telcard: Telcard, keys: Path
) -> None:
    short = keys.parent / "a_short.wav"
    audio.write(short, tones.dtmf("1"))
    words = ("--picture", keys.parent / "out", "--from", 1, "--json")
    status, said, complained = telcard("analyze", short, keys, *words)
    assert status == 1
    assert f"{short}: want a stretch within its 0.2 s" in sentence(complained)
    assert '"digit": "#"' in said
    assert (keys.parent / "out" / "keys.wav.png").exists()
