"""Files written in blocks are those written in one piece."""

import io
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.audio import Raw
from telcard.errors import MediaError

PCM = np.random.default_rng(3).integers(-9000, 9000, (5000, 2)).astype(np.int16)


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_blocks_make_the_same_file(tmp_path: Path, name: str) -> None:
    audio.write(tmp_path / name, PCM)
    with audio.Writer(tmp_path / f"b{name}", channels=2) as file:
        for part in np.array_split(PCM, 7):
            file.write(part)
    assert file.frames == 5000
    np.testing.assert_array_equal(
        audio.read(tmp_path / name)[0], audio.read(tmp_path / f"b{name}")[0]
    )


def test_a_flac_file_is_lossless_without_being_asked(tmp_path: Path) -> None:
    audio.write(tmp_path / "a.flac", PCM)
    np.testing.assert_array_equal(audio.read(tmp_path / "a.flac")[0], PCM)


def test_octets_have_raws_samplerate() -> None:
    file = io.BytesIO()
    writer = audio.Writer(file, raw=Raw("vox", 6000))
    writer.write(PCM[:, 0])
    writer.close()
    assert (writer.samplerate, writer.frames, len(file.getvalue())) == (6000, 5000, 2500)


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"want \(frames, 2\), got shape \(5000,\)"):
        audio.Writer(tmp_path / "a.wav", channels=2).write(PCM[:, 0])
    with pytest.raises(MediaError, match=r"a\.al: want 1 channel at 8000 Hz by its ending, got 2"):
        audio.write(tmp_path / "a.al", PCM)
    with pytest.raises(MediaError, match="cannot be written: no such file"):
        audio.write(tmp_path / "none" / "a.vox8", PCM[:, 0])
