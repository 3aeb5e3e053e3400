"""Voice files, indices and prompt files of strangers: sound, or one clear error."""

import io
import os
from pathlib import Path

import numpy as np
import pytest

from telcard.audio import CondensedReader, CondensedWriter, Raw, Reader, vap
from telcard.audio.condensed import Index
from telcard.audio.raw import CODINGS
from telcard.audio.vap import Prompt
from telcard.errors import MediaError
from tests.support.mutate import mutants

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "400"))
SEED = 3
PCM = (np.arange(400) * 97 % 4001 - 2000).astype(np.int16)


@pytest.mark.fuzz
def test_any_octets_are_sound_in_every_coding() -> None:
    for number, data in mutants([bytes(range(256)), b"\x77\x88" * 90], COUNT, SEED):
        raw = Raw(CODINGS[number % len(CODINGS)])
        try:
            with Reader(io.BytesIO(data), raw) as sound:
                frames = sum(len(block) for block in sound.blocks(100 + number % 500))
        except Exception as error:
            raise AssertionError(f"seed {SEED}, input {number}: {error!r}") from error
        if raw.bits:
            assert frames == len(data) * 8 // raw.bits


@pytest.mark.fuzz
def test_spoilt_indices_are_indices_or_refused() -> None:
    good = Index(8000, 90_000, ((0, 500), (8000, 160), (70_000, 20_000)), -1).to_octets()
    read = 0
    for number, data in mutants([good], COUNT, SEED):
        try:
            index = Index.from_octets(data)
        except ValueError:
            continue
        except Exception as error:
            raise AssertionError(f"seed {SEED}, input {number}: {error!r}") from error
        read += 1
        if index.kept:
            assert index.stored(index.real(index.kept - 1)) == index.kept - 1, number
    assert read > COUNT // 50


@pytest.mark.fuzz
def test_spoilt_prompt_files_are_prompts_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.vap"
    vap.write(path, [Prompt.of(PCM, Raw("vox", 6000), "one"), Prompt.of(PCM, Raw("vox", 6000))])
    for number, data in mutants([path.read_bytes()], COUNT // 2, SEED):
        path.write_bytes(data)
        try:
            prompts = vap.read(path)
        except MediaError:
            continue
        except Exception as error:
            raise AssertionError(f"seed {SEED}, input {number}: {error!r}") from error
        assert all(len(prompt.pcm) == 2 * len(prompt.octets) for prompt in prompts[:3])


@pytest.mark.fuzz
def test_spoilt_condensed_recordings_are_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with CondensedWriter(path) as file:
        for _ in range(2):
            file.write(np.concatenate([np.repeat(PCM, 2), np.zeros(8000, np.int16)]))
    for number, data in mutants([path.read_bytes()], COUNT // 4, SEED):
        path.write_bytes(data)
        try:
            with CondensedReader(path) as sound:
                for count, _ in enumerate(sound.blocks(8000)):
                    if count > 50:  # an index may promise years of silence
                        break
        except MediaError:
            continue
        except Exception as error:
            raise AssertionError(f"seed {SEED}, input {number}: {error!r}") from error
