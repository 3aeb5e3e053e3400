"""HDLC receivers on bits that are nearly frames, against a model that reads them as text."""

import os
from random import Random

import pytest

from telcard.signalling.framing.hdlc import HdlcReceiver
from tests.support.hdlc_model import FLAG, frames_of, inside, octets_of_bits

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "200"))
SEED = 921


def spoilt(rng: Random) -> str:
    """Frames, flags, aborts and noise, some bits of which were turned, lost or doubled."""
    bits = "0"
    for _ in range(rng.randint(1, 12)):
        kind = rng.randrange(6)
        if kind < 3:
            octets = (rng.choice((0xFF, 0x7E, rng.randrange(256))) for _ in range(24))
            bits += FLAG + inside(bytes(octets)[: rng.randint(1, 24)])
        elif kind == 3:
            bits += rng.choice((FLAG, FLAG * 3, "011111101111110", "1" * rng.randint(5, 20)))
        else:
            bits += "".join(rng.choice("011") for _ in range(rng.randint(1, 40)))
    for _ in range(rng.choice((0, 0, 1, 3))):
        at = rng.randrange(1, max(2, len(bits)))
        bits = bits[:at] + rng.choice(("0", "1", "", "01")) + bits[at + 1 :]
    return bits + FLAG


@pytest.mark.fuzz
def test_a_receiver_finds_what_the_model_finds() -> None:
    rng = Random(SEED)
    for number in range(max(20, COUNT // 10)):
        bits = spoilt(rng)
        bits += "1" * (-len(bits) % 8)
        least, most = rng.randint(1, 4), rng.randint(4, 20)
        receiver = HdlcReceiver(least=least, most=most)
        octets, found, at = octets_of_bits(bits), [], 0
        while at < len(octets):
            end = at + rng.randint(1, 9)
            found += [frame.octets for frame in receiver.receive(octets[at:end])]
            at = end
        expected = frames_of(bits, least, most)
        assert (found, receiver.counters()) == expected, f"seed {SEED}, number {number}: {bits}"
