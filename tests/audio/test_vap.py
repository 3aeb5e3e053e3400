"""Indexed prompt files: their octets as described, and back."""

import struct
from pathlib import Path

import numpy as np
import pytest

from telcard.audio import Raw, vap
from telcard.audio.vap import Prompt
from telcard.dsp import adpcm
from telcard.errors import MediaError

TONE = (5000 * np.sin(np.arange(600) * 0.5)).astype(np.int16)


def test_a_file_laid_out_as_described_is_read(tmp_path: Path) -> None:
    first, second = adpcm.encode_adpcm(TONE), adpcm.encode_adpcm(-TONE)
    text = b"welcome\x1a"
    start = 24 + 3 * 12
    directory = struct.pack("<3I", start, 300, 0) + struct.pack(
        "<3I", start + 300, 300, start + 600
    )
    head = struct.pack("<6I", 3, 6000, 2, 0, start + 608, 0)
    (tmp_path / "a.vap").write_bytes(head + directory + bytes(12) + first + second + text)
    prompts = vap.read(tmp_path / "a.vap")
    assert [prompt.text for prompt in prompts] == ["", "welcome"]
    assert prompts[0].raw == Raw("vox", 6000)
    np.testing.assert_array_equal(prompts[1].pcm, adpcm.decode_adpcm(second))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written = [Prompt.of(TONE, Raw("ulaw"), "one"), Prompt.of(TONE[:77], Raw("ulaw"), "zwei")]
    vap.write(tmp_path / "a.vap", written)
    assert vap.read(tmp_path / "a.vap", "ulaw") == written


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"short", "want a VAP header of 24 octets, got 5"),
        (struct.pack("<6I", 1, 6000, 2, 0, 0, 0) + bytes(99), "no VAP file: 2 of 1 prompts"),
        (struct.pack("<6I", 9, 6000, 9, 0, 0, 0) + bytes(99), "no VAP file: 9 of 9 prompts"),
        (struct.pack("<6I", 1, 3, 1, 0, 0, 0) + bytes(99), "no VAP file: 1 of 1 prompts at 3 Hz"),
        (
            struct.pack("<9I", 1, 6000, 1, 0, 0, 0, 30, 99, 0),
            "prompt 0: want 99 octets from 30 on, the file has 36",
        ),
    ],
)
def test_what_is_no_vap_file_is_one_sentence(tmp_path: Path, octets: bytes, told: str) -> None:
    (tmp_path / "a.vap").write_bytes(octets)
    with pytest.raises(MediaError, match=told):
        vap.read(tmp_path / "a.vap")


def test_other_failures_are_told(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be read: No such file"):
        vap.read(tmp_path / "none.vap")
    with pytest.raises(ValueError, match="coding: want one of alaw"):
        vap.read(tmp_path / "none.vap", "mp9")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="want prompts of one coding and samplerate, got 2 kinds"):
        vap.write(
            tmp_path / "a.vap", [Prompt(b"", Raw("vox", 6000)), Prompt(b"", Raw("vox", 8000))]
        )
