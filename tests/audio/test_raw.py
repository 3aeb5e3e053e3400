"""Octets without a header: every coding both ways, and what makes no sense."""

import io
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.audio.raw import BARE, CODINGS, RAW_SUFFIXES, Decoding, Encoding, Raw
from telcard.dsp import adpcm, g711, g726
from telcard.errors import MediaError

TONE = (8000 * np.sin(np.arange(4000) * 0.35)).astype(np.int16)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("frames", [777, 100_000])
def test_every_coding_comes_back_as_loud_as_it_went(coding, frames: int) -> None:
    octets = io.BytesIO()
    audio.write(octets, TONE, raw=Raw(coding))
    with audio.Reader(io.BytesIO(octets.getvalue()), Raw(coding)) as sound:
        blocks = list(sound.blocks(frames))
    assert all(len(block) == frames for block in blocks[:-1])
    pcm = np.concatenate(blocks)[:, 0].astype(float)
    assert len(TONE) <= len(pcm) < len(TONE) + 160
    level = np.sqrt(np.mean(pcm[1000:3900] ** 2))
    assert level == pytest.approx(8000 / np.sqrt(2), rel=0.12)


def test_the_octets_are_those_of_the_coders() -> None:
    wanted = {
        "alaw": bytes(g711.encode_alaw(TONE)),
        "pcm": TONE.astype("<i2").tobytes(),
        "vox": adpcm.encode_adpcm(TONE),
        "oki": adpcm.encode_adpcm(TONE, "oki"),
        "ima": adpcm.encode_adpcm(TONE, "ima", order="little"),
        "g726-24": g726.encode_g726(TONE, 24),
        "aal2-40": g726.encode_g726(TONE, 40, order="big"),
    }
    for coding, octets in wanted.items():
        file = io.BytesIO()
        audio.write(file, TONE, raw=Raw(coding))  # type: ignore[arg-type]
        assert file.getvalue() == octets, coding


@pytest.mark.parametrize("coding", ["vox", "g726-24", "aal2-40"])
def test_the_cutting_changes_nothing(coding) -> None:
    encoding, decoding = Encoding(Raw(coding)), Decoding(Raw(coding))
    octets = b"".join(encoding.process(part) for part in np.array_split(TONE, 37))
    octets += encoding.flush()
    whole = Encoding(Raw(coding))
    assert octets == whole.process(TONE) + whole.flush()
    parts = [decoding.process(octets[at : at + 7]) for at in range(0, len(octets), 7)]
    pcm = np.concatenate([*parts, decoding.flush()])
    np.testing.assert_array_equal(pcm[:4000], audio.read(io.BytesIO(octets), Raw(coding))[0][:4000])


@pytest.mark.parametrize("suffix", RAW_SUFFIXES)
def test_some_endings_say_it_all(tmp_path: Path, suffix: str) -> None:
    raw = RAW_SUFFIXES[suffix]
    audio.write(tmp_path / f"a{suffix.upper()}", TONE, raw.samplerate)
    pcm, samplerate = audio.read(tmp_path / f"a{suffix.upper()}")
    assert samplerate == raw.samplerate
    assert len(TONE) <= len(pcm) <= len(TONE) + 160


@pytest.mark.parametrize("suffix", BARE)
def test_others_want_to_be_told(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"1234")
    for attempt in (audio.read, lambda path: audio.write(path, TONE)):
        with pytest.raises(MediaError) as caught:
            attempt(path)
        assert str(caught.value) == f"{path}: has no header, so want to be told {BARE[suffix]}"


def test_a_form_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"coding: want one of alaw, ulaw, .* got 'mp9'"):
        Raw("mp9")  # type: ignore[arg-type]
    for samplerate, channels in ((0, 1), (8000, 0), (8000, 65)):
        with pytest.raises(ValueError, match="1 to 64 channels"):
            Raw("alaw", samplerate, channels)
    with pytest.raises(ValueError, match="vox: want 1 channel, got 2"):
        Raw("vox", 8000, 2)
