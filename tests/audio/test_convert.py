"""From file to file."""

from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.audio import Raw
from telcard.errors import MediaError

TONE = (8000 * np.sin(np.arange(16_000) * 2 * np.pi * 1000 / 8000)).astype(np.int16)


def test_a_voice_file_becomes_a_wav_file_and_back_at_another_rate(tmp_path: Path) -> None:
    audio.write(tmp_path / "a.wav", TONE, subtype="PCM_16")
    done: list[float] = []
    assert (
        audio.convert(
            tmp_path / "a.wav", tmp_path / "b.vox", to=Raw("vox", 6000), progress=done.append
        )
        is None
    )
    assert done[-1] == 1.0
    assert (tmp_path / "b.vox").stat().st_size == 6000
    audio.convert(tmp_path / "b.vox", tmp_path / "c.wav", raw=Raw("vox", 6000), subtype="PCM_16")
    pcm, samplerate = audio.read(tmp_path / "c.wav")
    assert (samplerate, len(pcm)) == (8000, 16_000)
    spectrum = np.abs(np.fft.rfft(pcm[4000:12_000]))
    assert spectrum.argmax() == 1000
    assert np.sqrt(np.mean(pcm[4000:12_000].astype(float) ** 2)) == pytest.approx(5657, rel=0.05)


def test_damage_is_told_and_what_cannot_be_done_raises(tmp_path: Path) -> None:
    audio.write(tmp_path / "a.wav", TONE)
    octets = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(octets[:9000])
    told = audio.convert(tmp_path / "a.wav", tmp_path / "b.flac")
    assert told is not None
    assert "cut short" in told
    with pytest.raises(MediaError, match="to: want 4000 to 192000 Hz, got 100"):
        audio.convert(tmp_path / "a.wav", tmp_path / "b.wav", samplerate=100)
