"""Q.921's data link: the SDLs of annex B walked, and two ends on a channel that loses frames."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.errors import LocalProtocolError
from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.signalling.isdn.lapd import Frame, Kind, Side
from telcard.signalling.isdn.q921 import (
    ERRORS,
    PRI,
    Data,
    DataLink,
    LinkDown,
    LinkError,
    LinkReset,
    LinkUp,
    Profile,
    State,
    UnitData,
)
from tests.support.fuzz import ASKED, costly
from tests.support.links import Pair

S = State


def frames(effects: list[Effect]) -> list[str]:
    """What is sent, in words; the machine is the user's side."""
    return [
        Frame.decode(effect.pdu).describe("user") for effect in effects if isinstance(effect, Send)
    ]


def told(effects: list[Effect]) -> list[Any]:
    return [effect.event for effect in effects if isinstance(effect, Report)]


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


# --- the tables -------------------------------------------------------------------------------

INPUTS: list[tuple[str, Callable[[DataLink], list[Effect]]]] = [
    ("establish", lambda link: link.fire("establish")),
    ("release", lambda link: link.fire("release")),
    ("data", lambda link: link.fire("data", b"m")),
    ("unit_data", lambda link: link.fire("unit_data", b"u")),
    ("busy", lambda link: link.fire("own_busy", True)),
    ("free", lambda link: link.fire("own_busy", False)),
    ("deactivate", lambda link: link.fire("deactivate")),
    ("SABME", lambda link: hear(link, Kind.SABME, command=True, pf=True)),
    ("DISC", lambda link: hear(link, Kind.DISC, command=True, pf=True)),
    ("UA", lambda link: hear(link, Kind.UA, command=False, pf=True)),
    ("UA0", lambda link: hear(link, Kind.UA, command=False)),
    ("DM", lambda link: hear(link, Kind.DM, command=False, pf=True)),
    ("DM0", lambda link: hear(link, Kind.DM, command=False)),
    ("FRMR", lambda link: hear(link, Kind.FRMR, command=False, info=bytes(5))),
    ("UI", lambda link: hear(link, Kind.UI, command=True, tei=127, info=b"w")),
    ("XID", lambda link: hear(link, Kind.XID, command=True)),
    ("I", lambda link: hear(link, Kind.I, command=True, ns=link.vr, nr=link.vs, info=b"x")),
    ("Ip", lambda link: hear(link, Kind.I, command=True, pf=True, ns=link.vr, info=b"x")),
    ("Iwrong", lambda link: hear(link, Kind.I, command=True, ns=link.vr + 1, info=b"x")),
    ("RR", lambda link: hear(link, Kind.RR, command=True, nr=link.vs)),
    ("RRp", lambda link: hear(link, Kind.RR, command=True, pf=True, nr=link.vs)),
    ("RRf", lambda link: hear(link, Kind.RR, command=False, pf=True, nr=link.vs)),
    ("RRbad", lambda link: hear(link, Kind.RR, command=True, nr=(link.vs + 9) % 128)),
    ("RNR", lambda link: hear(link, Kind.RNR, command=True, nr=link.vs)),
    ("RNRf", lambda link: hear(link, Kind.RNR, command=False, pf=True, nr=link.vs)),
    ("REJ", lambda link: hear(link, Kind.REJ, command=True, nr=link.va)),
    ("undefined", lambda link: link.fire("frame", bytes.fromhex("0201ff"))),
    ("odd", lambda link: link.fire("frame", bytes.fromhex("02010100ff"))),
    ("short", lambda link: link.fire("frame", bytes.fromhex("020101"))),
    ("long", lambda link: link.fire("frame", bytes.fromhex("02010000") + bytes(261))),
]

