"""The nibbles of a loop: those of a channel bank, and what it has no code for."""

from telcard.signalling.loop import (
    EXCHANGED,
    FEED,
    FEEDS,
    METERING,
    NO_FEED,
    OFF_HOOK,
    ON_HOOK,
    RINGING,
)


def test_the_nibbles_are_those_of_loop_start_in_an_extended_superframe() -> None:
    """From the subscriber bit a is the loop; towards him b is the absence of ringing, a and b
    together that of feed; c and d repeat them (see the module)."""
    assert (ON_HOOK >> 2, OFF_HOOK >> 2) == (0b01, 0b11)
    assert (FEED >> 2, RINGING >> 2, NO_FEED >> 2) == (0b01, 0b00, 0b11)
    for nibble in (ON_HOOK, OFF_HOOK, FEED, RINGING, NO_FEED):
        assert nibble >> 2 == nibble & 0b11


def test_poles_and_metering_are_feeds_that_a_bank_s_codes_leave_free() -> None:
    assert {FEED, FEED ^ EXCHANGED, FEED ^ METERING, FEED ^ EXCHANGED ^ METERING} == FEEDS
    assert len(FEEDS) == 4
    assert not FEEDS & {RINGING, NO_FEED}
    assert all(feed >> 2 == FEED >> 2 for feed in FEEDS)
