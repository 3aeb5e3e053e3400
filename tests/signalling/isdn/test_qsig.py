"""Arguments of QSIG's operations, octet by octet, and whom components are for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.signalling.isdn import qsig
from telcard.signalling.isdn.qsig import Problem, Proposal, Transferred
from telcard.signalling.isdn.services import Invoke, Refusal, Result, parse

# Tags of ECMA-176 annex A and ECMA-178 annex A; tshark reads all of them in tests/interop.
TRANSFERRED = [
    # as libpri 1.6.0 sends it: primary end, number restricted, alerting
    (Transferred(True, "", True), "30 08 0a 01 00 81 00 0a 01 01"),
    (Transferred(False), "30 05 0a 01 01 81 00"),
    (Transferred(False, "4711"), "30 0e 0a 01 01 a0 09 80 04 34 37 31 31 0a 01 00"),
]


@pytest.mark.parametrize(("told", "octets"), TRANSFERRED)
def test_who_is_at_the_other_end_now(told: Transferred, octets: str) -> None:
    assert told.encode().hex(" ") == octets
    assert Transferred.read(bytes.fromhex(octets)) == told


def test_a_proposal_by_hand() -> None:
    octets = "30 0a 12 02 31 37 80 04 34 37 31 31"
    assert Proposal("17", "4711").encode().hex(" ") == octets
    assert Proposal.read(bytes.fromhex(octets)) == Proposal("17", "4711")
    private = "30 10 12 02 31 37 a5 0a 0a 01 00 12 05 34 37 31 31 39"
    assert Proposal.read(bytes.fromhex(private)) == Proposal("17", "47119")
    assert qsig.identified("17").hex(" ") == "30 04 12 02 31 37"
    assert qsig.identity_of(qsig.identified("0017")) == "0017"


@pytest.mark.parametrize(
    "octets",
    [
        *("", "30 00", "05 00", "30 04 12 02 31", "30 04 12 02 31 37 80 00"),
        *("30 08 12 02 31 61 80 02 34 37", "30 08 12 05 31 32 33 34 35 80"),
        *("30 05 0a 01 02 81 00", "30 05 02 01 00 81 00", "30 07 0a 01 00 a0 02 80"),
    ],
)
def test_what_is_no_argument_is_none(octets: str) -> None:
    assert Proposal.read(bytes.fromhex(octets)) is None
    assert Transferred.read(bytes.fromhex(octets)) is None


def test_operations_say_what_becomes_of_them_where_nobody_knows_them() -> None:
    end = "aa 06 80 01 00 82 01 00"  # from an end, for an end
    propose, news = Invoke(1, qsig.PATH_REPLACE_PROPOSE), Invoke(1, qsig.CALL_TRANSFER_COMPLETE)
    assert qsig.addressed(propose).hex(" ").startswith(end + " 8b 01 02 a1")
    assert qsig.addressed(news).hex(" ").startswith(end + " 8b 01 00 a1")
    for answer in (Result(1), Refusal(1, Problem.COLLISION)):
        assert qsig.addressed(answer)[:9].hex(" ") in (end + " a2", end + " a3")
        assert parse(qsig.addressed(answer)) == [answer]


def test_components_are_for_the_end_only_where_they_say_so() -> None:
    assert qsig.for_end(qsig.addressed(Result(1)))
    for octets in ("", "a2 03 02 01 01", "aa 06 80 01 00 82 01 01 a2 03 02 01 01", "aa 05 80"):
        assert not qsig.for_end(bytes.fromhex(octets))


def test_errors_have_words() -> None:
    assert qsig.problem_words(1005) == "unrecognized call identity"
    assert qsig.problem_words(77) == "error 77"


@given(st.binary(max_size=40))
def test_no_octets_are_too_much(octets: bytes) -> None:
    proposal, told = Proposal.read(octets), Transferred.read(octets)
    assert proposal is None or proposal.number
    assert told is None or told.number.isprintable()
    assert qsig.identity_of(octets).isascii()
    assert qsig.for_end(octets) in (True, False)
