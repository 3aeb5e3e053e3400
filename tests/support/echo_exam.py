"""An exam for echo cancellers in the manner of G.168: what questions are made of, how they are put.

    exam = Exam(echo_peers.named("speex"), tail_ms=64)
    for question in questions():
        for row in question.ask(exam):
            print(row.test, row.what, row.told, row.passed)

A question lays its `Case`s (a far end, an echo path, a near end) before the canceller as channels
of one call and judges what comes out: against the limit of the recommendation, or our reading of
it, and against the stricter goal that telcard sets itself.  The questions are in `echo_questions`
and `echo_manners` beside this; the command is `benchmarks/quality_echo.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.support import g168
from tests.support.echo_peers import Canceller
from tests.support.g168 import Pcm, Sound

SECOND = 8000
DELAYS_MS = {16: (0,), 32: (0, 15), 64: (0, 20, 45), 128: (0, 60, 100)}
"""Flat delays laid before an echo path, so that a tail still holds the longest (16 ms)."""

QUIET = 8
"""What silence is in A-law."""

FLOOR_DBM0 = -66.0
"""Below it nobody asks for less echo: A-law's finest steps alone make -71 dBm0 of noise."""


@dataclass(frozen=True, slots=True)
class Case:
    """One channel: what the far end sends, its echo, what the near end says, both through A-law."""

    name: str
    rin: Pcm
    echo: Sound
    near: Sound
    sin: Pcm
    freeze: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report; `limit` is the recommendation's or, marked so, ours."""

    test: str
    what: str
    told: str
    limit: str = ""
    passed: bool | None = None
    goal: str = ""
    reached: bool | None = None
    curves: dict[str, Sound] = field(default_factory=dict, compare=False)


def case(
    name: str,
    rin: Pcm,
    responses: Sound | Sequence[tuple[int, Sound]],
    near: Sound | float = 0.0,
    *,
    freeze: int | None = None,
    offset: float = 0.0,
) -> Case:
    """A channel; `responses`: one echo path, or several with the sample from which each is there.

    `offset` (PCM) is added to what comes back.
    """
    if isinstance(responses, np.ndarray):
        responses = [(0, responses)]
    echo = np.zeros(len(rin))
    for begin, response in responses:
        echo[begin:] = g168.through(rin, response)[begin:]
    beside = np.zeros(len(rin)) + near
    return Case(name, rin, echo, beside, g168.alaw(echo + beside + offset), freeze)


@dataclass
class Exam:
    """A canceller before the examiner."""

    canceller: Canceller
    tail_ms: int = 64
    quick: bool = False
    _delays: dict[bool, int] = field(default_factory=dict)

    @property
    def delays(self) -> tuple[int, ...]:
        """Flat delays in samples that fit the tail; the two outer ones when it must be quick."""
        every = DELAYS_MS.get(self.tail_ms, (0,))
        chosen = dict.fromkeys((every[0], every[-1])) if self.quick else every
        return tuple(8 * ms for ms in chosen)

    def paths(
        self, erls: Iterable[float] = (6,), delays: Iterable[int] | None = None
    ) -> Iterator[tuple[str, Sound]]:
        """All Annex D paths with these losses and delays, named."""
        for erl in erls:
            for delay in self.delays if delays is None else delays:
                for path in g168.PATHS:
                    yield f"{path} {erl:g} dB {delay // 8} ms", g168.path(path, erl, delay)

    def few_paths(self, erl_db: float = 6) -> Iterator[tuple[str, Sound]]:
        """All paths at one loss, the delays dealt among them; three when it must be quick."""
        for index, path in enumerate(g168.PATHS[:: 3 if self.quick else 1]):
            delay = self.delays[index % len(self.delays)]
            yield f"{path} {erl_db:g} dB {delay // 8} ms", g168.path(path, erl_db, delay)

    def run(
        self, cases: Sequence[Case], *, nlp: bool = False, comfort_noise: bool = False
    ) -> list[Pcm]:
        """What is left of each case's Sin; cases of one length go through in one call.

        What the canceller delays the near end by is taken out, at the cost of the last samples.
        """
        delay = self.delay(nlp)
        outs: list[Pcm | None] = [None] * len(cases)
        for frames in sorted({len(one.sin) for one in cases}):
            chosen = [index for index, one in enumerate(cases) if len(one.sin) == frames]
            freeze = [cases[index].freeze for index in chosen]
            out = self.canceller(
                np.stack([cases[index].rin for index in chosen], axis=1),
                np.stack([cases[index].sin for index in chosen], axis=1),
                tail_ms=self.tail_ms,
                nlp=nlp,
                comfort_noise=comfort_noise,
                freeze=[frames if at is None else at for at in freeze],
            )
            for column, index in enumerate(chosen):
                outs[index] = np.concatenate([out[delay:, column], np.zeros(delay, np.int16)])
        return [out for out in outs if out is not None]

    def delay(self, nlp: bool) -> int:
        """By how many samples noise from the near end comes later out of it than in, if it does."""
        if nlp not in self._delays:
            near = g168.alaw(g168.white(SECOND, -20, seed=9))[:, np.newaxis]
            rin = np.full_like(near, QUIET)
            out = self.canceller(rin, near, tail_ms=self.tail_ms, nlp=nlp, comfort_noise=nlp)
            spectra = [np.fft.rfft(sound[:, 0], 2 * SECOND) for sound in (out, near)]
            peaks = np.fft.irfft(spectra[0] * np.conj(spectra[1]))[:SECOND]
            heard = peaks.max() > 0.5 * float((near.astype(float) ** 2).sum())  # it may be muted
            self._delays[nlp] = int(np.argmax(peaks)) if heard else 0
        return self._delays[nlp]


