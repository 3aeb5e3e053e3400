"""All calls of a D-channel: whole dialogues between both ends, glare, broken links, restarts."""

import pytest

from telcard.errors import ConfigError, LocalProtocolError
from telcard.machine import Send, StartTimer
from telcard.signalling.events import (
    AlarmCeased,
    Alarmed,
    Alerting,
    Answered,
    Blocked,
    Disconnected,
    Failed,
    MoreDigits,
    Notified,
    Offered,
    Proceeding,
    Progressed,
    Released,
    Restarted,
    SeizureAcknowledged,
    Unblocked,
)
from telcard.signalling.facts import CallFacts
from telcard.signalling.isdn import ESTABLISH, EURO, NI2, QSIG, T1, Layer3, Message, decode
from tests.support.isdn_pair import FACTS, NETWORK, USER, Pair, talking

BOTH = pytest.mark.parametrize("caller", [USER, NETWORK], ids=["user calls", "network calls"])


def sent(effects: list) -> list[str]:
    messages = [decode(effect.pdu) for effect in effects if isinstance(effect, Send)]
    return [message.name for message in messages if isinstance(message, Message)]


# -- calls ----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("profile", [EURO, NI2, QSIG], ids=lambda profile: profile.name)
def test_a_call_runs_from_setup_to_release_complete(caller: int, profile) -> None:
    pair = Pair(profile, T1)
    called = 1 - caller
    mine, theirs = talking(pair, caller)
    pair.ask(caller, "clear", mine)
    pair.run()
    assert pair.events(called, theirs)[-1] == Disconnected(16, pair.events(called)[-1].location)
    pair.ask(called, "clear", theirs)
    pair.run()
    c, d = "UN"[caller], "UN"[called]
    assert pair.names() == [
        f"{c} SETUP",
        f"{d} CALL PROCEEDING",
        f"{d} ALERTING",
        f"{d} CONNECT",
        f"{c} CONNECT ACKNOWLEDGE",
        f"{c} DISCONNECT",
        f"{d} RELEASE",
        f"{c} RELEASE COMPLETE",
    ]
    assert pair.events(caller) == [Proceeding(), Alerting(), Answered(), Released(16)]
    offered, answered, disconnected, released = pair.events(called)
    assert isinstance(offered, Offered)
    assert offered.facts == FACTS
    assert (answered, released) == (Answered(), Released(16))
    assert disconnected.cause == 16
    assert pair.idle()
    assert not pair.timers(USER) | pair.timers(NETWORK)


@BOTH
def test_a_call_is_refused_before_any_answer(caller: int) -> None:
    pair = Pair()
    mine = pair.call(caller)
    pair.run()
    pair.ask(1 - caller, "clear", pair.offered(1 - caller), 17)
    pair.run()
    disconnected, released = pair.events(caller, mine)
    assert isinstance(disconnected, Disconnected)
    assert disconnected.cause == 17
    assert released == Released(17)
    assert pair.names()[-1].endswith("RELEASE COMPLETE")
    assert pair.idle()


@BOTH
def test_digits_follow_one_by_one(caller: int) -> None:
    pair = Pair()
    called = 1 - caller
    mine = pair.call(caller, CallFacts(called="9"))
    pair.run()
    theirs = pair.offered(called)
    pair.ask(called, "setup_ack", theirs)
    pair.run()
    assert pair.events(caller, mine) == [SeizureAcknowledged()]
    for digit in "5588":
        pair.ask(caller, "information", mine, digit)
        pair.run(10)  # less than T302
    pair.ask(caller, "information", mine, "", True)
    pair.run()
    digits = [e for e in pair.events(called, theirs) if isinstance(e, MoreDigits)]
    assert digits == [MoreDigits(d) for d in "5588"] + [MoreDigits("", True)]
    pair.ask(called, "proceeding", theirs)
    pair.run()
    assert pair.events(caller, mine)[-1] == Proceeding()


