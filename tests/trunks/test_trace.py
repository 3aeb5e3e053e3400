"""D-channels that are traced: both ends of an emulated line, and what each has kept."""

import asyncio

from telcard import clock
from telcard.clock import VirtualClock
from telcard.engine import E1Line, Engine
from telcard.signalling.isdn.capture import Capture
from telcard.trunks.trace import TracedDChannel
from tests.support.links import RunningLink


def test_what_passes_is_kept_at_both_ends_in_the_time_of_the_loop() -> None:
    captures = {"user": Capture("user"), "network": Capture("network")}
    virtual = VirtualClock()

    async def main() -> None:
        line, links = E1Line(), []
        for end, side in enumerate(("user", "network")):
            engine = Engine(1, virtual, side, "events")
            dchannel = engine.plug(line, end).open_dchannel()
            traced = TracedDChannel(dchannel, captures[side])
            links.append(RunningLink(traced, side))  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
        links[0].fire("establish")
        await asyncio.sleep(0.5)
        links[0].fire("data", bytes.fromhex("0802000575"))
        await asyncio.sleep(0.5)
        assert traced.counters().received == len(
            [frame for frame in captures["network"].frames if not frame.sent]
        )
        traced.on_frame(None)
        for link in links:
            link.close()
        traced.close()

    clock.run(main(), virtual)
    told = [frame.describe("user") for frame in captures["user"].frames]
    assert told[:2] == ["-> SABME command p=1", "<- UA response f=1"]
    assert told[2].startswith("-> I command ns=0 nr=0: STATUS ENQUIRY call 5")
    assert told[3] == "<- RR response nr=1"
    there = captures["network"].frames
    assert [frame.octets for frame in there] == [frame.octets for frame in captures["user"].frames]
    assert all(a.sent is not b.sent for a, b in zip(there, captures["user"].frames, strict=True))
    assert captures["user"].frames[0].at_ns == 100_000_000
