"""The recordings themselves: names to A-law octets, the package's own and an operator's."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from telcard import audio
from telcard.countries import Country
from telcard.dsp.g711 import ALAW_SILENCE
from telcard.errors import ConfigError, MediaError
from telcard.speech.language import LANGUAGES, SILENCES, intone, load_language, transcript
from telcard.speech.sayables import Sayable

CLIPS_FOLDER = Path(__file__).with_name("clips")
MANIFEST = "manifest.toml"
TEXTS = "texts.toml"


class ClipLibrary:
    """All clips of a language; each is read once, when it is first wanted.

    library = ClipLibrary("en", folder="/etc/telcard/prompts")
    lane.play(library.segments("your_balance_is", Money(1050, "USD")), ...)

    `folder` holds an operator's own recordings, one file a clip, mono at 8 kHz in any format that
    libsndfile reads; the file's stem is the clip's name.  It replaces the package's clip of that
    name or adds a new one.  A `texts.toml` beside them (`name = "text"`) says what is spoken there.

    Raises ConfigError for an unknown language or clip and for a folder that makes no sense,
    MediaError for a recording that cannot be read; `load` finds all of those before the first call.
    """

    def __init__(self, language: str = "en", folder: str | os.PathLike[str] | None = None) -> None:
        self._language = load_language(language)
        self._files = {
            name: CLIPS_FOLDER / language / f"{name}.wav" for name in self._language.clips
        }
        self._texts = {name: clip.text for name, clip in self._language.clips.items()}
        self._octets = {name: bytes([ALAW_SILENCE]) * samples for name, samples in SILENCES.items()}
        if folder is not None:
            own = _recordings(Path(folder))
            self._texts |= {name: name.replace("_", " ") for name in own.keys() - self._texts}
            self._texts |= _texts(Path(folder), own)
            self._files |= own

    @classmethod
    def of(cls, country: Country, folder: str | os.PathLike[str] | None = None) -> ClipLibrary:
        """The clips of a country's language; `ConfigError` where telcard does not speak it."""
        if country.language not in LANGUAGES:
            spoken = " and ".join(LANGUAGES)
            raise ConfigError(
                f"country {country.code}: its callers speak {country.language!r}, telcard has "
                f"clips in {spoken} alone; give it prompts, such as ClipLibrary('en'), or in a "
                "configuration the language under [prompts]"
            )
        return cls(country.language, folder)

    @property
    def language(self) -> str:
        """The language's code."""
        return self._language.code

    def clips(self) -> tuple[str, ...]:
        """Names of all recordings, sorted; the silences of a plan are not among them."""
        return tuple(sorted(self._files))

    def text(self, name: str) -> str:
        """What is spoken in a clip; empty for a silence."""
        return "" if name in SILENCES else self._texts[self._known(name)]

    def __getitem__(self, name: str) -> bytes:
        if name not in self._octets:
            file = self._files[self._known(name)]
            try:
                self._octets[name] = audio.read_alaw(file)
            except MediaError as error:
                raise MediaError(f"clip {name}: {error}") from error
        return self._octets[name]

    def __contains__(self, name: object) -> bool:
        return name in self._files or name in SILENCES

    def __repr__(self) -> str:
        return f"<ClipLibrary {self.language}: {len(self._files)} clips>"

    def load(self) -> ClipLibrary:
        """Read every clip now, so that no call finds an unreadable one; returns the library."""
        for name in self._files:
            self[name]
        return self

    def plan(self, *items: Sayable) -> tuple[str, ...]:
        """Names of the clips that say `items`; the operator's own clips are known here."""
        return intone(items, self._language, self._files)

    def segments(self, *items: Sayable) -> list[bytes]:
        """A-law octets of the clips that say `items`, to be played one after the other."""
        return [self[name] for name in self.plan(*items)]

    def transcript(self, plan: Iterable[str]) -> str:
        """What a plan says, in writing: "Your balance is ten dollars and fifty cents."."""
        names = tuple(plan)
        for name in names:
            self._known(name)
        return transcript(names, self._language, self._texts)

    def _known(self, name: str) -> str:
        if name not in self:
            raise ConfigError(f"no clip is called {name!r} in language {self.language!r}")
        return name


def manifest(language: str = "en") -> dict[str, Any]:
    """How the package's clips of a language were made: voice, tool, each clip's text and hash."""
    with (CLIPS_FOLDER / load_language(language).code / MANIFEST).open("rb") as file:
        return tomllib.load(file)


def _recordings(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise ConfigError(f"folder of prompts: want a folder, got {folder}")
    own: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if not file.is_file() or file.name.startswith(".") or file.name == TEXTS:
            continue
        if file.stem in SILENCES:
            raise ConfigError(f"{file}: {file.stem!r} is a silence of every plan, not a clip")
        if file.stem in own:
            raise ConfigError(f"{file}: clip {file.stem!r} is there twice, see {own[file.stem]}")
        own[file.stem] = file
    return own


def _texts(folder: Path, own: dict[str, Path]) -> dict[str, str]:
    path = folder / TEXTS
    if not path.exists():
        return {}
    try:
        texts = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    for name, text in texts.items():
        if name not in own:
            raise ConfigError(f"{path}: {name}: want a clip of this folder, there is no such file")
        if not isinstance(text, str) or not text.strip():
            raise ConfigError(f"{path}: {name}: want a text, got {text!r}")
    return texts
