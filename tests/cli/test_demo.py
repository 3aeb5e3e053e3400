"""`telcard demo`: what a newcomer sees, and what it leaves for him."""

from pathlib import Path

import numpy as np

from telcard import audio
from telcard.rehearsal import SAMPLE_PINS
from tests.cli.conftest import Telcard


def test_the_demo_tells_shows_and_leaves_three_calls(telcard: Telcard, tmp_path: Path) -> None:
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
    ):
        assert line in said, line
    for reason in ("goodbye", "too many tries", "caller hung up"):
        assert f"ANSWERED  {reason}" in said
    recordings = sorted(tmp_path.glob("*.wav"))
    assert len(recordings) == 3
    for recording in recordings:
        pcm, samplerate = audio.read(recording)
        assert (pcm.shape[1], samplerate) == (2, 8000)
        assert np.abs(pcm.astype(int)).max() > 3000
        assert recording.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        assert recording.name in said
    assert not [path for path in tmp_path.iterdir() if path.suffix not in (".wav", ".png")]
    assert not any(pin in said for pin in SAMPLE_PINS.values())
