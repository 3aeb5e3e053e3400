"""Real time, in virtual time: the loop's timers tick an engine that has no thread."""

import asyncio
from typing import Any, cast

from telcard.clock import SystemClock, VirtualClock, run
from telcard.engine import Driver, E1Line, Engine, Outcome, Reason, Until, dtmf_segments
from telcard.units import TICK_NS


def pair(line: E1Line) -> tuple[Engine, Engine]:
    """Two engines that no virtual clock ticks."""
    made = [Engine(2, name=name, fidelity="events") for name in ("ours", "far")]
    return made[0], made[1]


def test_a_driver_ticks_quiet_engines_on_the_running_loop() -> None:
    clock = VirtualClock()
    outcomes: list[Outcome] = []

    async def main() -> None:
        line = E1Line()
        ours, far = pair(line)
        here, there = ours.plug(line, 0), far.plug(line, 1)
        with Driver([ours, far], cast(SystemClock, _Origin(clock))) as driver:
            assert ours.driver is driver
            here.open_lane(1).collect(Until(max_digits=2), outcomes.append)
            there.open_lane(1).tones(dtmf_segments("42"))
            await asyncio.sleep(5)
            assert outcomes[0].end < 8_000
            assert abs(clock.now() // TICK_NS * 80 - 40_000) < 80
        assert ours.driver is None
        ours.close()
        far.close()

    run(main(), clock)
    assert [(outcome.reasons, outcome.digits) for outcome in outcomes] == [
        (Reason.MAX_DIGITS, "42")
    ]


def test_ticks_that_a_late_loop_missed_are_made_up_for() -> None:
    clock = VirtualClock()
    outcomes: list[Outcome] = []

    async def main() -> None:
        line = E1Line()
        ours, _ = pair(line)
        late = _Origin(clock)
        with Driver([ours], cast(SystemClock, late)):
            lane = ours.plug(line, 0).open_lane(1)
            lane.collect(Until(max_s=0.5), outcomes.append)
            await asyncio.sleep(0.1)
            late.ahead_ns = 3 * 10**9  # nobody looked for three seconds
            lane.clear_digits()
            await asyncio.sleep(1)
        ours.close()

    run(main(), clock)
    assert outcomes[0].reasons == Reason.MAX_TIME
    assert outcomes[0].end - outcomes[0].start == 4000


class _Origin:
    """A clock that a driver takes for the system's."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.ahead_ns = 0
        self.origin_ns = 0

    def now(self) -> int:
        return self.clock.now() + self.ahead_ns

    def __getattr__(self, name: str) -> Any:
        return getattr(self.clock, name)
