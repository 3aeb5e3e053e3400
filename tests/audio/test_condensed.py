"""Recordings without silences: what is kept, and exactly where it was."""

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.audio.condensed import CondensedReader, CondensedWriter, Index, read_index
from telcard.errors import MediaError

CHANCE = np.random.default_rng(5)


def night() -> np.ndarray:
    """Half a minute: faint noise, with three stretches of sound."""
    pcm = CHANCE.integers(-20, 20, (240_000, 2)).astype(np.int16)
    for start, end in ((8_003, 20_000), (90_000, 91_111), (239_000, 240_000)):
        pcm[start:end] = CHANCE.integers(-9000, 9000, (end - start, 2))
    return pcm


NIGHT = night()


def condensed(path: Path, cuts=(0, 240_000)) -> Path:
    with CondensedWriter(path, channels=2, subtype="PCM_16", began_ns=10**18) as file:
        for a, b in pairwise(cuts):
            file.write(NIGHT[a:b])
    return path


def test_sound_is_where_it_was_and_silence_is_gone(tmp_path: Path) -> None:
    with CondensedReader(condensed(tmp_path / "a.wav")) as sound:
        index = sound.index
        whole = np.concatenate(list(sound.blocks(5000)))
    assert whole.shape == NIGHT.shape
    for start, length in index.stretches:
        np.testing.assert_array_equal(whole[start : start + length], NIGHT[start : start + length])
    assert len(index.stretches) == 3
    assert index.kept < 25_000
    for start, end in ((8_003, 20_000), (90_000, 91_111), (239_000, 240_000)):
        assert any(a <= start and end <= a + n for a, n in index.stretches)
    # Any player plays it, without the silences.
    np.testing.assert_array_equal(
        audio.read(tmp_path / "a.wav")[0],
        np.concatenate([NIGHT[a : a + n] for a, n in index.stretches]),
    )


def test_positions_go_there_and_back_exactly(tmp_path: Path) -> None:
    index = read_index(condensed(tmp_path / "a.wav"))
    assert index is not None
    places = np.concatenate([np.arange(a, a + n) for a, n in index.stretches])
    for stored in [*range(0, index.kept, 997), index.kept - 1]:
        assert index.real(stored) == places[stored]
        assert index.stored(int(places[stored])) == stored
    first, second = index.stretches[:2]
    assert index.stored(0) == 0
    assert index.stored(60_000) == first[1]  # in the silence: where the next sound begins
    assert index.real(first[1]) == second[0]
    assert index.wall_ns(8000) == 10**18 + 10**9
    with pytest.raises(ValueError, match=f"want a frame from 0 to {index.kept - 1}"):
        index.real(index.kept)


def test_the_cutting_changes_no_octet(tmp_path: Path) -> None:
    whole = condensed(tmp_path / "a.wav").read_bytes()
    cuts = [0, *sorted(CHANCE.integers(0, 240_000, 60)), 240_000]
    assert condensed(tmp_path / "b.wav", cuts).read_bytes() == whole


def test_an_index_survives_its_octets() -> None:
    index = Index(8000, 100, ((0, 5), (7, 20), (90, 10)), -5)
    assert Index.from_octets(index.to_octets()) == index
    for octets in (b"", index.to_octets()[:-1], b"\2" + index.to_octets()[1:]):
        with pytest.raises(ValueError, match="index: want"):
            Index.from_octets(octets)
    with pytest.raises(ValueError, match="want stretches in order, got one at frame 4"):
        Index(8000, 100, ((0, 5), (4, 5)))
    with pytest.raises(ValueError, match="want 101 frames or more, got 100"):
        Index(8000, 100, ((0, 101),))


def test_a_recording_of_nothing_is_nothing(tmp_path: Path) -> None:
    with CondensedWriter(tmp_path / "a.wav") as file:
        file.write(np.zeros(80_000, np.int16))
    with CondensedReader(tmp_path / "a.wav") as sound:
        assert (sound.frames, sound.index.kept) == (80_000, 0)
        assert sum(len(block) for block in sound.blocks()) == 80_000


def test_a_file_without_an_index_is_told(tmp_path: Path) -> None:
    audio.write(tmp_path / "a.wav", NIGHT)
    assert read_index(tmp_path / "a.wav") is None
    with pytest.raises(MediaError, match=r"a\.wav: want an index of its silences, got none$"):
        CondensedReader(tmp_path / "a.wav")
    octets = condensed(tmp_path / "b.wav").read_bytes()
    (tmp_path / "b.wav").write_bytes(octets[:9000])
    with pytest.raises(MediaError, match=r"got none \(the file is cut short\)"):
        CondensedReader(tmp_path / "b.wav")
    (tmp_path / "b.wav").write_bytes(octets[:-3])
    with pytest.raises(MediaError, match="index: want 3 stretches"):
        read_index(tmp_path / "b.wav")
    (tmp_path / "c.au").write_bytes(io.BytesIO(b"no wave").read())
    assert read_index(tmp_path / "c.au") is None
