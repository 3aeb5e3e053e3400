"""What is in a recording: digits, signals, tones and what they mean, data, callers, speech, levels.

    found = analyse("call.wav", country="CN")   # Analysis(..., findings=(Digit(...), Tone(...)))
    for finding in found.findings:
        print(finding.kind, finding.start_s, finding)
    picture("call.png", found)                  # waveform, spectrogram, findings; extra: analysis

`cleaning` measures the echo in a recording of both ways of a line and takes it out, `echo` measures
it in arrays.  `tones.SteadyTones` is the finder of tones as a stream; `detectors.DETECTORS` lists
all finders.
"""

from telcard.analysis.findings import (
    Cadence,
    Caller,
    Data,
    Digit,
    FaxSignal,
    Finding,
    Level,
    Pulse,
    Signal,
    Silence,
    Speech,
    Tone,
    as_json,
)
from telcard.analysis.picture import picture
from telcard.analysis.recording import Analysis, analyse
from telcard.analysis.tones import SteadyTones

__all__ = [
    "Analysis",
    "Cadence",
    "Caller",
    "Data",
    "Digit",
    "FaxSignal",
    "Finding",
    "Level",
    "Pulse",
    "Signal",
    "Silence",
    "Speech",
    "SteadyTones",
    "Tone",
    "analyse",
    "as_json",
    "picture",
]
