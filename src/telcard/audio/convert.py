"""From one sound file to another: coding, container and samplerate, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

from telcard.audio.raw import Raw
from telcard.audio.reader import Reader
from telcard.audio.source import Source, name
from telcard.audio.writer import Writer
from telcard.dsp.resample import Resampler
from telcard.errors import MediaError
from telcard.units import SAMPLE_RATE


def convert(
    source: Source,
    target: Source,
    *,
    raw: Raw | None = None,
    to: Raw | None = None,
    subtype: str | None = None,
    samplerate: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> str | None:
    """Write the sound of one file into another.

    `raw` and `to` say what files without a header hold; `subtype` is `Writer`'s; `samplerate` is
    the target's, 8000 if neither it nor `to` says otherwise.  Returns what lacks in a damaged
    source, in one sentence, otherwise None.  `progress` is told the part that is done, 0 to 1.
    MediaError where a file cannot be read or written.
    """
    rate = to.samplerate if to else samplerate or SAMPLE_RATE
    with Reader(source, raw) as sound:
        try:
            resampler = (
                None
                if sound.samplerate == rate
                else Resampler(sound.samplerate, sound.channels, rate)
            )
        except ValueError as error:
            raise MediaError(f"{name(source)}: {error}") from error
        done = 0
        with Writer(target, rate, sound.channels, subtype, to) as file:
            for block in sound.blocks(max(1, 65536 // sound.channels)):
                file.write(resampler.process(block) if resampler else block)
                done += len(block)
                if progress and sound.frames:
                    progress(min(1.0, done / sound.frames))
            if resampler:
                file.write(resampler.flush())
        return sound.damage
