"""Why calls end: the values of ITU-T Q.850 (table 1) that telcard sends or understands."""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    """Cause values with their names in the standard."""

    NORMAL_CLEARING = 16
    USER_BUSY = 17
    NO_ANSWER = 19
    CALL_REJECTED = 21
    DESTINATION_OUT_OF_ORDER = 27
    INVALID_NUMBER_FORMAT = 28
    NO_CIRCUIT = 34
    NETWORK_OUT_OF_ORDER = 38
    TEMPORARY_FAILURE = 41
    SWITCHING_EQUIPMENT_CONGESTION = 42
    CHANNEL_NOT_AVAILABLE = 44
