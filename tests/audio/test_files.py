import contextlib
import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import example, given
from hypothesis import strategies as st

from telcard import audio
from telcard._native import dsp
from telcard.errors import MediaError

ALL_OCTETS = bytes(range(256))
SINE = (12000 * np.sin(np.arange(800) * 0.3)).astype(np.int16)


def wav(octets: bytes, law: int, samplerate: int = 8000, channels: int = 1) -> bytes:
    """A WAV file put together by hand from RFC 2361: 6 is A-law, 7 is u-law."""
    form = struct.pack("<HHIIHHH", law, channels, samplerate, samplerate * channels, channels, 8, 0)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(octets)) + octets
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def data_of(path: Path) -> bytes:
    content = path.read_bytes()
    at = content.index(b"data")
    return content[at + 8 : at + 8 + int.from_bytes(content[at + 4 : at + 8], "little")]


def test_an_alaw_wav_gives_its_very_octets():
    assert audio.read_alaw(io.BytesIO(wav(ALL_OCTETS, law=6))) == ALL_OCTETS


def test_every_int16_is_written_as_the_octet_that_g711_wants(tmp_path):
    every = np.arange(-32768, 32768).astype(np.int16)
    for subtype, encode in (("ALAW", dsp.alaw_encode), ("ULAW", dsp.ulaw_encode)):
        audio.write(tmp_path / "every.wav", every, subtype=subtype)
        written = np.frombuffer(data_of(tmp_path / "every.wav"), np.uint8)
        # u-law says zero in two ways, and a decoder cannot tell which one it was.
        wanted = encode(every)
        wanted[wanted == 0x7F] = written[wanted == 0x7F] if subtype == "ULAW" else 0x7F
        np.testing.assert_array_equal(written, wanted)


def test_alaw_octets_survive_writing_and_reading(tmp_path):
    audio.write(tmp_path / "all.wav", dsp.alaw_decode(ALL_OCTETS))
    assert data_of(tmp_path / "all.wav") == ALL_OCTETS
    assert audio.read_alaw(tmp_path / "all.wav") == ALL_OCTETS


@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "PCM_24"),
        ("WAV", "FLOAT"),
        ("WAV", "DOUBLE"),
        ("FLAC", "PCM_16"),
        ("AU", "PCM_16"),
        ("CAF", "ALAC_16"),
    ],
)
def test_lossless_files_give_their_samples(tmp_path, container, subtype):
    path = tmp_path / "sine"
    soundfile.write(path, SINE / 32768, 8000, format=container, subtype=subtype)
    pcm, samplerate = audio.read(path)
    assert samplerate == 8000
    assert pcm.dtype == np.int16
    np.testing.assert_array_equal(pcm, SINE)


