import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telcard.events import Event, EventLog

# A small day whose tasks are kept in sets, so that the order of arrival follows the hash seed.
DAY = """
import asyncio
from telcard import clock
from telcard.events import EventLog

log = EventLog()
virtual = clock.VirtualClock()
arrived = []

async def call(name):
    for step in {"answer", "collect", "hang_up"}:
        await asyncio.sleep(0.5)
    log.report(virtual.now() // 125_000, "ended", name, digits=3)
    arrived.append(name)

async def main():
    waiting = {asyncio.create_task(call(name)) for name in {f"call-{n}" for n in range(50)}}
    await asyncio.wait(waiting)

clock.run(main(), virtual)
print(log.digest(), " ".join(arrived))
"""


def test_a_report_is_kept_and_counted_within_its_call() -> None:
    log = EventLog()
    log.report(80, "offered", "call-1", called="95588")
    log.report(80, "offered", "call-2")
    event = log.report(160, "answered", "call-1")
    assert event == Event(160, "call-1", 1, "answered")
    assert [e.name for e in log.of("call-1")] == ["offered", "answered"]
    assert [e.call for e in log] == ["call-1", "call-2", "call-1"]
    assert len(log) == 3
    assert log.of("call-1")[0].facts == {"called": "95588"}


def test_subscribers_hear_every_event_in_order_of_arrival() -> None:
    log = EventLog()
    heard: list[Event] = []
    log.report(0, "before")
    log.subscribe(heard.append)
    events = [log.report(80 * n, "tick") for n in range(5)]
    assert heard == events


def test_a_subscriber_may_report_in_its_turn() -> None:
    log = EventLog()

    def alarm(event: Event) -> None:
        if event.name == "wrong_pin":
            log.report(event.sample, "alarm", event.call)

    log.subscribe(alarm)
    log.report(8, "wrong_pin", "call-1")
    assert [(e.name, e.sequence) for e in log] == [("wrong_pin", 0), ("alarm", 1)]


def test_the_log_is_bounded_and_counts_what_it_dropped() -> None:
    log = EventLog(keep=10)
    for n in range(25):
        log.report(n, "tick")
    assert [e.sample for e in log] == list(range(15, 25))
    assert log.dropped == 15


def test_a_call_that_is_over_leaves_no_counter_behind() -> None:
    log = EventLog()
    log.report(1, "ended", "call-1")
    log.forget("call-1")
    log.forget("call-1")
    assert len(log.of("call-1")) == 1
    assert log.report(2, "offered", "call-1").sequence == 0


@given(st.permutations([("a", 1), ("a", 2), ("b", 1), ("b", 3), ("", 2)]))
def test_the_digest_does_not_depend_on_how_calls_were_interleaved(
    order: list[tuple[str, int]],
) -> None:
    order.sort(key=lambda item: item[1])  # time goes on; what happens at one instant may swap
    log = EventLog()
    for call, sample in order:
        log.report(sample, "digit", call)
    straight = EventLog()
    for call, sample in sorted(order):
        straight.report(sample, "digit", call)
    assert log.digest() == straight.digest()


@pytest.mark.parametrize(
    "other",
    [
        (81, "digit", "call-1", {"digit": "5"}),
        (80, "tone", "call-1", {"digit": "5"}),
        (80, "digit", "call-2", {"digit": "5"}),
        (80, "digit", "call-1", {"digit": "6"}),
        (80, "digit", "call-1", {}),
    ],
)
def test_the_digest_tells_any_difference(other: tuple[int, str, str, dict[str, str]]) -> None:
    one, two = EventLog(), EventLog()
    one.report(80, "digit", "call-1", digit="5")
    sample, name, call, facts = other
    two.report(sample, name, call, **facts)
    assert one.digest() != two.digest()


def test_the_order_of_facts_does_not_change_the_digest() -> None:
    one, two = EventLog(), EventLog()
    one.report(0, "ended", cause=16, seconds=3.5)
    two.report(0, "ended", seconds=3.5, cause=16)
    assert one.digest() == two.digest()


def test_two_processes_with_different_hash_seeds_agree_on_the_digest() -> None:
    def run(seed: str) -> tuple[str, str]:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        done = subprocess.run(
            [sys.executable, "-c", DAY], env=environment, capture_output=True, text=True, check=True
        )
        digest, _, arrived = done.stdout.strip().partition(" ")
        return digest, arrived

    (first, first_order), (second, second_order) = run("1"), run("2")
    assert first_order != second_order  # the seeds did matter to the order of arrival
    assert first == second
