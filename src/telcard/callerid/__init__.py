"""Caller ID: who calls, told by the exchange before anybody answers.

    message = parse(octets)                     # or parse_digits("A13501234567C")
    message.number, message.name, message.time

`messages` are the plain values; `octets` writes and reads them as FSK carries them, in one of the
`dialects` (North America, ETSI, China with names in GB 2312); `digits` as DTMF does.  `alert` is the dual tone before it, and `type_two` the handshake of
caller ID while people talk.
"""

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

__all__ = [
    "BARE",
    "BELLCORE",
    "CHINA",
    "CHINA_DIGITS",
    "DENMARK",
    "ETSI",
    "ETSI_DIGITS",
    "TAIWAN",
    "Absence",
    "AlertDetector",
    "AlertEvent",
    "AlertProfile",
    "CallType",
    "CallerId",
    "CallingUser",
    "Dialect",
    "DigitForm",
    "Forwarding",
    "Kind",
    "Moment",
    "Parameter",
    "alert",
    "checksum",
    "detect_alerts",
    "encode",
    "encode_digits",
    "parse",
    "parse_digits",
]
