"""Which tone of a country comes and goes: bursts and pauses compared with its tone plan.

    matcher = CadenceMatcher(country("CN").tones)
    for tone in steady.process(block):                 # SteadyDetector(early=True)
        matches = matcher.ended(tone) if tone.ended else matcher.began(tone)
    matches = matcher.check(now)                       # at `matcher.due`, if nothing came before

Pure: it has no clock and hears nothing.  A tone that stands is known once it has stood for longer
than any burst of the same frequencies; one with a short cadence after two cycles, one with a long
pause, as ringing has, after its first burst and the pause's first second, with less confidence
than later.  What fits several tones of the plan goes to the one that it fits best, and the more
the others fit as well, the lower the confidence.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telcard import units
from telcard.countries import AGAIN, CadencedTone, meaning
from telcard.dsp.steady import SteadyTone

LAG = 960
"""Samples after which a tone that has begun, or ended, has been told by `SteadyDetector`."""

_REMEMBERED = 16
_LONG_PAUSE_S = 1.2  # a pause that lasts so long is one of ringing, and not awaited any longer
_LEAST_S = 0.03  # no length of a cadence is expected to be more exact
_GATE = 1.5  # tolerances by which a length may be off, with little confidence then
_STANDS_S = 0.6
_NOT_TWO_HZ = 28.0  # sines nearer to each other are heard as one that is modulated


@dataclass(frozen=True, slots=True)
class ToneMatch:
    """A tone of the plan sounds: `name` is its key there.

    `start` and `end` are samples: of its first burst, of the newest one's end (or until now).
    `cadence_s` is what was measured: tone and pause in turn, over the newest cycle as far as it was
    heard; `cycles` how many there were, `newest` the first sample of the newest.  `confidence`,
    0 to 1, says how well all that fits and how much of it there was, `rival` which other meaning
    fits best, if any does.
    """

    name: str
    confidence: float
    start: int
    end: int
    cycles: int
    hz: tuple[float, ...]
    dbm0: tuple[float, ...]
    cadence_s: tuple[float, ...]
    newest: int
    rival: str = ""


@dataclass(frozen=True, slots=True)
class _Unit:
    """One stretch of the cadence: a burst and the pause behind it."""

    hz: tuple[float, ...]
    on_s: float
    off_s: float


@dataclass(frozen=True, slots=True)
class _Plan:
    name: str
    tone: CadencedTone
    units: tuple[_Unit, ...]  # none: it stands

    def known_after(self, burst: int) -> float:
        """Seconds of the pause after a burst that are enough to tell it from a shorter one."""
        off_s = self.units[burst].off_s
        least = off_s - max(_LEAST_S, self.tone.cadence_tolerance * off_s)
        return min(max(0.0, least), _LONG_PAUSE_S)

    @property
    def long(self) -> bool:
        """Whether one cycle is enough: it has a long pause, or is never repeated."""
        return self.tone.ending != AGAIN or max(unit.off_s for unit in self.units) > _LONG_PAUSE_S


class CadenceMatcher:
    """Follows one line; tones of the plan that it cannot tell are left out (`tones` has the rest).

    Left out are tones of more than two frequencies at a time.
    """

    def __init__(self, tones: Mapping[str, CadencedTone]) -> None:
        self.tones = {
            name: tone
            for name, tone in tones.items()
            if all(len(hz) <= 2 for hz in tone.frequencies_hz)
        }
        self._plans = [_Plan(name, tone, _units(tone)) for name, tone in self.tones.items()]
        self._stands_s = {
            plan.name: self._longest_like(plan) for plan in self._plans if not plan.units
        }
        self._heard: deque[SteadyTone] = deque(maxlen=_REMEMBERED)
        self._sounding: SteadyTone | None = None
        self._standing = ""
        self._cycles: dict[str, tuple[int, int, int]] = {}  # first start, newest end, its burst
        self._checks: list[int] = []

    @property
    def due(self) -> int | None:
        """The sample at which `check` wants to be asked, unless something is told before."""
        return self._checks[0] if self._checks else None

    def knows(self, tone: SteadyTone) -> bool:
        """Whether its frequencies are those of any burst in the plan."""
        return any(self.fits(name, tone) for name in self.tones)

    def fits(self, name: str, tone: SteadyTone) -> bool:
        """Whether its frequencies are those of any burst of this tone of the plan."""
        wanted = self.tones[name]
        return any(_misfit(hz, wanted, tone) is not None for hz in wanted.frequencies_hz)

    def pause_after(self, tone: SteadyTone) -> float:
        """The longest pause, in seconds, that may follow it if it is a burst of the plan.

        0 if it is none, by its frequencies or its length; infinite for one that stands.
        """
        return max(
            (
                unit.off_s * (1 + plan.tone.cadence_tolerance)
                for plan in self._plans
                for unit in plan.units or (_Unit(plan.tone.during(0), tone.length_s, math.inf),)
                if _misfit(unit.hz, plan.tone, tone) is not None
                and _off_by(tone.frames, unit.on_s, plan.tone.cadence_tolerance) <= _GATE
            ),
            default=0.0,
        )

    def began(self, tone: SteadyTone) -> list[ToneMatch]:
        """A tone has begun: a pause is over, and known."""
        self._checks = []
        self._sounding = tone
        matches = self._cadence(tone.start)
        after = [
            self._stands_s[plan.name]
            for plan in self._plans
            if not plan.units and _misfit(plan.tone.during(0), plan.tone, tone) is not None
        ]
        self._checks = sorted({tone.start + units.seconds_to_samples(s) + LAG for s in after})
        return matches

    def ended(self, tone: SteadyTone) -> list[ToneMatch]:
        """A tone is over; one that was too short to be told before begins here as well."""
        matches = self.began(tone) if self._sounding is None else []
        matches += self._stands(tone, tone.end + LAG)
        self._sounding, self._standing = None, ""
        self._heard.append(tone)
        pauses = {
            tone.end + units.seconds_to_samples(plan.known_after(burst)) + LAG
            for plan in self._plans
            for burst, unit in enumerate(plan.units)
            if _misfit(unit.hz, plan.tone, tone) is not None
        }
        self._checks = sorted(pauses)
        return matches

    def check(self, now: int) -> list[ToneMatch]:
        """Sample `now` has come, and nothing has changed."""
        while self._checks and self._checks[0] <= now:
            del self._checks[0]
        if self._sounding is not None:
            return self._stands(self._sounding, now)
        return self._cadence(now - LAG)

    def _longest_like(self, standing: _Plan) -> float:
        """A standing tone must outlast all bursts of the same frequencies."""
        alike = [
            unit.on_s
            for plan in self._plans
            for unit in plan.units
            if _alike(unit.hz, plan.tone, standing.tone.during(0), standing.tone)
        ]
        return max(_STANDS_S, 1.25 * max(alike, default=0.0))

    def _stands(self, tone: SteadyTone, now: int) -> list[ToneMatch]:
        lasted_s = (now - LAG - tone.start) / units.SAMPLE_RATE
        fits: dict[str, float] = {}
        for plan in self._plans:
            z = None if plan.units else _misfit(plan.tone.during(0), plan.tone, tone)
            if z is not None and lasted_s >= self._stands_s[plan.name]:
                fits[plan.name] = math.exp(-z * z / 2)
        if not fits:
            return []
        name, share, rival = _best(fits)
        if name == self._standing:
            return []
        self._standing = name
        sure = 1 - math.exp(-3 * lasted_s / self._stands_s[name])
        lasted = (round(lasted_s, 3),)
        return [
            ToneMatch(name, fits[name] * share * sure, tone.start, now - LAG, 1, tone.hz,
                      tone.dbm0, lasted, tone.start, rival)
        ]  # fmt: skip

    def _cadence(self, until: int) -> list[ToneMatch]:
        """The newest burst's pause has lasted until then; which cadence do all of them follow?"""
        if not self._heard:
            return []
        fits: dict[str, float] = {}
        runs: dict[str, tuple[int, int, int]] = {}  # stretches that fit, units of a cycle, burst
        for plan in self._plans:
            for burst in range(len(plan.units)):
                count, z2 = self._run(plan, burst, until)
                size = len(plan.units)
                if count < size * (1 if plan.long else 2):
                    continue
                fit = math.exp(-z2 / 2) * (1 - 0.5 ** (1 + count / size))
                if fit > fits.get(plan.name, 0.0):
                    fits[plan.name] = fit
                    runs[plan.name] = count, size, burst
        if not fits:
            return []
        # Three short bursts before a long pause are not busy tone when all that is heard is that.
        longest = max(count for count, _, _ in runs.values())
        fits = {key: fit for key, fit in fits.items() if 1.5 * runs[key][0] > longest}
        name, share, rival = _best(fits)
        count, size, burst = runs[name]
        newest, first = self._heard[-1], self._heard[-count]
        start, end, told = self._cycles.get(name, (first.start, -1, burst))
        if end == newest.end:
            return []
        if end < first.start:
            start = first.start
        elif burst != told:
            return []  # in the midst of a cycle
        self._cycles = {name: (start, newest.end, burst)}
        cycle = list(self._heard)[-min(size, count) :]
        lengths = [
            round(samples / units.SAMPLE_RATE, 3)
            for before, after in zip(cycle, [*cycle[1:], None], strict=True)
            for samples in (before.frames, (after.start if after else until) - before.end)
        ]
        return [
            ToneMatch(name, fits[name] * share, start, newest.end, max(1, round(count / size)),
                      newest.hz, newest.dbm0, tuple(lengths),
                      self._heard[-min(size, count)].start, rival)
        ]  # fmt: skip

    def _run(self, plan: _Plan, burst: int, until: int) -> tuple[int, float]:
        """How many of the newest stretches follow the plan, and by which mean square they miss."""
        size, sum_z2, intervals, count = len(plan.units), 0.0, 0, 0
        pause_end = until
        tolerance = plan.tone.cadence_tolerance
        for back, tone in enumerate(reversed(self._heard)):
            unit = plan.units[(burst - back) % size]
            z_hz = _misfit(unit.hz, plan.tone, tone)
            if z_hz is None:
                break
            z_on = _off_by(tone.frames, unit.on_s, tolerance)
            pause_s = (pause_end - tone.end) / units.SAMPLE_RATE
            if back:
                z_off = _off_by(pause_end - tone.end, unit.off_s, tolerance)
            elif pause_s >= plan.known_after((burst - back) % size) - 1e-9:
                late = pause_s - unit.off_s
                z_off = max(0.0, late / max(_LEAST_S, tolerance * unit.off_s))
            else:
                break
            last = plan.tone.ending != AGAIN and not back
            if z_on > _GATE or (z_off > _GATE and not last):
                break
            sum_z2 += z_hz * z_hz + z_on * z_on + (0.0 if last else z_off * z_off)
            intervals += 3
            count += 1
            pause_end = tone.start
        return count, sum_z2 / intervals if intervals else math.inf


