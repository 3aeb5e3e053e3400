"""VAP files: many prompts in one file, with an index, as the boards' Indexed Play Mode wants them.

    prompts = vap.read("bank.vap")
    prompts.samplerate                              # 6000
    prompts[3].text                                 # "please enter your account number"
    prompts[3].pcm                                  # int16

The format is VBASE/40's of Stok Software, which Dialogic took over; its layout is as a user of 1993
described it (Jim West in comp.speech, 4 January 1993; no manual was to be had, so what ends a text
is from files that are seen, not from a specification).  All numbers have 32 bits, little endian:

| at | |
| --- | --- |
| 0 | most prompts that the directory has room for |
| 4 | samplerate |
| 8 | prompts in use |
| 16 | octets of the file in use |
| 24 + 12 n | prompt n: offset of its sound, octets of it, offset of its text |

A text ends at an octet below 32 or behind 255 octets.  The sound is bare octets, mostly ADPCM.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from telcard.audio.files import read as read_sound
from telcard.audio.files import write as write_sound
from telcard.audio.raw import CODINGS, Coding, Raw
from telcard.errors import MediaError

_HEAD = struct.Struct("<6I")
_PROMPT = struct.Struct("<3I")
_LONGEST_TEXT = 255


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt of a VAP file: its octets, what they are, and what is said in it."""

    octets: bytes
    raw: Raw
    text: str = ""

    @property
    def pcm(self) -> npt.NDArray[np.int16]:
        """Its sound, int16, `(frames,)`."""
        return read_sound(io.BytesIO(self.octets), self.raw)[0]

    @classmethod
    def of(cls, pcm: npt.ArrayLike, raw: Raw, text: str = "") -> Prompt:
        """A prompt made of sound, coded as `raw` says."""
        octets = io.BytesIO()
        write_sound(octets, pcm, raw=raw)
        return cls(octets.getvalue(), raw, text)


def read(path: str | os.PathLike[str], coding: Coding = "vox") -> list[Prompt]:
    """All prompts of a VAP file; the file itself does not say how they are coded.

    MediaError for a file that is none; a prompt that lies outside the file is refused as well.
    """
    if coding not in CODINGS:
        raise ValueError(f"coding: want one of {', '.join(CODINGS)}, got {coding!r}")
    try:
        octets = Path(path).read_bytes()
    except OSError as error:
        raise MediaError(f"{path}: cannot be read: {error.strerror}") from error
    if len(octets) < _HEAD.size:
        raise MediaError(f"{path}: want a VAP header of {_HEAD.size} octets, got {len(octets)}")
    most, samplerate, count, _, _, _ = _HEAD.unpack_from(octets)
    directory = _HEAD.size + _PROMPT.size * count
    if count > most or directory > len(octets) or not 4000 <= samplerate <= 48_000:
        raise MediaError(
            f"{path}: no VAP file: {count} of {most} prompts at {samplerate} Hz "
            f"in {len(octets)} octets"
        )
    raw = Raw(coding, samplerate)
    made = []
    for number in range(count):
        start, length, text = _PROMPT.unpack_from(octets, _HEAD.size + _PROMPT.size * number)
        if start + length > len(octets):
            raise MediaError(
                f"{path}: prompt {number}: want {length} octets from {start} on, "
                f"the file has {len(octets)}"
            )
        made.append(Prompt(octets[start : start + length], raw, _text(octets, text)))
    return made


def write(path: str | os.PathLike[str], prompts: Sequence[Prompt]) -> None:
    """Write prompts of one samplerate and coding; ValueError otherwise, MediaError for the disk."""
    forms = {prompt.raw for prompt in prompts}
    if len(forms) != 1:
        raise ValueError(f"want prompts of one coding and samplerate, got {len(forms)} kinds")
    (raw,) = forms
    at = _HEAD.size + _PROMPT.size * len(prompts)
    directory, bodies = b"", b""
    for prompt in prompts:
        text = prompt.text.encode("latin-1", "replace")[:_LONGEST_TEXT] + b"\0"
        directory += _PROMPT.pack(at, len(prompt.octets), at + len(prompt.octets))
        bodies += prompt.octets + text
        at += len(prompt.octets) + len(text)
    head = _HEAD.pack(len(prompts), raw.samplerate, len(prompts), 0, at, 0)
    try:
        Path(path).write_bytes(head + directory + bodies)
    except OSError as error:
        raise MediaError(f"{path}: cannot be written: {error.strerror}") from error


def _text(octets: bytes, start: int) -> str:
    if not start:
        return ""
    text = octets[start : start + _LONGEST_TEXT]
    end = next((at for at, octet in enumerate(text) if octet < 32), len(text))
    return text[:end].decode("latin-1")
