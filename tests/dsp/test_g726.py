"""G.726: the ITU's vectors bit for bit, and what holds without them."""

import hashlib
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from telcard._native import codec
from telcard.dsp import g711, g726
from telcard.dsp.g726 import G726Decoder, G726Encoder

CHANCE = np.random.default_rng(726)
SOUND = (
    np.convolve(CHANCE.normal(0, 1, 6000), np.ones(6), "same")
    * (6000 * np.abs(np.sin(np.arange(6000) / 900)))
).clip(-32768, 32767).astype(np.int16)  # fmt: skip


# --- the ITU's Software Tool Library (G.191): 132 of its vectors

LINEAR = {"a": g711.decode_alaw, "m": g711.decode_ulaw}
LAWS = {"a": "alaw", "m": "ulaw"}
CROSSED = {("a", "a"): "a", ("m", "m"): "m", ("a", "m"): "x", ("m", "a"): "c"}
HOMING = 3496  # samples of the sequence that leads every codec home; the files are filled up behind
NOT_HOMED = {"hn16fc.o"}  # begins with a reset, whatever its name says


@pytest.fixture
def itu() -> Path:
    folder = os.environ.get("TELCARD_ITU_VECTORS")
    if not folder:
        pytest.skip("TELCARD_ITU_VECTORS is not set: want the folder with the ITU's g726/ in it")
    return Path(folder) / "g726"


def words(folder: Path, name: str) -> np.ndarray:
    return np.fromfile(folder / name, "<i2").astype(np.uint8)


@pytest.mark.parametrize("rate", g726.RATES)
@pytest.mark.parametrize("start", ["r", "h"])
def test_every_vector_of_the_itu_comes_out(rate: int, start: str, itu: Path, simd: str) -> None:
    def encoder(law: str) -> G726Encoder:
        made = G726Encoder(rate)
        if start == "h":
            made.process(LINEAR[law](words(itu, f"pcm_init.{law}")[:HOMING]))
        return made

    def decoder(law: str) -> G726Decoder:
        made = G726Decoder(rate, law=LAWS[law])
        if start == "h":
            made.process(words(itu, f"i_ini_{rate}.{law}")[:HOMING])
        return made

    for law in LINEAR:
        for kind, source in (("n", "nrm"), ("v", "ovr")):
            codes = words(itu, f"{start}{kind}{rate}f{law}.i")
            got = encoder(law).process(LINEAR[law](words(itu, f"{source}.{law}")))
            np.testing.assert_array_equal(got, codes)
            for out in LAWS:
                name = f"{start}{kind}{rate}f{CROSSED[law, out]}.o"
                hears = G726Decoder(rate, law=LAWS[out]) if name in NOT_HOMED else decoder(out)
                np.testing.assert_array_equal(hears.process(codes), words(itu, name))
        every_code = words(itu, f"i{rate}")
        wanted = words(itu, f"{start}i{rate}f{law}.o")
        np.testing.assert_array_equal(decoder(law).process(every_code), wanted)


# --- without them

# SHA-256 of codes, linear sound, A-law and u-law octets of SOUND, made when all vectors agreed.
KNOWN = {
    16: "1aadbe4d5a093f84",
    24: "bdb49649e309a98d",
    32: "e82b76dcfc0a8b37",
    40: "3d82b4074b51f02c",
}


@pytest.mark.parametrize("rate", g726.RATES)
def test_all_levels_code_as_the_kernel_did_when_the_vectors_agreed(rate: int, simd: str) -> None:
    codes = G726Encoder(rate).process(SOUND)
    made = [codes, *(G726Decoder(rate, law=law).process(codes) for law in (None, "alaw", "ulaw"))]
    digest = hashlib.sha256(b"".join(part.tobytes() for part in made)).hexdigest()
    assert digest[:16] == KNOWN[rate]


@pytest.mark.parametrize(("rate", "least_db"), [(16, 9), (24, 17), (32, 24), (40, 29)])
def test_a_faster_rate_has_less_noise(rate: int, least_db: float) -> None:
    tone = (7000 * np.sin(np.arange(8000) * 0.4)).astype(np.int16)
    back = g726.decode_g726(g726.encode_g726(tone, rate), rate)[: len(tone)].astype(float)
    noise = np.mean((back - tone)[1000:] ** 2)
    assert 10 * np.log10(np.mean(tone.astype(float) ** 2) / noise) > least_db


@pytest.mark.parametrize("law", ["alaw", "ulaw"])
def test_a_second_link_adds_no_noise_to_octets(law) -> None:
    """G.726 4.2.8: a chain of synchronous links gives the octets of its first."""
    encode, decode = (
        (g711.encode_alaw, g711.decode_alaw)
        if law == "alaw"
        else (g711.encode_ulaw, g711.decode_ulaw)
    )
    octets = encode(SOUND // 4)
    chain = []
    for _ in range(3):
        octets = G726Decoder(32, law=law).process(G726Encoder(32).process(decode(octets)))
        chain.append(octets)
    np.testing.assert_array_equal(chain[1], chain[0])
    np.testing.assert_array_equal(chain[2], chain[0])


@pytest.mark.parametrize("channels", [2, 16, 19])
def test_a_channel_depends_neither_on_its_place_nor_on_the_cutting(
    channels: int, simd: str
) -> None:
    sound = np.stack([np.roll(SOUND, 37 * i)[:700] for i in range(channels)], axis=1)
    encoder = G726Encoder(24, channels)
    decoder = G726Decoder(24, channels, law="ulaw")
    cuts = list(pairwise([0, 1, 1, 450, 700]))
    codes = np.concatenate([encoder.process(sound[a:b]) for a, b in cuts])
    octets = np.concatenate([decoder.process(codes[a:b]) for a, b in cuts])
    for channel in (0, channels - 1):
        alone = G726Encoder(24).process(sound[:, channel].copy())
        np.testing.assert_array_equal(codes[:, channel], alone)
        back = G726Decoder(24, law="ulaw").process(alone)
        np.testing.assert_array_equal(octets[:, channel], back)


def test_a_reset_begins_one_channel_anew() -> None:
    encoder = G726Encoder(32, 3)
    sound = np.stack([SOUND[:200]] * 3, axis=1)
    first = encoder.process(sound)
    encoder.reset(1)
    second = encoder.process(sound)
    np.testing.assert_array_equal(second[:, 1], first[:, 1])
    assert (second[:, 0] != first[:, 0]).any()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: G726Encoder(64), "rate: want one of 16, 24, 32, 40 kbit/s, got 64"),
        (lambda: G726Encoder(32, 0), "channels: want 1 or more, got 0"),
        (lambda: G726Decoder(32, law="blaw"), "law: want alaw, ulaw or None, got 'blaw'"),
        (lambda: G726Encoder(32, 2).process(SOUND), r"block: want \(frames, 2\), got shape"),
        (lambda: G726Decoder(32).reset(1), "channel: want 0 to 0, got 1"),
        (lambda: codec.G726(6, 1), "bits: want 2 to 5, got 6"),
    ],
)
def test_what_cannot_be_coded_is_told(make, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()
