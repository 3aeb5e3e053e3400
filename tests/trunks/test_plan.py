"""How spans are used: what is planned, what cards can do."""

from dataclasses import replace

import pytest

from telcard.cards import load
from telcard.countries import country, no_country
from telcard.errors import ConfigError
from telcard.trunks import SpanPlan, plan_spans

E1, FOUR, PHONES = load("d300sc_e1"), load("dahdi_4e1"), load("msi_240sc")
T1 = load("d240sc_t1")


def test_without_a_plan_every_span_has_what_its_spec_names_first() -> None:
    assert plan_spans([E1, PHONES, FOUR], None) == [[SpanPlan("cas")], [], [SpanPlan("cas")] * 4]


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
    assert SpanPlan("r2").agreed(no_country()) == "r2:itu"
    assert SpanPlan("r2").agreed(country("BR")) == "r2:br"
    assert SpanPlan("r2", "mx").agreed(country("BR")) == "r2:mx"
    assert SpanPlan("pri").agreed(country("BR")) == "pri"
    assert SpanPlan("pri", "qsig").agreed(country("BR")) == "pri:qsig"


def test_a_t1_speaks_messages_alone() -> None:
    assert plan_spans([T1, E1], None) == [[SpanPlan("pri")], [SpanPlan("cas")]]
    assert plan_spans([T1], "pri") == [[SpanPlan("pri")]]
    with pytest.raises(ConfigError, match="span 2: want one of pri on a T1, got r2"):
        plan_spans([E1, T1], "r2")
