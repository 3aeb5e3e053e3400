"""Facts of a call: what nobody has said has a meaning, too."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from telcard.signalling import CallFacts


def test_every_fact_has_a_default() -> None:
    facts = CallFacts()
    assert (facts.called, facts.caller, facts.bearer, facts.complete) == ("", "", "speech", False)
    assert facts.caller_presented
    assert {field.name for field in fields(CallFacts)} >= {"redirecting", "display", "user_user"}


def test_facts_are_changed_by_making_others() -> None:
    facts = CallFacts(called="9")
    with pytest.raises(FrozenInstanceError):
        facts.called = "95"  # type: ignore[misc]
    assert replace(facts, called="95").called == "95"
    assert facts.called == "9"