def test_silence_after_a_digit_is_the_end_of_the_number() -> None:
    pair = Pair()
    pair.call(USER, CallFacts(called="9"))
    pair.run()
    theirs = pair.offered(NETWORK)
    pair.ask(NETWORK, "setup_ack", theirs)
    pair.run(15.1)
    assert pair.events(NETWORK, theirs)[-1] == MoreDigits("", True)


def test_tones_are_announced_before_and_after_the_call() -> None:
    pair = Pair()
    mine = pair.call(USER)
    pair.run()
    theirs = pair.offered(NETWORK)
    pair.ask(NETWORK, "proceeding", theirs)
    pair.ask(NETWORK, "progress", theirs, True, 17)
    pair.run()
    pair.ask(NETWORK, "clear", theirs, 17, True)
    pair.run(20)
    assert pair.events(USER, mine) == [
        Proceeding(),
        Progressed(True, 17),
        Disconnected(17, "public network serving the local user", True),
    ]
    pair.run(15)  # T306: the tone is over
    assert pair.events(USER, mine)[-1] == Released(17)
    assert pair.idle()


def test_people_are_told_that_they_are_held() -> None:
    pair = Pair()
    mine, theirs = talking(pair)
    pair.ask(USER, "notify", mine, 0)
    pair.run()
    assert pair.events(NETWORK, theirs)[-1] == Notified("user suspended")


def test_a_transcript_tells_a_call_in_words() -> None:
    pair = Pair()
    mine, _ = talking(pair)
    lines = pair.layers[USER].transcript(mine)
    assert lines[0].startswith("> SETUP call 1 (from its origin); sending complete; bearer speech")
    assert lines[1] == "< CALL PROCEEDING call 1 (to its origin); channel 31 (exclusive)"


def test_transcripts_of_calls_long_gone_are_forgotten() -> None:
    pair = Pair()
    first, _ = talking(pair)
    layer = pair.layers[USER]
    for _ in range(70):
        pair.ask(USER, "clear", pair.call(USER))
        pair.ask(USER, "restart", None)
        pair.run()
    assert layer.transcript(first) == []
    assert len(layer._history) == 64


# -- requests that cannot be met -----------------------------------------------------------------


def test_a_side_is_user_or_network() -> None:
    with pytest.raises(ConfigError, match="want 'user' or 'network', got 'exchange'"):
        Layer3("exchange")  # type: ignore[arg-type]


def test_nonsense_is_refused_in_one_sentence() -> None:
    pair = Pair()
    mine = pair.call(USER)
    with pytest.raises(LocalProtocolError, match="cannot connect in state call_initiated"):
        pair.ask(USER, "connect", mine)
    with pytest.raises(LocalProtocolError, match="fly: no such request"):
        pair.ask(USER, "fly", 99)
    with pytest.raises(LocalProtocolError, match="want a new handle"):
        pair.ask(USER, "setup", mine, FACTS)
    with pytest.raises(LocalProtocolError, match="channel 16: want one of"):
        pair.ask(USER, "restart", 16)
    with pytest.raises(LocalProtocolError, match="called: want digits"):
        pair.call(USER, CallFacts(called="九"))


def test_requests_that_cross_with_the_end_of_a_call_are_dropped() -> None:
    pair = Pair()
    mine, theirs = talking(pair)
    pair.ask(USER, "clear", mine)
    pair.run()
    for name in ("alerting", "progress", "connect"):
        pair.ask(NETWORK, name, theirs)
    pair.ask(NETWORK, "clear", theirs)
    pair.run()
    pair.ask(NETWORK, "clear", theirs)
    pair.ask(NETWORK, "notify", theirs, 1)
    assert pair.idle()


def test_a_call_without_a_channel_or_a_link_is_told_so() -> None:
    pair = Pair(channels=(1,))
    pair.call(USER)
    handle = pair.call(USER)
    assert pair.events(USER, handle) == [Failed(34, "no channel is free"), Released(34)]
    handle = pair.call(USER, FACTS, 1, True)
    assert pair.events(USER, handle) == [Failed(44, "channel 1 cannot be had"), Released(44)]
    pair.part()
    handle = pair.call(USER)
    assert pair.events(USER, handle) == [Failed(38, "there is no data link"), Released(38)]


