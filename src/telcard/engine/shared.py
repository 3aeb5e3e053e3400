"""Detectors that lanes share: who has which place among 16 that want to hear the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

from telcard._native import detect
from telcard._native import engine as native
from telcard.dsp.steady import SteadyProfile
from telcard.dsp.templates import MOST_TEMPLATES, ToneTemplate
from telcard.dsp.vad import VoiceProfile
from telcard.engine.quiet import NO_SOUND
from telcard.errors import CardError, NoResource

if TYPE_CHECKING:
    from telcard.engine.core import Core
    from telcard.engine.hearing import Hearing
    from telcard.engine.lane import Lane

PLACES = 16
"""Places of a group, heard abreast."""

Kind = Literal["tones", "voice"]
"""What is heard: user-defined tones, or voices.  A lane has one detector of each kind at most."""

KINDS: tuple[Kind, ...] = ("tones", "voice")
"""Both."""


@dataclass(frozen=True, slots=True)
class Tones:
    """What lanes that listen for user-defined tones have in common."""

    templates: tuple[ToneTemplate, ...]
    profile: SteadyProfile

    def __post_init__(self) -> None:
        if not 1 <= len(self.templates) <= MOST_TEMPLATES:
            raise ValueError(f"templates: want 1 to {MOST_TEMPLATES}, got {len(self.templates)}")
        names = [template.name for template in self.templates]
        if len(set(names)) != len(names):
            raise ValueError(f"templates: want names of their own, got {', '.join(names)}")


Wanted = Tones | VoiceProfile
"""What a lane wants to hear; lanes that want the same share a detector."""


@dataclass(slots=True)
class _Group:
    wanted: Wanted
    detector: detect.Templates | native.Voice
    free: list[int] = field(default_factory=lambda: list(range(PLACES - 1, -1, -1)))


@dataclass(frozen=True, slots=True)
class _Place:
    wanted: Wanted
    group: int
    row: int
    sample: int
    """From which on it hears: what is told of earlier ones is of the detector before it."""


def wanted_of(
    hearing: Hearing,
    templates: Sequence[ToneTemplate],
    profile: SteadyProfile | VoiceProfile | None,
) -> Wanted | None:
    """What a lane wants of a detector that is shared; None for those that every lane has.

    ValueError for what goes with another `hearing`.
    """
    if templates and hearing != "tones":
        raise ValueError(f"templates: want none to hear {hearing!r}, got {len(templates)}")
    match hearing, profile:
        case "tones", SteadyProfile() | None:
            return Tones(tuple(templates), profile or SteadyProfile())
        case "voice", VoiceProfile() | None:
            return profile or VoiceProfile()
        case _, None:
            return None
    want = {"tones": "a SteadyProfile", "voice": "a VoiceProfile"}.get(hearing, "none")
    raise ValueError(f"profile: want {want} to hear {hearing!r}, got {profile!r}")


class Shared:
    """Gives lanes of an engine places in detectors, as many as are wanted and no more.

    Memory is taken when a group's first lane comes: some 55 KB for 16 lanes with tones, 40 KB with
    voices.  A group that nobody is in serves whoever wants something else next.
    """

    def __init__(self, name: str, core: Core) -> None:
        self._name = name
        self._core = core
        self._groups: list[_Group] = []
        self._places: dict[tuple[Lane, Kind], _Place] = {}

    def __repr__(self) -> str:
        return f"<Shared of {self._name}: {len(self._groups)} groups, {len(self._places)} places>"

    def join(self, lane: Lane, wanted: Wanted) -> None:
        """From the next tick on the lane hears what it wants, in place of what it heard before.

        CardError without sound, NoResource when lanes want too many different things.
        """
        core = self._core
        if not isinstance(core, native.Core):
            raise CardError(f"{lane}: cannot detect tones or voices, {NO_SOUND}")
        kind: Kind = "tones" if isinstance(wanted, Tones) else "voice"
        number, group = self._free_group(core, wanted)
        row = group.free.pop()
        if not core.join(lane.index, group.detector, number * PLACES + row):
            group.free.append(row)
            lane.engine.give(False)
        self._give_back(lane, kind)
        self._places[lane, kind] = _Place(wanted, number, row, lane.engine.sample)

    def leave(self, lane: Lane, kind: Kind) -> None:
        """The lane hears it no more; harmless if it did not."""
        if (lane, kind) in self._places and isinstance(self._core, native.Core):
            lane.engine.give(self._core.leave(lane.index, native.HEARINGS[kind]))
            self._give_back(lane, kind)

    def close(self, lane: Lane) -> None:
        """The lane was closed, and so has left."""
        for kind in KINDS:
            self._give_back(lane, kind)

    def hears(self, lane: Lane, kind: Kind) -> bool:
        """Whether the lane has a place."""
        return (lane, kind) in self._places

    def name_of(self, lane: Lane, kind: Kind, signal: int, sample: int) -> str | None:
        """What the lane's detector calls a signal that began at `sample`; None when the lane has
        left that detector since."""
        place = self._places.get((lane, kind))
        if place is None or sample < place.sample:
            return None
        wanted = place.wanted
        return wanted.templates[signal].name if isinstance(wanted, Tones) else "speech"

    def _give_back(self, lane: Lane, kind: Kind) -> None:
        place = self._places.pop((lane, kind), None)
        if place is not None:
            self._groups[place.group].free.append(place.row)

    def _free_group(self, core: native.Core, wanted: Wanted) -> tuple[int, _Group]:
        """A group with a free place that hears what is wanted, made if need be."""
        empty: int | None = None
        for number, group in enumerate(self._groups):
            if group.wanted == wanted and group.free:
                return number, group
            if len(group.free) == PLACES:
                empty = number
        made = _Group(wanted, _detector(wanted))
        if empty is not None:
            self._groups[empty] = made
            return empty, made
        if len(self._groups) == core.shared_groups():
            raise NoResource(
                f"{self._name}: no place for other tones or voices, all {len(self._groups)} groups "
                f"of {PLACES} are in use"
            )
        self._groups.append(made)
        return len(self._groups) - 1, made


def _detector(wanted: Wanted) -> detect.Templates | native.Voice:
    if isinstance(wanted, Tones):
        templates = [template.as_native() for template in wanted.templates]
        return detect.Templates(PLACES, templates, asdict(wanted.profile))
    return native.Voice(wanted.as_native())