# --- questions --------------------------------------------------------------------------------

Ask = Callable[[Exam], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    ask: Ask


_QUESTIONS: list[Question] = []


def question(name: str) -> Callable[[Ask], Ask]:
    """Puts a function on the list of questions; its docstring says what is asked."""

    def listed(ask: Ask) -> Ask:
        _QUESTIONS.append(Question(name, ask))
        return ask

    return listed


def questions() -> list[Question]:
    """All of them, in the order of the recommendation's tests."""
    from tests.support import echo_manners, echo_questions  # noqa: F401  they put themselves down

    return list(_QUESTIONS)


# --- judging ----------------------------------------------------------------------------------


def residual(one: Case, out: Pcm) -> Sound:
    """Levels in dBm0 of what comes out beyond the near end, by the meter of 350 ms."""
    return g168.levels(out - one.near, g168.WINDOW, g168.HOP, False)


def allowed(one: Case, loss_db: float, floor_dbm0: float = FLOOR_DBM0) -> Sound:
    """Levels that the residual may have when so much of the echo is to go."""
    echo = g168.levels(one.echo, g168.WINDOW, g168.HOP, False)
    return np.maximum(echo - loss_db, floor_dbm0)


def time_to(one: Case, out: Pcm, loss_db: float, begin: int = 0) -> float:
    """Seconds from sample `begin` to the loss, held for a second; the meter's window included."""
    piece = Case(one.name, one.rin[begin:], one.echo[begin:], one.near[begin:], one.sin[begin:])
    within = residual(piece, out[begin:]) <= allowed(piece, loss_db)
    return g168.time_to(within.astype(float), 0.5)


def loss_between(one: Case, out: Pcm, begin_s: float, end_s: float) -> float:
    """ERLE in dB over a stretch: energy of the echo over that of all else than the near end."""
    part = slice(round(begin_s * SECOND), round(end_s * SECOND))
    return g168.level(one.echo[part]) - g168.level((out - one.near)[part])


def excess(one: Case, out: Pcm, begin_s: float, loss_db: float) -> float:
    """dB by which the residual from then on is above what is allowed, at its loudest."""
    begin = max(0, round(begin_s * SECOND - g168.WINDOW) // g168.HOP)
    return float((residual(one, out) - allowed(one, loss_db))[begin:].max())


def gain_db(said: Sound, heard: NDArray[np.floating] | Pcm) -> float:
    """With which gain a known sound is found in what is heard, in dB (by projection)."""
    whole = float((said * said).sum())
    return float(20 * np.log10(max(1e-3, float((said * heard).sum()) / whole)))


def worst(values: Iterable[float]) -> float:
    return max(values, default=float("nan"))


def seconds(value: float) -> str:
    return "never" if value == float("inf") else f"{value:.2f} s"