@pytest.mark.parametrize(
    ("container", "subtype"),
    [("WAV", "GSM610"), ("WAV", "IMA_ADPCM"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")],
)
def test_lossy_files_come_out_at_their_loudness(tmp_path, container, subtype):
    tone = (12000 * np.sin(np.arange(8000) * 0.3)).astype(np.int16)
    path = tmp_path / "tone"
    soundfile.write(path, tone, 8000, format=container, subtype=subtype)
    pcm, _ = audio.read(path)
    level = np.sqrt(np.mean(pcm[2000:6000].astype(float) ** 2))
    assert level == pytest.approx(12000 / np.sqrt(2), rel=0.05)


def test_stereo_is_frames_by_channels(tmp_path):
    both = np.stack([SINE, -SINE], axis=1)
    audio.write(tmp_path / "both.wav", both, samplerate=16000, subtype="PCM_16")
    pcm, samplerate = audio.read(tmp_path / "both.wav")
    assert samplerate == 16000
    np.testing.assert_array_equal(pcm, both)


def test_a_long_file_is_read_whole(tmp_path):
    long = np.arange(200_000).astype(np.int16)
    audio.write(tmp_path / "long.wav", long, subtype="PCM_16")
    np.testing.assert_array_equal(audio.read(tmp_path / "long.wav")[0], long)


@pytest.mark.parametrize(("channels", "shape"), [(1, (0,)), (2, (0, 2))])
def test_a_file_without_sound_is_empty(channels, shape):
    pcm, _ = audio.read(io.BytesIO(wav(b"", law=6, channels=channels)))
    assert pcm.shape == shape
    assert pcm.dtype == np.int16


def test_float_sound_is_clipped_not_wrapped(tmp_path):
    audio.write(tmp_path / "loud.wav", np.array([1.5, -1.5, 0.5], np.float32), subtype="PCM_16")
    assert audio.read(tmp_path / "loud.wav")[0].tolist() == [32767, -32768, 16384]


def test_a_file_object_is_written_as_wav():
    memory = io.BytesIO()
    audio.write(memory, SINE, subtype="PCM_16")
    assert memory.getvalue().startswith(b"RIFF")
    memory.seek(0)
    np.testing.assert_array_equal(audio.read(memory)[0], SINE)


def test_octets_are_wanted_at_8_khz_in_one_channel(tmp_path):
    audio.write(tmp_path / "cd.wav", np.zeros((10, 2), np.int16), 44100, "PCM_16")
    with pytest.raises(MediaError) as caught:
        audio.read_alaw(tmp_path / "cd.wav")
    told = "cd.wav: want 1 channel at 8000 Hz, got 2 channels at 44100 Hz"
    assert str(caught.value) == str(tmp_path / told)


def test_more_sound_than_allowed_is_refused(tmp_path):
    audio.write(tmp_path / "long.wav", np.zeros(80_000, np.int16))
    with pytest.raises(MediaError, match=r"long.wav: want at most 5 s of sound, got more$"):
        audio.read(tmp_path / "long.wav", max_seconds=5)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.wav", None, "cannot be read as sound: no such file"),
        ("text.wav", b"this is no sound", "cannot be read as sound: Format not recognised"),
        ("empty.wav", b"", "cannot be read as sound: Format not recognised"),
        (
            "bare.raw",
            b"abc",
            "has no header, so want to be told the coding, the samplerate and the channels",
        ),
    ],
)
def test_what_is_no_sound_is_told_in_one_sentence(tmp_path, name, content, told):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError) as caught:
        audio.read(path)
    assert str(caught.value) == f"{path}: {told}"


def test_a_folder_is_no_sound(tmp_path):
    with pytest.raises(MediaError, match="cannot be read as sound"):
        audio.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "pcm", "subtype"),
    [
        ("to.wav", SINE, "NONSENSE"),
        ("to.flac", SINE, "ALAW"),
        ("to.unknown", SINE, "PCM_16"),
        ("missing/to.wav", SINE, "PCM_16"),
        ("to.wav", SINE.astype(np.int32), "PCM_16"),
        ("to.wav", np.array([0.0, np.nan]), "PCM_16"),
        ("to.wav", np.zeros((2, 2, 2), np.int16), "PCM_16"),
    ],
)
def test_what_cannot_be_written_is_told_in_one_sentence(tmp_path, name, pcm, subtype):
    with pytest.raises(MediaError) as caught:
        audio.write(tmp_path / name, pcm, subtype=subtype)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert "\n" not in str(caught.value)


def container(name: str, subtype: str, pcm: np.ndarray = SINE) -> bytes:
    memory = io.BytesIO()
    soundfile.write(memory, pcm / 32768, 8000, format=name, subtype=subtype)
    return memory.getvalue()


SEEDS = [
    wav(ALL_OCTETS, law=6),
    wav(ALL_OCTETS, law=7),
    container("WAV", "FLOAT"),
    container("WAV", "IMA_ADPCM"),
    container("WAVEX", "PCM_24", np.stack([SINE, SINE], axis=1)),
    container("FLAC", "PCM_16"),
    container("OGG", "VORBIS"),
    container("AIFF", "PCM_16"),
    container("AU", "ALAW"),
    container("CAF", "ALAC_16"),
    container("W64", "PCM_16"),
    container("VOC", "PCM_U8"),
]


@st.composite
def broken_files(draw) -> bytes:
    """A good file with some octets changed, mostly in its header, and perhaps cut short."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 8))):
        reach = draw(st.sampled_from([64, len(content)]))
        at = draw(st.integers(0, min(reach, len(content)) - 1))
        content[at] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(0, len(content)))])


@given(st.one_of(st.binary(max_size=400), broken_files()))
@example(container("WAV", "FLOAT", np.full(9, np.nan)))
def test_any_octets_give_sound_or_one_sentence(content):
    with contextlib.suppress(MediaError):
        pcm, samplerate = audio.read(io.BytesIO(content), max_seconds=60)
        assert pcm.dtype == np.int16
        assert samplerate > 0