# What is sent, which state follows, what is told: figures B.4 to B.8.  `-` is nothing.
UP, DOWN, DATA = "LinkUp", "LinkDown", "Data"
WALK: dict[State, dict[str, tuple[str, State, str]]] = {
    S.TEI_ASSIGNED: {
        "establish": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "-"),
        "release": ("-", S.TEI_ASSIGNED, DOWN),
        "data": ("-", S.TEI_ASSIGNED, "-"),
        "SABME": ("UA response f=1", S.ESTABLISHED, UP),
        "DISC": ("DM response f=1", S.TEI_ASSIGNED, "-"),
        "UA": ("-", S.TEI_ASSIGNED, "C"),
        "UA0": ("-", S.TEI_ASSIGNED, "D"),
        "DM": ("-", S.TEI_ASSIGNED, "-"),
        "DM0": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "-"),
    },
    S.AWAITING_ESTABLISHMENT: {
        "establish": ("-", S.AWAITING_ESTABLISHMENT, "-"),
        "release": ("-", S.AWAITING_ESTABLISHMENT, "-"),
        "deactivate": ("-", S.TEI_ASSIGNED, DOWN),
        "SABME": ("UA response f=1", S.AWAITING_ESTABLISHMENT, "-"),
        "DISC": ("DM response f=1", S.AWAITING_ESTABLISHMENT, "-"),
        "UA": ("-", S.ESTABLISHED, UP),
        "UA0": ("-", S.AWAITING_ESTABLISHMENT, "D"),
        "DM": ("-", S.TEI_ASSIGNED, DOWN),
        "DM0": ("-", S.AWAITING_ESTABLISHMENT, "-"),
    },
    S.AWAITING_RELEASE: {
        "establish": ("-", S.AWAITING_RELEASE, "-"),
        "deactivate": ("-", S.TEI_ASSIGNED, DOWN),
        "SABME": ("DM response f=1", S.AWAITING_RELEASE, "-"),
        "DISC": ("UA response f=1", S.AWAITING_RELEASE, "-"),
        "UA": ("-", S.TEI_ASSIGNED, DOWN),
        "UA0": ("-", S.AWAITING_RELEASE, "D"),
        "DM": ("-", S.TEI_ASSIGNED, DOWN),
        "DM0": ("-", S.AWAITING_RELEASE, "-"),
    },
    S.ESTABLISHED: {
        "establish": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "-"),
        "release": ("DISC command p=1", S.AWAITING_RELEASE, "-"),
        "data": ("I command ns=0 nr=0", S.ESTABLISHED, "-"),
        "busy": ("RNR response nr=0", S.ESTABLISHED, "-"),
        "free": ("-", S.ESTABLISHED, "-"),
        "deactivate": ("-", S.TEI_ASSIGNED, DOWN),
        "SABME": ("UA response f=1", S.ESTABLISHED, "F LinkReset"),
        "DISC": ("UA response f=1", S.TEI_ASSIGNED, DOWN),
        "UA": ("-", S.ESTABLISHED, "C"),
        "UA0": ("-", S.ESTABLISHED, "D"),
        "DM": ("-", S.ESTABLISHED, "B"),
        "DM0": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "E"),
        "FRMR": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "K"),
        "I": ("RR response nr=1", S.ESTABLISHED, DATA),
        "Ip": ("RR response nr=1 f=1", S.ESTABLISHED, DATA),
        "Iwrong": ("REJ response nr=0", S.ESTABLISHED, "-"),
        "RR": ("-", S.ESTABLISHED, "-"),
        "RRp": ("RR response nr=0 f=1", S.ESTABLISHED, "-"),
        "RRf": ("-", S.ESTABLISHED, "A"),
        "RRbad": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "J"),
        "RNR": ("-", S.ESTABLISHED, "-"),
        "RNRf": ("-", S.ESTABLISHED, "A"),
        "REJ": ("-", S.ESTABLISHED, "-"),
    },
    S.TIMER_RECOVERY: {
        "establish": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "-"),
        "release": ("DISC command p=1", S.AWAITING_RELEASE, "-"),
        "data": ("-", S.TIMER_RECOVERY, "-"),
        "busy": ("RNR response nr=0", S.TIMER_RECOVERY, "-"),
        "free": ("-", S.TIMER_RECOVERY, "-"),
        "deactivate": ("-", S.TEI_ASSIGNED, DOWN),
        "SABME": ("UA response f=1", S.ESTABLISHED, "F LinkReset"),
        "DISC": ("UA response f=1", S.TEI_ASSIGNED, DOWN),
        "UA": ("-", S.TIMER_RECOVERY, "C"),
        "UA0": ("-", S.TIMER_RECOVERY, "D"),
        "DM": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "B"),
        "DM0": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "E"),
        "FRMR": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "K"),
        "I": ("RR response nr=1", S.TIMER_RECOVERY, DATA),
        "Ip": ("RR response nr=1 f=1", S.TIMER_RECOVERY, DATA),
        "Iwrong": ("REJ response nr=0", S.TIMER_RECOVERY, "-"),
        "RR": ("-", S.TIMER_RECOVERY, "-"),
        "RRp": ("RR response nr=0 f=1", S.TIMER_RECOVERY, "-"),
        "RRf": ("-", S.ESTABLISHED, "-"),
        "RRbad": ("SABME command p=1", S.AWAITING_ESTABLISHMENT, "J"),
        "RNR": ("-", S.TIMER_RECOVERY, "-"),
        "RNRf": ("-", S.ESTABLISHED, "-"),
        "REJ": ("-", S.TIMER_RECOVERY, "-"),
    },
}


