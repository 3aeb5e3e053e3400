"""Codes in octets: both orders, every number of bits, every cutting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.dsp.bitpack import BitPacker, BitUnpacker


def test_the_first_code_lies_where_the_order_says() -> None:
    codes = np.array([0b001, 0b010, 0b011, 0b100, 0b101, 0b110, 0b111, 0b000], np.uint8)
    # RFC 3551 4.5.4: the codes from right to left, octet for octet.
    assert BitPacker(3, "little").process(codes) == bytes([0b11010001, 0b01011000, 0b00011111])
    # I.366.2 Annex E: from left to right.
    assert BitPacker(3, "big").process(codes) == bytes([0b00101001, 0b11001011, 0b10111000])
    assert BitPacker(4, "big").process(np.array([1, 2] * 4, np.uint8)) == b"\x12" * 4
    assert BitPacker(4, "little").process(np.array([1, 2] * 4, np.uint8)) == b"\x21" * 4


@given(
    st.binary(max_size=90), st.integers(2, 5), st.sampled_from(["little", "big"]),
    st.integers(0, 90), st.integers(0, 60),
)  # fmt: skip
def test_codes_come_out_as_they_went_in_however_the_stream_is_cut(
    drawn: bytes, bits: int, order, cut: int, octet_cut: int
) -> None:
    codes = np.frombuffer(drawn, np.uint8) & (2**bits - 1)
    packer, unpacker = BitPacker(bits, order), BitUnpacker(bits, order)
    whole = packer.process(codes) + packer.flush()
    assert len(whole) == (len(codes) * bits + 7) // 8
    assert packer.process(codes[:cut]) + packer.process(codes[cut:]) + packer.flush() == whole
    back = [unpacker.process(whole[:octet_cut]), unpacker.process(whole[octet_cut:])]
    got = np.concatenate([*back, unpacker.flush()])
    np.testing.assert_array_equal(got[: len(codes)], codes)
    assert not got[len(codes) :].any()
    assert len(got) - len(codes) < 4


def test_what_cannot_be_packed_is_told() -> None:
    with pytest.raises(ValueError, match="bits: want 2 to 5, got 6"):
        BitPacker(6, "big")
    with pytest.raises(ValueError, match="order: want little or big, got 'middle'"):
        BitUnpacker(4, "middle")  # type: ignore[arg-type]
