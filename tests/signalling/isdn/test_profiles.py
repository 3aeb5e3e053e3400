"""What exchanges do differently."""

from telcard.signalling.isdn.call import NetworkCall, UserCall
from telcard.signalling.isdn.elements import Layer1
from telcard.signalling.isdn.profiles import EURO, NI2, PROFILES, QSIG, profile_on


def test_every_profile_times_whatever_the_machines_start() -> None:
    for profile in PROFILES.values():
        for side, kind in (("user", UserCall), ("network", NetworkCall)):
            used = {name for _, name in kind.table if name[0] == "T" and name[1:].isdigit()}
            assert used | {"T309", "T316", "relink"} <= set(profile.timers(side))


def test_the_network_waits_less_for_digits_and_for_progress() -> None:
    user, network = EURO.timers("user"), EURO.timers("network")
    assert (user["T304"], network["T304"]) == (30, 20)
    assert network["T310"] < user["T310"]


def test_private_exchanges_are_equals() -> None:
    assert QSIG.timers("user") == QSIG.timers("network")


def test_an_exchange_is_the_usual_one_of_its_line_unless_it_is_named() -> None:
    assert (profile_on("", "e1"), profile_on("", "t1")) == (EURO, NI2)
    assert profile_on("qsig", "t1") is profile_on("qsig", "e1") is QSIG


def test_an_exchange_says_the_law_of_its_line() -> None:
    assert [QSIG.coded(law).law for law in ("a-law", "u-law")] == [Layer1.ALAW, Layer1.ULAW]
    assert NI2.coded("u-law") == NI2
