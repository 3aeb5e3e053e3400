"""A call generator: traffic of so many Erlang against the emulated house, and what became of it.

    profile = Profile(erlang=20.0, minutes=10.0, lines=30)
    report = clock.run(play_load(profile), clock.VirtualClock())

Calls arrive as a Poisson process; what each caller does, and so how long he holds his circuit, is
one of the scripts of `telcard.rehearsal.mix`.  Each script is played once alone first: its holding
time turns Erlang into calls a second.  A caller who finds no circuit goes away and does not try
again.  All chance comes from the seed, so one profile has one report.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from telcard.bank import Cost
from telcard.cards import load
from telcard.dsp.copper import Copper
from telcard.engine import FIDELITIES
from telcard.errors import ConfigError, HungUp, LineError
from telcard.exchange import LINES, NotHeard, Office, TrunkGroup
from telcard.rehearsal.erlang import confidence, erlang_b
from telcard.rehearsal.mix import SCRIPTS, USUAL, read_mix
from telcard.rehearsal.stage import Stage, set_stage
from telcard.signalling.isdn import CHANNELS

BATCHES = 20
"""Stretches of the measured time that say how sure its sums are."""

PREFIX = "0215"
QUICK = Cost(time=1, memory_kib=8, lanes=1)
"""PINs are derived at next to no cost: the load is telephony, not Argon2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What to offer.

    `erlang` are offered for `minutes`, after a ramp of `ramp_s` in which traffic grows evenly from
    nothing; only what is dialled after it counts.  `lines` are the circuits that the town may use
    (None: all of the card's), `mix` the shares of the scripts, `line` the name of the callers' own
    line ("": one that does nothing to sound).  `fidelity` "events" leaves the sound out, and is far
    quicker; lines do nothing then.  ConfigError says what is out of range.
    """

    erlang: float
    minutes: float = 10.0
    lines: int | None = None
    ramp_s: float = 60.0
    mix: Mapping[str, float] = field(default_factory=lambda: read_mix(USUAL))
    line: str = ""
    card: str = "emulator:d300sc_e1"
    seed: int = 1
    fidelity: str = "sound"

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("erlang", self.erlang, 0.01, 2000.0),
            ("minutes", self.minutes, 0.1, 10_000.0),
            ("ramp", self.ramp_s, 0.0, 36_000.0),
        ):
            if not low <= value <= high:
                raise ConfigError(f"{name}: want {low:g} to {high:g}, got {value:g}")
        if self.line and self.line not in LINES:
            raise ConfigError(f"line: want one of {', '.join(LINES)}, got {self.line!r}")
        if self.fidelity not in FIDELITIES:
            raise ConfigError(f"fidelity: want {' or '.join(FIDELITIES)}, got {self.fidelity!r}")
        if self.line and self.fidelity == "events":
            raise ConfigError(
                f"line {self.line!r}: want fidelity sound, events have no sound to spoil"
            )
        if not self.mix:
            raise ConfigError("mix: want one script or more, got none")
        there = self._there
        if self.lines is not None and not 1 <= self.lines <= there:
            raise ConfigError(f"lines: want 1 to {there}, as {self.card} has, got {self.lines}")

    @property
    def circuits(self) -> int:
        """How many circuits the town may use."""
        return self.lines or self._there

    @property
    def _there(self) -> int:
        spans = load(self.card.partition(":")[2]).spans
        return sum(len(CHANNELS[span.kind]) for span in spans)

    def office(self, spans: int) -> tuple[Office, ...]:
        """The town's one office: who finds no circuit at once goes away."""
        group = TrunkGroup(tuple(range(1, spans + 1)), circuits=self.lines)
        return (Office("town", ("",), group, patience_s=0.0),)


@dataclass(slots=True)
class Attempt:
    """One caller: when he dialled (seconds after the ramp), how it ended ("" as he wished)."""

    at_s: float
    script: str
    failure: str = ""
    answer_s: float | None = None

    @property
    def blocked(self) -> bool:
        """Whether he found no circuit."""
        return self.failure == BLOCKED


BLOCKED = "no circuit was free"


@dataclass(frozen=True, slots=True)
class Slot:
    """A short stretch of the measured time: calls dialled and blocked in it, Erlang carried."""

    at_s: float
    attempts: int
    blocked: int
    carried: float


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of a load; `attempts` and `slots` hold what was dialled after the ramp."""

    profile: Profile
    holding_s: Mapping[str, float]
    """Seconds that each script holds a circuit, measured alone."""
    attempts: tuple[Attempt, ...]
    slots: tuple[Slot, ...]
    simulated_s: float
    """Virtual seconds from the first call to the end of the last."""

    @property
    def mean_holding_s(self) -> float:
        """Seconds that a call of this mix holds its circuit."""
        return mean_holding_s(self.profile.mix, self.holding_s)

    @property
    def offered(self) -> float:
        """Erlang that were really offered: what chance made of the profile's."""
        held_s = sum(self.holding_s[attempt.script] for attempt in self.attempts)
        return held_s / (self.profile.minutes * 60)

    @property
    def carried(self) -> float:
        """Erlang carried: circuits busy, on average."""
        return sum(slot.carried for slot in self.slots) / len(self.slots)

    @property
    def blocked(self) -> int:
        """Calls that found no circuit."""
        return sum(attempt.blocked for attempt in self.attempts)

    @property
    def blocked_share(self) -> float:
        """Share of the calls that found no circuit; 0 without calls."""
        return self.blocked / len(self.attempts) if self.attempts else 0.0

    @property
    def expected_share(self) -> float:
        """Share that Erlang B expects of the profile's traffic on its circuits."""
        return erlang_b(self.profile.erlang, self.profile.circuits)

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true blocked share lies, with 95 %, as far as this sample tells."""
        length_s = self.profile.minutes * 60 / BATCHES
        sums = [[0, 0] for _ in range(BATCHES)]
        for attempt in self.attempts:
            batch = sums[min(BATCHES - 1, int(attempt.at_s / length_s))]
            batch[0] += attempt.blocked
            batch[1] += 1
        return confidence([(blocked, calls) for blocked, calls in sums])

    @property
    def failures(self) -> dict[str, int]:
        """How often each reason kept a call from going as wished, most frequent first."""
        reasons = Counter(attempt.failure for attempt in self.attempts if attempt.failure)
        return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))

    @property
    def answer_s(self) -> tuple[float, ...]:
        """Seconds from lifting the handset to the answer, of the calls that were answered."""
        return tuple(a.answer_s for a in self.attempts if a.answer_s is not None)

    def answer_quantile_s(self, part: float) -> float:
        """So many of the answered calls were answered within these seconds; nan without any."""
        ordered = sorted(self.answer_s)
        return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else math.nan

    def as_dict(self) -> dict[str, object]:
        """Everything in plain values, the same for the same profile."""
        low, high = self.interval
        answered = bool(self.answer_s)
        return {
            "erlang": self.profile.erlang,
            "minutes": self.profile.minutes,
            "circuits": self.profile.circuits,
            "ramp_s": self.profile.ramp_s,
            "seed": self.profile.seed,
            "mix": dict(self.profile.mix),
            "line": self.profile.line,
            "card": self.profile.card,
            "fidelity": self.profile.fidelity,
            "holding_s": {name: round(s, 3) for name, s in self.holding_s.items()},
            "mean_holding_s": round(self.mean_holding_s, 3),
            "attempts": len(self.attempts),
            "answered": len(self.answer_s),
            "offered_erlang": round(self.offered, 4),
            "carried_erlang": round(self.carried, 4),
            "blocked": self.blocked,
            "blocked_share": round(self.blocked_share, 5),
            "blocked_share_95": [round(low, 5), round(high, 5)],
            "erlang_b": round(self.expected_share, 5),
            "answer_p50_s": round(self.answer_quantile_s(0.5), 3) if answered else None,
            "answer_p99_s": round(self.answer_quantile_s(0.99), 3) if answered else None,
            "failures": self.failures,
            "simulated_s": round(self.simulated_s, 3),
            "slots": [
                [round(s.at_s, 3), s.attempts, s.blocked, round(s.carried, 4)] for s in self.slots
            ],
        }


def mean_holding_s(mix: Mapping[str, float], holding_s: Mapping[str, float]) -> float:
    """Seconds that a call of a mix holds a circuit."""
    return sum(share * holding_s[name] for name, share in mix.items()) / sum(mix.values())


async def play_load(
    profile: Profile,
    *,
    told: Callable[[float, int, int], None] = lambda done, attempts, busy: None,
) -> LoadReport:
    """Set a stage, offer the profile's traffic, and report.

    Best run under a `VirtualClock`.  `told` is called now and then with the part that is done, the
    calls so far and the circuits that are busy.
    """
    with TemporaryDirectory(prefix="telcard-load-") as books:
        async with set_stage(
            Path(books),
            seed=profile.seed,
            pin_cost=QUICK,
            cards=(profile.card,),
            offices=profile.office,
            recorded=False,
            fidelity=profile.fidelity,
        ) as stage:
            generator = _Generator(stage, profile, told)
            holding_s = await generator.measure_scripts()
            report = await generator.play(holding_s)
            await stage.finish()
    return report


class _Generator:
    """Lets callers come, and watches the circuits."""

    SLOTS = 120

    def __init__(
        self, stage: Stage, profile: Profile, told: Callable[[float, int, int], None]
    ) -> None:
        self.stage = stage
        self.profile = profile
        self.told = told
        self.route = stage.town.routes["town"]
        self.line = LINES[profile.line].copper if profile.line else Copper()
        self.callers = 0
        self.attempts: list[Attempt] = []
        self.busy_s: list[float] = []

    async def measure_scripts(self) -> dict[str, float]:
        """Seconds for which each script of the mix holds a circuit: played once, alone."""
        holding_s: dict[str, float] = {}
        while self.route.find() is None:  # the card unblocks its circuits when it is up
            await asyncio.sleep(0.01)
        for name in self.profile.mix:
            before_s = self.route.stats().occupied_s
            attempt = Attempt(0.0, name)
            await self.call(attempt, asyncio.get_running_loop().time())
            if attempt.failure:
                raise LineError(f"load: {name!r} fails when it is played alone: {attempt.failure}")
            while (stats := self.route.stats()).busy:
                await asyncio.sleep(0.01)
            holding_s[name] = stats.occupied_s - before_s
        return holding_s

    async def play(self, holding_s: Mapping[str, float]) -> LoadReport:
        """Offer the traffic, wait until the last call is over, and report."""
        profile = self.profile
        loop = asyncio.get_running_loop()
        began = loop.time()
        zero = began + profile.ramp_s
        until = zero + profile.minutes * 60
        rate = profile.erlang / mean_holding_s(profile.mix, holding_s)
        chance = np.random.default_rng(profile.seed)
        names = list(profile.mix)
        shares = np.array([profile.mix[name] for name in names])
        shares /= shares.sum()
        self.attempts.clear()
        watching = asyncio.create_task(self.watch(zero, until), name="load: circuits")
        async with asyncio.TaskGroup() as calls:
            at = began
            while True:
                at += float(chance.exponential(1 / rate))
                if at >= until:
                    break
                name = names[int(chance.choice(len(names), p=shares))]
                # Thinned to the ramp: a Poisson process that grows.
                if chance.random() * profile.ramp_s > at - began:
                    continue
                await asyncio.sleep(max(0.0, at - loop.time()))
                attempt = Attempt(at - zero, name)
                self.attempts.append(attempt)
                calls.create_task(self.call(attempt, at), name=f"load: {name}")
        await watching
        counted = tuple(attempt for attempt in self.attempts if attempt.at_s >= 0)
        return LoadReport(profile, holding_s, counted, self.slots(counted), loop.time() - began)

    async def call(self, attempt: Attempt, lifted: float) -> None:
        """One caller: dial, do what the script says, and note how it went."""
        self.callers += 1
        number = f"{PREFIX}{self.callers:07d}"
        async with self.stage.town.subscriber(number, self.line) as caller:
            try:
                await SCRIPTS[attempt.script](caller)
            except LineError as error:
                found = bool(caller.called)
                attempt.failure = f"failed with cause {error.cause}" if found else BLOCKED
            except NotHeard as error:
                attempt.failure = f"did not hear {error.wanted}"
            except HungUp:
                attempt.failure = "the bank hung up too early"
            if caller.answered_at is not None:
                attempt.answer_s = caller.answered_at - lifted

    async def watch(self, zero: float, until: float) -> None:
        """Read at every slot's edge how long circuits have been busy so far."""
        loop = asyncio.get_running_loop()
        for edge in range(self.SLOTS + 1):
            at = zero + (until - zero) * edge / self.SLOTS
            await asyncio.sleep(max(0.0, at - loop.time()))
            stats = self.route.stats()
            self.busy_s.append(stats.occupied_s)
            self.told(edge / self.SLOTS, len(self.attempts), stats.busy)

    def slots(self, attempts: tuple[Attempt, ...]) -> tuple[Slot, ...]:
        """The measured time in short stretches."""
        length_s = self.profile.minutes * 60 / self.SLOTS
        index = [min(self.SLOTS - 1, int(attempt.at_s / length_s)) for attempt in attempts]
        came = Counter(index)
        gone = Counter(i for i, attempt in zip(index, attempts, strict=True) if attempt.blocked)
        return tuple(
            Slot(i * length_s, came[i], gone[i], (self.busy_s[i + 1] - self.busy_s[i]) / length_s)
            for i in range(self.SLOTS)
        )
