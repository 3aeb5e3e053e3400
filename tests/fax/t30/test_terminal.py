"""Two terminals on one line: any one thing lost or spoilt, storms of faults, echoes, pauses."""

import inspect
from collections.abc import Callable
from random import Random

import pytest

from telcard.errors import LocalProtocolError
from telcard.fax.frames import Fcf
from telcard.fax.geometry import Resolution
from telcard.fax.negotiation import Capabilities, Shape, rates_up_to
from telcard.fax.phases import Rate
from telcard.fax.t30 import T30, PageReport, Reason, State, Station, Terminal
from telcard.fax.t30.core import INPUTS, LASTING, WAITS
from tests.support.fax_line import Carrier, Line, Signal, connect
from tests.support.fax_sheets import Sheet, Sink, Source

PLAIN = Capabilities(ecm=False)
COARSE = Shape(Resolution.STANDARD)


def call(
    sheets: tuple[Sheet, ...],
    ours: Capabilities = Capabilities(),
    theirs: Capabilities = Capabilities(),
    fault: Callable[[Signal, int], str] | None = None,
) -> tuple[Carrier, Carrier, Sink]:
    """A sender and a receiver on one line, not yet begun."""
    line = Line()
    if fault is not None:
        line.fault = fault
    sink = Sink()
    sender = Carrier(line, "sender", Terminal(Station(True, "1", ours), Source(*sheets)))
    receiver = Carrier(line, "receiver", Terminal(Station(False, "2", theirs), sink=sink))
    connect(sender, receiver)
    receiver.fire("start")
    sender.fire("start")
    return sender, receiver, sink


def run(sender: Carrier, receiver: Carrier) -> None:
    """Until both have ended; whoever waits for ever is named."""
    done = sender.line.run(lambda: bool(sender.ended and receiver.ended))
    states = sender.machine.state.name, receiver.machine.state.name
    assert done, f"stuck in {states}"


class Faults:
    """What becomes of the n-th thing that is heard."""

    def __init__(self, fates: dict[int, str]) -> None:
        self.fates = fates
        self.heard: dict[tuple[str, int, str, int], int] = {}

    def __call__(self, signal: Signal, piece: int) -> str:
        key = (signal.sender, signal.start, signal.kind, piece)
        number = self.heard.setdefault(key, len(self.heard))
        return self.fates.get(number, "good")


FATES = ("lost", "bad", "twice")

CALLS = {
    "error correction": ((Sheet(1500, mark=1), Sheet(600, mark=2)), Capabilities()),
    "no error correction": ((Sheet(900, mark=1), Sheet(100, mark=2)), PLAIN),
    "two documents": ((Sheet(900, mark=1), Sheet(100, COARSE, 2)), PLAIN),
    "two documents, error correction": ((Sheet(900, mark=1), Sheet(1, COARSE, 2)), Capabilities()),
    "V.27ter": (
        (Sheet(300, mark=1), Sheet(100, mark=2)),
        Capabilities(ecm=False, rates=rates_up_to("v27ter")),
    ),
}


def one_fault(name: str, fate: str, first: int, step: int) -> None:
    """A call as often as it has things to be heard, each time with another one of them spoilt."""
    sheets, ours = CALLS[name]
    whole = Faults({})
    sender, receiver, sink = call(sheets, ours, fault=whole)
    run(sender, receiver)
    wanted = sink.pages
    assert [len(page) for page in wanted] == [sheet.rows for sheet in sheets]
    for at in range(first, len(whole.heard), step):
        sender, receiver, sink = call(sheets, ours, fault=Faults({at: fate}))
        run(sender, receiver)
        where = f"{fate} at {at}: {sender.ended} {receiver.ended}"
        assert sender.ended.good, where
        assert receiver.ended.good, where
        assert sink.pages == wanted, where


