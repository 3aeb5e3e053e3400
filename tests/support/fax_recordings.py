"""Recordings of fax calls, to be listened to."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from telcard.dsp.copper import Copper
from telcard.fax import FaxTerminal
from telcard.rehearsal.faxing import fax_call
from tests.support.fax_pages import letter
from tests.support.fax_peers import Signal, Terminal, alaw

PAGES = (letter(60), letter(40, seed=2))


def recorded(one: Terminal, other: Terminal, longest_s: float = 900) -> Signal:
    """Both ends of a call over A-law, shape (frames, 2), to half a second behind its end."""
    blocks: list[NDArray[np.int16]] = []
    after = 0
    while after < 25 and len(blocks) < longest_s * 50:
        said, answered = alaw(one.transmit(160)), alaw(other.transmit(160))
        other.receive(said)
        one.receive(answered)
        blocks.append(np.stack([said, answered], axis=1))
        after = 0 if one.active or other.active else after + 1
    return np.concatenate(blocks)


@cache
def call(modems: str = "v17", ecm: bool = True, slips_per_min: float = 0, seed: int = 1) -> Signal:
    """A call of ours with two short pages, shape (frames, 2)."""
    sender = FaxTerminal(ident="+86 10 95588", pages=PAGES, modems=modems, ecm=ecm)
    receiver = FaxTerminal(calling=False, ident="12345")
    copper = Copper(loss_db=4, noise_dbm0=-60, slips_per_min=slips_per_min)
    pcm = np.concatenate(list(fax_call(sender, receiver, copper, seed=seed)))
    pcm.flags.writeable = False
    return pcm


def mixed(pcm: Signal) -> Signal:
    """Both ends in one channel, shape (frames, 1)."""
    both = pcm.astype(np.int32).sum(axis=1, keepdims=True)
    return np.clip(both, -32768, 32767).astype(np.int16)


def same(got: object, wanted: object) -> bool:
    """Whether all pages are the same to the bit; those that were overheard as well."""
    pages = [getattr(page, "pixels", page) for page in got]  # type: ignore[attr-defined]
    wanted = list(wanted)  # type: ignore[call-overload]
    return len(pages) == len(wanted) and all(map(np.array_equal, pages, wanted))
