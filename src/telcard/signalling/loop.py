"""A subscriber's loop as bits: hook, feed and ringing of an analogue line in a channel bank.

The bank carries each port in a timeslot and its loop as bits.  In the extended superframe of a T1
bits c and d repeat a and b (AT&T PUB 43801; ADTRAN's manual of its FXS+ module 61200.080L1-1,
table B-C, shows the same two bits, and Linux' DAHDI sends the same nibbles for loop start):

    from the subscriber     a b c d        towards the subscriber     a b c d
    loop open, on hook      0 1 0 1        feed, no ringing current   0 1 0 1
    loop closed, off hook   1 1 1 1        ringing current            0 0 0 0
                                           no feed (loop open)        1 1 1 1

A bank of a T1 has no code for a feed whose poles have changed places, nor for the tone out of the
voice band (12 or 16 kHz) by which some exchanges count a caller's units.  Here bit c is the poles,
where nothing rings, and a d of 0 is that tone:

    towards the subscriber  a b c d
    poles exchanged         0 1 1 1
    metering                0 1 0 0        with the poles exchanged   0 1 1 0

Anything else comes from nobody: a bank that is not plugged in, or is dead.
"""

from __future__ import annotations

ON_HOOK, OFF_HOOK = 0b0101, 0b1111
"""What a subscriber's end sends."""

FEED, RINGING, NO_FEED = 0b0101, 0b0000, 0b1111
"""What the exchange sends."""

EXCHANGED = 0b0010
"""Turned over in a feed, metering or not, whose poles have changed places."""

METERING = 0b0001
"""Turned over in a feed while the tone of a unit sounds."""

FEEDS = frozenset(FEED ^ poles ^ metering for poles in (0, EXCHANGED) for metering in (0, METERING))
"""Every feed, of either polarity, metering or not."""
