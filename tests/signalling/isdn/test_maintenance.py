"""SERVICE messages: channels out of service and back."""

from telcard.machine import Report, Send
from telcard.signalling.events import Blocked, Unblocked
from telcard.signalling.isdn import EURO, NI2, T1, CallEvent, Message, decode, maintenance
from telcard.signalling.isdn.channels import Channels


def books() -> Channels:
    return Channels(T1, lowest_first=True)


def test_a_service_message_by_hand() -> None:
    # 03 maintenance; 02 00 00 the interface's reference; 0f SERVICE; change status: c2 = out of
    # service; channel 7
    wanted = bytes.fromhex("03 02 00 00 0f 01 01 c2 18 03 a9 83 87")
    assert maintenance.tell(NI2, (7,), 2) == [Send(wanted)]
    assert maintenance.tell(EURO, (7,), 2) == []


def test_what_is_heard_is_noted_once_and_acknowledged_always() -> None:
    channels = books()
    for status, event in ((2, Blocked()), (2, None), (0, Unblocked()), (0, None)):
        (sent,) = maintenance.tell(NI2, (7,), status)
        message = decode(sent.pdu)
        assert isinstance(message, Message)
        back, *told = maintenance.hear(message, channels)
        assert back.pdu.hex() == sent.pdu.hex().replace("030200000f", "0302800007")
        assert told == ([] if event is None else [Report(CallEvent(0, 7, event))])
    assert not channels.far_blocked


def test_acknowledgements_and_strangers_are_passed_over() -> None:
    for text in ("0302800007 0101c2 1803a98387", "030200000f", "030200000f 0101c2 1803a98399"):
        message = decode(bytes.fromhex(text))
        assert isinstance(message, Message)
        assert not [e for e in maintenance.hear(message, books()) if isinstance(e, Report)]
