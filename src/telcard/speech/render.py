"""Render the clips of a language: `python -m telcard.speech.render` (needs the extra `prompts`).

Every clip is spoken by hibari-tts with a fixed seed, brought to 8 kHz by soxr, band-limited to the
telephone's 200-3400 Hz, cut to 20 ms of fading silence on either side, so that clips may be put
together without a click, and multiplied by one gain for the whole set, so that a sentence put
together from clips has one loudness.  The set's level is -16 dBm0: a talker on a good line
(ITU-T G.711's overload point is +3.14 dBm0, which leaves 19 dB for peaks).

The same text gives the same octets on the same machine and versions.  Another processor may round
the voice's 8-bit network differently: the recordings in the package are the truth, the manifest
holds their hashes, and `--check` tells which clips would come out otherwise here.

A set grows with `--add`: only clips that are new, or whose words have changed, are spoken, at the
gain of those that are there, which keep their octets.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import sys
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from telcard import audio
from telcard.dsp.g711 import decode_alaw, encode_alaw
from telcard.errors import MediaError, MissingExtra, TelcardError
from telcard.speech.language import Clip, load_language
from telcard.speech.library import CLIPS_FOLDER, MANIFEST
from telcard.units import SAMPLE_RATE, dbm0_to_rms, rms_to_dbm0

Sound = npt.NDArray[np.float64]
Speak = Callable[[str], Sound]

VOICE = "heart"  # hibari's American female voice, the one that travels inside its wheel
TOOL = "hibari-tts"
SPEED = 0.95  # a little slower than in a room: a telephone hides consonants
SEED = 0
LEVEL_DBM0 = -16.0
LICENCE = "Apache-2.0"
EDGE_MS = 20
PASS_HZ = (200.0, 3400.0)
ACTIVE_DB = -36.0  # an end weaker than this against the clip's loudest 10 ms is not speech
PEAK = 32256  # the largest value that A-law can say

GAIN_DECIMALS = 10  # enough of them that the gain in a manifest gives the same octets again

_PEAK_MARGIN = 0.9
_TAPS = 321  # 40 ms: 60 dB within 130 Hz of a band edge, and symmetric, so nothing is smeared


def render(language: str, speak: Speak) -> tuple[dict[str, bytes], float]:
    """Speak every clip of a language; returns name -> A-law octets, and the set's gain in dB.

    `speak` turns a text into mono sound in -1..1 at 8 kHz.
    """
    sounds = _spoken(load_language(language).clips, speak)
    together = np.concatenate(list(sounds.values()))
    # Silence is cut off already, so the mean power of all is the level of active speech.
    gain = dbm0_to_rms(LEVEL_DBM0) / float(np.sqrt(np.mean(together**2)))
    gain_db = round(20 * float(np.log10(gain / 32768)), GAIN_DECIMALS)
    return _coded(sounds, gain_db), gain_db


def render_at(
    language: str, speak: Speak, gain_db: float, names: Collection[str]
) -> dict[str, bytes]:
    """Speak only the clips called `names`, at the gain of a set that is there."""
    clips = load_language(language).clips
    return _coded(_spoken({name: clips[name] for name in names}, speak), gain_db)


def _spoken(clips: Mapping[str, Clip], speak: Speak) -> dict[str, Sound]:
    return {name: trim(band_limit(speak(clip.spoken))) for name, clip in clips.items()}


def _coded(sounds: Mapping[str, Sound], gain_db: float) -> dict[str, bytes]:
    gain = 32768 * 10 ** (gain_db / 20)
    peak = gain * max((float(np.abs(sound).max()) for sound in sounds.values()), default=0.0)
    if peak > PEAK * _PEAK_MARGIN:
        raise MediaError(f"clips: at {LEVEL_DBM0} dBm0 they would peak at {peak:.0f} of {PEAK}")
    return {
        name: encode_alaw(np.rint(sound * gain).astype(np.int16)).tobytes()
        for name, sound in sounds.items()
    }


def band_limit(sound: Sound) -> Sound:
    """Linear-phase FIR (Blackman window) of the telephone band, for sound at 8 kHz."""
    n = np.arange(_TAPS) - _TAPS // 2
    low, high = (2 * hz / SAMPLE_RATE for hz in PASS_HZ)
    taps = (high * np.sinc(high * n) - low * np.sinc(low * n)) * np.blackman(_TAPS)
    return np.convolve(sound, taps, "same") if len(sound) >= _TAPS else np.zeros(0)


def trim(sound: Sound) -> Sound:
    """Cut a clip at its speech, leaving 20 ms either side that fade to nothing.

    Raises MediaError for a clip of silence.
    """
    window = SAMPLE_RATE // 100
    power = np.convolve(sound**2, np.ones(window) / window, "same") if len(sound) else sound
    active = np.flatnonzero(power > power.max(initial=0.0) * 10 ** (ACTIVE_DB / 10))
    if not len(active):
        raise MediaError("clip: the voice gave silence")
    edge = SAMPLE_RATE * EDGE_MS // 1000
    padded = np.pad(sound, edge)
    cut = padded[active[0] : active[-1] + 1 + 2 * edge].copy()
    fade = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    cut[:edge] *= fade
    cut[-edge:] *= fade[::-1]
    return cut


def hibari() -> Speak:
    """The voice that the package's clips are made with; raises MissingExtra without it."""
    try:
        import soxr
        from hibari import Hibari
    except ImportError as error:
        raise MissingExtra("rendering prompts", "prompts") from error
    voice = Hibari(voice=VOICE)

    def speak(text: str) -> Sound:
        sound = voice(text, speed=SPEED, seed=SEED).astype(np.float64)
        return np.asarray(soxr.resample(sound, voice.sample_rate, SAMPLE_RATE, quality="VHQ"))

    return speak


