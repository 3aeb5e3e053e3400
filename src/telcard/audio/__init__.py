"""Sound files: read and write whatever libsndfile knows and the boards' own files.

    pcm, samplerate = audio.read("prompt.flac")
    octets = audio.read_alaw("prompt.wav")
    audio.write("greeting.wav", pcm)
    audio.write("greeting.vox", pcm, raw=audio.Raw("vox"))      # Dialogic's ADPCM, no header
    with audio.Reader("day.wav") as sound:              # hours of it, in bounded memory
        for block in sound.blocks(): ...
    audio.convert("old.vox", "new.wav", raw=audio.Raw("vox", 6000))

PCM is int16, shape (frames,) or (frames, channels).  `condensed` keeps recordings without their
silences and leads back to real time, `vap` reads and writes indexed prompt files, `raw` lists what
octets without a header may be.  Every failure is one MediaError sentence.
"""

from telcard.audio import condensed, raw, vap
from telcard.audio.condensed import CondensedReader, CondensedWriter
from telcard.audio.convert import convert
from telcard.audio.files import read, read_alaw, write
from telcard.audio.raw import Raw
from telcard.audio.reader import Reader
from telcard.audio.writer import Writer

__all__ = [
    "CondensedReader",
    "CondensedWriter",
    "Raw",
    "Reader",
    "Writer",
    "condensed",
    "convert",
    "raw",
    "read",
    "read_alaw",
    "vap",
    "write",
]
