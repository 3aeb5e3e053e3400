"""Which clip was really played, judged from the received sound alone.

A listener works as a person who knows every announcement by heart does.  A moment of sound reminds
of a few places in the repertoire (`Repertoire.places`, asked every 160 ms while nothing explains
what sounds).  Each place becomes a *track*: the clip laid beside the sound and followed in pieces
of 10 ms, backward to where the clip began and forward as sound arrives.  A track becomes `Heard`
when its likeness is beyond chance.  Of tracks that explain the same stretch the one with the most
evidence stands; another stands beside it only if it is still there when the first is taken away:
two clips at once.

A clip that arrives octet for octet needs none of that: `telcard.exchange.verbatim` names it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from telcard.exchange.repertoire import SHORTEST, WINDOW, Repertoire, Sound
from telcard.exchange.track import PIECE, STRIDE, Heard, Stream, Track, overlap
from telcard.exchange.verbatim import Match, Verbatim
from telcard.units import dbm0_to_rms

HOP = 4 * STRIDE
"""Samples between two look-ups: 160 ms."""

_REMINDED = 0.4  # correlation of a moment that makes a track worth following
_RIVAL = 0.6  # the same, as a share of the likeliest one's
_QUIET_DBM0 = -58.0
_STEADY = 0.25  # relative spread of the energy of 8 ms: white noise 0.18, speech over 0.5
_MOST_TRACKS = 8


class Listener:
    """Listens to one stream of sound and names the clips in it.

    `clips` is a `Repertoire`, or the mapping to make one of.  Memory is bounded by the longest
    clip.  What it finds does not depend on how the stream is cut into blocks.  A clip of which less
    than about 200 ms was heard goes unnoticed.
    """

    def __init__(self, clips: Repertoire | Mapping[str, Sound]) -> None:
        self.repertoire = clips if isinstance(clips, Repertoire) else Repertoire(clips)
        self._stream = Stream(self.repertoire.longest + 2 * WINDOW)
        self._verbatim = Verbatim(self.repertoire.octets)
        self._done = 0
        self._tracks: list[Track] = []
        self._ended: list[Track] = []
        self._told: list[Heard] = []
        self._held: list[Heard] = []
        self._known: list[Heard] = []  # verbatim, not told yet
        self._broken: list[Match] = []

    @property
    def position(self) -> int:
        """Samples taken so far."""
        return self._stream.position

    @property
    def sounding(self) -> Heard | None:
        """The clip that sounds now, as far as it was heard, once it is certain."""
        match = self._verbatim.following
        if match is not None and match.matched >= SHORTEST:
            return self._heard(match)
        certain = [track for track in self._tracks if track.certain]
        return max(certain, key=lambda track: track.evidence).heard() if certain else None

    def process(self, block: Sound) -> list[Heard]:
        """Take the next samples, int16 or A-law; returns the clips that have ended, in order."""
        found: list[Heard] = []
        at = 0
        while at < len(block):
            piece = block[at : at + self._done + STRIDE - self.position]
            self._stream.take(piece)
            at += len(piece)
            if isinstance(piece, np.ndarray):
                broken = self._verbatim.lose(len(piece))
                matches = [] if broken is None else [broken]
            else:
                matches = self._verbatim.take(bytes(piece))
            for match in matches:
                self._matched(match)
            if self.position == self._done + STRIDE:
                self._done = self.position
                found += self._advance()
        return found

    def flush(self) -> list[Heard]:
        """The stream is over: returns what was still sounding, as far as it was heard."""
        found = self.process(np.zeros(WINDOW, np.int16))
        self._ended += self._tracks
        self._tracks = []
        return found + self._settle()

    def _matched(self, match: Match) -> None:
        """A clip came octet for octet; one that broke off is looked at with all care."""
        if match.complete:
            self._known.append(self._heard(match))
        elif match.audible >= SHORTEST:
            self._broken.append(match)

    def _heard(self, match: Match) -> Heard:
        clip = self.repertoire.clips[match.clip]
        whole = len(clip) // PIECE
        pieces = whole if match.complete else match.matched // PIECE
        name = self.repertoire.names[match.clip]
        return Heard(name, match.start, match.start + pieces * PIECE, 1.0, pieces / whole)

    def _advance(self) -> list[Heard]:
        for match in self._broken:
            track = Track(self.repertoire, match.clip, self._stream)
            track.lock(match.start, match.start + max(0, match.audible - WINDOW))
            track.begin()
            self._tracks.append(track)
        self._broken.clear()
        for track in self._tracks:
            track.follow()
        if self._done % HOP == 0 and self._done >= WINDOW:
            self._look_up()
        self._ended += [track for track in self._tracks if track.ended]
        self._tracks = [track for track in self._tracks if not track.ended]
        return self._settle()

    def _look_up(self) -> None:
        """Ask the repertoire about the newest moment, unless a track explains it already."""
        start = self._done - WINDOW
        if self._verbatim.explains(start):
            return
        moment = self._stream.between(start, self._done).copy()
        # What is explained must not remind of it again: told clips, and one followed verbatim.
        following = self._verbatim.following
        explained = [*self._told, *([] if following is None else [self._heard(following)])]
        if self._told:
            moment[: max(0, self._told[-1].end - start)] = 0
        if following is not None:
            moment[max(0, following.start - start) :] = 0
        energies = np.einsum("ij,ij->i", *[moment.reshape(-1, 64)] * 2)
        mean, spread = float(energies.mean()), float(energies.std())
        if mean < 64 * dbm0_to_rms(_QUIET_DBM0) ** 2 or spread < _STEADY * mean:
            return
        if any(track.explains_now for track in self._tracks):
            return
        laid: list[tuple[float, Track]] = []
        for place in self.repertoire.places(moment):
            track = Track(self.repertoire, place.clip, self._stream)
            laid.append((track.lock(start - place.offset, start), track))
        enough = max(_REMINDED, _RIVAL * max((likeness for likeness, _ in laid), default=0.0))
        for likeness, track in laid:
            if likeness < enough:
                continue
            track.begin()
            if any(track.same(heard) for heard in explained):
                continue
            # A first glance may have been a pitch period off: the better one of the two stays.
            doubles = [other for other in self._tracks if track.same(other)]
            if all(track.evidence > other.evidence for other in doubles):
                self._tracks = [other for other in self._tracks if other not in doubles]
                self._tracks.append(track)
        self._tracks.sort(key=lambda track: -track.evidence)
        del self._tracks[_MOST_TRACKS:]

    def _settle(self) -> list[Heard]:
        """What can be told now: nothing that still runs may say otherwise, or began before it."""
        found, self._known = self._known, []
        for heard in found:  # looked up before the comparison was done: not to be told twice
            self._tracks = [track for track in self._tracks if not track.same(heard)]
            self._ended = [track for track in self._ended if not track.same(heard)]
        if self._ended:
            found += self._judge()
        if not found and not self._held:
            return []
        recent = self.position - 2 * WINDOW
        self._told = [heard for heard in self._told + found if heard.end > recent]
        self._told.sort(key=lambda heard: heard.end)
        # What began later is told later, even if it was certain first.
        self._held = sorted(self._held + found, key=lambda heard: (heard.start, heard.clip))
        first = min((track.start for track in self._ended), default=self.position)
        ready = [heard for heard in self._held if heard.start <= first]
        self._held = self._held[len(ready) :]
        return ready

    def _judge(self) -> list[Heard]:
        """Of the ended tracks, those of which nothing that still runs may yet say otherwise."""
        candidates = sorted(
            (track for track in self._ended if track.certain), key=lambda track: -track.evidence
        )
        found: list[Heard] = []
        waiting: list[Track] = []
        while candidates:
            track = candidates.pop(0)
            if any(overlap(track, other) for other in [*self._tracks, *waiting]):
                waiting.append(track)
                continue
            found.append(track.heard())
            for other in candidates:
                if overlap(track, other):
                    other.without(track)
            candidates = [other for other in candidates if other.certain]
        self._ended = waiting
        return found
