"""Sound in blocks: the same samples as in one piece, whatever the file is."""

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from telcard import audio
from telcard.dsp import g711
from telcard.errors import MediaError

PCM = np.random.default_rng(1).integers(-32768, 32768, (10_000, 2)).astype(np.int16)


@pytest.mark.parametrize("subtype", ["PCM_16", "ALAW", "ULAW", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("frames", [1, 777, 100_000])
def test_blocks_together_are_what_read_gives(tmp_path: Path, subtype: str, frames: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, PCM[:2000] / 32768, 16_000, subtype=subtype)
    with audio.Reader(path) as sound:
        assert (sound.samplerate, sound.channels, sound.frames) == (16_000, 2, 2000)
        blocks = list(sound.blocks(frames))
    assert all(len(block) == frames for block in blocks[:-1])
    np.testing.assert_array_equal(np.concatenate(blocks), audio.read(path)[0])


def test_octets_without_a_header_are_what_g711_says(tmp_path: Path) -> None:
    octets = bytes(range(256))
    for suffix, decode in ((".al", g711.decode_alaw), (".UL", g711.decode_ulaw)):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(octets)
        with audio.Reader(path) as sound:
            assert (sound.samplerate, sound.channels) == (8000, 1)
            (block,) = sound.blocks()
        np.testing.assert_array_equal(block[:, 0], decode(octets))


def test_raw_pcm_is_little_endian_in_as_many_channels_as_told() -> None:
    octets = io.BytesIO(PCM.astype("<i2").tobytes() + b"\1")
    with audio.Reader(octets, audio.Raw("pcm", 11025, 2)) as sound:
        assert sound.samplerate == 11025
        np.testing.assert_array_equal(np.concatenate(list(sound.blocks())), PCM)


def test_a_file_that_is_cut_short_gives_what_is_there_and_tells(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, PCM, 8000, subtype="PCM_16")
    octets = path.read_bytes()
    path.write_bytes(octets[: 44 + 4 * 2500])
    with audio.Reader(path) as sound:
        np.testing.assert_array_equal(np.concatenate(list(sound.blocks())), PCM[:2500])
    assert sound.damage == f"{path}: cut short, 10000 of 40000 octets are there"
    path.write_bytes(octets)
    with audio.Reader(path) as sound:
        list(sound.blocks())
    assert sound.damage is None


def test_a_flac_file_that_is_spoilt_in_the_middle_never_fails_silently(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, np.tile(PCM, (8, 1)), 8000)
    octets = bytearray(path.read_bytes())
    path.write_bytes(octets[: len(octets) * 2 // 3])
    with audio.Reader(path) as sound:
        read = sum(len(block) for block in sound.blocks(1000))
    assert 0 < read < 80_000
    assert sound.damage
    assert str(path) in sound.damage


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.vox8"
    path.write_bytes(bytes(4_000_000))
    tracemalloc.start()
    with audio.Reader(path) as sound:
        assert sound.frames == 8_000_000
        assert sum(len(block) for block in sound.blocks()) == 8_000_000
    assert tracemalloc.get_traced_memory()[1] < 2e6
    tracemalloc.stop()


@pytest.mark.parametrize("content", [None, b"", b"this is no sound"])
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError, match=r"a\.wav: cannot be read as sound: "):
        audio.Reader(path)


def test_samples_that_are_no_numbers_are_told_when_they_come(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.array([0.0, np.nan]), 8000, subtype="FLOAT")
    with audio.Reader(path) as sound, pytest.raises(MediaError, match="not finite"):
        list(sound.blocks())