def _units(tone: CadencedTone) -> tuple[_Unit, ...]:
    """Bursts and pauses; bursts of the same frequencies that touch are one."""
    made: list[_Unit] = []
    for burst, (on_s, off_s) in enumerate(
        zip(tone.cadence_s[::2], tone.cadence_s[1::2], strict=True)
    ):
        hz = tone.during(burst)
        if made and not made[-1].off_s and made[-1].hz == hz:
            on_s += made.pop().on_s
        made.append(_Unit(hz, on_s, off_s))
    return tuple(made)


def _off_by(samples: float, seconds: float, tolerance: float) -> float:
    return abs(samples / units.SAMPLE_RATE - seconds) / max(_LEAST_S, tolerance * seconds)


def _blurred(hz: Sequence[float], tone: CadencedTone) -> bool:
    """Whether its sines are heard as one that is modulated."""
    return bool(tone.modulation_hz) or (len(hz) == 2 and abs(hz[1] - hz[0]) < _NOT_TWO_HZ)


def _alike(
    one: Sequence[float], tone: CadencedTone, other: Sequence[float], of: CadencedTone
) -> bool:
    """Whether the frequencies of two tones of a plan may be taken for each other's."""
    reach = tone.tolerance_hz + of.tolerance_hz + tone.modulation_hz + of.modulation_hz
    if _blurred(one, tone) or _blurred(other, of):
        one, other = [math.fsum(one) / len(one)], [math.fsum(other) / len(other)]
    return len(one) == len(other) and all(
        abs(a - b) <= reach for a, b in zip(one, other, strict=True)
    )


