import bisect
import hashlib
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard._native import dsp
from telcard.dsp import g711

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop
except ImportError:  # gone from the standard library with Python 3.13
    audioop = None

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)  # also the order of the ITU's sweep
EVERY_OCTET = np.arange(256, dtype=np.uint8)


# --- the recommendation's own words: tables 1 and 2 as lists of decision values


def decision_values(segments: list[tuple[int, int]]) -> list[int]:
    """x1, x2 ... from 0 upwards: `segments` are (how many intervals, their size)."""
    values = [0]
    for count, size in segments:
        values += [values[-1] + size * (i + 1) for i in range(count)]
    return values


# G.711 table 1a, in units of 1/4096: 32 intervals of 2, then 16 of each doubled size.
ALAW_DECISIONS = decision_values([(32, 2), *((16, 2 << k) for k in range(1, 7))])
# G.711 table 2a, in units of 1/8159: one of 1, 15 of 2, then 16 of each doubled size.
ULAW_DECISIONS = decision_values([(1, 1), (15, 2), *((16, 2 << k) for k in range(1, 8))])


def alaw_by_the_table(sample: int) -> int:
    size = (~sample if sample < 0 else sample) >> 3  # 13 bits of 16
    number = bisect.bisect_right(ALAW_DECISIONS, size, hi=128) - 1
    return (number | (0 if sample < 0 else 128)) ^ 0b01010101  # even bits inverted


def ulaw_by_the_table(sample: int) -> int:
    size = (~sample if sample < 0 else sample) >> 2  # 14 bits of 16
    number = bisect.bisect_right(ULAW_DECISIONS, size, hi=128) - 1
    return (127 - number) | (0 if sample < 0 else 128)


def alaw_value_by_the_table(octet: int) -> int:
    octet ^= 0b01010101
    number = octet & 127
    middle = (ALAW_DECISIONS[number] + ALAW_DECISIONS[number + 1]) // 2
    return middle * 8 * (1 if octet & 128 else -1)


def ulaw_value_by_the_table(octet: int) -> int:
    number = 127 - (octet & 127)
    middle = (ULAW_DECISIONS[number] + ULAW_DECISIONS[number + 1]) // 2 if number else 0
    return middle * 4 * (1 if octet & 128 else -1)


def test_the_decision_values_end_where_the_recommendation_ends() -> None:
    assert ALAW_DECISIONS[-1] == 4096
    assert ULAW_DECISIONS[-1] == 8159
    assert len(ALAW_DECISIONS) == len(ULAW_DECISIONS) == 129


def test_every_sample_is_coded_as_the_tables_say(simd: str) -> None:
    samples = EVERY_SAMPLE.tolist()
    assert g711.encode_alaw(EVERY_SAMPLE).tolist() == [alaw_by_the_table(x) for x in samples]
    assert g711.encode_ulaw(EVERY_SAMPLE).tolist() == [ulaw_by_the_table(x) for x in samples]


def test_every_octet_is_decoded_as_the_tables_say(simd: str) -> None:
    octets = EVERY_OCTET.tolist()
    assert g711.decode_alaw(EVERY_OCTET).tolist() == [alaw_value_by_the_table(o) for o in octets]
    assert g711.decode_ulaw(EVERY_OCTET).tolist() == [ulaw_value_by_the_table(o) for o in octets]


# --- the ITU's Software Tool Library (G.191): its vectors, and their SHA-256 where they are absent

