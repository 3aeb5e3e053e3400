"""Recordings of fax calls with holes, noise and jumps; and frames in any order for `Overheard`."""

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.fax.ecm import blocks
from telcard.fax.frames import RCP_COUNT, Damaged, decode
from telcard.fax.listening import FaxListener
from telcard.fax.negotiation import Agreement
from telcard.fax.overheard import Overheard
from telcard.fax.phases import Quality, Rate
from telcard.fax.t4 import encode
from tests.fuzz.test_t30 import bent
from tests.support.fax_pages import letter
from tests.support.fax_recordings import call, mixed
from tests.support.fuzz import by_chance

pytestmark = pytest.mark.fuzz

Signal = NDArray[np.int16]

PAGE = letter(60, 1728)
SPOTS = 100


def spoilt(pcm: Signal, chance: random.Random) -> Signal:
    """Changed in many places: silence, noise, full scale, jumps in time, sound from elsewhere."""
    pcm = pcm.copy()
    for _ in range(SPOTS):
        at = chance.randrange(len(pcm))
        length = min(int(10 ** chance.uniform(0, 3)), len(pcm) - at)
        part = pcm[at : at + length]
        match chance.randrange(6):
            case 0:
                part[:] = 0
            case 1:
                rng = np.random.default_rng(chance.getrandbits(32))
                noise = rng.normal(0, 10 ** chance.uniform(1, 4), part.shape)
                part[:] = np.clip(part + noise, -32768, 32767)
            case 2:
                part[:] = chance.choice((-32768, 32767))
            case 3:
                part[:] = np.roll(part, chance.choice((-1, 1)), axis=0)
            case 4:
                start = chance.randrange(len(pcm) - length + 1)
                part[:] = pcm[start : start + length].copy()
            case _:
                part[:] = part[:, ::-1].copy()
    begin = chance.choice((0, 0, chance.randrange(len(pcm))))
    return pcm[begin : chance.choice((len(pcm), chance.randrange(begin, len(pcm)) + 1))]


@by_chance(83, inputs=SPOTS, few=4)
def test_a_spoilt_recording_gives_what_it_gives(chance: random.Random) -> None:
    pcm = spoilt(call(chance.choice(("v17", "v29", "v27ter")), chance.random() < 0.7), chance)
    if chance.random() < 0.3:
        pcm = mixed(pcm)
    listener = FaxListener(pcm.shape[1])
    listener.process(pcm)
    listener.finish()
    assert listener.samples == len(pcm)
    for line in listener.transcript:
        assert 0 <= line.sample <= len(pcm)
        assert line.text()
    for signal in listener.signals:
        assert 0 <= signal.began <= signal.ended <= len(pcm)
    for page in listener.pages:
        assert page.pixels.shape[1] == page.resolution.pixels(page.agreement.width)
        assert page.began <= page.ended
        assert 0 <= page.bad_rows <= len(page.pixels)


@by_chance(84, inputs=200, few=3)
def test_pages_are_put_together_from_anything(chance: random.Random) -> None:
    pages = Overheard()
    coding = chance.choice(("mh", "mr", "mmr"))
    ecm = chance.random() < 0.7
    (block,) = blocks(encode(PAGE, coding), 64)
    pieces = [decode(octets) for octets in block.frames()[:-RCP_COUNT]]
    for sample in range(200):
        match chance.randrange(12):
            case 0:
                pages.agreed(Agreement(chance.choice(list(Rate)), coding, ecm=ecm), sample)
            case 1:
                pages.carrier(sample)
            case 2:
                pages.heard_with(Quality())
            case 3:
                pages.octets(chance.randbytes(chance.randrange(300)))
            case 4 | 5 | 6 | 7:
                pages.piece(chance.choice(pieces))  # type: ignore[arg-type]
            case _:
                frame = decode(bent(chance))
                if not isinstance(frame, Damaged):
                    pages.said(frame, sample)
    pages.finish(200)
    for number, page in enumerate(pages.pages, 1):
        assert page.number == number
        assert page.text()
        assert page.lost_frames >= 0
