"""Q.931 from lines that spoil it: the codec and a whole interface, with messages bent at random."""

import os
from random import Random

import pytest

from telcard.machine import Report, Send, StartTimer, StopTimer
from telcard.signalling.isdn import EURO, NI2, QSIG, CallEvent, Layer3, Message, decode
from telcard.signalling.isdn.messages import KNOWN
from tests.support.isdn_pair import FACTS

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "500"))
SEED = 8
WHOLE = [
    bytes.fromhex(text)
    for text in (
        "0802000505a104038090a31803a983856c062183313038367006813935353838",
        "0802000105040388901803a183817d029181780528313233347e04046869217c038090a3",
        "08028001021803a983851e028288",
        "08028001011e0282882804416e6e61",
        "08028001074c0621833130383629051a0b170205",
        "080200010f",
        "080200014508028090",
        "080280014d08028290",
        "080200015a080480e41804",
        "080200017d0802829e14010a",
        "08020000461803a98387790180",
        "080280004e1806a99380000002790180",
        "08020001031e0280819431018396220101",
        "08020001621c0f91a10c020101020106800412345678",
        "030200000f0101c21803a98387",
        "43020000070101c01802ec81",
        "080200017b2c013570028035",
        # between private exchanges: a proposal, the call it asked for, a transfer, a result
        "08020001621c209faa068001008201008b0102a112020101020104300a12023137800434373131",
        "080200020504038090a31803a983851c199faa068001008201008b0102a10b020102020105300312013170058134373131",
        "08028001621c249faa068001008201008b0100a11602010302010c300e0a0100a0098004343731310a0100",
        "08028001071c159faa06800100820100a20a02010130050201050500",
    )
]


def bent(random: Random) -> bytes:
    """A message with octets changed, left out, doubled, or joined with another's end."""
    octets = bytearray(random.choice(WHOLE))
    for _ in range(random.randrange(4)):
        at = random.randrange(len(octets))
        match random.randrange(5):
            case 0:
                octets[at] = random.randrange(256)
            case 1:
                octets[at] ^= 1 << random.randrange(8)
            case 2:
                del octets[at : at + random.randrange(1, 4)]
            case 3:
                octets[at:at] = octets[at : at + random.randrange(1, 6)]
            case _:
                octets[at:] = random.choice(WHOLE)[at:]
        if not octets:
            return b""
    return bytes(octets)


@pytest.mark.fuzz
def test_spoilt_messages_are_read_as_far_as_they_go() -> None:
    random = Random(SEED)
    for number in range(COUNT):
        octets = bent(random)
        for sender in ("user", "network", None):
            found = decode(octets, sender)
            said = found.describe()
            assert said, f"seed {SEED}, {number}: {octets.hex()}"
            assert "\n" not in said.replace("\\n", "")
        if isinstance(found, Message):
            again = decode(found.encode())
            assert isinstance(again, Message), f"seed {SEED}, {number}: {octets.hex()}"
            assert sorted(map(repr, again.elements)) == sorted(map(repr, found.elements)), octets


@pytest.mark.fuzz
def test_spoilt_contents_are_read_or_refused() -> None:
    random = Random(SEED)
    kinds = sorted(key for key in KNOWN if key[1] < 0x80)
    for number in range(COUNT):
        codeset, identifier = random.choice(kinds)
        contents = random.randbytes(random.randrange(8))
        shift = bytes((0x98 | codeset,)) if codeset else b""
        octets = b"\x08\x02\x00\x01\x7b" + shift + bytes((identifier, len(contents))) + contents
        found = decode(octets)
        assert isinstance(found, Message)
        assert len(found.elements) + len(found.faults) == 1, f"seed {SEED}, {number}"
        assert found.describe()


@pytest.mark.fuzz
def test_an_interface_survives_whatever_it_hears() -> None:
    random = Random(SEED)
    for number in range(max(1, COUNT // 100)):
        profile = random.choice([EURO, NI2, QSIG])
        layer = Layer3(random.choice(["user", "network"]), profile, channels=(1, 5, 7))
        layer.fire("link_up")
        for _ in range(3):
            layer.fire("setup", layer.new_call(), FACTS)
        for _ in range(100):
            for effect in layer.fire("data", bent(random)):
                match effect:
                    case Send(octets):
                        assert isinstance(decode(octets), Message), f"seed {SEED}, {number}"
                    case StartTimer(name) | StopTimer(name):
                        assert layer.timers[name] > 0
                    case Report(event):
                        assert isinstance(event, CallEvent)
        holders = [status.handle for status in layer.channels() if status.handle is not None]
        assert sorted(holders) == sorted(set(holders) & set(layer.query()))
