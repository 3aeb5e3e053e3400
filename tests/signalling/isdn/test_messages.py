"""The codec: octets worked out by hand from Q.931 clause 4, faults, and whatever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.signalling.isdn.elements import (
    BearerCapability,
    CallState,
    CauseElement,
    ChannelIdentification,
    CongestionLevel,
    Element,
    Layer1,
    ProgressIndicator,
    RepeatIndicator,
    RestartClass,
    RestartIndicator,
    SendingComplete,
    TransitCounter,
    Unknown,
)
from telcard.signalling.isdn.messages import (
    ELEMENTS,
    KNOWN,
    Fault,
    Message,
    MessageType,
    Unreadable,
    decode,
)
from telcard.signalling.isdn.numbers import CalledNumber, CallingNumber, NumberType, Presentation
from telcard.signalling.isdn.payloads import Display, Facility, HighLayerCompatibility
from tests.support.fuzz import costly
from tests.support.isdn_elements import ELEMENT

T = MessageType


def read(text: str, sender: str | None = None) -> Message:
    message = decode(bytes.fromhex(text), sender)
    assert isinstance(message, Message)
    return message


# Octet by octet: 08 protocol discriminator; 02 length of the call reference; flag in bit 8 of the
# next octet; message type; then identifier, length, contents of each element.
VECTORS = {
    # a user's SETUP: call 5; sending complete; bearer capability: 80 = CCITT coding, speech;
    # 90 = circuit mode, 64 kbit/s; a3 = layer 1, A-law; channel: a9 = other interface than basic,
    # exclusive, as indicated; 83 = number follows, B-channel; 85 = timeslot 5, last octet; calling
    # number: 21 = national, E.164, octet 3a follows; 83 = allowed, provided by the network;
    # called number: 81 = unknown, E.164
    "08 02 00 05 05 a1 04 03 80 90 a3 18 03 a9 83 85 "
    "6c 06 21 83 31 30 38 36 70 06 81 39 35 35 38 38": (
        Message(
            T.SETUP,
            5,
            (
                SendingComplete(),
                BearerCapability(),
                ChannelIdentification((5,)),
                CallingNumber("1086", NumberType.NATIONAL, screening=3),
                CalledNumber("95588"),
            ),
        )
    ),
    # a caller who withholds his number: 3a = a0: restricted, not screened
    "08 02 12 34 05 04 03 80 90 a2 18 03 a1 83 81 6c 05 00 a0 31 32 33": Message(
        T.SETUP,
        0x1234,
        (
            BearerCapability(layer1=Layer1.ULAW),
            ChannelIdentification((1,), exclusive=False),
            CallingNumber("123", plan=0, presentation=Presentation.RESTRICTED),
        ),
    ),
    "08 02 80 05 02 18 03 a9 83 85": Message(
        T.CALL_PROCEEDING, 5, (ChannelIdentification((5,)),), True
    ),
    "08 02 80 05 01 1e 02 82 88": Message(T.ALERTING, 5, (ProgressIndicator(8, 2),), True),
    "08 02 80 05 07": Message(T.CONNECT, 5, (), True),
    "08 02 00 05 0f": Message(T.CONNECT_ACKNOWLEDGE, 5),
    # cause 16 from the user: 80 = CCITT coding, user; 90 = 16 with the extension bit
    "08 02 00 05 45 08 02 80 90": Message(T.DISCONNECT, 5, (CauseElement(16),)),
    "08 02 80 05 4d": Message(T.RELEASE, 5, (), True),
    # cause 96 of the network, with the identifier of what was missing
    "08 02 80 05 5a 08 03 82 e0 18": Message(
        T.RELEASE_COMPLETE, 5, (CauseElement(96, 2, b"\x18"),), True
    ),
    "08 02 00 05 7d 08 02 82 9e 14 01 0a": Message(
        T.STATUS, 5, (CauseElement(30, 2), CallState(10))
    ),
    # RESTART of channel 7 on the global reference; the ACKNOWLEDGE differs in flag and type
    "08 02 00 00 46 18 03 a9 83 87 79 01 80": Message(
        T.RESTART, 0, (ChannelIdentification((7,)), RestartIndicator(RestartClass.CHANNELS))
    ),
    "08 02 80 00 4e 79 01 87": Message(
        T.RESTART_ACKNOWLEDGE, 0, (RestartIndicator(RestartClass.ALL_INTERFACES),), True
    ),
    "08 02 00 05 7b 70 02 80 37": Message(T.INFORMATION, 5, (CalledNumber("7", plan=0),)),
    # a call reference of one octet, as basic rate interfaces have; the flag is bit 8 there too
    "08 01 85 75": Message(T.STATUS_ENQUIRY, 5, (), True, reference_octets=1),
    # the dummy reference
    "08 00 62 1c 02 91 a1": Message(T.FACILITY, None, (Facility(b"\xa1"),)),
    # locking shifts to code-set 4 (QSIG's transit counter, 83 = 3) and to 6, which nobody knows
    "08 02 00 01 03 1e 02 80 81 94 31 01 83 96 22 01 01": Message(
        T.PROGRESS, 1, (ProgressIndicator(1), TransitCounter(3), Unknown(6, 0x22, b"\x01"))
    ),
    # congestion level 15 in a single octet
    "08 02 00 01 79 bf 08 02 80 b8": Message(
        T.CONGESTION_CONTROL, 1, (CongestionLevel(15), CauseElement(56))
    ),
}


@pytest.mark.parametrize("text", VECTORS)
def test_octets_worked_out_from_the_standard(text: str) -> None:
    wanted = VECTORS[text]
    message = read(text)
    assert message.elements == wanted.elements
    assert wanted.encode().hex(" ") == text
    unknown = [fault for fault in message.faults if fault.kind is not Fault.UNRECOGNIZED]
    assert not unknown
    assert (message.kind, message.reference, message.to_origin, message.reference_octets) == (
        wanted.kind,
        wanted.reference,
        wanted.to_origin,
        wanted.reference_octets,
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "too short"),
        ("0802", "too short"),
        ("08020005", "too short"),
        ("4802000505", "protocol discriminator 0x48"),
        ("0803000505", "a call reference of 3 octets"),
        ("0812000505", "a call reference of 18 octets"),
    ],
)
def test_what_is_no_message_is_told_to_be_ignored(text: str, why: str) -> None:
    found = decode(bytes.fromhex(text))
    assert isinstance(found, Unreadable)
    assert why in found.describe()


@pytest.mark.parametrize(
    ("text", "sender", "faults"),
    [
        ("0802000505", "user", [(Fault.MISSING, 0x04, True)]),
        ("0802000505", "network", [(Fault.MISSING, 0x04, True), (Fault.MISSING, 0x18, True)]),
        ("0802000505 0400", None, [(Fault.INVALID, 0x04, True)]),
        ("0802000545", "user", [(Fault.MISSING, 0x08, True)]),
        ("0802000545 080180", "user", [(Fault.INVALID, 0x08, True)]),
        ("080200054d 080180", "user", [(Fault.INVALID, 0x08, False)]),
        ("0802000545 08028090 4f0155", "user", [(Fault.UNRECOGNIZED, 0x4F, False)]),
        # identifiers 0x must be understood (5.8.7.1): as if an element were missing
        ("0802000545 08028090 0f0155", "user", [(Fault.MISSING, 0x0F, True)]),
        ("0802000507 700581", "user", [(Fault.INVALID, 0x70, False)]),
        ("0802000507 1803a18310", "user", [(Fault.INVALID, 0x18, False)]),
        ("0802000507 c5", "user", [(Fault.UNRECOGNIZED, 0xC5, False)]),
    ],
)
def test_faults_are_data(text: str, sender: str, faults: list) -> None:
    found = read(text, sender).faults
    assert [(fault.kind, fault.identifier, fault.mandatory) for fault in found] == faults
    causes = {Fault.MISSING: 96, Fault.UNRECOGNIZED: 99, Fault.INVALID: 100}
    assert [fault.cause for fault in found] == [causes[kind] for kind, *_ in faults]
    assert all(fault.why for fault in found)


def test_the_first_of_elements_that_may_not_be_repeated_counts() -> None:
    message = read("0802000507 1803a98381 1803a98382 1e028081 1e028088")
    assert message.get(ChannelIdentification) == ChannelIdentification((1,))
    assert len(message.all(ChannelIdentification)) == 1
    assert [indicator.description for indicator in message.all(ProgressIndicator)] == [1, 8]


def test_elements_may_come_in_any_order() -> None:
    message = read("0802000505 7004813132 33 1803a98381 04038090a3".replace(" ", ""), "network")
    assert not message.faults
    assert message.get(CalledNumber) == CalledNumber("123")


def test_a_non_locking_shift_holds_for_one_element() -> None:
    message = read("0802000507 9e 280141 2801 42")  # code-set 6 once, then 0 again
    assert message.elements == (Unknown(6, 0x28, b"A"), Display("B"))


def test_a_locking_shift_never_goes_down() -> None:
    message = read("0802000507 96 280141 95 280142")
    assert message.elements == (Unknown(6, 0x28, b"A"), Unknown(6, 0x28, b"B"))


def test_every_type_has_its_elements_and_every_element_its_place() -> None:
    assert set(ELEMENTS) == set(MessageType)
    for row in ELEMENTS.values():
        assert all(len(marks) == 2 and set(marks) <= set("MO-") for marks in row.values())
    placed = {kind for row in ELEMENTS.values() for kind in row}
    outside = {"ChangeStatus", "SegmentedMessage", "CallIdentity"}
    missing = {kind.__name__ for kind in KNOWN.values()} - {kind.__name__ for kind in placed}
    assert missing <= outside


def test_a_message_is_told_in_words() -> None:
    text = "0802000505 a1 04038090a3 1803a98385 6c06218331303836 7006813935353838 96220101"
    assert read(text).describe() == (
        "SETUP call 5 (from its origin); sending complete; bearer speech, A-law; "
        "channel 5 (exclusive); calling number 1086 (national ISDN, shown, by the network); "
        "called number 95588 (ISDN); unknown element 0x22 of code-set 6: 01; "
        "[element 0x22 is not known]"
    )
    assert read("08028000 7d 0802809e 14013d").describe() == (
        "STATUS interface (to its origin); cause 30 (response to STATUS ENQUIRY) from user; "
        "call state 61"
    )
    assert read("0302000f 0f 0101c2".replace("000f ", "0000 ")).describe().startswith("SERVICE ")
    assert read("080200010b").describe() == "message 0x0b call 1 (from its origin)"


@costly(10)
@given(
    st.sampled_from(list(MessageType)),
    st.none() | st.integers(0, 0x7FFF),
    st.booleans(),
    st.lists(ELEMENT, max_size=4, unique_by=type),
)
def test_what_was_written_is_read_again(
    kind: MessageType, reference: int | None, flag: bool, elements: list[Element]
) -> None:
    message = Message(kind, reference, tuple(elements), flag and reference is not None)
    octets = message.encode()
    again = decode(octets)
    assert isinstance(again, Message)
    assert sorted(again.elements, key=repr) == sorted(elements, key=repr)
    assert (again.kind, again.reference, again.to_origin) == (kind, reference, message.to_origin)
    assert again.encode() == octets
    assert all(fault.kind is not Fault.INVALID for fault in again.faults)
    assert message.describe()


@given(st.binary(max_size=80))
def test_no_octets_are_too_much(octets: bytes) -> None:
    found = decode(b"\x08\x02\x00\x05" + octets)
    assert found.describe()
    if isinstance(found, Message):
        again = decode(found.encode())
        assert isinstance(again, Message)
        assert sorted(again.elements, key=repr) == sorted(found.elements, key=repr)


def test_a_repeat_indicator_stands_before_what_is_repeated() -> None:
    bearers = (BearerCapability(), BearerCapability(0x08, None), RepeatIndicator())
    octets = Message(T.SETUP, 1, (*bearers, HighLayerCompatibility(b"\x91\x81"))).encode()
    assert octets[5:] == bytes.fromhex("d2 04038090a3 04028890 7d029181")
