"""Clips whose octets arrive unchanged, recognised by comparing octets.

On a line that neither weakens nor disturbs, a played clip arrives octet for octet, and a listener
who knows it by heart needs no ear for likeness: the first audible octets name the clips that begin
so, and every further octet either agrees or rules one out.  That costs a hundredth of
`telcard.exchange.recognise`, which is asked only for what is left unexplained: other sound, clips
that lack their beginning, clips that break off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from telcard.dsp import g711

KEY = 64
"""Octets that name a clip by its beginning: 8 ms of speech are like no other."""

_QUIET_LEVEL = 32
"""Samples up to this (of 32,767) count as silence, in clips and between them: -54 dBm0."""

QUIET = bytes(
    octet
    for octet in range(256)
    if abs(int(g711.decode_alaw(np.array([octet], np.uint8))[0])) <= _QUIET_LEVEL
)
"""A-law octets that count as silence."""


@dataclass(frozen=True, slots=True)
class _Clip:
    number: int
    octets: bytes
    lead: int  # the first audible octet
    end: int  # after the last audible one


@dataclass(frozen=True, slots=True)
class Match:
    """A clip of the index, laid beside the stream: `start` is where its first octet fell."""

    clip: int
    start: int
    matched: int
    """Octets of the clip that agreed."""
    audible: int
    """The same without silence at their end."""
    complete: bool
    """Whether nothing audible is missing."""


class Index:
    """The beginnings of all clips, shared by any number of streams."""

    def __init__(self, clips: Sequence[bytes]) -> None:
        self.beginnings: dict[bytes, list[_Clip]] = {}
        for number, octets in enumerate(clips):
            lead = len(octets) - len(octets.lstrip(QUIET))
            key = octets[lead : lead + KEY]
            if len(key) == KEY:
                clip = _Clip(number, octets, lead, len(octets.rstrip(QUIET)))
                self.beginnings.setdefault(key, []).append(clip)


class Verbatim:
    """Follows one stream of A-law octets.

    What it finds does not depend on how the stream is cut.
    """

    def __init__(self, index: Index) -> None:
        self.position = 0
        self._index = index
        self._newest = b""  # the last octets, fewer than KEY
        self._decided = 0  # position from which a clip may still begin
        self._following: list[_Clip] = []
        self._start = 0  # of what is followed: where its audible part began
        self._matched = 0  # octets that agreed, from there
        self._whole: Match | None = None  # a clip that ended while a longer one goes on alike
        self._explained = 0
        self._unexplained = 0

    @property
    def following(self) -> Match | None:
        """The clip that sounds now, if one does."""
        if not self._following:
            return None
        return self._match(max(self._following, key=lambda clip: len(clip.octets)))

    def explains(self, since: int) -> bool:
        """Whether everything audible since that position belongs to clips that were followed."""
        return self._unexplained <= since

    def lose(self, count: int) -> Match | None:
        """The stream goes on with `count` samples that are no octets; returns what broke off."""
        broken = self.following
        self._following, self._newest = [], b""
        self.position += count
        self._decided = self._unexplained = self.position
        return broken

    def take(self, octets: bytes) -> list[Match]:
        """Take the next octets; returns the clips that ended or broke off, in order."""
        found: list[Match] = []
        known = self._newest + octets
        base = self.position - len(self._newest)
        self.position += len(octets)
        while True:
            if self._following and not self._follow(known[self._decided - base :], found):
                break
            self._seek(known, base)
            if not self._following:
                break
        self._newest = known[-KEY + 1 :]
        return found

    def _seek(self, known: bytes, base: int) -> None:
        """Look for a beginning, as far as octets are known."""
        at = first = self._decided - base
        last = len(known) - KEY
        if known[at:].strip(QUIET):
            beginnings = self._index.beginnings
            while at <= last:
                if clips := beginnings.get(known[at : at + KEY]):
                    self._following, self._whole = clips, None
                    self._start, self._matched = base + at, 0
                    break
                at += 1
        else:
            at = max(at, last + 1)
        first = max(first, self._explained - base)
        if audible := len(known[first:at].rstrip(QUIET)):
            self._unexplained = base + first + audible
        self._decided = base + at

    def _follow(self, fresh: bytes, found: list[Match]) -> bool:
        """Compare; true when nothing is followed any more, and there may be more to see."""
        matches: list[Match] = []
        still: list[_Clip] = []
        for clip in self._following:
            at = clip.lead + self._matched
            agreed = _agreed(clip.octets[at : at + len(fresh)], fresh)
            if agreed == len(fresh):
                still.append(clip)
            else:
                matches.append(self._match(clip, agreed))
        whole = [match for match in matches if match.complete]
        self._whole = max(whole, key=lambda match: match.matched, default=self._whole)
        self._following = still
        if still:
            self._matched += len(fresh)
            self._decided += len(fresh)
            return False
        ended = self._whole or max(matches, key=lambda match: match.matched)
        found.append(ended)
        end = self._explained = ended.start + ended.matched
        furthest = max(match.start + match.matched for match in matches)
        if not ended.complete or furthest > end:
            self._unexplained = furthest
        # A clip may begin with octets that the one before would have gone on with.
        self._decided = max(self._start + KEY, furthest - KEY + 1)
        return True

    def _match(self, clip: _Clip, more: int = 0) -> Match:
        matched = clip.lead + self._matched + more
        audible = len(clip.octets[:matched].rstrip(QUIET))
        start = self._start - clip.lead
        return Match(clip.number, start, matched, audible, matched >= clip.end)


def _agreed(own: bytes, fresh: bytes) -> int:
    """How many octets agree from the first on."""
    if own == fresh:
        return len(fresh)
    most = min(len(own), len(fresh))
    differ = np.frombuffer(own, np.uint8, most) != np.frombuffer(fresh, np.uint8, most)
    return int(np.argmax(differ)) if differ.any() else most
