"""Fast fax modems: channels that one core keeps up with, received and sent, spandsp's beside them.

A call brings 20 ms of each of 72 lines (the most that a board in the documents has), or of one, all
full of data after a training of their own; the receivers' state together is more than a first cache
holds.  The signal is clean, so that spandsp's receivers train as ours do: one that has not trained
costs it less than a fifth.  spandsp hears one of the lines, as many times as it takes to make the
same amount of sound.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from telcard.bench import Work
from telcard.bench.kernels import BLOCK
from telcard.dsp.faxmodem import FAX_RATES, FaxReceiver, fax_carrier

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import fax_modem_peers as peers
from tests.support.peers import PeerMissing

MODES = [(modem, rate) for modem, rates in FAX_RATES.items() for rate in rates]
GOALS = {"v17": 3000, "v29": 4000, "v27ter": 7000}
SECONDS = 3


def installed() -> bool:
    try:
        peers.spandsp()
    except PeerMissing:
        return False
    return True


def octets_of(rate: int) -> bytes:
    return np.random.default_rng(rate).bytes(rate // 8 * SECONDS)


@pytest.mark.parametrize("channels", [1, 72])
@pytest.mark.parametrize(("modem", "rate"), MODES)
def test_receiver(modem: str, rate: int, channels: int, tell) -> None:
    """A carrier, training and all, that begins on each line at another time."""
    line = np.pad(fax_carrier(octets_of(rate), modem, rate), (0, 400))
    line = line[: len(line) // BLOCK * BLOCK]
    pcm = np.stack([np.roll(line, -2011 * i) for i in range(channels)], axis=1)
    blocks = [np.ascontiguousarray(pcm[at : at + BLOCK]) for at in range(0, len(pcm), BLOCK)]
    receiver = FaxReceiver(modem, rate, channels=channels)

    def hear() -> None:
        for block in blocks:
            receiver.process(block)
        for channel in range(channels):
            receiver.read(channel)

    hear()  # from now on all lines are received
    theirs: dict[str, Callable[[], object]] = {}
    if installed():
        theirs["spandsp"] = lambda: [
            peers.spandsp_hears(modem, rate, line) for _ in range(channels)
        ]
    name = f"{modem} {rate} received, {channels} channels"
    tell(Work("faxmodem", name, pcm.size, hear, goal=GOALS[modem]), theirs)


@pytest.mark.parametrize(("modem", "rate"), MODES)
def test_transmitter(modem: str, rate: int, tell) -> None:
    """A carrier, training and all."""
    octets = octets_of(rate)
    samples = len(fax_carrier(octets, modem, rate))
    theirs: dict[str, Callable[[], object]] = {}
    if installed():
        theirs["spandsp"] = lambda: peers.spandsp_sends(modem, rate, octets)
    work = Work(
        "faxmodem", f"{modem} {rate} sent", samples, lambda: fax_carrier(octets, modem, rate)
    )
    tell(work, theirs)
