"""Sound files: read and write whatever libsndfile knows, always as telephony wants it.

    pcm, samplerate = audio.read("prompt.flac")
    octets = audio.read_alaw("prompt.wav")
    audio.write("greeting.wav", pcm)

PCM is int16, shape (frames,) or (frames, channels).  Every failure is one MediaError sentence.
"""

from telcard.audio.files import read, read_alaw, write

__all__ = ["read", "read_alaw", "write"]
