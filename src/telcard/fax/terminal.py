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
from math import ceil
from typing import Any, NoReturn, Unpack

import numpy as np
from numpy.typing import NDArray

from telcard._native import faxlane
from telcard.fax.dialogue import Dialogue, FaxOptions, FaxResult
from telcard.fax.geometry import Resolution
from telcard.fax.lane import LEVEL_DBM0, FaxLane
from telcard.machine import Effect, Report, Send, StartTimer, StopTimer

SAMPLES_S = 8000

SAMPLE = np.dtype(np.int16)  # made once: numpy looks long for the dtype that a type stands for


class FaxTerminal:
    """One end of a fax call over 8 kHz sound; no I/O, no clock but the samples.

    What it is told is explained at `telcard.fax.dialogue.Dialogue`; `options` are those of
    `FaxOptions` there: `ident`, `modems`, `ecm`, `codings` and others.  `level_dbm0` is what we
    send at, `echo_tone` puts a tone before fast carriers.  ValueError for pages, modems and numbers
    that no fax has.
    """

    def __init__(
        self,
        *,
        calling: bool = True,
        pages: Sequence[NDArray[np.bool_]] = (),
        resolution: Resolution = Resolution.FINE,
        poll: bool = False,
        level_dbm0: float = LEVEL_DBM0,
        echo_tone: bool = False,
        **options: Unpack[FaxOptions],
    ) -> None:
        self._dialogue = Dialogue(
            calling=calling, pages=pages, resolution=resolution, poll=poll, **options
        )
        self._lane = FaxLane(level_dbm0=level_dbm0, echo_tone=echo_tone)
        self._machine = self._dialogue.machine
        self._lengths = self._machine.timers
        self._native = self._lane.native
        self._timers: dict[str, int] = {}  # name: sample at which it expires
        self._perform(self._machine.fire("start"))

    def __repr__(self) -> str:
        way = "calling" if self._dialogue.calling else "called"
        return f"<FaxTerminal {way}, {self.samples / SAMPLES_S:.1f} s: {self.result}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("fax terminal: a call cannot be copied or pickled; its result can")

    @property
    def active(self) -> bool:
        """Whether the call goes on."""
        return self._dialogue.active

    @property
    def samples(self) -> int:
        """The terminal's time: samples heard or sent, whichever are more."""
        return self._native.time

    @property
    def result(self) -> FaxResult:
        """What it has come to so far."""
        return self._dialogue.result(self.samples / SAMPLES_S)

    def receive(self, pcm: NDArray[np.int16]) -> None:
        """Hear samples, shape (frames,); any number of them."""
        lane = self._native
        try:
            heard = lane.hear(pcm, 0)
        except (TypeError, ValueError):
            pcm = _checked(pcm)
            heard = lane.hear(pcm, 0)
        while lane.asks:
            self._attend()
            heard = lane.hear(pcm, heard)

    def transmit(self, frames: int) -> NDArray[np.int16]:
        """The next `frames` samples to send; silence once the call is over."""
        try:
            lane, out = self._native, np.empty(frames, SAMPLE)
        except (TypeError, ValueError):
            raise ValueError(f"frames: want 0 or more, got {frames!r}") from None
        made = lane.make(out, 0)
        while lane.asks:
            self._attend()
            made = lane.make(out, made)
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
        while self.samples >= self._native.due:
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
                    self._timers[name] = self.samples + ceil(self._lengths[name] * SAMPLES_S)
                    self._set_due()
                case StopTimer(name):
                    self._timers.pop(name, None)
                    self._set_due()
                case Report(event):
                    self._dialogue.told(event)

    def _set_due(self) -> None:
        self._native.due = min(self._timers.values(), default=faxlane.NEVER)


def _checked(pcm: Any) -> NDArray[np.int16]:
    samples = pcm if type(pcm) is np.ndarray else np.asarray(pcm)
    if samples.dtype != np.int16 or samples.ndim != 1:
        got = f"{samples.dtype}, shape {samples.shape}"
        raise ValueError(f"pcm: want int16, shape (frames,), got {got}")
    return np.ascontiguousarray(samples)
