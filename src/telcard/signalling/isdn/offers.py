"""A call's facts as elements of a SETUP, and a SETUP as facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from telcard.errors import LocalProtocolError
from telcard.signalling.facts import (
    Bearer,
    CallFacts,
    NumberPlan,
    NumberType,
    Redirection,
    Screening,
)
from telcard.signalling.isdn import numbers
from telcard.signalling.isdn.elements import (
    BearerCapability,
    Capability,
    Element,
    SendingComplete,
    TransitCounter,
)
from telcard.signalling.isdn.messages import Message
from telcard.signalling.isdn.payloads import Display, Keypad, UserUser
from telcard.signalling.isdn.profiles import Profile

LONGEST_NUMBER = 40
"""Digits; the standard leaves the limit to networks, whose longest is 23 octets or more."""
LONGEST_DISPLAY = 80
"""Characters (Q.931 4.5.16: 34 or 82 octets)."""
LONGEST_USER_USER = 128
"""Octets (Q.931 4.5.30: 35 or 131 octets)."""

_TYPES: Mapping[NumberType, int] = {
    "unknown": numbers.NumberType.UNKNOWN,
    "international": numbers.NumberType.INTERNATIONAL,
    "national": numbers.NumberType.NATIONAL,
    "network": numbers.NumberType.NETWORK_SPECIFIC,
    "subscriber": numbers.NumberType.SUBSCRIBER,
    "abbreviated": numbers.NumberType.ABBREVIATED,
}
_PLANS: Mapping[NumberPlan, int] = {
    "unknown": numbers.NumberPlan.UNKNOWN,
    "isdn": numbers.NumberPlan.ISDN,
    "data": numbers.NumberPlan.DATA,
    "telex": numbers.NumberPlan.TELEX,
    "national": numbers.NumberPlan.NATIONAL,
    "private": numbers.NumberPlan.PRIVATE,
}
_REASONS: Mapping[Redirection, int] = {
    "unknown": numbers.RedirectionReason.UNKNOWN,
    "busy": numbers.RedirectionReason.BUSY,
    "no answer": numbers.RedirectionReason.NO_REPLY,
    "deflection": numbers.RedirectionReason.DEFLECTION,
    "out of order": numbers.RedirectionReason.OUT_OF_ORDER,
    "always": numbers.RedirectionReason.UNCONDITIONAL,
}
_SCREENINGS: tuple[Screening, ...] = get_args(Screening)  # in the order of the standard's values
_BEARERS: Mapping[Bearer, int] = {
    "speech": Capability.SPEECH,
    "3.1kHz": Capability.AUDIO_3K1,
    "64k": Capability.UNRESTRICTED,
}
_TYPE_NAMES = {value: name for name, value in _TYPES.items()}
_PLAN_NAMES = {value: name for name, value in _PLANS.items()}
_REASON_NAMES = {value: name for name, value in _REASONS.items()}
_BEARER_NAMES = {value: name for name, value in _BEARERS.items()}


def setup_elements(facts: CallFacts, profile: Profile, *, user: bool) -> list[Element]:
    """The elements of a SETUP but for the channel; what this side may not send is left out.

    Raises LocalProtocolError when a number, a name or user data cannot be sent.
    """
    found: list[Element] = [SendingComplete()] if facts.complete else []
    capability = _BEARERS[facts.bearer]
    law = None if facts.bearer == "64k" else profile.law
    found.append(BearerCapability(capability, law))
    if facts.display and (profile.symmetrical or not user):
        _check("display", facts.display, LONGEST_DISPLAY, "latin-1")
        found.append(Display(facts.display))
    if facts.caller or not facts.caller_presented:
        _check("caller", facts.caller, LONGEST_NUMBER)
        found.append(
            numbers.CallingNumber(
                facts.caller,
                _TYPES[facts.caller_type],
                _PLANS[facts.caller_plan],
                numbers.Presentation.ALLOWED
                if facts.caller_presented
                else numbers.Presentation.RESTRICTED,
                _SCREENINGS.index(facts.caller_screened),
            )
        )
    if facts.called:
        found.append(called_number(facts))
    if facts.redirecting:
        _check("redirecting", facts.redirecting, LONGEST_NUMBER)
        reason = _REASONS[facts.redirecting_reason]
        found.append(numbers.RedirectingNumber(facts.redirecting, reason=reason))
    if facts.user_user:
        if len(facts.user_user) > LONGEST_USER_USER:
            raise LocalProtocolError(
                f"user_user: want at most {LONGEST_USER_USER} octets, got {len(facts.user_user)}",
                "Q.931 4.5.30",
            )
        found.append(UserUser(facts.user_user))
    if profile.transit_counter:
        found.append(TransitCounter(0))
    return found


def called_number(facts: CallFacts) -> numbers.CalledNumber:
    """The number to be dialled."""
    _check("called", facts.called, LONGEST_NUMBER)
    return numbers.CalledNumber(facts.called, _TYPES[facts.called_type], _PLANS[facts.called_plan])


def _check(name: str, text: str, longest: int, charset: str = "ascii") -> None:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        wanted = "digits, * and #" if charset == "ascii" else "Latin letters"
        raise LocalProtocolError(f"{name}: want {wanted}, got {text!r}", "Q.931 4.5") from None
    if len(text) > longest:
        raise LocalProtocolError(
            f"{name}: want at most {longest} characters, got {len(text)}", "Q.931 4.5"
        )


def facts_of(message: Message) -> CallFacts:
    """What a SETUP says of its call; what telcard has no word for is "unknown"."""
    bearer = message.get(BearerCapability)
    called = message.get(numbers.CalledNumber)
    caller = message.get(numbers.CallingNumber) or _NOBODY
    diverted = message.get(numbers.RedirectingNumber)
    keypad = message.get(Keypad)
    display = message.get(Display)
    user_user = message.get(UserUser)
    return CallFacts(
        called=called.digits if called else keypad.digits if keypad else "",
        called_type=_TYPE_NAMES.get(called.type, "unknown") if called else "unknown",
        called_plan=_PLAN_NAMES.get(called.plan, "unknown") if called else "isdn",
        caller=caller.digits,
        caller_type=_TYPE_NAMES.get(caller.type, "unknown"),
        caller_plan=_PLAN_NAMES.get(caller.plan, "unknown"),
        caller_presented=caller.presentation != numbers.Presentation.RESTRICTED,
        caller_screened=_SCREENINGS[caller.screening],
        redirecting=diverted.digits if diverted else "",
        redirecting_reason=_REASON_NAMES.get(diverted.reason or 0, "unknown")
        if diverted
        else "unknown",
        display=display.text if display else "",
        user_user=user_user.data if user_user else b"",
        bearer=_BEARER_NAMES.get(bearer.capability, "64k") if bearer else "speech",
        complete=message.get(SendingComplete) is not None,
    )


_NOBODY = numbers.CallingNumber()
