from dataclasses import replace

import pytest

from telcard.callerid import CHINA, ETSI, CallerId, encode, parse
from telcard.callerid.dialects import BELLCORE, NAMES


@pytest.mark.parametrize("dialect", [BELLCORE, ETSI, CHINA])
def test_every_rule_has_its_own_type_and_field_and_the_field_exists(dialect) -> None:
    types = [rule.type for rule in dialect.rules]
    fields = [rule.field for rule in dialect.rules]
    assert len(set(types)) == len(types)
    assert len(set(fields)) == len(fields)
    assert set(fields) <= set(CallerId.__dataclass_fields__)
    assert set(types) <= set(NAMES)


def test_a_table_of_ones_own_may_code_text_otherwise() -> None:
    german = replace(ETSI, name="german", codecs=("latin-1",))
    message = CallerId(number="030", name="Käthe")
    assert encode(message, german)[-6:-1] == b"K\xe4the"
    assert parse(encode(message, german), ETSI) == message
    with pytest.raises(ValueError, match="ascii has no 'ä'"):
        encode(message, ETSI)


def test_names_in_gb_2312_are_written_and_rarer_ones_are_read() -> None:
    # GB 2312: 张 D5C5, 三 C8FD (rows 53 and 40, each octet with A0h added)
    octets = encode(CallerId(name="张三"), CHINA)
    assert octets[2:-1] == bytes([0x07, 4, 0xD5, 0xC5, 0xC8, 0xFD])
    rare = bytes([0x07, 2]) + "镕".encode("gbk")  # not in GB 2312
    from telcard.callerid.octets import framed

    assert parse(framed(0x80, rare), CHINA).name == "镕"
    with pytest.raises(ValueError, match="gb2312 has no '镕'"):
        encode(CallerId(name="镕"), CHINA)
