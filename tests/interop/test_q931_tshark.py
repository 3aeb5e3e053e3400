"""Q.931 as tshark reads it: one message of each type, with every element that may stand in it."""

from pathlib import Path

import pytest

from telcard.signalling.isdn import Message, MessageType, qsig
from telcard.signalling.isdn import elements as e
from telcard.signalling.isdn import numbers as n
from telcard.signalling.isdn import payloads as p
from telcard.signalling.isdn.messages import ELEMENTS
from telcard.signalling.isdn.services import Component, Invoke, Refusal, Result
from tests.support.peers import PeerMissing, program
from tests.support.tshark import MALFORMED, read

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        program("tshark", "tshark")
    except PeerMissing as missing:
        pytest.skip(str(missing))


def test_tshark_reads_every_message_as_it_was_meant(tmp_path: Path) -> None:
    """One of each type, with an example of every element that may stand in it."""
    messages = [
        Message(kind, 5, tuple(EXAMPLES[element] for element in row if element in EXAMPLES))
        for kind, row in ELEMENTS.items()
    ]
    frames = [b"\x00\x01\x00\x00" + message.encode() for message in messages]
    path = tmp_path / "all.pcap"
    assert read(path, frames, "frame.number", only=MALFORMED) == []
    names = ("message_type", "called_party_number.digits", "calling_party_number.digits")
    rows = read(path, frames, *(f"q931.{name}" for name in names), only="q931")
    assert [int(row[0], 0) for row in rows] == [message.kind for message in messages]
    setup = rows[[message.kind for message in messages].index(MessageType.SETUP)]
    assert setup[1:] == ["95588", "13800138000"]
    rows = read(path, frames, "q931.cause_value", "q931.cause_location", only="q931.cause_value")
    assert {tuple(row) for row in rows} == {("17", "3")}


def test_tshark_reads_what_private_exchanges_tell_each_other(tmp_path: Path) -> None:
    """Call transfer and path replacement: operations, arguments, results and errors."""
    propose, told = qsig.Proposal("17", "4711"), qsig.Transferred(False, "95588", True)
    said: list[Component] = [
        Invoke(1, qsig.PATH_REPLACE_PROPOSE, propose.encode()),
        Invoke(2, qsig.PATH_REPLACE_SETUP, qsig.identified("17")),
        Result(2, qsig.PATH_REPLACE_SETUP, b"\x05\x00"),
        Invoke(3, qsig.PATH_REPLACE_RETAIN, qsig.identified("17")),
        Invoke(4, qsig.CALL_TRANSFER_COMPLETE, told.encode()),
        Invoke(5, qsig.CALL_TRANSFER_COMPLETE, qsig.Transferred(True).encode()),
        *(Refusal(1, problem) for problem in qsig.Problem),
    ]
    elements = [p.Facility(qsig.addressed(component), qsig.NETWORKING) for component in said]
    frames = [b"\x00\x01\x00\x00" + Message(0x62, 5, (e,)).encode() for e in elements]
    path = tmp_path / "qsig.pcap"
    assert read(path, frames, "frame.number", only=MALFORMED) == []
    names = ("qsig.operation", "qsig.error", "qsig.pr.callIdentity", "qsig.ct.endDesignation")
    party = ("qsig.unknownPartyNumber", "qsig.ct.callStatus")
    rows = read(path, frames, *names, *party, only="q931")
    assert [row[:1] + row[2:] for row in rows[:6]] == [
        ["4", "17", "", "4711", ""],
        ["5", "17", "", "", ""],
        ["5", "", "", "", ""],
        ["6", "17", "", "", ""],
        ["12", "", "1", "95588", "1"],
        ["12", "", "0", "", ""],
    ]
    assert [int(row[1]) for row in rows[6:]] == list(qsig.Problem)


EXAMPLES: dict[type[e.Element], e.Element] = {
    type(element): element
    for element in (
        e.SendingComplete(),
        e.BearerCapability(),
        e.CauseElement(17, 3),
        e.CallState(10),
        e.ChannelIdentification((5,)),
        e.RestartIndicator(),
        e.ProgressIndicator(8, 2),
        e.NotificationIndicator(0),
        e.Signal(1),
        e.CongestionLevel(15),
        e.MoreData(),
        e.TransitCounter(3),
        n.CalledNumber("95588"),
        n.CallingNumber("13800138000"),
        n.ConnectedNumber("95588"),
        n.RedirectingNumber("4321", reason=1),
        n.OriginalCalledNumber("1234", reason=15),
        n.RedirectionNumber("8888"),
        n.TransitNetworkSelection("288"),
        n.CalledSubaddress(b"\x501"),
        n.CallingSubaddress(b"\x502"),
        n.ConnectedSubaddress(b"\x503"),
        p.Display("Anna"),
        p.Keypad("*21#"),
        p.UserUser(b"hello"),
        p.DateTime(26, 11, 23, 2, 5),
        p.HighLayerCompatibility(b"\x91\x81"),
        p.LowLayerCompatibility(b"\x80\x90\xa3"),
        p.CallIdentity(b"\x01"),
        p.SegmentedMessage(b"\x80\x05"),
    )
}