ITU_SWEEP = {  # file: (what makes it from the sweep of all samples, SHA-256 of its 16-bit words)
    "sweep.src": (
        lambda x: x,
        "697df5e3231fd569f25e5826e4aab08fe4526bb6730a7489aabeb4708e6efe5d",
    ),
    "sweep-r.a": (
        g711.encode_alaw,
        "e1e8717a8c7a493583a2e8ac6916f0e37383d9226c6fb60de541393aba8bf402",
    ),
    "sweep-r.u": (
        g711.encode_ulaw,
        "0523921b8957bccf95d0e0f2e43930359403d5ad4e31926b2272aa74a1f22c43",
    ),
    "sweep-r.rea": (
        lambda x: g711.decode_alaw(g711.encode_alaw(x)),
        "faf8570479a0e7d0e1da55d48c42e76961d0e5c285c35d42e9f6dafbafae8a35",
    ),
    "sweep-r.reu": (
        lambda x: g711.decode_ulaw(g711.encode_ulaw(x)),
        "cf9f90195534a105f211b1fb5c511ab45ee76827ac0987d6cc804afb897ef0f6",
    ),
}


@pytest.mark.parametrize("name", ITU_SWEEP)
def test_the_itu_sweep_comes_out_with_the_itus_check_sums(name: str, simd: str) -> None:
    make, digest = ITU_SWEEP[name]
    words = np.asarray(make(EVERY_SAMPLE)).astype("<i2")
    assert hashlib.sha256(words.tobytes()).hexdigest() == digest


@pytest.mark.parametrize("name", ITU_SWEEP)
def test_the_itu_sweep_agrees_with_the_itus_files(name: str) -> None:
    folder = os.environ.get("TELCARD_ITU_VECTORS")
    if not folder:
        pytest.skip("TELCARD_ITU_VECTORS is not set: want the folder with the ITU's g711/ in it")
    make, _ = ITU_SWEEP[name]
    wanted = np.fromfile(Path(folder) / "g711" / name, "<i2")
    np.testing.assert_array_equal(make(EVERY_SAMPLE).astype(np.int16), wanted)


# --- from law to law: tables 3 and 4, as runs (first number, offset) and the rest by itself


def table_3(u: int) -> int:
    """A-law number for a u-law number, both from 0 at the origin."""
    odd_ones = {33: 26, 34: 28, 35: 30, 48: 45, 49: 47, 64: 63}
    if u < 16:
        return u // 2
    if u in odd_ones:
        return odd_ones[u]
    return u - (8 if u < 36 else 4 if u < 48 else 2 if u < 64 else 1 if u < 81 else 0)


def table_4(a: int) -> int:
    """u-law number for an A-law number, both from 0 at the origin."""
    odd_ones = {44: 48, 45: 48, 46: 49, 47: 49, 62: 64, 63: 64}
    if a < 8:
        return 2 * a + 1
    if 24 <= a < 32:
        return a // 2 + 20
    if a in odd_ones:
        return odd_ones[a]
    return a + (8 if a < 24 else 4 if a < 44 else 2 if a < 62 else 1 if a < 80 else 0)


def test_every_octet_goes_from_law_to_law_by_tables_3_and_4() -> None:
    to_u, to_a = g711.alaw_to_ulaw(EVERY_OCTET), g711.ulaw_to_alaw(EVERY_OCTET)
    for number in range(128):
        for sign in (0, 128):
            assert to_u[(number | sign) ^ 0xD5] == (table_4(number) | sign) ^ 0xFF
            assert to_a[(number | sign) ^ 0xFF] == (table_3(number) | sign) ^ 0xD5


def test_a_second_pass_through_the_other_law_changes_nothing_more() -> None:
    once = g711.ulaw_to_alaw(g711.alaw_to_ulaw(EVERY_OCTET))
    twice = g711.ulaw_to_alaw(g711.alaw_to_ulaw(once))
    np.testing.assert_array_equal(once, twice)


def test_from_law_to_law_the_sound_moves_by_less_than_a_step_of_each() -> None:
    """The error is at most half a step of both laws, at most 16 at the origin."""
    before = g711.decode_ulaw(EVERY_OCTET).astype(int)
    after = g711.decode_alaw(g711.ulaw_to_alaw(EVERY_OCTET)).astype(int)
    assert np.all(np.abs(after - before) <= np.maximum(np.abs(before) / 16, 16))