# -- channels ------------------------------------------------------------------------------------


def test_the_sides_begin_at_opposite_ends_of_the_channels() -> None:
    pair = Pair()
    user, network = pair.call(USER), pair.call(NETWORK)
    assert (pair.channel(USER, user), pair.channel(NETWORK, network)) == (31, 1)
    assert pair.layers[USER].free() == 29


def test_when_both_ends_seize_a_channel_the_networks_call_keeps_it() -> None:
    pair = Pair()
    ours, theirs = pair.call(USER, FACTS, 7), pair.call(NETWORK, FACTS, 7)
    pair.run()
    at_user, at_network = pair.offered(USER), pair.offered(NETWORK)
    pair.ask(USER, "alerting", at_user)
    pair.ask(NETWORK, "alerting", at_network)
    pair.run()
    assert pair.channel(NETWORK, theirs) == pair.channel(USER, at_user) == 7
    assert pair.channel(USER, ours) == pair.channel(NETWORK, at_network) == 1
    assert Alerting() in pair.events(USER, ours)
    assert Alerting() in pair.events(NETWORK, theirs)


def test_a_user_who_insists_on_a_channel_that_was_seized_is_refused() -> None:
    pair = Pair()
    ours, theirs = pair.call(USER, FACTS, 7, True), pair.call(NETWORK, FACTS, 7, True)
    pair.run()
    assert pair.events(USER, ours)[-1] == Released(44)
    assert pair.channel(USER, pair.offered(USER)) == 7
    assert pair.state(NETWORK, theirs) == "CALL_PRESENT"


def test_all_channels_seized_from_both_ends_carry_one_call_each() -> None:
    pair = Pair(channels=(1, 2, 3))
    for number in (1, 2, 3):
        pair.call(USER, FACTS, number)
        pair.call(NETWORK, FACTS, number)
    pair.run()
    assert len(pair.layers[NETWORK].query()) == 3
    assert all(status.state == "call" for status in pair.layers[USER].channels())
    for handle in list(pair.layers[USER].query()):
        pair.ask(USER, "clear", handle)
    pair.run(100)
    assert pair.idle()


def test_a_channel_that_is_blocked_here_takes_no_calls_from_either_end() -> None:
    pair = Pair()
    pair.ask(USER, "block", 7)
    mine = pair.call(NETWORK, FACTS, 7)
    insisted = pair.call(NETWORK, FACTS, 7, True) if pair.channel(NETWORK, mine) != 7 else None
    pair.run()
    pair.ask(USER, "proceeding", pair.offered(USER))
    pair.run()
    assert insisted is None
    assert pair.channel(NETWORK, mine) == 31  # another one than was preferred
    insisted = pair.call(NETWORK, FACTS, 7, True)
    pair.run()
    assert pair.events(NETWORK, insisted)[-1] == Released(44)
    pair.ask(USER, "unblock", 7)
    pair.call(NETWORK, FACTS, 7, True)
    pair.run()
    assert pair.channel(USER, pair.offered(USER)) == 7


def test_national_isdn_tells_the_far_end_that_a_channel_is_blocked() -> None:
    pair = Pair(NI2, T1)
    pair.ask(USER, "block", 7)
    pair.run()
    assert pair.events(NETWORK) == [Blocked()]
    assert pair.layers[NETWORK].channels()[6].state == "blocked there"
    handle = pair.call(NETWORK, FACTS, 7, True)
    assert pair.events(NETWORK, handle)[-1] == Released(44)
    pair.ask(USER, "unblock", 7)
    pair.run()
    assert pair.events(NETWORK)[-1] == Unblocked()


@pytest.mark.parametrize(
    ("contents", "cause"),
    [("a98390", 82), ("a98388", 44), ("a0", 34)],  # channel 16; channel 8, taken; no channel
)
def test_a_setup_with_a_channel_that_cannot_be_had_is_refused(contents: str, cause: int) -> None:
    layer = Layer3("user")
    layer.fire("link_up")
    layer.fire("setup", layer.new_call(), FACTS, 8)
    element = bytes.fromhex(contents)
    octets = bytes.fromhex("0802000905 04038090a3 18") + bytes((len(element),)) + element
    if cause == 44:  # a call that has its channel: glare is something else
        layer.fire("data", bytes.fromhex("0802800102"))
    (effect,) = layer.fire("data", octets)
    message = decode(effect.pdu)
    assert message.name == "RELEASE_COMPLETE"
    assert message.elements[0].value == cause


