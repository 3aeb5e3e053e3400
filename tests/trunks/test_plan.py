"""How spans are used: what is planned, what cards can do."""

from dataclasses import replace

import pytest

from telcard.cards import CardSpec, load
from telcard.countries import country, no_country
from telcard.errors import ConfigError
from telcard.signalling import Agreed, Membership
from telcard.signalling.r2 import Request, variant
from telcard.trunks import LinesPlan, SpanPlan, plan_lines, plan_spans

E1, FOUR, PHONES = load("d300sc_e1"), load("dahdi_4e1"), load("msi_240sc")
T1 = load("d240sc_t1")
LOOPS = load("d41esc")
GROUPED = SpanPlan("pri", group="a")
BRAZIL = country("BR")
NAMES = [f"dxxxB1C{number}" for number in range(1, 5)]


def shared(*roles: str) -> list[SpanPlan]:
    """The plans of four spans, the first of which share a D-channel."""
    plans = [SpanPlan("pri", group="a", d_channel=role) for role in roles]
    return plan_spans([FOUR], [*plans, *["pri"] * (4 - len(plans))])[0]


def test_spans_that_share_a_d_channel_know_their_places() -> None:
    places = [plan.membership for plan in shared("", "backup", "")]
    first, *others = ("primary", "backup", "none")
    assert places[0] == Membership("a", 0, first)
    assert places[1:] == [*(Membership("a", n, role) for n, role in enumerate(others, 1)), None]
    swapped = shared("none", "primary")
    assert [plan.d_channel for plan in swapped] == ["none", "primary", "", ""]
    assert swapped[1].agreed(no_country(), T1.spans[0]) == Agreed(
        "pri", membership=Membership("a", 1, "primary")
    )
    (every,) = plan_spans([FOUR], GROUPED)
    assert [plan.d_channel for plan in every] == ["primary", "none", "none", "none"]
    assert [plan.interface for plan in every] == [0, 1, 2, 3]


def blind() -> CardSpec:
    """A card that does not see poles change places."""
    return replace(LOOPS, ports=tuple(replace(port, polarity=False) for port in LOOPS.analogue))


def test_without_a_plan_every_span_speaks_messages_where_its_card_can() -> None:
    assert plan_spans([E1, PHONES, FOUR], None) == [[SpanPlan("pri")], [], [SpanPlan("pri")] * 4]
    (port,) = E1.ports
    plain = replace(E1, ports=(replace(port, signalling=("cas",)),))
    assert plan_spans([plain], None) == [[SpanPlan("cas")]]