def test_octets_may_be_changed_in_place() -> None:
    octets = EVERY_OCTET.copy()
    wanted = g711.alaw_to_ulaw(EVERY_OCTET)
    assert g711.alaw_to_ulaw(octets, out=octets) is octets
    np.testing.assert_array_equal(octets, wanted)


def test_octets_may_be_changed_into_a_shifted_view_of_themselves() -> None:
    octets = EVERY_OCTET.copy()
    g711.alaw_to_ulaw(octets[:-1], out=octets[1:])
    np.testing.assert_array_equal(octets[1:], g711.alaw_to_ulaw(EVERY_OCTET[:-1]))


# --- others


if audioop is not None:  # no skip: where it is gone there is nothing to compare with

    def test_audioop_agrees_on_alaw_and_differs_at_508_ulaw_samples() -> None:
        samples = EVERY_SAMPLE.tobytes()
        assert g711.encode_alaw(EVERY_SAMPLE).tobytes() == audioop.lin2alaw(samples, 2)
        assert g711.decode_alaw(EVERY_OCTET).tobytes() == audioop.alaw2lin(bytes(range(256)), 2)
        assert g711.decode_ulaw(EVERY_OCTET).tobytes() == audioop.ulaw2lin(bytes(range(256)), 2)
        theirs = np.frombuffer(audioop.lin2ulaw(samples, 2), np.uint8)
        differing = EVERY_SAMPLE[g711.encode_ulaw(EVERY_SAMPLE) != theirs].astype(int)
        assert len(differing) == 508
        # It negates where the ITU inverts, so it is one sample late at decisions below 0.
        assert np.all(differing < 0)


def test_silence_is_the_octet_of_plus_zero() -> None:
    assert g711.encode_alaw(np.zeros(1, np.int16))[0] == g711.ALAW_SILENCE
    assert g711.encode_ulaw(np.zeros(1, np.int16))[0] == g711.ULAW_SILENCE


# --- cuttings and layouts


