"""What is on a screen, and what never is."""

from telcard.acd import Screen

SCREEN = Screen(
    caller="02154321001", identified=True, account="0030", number="10020030", entered=("a", "b")
)


def test_the_whole_number_is_for_those_who_may_see_it() -> None:
    assert SCREEN.shown(1.26)["account"] == "0030"
    assert SCREEN.shown(1.26, whole=True)["account"] == "10020030"
    assert Screen().shown(0, whole=True)["account"] == ""


def test_a_screen_that_is_printed_by_mistake_shows_no_number() -> None:
    assert "10020030" not in repr(SCREEN)


def test_what_was_entered_is_told_in_order() -> None:
    assert SCREEN.shown(1.26)["entered"] == "a b"
    assert SCREEN.shown(1.26)["waited_s"] == 1.3
