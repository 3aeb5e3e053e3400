"""Hours of chance through the echo canceller: is its output ever louder than it may be?

    python benchmarks/torture_echo.py --hours 1000            # a night or two
    python benchmarks/torture_echo.py --hours 1 --seed 4711   # the same hour again

Each ordeal is 256 channels of 30 s under a seed of its own (`tests/support/echo_torture.py`):
speech, tones, noise, clicks, silence, clipping from both ends, echo paths that jump.  Over 50 ms
the output may not be 3 dB above the louder of Sin and -50 dBm0, the 100 ms after a jump left out.
A fault is told with what it takes to see it again; the exit status is 1 when there was one.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import echo_peers
from tests.support.echo_torture import Ordeal

CHANNELS = 256
SECONDS = 30
TAILS_MS = (16, 32, 64, 128)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--hours", type=float, default=1, help="of one channel's sound")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first ordeal; then one more each"
    )
    parser.add_argument("--canceller", default="telcard", help="a name, or module:callable")
    options = parser.parse_args()
    canceller = echo_peers.named(options.canceller)
    done_h, faults, seed, begun = 0.0, 0, options.seed, time.process_time()
    while done_h < options.hours:
        ordeal = Ordeal.of(seed, CHANNELS, SECONDS)
        for nlp in (False, True):
            tail_ms = TAILS_MS[seed % len(TAILS_MS)]
            sout = canceller(ordeal.rin, ordeal.sin, tail_ms=tail_ms, nlp=nlp, comfort_noise=nlp)
            for fault in ordeal.faults(sout):
                faults += 1
                print(
                    f"seed {seed}, tail {tail_ms} ms, {'NLP' if nlp else 'no NLP'}: channel"
                    f" {fault.channel} at {fault.start / 8000:.2f} s is {fault.excess_db:.1f} dB"
                    " too loud"
                )
            done_h += CHANNELS * SECONDS / 3600
        seed += 1
        print(
            f"{done_h:.1f} h, {faults} faults, {time.process_time() - begun:.0f} s",
            file=sys.stderr,
        )
    print(f"{done_h:.1f} hours of sound, seeds {options.seed} to {seed - 1}: {faults} faults")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