@given(st.binary(max_size=400), st.integers(0, 100), st.sampled_from(dsp.simd_levels()))
def test_the_octets_do_not_depend_on_how_sound_is_cut_or_aligned(
    sound: bytes, cut: int, level: str
) -> None:
    pcm = np.frombuffer(sound[: len(sound) // 2 * 2], np.int16)
    octets = np.frombuffer(sound, np.uint8)
    for code, whole in (
        (g711.encode_alaw, pcm),
        (g711.encode_ulaw, pcm),
        (g711.decode_alaw, octets),
        (g711.decode_ulaw, octets),
        (g711.alaw_to_ulaw, octets),
        (g711.ulaw_to_alaw, octets),
    ):
        dsp.force_simd("base")
        wanted = code(whole)
        dsp.force_simd(level)
        np.testing.assert_array_equal(
            np.concatenate([code(whole[:cut]), code(whole[cut:])]), wanted
        )


CODERS = [
    (g711.encode_alaw, np.int16, np.uint8),
    (g711.encode_ulaw, np.int16, np.uint8),
    (g711.decode_alaw, np.uint8, np.int16),
    (g711.decode_ulaw, np.uint8, np.int16),
    (g711.alaw_to_ulaw, np.uint8, np.uint8),
    (g711.ulaw_to_alaw, np.uint8, np.uint8),
]


def some(dtype: type, shape: tuple[int, ...]) -> np.ndarray:
    info = np.iinfo(dtype)
    return np.random.default_rng(711).integers(info.min, info.max, shape, dtype, endpoint=True)


@pytest.mark.parametrize(("code", "kind", "made"), CODERS)
def test_every_layout_gives_the_same_and_keeps_the_shape(code, kind, made) -> None:
    x = some(kind, (6, 10, 4))
    wanted = code(x)
    assert wanted.shape == x.shape
    assert wanted.dtype == made
    np.testing.assert_array_equal(code(x.T), wanted.T)
    np.testing.assert_array_equal(code(x[::-2, 1::3]), wanted[::-2, 1::3])
    np.testing.assert_array_equal(code(np.asfortranarray(x)), wanted)
    np.testing.assert_array_equal(code(x.astype(x.dtype.newbyteorder(">"))), wanted)
    np.testing.assert_array_equal(code(memoryview(x)), wanted)
    assert code(x[0, 0, 0]).item() == wanted[0, 0, 0]
    assert code(x[:0]).shape == (0, 10, 4)
    out = np.zeros((6, 4, 20), made)[:, :, ::2].transpose(0, 2, 1)
    assert code(x, out=out) is out
    np.testing.assert_array_equal(out, wanted)


def test_bytes_are_octets() -> None:
    np.testing.assert_array_equal(g711.decode_alaw(b"\xd5\x55\x2a"), [8, -8, -32256])
    np.testing.assert_array_equal(g711.decode_ulaw(bytearray(b"\xff\x7f\x00")), [0, 0, -32124])
    octets = bytearray(3)
    assert g711.encode_alaw(np.array([8, -8, -32256], np.int16), out=octets) is octets
    assert octets == b"\xd5\x55\x2a"


def test_float_sound_is_scaled_rounded_and_clipped() -> None:
    sound = np.array([0, 1, -1, 7, -7, 0.5, 1 / 65536, 3 / 65536, np.nan], np.float32)
    as_int16 = np.array([0, 32767, -32768, 32767, -32768, 16384, 0, 2, 0], np.int16)
    np.testing.assert_array_equal(g711.encode_alaw(sound), g711.encode_alaw(as_int16))
    np.testing.assert_array_equal(g711.encode_ulaw(sound[::2]), g711.encode_ulaw(as_int16[::2]))


# --- wrong input


PCM, OCTETS = some(np.int16, (3, 160)), some(np.uint8, (3, 160))


@pytest.mark.parametrize(
    ("code", "given_", "out", "error", "sentence"),
    [
        (g711.encode_alaw, PCM.astype(float), None, TypeError, "PCM: want int16, .* got float64"),
        (g711.encode_ulaw, b"1234", None, TypeError, "PCM: want int16, .* got uint8"),
        (g711.encode_ulaw, [1, 2], None, TypeError, "PCM: want int16, .* got int64"),
        (g711.decode_alaw, PCM, None, TypeError, "octets: want bytes or uint8, got int16"),
        (g711.decode_alaw, "abc", None, TypeError, "octets: want bytes or uint8, got <U3"),
        (
            g711.encode_alaw,
            PCM,
            np.empty((3, 159), np.uint8),
            ValueError,
            r"out: want uint8 of shape \(3, 160\), got uint8 of shape \(3, 159\)",
        ),
        (
            g711.decode_alaw,
            OCTETS,
            np.empty((3, 160), np.uint16),
            ValueError,
            r"out: want int16 of shape \(3, 160\), got uint16 of shape \(3, 160\)",
        ),
        (
            g711.encode_alaw,
            PCM,
            np.empty(480, np.uint8),
            ValueError,
            r"got uint8 of shape \(480,\)",
        ),
        (g711.decode_ulaw, b"ab", b"1234", ValueError, r"got uint8 of shape \(4,\)"),
        (g711.alaw_to_ulaw, b"ab", b"12", ValueError, "out: want memory that can be written"),
    ],
)
def test_wrong_input_gets_one_clear_sentence(code, given_, out, error, sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        code(given_, out)


def test_a_coder_refuses_to_write_over_its_own_input() -> None:
    pcm = some(np.int16, (160,))
    with pytest.raises(ValueError, match="out: want memory of its own, got memory of the input"):
        g711.encode_alaw(pcm, out=pcm.view(np.uint8)[160:])
    octets = np.zeros(321, np.uint8)
    with pytest.raises(ValueError, match="out: want memory of its own"):
        g711.decode_alaw(octets[:160], out=octets[1:].view(np.int16))
