"""A fax call over a line that is made up."""

import numpy as np

from telcard.dsp.copper import Copper
from telcard.fax import FaxTerminal
from telcard.rehearsal.faxing import fax_call

PAGE = np.zeros((20, 1728), bool)


def test_the_same_seed_gives_the_same_sound_and_another_other_noise() -> None:
    def sound(seed: int) -> np.ndarray:
        ends = FaxTerminal(pages=[PAGE]), FaxTerminal(calling=False)
        blocks = fax_call(*ends, Copper(noise_dbm0=-50), seed=seed)
        return np.concatenate([block for block, _ in zip(blocks, range(50), strict=False)])

    assert sound(1).shape == (8000, 2)
    assert np.array_equal(sound(1), sound(1))
    assert not np.array_equal(sound(1), sound(2))


def test_the_blank_page_comes_out_and_what_was_said_is_in_the_recording() -> None:
    sender, receiver = FaxTerminal(pages=[PAGE]), FaxTerminal(calling=False)
    sound = np.concatenate(list(fax_call(sender, receiver)))
    assert sender.result.good
    assert np.array_equal(receiver.result.pages[0], PAGE)
    assert sound.any(axis=0).all()
