"""Why calls end: the cause values of ITU-T Q.850 (table 1), and where a cause was generated."""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    """Cause values; `text` is the name that the standard gives them."""

    text: str

    def __new__(cls, value: int, text: str = "") -> Cause:
        """A value with its text."""
        cause = int.__new__(cls, value)
        cause._value_ = value
        cause.text = text
        return cause

    # normal event (classes 0 and 1)
    UNALLOCATED_NUMBER = 1, "unallocated (unassigned) number"
    NO_ROUTE_TO_TRANSIT_NETWORK = 2, "no route to specified transit network"
    NO_ROUTE_TO_DESTINATION = 3, "no route to destination"
    SEND_SPECIAL_INFORMATION_TONE = 4, "send special information tone"
    MISDIALLED_TRUNK_PREFIX = 5, "misdialled trunk prefix"
    CHANNEL_UNACCEPTABLE = 6, "channel unacceptable"
    CALL_AWARDED = 7, "call awarded and being delivered in an established channel"
    PREEMPTION = 8, "preemption"
    PREEMPTION_RESERVED = 9, "preemption, circuit reserved for reuse"
    QUERY_ON_RELEASE = 14, "QoR: ported number"
    NORMAL_CLEARING = 16, "normal call clearing"
    USER_BUSY = 17, "user busy"
    NO_USER_RESPONDING = 18, "no user responding"
    NO_ANSWER = 19, "no answer from user (user alerted)"
    SUBSCRIBER_ABSENT = 20, "subscriber absent"
    CALL_REJECTED = 21, "call rejected"
    NUMBER_CHANGED = 22, "number changed"
    REDIRECTION = 23, "redirection to new destination"
    EXCHANGE_ROUTING_ERROR = 25, "exchange routing error"
    NON_SELECTED_USER_CLEARING = 26, "non-selected user clearing"
    DESTINATION_OUT_OF_ORDER = 27, "destination out of order"
    INVALID_NUMBER_FORMAT = 28, "invalid number format (address incomplete)"
    FACILITY_REJECTED = 29, "facility rejected"
    RESPONSE_TO_STATUS_ENQUIRY = 30, "response to STATUS ENQUIRY"
    NORMAL_UNSPECIFIED = 31, "normal, unspecified"
    # resource unavailable (class 2)
    NO_CIRCUIT = 34, "no circuit/channel available"
    NETWORK_OUT_OF_ORDER = 38, "network out of order"
    PERMANENT_FRAME_MODE_OUT_OF_SERVICE = 39, "permanent frame mode connection out of service"
    PERMANENT_FRAME_MODE_OPERATIONAL = 40, "permanent frame mode connection operational"
    TEMPORARY_FAILURE = 41, "temporary failure"
    SWITCHING_EQUIPMENT_CONGESTION = 42, "switching equipment congestion"
    ACCESS_INFORMATION_DISCARDED = 43, "access information discarded"
    CHANNEL_NOT_AVAILABLE = 44, "requested circuit/channel not available"
    PRECEDENCE_CALL_BLOCKED = 46, "precedence call blocked"
    RESOURCE_UNAVAILABLE = 47, "resource unavailable, unspecified"
    # service or option not available (class 3)
    QUALITY_UNAVAILABLE = 49, "quality of service not available"
    FACILITY_NOT_SUBSCRIBED = 50, "requested facility not subscribed"
    OUTGOING_BARRED_IN_GROUP = 53, "outgoing calls barred within CUG"
    INCOMING_BARRED_IN_GROUP = 55, "incoming calls barred within CUG"
    BEARER_NOT_AUTHORIZED = 57, "bearer capability not authorized"
    BEARER_NOT_AVAILABLE = 58, "bearer capability not presently available"
    INCONSISTENT_ACCESS_INFORMATION = (
        62,
        "inconsistency in designated outgoing access information and subscriber class",
    )
    SERVICE_NOT_AVAILABLE = 63, "service or option not available, unspecified"
    # service or option not implemented (class 4)
    BEARER_NOT_IMPLEMENTED = 65, "bearer capability not implemented"
    CHANNEL_TYPE_NOT_IMPLEMENTED = 66, "channel type not implemented"
    FACILITY_NOT_IMPLEMENTED = 69, "requested facility not implemented"
    ONLY_RESTRICTED_DIGITAL = (
        70,
        "only restricted digital information bearer capability is available",
    )
    SERVICE_NOT_IMPLEMENTED = 79, "service or option not implemented, unspecified"
    # invalid message, e.g. parameter out of range (class 5)
    INVALID_CALL_REFERENCE = 81, "invalid call reference value"
    CHANNEL_DOES_NOT_EXIST = 82, "identified channel does not exist"
    SUSPENDED_CALL_OTHER_IDENTITY = (
        83,
        "a suspended call exists, but this call identity does not",
    )
    CALL_IDENTITY_IN_USE = 84, "call identity in use"
    NO_CALL_SUSPENDED = 85, "no call suspended"
    IDENTIFIED_CALL_CLEARED = 86, "call having the requested call identity has been cleared"
    USER_NOT_IN_GROUP = 87, "user not member of CUG"
    INCOMPATIBLE_DESTINATION = 88, "incompatible destination"
    NON_EXISTENT_GROUP = 90, "non-existent CUG"
    INVALID_TRANSIT_NETWORK = 91, "invalid transit network selection"
    INVALID_MESSAGE = 95, "invalid message, unspecified"
    # protocol error, e.g. unknown message (class 6)
    MANDATORY_ELEMENT_MISSING = 96, "mandatory information element is missing"
    MESSAGE_TYPE_NON_EXISTENT = 97, "message type non-existent or not implemented"
    MESSAGE_NOT_COMPATIBLE = (
        98,
        "message not compatible with call state or message type non-existent or not implemented",
    )
    ELEMENT_NON_EXISTENT = 99, "information element/parameter non-existent or not implemented"
    INVALID_ELEMENT_CONTENTS = 100, "invalid information element contents"
    MESSAGE_NOT_COMPATIBLE_WITH_STATE = 101, "message not compatible with call state"
    RECOVERY_ON_TIMER = 102, "recovery on timer expiry"
    PARAMETER_PASSED_ON = 103, "parameter non-existent or not implemented, passed on"
    UNRECOGNIZED_PARAMETER = 110, "message with unrecognized parameter, discarded"
    PROTOCOL_ERROR = 111, "protocol error, unspecified"
    # interworking (class 7)
    INTERWORKING = 127, "interworking, unspecified"


def cause_text(value: int) -> str:
    """What a cause value means, in the standard's words; also for values that it leaves open."""
    try:
        return Cause(value).text
    except ValueError:
        return f"cause {value}, which Q.850 does not name"


class Location(IntEnum):
    """Where a cause or a progress description was generated (Q.850 2.2.3); `text` says it."""

    text: str

    def __new__(cls, value: int, text: str = "") -> Location:
        """A value with its text."""
        location = int.__new__(cls, value)
        location._value_ = value
        location.text = text
        return location

    USER = 0, "user"
    PRIVATE_LOCAL = 1, "private network serving the local user"
    PUBLIC_LOCAL = 2, "public network serving the local user"
    TRANSIT = 3, "transit network"
    PUBLIC_REMOTE = 4, "public network serving the remote user"
    PRIVATE_REMOTE = 5, "private network serving the remote user"
    INTERNATIONAL = 7, "international network"
    BEYOND_INTERWORKING = 10, "network beyond interworking point"