REJECTED = {"undefined": "L", "odd": "M", "short": "N", "long": "O"}
"""Frame rejection conditions: a link is set up anew, where there is one."""
for _state in State:
    _up = _state in (S.ESTABLISHED, S.TIMER_RECOVERY)
    for _name, _code in REJECTED.items():
        WALK[_state][_name] = (
            ("SABME command p=1", S.AWAITING_ESTABLISHMENT, _code) if _up else ("-", _state, _code)
        )


def words(effects: list[Effect]) -> str:
    said = [
        event.code if isinstance(event, LinkError) else type(event).__name__
        for event in told(effects)
    ]
    return " ".join(said) or "-"


@pytest.mark.parametrize("state", State)
def test_every_state_does_what_its_figure_says(state: State) -> None:
    common = {"unit_data": "UI command sapi=0 tei=127", "UI": "-", "XID": "-"}
    for name, give in INPUTS:
        link = link_in(state)
        effects = give(link)
        got = (", ".join(frames(effects)) or "-", link.state, words(effects))
        told_of = "UnitData" if name == "UI" else "-"
        expected = WALK[state].get(name, (common.get(name, "-"), state, told_of))
        assert got == expected, f"{state.name}: {name}"


def check_timers(link: DataLink, running: set[str]) -> None:
    """No state without its timer, and no timer without its state."""
    if link.state is S.TEI_ASSIGNED:
        assert running == set()
    elif link.state is S.ESTABLISHED:
        assert running in ({"T200"}, {"T203"})
        unacknowledged = link.query().unacknowledged
        assert (running == {"T200"}) >= (unacknowledged > 0)
    else:
        assert running == {"T200"}
    assert link.t200 == ("T200" in running)


def keep(running: set[str], effects: list[Effect]) -> None:
    for effect in effects:
        if isinstance(effect, StartTimer):
            running.add(effect.name)
        elif isinstance(effect, StopTimer):
            assert effect.name in running, "what is stopped runs"
            running.discard(effect.name)


@costly(10)
@given(st.lists(st.integers(0, len(INPUTS) + 1), max_size=60))
def test_no_state_is_without_its_timer(steps: list[int]) -> None:
    """Whatever comes, in whatever order."""
    link, running = DataLink("user"), set[str]()
    for step in steps:
        if step < len(INPUTS):
            keep(running, INPUTS[step][1](link))
        else:
            name = ("T200", "T203")[step - len(INPUTS)]
            if name not in running:
                continue
            running.discard(name)
            keep(running, link.expire(name))
        check_timers(link, running)
    for _ in range(3 * (PRI.N200 + 2)):  # a peer that has died
        if not running:
            break
        name = running.pop()
        keep(running, link.expire(name))
        check_timers(link, running)
    assert link.state is S.TEI_ASSIGNED