def _misfit(hz: Sequence[float], wanted: CadencedTone, heard: SteadyTone) -> float | None:
    """By how many tolerances the frequencies are off; None: by more than one."""
    reach = wanted.tolerance_hz
    if _blurred(hz, wanted):
        # Heard as one, two or three sines, all of them not far from the middle.
        middle = math.fsum(hz) / len(hz)
        side = wanted.modulation_hz + reach
        if any(abs(f - middle) > side for f in heard.hz):
            return None
        off = abs(math.fsum(heard.hz) / len(heard.hz) - middle) / side
        return off + (0.0 if heard.modulated or len(heard.hz) == 2 else 0.5)
    if len(heard.hz) != len(hz):
        return None
    off = max(abs(a - b) for a, b in zip(sorted(hz), heard.hz, strict=True)) / reach
    return off + (0.5 if heard.modulated else 0.0) if off <= 1 else None


def _best(fits: Mapping[str, float]) -> tuple[str, float, str]:
    """The name that fits best, its share among all meanings, and the best other meaning."""
    name = max(fits, key=lambda key: fits[key])
    others: dict[str, float] = {}
    for other, fit in fits.items():
        if meaning(other) != meaning(name):
            others[meaning(other)] = max(fit, others.get(meaning(other), 0.0))
    rival = max(others, key=lambda key: others[key], default="")
    return name, fits[name] / (fits[name] + math.fsum(others.values())), rival
