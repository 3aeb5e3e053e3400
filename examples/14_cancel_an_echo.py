"""For people with arrays: a line gives back what it is sent; measure that echo, and take it out.

What goes towards the line is called `receive`, what comes from it `send`: the echo of a prompt, and
then the caller, who answers when the prompt is over.
"""

import numpy as np

from telcard.analysis.echo import find_echo
from telcard.dsp import EchoCanceller, g711, level
from telcard.dsp.copper import Copper, CopperLine
from telcard.exchange.hybrid import RESISTIVE, Pair, hybrid_echo
from telcard.speech.library import ClipLibrary

clips = ClipLibrary("en")


def say(*names: str) -> np.ndarray:
    """Clips as PCM, one after the other."""
    return g711.decode_alaw(np.frombuffer(b"".join(clips[name] for name in names), np.uint8))


prompt, answer = say("welcome", "enter_account", "please_hold"), say("goodbye")
receive = np.concatenate([prompt, np.zeros_like(answer)])
mouth = np.concatenate([np.zeros_like(prompt), answer])

# Three kilometres of thin pair, balanced by a plain resistor: all comes back, 8 dB weaker.
pair = hybrid_echo(Pair(km=3, mm=0.4), RESISTIVE)
line = CopperLine(Copper(echo=pair, erl_db=8, noise_dbm0=-62))
_, send = line.process(receive, mouth)

echo = find_echo(receive, send).echo
assert echo is not None
print(f"echo: {echo.erl_db:.1f} dB weaker after {echo.delay_ms:.1f} ms", end="")
print(f", for {echo.dispersion_ms:.1f} ms; a tail of {echo.tail_ms} ms will do")

canceller = EchoCanceller(tail_ms=echo.tail_ms)
clean = np.empty_like(send)
for tick in range(0, len(send), 80):  # as it comes from a line, 10 ms at a time
    now = slice(tick, tick + 80)
    clean[now] = canceller.process(receive[now], send[now])

for event in canceller.events():
    print(f"{event.start / 8000:6.2f} s  {event.kind}")
for name, part in (
    ("echo of the prompt", slice(8000, len(prompt))),
    ("caller's answer", slice(len(prompt) + 800, None)),
):
    before, after = level.level_dbm0(send[part]), level.level_dbm0(clean[part])
    print(f"{name:20} {before:6.1f} dBm0, cleaned {after:6.1f} dBm0")