# --- particular ways --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "kind", "code"),
    [(S.AWAITING_ESTABLISHMENT, "SABME", "G"), (S.AWAITING_RELEASE, "DISC", "H")],
)
def test_a_frame_without_answer_is_repeated_n200_times_and_given_up(
    state: State, kind: str, code: str
) -> None:
    link = link_in(state)
    for _ in range(PRI.N200):
        assert frames(link.expire("T200")) == [f"{kind} command p=1"]
    effects = link.expire("T200")
    assert told(effects) == [LinkError(code, ERRORS[code]), LinkDown()]
    assert link.state is S.TEI_ASSIGNED


def test_a_peer_that_answers_no_enquiry_loses_its_link_and_gets_a_new_one() -> None:
    link = link_in(S.TIMER_RECOVERY)
    for _ in range(PRI.N200):
        assert frames(link.expire("T200")) == ["RR command nr=0 p=1"]
    effects = link.expire("T200")
    assert told(effects) == [LinkError("I", ERRORS["I"])]
    assert frames(effects) == ["SABME command p=1"]
    assert told(hear(link, Kind.UA, command=False, pf=True)) == [LinkReset(lost=False)]


def test_at_most_k_messages_are_under_way() -> None:
    link = link_in(S.ESTABLISHED)
    sent = [frames(link.fire("data", bytes([n]))) for n in range(10)]
    assert [len(each) for each in sent] == [1] * 7 + [0] * 3
    assert (link.query().waiting, link.query().unacknowledged) == (3, 7)
    assert len(frames(hear(link, Kind.RR, command=True, nr=2))) == 2
    assert len(frames(hear(link, Kind.RR, command=True, nr=9))) == 1


def test_a_reject_repeats_what_was_lost_in_order() -> None:
    link = link_in(S.ESTABLISHED)
    for n in range(4):
        link.fire("data", bytes([n]))
    effects = hear(link, Kind.REJ, command=True, nr=1)
    assert frames(effects) == [f"I command ns={n} nr=0" for n in (1, 2, 3)]
    assert StartTimer("T200") in effects
    payloads = [Frame.decode(effect.pdu).info for effect in effects if isinstance(effect, Send)]
    assert payloads == [b"\x01", b"\x02", b"\x03"]


def test_a_second_frame_out_of_sequence_is_not_rejected_again() -> None:
    link = link_in(S.ESTABLISHED)
    assert frames(hear(link, Kind.I, command=True, ns=1, info=b"x")) == ["REJ response nr=0"]
    assert frames(hear(link, Kind.I, command=True, ns=2, info=b"x")) == []
    assert frames(hear(link, Kind.I, command=True, ns=3, pf=True, info=b"x")) == [
        "RR response nr=0 f=1"
    ]
    assert frames(hear(link, Kind.I, command=True, ns=0, info=b"x")) == ["RR response nr=1"]
    assert frames(hear(link, Kind.I, command=True, ns=3, info=b"x")) == ["REJ response nr=1"]


def test_a_busy_peer_gets_nothing_and_is_asked_until_it_is_free() -> None:
    link = link_in(S.ESTABLISHED)
    assert frames(hear(link, Kind.RNR, command=True, nr=0)) == []
    assert frames(link.fire("data", b"m")) == []
    for _ in range(20):  # as often as need be: it answers
        assert frames(link.expire("T200")) == ["RR command nr=0 p=1"]
        assert frames(hear(link, Kind.RNR, command=False, pf=True, nr=0)) == []
        assert link.state is S.ESTABLISHED
    assert frames(hear(link, Kind.RR, command=True, nr=0)) == ["I command ns=0 nr=0"]


