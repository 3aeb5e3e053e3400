"""For people with recordings: record a call, then ask what is in the file.

`telcard analyze call.wav --picture call.png` does the second half for any recording of yours.
"""

import tempfile
from pathlib import Path

import telcard
from telcard.analysis import Digit, Level, Silence, analyse
from telcard.exchange import Subscriber
from telcard.rehearsal import try_flow

SIDES = ("caller", "bank")  # left and right


async def flow(call: telcard.Call) -> None:
    """Record both directions and ask for an account."""
    await call.answer()
    call.record(file)
    await call.collect("enter_account")
    await call.say("goodbye")


async def caller(subscriber: Subscriber) -> None:
    """Think for a moment, then key the account."""
    await subscriber.dial("95588")
    await subscriber.hear("enter_account")
    await subscriber.stay_silent(1.5)
    await subscriber.press("62258801#")
    await subscriber.hear("goodbye")


with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "call.wav"
    telcard.run(try_flow(flow, caller), telcard.VirtualClock())
    found = analyse(str(file))

print(f"{found.length_s:.1f} s, {found.samplerate} Hz, {found.channels} channels")
for finding in found.findings:
    side, at = SIDES[finding.channel], f"{finding.start_s:5.2f} s"
    match finding:
        case Level():
            print(
                f"{side}: {finding.active_dbm0:.1f} dBm0, silent {finding.silent:.0%} of the time"
            )
        case Digit():
            print(f"{at}  {side} keys {finding.digit}, twist {finding.twist_db:+.1f} dB")
        case Silence():
            print(f"{at}  {side} is silent for {finding.length_s:.1f} s")
