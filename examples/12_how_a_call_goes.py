"""For people who dial out: what became of a call, from its sound alone, with evidence.

The recording is made here: it rings twice in the United Kingdom, a machine answers and beeps.
"""

import numpy as np

from telcard.countries import country
from telcard.dsp import CallProgress, g711, tones
from telcard.speech.library import ClipLibrary

clips = ClipLibrary("en")
greeting = [
    g711.decode_alaw(np.frombuffer(clips[name], np.uint8))
    for name in ("welcome", "not_available", "please_hold", "goodbye")
]
pause = np.zeros(2400, np.int16)
recording = np.concatenate(
    [
        pause,
        tones.sounded(country("GB").tones["ringback"], 6.0),
        *greeting,
        pause,
        tones.ToneGenerator([tones.ToneSegment(0.3, 1400)]).process(2400),
        np.zeros(12000, np.int16),
    ]
)

call = CallProgress("GB")
for block in np.array_split(recording, 100):  # as it comes from a line
    for event in call.process(block):
        on = event.evidence
        said = f"{event.start / 8000:5.2f} s  {event.kind.value:10} {event.confidence:4.0%}"
        if on.hz:
            said += "  " + " + ".join(f"{hz:.1f} Hz" for hz in on.hz)
        if on.cadence_s:
            said += "  " + " ".join(f"{s:.2f}" for s in on.cadence_s) + " s"
        if on.speech_s:
            said += f"  {on.speech_s:.1f} s of speech"
        print(said)