def test_while_we_are_busy_messages_are_not_taken() -> None:
    link = link_in(S.ESTABLISHED)
    assert frames(link.fire("own_busy", True)) == ["RNR response nr=0"]
    effects = hear(link, Kind.I, command=True, pf=True, info=b"x")
    assert (frames(effects), told(effects)) == (["RNR response nr=0 f=1"], [])
    assert frames(hear(link, Kind.RR, command=True, pf=True)) == ["RNR response nr=0 f=1"]
    assert frames(link.expire("T203")) == ["RNR command nr=0 p=1"]
    assert frames(link.fire("own_busy", False)) == ["RR response nr=0"]


def test_an_answered_enquiry_repeats_what_did_not_arrive() -> None:
    link = link_in(S.ESTABLISHED)
    for n in range(3):
        link.fire("data", bytes([n]))
    assert frames(link.expire("T200")) == ["RR command nr=0 p=1"]
    assert frames(link.fire("data", b"later")) == []
    effects = hear(link, Kind.RR, command=False, pf=True, nr=1)
    assert frames(effects) == [f"I command ns={n} nr=0" for n in (1, 2, 3)]
    assert link.state is S.ESTABLISHED


def test_a_new_link_of_the_peers_is_told_with_what_may_be_lost() -> None:
    link = link_in(S.ESTABLISHED)
    link.fire("data", b"m")
    effects = hear(link, Kind.SABME, command=True, pf=True)
    assert told(effects) == [LinkError("F", ERRORS["F"]), LinkReset(lost=True)]
    assert link.query().unacknowledged == 0
    assert frames(link.fire("data", b"n")) == ["I command ns=0 nr=0"]


def test_requests_that_cross_wait_their_turn() -> None:
    link = link_in(S.AWAITING_RELEASE)
    link.fire("establish")
    effects = hear(link, Kind.UA, command=False, pf=True)
    assert told(effects) == [LinkDown()]
    assert frames(effects) == ["SABME command p=1"]
    link.fire("release")
    effects = hear(link, Kind.UA, command=False, pf=True)
    assert told(effects) == [LinkUp()]
    assert frames(effects) == ["DISC command p=1"]
    link.fire("establish")
    link.fire("release")
    assert link.fire("deactivate")[-1] == Report(LinkDown())
    assert link.state is S.TEI_ASSIGNED


def test_frames_for_others_are_none_of_ours() -> None:
    link = link_in(S.ESTABLISHED)
    for octets in ("02037f", "06017f", "0201", "ffff", "0203ff", "02ff7f"):
        assert link.fire("frame", bytes.fromhex(octets)) == []
    assert link.fire("frame", b"") == []


def test_two_ends_of_the_same_side_are_told_so() -> None:
    link = link_in(S.AWAITING_ESTABLISHMENT)
    (error,) = told(link.fire("frame", bytes.fromhex("00017f")))
    assert error == LinkError("L", "SABME came as a response; are both ends the user's?")


def test_a_request_for_a_tei_is_denied_by_the_network_and_nothing_else_answered() -> None:
    request = bytes.fromhex("fcff030f1234017f")  # Ri 1234, identity request, any TEI
    network = DataLink("network")
    assert network.fire("frame", request + b"\xff") == [Send(bytes.fromhex("feff030f1234037f"))]
    assert network.fire("frame", request[:-1]) == []
    assert DataLink("user").fire("frame", request) == []


@pytest.mark.parametrize(
    ("name", "args", "sentence"),
    [
        ("data", (b"",), "want a message of 1 to 260 octets, got 0"),
        ("data", (bytes(261),), "want a message of 1 to 260 octets, got 261"),
        ("unit_data", (bytes(261),), "want a message of 1 to 260 octets, got 261"),
        ("dance", (), "cannot dance; want one of frame, unit_data, deactivate"),
    ],
)
def test_what_layer_3_cannot_ask_for_is_refused(
    name: str, args: tuple[bytes, ...], sentence: str
) -> None:
    with pytest.raises(LocalProtocolError, match=sentence):
        link_in(S.ESTABLISHED).fire(name, *args)


