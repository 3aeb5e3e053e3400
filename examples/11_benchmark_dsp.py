"""For people who compare DSP: our kernels, NumPy beside them, and a work of your own.

`telcard bench` tells the same in tables, for the whole machine.
"""

import math

import numpy as np

from telcard.bench import Work, host, measure, works
from telcard.dsp import DtmfDetector, tones

SECONDS = 0.02  # for each of us and the peers; more gives steadier figures

machine = host()
print(f"{machine.processor}, SIMD level {machine.simd}: channels that one core keeps up with")
for work in [*works("g711"), *works("tones")]:
    figure = measure(work, SECONDS)
    for peer in figure.peers:
        print(f"{work.name:30} {figure.channels:11,.0f}   {figure.ratio(peer):5.1f} x {peer}")

# A Goertzel filter in pure Python against a detector that also decides, on a second of sound.
pcm = tones.dtmf("1234567890", on_ms=50, off_ms=50)
detector = DtmfDetector()


def goertzel() -> list[float]:
    """Energy of 697 Hz in each 10 ms."""
    turn, energies = 2 * math.cos(2 * math.pi * 697 / 8000), []
    for block in np.split(pcm, 100):
        s1 = s2 = 0.0
        for x in block.tolist():
            s1, s2 = x + turn * s1 - s2, s1
        energies.append(s1 * s1 + s2 * s2 - turn * s1 * s2)
    return energies


mine = Work("dtmf", "one channel", len(pcm), lambda: detector.process(pcm), {"Python": goertzel})
figure = measure(mine, SECONDS)
print(
    f"{mine.name:30} {figure.channels:11,.0f}   {figure.ratio('Python'):5.1f} x one bin in Python"
)
