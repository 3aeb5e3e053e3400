"""Sound files: read and write whatever libsndfile knows, always as telephony wants it.

    pcm, samplerate = audio.read("prompt.flac")
    octets = audio.read_alaw("prompt.wav")
    audio.write("greeting.wav", pcm)
    with audio.Reader("day.wav") as sound:              # hours of it, in bounded memory
        for block in sound.blocks(): ...

PCM is int16, shape (frames,) or (frames, channels).  Every failure is one MediaError sentence.
"""

from telcard.audio.files import read, read_alaw, write
from telcard.audio.reader import Raw, Reader

__all__ = ["Raw", "Reader", "read", "read_alaw", "write"]