def describe(language: str, octets: Mapping[str, bytes], gain_db: float) -> str:
    """The manifest of a rendered set, as TOML."""
    clips = load_language(language).clips
    tools = {name: importlib.metadata.version(name) for name in (TOOL, "onnxruntime", "soxr")}
    head: dict[str, Any] = {
        "language": language,
        "voice": VOICE,
        "tool": f"{TOOL} {tools.pop(TOOL)}",
        "with": [f"{name} {version}" for name, version in tools.items()],
        "command": f"python -m telcard.speech.render --language {language}",
        "speed": SPEED,
        "seed": SEED,
        "gain_db": gain_db,
        "level_dbm0": LEVEL_DBM0,
        "licence": LICENCE,
    }
    lines = ["# Written by telcard.speech.render; sha256 is taken over the A-law octets."]
    # A string or list in JSON is also one in TOML.
    lines += [f"{key} = {json.dumps(value)}" for key, value in head.items()]
    for name, sound in sorted(octets.items()):
        clip = clips[name]
        lines += ["", f"[clips.{name}]", f"text = {json.dumps(clip.text)}"]
        lines += [f"spoken = {json.dumps(clip.spoken)}", f'sha256 = "{digest(sound)}"']
    return "\n".join(lines) + "\n"


def digest(octets: bytes) -> str:
    """The hash by which a manifest knows a clip."""
    return hashlib.sha256(octets).hexdigest()


def write(folder: Path, octets: Mapping[str, bytes], description: str) -> None:
    """Write a set into `folder`, one A-law WAV a clip, and take away clips that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.wav"):
        if file.stem not in octets:
            file.unlink()
    for name, sound in octets.items():
        audio.write(folder / f"{name}.wav", decode_alaw(sound))
    (folder / MANIFEST).write_text(description, encoding="utf-8")


def differences(folder: Path, octets: Mapping[str, bytes]) -> list[str]:
    """Names of the clips in `folder` that are missing, too many, or not these octets."""
    names = {file.stem for file in folder.glob("*.wav")} | octets.keys()
    return [
        name
        for name in sorted(names)
        if name not in octets
        or not (folder / f"{name}.wav").exists()
        or audio.read_alaw(folder / f"{name}.wav") != octets[name]
    ]


def outdated(folder: Path, language: str) -> tuple[list[str], float]:
    """Names of the clips that `folder` lacks or has with other words, and the set's gain in dB.

    Raises MediaError when there is no set.
    """
    try:
        head = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MediaError(f"{folder}: want a rendered set with its {MANIFEST} there") from error
    there = head["clips"]
    names = [
        name
        for name, clip in load_language(language).clips.items()
        if name not in there or (there[name]["text"], there[name]["spoken"]) != astuple(clip)
    ]
    return names, float(head["gain_db"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Render, or compare with what is there; exit status 1 where a clip differs, 2 for an error."""
    parser = argparse.ArgumentParser(prog="python -m telcard.speech.render", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--language", default="en", help="code of the language (en)")
    parser.add_argument("--folder", type=Path, help="where to write; default: into the package")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="compare only, write nothing")
    what.add_argument("--add", action="store_true", help="speak only what is new, at its gain")
    options = parser.parse_args(arguments)
    folder = options.folder or CLIPS_FOLDER / options.language
    try:
        load_language(options.language)  # a wrong one is told before the voice is loaded
        if options.check:
            return _check(options.language, folder)
        return _add(options.language, folder) if options.add else _run(options.language, folder)
    except TelcardError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _run(language: str, folder: Path) -> int:
    octets, gain_db = render(language, hibari())
    _tell(octets)
    write(folder, octets, describe(language, octets, gain_db))
    return 0


def _add(language: str, folder: Path) -> int:
    names, gain_db = outdated(folder, language)
    kept = load_language(language).clips.keys() - set(names)
    octets = {name: audio.read_alaw(folder / f"{name}.wav") for name in kept}
    octets |= render_at(language, hibari(), gain_db, names)
    _tell(octets)
    sys.stdout.write(f"new: {', '.join(names)}\n" if names else "nothing is new\n")
    write(folder, octets, describe(language, octets, gain_db))
    return 0


def _check(language: str, folder: Path) -> int:
    _, gain_db = outdated(folder, language)
    octets = render_at(language, hibari(), gain_db, load_language(language).clips)
    _tell(octets)
    changed = differences(folder, octets)
    sys.stdout.write(f"differ: {', '.join(changed)}\n" if changed else "all as they are there\n")
    return 1 if changed else 0


def _tell(octets: Mapping[str, bytes]) -> None:
    total = sum(map(len, octets.values()))
    level = rms_to_dbm0(_rms(octets))
    sys.stdout.write(
        f"{len(octets)} clips, {total / SAMPLE_RATE:.1f} s, {total} octets, {level:.1f} dBm0\n"
    )


def _rms(octets: Mapping[str, bytes]) -> float:
    pcm = decode_alaw(b"".join(octets.values())).astype(np.float64)
    return float(np.sqrt(np.mean(pcm**2)))


if __name__ == "__main__":
    sys.exit(main())
