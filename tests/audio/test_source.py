"""What lies under reader and writer: headers that promise more than there is, names, failures."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest

from telcard.audio.source import as_int16, missing_octets, name, reason
from telcard.errors import MediaError


@pytest.mark.parametrize(
    ("told", "missing"),
    [(100, None), (101, (100, 101)), (0, None), (0xFFFFFFFF, None), (0x7FFFFFFF, None)],
)
def test_a_header_that_promises_more_than_there_is_is_found(
    tmp_path: Path, told: int, missing: tuple[int, int] | None
) -> None:
    head = b"RIFF" + bytes(4) + b"WAVE" + b"LIST" + struct.pack("<I", 3) + b"abc\0"
    path = tmp_path / "a.wav"
    path.write_bytes(head + b"data" + struct.pack("<I", told) + bytes(100))
    assert missing_octets(path) == missing


def test_other_files_promise_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"RIFFxxxxWAVE")
    assert missing_octets(tmp_path / "a") is None
    assert missing_octets(io.BytesIO(b"RIFF")) is None


def test_things_have_names_and_reasons() -> None:
    assert name(io.BytesIO()) == "sound in memory"
    assert reason(FileNotFoundError(2, "No such file or directory")) == "no such file or directory"
    assert reason(ValueError("too much.")) == "too much"
    with pytest.raises(MediaError, match="a: want int16 or float samples, got int32"):
        as_int16(np.zeros(3, np.int32), "a")