def test_one_plan_is_for_all_spans_and_several_are_for_one_each() -> None:
    ours = SpanPlan("pri", digits=4)
    assert plan_spans([E1, FOUR], "pri") == [[SpanPlan("pri")], [SpanPlan("pri")] * 4]
    planned = plan_spans([E1, FOUR], ["cas", ours, "pri", "pri", "cas"])
    assert [plan.signalling for plan in planned[1]] == ["pri", "pri", "pri", "cas"]
    assert planned[1][0] is ours


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: plan_spans([E1], "isdn"), "signalling: want one of .*, got 'isdn'"),
        (lambda: plan_spans([FOUR], ["pri"]), "want a plan for each of 4 spans, got 1"),
        (lambda: SpanPlan("pri", variant="4ess"), "variant: want one of euro, ni2, qsig, got"),
        (lambda: SpanPlan("r2", variant="de"), "variant: want one of itu, ar, .*, got 'de'"),
        (lambda: SpanPlan("pri", side="exchange"), "side: want one of user, network, got"),
        (lambda: SpanPlan("pri", digits=16), "span: want 0 to 15 digits, got 16"),
        (lambda: SpanPlan("cas", group="north"), "group: want none but for pri, cas got 'north'"),
        (lambda: SpanPlan("pri", group="the north"), "group: want letters, digits, _ and -, got"),
        (
            lambda: SpanPlan("pri", d_channel="first"),
            "d_channel: want one of primary, backup, none",
        ),
        (lambda: SpanPlan("pri", group="a", interface=128), "interface: want 0 to 127, got 128"),
        (lambda: SpanPlan("pri", interface=1), "interface, d_channel: want a group of spans that"),
        (lambda: shared("none", "none"), "group 'a': want one primary D-channel, got 0"),
        (lambda: shared("primary", "primary"), "group 'a': want one primary D-channel, got 2"),
        (lambda: shared("", "backup", "backup"), "want at most one backup D-channel, got 2"),
        (
            lambda: plan_spans(
                [FOUR], [SpanPlan("pri", group="a", interface=n) for n in (0, 1, 1, 2)]
            ),
            "group 'a': want another interface for each span, got 0, 1, 1, 2",
        ),
        (
            lambda: plan_spans([E1, E1], GROUPED),
            "group 'a': want spans of one card, got those of several",
        ),
        (
            lambda: plan_spans(
                [FOUR], [SpanPlan("pri", group="a", digits=n) for n in (3, 4, 4, 4)]
            ),
            "group 'a': want one variant, side, hunt and digits for its spans",
        ),
        (lambda: SpanPlan("pri", overrides={"cd": 3}), "want none but for r2, pri got cd"),
        (
            lambda: SpanPlan("r2", "br", overrides={"b": {"5": "engaged"}}),
            "R2 variant br: b.5: want one of .* or none, got 'engaged'",
        ),
        (
            lambda: plan_spans([E1], SpanPlan("r2", overrides={"a": {"1": "none"}}), BRAZIL),
            "span 1: R2 variant br: a: want a signal for 'send next digit', got none",
        ),
        (lambda: SpanPlan("em_wink", address="r2"), "address: want one of dtmf, mf, got 'r2'"),
        (lambda: SpanPlan("em_fgd", address="mf"), "address: want none for em_fgd, got 'mf'"),
        (lambda: SpanPlan("pri", number="1"), "number: want none for pri, got '1'"),
        (lambda: SpanPlan("loop_start", number="a"), "number: want digits, .*, got 'a'"),
        (lambda: SpanPlan(framing="CRC4"), "framing: want one of crc4, no-crc4, esf, d4, got"),
        (lambda: SpanPlan(law="c-law"), "law: want one of a-law, u-law, got 'c-law'"),
        (lambda: SpanPlan(timeslots="7-3"), "timeslots: want ranges .* like .*, got '7-3'"),
        (lambda: SpanPlan(timeslots="0"), "timeslots: want ranges from 1 to 31 like .*, got '0'"),
        (
            lambda: plan_spans([E1], SpanPlan(framing="esf")),
            "span 1: framing: want one of crc4, no-crc4, got 'esf'",
        ),
        (
            lambda: plan_spans([E1, T1], SpanPlan("pri", timeslots="1-12, 24")),
            "span 2: timeslots: want some of 1-23, got 24",
        ),
        (
            lambda: plan_spans([E1], SpanPlan("pri", timeslots="15-17")),
            "span 1: timeslots: want some of 1-15, 17-31, got 16",
        ),
        (
            lambda: SpanPlan("pri", group="a", timeslots="1-3"),
            "timeslots: want all of a span in a group, got .1-3.",
        ),
        (lambda: LinesPlan("95 588"), "numbers: want digits, at most 20 of them, got '95 588'"),
        (lambda: LinesPlan(["1", "x"]), "numbers: want digits, .*, got 'x'"),
        (
            lambda: plan_lines([LOOPS], LinesPlan(["1", "2"])),
            "lines 1: want a number for each of 4 lines, got 2",
        ),
        (
            lambda: plan_lines([LOOPS], LinesPlan(pulse=[True, False])),
            "lines 1: pulse: want one for each of 4 lines, got 2",
        ),
        (
            lambda: plan_lines([LOOPS], LinesPlan(poles_answer=[True] * 5)),
            "lines 1: poles_answer: want one for each of 4 lines, got 5",
        ),
        (
            lambda: plan_lines([blind()], LinesPlan(poles_answer=[False, True, False, False])),
            "lines 1: want poles that tell an answer, d41esc cannot see them",
        ),
        (lambda: plan_lines([E1], LinesPlan("1")), "want a plan for each of 0 banks .*, got 1"),
        (lambda: plan_lines([LOOPS, LOOPS], [LinesPlan()]), "each of 2 banks of lines, got 1"),
        (
            lambda: plan_lines([blind()], LinesPlan(poles_answer=True)),
            "lines 1: want poles that tell an answer, d41esc cannot see them",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(make, sentence) -> None:
    with pytest.raises(ConfigError, match=sentence):
        make()


def test_a_card_is_not_asked_for_what_it_has_not() -> None:
    (port,) = E1.ports
    plain = replace(E1, ports=(replace(port, signalling=("cas",)),))
    with pytest.raises(ConfigError, match="span 1: want the signalling pri, d300sc_e1 has cas"):
        plan_spans([plain], "pri")


def test_r2_speaks_as_the_country_does_unless_it_is_told_otherwise() -> None:
    assert SpanPlan("r2").agreed(no_country(), E1.spans[0]) == Agreed("r2", variant("itu"))
    assert SpanPlan("r2").agreed(BRAZIL, E1.spans[0]) == Agreed("r2", variant("br"))
    assert SpanPlan("r2", "mx").agreed(BRAZIL, E1.spans[0]) == Agreed("r2", variant("mx"))
    assert SpanPlan("pri").agreed(BRAZIL, E1.spans[0]) == Agreed("pri")
    assert SpanPlan("pri", "qsig").agreed(BRAZIL, E1.spans[0]) == Agreed("pri", exchange="qsig")


def test_a_t1_speaks_messages_and_robbed_bits() -> None:
    assert plan_spans([T1, E1], None) == [[SpanPlan("pri")], [SpanPlan("pri")]]
    assert plan_spans([T1], "pri") == [[SpanPlan("pri")]]
    assert plan_spans([T1], "em_wink") == [[SpanPlan("em_wink")]]
    with pytest.raises(ConfigError, match=r"span 2: want one of pri, em_wink, .* on a T1, got r2"):
        plan_spans([E1, T1], "r2")
    with pytest.raises(ConfigError, match="span 1: want one of cas, r2, pri on a E1, got em_wink"):
        plan_spans([E1], "em_wink")


def test_the_far_end_of_a_trunk_knows_its_address_and_who_gives_way() -> None:
    nowhere = no_country()
    assert SpanPlan("em_wink").agreed(nowhere, T1.spans[0]) == Agreed("em_wink")
    assert SpanPlan("em_wink", address="mf").agreed(nowhere, T1.spans[0]).address == "mf"
    assert SpanPlan("em_fgd", side="network").agreed(nowhere, T1.spans[0]) == Agreed(
        "em_fgd", address="fgd", yields=True
    )
    assert SpanPlan("ground_start", number="95588").agreed(nowhere, T1.spans[0]) == Agreed(
        "ground_start"
    )


def test_a_trunk_has_its_own_r2_and_the_far_end_knows() -> None:
    plan = SpanPlan("r2", overrides={"a": {"9": "caller_digit"}, "metering_s": 0.3})
    own = plan.agreed(BRAZIL, E1.spans[0]).r2
    assert own == plan.registers(BRAZIL) != variant("br")
    assert (own.name, own.a[9], own.line.metering_s) == ("br", Request.CALLER_DIGIT, 0.3)


def test_lines_have_one_number_or_each_its_own() -> None:
    ((same,), none) = plan_lines([LOOPS, E1], LinesPlan("95588"))
    assert same.on(NAMES) == dict.fromkeys(NAMES, "95588")
    assert none == []
    each = LinesPlan(["1", "2", "", "4"], poles_answer=True)
    assert plan_lines([PHONES, LOOPS, LOOPS], [each, same]) == [[], [each], [same]]
    assert each.on(NAMES) == dict(zip(NAMES, ("1", "2", "", "4"), strict=True))
    assert each.agreed == Agreed("fxo", poles_answer=True)
    assert plan_lines([LOOPS], None) == [[LinesPlan()]]
    mixed = LinesPlan(poles_answer=[True, False, False, True], pulse=[False, True, False, False])
    assert mixed.polar(NAMES) == {NAMES[0], NAMES[3]}
    assert mixed.pulsed(NAMES) == {NAMES[1]}
    assert [mixed.agreed.poles_answer_on(slot) for slot in (1, 2, 3, 4)] == [1, 0, 0, 1]
    plan_lines([blind()], LinesPlan(poles_answer=[False] * 4))