def test_a_queue_has_an_end() -> None:
    link = link_in(S.ESTABLISHED, queued=5)
    for _ in range(12):
        link.fire("data", b"m")
    with pytest.raises(LocalProtocolError, match="5 messages wait already"):
        link.fire("data", b"m")


# --- both ends --------------------------------------------------------------------------------


def test_a_silent_link_is_asked_every_10_s_whether_it_is_there() -> None:
    pair = Pair()
    pair.fire("user", "establish")
    pair.run(60_000)
    asked = [at for at, _, frame, _ in pair.trace if frame.kind is Kind.RR and frame.cr]
    assert asked
    assert pair.events["user"] == pair.events["network"] == [LinkUp()]
    before = len(pair.trace)
    pair.run(10_000)
    assert 2 <= len(pair.trace) - before <= 4


def test_both_ends_establish_at_once() -> None:
    pair = Pair()
    for side in pair.links:
        pair.fire(side, "establish")
    pair.run(500)
    assert pair.events["user"] == pair.events["network"] == [LinkUp()]


def lossy(seed: int, share: float) -> Callable[[Side, Frame], bool]:
    rng = Random(seed)
    return lambda _side, _frame: rng.random() < share


@settings(max_examples=ASKED // 100 or 30)
@given(st.integers(0, 2**32), st.sampled_from([0.02, 0.1, 0.3]))
def test_messages_arrive_once_and_in_order_or_a_reset_is_told(seed: int, share: float) -> None:
    """Frames are lost at random, either end is busy at times, or asks for a new link."""
    rng = Random(seed)
    pair = Pair(lossy(seed, share))
    sent: dict[Side, list[bytes]] = {"user": [], "network": []}
    pair.fire("user", "establish")
    for number in range(40):
        side: Side = rng.choice(("user", "network"))
        if pair.links[side].state in (S.ESTABLISHED, S.TIMER_RECOVERY):
            message = f"{side} {number}".encode()
            sent[side].append(message)
            pair.fire(side, "data", message)
        if rng.random() < 0.05:
            pair.fire(side, "own_busy", rng.random() < 0.5)
        pair.run(rng.choice((0, 5, 50, 1000)))
    pair.lose = lambda _side, _frame: False
    for side in pair.links:
        pair.fire(side, "own_busy", False)
    pair.run(25_000)
    for side, other in (("user", "network"), ("network", "user")):
        got, wanted = pair.received(other), sent[side]  # type: ignore[arg-type, index]
        broken = any(
            isinstance(event, LinkReset | LinkDown)
            for events in pair.events.values()
            for event in events
        )
        if not broken:
            assert got == wanted
        places = [wanted.index(message) for message in got]
        assert places == sorted(set(places)), "in order, and none twice"


def test_a_dead_line_takes_the_link_down_within_the_repetitions_of_the_standard() -> None:
    pair = Pair()
    pair.fire("user", "establish")
    pair.run(1000)
    pair.fire("network", "data", b"m")
    pair.lose = lambda _side, _frame: True
    pair.fire("user", "data", b"lost")
    start = pair.now
    pair.run(60_000)
    for side in pair.links:
        assert pair.events[side][-1] == LinkDown()
        assert pair.links[side].state is S.TEI_ASSIGNED
    # T200, four enquiries and four SABMEs, a second each; the idle end waits for T203 before
    assert max(at for at, *_ in pair.trace) - start < 20_000
    assert pair.timers == {"user": {}, "network": {}}


def test_unit_data_passes_without_a_link() -> None:
    pair = Pair()
    pair.fire("network", "unit_data", b"to all")
    pair.run(100)
    assert pair.events["user"] == [UnitData(b"to all")]
    assert pair.events["network"] == []
