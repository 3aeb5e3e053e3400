"""What the file of a recording looks like: which sides, how coded, with a header or without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from telcard._native import engine as native
from telcard.units import SAMPLE_RATE, TICK_SAMPLES

Sides = Literal["both", "mixed", "received", "sent"]
Coding = Literal["a-law", "u-law", "pcm"]
Container = Literal["wav", "raw"]

KINDS = {"sides": get_args(Sides), "coding": get_args(Coding), "container": get_args(Container)}
"""What each part may be; sides and coding in the order of the native side's numbers."""

SUFFIXES: dict[str, str] = {"a-law": ".al", "u-law": ".ul", "pcm": ".pcm"}


@dataclass(frozen=True, slots=True)
class RecordFormat:
    """The format of a recording, always of 8,000 frames a second.

    `sides`: "both" apart, in stereo (left: received, right: sent), "mixed" into one, or one of them
    alone.  `coding`: "a-law" octet for octet, "u-law" by table 4 of ITU-T G.711, or "pcm" of 16
    bits, little-endian.  `container`: "wav", valid at any moment while it grows, or "raw" octets
    for coders that take them so (as ADPCM for VOX files does), which must be of one channel.
    `agc` brings talkers of every loudness to about -18 dBm0, each channel of the file by itself
    (`telcard.dsp.agc`); then octets are not those of the line.

        RecordFormat("mixed", "pcm")
    """

    sides: Sides = "both"
    coding: Coding = "a-law"
    container: Container = "wav"
    agc: bool = False

    def __post_init__(self) -> None:
        for name, kinds in KINDS.items():
            kind = getattr(self, name)
            if kind not in kinds:
                raise ValueError(f"record format: want {name} of {', '.join(kinds)}; got {kind!r}")
        if self.container == "raw" and self.sides == "both":
            raise ValueError(
                "record format: want sides mixed, received or sent in a raw file,"
                " which cannot tell how many channels it has; got 'both'"
            )

    @property
    def channels(self) -> int:
        """2 where both sides are kept apart."""
        return 2 if self.sides == "both" else 1

    @property
    def frame_octets(self) -> int:
        """Octets of one sample of every channel."""
        return self.channels * (2 if self.coding == "pcm" else 1)

    @property
    def longest_s(self) -> float:
        """Seconds that fit into 4 GiB, which is what the header of a WAV file can tell."""
        return (2**32 - 1000) / (SAMPLE_RATE * self.frame_octets)

    @property
    def suffix(self) -> str:
        """The usual end of such a file's name."""
        return ".wav" if self.container == "wav" else SUFFIXES[self.coding]

    def as_native(self) -> tuple[int, int, bool, bool]:
        """Numbers of sides and coding, whether there is no header, and whether talk is levelled."""
        sides, coding = KINDS["sides"].index(self.sides), KINDS["coding"].index(self.coding)
        return sides, coding, self.container == "raw", self.agc


BEEP_SAMPLES: int = native.BEEP_TICKS * TICK_SAMPLES
"""How long the beep before a recording lasts."""

STEREO_ALAW = RecordFormat()
"""Both sides octet for octet: what a recording is unless another format is asked for."""
