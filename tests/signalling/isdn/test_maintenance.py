"""SERVICE messages: channels out of service and back."""

from telcard.machine import Report, Send
from telcard.signalling.events import Blocked, Unblocked
from telcard.signalling.isdn import EURO, NI2, T1, CallEvent, Message, decode, maintenance
from telcard.signalling.isdn.channels import Channels, address


def books() -> Channels:
    return Channels(T1, lowest_first=True)


def test_a_service_message_by_hand() -> None:
    # 43 National ISDN's maintenance; 02 00 00 the interface's reference; 07 SERVICE; change
    # status: c2 = out of service; channel 7
    wanted = bytes.fromhex("43 02 00 00 07 01 01 c2 18 03 a9 83 87")
    assert maintenance.tell(NI2, books(), (7,), 2) == [Send(wanted)]
    assert maintenance.tell(EURO, books(), (7,), 2) == []


def test_what_is_heard_is_noted_once_and_acknowledged_always() -> None:
    channels = books()
    for status, event in ((2, Blocked()), (2, None), (0, Unblocked()), (0, None)):
        (sent,) = maintenance.tell(NI2, books(), (7,), status)
        message = decode(sent.pdu)
        assert isinstance(message, Message)
        back, *told = maintenance.hear(message, channels)
        assert back.pdu.hex() == sent.pdu.hex().replace("4302000007", "430280000f")
        assert told == ([] if event is None else [Report(CallEvent(0, 7, event))])
    assert not channels.far_blocked


def test_acknowledgements_and_strangers_are_passed_over() -> None:
    for text in ("0302800007 0101c2 1803a98387", "030200000f", "030200000f 0101c2 1803a98399"):
        message = decode(bytes.fromhex(text))
        assert isinstance(message, Message)
        assert not [e for e in maintenance.hear(message, books()) if isinstance(e, Report)]


def test_a_d_channel_is_announced_and_that_is_acknowledged() -> None:
    # 03 AT&T's maintenance, 0f SERVICE, 07 its acknowledgement; the rest as above, but the element
    # names the D-channel (bit 3) of interface 1 and no channel: ec 81
    message = maintenance.announce(0x03, 1)
    assert message.encode().hex() == "030200000f0101c01802ec81"
    assert maintenance.d_channel(message) == (1, True)
    assert maintenance.acknowledgement(message).encode().hex() == "03028000070101c01802ec81"
    gone = decode(bytes.fromhex("03020000 0f 0101c2 1802ec80"))
    assert isinstance(gone, Message)
    assert maintenance.d_channel(gone) == (0, False)
    for other in ("030200000f 0101c2 1803a98387", "0302800007 0101c0 1802ec81", "030200000f"):
        message = decode(bytes.fromhex(other))
        assert isinstance(message, Message)
        assert maintenance.d_channel(message) is None


def test_an_interface_is_blocked_as_a_whole() -> None:
    channels = Channels((1, address(2, 1), address(2, 2)), lowest_first=True, home=0)
    message = decode(bytes.fromhex("030200000f 0101c2 1802e982"))
    assert isinstance(message, Message)
    maintenance.hear(message, channels)
    assert channels.far_blocked == {address(2, 1), address(2, 2)}
