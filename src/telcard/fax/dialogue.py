"""A fax call above the sound: who we are and what we send become a machine, what it tells a result.

`telcard.fax.terminal` carries a dialogue out over samples, `telcard.media.fax` over a card's line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from telcard.fax.frames import write_text
from telcard.fax.geometry import Resolution, Width
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

RESOLUTIONS = frozenset(Resolution) - {Resolution.DPI_600, Resolution.DPI_1200}
"""Those that we take, as we do every width: a page that is not printed may be of any kind.  The
finest belong to colour machines, and need a DIS of twelve octets."""

LONGEST_NONSTANDARD = 70
"""Octets of an NSF: a frame lasts 2.55 s at most (T.30 5.4.3.2: 3 s -15 %), 95 octets, less what
stands around the field and bits that are stuffed in."""


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


class FaxOptions(TypedDict, total=False):
    """What whoever sends or receives a fax may say besides the pages; see `Dialogue`."""

    ident: str
    modems: str
    ecm: bool
    codings: Sequence[Coding]
    subaddress: str
    selection: str
    sender: str
    password: str
    nonstandard: bytes
    profile: Profile


class Dialogue:
    """One end of a fax call: the machine of T.30 for it, and what that has told so far.

    `pages` are 2-D arrays of bool, True = black, 1728, 2048 or 2432 pixels wide at the usual
    `resolution`s; a far end that cannot print them so gets them coarser or narrower.  `modems` is
    the fastest modem, of "v27ter", "v29" and "v17", and includes the slower ones; `codings` those
    that may be used; `ecm` error correction.  `ident` is our number, up to 20 characters.  `poll`
    fetches the far end's pages, `selection` says which (SEP); `subaddress`, `sender` (whose pages
    they are) and `password` are for the far end, if it reads them.  Pages are copied.
    ValueError for pages, modems and numbers that no fax has, and for a caller that neither sends
    nor polls; TypeError for what is none of these things at all.
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
        selection: str = "",
        sender: str = "",
        password: str = "",
        nonstandard: bytes = b"",
        profile: Profile = T30,
    ) -> None:
        _check_numbers(
            ident=ident,
            subaddress=subaddress,
            selection=selection,
            sender=sender,
            password=password,
        )
        _check_manner(resolution, codings, nonstandard)
        sheets = [sheet(page, resolution) for page in _listed(pages)]
        if calling and not sheets and not poll:
            raise ValueError("fax: want pages to send, or poll=True to fetch some, got neither")
        able = Capabilities(
            rates=rates_up_to(modems),
            codings=frozenset(codings) | {"mh"},
            resolutions=RESOLUTIONS,
            width=Width.A3,
            ecm=ecm,
            has_document=bool(sheets) and not calling,
            subaddress=True,  # or no far end would say whom its pages are for,
            password=True,  # and whose they are
        )
        station = Station(
            calling=calling,
            ident=ident,
            capabilities=able,
            poll=poll,
            subaddress=subaddress,
            selection=selection,
            sender=sender,
            password=password,
            nonstandard=nonstandard,
        )
        self.calling = calling
        self._tray = Tray()
        self._reports: list[PageReport] = []
        self._trainings: list[Trained] = []
        self._transcript: list[Traced] = []
        self._far: Identified | None = None
        self._ended: Ended | None = None
        self.machine = Terminal(station, Sheets(sheets) if sheets else None, self._tray, profile)
        """Whoever carries it out fires its inputs and performs its effects."""

    @property
    def active(self) -> bool:
        """Whether the call goes on."""
        return self._ended is None

    def told(self, event: Event) -> None:
        """The machine has reported this."""
        match event:
            case PageReport():
                self._reports.append(event)
            case Trained():
                self._trainings.append(event)
            case Traced():
                self._transcript.append(event)
            case Identified():
                self._far = event
            case Ended():
                self._ended = event

    def result(self, seconds: float) -> FaxResult:
        """What it has come to, after so long."""
        return FaxResult(
            pages=tuple(self._tray.pages),
            resolutions=tuple(one.resolution for one in self._tray.agreements),
            reports=tuple(self._reports),
            ended=self._ended,
            far=self._far,
            trainings=tuple(self._trainings),
            transcript=tuple(self._transcript),
            seconds=seconds,
        )


def _listed(pages: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """Pages, of which one alone might pass for a list of rows."""
    if isinstance(pages, str | np.ndarray | None):
        got = f"one array, shape {pages.shape}" if isinstance(pages, np.ndarray) else repr(pages)
        raise TypeError(f"fax pages: want a list of 2-D arrays of bool, got {got}")
    return list(pages)


def _check_numbers(**numbers: str) -> None:
    for name, number in numbers.items():
        if not isinstance(number, str):
            raise TypeError(f"{name}: want a string, got {number!r}")
        try:
            write_text(number)
        except ValueError as refused:
            raise ValueError(f"{name}: {refused}") from None


def _check_manner(resolution: Resolution, codings: Sequence[Coding], nonstandard: bytes) -> None:
    if not isinstance(resolution, Resolution):
        raise TypeError(f"resolution: want a telcard.fax.geometry.Resolution, got {resolution!r}")
    if isinstance(codings, str | None) or not set(codings) <= set(CODINGS):
        raise ValueError(f"codings: want some of {', '.join(CODINGS)} in a list, got {codings!r}")
    if not isinstance(nonstandard, bytes):
        raise TypeError(f"nonstandard: want bytes, got {nonstandard!r}")
    if len(nonstandard) > LONGEST_NONSTANDARD:
        most = f"at most {LONGEST_NONSTANDARD} bytes"
        raise ValueError(f"nonstandard: want {most}, got {len(nonstandard)}")
