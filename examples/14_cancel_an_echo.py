"""For people with arrays: a line gives back what it is sent; measure that echo, and take it out.

What goes towards the line is called `receive`, what comes from it `send`: the caller, and the echo
of the prompt behind him.
"""

import numpy as np

from telcard.analysis.echo import find_echo
from telcard.dsp import EchoCanceller, detect_dtmf, g711, level, tones
from telcard.dsp.copper import Copper, CopperLine
from telcard.exchange.hybrid import RESISTIVE, Pair, hybrid_echo
from telcard.speech.library import ClipLibrary

clips = ClipLibrary("en")
words = [clips[name] for name in ("welcome", "enter_account", "please_hold", "goodbye")]
prompt = 2 * g711.decode_alaw(np.frombuffer(b"".join(words) * 2, np.uint8))  # loud

# The caller keys a number over the second half of it, far more softly.
keyed = np.zeros_like(prompt)
keys = tones.dtmf("31415926", on_ms=80, off_ms=120, level_dbm0=-28)
keyed[len(prompt) // 2 :][: len(keys)] = keys

# Three kilometres of thin pair, balanced by a resistor: everything comes back, 8 dB weaker.
pair = hybrid_echo(Pair(km=3, mm=0.4), RESISTIVE)
line = CopperLine(Copper(echo=pair, erl_db=8, noise_dbm0=-62))
_, send = line.process(prompt, keyed)

found = find_echo(prompt, send).echo
assert found is not None
print(f"echo: {found.erl_db:.1f} dB weaker after {found.delay_ms:.1f} ms", end="")
print(f", for {found.dispersion_ms:.1f} ms; a tail of {found.tail_ms} ms will do")

canceller = EchoCanceller(tail_ms=found.tail_ms)
ticks = zip(*(np.split(side, range(80, len(side), 80)) for side in (prompt, send)), strict=True)
clean = np.concatenate([canceller.process(sent, came) for sent, came in ticks])  # 10 ms at a time

for event in canceller.events():
    print(f"{event.start / 8000:6.2f} s  {event.kind}")
before_keys = slice(8000, len(prompt) // 2)
for name, sound in (("as it came", send), ("cleaned", clean)):
    digits = "".join(event.digit for event in detect_dtmf(sound))
    loudness = level.level_dbm0(sound[before_keys])
    print(f"{name:10}  {loudness:6.1f} dBm0 of echo, digits {digits!r}")
