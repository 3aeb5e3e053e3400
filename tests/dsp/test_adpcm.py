"""ADPCM: each rule against its own words, and against libsndfile."""

import hashlib
import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from telcard._native import codec, dsp
from telcard.dsp import adpcm
from telcard.dsp.adpcm import AdpcmDecoder, AdpcmEncoder

CHANCE = np.random.default_rng(1988)
OCTETS = CHANCE.bytes(4000)
SOUND = (np.cumsum(CHANCE.normal(0, 900, 8000)) % 60_000 - 30_000).astype(np.int16)

OKI = [
    16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130,
    143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796,
    876, 963, 1060, 1166, 1282, 1411, 1552,
]  # fmt: skip


def dialogic_by_the_note(octets: bytes) -> list[int]:
    """The application note's pseudocode, word for word; 12-bit samples."""
    x, place, made = 0, 0, []
    for octet in octets:
        for code in (octet >> 4, octet & 15):
            ss = OKI[place]
            b2, b1, b0 = code >> 2 & 1, code >> 1 & 1, code & 1
            d = ss * b2 + ss // 2 * b1 + ss // 4 * b0 + ss // 8
            x = max(-2048, min(2047, x - d if code & 8 else x + d))
            place = max(0, min(48, place + [-1, -1, -1, -1, 2, 4, 6, 8][code & 7]))
            made.append(16 * x)
    return made


def test_the_steps_are_powers_of_eleven_tenths() -> None:
    assert [round(16 * 1.1**n) for n in range(49)] == pytest.approx(OKI, abs=1)


def test_dialogics_rounding_is_the_notes(simd: str) -> None:
    assert adpcm.decode_adpcm(OCTETS).tolist() == dialogic_by_the_note(OCTETS)


def test_the_other_rounding_is_libsndfiles_both_ways(simd: str) -> None:
    raw = {"format": "RAW", "subtype": "VOX_ADPCM", "samplerate": 8000}
    theirs, _ = soundfile.read(io.BytesIO(OCTETS), channels=1, dtype="int16", **raw)
    np.testing.assert_array_equal(adpcm.decode_adpcm(OCTETS, "oki"), theirs)
    file = io.BytesIO()
    soundfile.write(file, SOUND, **raw)
    assert adpcm.encode_adpcm(SOUND, "oki") == file.getvalue()


def test_ima_codes_of_a_wav_file_are_decoded_as_libsndfile_does(simd: str) -> None:
    """A block begins with the first sample and the place in the table, both 0 here."""
    file = io.BytesIO()
    soundfile.write(file, SOUND[:1] * 0, 8000, format="WAV", subtype="IMA_ADPCM")
    octets = file.getvalue()
    at = octets.index(b"data") + 8
    octets = octets[: at + 4] + OCTETS[:252] + octets[at + 256 :]
    theirs, _ = soundfile.read(io.BytesIO(octets), dtype="int16")
    ours = adpcm.decode_adpcm(OCTETS[:252], "ima", order="little")
    np.testing.assert_array_equal(ours[: len(theirs) - 1], theirs[1:])
    assert len(theirs) > 1


# SHA-256 of encode and decode: Dialogic's equal spandsp's, OKI's libsndfile's, IMA's audioop's.
KNOWN = {"dialogic": "ab4592395bda7679", "oki": "f0be62358ddfbc2e", "ima": "622c967f6acaa263"}


@pytest.mark.parametrize("kind", adpcm.KINDS)
def test_all_levels_code_the_same(kind: adpcm.Kind, simd: str) -> None:
    made = adpcm.encode_adpcm(SOUND, kind) + adpcm.decode_adpcm(OCTETS, kind).tobytes()
    assert hashlib.sha256(made).hexdigest()[:16] == KNOWN[kind]


@pytest.mark.parametrize("kind", adpcm.KINDS)
def test_a_tone_comes_back_with_little_noise(kind: adpcm.Kind) -> None:
    tone = (9000 * np.sin(np.arange(8000) * 0.4)).astype(np.int16)
    back = adpcm.decode_adpcm(adpcm.encode_adpcm(tone, kind), kind).astype(float)
    noise = np.mean((back - tone)[500:] ** 2)
    assert 10 * np.log10(np.mean(tone.astype(float) ** 2) / noise) > 20


@pytest.mark.parametrize("kind", adpcm.KINDS)
@pytest.mark.parametrize("channels", [2, 16, 19])
def test_a_channel_does_not_depend_on_the_others(kind, channels: int, simd: str) -> None:
    sound = np.stack([np.roll(SOUND, 37 * i)[:900] for i in range(channels)], axis=1)
    codes = codec.Adpcm(kind, channels).encode(np.ascontiguousarray(sound))
    back = codec.Adpcm(kind, channels).decode(codes)
    for channel in (0, 1, channels - 1):
        alone = codec.Adpcm(kind, 1).encode(sound[:, channel : channel + 1].copy())
        np.testing.assert_array_equal(codes[:, channel], alone[:, 0])
        np.testing.assert_array_equal(back[:, channel], codec.Adpcm(kind, 1).decode(alone)[:, 0])


@given(st.lists(st.integers(0, 300), max_size=6), st.sampled_from(dsp.simd_levels()))
def test_the_cutting_changes_nothing_and_flush_makes_new(lengths: list[int], level) -> None:
    codec.force_simd(level)
    encoder, decoder = AdpcmEncoder("ima", order="little"), AdpcmDecoder("ima", order="little")
    whole = SOUND[: sum(lengths)]
    for _ in range(2):
        parts, at = [], 0
        for length in lengths:
            parts.append(encoder.process(SOUND[at : at + length]))
            at += length
        octets = b"".join(parts) + encoder.flush()
        assert octets == adpcm.encode_adpcm(whole, "ima", order="little")
        cut = len(octets) // 3
        back = np.concatenate([decoder.process(octets[:cut]), decoder.process(octets[cut:])])
        decoder.flush()
        np.testing.assert_array_equal(back, adpcm.decode_adpcm(octets, "ima", order="little"))


def test_what_cannot_be_coded_is_told() -> None:
    with pytest.raises(ValueError, match="kind: want one of dialogic, oki, ima, got 'yamaha'"):
        AdpcmEncoder("yamaha")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"want one channel, \(frames,\), got shape \(4, 2\)"):
        adpcm.encode_adpcm(np.zeros((4, 2), np.int16))
    with pytest.raises(ValueError, match="block: want 2 channels, got 3"):
        codec.Adpcm("oki", 2).encode(np.zeros((4, 3), np.int16))
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        codec.Adpcm("oki", 0)
    with pytest.raises(ValueError, match="channel: want 0 to 1, got 2"):
        codec.Adpcm("oki", 2).reset(2)
