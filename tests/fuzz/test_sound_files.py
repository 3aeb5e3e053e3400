"""Sound files of strangers: whatever the octets, they are sound or a `MediaError`."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from telcard import audio
from telcard.errors import MediaError
from tests.support.mutate import mutants

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "500"))
SEED = 1


def good_files() -> list[bytes]:
    pcm = (np.arange(400) * 97 % 4001 - 2000).astype(np.int16)
    kinds = [
        ("WAV", "ALAW"), ("WAV", "ULAW"), ("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAVEX", "PCM_16"),
        ("AU", "ULAW"), ("AIFF", "PCM_16"), ("FLAC", "PCM_16"), ("RF64", "PCM_16"),
    ]  # fmt: skip
    files = []
    for container, subtype in kinds:
        for sound in (pcm, np.stack([pcm, pcm[::-1]], axis=1)):
            octets = io.BytesIO()
            soundfile.write(octets, sound, 8000, format=container, subtype=subtype)
            files.append(octets.getvalue())
    return files


@pytest.mark.fuzz
def test_spoilt_sound_files_are_sound_or_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "spoilt"
    read = refused = 0
    for number, data in mutants(good_files(), COUNT, SEED):
        path.write_bytes(data)
        try:
            pcm, samplerate = audio.read(path, max_seconds=60)
        except MediaError:
            refused += 1
        except Exception as error:
            raise AssertionError(f"seed {SEED}, input {number}: {error!r}") from error
        else:
            assert pcm.dtype == np.int16
            assert samplerate > 0
            read += 1
    assert read > COUNT // 10  # the inputs do get past the first check
    assert refused > COUNT // 10