@pytest.mark.parametrize("name", CALLS)
def test_any_one_thing_may_be_lost_spoilt_or_doubled(name: str) -> None:
    """Every third place for each fate, so that together they touch all of them."""
    for first, fate in enumerate(FATES):
        one_fault(name, fate, first, len(FATES))


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("fate", FATES)
def test_any_one_thing_at_all_may_be_lost_spoilt_or_doubled(name: str, fate: str) -> None:
    one_fault(name, fate, 0, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_any_two_things_close_together_may_be_lost_or_spoilt(name: str) -> None:
    random = Random(5)
    sheets, ours = CALLS[name]
    whole = Faults({})
    sender, receiver, sink = call(sheets, ours, fault=whole)
    run(sender, receiver)
    wanted = sink.pages
    for _ in range(60):
        first = random.randrange(len(whole.heard))
        places = (first, first + random.randrange(1, 4))
        fates = {at: random.choice(("lost", "bad")) for at in places}
        sender, receiver, sink = call(sheets, ours, fault=Faults(fates))
        run(sender, receiver)
        where = f"{fates}: {sender.ended} {receiver.ended}"
        assert sender.ended.good, where
        assert receiver.ended.good, where
        assert sink.pages == wanted, where


def storm(seed: int) -> None:
    """A call in which much is lost, from a seed."""
    random = Random(seed)
    share = random.choice((0.02, 0.1, 0.3, 0.6, 0.9, 1.0))
    ways = random.choice(((*FATES, "silent"), FATES))
    fates: dict[tuple[str, int, str, int], str] = {}

    def fault(signal: Signal, piece: int) -> str:
        key = (signal.sender, signal.start, signal.kind, piece)
        if key not in fates:
            hit = random.random() < share
            fates[key] = random.choice(ways) if hit else "good"
        return fates[key]

    line = Line()
    line.fault = fault
    polls = random.random() < 0.3
    sheets = [
        Sheet(random.choice((1, 300, 3000)), random.choice((Shape(), COARSE)), n + 1)
        for n in range(random.randrange(0 if polls else 1, 4))
    ]
    ours = Capabilities(
        ecm=random.random() < 0.6, rates=rates_up_to(random.choice(("v27ter", "v29", "v17")))
    )
    sink, fetched = Sink(), Sink()
    sink.busy_for = random.choice((0, 0, 0, 2, 1000))
    station = Station(True, "1", ours, poll=polls)
    sender = Carrier(line, "a", Terminal(station, Source(*sheets), fetched if polls else None))
    theirs = Capabilities(small_frames=random.random() < 0.3)
    document = Source(Sheet(9, mark=99)) if random.random() < 0.5 else None
    receiver = Carrier(line, "b", Terminal(Station(False, "2", theirs), document, sink))
    connect(sender, receiver)
    sender.echo_ms = random.choice((0, 0, 20, 300, 1200))
    receiver.echo_ms = random.choice((0, 0, 500))
    receiver.fire("start")
    sender.fire("start")
    for _ in range(random.choice((0, 0, 3))):
        end, seconds = random.choice((sender, receiver)), random.choice((0.5, 2.0))
        line.at(random.randrange(480_000), lambda e=end, s=seconds: e.pause(s))
    if random.random() < 0.2:
        end = random.choice((sender, receiver))
        request = random.choice(("stop", "hang_up", "interrupt"))
        over = (State.ENDED, State.DISCONNECTING)
        line.at(
            random.randrange(480_000),
            lambda: end.machine.state in over or end.fire(request),
        )
    run(sender, receiver)
    # A page that the sender counts as delivered is there; but that no signal was heard at all
    # between two MPS is what a receiver hears as well whose MCF was lost.
    if "silent" not in fates.values():
        confirmed = sum(page.accepted for page in sender.log.of(PageReport) if page.sent)
        taken = sum(page.accepted for page in receiver.log.of(PageReport) if not page.sent)
        assert confirmed <= taken


def storms(seeds: range) -> None:
    for seed in seeds:
        try:
            storm(seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error


def test_every_call_ends_whatever_is_lost() -> None:
    storms(range(10))


@pytest.mark.slow
def test_every_call_ends_whatever_is_lost_at_length() -> None:
    storms(range(10, 260))


@pytest.mark.parametrize("echo_ms", [20, 250, 600, 1200])
@pytest.mark.parametrize("ours", [Capabilities(), PLAIN], ids=["ECM", "plain"])
def test_echoes_of_our_own_frames_are_passed_over(echo_ms: int, ours: Capabilities) -> None:
    sheets = (Sheet(900, mark=1), Sheet(100, COARSE, 2))
    sender, receiver, sink = call(sheets, ours)
    sender.echo_ms = receiver.echo_ms = echo_ms
    run(sender, receiver)
    assert sender.ended.good
    assert receiver.ended.good
    assert len(sink.pages) == 2


def sleep_through(ours: Capabilities, step_s: float) -> None:
    """A Python that sleeps for 2 s: at either end, at both, every so many seconds."""
    sheets = (Sheet(900, mark=1), Sheet(100, mark=2))
    sender, receiver, _ = call(sheets, ours)
    run(sender, receiver)
    for at in range(0, sender.line.now, int(step_s * 8000)):
        for which in range(3):
            sender, receiver, sink = call(sheets, ours)
            for end in ((sender,), (receiver,), (sender, receiver))[which]:
                sender.line.at(at, lambda e=end: e.pause(2.0))
            run(sender, receiver)
            assert sender.ended.good, (at, which, sender.ended)
            assert receiver.ended.good, (at, which, receiver.ended)
            assert len(sink.pages) == 2


def test_a_python_that_sleeps_two_seconds_costs_a_repeat_at_most() -> None:
    sleep_through(Capabilities(), 3.7)
    sleep_through(PLAIN, 3.7)


@pytest.mark.slow
@pytest.mark.parametrize("ours", [Capabilities(), PLAIN], ids=["ECM", "plain"])
def test_a_python_that_sleeps_at_any_moment_costs_a_repeat_at_most(ours: Capabilities) -> None:
    sleep_through(ours, 0.31)


def test_the_line_is_tried_at_every_rate_before_it_is_given_up() -> None:
    """A line on which nothing above 4800 bit/s trains."""

    def fault(signal: Signal, piece: int) -> str:
        fast = signal.kind == "tcf" and signal.rate.bit_s > 4800
        return "bad" if fast else "good"

    sender, receiver, sink = call((Sheet(100),), fault=fault)
    run(sender, receiver)
    assert sender.ended.good
    assert sink.kept[0][0].rate is Rate.V27TER_4800


def test_a_page_that_does_not_get_through_is_sent_slower() -> None:
    """Frames are lost at 14400 bit/s, and only there: PPR four times, then CTC."""

    def fault(signal: Signal, piece: int) -> str:
        fast = signal.kind == "ecm" and signal.rate is Rate.V17_14400 and piece > 3
        return "lost" if fast else "good"

    sender, receiver, sink = call((Sheet(6000),), fault=fault)
    run(sender, receiver)
    (page,) = sender.log.of(PageReport)
    assert sink.pages == [b"\x01" * 6000]
    assert page.agreement.rate is Rate.V17_12000
    assert page.requests == 4


@pytest.mark.slow
def test_two_hundred_pages_go_over_in_one_call() -> None:
    sheets = tuple(Sheet(200, mark=n % 250 + 1) for n in range(200))
    sender, receiver, sink = call(sheets)
    run(sender, receiver)
    assert sender.ended.pages_sent == receiver.ended.pages_received == 200
    assert [page[0] for page in sink.pages] == [sheet.mark for sheet in sheets]


def test_no_modem_in_common() -> None:
    v29_alone = Capabilities(rates=frozenset({Rate.V29_9600, Rate.V29_7200}))
    sender, receiver, _ = call((Sheet(),), v29_alone, Capabilities(rates=rates_up_to("v27ter")))
    run(sender, receiver)
    assert sender.ended.reason is Reason.NO_COMMON_MODEM


# --- the table ----------------------------------------------------------------------------------


def test_every_cell_of_the_table_takes_what_comes_with_its_input() -> None:
    """Frames and evidence come with themselves, timers alone."""
    alone = set(T30.timers) | {"sent", "flags", "flags_gone", "start", "stop", "hang_up", "fail"}
    alone |= {"interrupt", "connect"}
    for (state, name), action in Terminal.table.items():
        given = (None,) if name in alone else (None, None)
        inspect.signature(action).bind(*given), (state, name)
        assert name in alone | EVIDENCE or name in set(INPUTS.values()) | set(Fcf.__members__)


EVIDENCE = {"carrier", "carrier_gone", "checked", "octets", "fcd", "greeted", "unknown"}


def test_every_state_that_waits_hears_flags_and_its_timer() -> None:
    for state, timer in WAITS.items():
        for name in (timer, "flags", "flags_gone", "frame", "gap", "DCN", "stop", "hang_up"):
            assert (state, name) in Terminal.table, (state, name)
    for state, timers in LASTING.items():
        assert all((state, timer) in Terminal.table for timer in timers), state


def test_every_state_can_be_reached_and_left() -> None:
    drawn = Terminal.dot()
    assert all(f"  {state.name} -> " in drawn for state in State)


# --- what is asked of it ------------------------------------------------------------------------


def test_a_terminal_without_anything_to_do_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="want pages to send, or a sink for pages"):
        Terminal(Station(calling=True), sink=Sink())
    with pytest.raises(LocalProtocolError, match="want pages to send, or a sink for pages"):
        Terminal(Station(calling=False))
    with pytest.raises(LocalProtocolError, match="polling needs a sink"):
        Terminal(Station(calling=True, poll=True))


def test_an_identification_that_does_not_fit_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="want at most 20 printable ASCII characters"):
        Station(calling=True, ident="+86 10 1234 5678 9012 3456")


def test_requests_out_of_place_are_refused() -> None:
    machine = Terminal(Station(calling=False), sink=Sink())
    with pytest.raises(LocalProtocolError, match="cannot connect while not begun"):
        machine.fire("connect")
    machine.fire("start")
    with pytest.raises(LocalProtocolError, match="cannot start while DIS sent"):
        machine.fire("start")
