"""Caller ID messages against octets worked out from the standards, and against nonsense."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.callerid import (
    BELLCORE,
    CHINA,
    ETSI,
    Absence,
    CallerId,
    CallingUser,
    CallType,
    Forwarding,
    Kind,
    Moment,
    Parameter,
    checksum,
    encode,
    parse,
)
from telcard.callerid.octets import framed, parameters
from telcard.errors import RemoteProtocolError
from tests.support.fuzz import costly

NOON = Moment(9, 30, 12, 24)

# "number" is printed, checksum included, in ME Labs' "Caller ID" and many pages after it, and
# "parameters" in an engineer's note on China's formats; the same pages print 12h for "withheld" and
# 7Dh for "name", whose octets do not add up to nothing.  The others are the rules of GR-30 and EN
# 300 659-3 applied by hand and summed octet by octet: "withheld" is 04+09+195+50 = 1F2h, so 0Eh.
VECTORS = {
    "number": (
        "04 12 30 39 33 30 31 32 32 34 36 30 39 35 35 35 31 32 31 32 51",
        BELLCORE,
        "sdmf",
        CallerId(number="6095551212", time=NOON),
    ),
    "withheld": (
        "04 09 30 39 33 30 31 32 32 34 50 0E",
        BELLCORE,
        "sdmf",
        CallerId(absence=Absence.PRIVATE, time=NOON),
    ),
    "parameters": (
        "80 16 01 08 30 33 31 37 31 36 35 36 02 0A 32 31 35 36 34 33 30 31 34 34 BA",
        CHINA,
        "mdmf",
        CallerId(number="2156430144", time=Moment(3, 17, 16, 56)),
    ),
    "name": (
        "80 20 01 08 30 33 32 34 30 39 30 32 02 0A 38 30 30 35 35 35 31 32 31 32 "
        "07 08 4A 4F 48 4E 20 44 4F 45 84",
        BELLCORE,
        "mdmf",
        CallerId(number="8005551212", name="JOHN DOE", time=Moment(3, 24, 9, 2)),
    ),
    # 80+0D, 02+05+FF (12345), 07+04, D5+C5+C8+FD (张三 in GB 2312): 4FDh, so 03h
    "chinese name": (
        "80 0D 02 05 31 32 33 34 35 07 04 D5 C5 C8 FD 03",
        CHINA,
        "mdmf",
        CallerId(number="12345", name="张三"),
    ),
    "lamp on": ("06 03 42 42 42 31", BELLCORE, "sdmf", CallerId(kind=Kind.WAITING, waiting=True)),
    "lamp off": (
        "06 03 6F 6F 6F AA",
        BELLCORE,
        "sdmf",
        CallerId(kind=Kind.WAITING, waiting=False),
    ),
    "lamp on, with parameters": (
        "82 03 0B 01 FF 70",
        ETSI,
        "mdmf",
        CallerId(kind=Kind.WAITING, waiting=True),
    ),
    "etsi": (
        "80 0E 11 01 01 04 01 50 15 01 03 1A 03 31 32 33 3E",
        ETSI,
        "mdmf",
        CallerId(
            call_type=CallType.VOICE,
            absence=Absence.PRIVATE,
            forwarding=Forwarding.UNCONDITIONAL,
            redirecting="123",
        ),
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_messages_are_the_octets_of_the_standards(name: str) -> None:
    text, dialect, form, message = VECTORS[name]
    octets = bytes.fromhex(text)
    assert encode(message, dialect, form).hex(" ") == octets.hex(" ")
    assert parse(octets, dialect) == message


def test_the_sum_of_all_octets_is_nothing() -> None:
    for text, *_ in VECTORS.values():
        assert sum(bytes.fromhex(text)) % 256 == 0
    assert checksum(b"") == 0


def test_any_one_spoilt_octet_is_noticed() -> None:
    whole = bytes.fromhex(VECTORS["name"][0])
    for at in range(len(whole)):
        for wrong in {0, 0x55, whole[at] ^ 1, whole[at] ^ 0x80} - {whole[at]}:
            with pytest.raises(RemoteProtocolError):
                parse(whole[:at] + bytes([wrong]) + whole[at + 1 :])


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("", "want at least 3 octets, got 0"),
        ("80 00", "want at least 3 octets, got 2"),
        ("80 05 80", "its length says 8 octets, got 3"),
        ("80 00 81", "want checksum 80h, got 81h"),
        ("80 01 02 7D", "parameter 02h reaches beyond the message's end"),
        ("80 02 02 05 77", "parameter 02h reaches beyond the message's end"),
        ("06 03 42 42 41 32", "want 42h or 6Fh three times, got 42 42 41"),
        ("06 00 FA", "want 42h or 6Fh three times, got nothing"),
        ("07 00 F9", "type 07h is not known"),
        ("04 00 FC", "want 8 digits MMDDHHMM"),
        ("04 08 31 33 30 31 30 30 30 30 6F", "no year has 13-01 00:00"),
        ("04 08 30 31 30 31 30 30 30 30 72", "number: want digits"),
    ],
)
def test_what_is_broken_is_refused_in_one_sentence(octets: str, why: str) -> None:
    with pytest.raises(RemoteProtocolError, match=why) as refusal:
        parse(bytes.fromhex(octets))
    assert "\n" not in str(refusal.value)


def test_what_no_rule_knows_or_what_breaks_it_is_kept() -> None:
    odd = [
        Parameter(0x02, b"12345"),
        Parameter(0x01, b"99999999"),  # no such time
        Parameter(0x02, b"678"),  # a second number
        Parameter(0x30, b"\x01\x02"),  # of the network's
        Parameter(0x04, b"Z"),
        Parameter(0x07, b"   "),
        Parameter(0x08, b""),
        Parameter(0x05, b"9"),
        Parameter(0x06, b"X"),
        Parameter(0x0B, b"\x07"),
    ]
    contents = b"".join(bytes([p.type, len(p.value)]) + p.value for p in odd)
    octets = framed(0x80, contents)
    message = parse(octets)
    assert message == CallerId(number="12345", others=tuple(odd[1:]))
    assert encode(message) == octets
    assert parameters(contents) == odd


def test_a_test_of_the_delivery_is_read_as_a_call() -> None:
    assert parse(framed(0x81, b"\x02\x0212")) == CallerId(number="12")


def test_reasons_for_a_redirection_are_read_as_characters_and_as_numbers() -> None:
    for value, reason in ((b"0", "UNCONDITIONAL"), (b"\x01", "BUSY"), (b"2", "NO_REPLY")):
        message = parse(framed(0x80, b"\x05\x01" + value))
        assert message.forwarding is Forwarding[reason]
    assert encode(CallerId(forwarding=Forwarding.BUSY))[2:-1] == b"\x05\x011"


@pytest.mark.parametrize(
    ("message", "dialect", "form", "why"),
    [
        (CallerId(number="1" * 21), BELLCORE, "mdmf", "number: want 1 to 20 octets, got 21"),
        (CallerId(number=""), BELLCORE, "mdmf", "number: want 1 to 20 octets, got 0"),
        (CallerId(number="12x"), BELLCORE, "mdmf", "want digits, got 'x' in '12x'"),
        (CallerId(name="A" * 16), BELLCORE, "mdmf", "name: want 1 to 15 octets, got 16"),
        (CallerId(name="张三"), BELLCORE, "mdmf", "ascii has no '张'"),
        (CallerId(called="12"), BELLCORE, "mdmf", "called: the dialect bellcore has no parameter"),
        (CallerId(dialable="12"), ETSI, "mdmf", "dialable: the dialect etsi has no parameter"),
        (CallerId(forwarding=Forwarding.DEFLECTED), BELLCORE, "mdmf", "GR-31 knows"),
        (CallerId(long_distance=False), BELLCORE, "mdmf", "long_distance: a message can say True"),
        (CallerId(messages=256), ETSI, "mdmf", "code: want 0 to 255, got 256"),
        (CallerId(others=(Parameter(1, bytes(256)),)), ETSI, "mdmf", "others: want a type"),
        (CallerId(others=(Parameter(1, bytes(254)),)), ETSI, "mdmf", "at most 255 octets, got 256"),
        (CallerId(number="12"), BELLCORE, "sdmf", "want a call with its time"),
        (CallerId(time=NOON), BELLCORE, "sdmf", "either a number or why there is none"),
        (CallerId(time=NOON, number="1" * 21), BELLCORE, "sdmf", "want 1 to 20 octets"),
        (CallerId(time=NOON, number="1", name="A"), BELLCORE, "sdmf", "name: sdmf has no place"),
        (CallerId(time=NOON, number="1", others=(Parameter(1, b""),)), BELLCORE, "sdmf", "others"),
        (CallerId(), BELLCORE, "xml", "form: want mdmf or sdmf, got 'xml'"),
    ],
)
def test_what_cannot_be_said_is_refused_in_one_sentence(message, dialect, form, why) -> None:
    with pytest.raises(ValueError, match=why):
        encode(message, dialect, form)


numbers = st.text("0123456789*#", min_size=1, max_size=20)
absences = st.sampled_from(Absence)
moments = st.builds(
    Moment, st.integers(1, 12), st.integers(1, 29), st.integers(0, 23), st.integers(0, 59)
)
chinese = st.text(
    st.characters(codec="gb2312").filter(lambda c: not c.isspace() and c != "\0"),
    min_size=1,
    max_size=20,
)


@given(
    st.builds(
        CallerId,
        number=numbers,
        name=chinese,
        time=moments,
        dialable=st.none() | numbers,
        long_distance=st.none() | st.just(True),
        others=st.lists(st.builds(Parameter, st.integers(0x40, 0xFF), st.binary(max_size=20))).map(
            tuple
        ),
    )
)
def test_what_a_chinese_exchange_says_is_understood(message: CallerId) -> None:
    try:
        octets = encode(message, CHINA)
    except ValueError as refusal:
        assert "want at most 255 octets" in str(refusal)
        return
    assert parse(octets, CHINA) == message


@given(
    st.builds(
        CallerId,
        kind=st.sampled_from(Kind),
        call_type=st.none() | st.sampled_from(CallType),
        number=st.none() | numbers,
        absence=st.none() | absences,
        called=st.none() | numbers,
        redirecting=st.none() | numbers,
        forwarding=st.none() | st.sampled_from(Forwarding),
        user=st.none() | st.sampled_from(CallingUser),
        waiting=st.none() | st.booleans(),
        messages=st.none() | st.integers(0, 255),
    )
)
def test_what_an_exchange_of_etsi_says_is_understood(message: CallerId) -> None:
    assert parse(encode(message, ETSI), ETSI) == message


@pytest.mark.fuzz
@costly(8)  # what costs is to draw them
@given(st.binary(max_size=260), st.sampled_from([BELLCORE, ETSI, CHINA]))
def test_nonsense_is_a_message_or_one_sentence(octets: bytes, dialect) -> None:
    """Bare, with a checksum put right, and as the contents of a message."""
    for attempt in (octets, octets[:-1] + bytes([checksum(octets[:-1])]), whole(octets)):
        try:
            message = parse(attempt, dialect)
        except RemoteProtocolError as refusal:
            assert "\n" not in str(refusal)
            continue
        assert str(message)
        told = [item for item in fields(message) if getattr(message, item.name) is not None]
        assert told


def whole(octets: bytes) -> bytes:
    contents = octets[:255]
    return framed(0x80, contents)
