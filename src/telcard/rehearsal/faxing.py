"""A fax call without cards: two terminals, one of them on a subscriber's line, both laws between.

sender, receiver = FaxTerminal(pages=pages), FaxTerminal(calling=False)
for block in fax_call(sender, receiver, Copper(loss_db=7, slips_per_min=4)):
    ...                              # what is said meanwhile, int16, (frames, 2)
receiver.result.pages
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from telcard.dsp import g711
from telcard.dsp.copper import Copper, CopperLine
from telcard.fax import FaxTerminal

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 160
"""Samples that both ends say before either hears them: 20 ms, the delay of a short connection."""


def fax_call(
    sender: FaxTerminal, receiver: FaxTerminal, copper: Copper | None = None, *, seed: int = 1
) -> Iterator[NDArray[np.int16]]:
    """Play a call to its end, in virtual time; yields what the exchange hears of it.

    The left channel is what arrives of the sender, whose line `copper` is, the right one what the
    receiver says; both are A-law.  All chance comes from `seed`.
    """
    line = CopperLine(copper or Copper(), seed)
    while sender.active or receiver.active:
        said, answered = sender.transmit(BLOCK), _alaw(receiver.transmit(BLOCK))
        heard, arrived = line.process(answered, said)
        arrived = _alaw(arrived)
        receiver.receive(arrived)
        sender.receive(heard)
        yield np.stack([arrived, answered], axis=1)


def _alaw(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    return g711.decode_alaw(g711.encode_alaw(pcm))
