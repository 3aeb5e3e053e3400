"""`telcard echo`."""

import json
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.analysis.echo import EchoPath
from telcard.cli.echo import of_delay
from tests.cli.conftest import Telcard, sentence
from tests.support.echoes import hybrid, later, pcm, prompts


@pytest.fixture
def call(tmp_path: Path) -> Path:
    receive = prompts(6, -16)
    echo = later(np.convolve(receive, hybrid())[: len(receive)], 240)
    audio.write(tmp_path / "call.wav", np.stack([pcm(receive), pcm(echo, seed=8)], axis=1))
    return tmp_path / "call.wav"


def test_a_recording_is_measured_and_cleaned(telcard: Telcard, call: Path) -> None:
    status, said, complained = telcard("echo", call, "--picture", call.with_suffix(".png"))
    assert (status, complained) == (0, "")
    for told in ("left: towards the line", "stands out by", "less echo (ERLE)", "call-clean.wav"):
        assert told in said
    assert audio.read(call.with_name("call-clean.wav"))[0].shape == (48_000, 2)
    assert call.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_programs_get_one_json_object(telcard: Telcard, call: Path) -> None:
    status, said, _ = telcard("echo", call, "--json", "--measure-only", "--tail-ms", 32)
    told = json.loads(said)
    assert status == 0
    assert told["echo"]["delay_ms"] == pytest.approx(30, abs=0.5)
    assert len(told["echo"]["taps"]) > 8
    assert (told["tail_ms"], told["output"], told["double_talk"]) == (32, None, 0)
    assert told["erle_db"] > 6
    assert [path.name for path in call.parent.iterdir()] == ["call.wav"]


def test_the_other_way_round_there_is_none_and_swap_is_named(telcard: Telcard, call: Path) -> None:
    pcm, _ = audio.read(call)
    audio.write(call, pcm[::-1, ::-1])  # backwards, an effect comes before its cause
    _, said, _ = telcard("echo", call, "-o", call.with_name("b.wav"), "--swap")
    assert "right: towards the line" in said
    audio.write(call, np.stack([pcm[:, 0], pcm[::-1, 0] // 4], axis=1))
    _, said, _ = telcard("echo", call, "--measure-only")
    assert "none stands out; if the sides are the other way round: --swap" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("mono.wav",), "mono.wav: want two channels, one towards the line"),
        (("empty.wav",), "empty.wav: holds no sound"),
        (("none.wav",), "none.wav: cannot be read as sound: no such file"),
        ((".",), ".: want a recording, got a folder"),
        (("text.wav",), "text.wav: cannot be read as sound"),
        (("call.wav", "-o", "none/clean.wav"), "none/clean.wav: cannot be written"),
        (("call.wav", "--picture", "none.xyz"), "--picture none.xyz: "),
        (("call.wav", "-o", "call.wav"), "call.wav: want another file to write"),
        (("call.wav", "--tail-ms", "20"), "--tail-ms: want 8 to 128 in steps of 8, got 20"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    telcard: Telcard, call: Path, monkeypatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(call.parent)
    audio.write("mono.wav", np.zeros(80, np.int16))
    Path("text.wav").write_text("no sound")
    audio.write("empty.wav", np.zeros((0, 2), np.int16))
    status, _, complained = telcard("echo", *words)
    assert status == 1
    assert told in sentence(complained)


def test_a_damaged_file_is_cleaned_as_far_as_it_goes(telcard: Telcard, call: Path) -> None:
    call.write_bytes(call.read_bytes()[:50_000])
    status, said, complained = telcard("echo", call)
    assert status == 1
    assert "call.wav: cut short" in sentence(complained)
    assert "call-clean.wav" in said


@pytest.mark.parametrize(
    ("delay_ms", "drift_ppm", "jumps", "told"),
    [
        (20, None, (), "too little talk"),
        (20, 0.2, (), "stays"),
        (20, -40.0, (), "drifts by -40.0 ppm, -144 ms an hour"),
        (20, 0.0, (12.0, 40.0), "jumps, 2 times: about 12 s, 40 s"),
        (-20, 0.0, (), "before what causes it"),
    ],
)
def test_the_delay_is_told_in_words(
    delay_ms: float, drift_ppm: float | None, jumps: tuple[float, ...], told: str
) -> None:
    path = EchoPath(delay_ms, 5, 12, 30, np.ones(3), (), drift_ppm, jumps)
    assert told in of_delay(path)
