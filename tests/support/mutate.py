"""Nonsense that looks nearly right: good inputs, spoilt at random under a seed.

    for number, data in mutants([good, another], count=1000, seed=1):
        ...

Input `number` of a seed is always the same octets, whatever the count, so that a failure is
replayed from two numbers.  About two million inputs of 1 kB a minute; no coverage feedback.
"""

from collections.abc import Iterator, Sequence
from random import Random

EXTREMES = [
    b"\x00", b"\x7f", b"\x80", b"\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f", b"-1", b"0", b"65536", b"9" * 30, b"nan", b"1e999",
    b'"', b"[", b"]" * 3, b"\n", b"\r\n", b"\xc3\x28", b"\xef\xbb\xbf",
]  # fmt: skip


def mutant(good: Sequence[bytes], number: int, seed: int) -> bytes:
    """One of the good inputs, spoilt in one to eight places."""
    random = Random(f"{seed}/{number}")
    data = bytearray(random.choice(good))
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        at = random.randrange(len(data) + 1)
        length = min(random.choice((1, 2, 4, 16, 200)), len(data) - at)
        match random.randrange(7):
            case 0 if at < len(data):
                data[at] ^= 1 << random.randrange(8)
            case 1:
                data[at : at + length] = random.randbytes(length)
            case 2:
                del data[at : at + length]
            case 3:
                data[at:at] = data[at : at + length] * random.choice((1, 2, 50))
            case 4:
                extreme = random.choice(EXTREMES)
                data[at : at + random.choice((0, len(extreme)))] = extreme
            case 5:
                other = random.choice(good)
                start = random.randrange(len(other) + 1)
                data[at : at + length] = other[start : start + length]
            case _:
                del data[at:]
    return bytes(data)


def mutants(good: Sequence[bytes], count: int, seed: int) -> Iterator[tuple[int, bytes]]:
    """The first `count` inputs of a seed, each with its number."""
    for number in range(count):
        yield number, mutant(good, number, seed)