# -- messages that belong to no call (5.8.3.2) ---------------------------------------------------


@pytest.mark.parametrize(
    ("octets", "answer", "cause"),
    [
        ("0802802a01", "RELEASE_COMPLETE", 81),  # ALERTING
        ("0802002a4d08028090", "RELEASE_COMPLETE", 81),
        ("0802002a5a", None, None),
        ("0802802a05 04038090a3 1803a98381", None, None),  # SETUP with the flag of an answer
        ("0802002a75", "STATUS", 30),
        ("0802002a7d 0802829e 140100", None, None),
        ("0802002a7d 0802829e 14010a", "RELEASE_COMPLETE", 101),
        ("0802002a05 04038090a3", "RELEASE_COMPLETE", 96),  # the network must name a channel
        ("0802002a05 0400 1803a98381", "RELEASE_COMPLETE", 100),
        ("0802000062 1c0191", "STATUS", 81),  # FACILITY for the whole interface
        ("0802000046 790180", "STATUS", 96),  # RESTART of channels, without naming any
        ("0802000046 1803a98390 790180", "STATUS", 82),
        ("0802800046 790187", "STATUS", 81),  # RESTART with the flag of an answer
        ("08020000 75", "STATUS", 30),
        ("0800621c0191", None, None),  # the dummy reference
        ("09", None, None),
        ("4102002a05", None, None),
        ("0803002a0505", None, None),
    ],
)
def test_what_belongs_to_no_call_is_answered_as_the_standard_says(
    octets: str, answer: str | None, cause: int | None
) -> None:
    layer = Layer3("user")
    layer.fire("link_up")
    effects = layer.fire("data", bytes.fromhex(octets))
    assert sent(effects) == ([] if answer is None else [answer])
    if answer is not None:
        message = decode(effects[0].pdu)
        assert message.elements[0].value == cause
        assert message.to_origin != decode(bytes.fromhex(octets)).to_origin
    assert layer.query() == {}


def test_resume_is_rejected_and_so_is_what_else_there_is_none_of() -> None:
    pair = Pair()
    mine, _ = talking(pair)
    for octets, answer in (
        ("0802002a26", "RESUME_REJECT"),
        ("0802000125", "SUSPEND_REJECT"),
        ("0802000124", "HOLD_REJECT"),
        ("0802000131", "RETRIEVE_REJECT"),
        ("08020001ff", "STATUS"),
    ):
        assert sent(pair.layers[NETWORK].fire("data", bytes.fromhex(octets))) == [answer]
    assert pair.state(USER, mine) == "ACTIVE"


# -- the data link --------------------------------------------------------------------------------


def test_the_data_link_is_asked_for_until_it_is_there() -> None:
    layer = Layer3("user")
    asking = [Send(ESTABLISH), StartTimer("relink")]
    assert layer.fire("start") == layer.expire("relink") == asking
    layer.fire("link_up")
    assert layer.fire("start") == []


def test_an_active_call_survives_a_short_loss_of_the_data_link() -> None:
    pair = Pair()
    mine, theirs = talking(pair)
    pair.part()
    pair.run(30)
    pair.join()
    pair.run(60)
    assert pair.state(USER, mine) == pair.state(NETWORK, theirs) == "ACTIVE"
    assert pair.names().count("U STATUS ENQUIRY") == pair.names().count("N STATUS ENQUIRY") == 1
    assert pair.events(USER, 0) == [Alarmed("the data link is down"), AlarmCeased()]
    assert not pair.timers(USER) | pair.timers(NETWORK)


