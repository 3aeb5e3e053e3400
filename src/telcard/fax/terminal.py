"""A whole fax terminal without a card: samples in, samples out, pages and a reason at the end.

    sender = FaxTerminal(calling=True, ident="+86 10 95588", pages=[page])
    receiver = FaxTerminal(calling=False)
    while sender.active or receiver.active:
        heard = sender.transmit(160), receiver.transmit(160)
        receiver.receive(heard[0])
        sender.receive(heard[1])
    receiver.result.pages                 # [array of bool, True = black]
    print(receiver.result)                # all pages went over (DCN after the last page; phase E)

It joins the machine of T.30 (`telcard.fax.t30`) to a fax lane (`telcard.fax.lane`); its clock are
the samples, so that an hour of fax takes a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from telcard.fax.geometry import Resolution
from telcard.fax.lane import LEVEL_DBM0, FaxLane
from telcard.fax.negotiation import CODINGS, Capabilities, rates_up_to
from telcard.fax.paper import Sheets, Tray, sheet
from telcard.fax.t4 import Coding
from telcard.fax.t30 import (
    T30,
    Ended,
    Event,
    Identified,
    PageReport,
    Profile,
    Reason,
    Station,
    Terminal,
    Traced,
    Trained,
)
from telcard.machine import Effect, Report, Send, StartTimer, StopTimer

SAMPLES_S = 8000

STEP = 160
"""Samples that are made in one go, however many are asked for: 20 ms, after which what was sent
and the timers are looked at."""

NEVER = float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class FaxResult:
    """What a fax call has come to, so far or in the end."""

    pages: tuple[NDArray[np.bool_], ...] = ()
    """Pages received, shape (rows, width), True = black."""
    resolutions: tuple[Resolution, ...] = ()
    """Of each of them."""
    reports: tuple[PageReport, ...] = ()
    """Evidence of every page, sent or received: rows, bad rows, repeats, rate, quality, time."""
    ended: Ended | None = None
    """Why it is over; None while it goes on."""
    far: Identified | None = None
    """Who the far end says it is."""
    trainings: tuple[Trained, ...] = ()
    transcript: tuple[Traced, ...] = ()
    """Every frame, with its meaning."""
    seconds: float = 0.0
    """That the call has lasted."""

    @property
    def good(self) -> bool:
        """Whether all went as it was meant to."""
        return self.ended is not None and self.ended.good

    @property
    def reason(self) -> Reason | None:
        """Why it is over; None while it goes on."""
        return None if self.ended is None else self.ended.reason

    def __str__(self) -> str:
        return "still going on" if self.ended is None else self.ended.text()


@dataclass(slots=True)
class _Told:
    """What the machine has reported."""

    reports: list[PageReport] = field(default_factory=list)
    trainings: list[Trained] = field(default_factory=list)
    transcript: list[Traced] = field(default_factory=list)
    far: Identified | None = None
    ended: Ended | None = None

    def take(self, event: Event) -> None:
        match event:
            case PageReport():
                self.reports.append(event)
            case Trained():
                self.trainings.append(event)
            case Traced():
                self.transcript.append(event)
            case Identified():
                self.far = event
            case Ended():
                self.ended = event


class FaxTerminal:
    """One end of a fax call over 8 kHz sound; no I/O, no clock but the samples.

    `pages` are 2-D arrays of bool, True = black, 1728, 2048 or 2432 pixels wide at the usual
    `resolution`s; a far end that cannot print them so gets them coarser or narrower.  `modems` is
    the fastest modem, of "v27ter", "v29" and "v17", and includes the slower ones; `codings` those
    that may be used; `ecm` error correction.  `ident` is our number, up to 20 characters.  `poll`
    fetches the far end's pages, `subaddress` and `password` are for the far end.  `level_dbm0` is
    what we send at.  ValueError for pages, modems and numbers that no fax has.
    """

    def __init__(
        self,
        *,
        calling: bool = True,
        ident: str = "",
        modems: str = "v17",
        ecm: bool = True,
        pages: Sequence[NDArray[np.bool_]] = (),
        resolution: Resolution = Resolution.FINE,
        codings: Sequence[Coding] = CODINGS,
        poll: bool = False,
        subaddress: str = "",
        password: str = "",
        nonstandard: bytes = b"",
        level_dbm0: float = LEVEL_DBM0,
        echo_tone: bool = False,
        profile: Profile = T30,
    ) -> None:
        sheets = [sheet(page, resolution) for page in pages]
        able = Capabilities(
            rates=rates_up_to(modems),
            codings=frozenset(codings) | {"mh"},
            ecm=ecm,
            has_document=bool(sheets) and not calling,
        )
        station = Station(
            calling=calling,
            ident=ident,
            capabilities=able,
            poll=poll,
            subaddress=subaddress,
            password=password,
            nonstandard=nonstandard,
        )
        self._tray = Tray()
        self._told = _Told()
        self._lane = FaxLane(level_dbm0=level_dbm0, echo_tone=echo_tone)
        self._machine = Terminal(station, Sheets(sheets) if sheets else None, self._tray, profile)
        self._lengths = self._machine.timers
        self._timers: dict[str, float] = {}  # name: sample at which it expires
        self._due = NEVER
        self._heard = self._sent = 0
        self._perform(self._machine.fire("start"))

    @property
    def active(self) -> bool:
        """Whether the call goes on."""
        return self._told.ended is None

    @property
    def samples(self) -> int:
        """The terminal's time: samples heard or sent, whichever are more."""
        return max(self._heard, self._sent)

    @property
    def result(self) -> FaxResult:
        """What it has come to so far."""
        told = self._told
        return FaxResult(
            pages=tuple(self._tray.pages),
            resolutions=tuple(one.resolution for one in self._tray.agreements),
            reports=tuple(told.reports),
            ended=told.ended,
            far=told.far,
            trainings=tuple(told.trainings),
            transcript=tuple(told.transcript),
            seconds=self.samples / SAMPLES_S,
        )

    def receive(self, pcm: NDArray[np.int16]) -> None:
        """Hear samples, shape (frames,); any number of them."""
        pcm = _checked(pcm)
        native, left = self._lane.native, len(pcm)
        while left:
            taken = native.hear(pcm)
            self._heard += taken
            left -= taken
            if native.waits or self._heard >= self._due:
                self._attend()
            if left:
                pcm = pcm[taken:]

    def transmit(self, frames: int) -> NDArray[np.int16]:
        """The next `frames` samples to send; silence once the call is over."""
        if frames < 0:
            raise ValueError(f"frames: want 0 or more, got {frames}")
        native, out = self._lane.native, np.empty(frames, np.int16)
        for at in range(0, frames, STEP):
            step = out[at : at + STEP] if frames > STEP else out
            native.make(step)
            self._sent += len(step)
            if native.waits or self._sent >= self._due:
                self._attend()
        return out

    def stop(self) -> None:
        """Say DCN and end, at the next sample; nothing when the call is over."""
        self._perform(self._machine.fire("stop"))

    def hang_up(self) -> None:
        """The line has gone: end without a word."""
        self._perform(self._machine.fire("hang_up"))

    def _attend(self) -> None:
        """Evidence first, then what has expired."""
        for evidence in self._lane.evidence():
            self._perform(self._machine.fire("hear", evidence))
        while self._heard >= self._due or self._sent >= self._due:
            name = min(self._timers, key=self._timers.__getitem__)
            del self._timers[name]
            self._set_due()
            self._perform(self._machine.expire(name))

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(program):
                    self._lane.run(program)
                case StartTimer(name):
                    self._timers[name] = self.samples + self._lengths[name] * SAMPLES_S
                    self._set_due()
                case StopTimer(name):
                    self._timers.pop(name, None)
                    self._set_due()
                case Report(event):
                    self._told.take(event)

    def _set_due(self) -> None:
        self._due = min(self._timers.values(), default=NEVER)


def _checked(pcm: Any) -> NDArray[np.int16]:
    samples = pcm if type(pcm) is np.ndarray else np.asarray(pcm)
    if samples.dtype != np.int16 or samples.ndim != 1:
        got = f"{samples.dtype}, shape {samples.shape}"
        raise ValueError(f"pcm: want int16, shape (frames,), got {got}")
    return np.ascontiguousarray(samples)
