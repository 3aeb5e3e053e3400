"""Languages as data, and `plan`: which clips to play, in order, for what is to be said.

A spoken number sounds right only with the right pitch: up while more follows, down at the end.
So most words are recorded twice, `two` (falling) and `two_on` (going on), and `plan` takes the
falling one exactly for the last word of a sentence.  A full stop between two items, ".", ends a
sentence in the middle of a plan:

    plan("your_balance_is", Money(105, "USD"), ".", "goodbye")
    ('your_balance_is', 'one_on', 'dollar_on', 'and', 'five_on', 'cents', 'pause', 'goodbye')

Two names are no recordings but silence: `gap` between groups of digits, `pause` after a sentence.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import cast

from telcard.errors import ConfigError
from telcard.speech.sayables import Date, Digits, Money, Number, Sayable

LANGUAGES: Mapping[str, str] = {"en": "telcard.speech.english"}
"""Language code -> module that holds its `LANGUAGE`."""

GOING_ON = "_on"
"""Ending of the name of a word that is spoken as if more followed."""

STOP = "."
"""The item that ends a sentence in the middle of a plan."""

SILENCES: Mapping[str, int] = {"gap": 1200, "pause": 2400}
"""Silences that may stand in a plan -> samples at 8 kHz (150 and 300 ms)."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording: what a transcript shows, and what the voice was given to speak.

    They differ by punctuation alone, which sets the tone: "two" is spoken "Two," or "Two.".
    """

    text: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Language:
    """All that telcard knows of a language; its functions yield words, not yet intonation."""

    code: str
    clips: Mapping[str, Clip]
    currencies: Collection[str]
    digits: Callable[[str], tuple[str, ...]]
    """One group of keys -> words."""
    number: Callable[[Number], tuple[str, ...]]
    money: Callable[[Money], tuple[str, ...]]
    date: Callable[[Date], tuple[str, ...]]
    write: Callable[[str], str]
    """Clip texts of a sentence, joined by spaces -> how one writes it."""


def load_language(code: str) -> Language:
    """The language of this code; raises ConfigError for one that telcard does not speak."""
    if code not in LANGUAGES:
        raise ConfigError(f"language: want one of {', '.join(LANGUAGES)}, got {code!r}")
    return cast(Language, importlib.import_module(LANGUAGES[code]).LANGUAGE)


def plan(*items: Sayable, language: str = "en", extra: Collection[str] = ()) -> tuple[str, ...]:
    """Names of the clips that say `items`, one after the other; pure, nothing is loaded.

    `extra` names clips that an operator has recorded beyond the language's own.  Raises ConfigError
    for an unknown clip, currency or language, ValueError for an item that cannot be said.
    """
    return intone(items, load_language(language), extra)


def intone(
    items: tuple[Sayable, ...], tongue: Language, extra: Collection[str] = ()
) -> tuple[str, ...]:
    """`plan` in a language that is at hand."""
    spoken: list[str] = []
    sentence: list[str] = []
    for item in (*items, STOP):
        if item != STOP:
            sentence += _words(item, tongue, extra)
        elif sentence:
            going_on = (word + GOING_ON for word in sentence[:-1])
            if spoken:
                spoken.append("pause")
            spoken += (
                on if on in tongue.clips else word
                for on, word in zip(going_on, sentence, strict=False)
            )
            spoken.append(sentence[-1])
            sentence = []
    return tuple(spoken)


def transcript(names: tuple[str, ...], tongue: Language, texts: Mapping[str, str]) -> str:
    """What a plan says, in writing; `texts` holds the operator's own wordings."""
    sentences: list[str] = []
    words: list[str] = []
    for name in (*names, "pause"):
        if name == "gap":
            if words:
                words[-1] += ","
        elif name != "pause":
            words.append(texts[name] if name in texts else tongue.clips[name].text)
        elif words:
            text = tongue.write(" ".join(words))
            sentences.append(text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else "."))
            words = []
    return " ".join(sentences)


def _words(item: Sayable, tongue: Language, extra: Collection[str]) -> tuple[str, ...]:
    match item:
        case str():
            if item not in tongue.clips and item not in SILENCES and item not in extra:
                raise ConfigError(f"no clip is called {item!r} in language {tongue.code!r}")
            return (item,)
        case Digits():
            first, *others = item.groups()
            rest = [word for group in others for word in ("gap", *tongue.digits(group))]
            return (*tongue.digits(first), *rest)
        case Number():
            return tongue.number(item)
        case Money():
            if item.currency not in tongue.currencies:
                known = ", ".join(sorted(tongue.currencies))
                raise ConfigError(f"currency to say: want one of {known}, got {item.currency!r}")
            return tongue.money(item)
        case Date():
            return tongue.date(item)
    raise ValueError(f"to say: want a clip's name or a value of telcard.speech, got {item!r}")