def test_a_long_loss_ends_active_calls_and_their_channels_are_restarted() -> None:
    pair = Pair()
    mine, theirs = talking(pair)
    pair.part()
    pair.run(91)
    why = Failed(27, "the data link does not come back (T309)")
    assert pair.events(USER, mine)[-2:] == pair.events(NETWORK, theirs)[-2:] == [why, Released(27)]
    pair.join()
    pair.run()
    assert pair.names()[-4:] == ["U RESTART", "N RESTART"] + [
        f"{end} RESTART ACKNOWLEDGE" for end in "NU"
    ]
    assert Restarted((31,)) in pair.events(USER, 0)
    assert pair.idle()


@pytest.mark.parametrize("steps", range(6))
@pytest.mark.parametrize("deaf", [USER, NETWORK, None], ids=["user", "network", "both"])
def test_a_loss_in_every_state_leaves_nothing_blocked(steps: int, deaf: int | None) -> None:
    """Either both ends notice, or one alone, whose messages the other gets no more."""
    pair = Pair()
    mine = pair.call(USER)
    if steps:
        pair.run()
        theirs = pair.offered(NETWORK)
        for name in ["setup_ack", "proceeding", "alerting", "connect"][: min(steps, 4)]:
            pair.ask(NETWORK, name, theirs)
            pair.run(0 if steps < 5 else 0.5)
        if steps == 5:
            pair.ask(USER, "clear", mine)
    if deaf is None:
        pair.part()
        pair.run(1)
        pair.join()
    else:
        pair.whole = False
        pair.ask(deaf, "link_down")
        pair.run(1)
        pair.whole = True
        pair.ask(deaf, "link_up")
        pair.ask(1 - deaf, "link_reset")
    pair.run(5)
    for end in (USER, NETWORK):
        for handle in list(pair.layers[end].query()):
            pair.ask(end, "clear", handle)
    pair.run(400)
    assert pair.idle()
    assert not pair.timers(USER) | pair.timers(NETWORK)


def test_a_call_that_one_end_lost_is_found_by_asking() -> None:
    pair = Pair()
    mine, theirs = talking(pair)
    layer = pair.layers[NETWORK]
    layer._forget(theirs, layer._calls[theirs])
    pair.ask(USER, "link_reset")
    pair.run()
    assert pair.events(USER, mine)[-2:] == [
        Failed(41, "the far end does not know the call"),
        Released(41),
    ]


def test_a_call_that_ends_while_the_data_link_is_away_ends_at_once() -> None:
    pair = Pair()
    mine, theirs = talking(pair)
    pair.part()
    pair.ask(USER, "notify", mine, 0)  # nobody can be told
    pair.ask(USER, "clear", mine)
    assert pair.events(USER, mine)[-1] == Released(16)
    pair.join()
    pair.run()
    assert pair.events(NETWORK, theirs)[-1] == Released(41)
    assert pair.idle()


# -- restarts --------------------------------------------------------------------------------------


@BOTH
def test_a_restart_of_a_channel_ends_its_call_at_both_ends(caller: int) -> None:
    pair = Pair()
    mine, theirs = talking(pair)
    number = pair.channel(USER, mine)
    pair.ask(caller, "restart", number)
    pair.run()
    assert pair.events(USER, mine)[-1] == pair.events(NETWORK, theirs)[-1] == Released(41)
    assert pair.events(1 - caller, 0) == [Restarted((number,))]
    assert pair.idle()


def test_a_restart_of_the_interface_ends_all_calls() -> None:
    pair = Pair()
    for _ in range(3):
        talking(pair)
    pair.ask(NETWORK, "restart", None)
    pair.run()
    assert pair.idle()
    assert pair.events(USER, 0) == pair.events(NETWORK, 0) == [Restarted(())]


def test_a_slot_map_names_channels_as_well() -> None:
    pair = Pair()
    mine, _ = talking(pair)
    assert pair.channel(USER, mine) == 31
    octets = bytes.fromhex("0802000046 1806a99380000002 790180")  # timeslots 31 and 1
    effects = pair.layers[USER].fire("data", octets)
    assert sent(effects)[-1] == "RESTART_ACKNOWLEDGE"
    assert pair.state(USER, mine) == "NULL"
