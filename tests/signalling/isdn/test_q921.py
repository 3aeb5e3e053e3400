"""Q.921's data link: the SDLs of annex B walked, and two ends on a channel that loses frames."""

from __future__ import annotations

from typing import Any

from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.isdn.lapd import Frame, Kind
from telcard.signalling.isdn.q921 import (
    Data,
    DataLink,
    LinkDown,
    LinkError,
    LinkUp,
    Profile,
    State,
)

S = State


def frames(effects: list[Effect]) -> list[str]:
    """What is sent, in words; the machine is the user's side."""
    return [
        Frame.decode(effect.pdu).describe("user") for effect in effects if isinstance(effect, Send)
    ]


def told(effects: list[Effect]) -> list[Any]:
    return [effect.event for effect in effects if isinstance(effect, Report)]


def codes(effects: list[Effect]) -> str:
    return "".join(event.code for event in told(effects) if isinstance(event, LinkError))


def hear(link: DataLink, kind: Kind, *, command: bool, **fields: Any) -> list[Effect]:
    """The user's link receives a frame of the network."""
    return link.fire("frame", Frame(kind=kind, cr=command, **fields).encode())


def link_in(state: State, **options: Any) -> DataLink:
    """A user's link that has come to a state by the shortest way."""
    link = DataLink("user", Profile(**options))
    if state is S.TEI_ASSIGNED:
        return link
    link.fire("establish")
    if state is S.AWAITING_ESTABLISHMENT:
        return link
    hear(link, Kind.UA, command=False, pf=True)
    if state is S.AWAITING_RELEASE:
        link.fire("release")
    elif state is S.TIMER_RECOVERY:
        link.expire("T203")
    assert link.state is state
    return link


def test_a_link_is_established_used_and_released() -> None:
    link = DataLink("user")
    assert link.fire("establish") == [Send(bytes.fromhex("00017f")), StartTimer("T200")]
    assert link.fire("frame", bytes.fromhex("000173")) == [
        StopTimer("T200"),
        StartTimer("T203"),
        Report(LinkUp()),
    ]
    assert link.fire("data", b"\x08") == [
        Send(bytes.fromhex("0001000008")),
        StopTimer("T203"),
        StartTimer("T200"),
    ]
    assert link.fire("frame", bytes.fromhex("00010102")) == [StopTimer("T200"), StartTimer("T203")]
    # an I frame of the network: N(S) = 0, N(R) = 1
    effects = link.fire("frame", bytes.fromhex("0201000209"))
    assert told(effects) == [Data(b"\x09")]
    assert frames(effects) == ["RR response nr=1"]
    effects = link.fire("release")
    assert frames(effects) == ["DISC command p=1"]
    assert effects[1:] == [StopTimer("T203"), StartTimer("T200")]
    assert hear(link, Kind.UA, command=False, pf=True) == [
        StopTimer("T200"),
        Report(LinkDown()),
    ]
    assert link.state is S.TEI_ASSIGNED
