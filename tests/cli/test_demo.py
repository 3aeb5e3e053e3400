"""`telcard demo`: what a newcomer sees, and what it leaves for him."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.rehearsal import SAMPLE_PINS
from tests.cli.conftest import Telcard


def test_the_demo_tells_shows_and_leaves_its_calls(telcard: Telcard, tmp_path: Path) -> None:
    status, said, complained = telcard("demo", "--out", tmp_path)
    assert status == 0
    assert complained == ""
    for line in (
        "02154321001 calls 95588 on dtiB1T1",
        "bank    Welcome to the bank hotline.",
        "caller  10020030#",
        "identified: yes",
        "Your balance is one thousand four hundred forty-seven dollars and fifty-five cents.",
        "identified: no",
        "ended by caller",
        "Your transfer is accepted. Your receipt number is zero",
        "screen  Anna sees 02154321005, account ...0030 (proved)",
        "agent   (the telephone on msiB1C1 rings)",
        "agent   (presses the hook: the caller goes back)",
        "bank    You are back at the automatic service.",
    ):
        assert line in said, line
    for reason in ("goodbye", "too many tries", "caller hung up", "caller sent back"):
        assert f"ANSWERED  {reason}" in said
    recordings = sorted(tmp_path.glob("*.wav"))
    assert len(recordings) == 5
    for recording in recordings:
        pcm, samplerate = audio.read(recording)
        assert (pcm.shape[1], samplerate) == (2, 8000)
        assert np.abs(pcm.astype(int)).max() > 3000
        assert recording.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        assert recording.name in said
    assert not [path for path in tmp_path.iterdir() if path.suffix not in (".wav", ".png")]
    assert not any(pin in said for pin in SAMPLE_PINS.values())


def test_without_matplotlib_there_are_no_pictures_and_one_sentence(
    telcard: Telcard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    status, said, _ = telcard("demo", "--out", tmp_path)
    assert status == 0
    assert said.count("telcard[analysis]") == 1
    assert ".png" not in said


@pytest.mark.parametrize(
    ("at", "how"),
    [
        ("Please enter your telephone PIN", []),
        pytest.param("calls 95588", [], marks=pytest.mark.slow),
        pytest.param("Please enter your telephone PIN", ["--live"], marks=pytest.mark.slow),
    ],
)
def test_ctrl_c_ends_the_demo_without_a_traceback(tmp_path: Path, at: str, how: list[str]) -> None:
    command = [sys.executable, "-u", "-m", "telcard", "demo", "--out", str(tmp_path), *how]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job ignores Ctrl-C, and so would everything that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        for line in demo.stdout:
            if at in line:
                break
        demo.send_signal(signal.SIGINT)
        demo.stdout.read()
        complained = demo.stderr.read()
    assert demo.returncode == 130
    assert "Traceback" not in complained
    assert "error" not in complained.lower()
