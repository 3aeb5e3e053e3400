"""Whatever happens, in whatever order: nothing raises, nothing is stuck, both ends end in Null."""

import itertools
from collections import Counter
from random import Random

import pytest

from telcard.errors import LocalProtocolError
from telcard.signalling.events import Disconnected, Failed, Offered, Released
from telcard.signalling.facts import CallFacts
from telcard.signalling.isdn import EURO, NI2, QSIG, Message, MessageType
from telcard.signalling.isdn.call import State
from telcard.signalling.isdn.elements import (
    BearerCapability,
    CallState,
    CauseElement,
    ChannelIdentification,
    Element,
    NotificationIndicator,
    ProgressIndicator,
    RestartIndicator,
    Unknown,
)
from telcard.signalling.isdn.numbers import CalledNumber
from telcard.signalling.isdn.replacement import State as Path
from tests.support.fuzz import ASKED
from tests.support.isdn_pair import Pair

CHANNELS = (1, 2, 3)
SEED = 6
WALKS = max(60, ASKED // 80)
"""For each of three exchanges; a walk has some 27 steps."""
SERVICES = (
    *(("deflect", "4711"), ("transfer", 1), ("transfer", 2), ("grant",), ("deny",)),
    *(("propose", "4712"), ("propose", "4713"), ("replace", 1)),
)
PATHS = {Path.PROPOSED: "T1", Path.TAKEN_OVER: "T2", Path.REQUESTED: "T3"}
"""The timer of each state of a path that has one."""
NAMES = ("setup_ack", "proceeding", "alerting", "connect", "progress", "notify", "information")
ARGUMENTS = {"notify": (0,), "information": ("5",), "facility": (b"\xa1\x00",)}
SAMPLES: list[Element] = [
    CauseElement(16),
    CallState(0),
    CallState(4),
    CallState(10),
    ChannelIdentification((2,)),
    ChannelIdentification((9,)),
    ProgressIndicator(),
    BearerCapability(),
    RestartIndicator(),
    RestartIndicator(6),
    NotificationIndicator(0),
    CalledNumber("5"),
    Unknown(0, 0x4F),
    Unknown(0, 0x0F),
]


class Walk:
    """A pair that looks at itself after every step."""

    def __init__(self, profile) -> None:
        self.pair = Pair(profile, CHANNELS)
        self.down: tuple[int, ...] = ()

    def step(self, kind: str, *args) -> None:
        try:
            getattr(self, kind)(*args)
        except LocalProtocolError as refusal:
            assert "\n" not in str(refusal)
        self.look()

    def call(self, end: int, channel: int | None, exclusive: bool) -> None:
        facts = CallFacts(called="95588", complete=exclusive)
        self.pair.call(end, facts, channel, exclusive and channel is not None)

    def ask(self, end: int, which: int, request: tuple) -> None:
        handles = list(self.pair.layers[end].query())
        if handles:
            name, *args = request
            self.pair.ask(end, name, handles[which % len(handles)], *args)

    def replace(self, end: int, which: int) -> None:
        """Do as one of the far end's proposals says."""
        layer = self.pair.layers[end]
        paths = [h for h in layer._calls if layer._facilities.replacements.waiting(h)]
        if paths:
            self.pair.ask(end, "replace", paths[which % len(paths)], layer.new_call())

    def run(self, seconds: float) -> None:
        self.pair.run(seconds)

    def channel(self, end: int, name: str, channel: int | None) -> None:
        self.pair.ask(end, name, channel)

    def hear(self, end: int, octets: bytes) -> None:
        if end not in self.down and octets[:1] not in (b"\x03", b"\x43"):
            self.pair.ask(end, "data", octets)

    def join(self) -> None:
        """The link is there again; an end that had not noticed sees that it was reset."""
        self.pair.whole = True
        for end in (0, 1):
            if end in self.down:
                self.pair.ask(end, "link_up")
            elif self.down:
                self.pair.ask(end, "link_reset")
        self.down = ()

    def cut(self, ends: tuple[int, ...]) -> None:
        if self.down:
            return
        self.down, self.pair.whole = ends, False
        self.pair._due = sorted(due for due in self.pair._due if due[2] != "data")
        for end in ends:
            self.pair.ask(end, "link_down")

    def look(self) -> None:
        """Books and timers agree with the states."""
        for end, layer in enumerate(self.pair.layers):
            running = self.pair.timers(end)
            timed = {name for name in running if " " in name}
            services = layer._facilities
            asked = {handle for handle in layer._calls if services.transfers.waiting(handle)}
            wanted = {f"service {handle}" for handle in asked}
            paths = services.replacements._paths
            assert paths.keys() | services._joined.keys() <= layer._calls.keys()
            wanted |= {f"{PATHS[p.state]} {old}" for old, p in paths.items() if p.state in PATHS}
            for handle, call in layer._calls.items():
                assert call.state is not State.NULL
                for timer in call.running:
                    assert (call.state, timer) in call.table
                    wanted.add(f"{timer} {handle}")
            assert timed == wanted
            owners = Counter(s.handle for s in layer.channels() if s.handle is not None)
            assert set(owners) <= set(layer._calls)
            assert set(owners.values()) <= {1}
            assert set(layer._handles.values()) == set(layer._calls)
            assert ("T316" in running) == (layer._restarts.state != 0)

    def finish(self) -> None:
        """People hang up; the exchanges have all the time that they want."""
        self.step("join")
        self.run(1)
        for end, layer in enumerate(self.pair.layers):
            self.pair.ask(end, "unblock", None)
            for handle in list(layer.query()):
                self.pair.ask(end, "clear", handle)
        self.run(2000)
        assert self.pair.idle(), [layer.query() for layer in self.pair.layers]
        assert not self.pair.timers(0) | self.pair.timers(1)
        self.stories()

    def stories(self) -> None:
        """Each call has one end, and at most one reason for it."""
        for said in self.pair.said:
            told = {event.handle for event in said if event.handle}
            for handle in told:
                events = [event.event for event in said if event.handle == handle]
                assert isinstance(events[-1], Released), events
                assert sum(isinstance(event, Released) for event in events) == 1, events
                assert sum(isinstance(event, Disconnected | Failed) for event in events) <= 1, (
                    events
                )
                assert sum(isinstance(event, Offered) for event in events) <= 1, events


def stray(random: Random) -> bytes:
    """A message that nobody sent: of any kind, often of a call that is there, sometimes spoilt."""
    elements = tuple(random.sample(SAMPLES, random.randrange(5)))
    kind = random.choice([*MessageType, 0x0B])
    octets = bytearray(Message(kind, random.randrange(5), elements, random.random() < 0.5).encode())
    if random.random() < 0.3:
        octets[random.randrange(len(octets))] = random.randrange(256)
    return bytes(octets[: random.randrange(len(octets))] if random.random() < 0.1 else octets)


def wander(walk: Walk, random: Random) -> None:
    """One step: mostly what sensible people and exchanges do, so that calls get far."""
    end = random.randrange(2)
    match random.choices(
        ["call", "ask", "run", "clear", "channel", "cut", "join", "hear"], WEIGHTS
    )[0]:
        case "call":
            walk.step("call", end, random.choice([None, *CHANNELS]), random.random() < 0.3)
        case "ask":
            which, calls = random.randrange(4), list(walk.pair.layers[end]._calls.values())
            state = calls[which % len(calls)].state if calls else State.NULL
            table = calls[which % len(calls)].table if calls else {}
            known = [name for name in NAMES if (state, name) in table]
            name = random.choice(known if known and random.random() < 0.9 else NAMES)
            walk.step("ask", end, which, (name, *ARGUMENTS.get(name, ())))
        case "run":
            walk.step("run", random.choice([0.005, 0.01, 0.02, 0.1, 0.1, 5, 16, 35, 100]))
        case "clear":
            if random.random() < 0.3:
                walk.step("ask", end, random.randrange(4), random.choice(SERVICES))
                walk.step("replace", random.randrange(2), random.randrange(4))
            walk.step("ask", end, random.randrange(4), ("clear", 17, random.random() < 0.3))
        case "channel":
            name = random.choice(["restart", "block", "unblock"])
            walk.step("channel", end, name, random.choice([None, *CHANNELS]))
        case "cut":
            walk.step("cut", random.choice([(0, 1), (0,), (1,)]))
        case "join":
            walk.step("join")
        case "hear":
            walk.step("hear", end, stray(random))


WEIGHTS = (2, 14, 14, 1, 0.3, 0.2, 0.6, 1)


@pytest.mark.fuzz
def test_no_order_of_things_leaves_anything_stuck() -> None:
    reached: Counter[State] = Counter()
    for profile, number in itertools.product((EURO, NI2, QSIG), range(WALKS)):
        random = Random(f"{SEED} {number}")
        walk = Walk(profile)
        try:
            for _ in range(random.randrange(60)):
                wander(walk, random)
                for layer in walk.pair.layers:
                    reached.update(call.state for call in layer._calls.values())
            walk.finish()
        except Exception as error:
            error.add_note(f"{profile.name}, seed {SEED}, walk {number}")
            raise
    never = [state.name for state in State if state is not State.NULL and not reached[state]]
    assert not never, f"no walk reaches {never}"


def test_a_message_that_claims_everything_is_survived() -> None:
    walk = Walk(EURO)
    walk.step("call", 0, None, False)
    for kind in MessageType:
        walk.step("hear", 0, Message(kind, 1, (CauseElement(16),), True).encode())
    walk.finish()
