"""The fields of DIS, DTC and DCS, against octets that machines have sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.fax.fields import LENGTH, RATE, SCAN_TIME, WIDTH, Bit, Fields, is_extension

BITS = st.frozensets(st.integers(1, 127).filter(lambda bit: not is_extension(bit)))


def test_a_dis_of_a_service_manual_is_read_as_its_table_reads_it() -> None:
    """Epson WF-M5899 service manual, "DIS (DTC) capability bit table": 80 20 C2 8A C4 80 D5 83 ...

    Its octets have the most significant bit first, ours the other way round.
    """
    fields = Fields.read(bytes.fromhex("20C28AC480D5838018"))
    assert Bit.V8 in fields
    assert Bit.FRAMES_OF_64_PREFERRED not in fields
    assert Bit.POLLING not in fields
    assert Bit.RECEIVER in fields
    assert {Bit.FINE, Bit.MR} <= fields
    assert fields.get(RATE) == 0
    assert fields.get(WIDTH) == 2
    assert Bit.ECM in fields
    assert Bit.MMR in fields


def test_a_dcs_of_a_service_manual_is_read_as_its_table_reads_it() -> None:
    """The same manual, "DCS bit assignment": 83 00 42 F8 44."""
    fields = Fields.read(bytes.fromhex("0042F844"))
    assert {Bit.RECEIVER, Bit.FINE, Bit.ECM, Bit.MMR} == fields - set(range(17, 24))
    assert fields.get(RATE) == 0
    assert fields.get(WIDTH) == 0
    assert fields.get(LENGTH) == 2
    assert fields.get(SCAN_TIME) == 7


@pytest.mark.parametrize(
    ("bits", "octets"),
    [
        ((), "000000"),
        ((10,), "000200"),
        ((27,), "00008004"),
        ((41,), "000080808001"),
        ((127,), "00008080808080808080808080808040"),
    ],
)
def test_extension_bits_are_set_as_far_as_they_are_needed(
    bits: tuple[int, ...], octets: str
) -> None:
    assert Fields(bits).octets().hex() == octets


@settings(max_examples=20)
@given(BITS)
def test_what_is_written_is_read_again(bits: frozenset[int]) -> None:
    assert Fields.read(Fields(bits).octets()) == bits


@settings(max_examples=20)
@given(st.binary(max_size=24))
def test_whatever_comes_is_read(octets: bytes) -> None:
    fields = Fields.read(octets)
    assert not any(is_extension(bit) for bit in fields)
    assert all(isinstance(word, str) for word in fields.words())


def test_octets_behind_the_last_one_announced_are_no_part_of_it() -> None:
    assert Fields.read(bytes.fromhex("000200ffff")) == {10}


def test_a_field_of_several_bits_is_changed_alone() -> None:
    fields = Fields({Bit.RECEIVER, 17, 18}).with_number(WIDTH, 1).with_number(RATE, 0b1011)
    assert fields == {Bit.RECEIVER, 17, 11, 12, 14}
    assert fields.get(RATE) == 0b1011


def test_words_name_bits_and_number_reserved_ones() -> None:
    fields = Fields({Bit.ECM, Bit.MMR, 58, 17})
    assert fields.words() == ["error correction", "MMR", "bit 58"]
