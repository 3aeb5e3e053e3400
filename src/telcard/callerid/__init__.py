"""Caller ID: who calls, told by the exchange before anybody answers.

    pcm = caller_id(CallerId(number="02162345678", name="张三"), "china_fsk")
    detect_caller_id(pcm, "china")              # [CallerIdEvent(..., message=CallerId(...))]

    receiver = CallerIdReceiver("china", channels=30)       # a stream: FSK and DTMF at once
    for block in blocks:
        for event in receiver.process(block):
            print(event.channel, event.message)

`messages` are the plain values; `octets` writes and reads them as FSK carries them, in one of the
`dialects` (North America, ETSI, China with names in GB 2312), `japan` as NTT's FSK does, `digits`
as DTMF does.  `standards` says who sends what when, `sender` makes it sound and `receiver` hears
it.  `alert` is the dual tone before it, and `type_two` the handshake of caller ID while people
talk.
"""

from telcard.callerid import type_two
from telcard.callerid.alert import AlertDetector, AlertEvent, AlertProfile, alert, detect_alerts
from telcard.callerid.dialects import BELLCORE, CHINA, ETSI, Dialect
from telcard.callerid.digits import (
    BARE,
    CHINA_DIGITS,
    DENMARK,
    ETSI_DIGITS,
    TAIWAN,
    DigitForm,
    encode_digits,
    parse_digits,
)
from telcard.callerid.japan import encode_japan, parse_japan
from telcard.callerid.messages import (
    Absence,
    CallerId,
    CallingUser,
    CallType,
    Forwarding,
    Kind,
    Moment,
    Parameter,
)
from telcard.callerid.octets import checksum, encode, parse
from telcard.callerid.receiver import CallerIdEvent, CallerIdReceiver, detect_caller_id
from telcard.callerid.sender import caller_id
from telcard.callerid.standards import STANDARDS, Standard

__all__ = [
    "BARE",
    "BELLCORE",
    "CHINA",
    "CHINA_DIGITS",
    "DENMARK",
    "ETSI",
    "ETSI_DIGITS",
    "STANDARDS",
    "TAIWAN",
    "Absence",
    "AlertDetector",
    "AlertEvent",
    "AlertProfile",
    "CallType",
    "CallerId",
    "CallerIdEvent",
    "CallerIdReceiver",
    "CallingUser",
    "Dialect",
    "DigitForm",
    "Forwarding",
    "Kind",
    "Moment",
    "Parameter",
    "Standard",
    "alert",
    "caller_id",
    "checksum",
    "detect_alerts",
    "detect_caller_id",
    "encode",
    "encode_digits",
    "encode_japan",
    "parse",
    "parse_digits",
    "parse_japan",
    "type_two",
]
