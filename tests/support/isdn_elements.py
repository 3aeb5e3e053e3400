"""Information elements for hypothesis: every class, with all that its fields may hold."""

from hypothesis import strategies as st

from telcard.signalling.isdn import elements as e
from telcard.signalling.isdn import numbers as n
from telcard.signalling.isdn import payloads as p

OCTETS = st.binary(max_size=20)
SEVEN, FIVE, FOUR, TWO = (st.integers(0, (1 << bits) - 1) for bits in (7, 5, 4, 2))
DIGITS = st.text("0123456789*#", max_size=24)
IA5 = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30)
KIND = {"type": st.integers(0, 7), "plan": FOUR}
RATE = FIVE.filter(lambda rate: rate != e.MULTIRATE)


def _maybe(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | strategy


def _party(kind: type) -> st.SearchStrategy:
    shown = st.builds(kind, DIGITS, **KIND, presentation=TWO, screening=TWO)
    return shown | st.builds(kind, DIGITS, **KIND, presentation=st.none())


def _diverted(kind: type) -> st.SearchStrategy:
    full = st.builds(kind, DIGITS, **KIND, presentation=TWO, screening=TWO, reason=_maybe(FOUR))
    return full | st.builds(kind, DIGITS, **KIND, presentation=st.none(), reason=st.none())


BY_CLASS: dict[type[e.Element], st.SearchStrategy] = {
    e.BearerCapability: st.builds(
        e.BearerCapability, FIVE, _maybe(FIVE), rate=RATE, mode=TWO, coding=TWO
    )
    | st.builds(e.BearerCapability, FIVE, _maybe(FIVE), rate=st.just(0x18), multiplier=SEVEN)
    | st.just(e.BearerCapability(8, 1, rest=b"\x21\x8f")),
    e.CauseElement: st.builds(e.CauseElement, SEVEN, FOUR, OCTETS, TWO, _maybe(SEVEN)),
    e.CallState: st.builds(e.CallState, st.integers(0, 63), TWO),
    e.ChannelIdentification: st.builds(
        e.ChannelIdentification,
        st.lists(st.integers(1, 127), min_size=1, max_size=5).map(tuple),
        st.booleans(),
        _maybe(SEVEN),
    )
    | st.builds(
        e.ChannelIdentification,
        st.sets(st.integers(1, 24), min_size=1).map(lambda found: tuple(sorted(found))),
        st.booleans(),
        mapped=st.sampled_from([24, 32]),
    )
    | st.builds(
        e.ChannelIdentification, st.just(()), any_channel=st.booleans(), d_channel=st.booleans()
    ),
    e.RestartIndicator: st.builds(e.RestartIndicator, st.sampled_from(list(e.RestartClass))),
    e.ChangeStatus: st.builds(e.ChangeStatus, st.integers(0, 7)),
    e.ProgressIndicator: st.builds(e.ProgressIndicator, SEVEN, FOUR, TWO),
    e.NotificationIndicator: st.builds(e.NotificationIndicator, SEVEN, OCTETS),
    e.Signal: st.builds(e.Signal, st.integers(0, 255)),
    e.SendingComplete: st.just(e.SendingComplete()),
    e.MoreData: st.just(e.MoreData()),
    e.CongestionLevel: st.builds(e.CongestionLevel, FOUR),
    e.RepeatIndicator: st.builds(e.RepeatIndicator, FOUR),
    e.TransitCounter: st.builds(e.TransitCounter, FIVE),
    e.Unknown: st.builds(e.Unknown, st.just(6), st.integers(0, 0x7F), OCTETS),
    n.CalledNumber: st.builds(n.CalledNumber, DIGITS, **KIND),
    n.TransitNetworkSelection: st.builds(n.TransitNetworkSelection, IA5, **KIND),
    n.CallingNumber: _party(n.CallingNumber),
    n.ConnectedNumber: _party(n.ConnectedNumber),
    n.RedirectionNumber: _party(n.RedirectionNumber),
    n.RedirectingNumber: _diverted(n.RedirectingNumber),
    n.OriginalCalledNumber: _diverted(n.OriginalCalledNumber),
    **{
        kind: st.builds(kind, OCTETS, st.integers(0, 7), st.booleans())
        for kind in (n.CalledSubaddress, n.CallingSubaddress, n.ConnectedSubaddress)
    },
    p.Display: st.builds(p.Display, IA5, _maybe(SEVEN)),
    p.Keypad: st.builds(p.Keypad, DIGITS),
    p.UserUser: st.builds(p.UserUser, OCTETS, st.integers(0, 255)),
    p.DateTime: st.builds(p.DateTime, *[st.integers(0, 255)] * 5, _maybe(st.integers(0, 255))),
    p.Facility: st.builds(p.Facility, OCTETS, FIVE),
    p.NetworkSpecificFacilities: st.builds(
        p.NetworkSpecificFacilities, st.binary(min_size=1, max_size=5), OCTETS
    ),
    **{
        kind: st.builds(kind, OCTETS)
        for kind in (
            p.SegmentedMessage,
            p.CallIdentity,
            p.LowLayerCompatibility,
            p.HighLayerCompatibility,
        )
    },
}
ELEMENT = st.one_of(*BY_CLASS.values())
