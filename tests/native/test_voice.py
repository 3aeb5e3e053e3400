"""What the bindings refuse themselves; the kernels are tested through telcard.dsp."""

import numpy as np
import pytest

from telcard._native import voice
from telcard.dsp.vad import VoiceProfile


def test_only_whole_hops_of_all_channels_are_taken() -> None:
    vad = voice.Vad(3, VoiceProfile().as_native())
    scores = np.empty((2, 3), np.float32)
    with pytest.raises(ValueError, match="block: want whole hops of 80 frames, got 81"):
        vad.feed(np.zeros((81, 3), np.int16), scores)
    with pytest.raises(ValueError, match="block: want 3 channels, got 2"):
        vad.feed(np.zeros((80, 2), np.int16), scores)
    assert vad.feed(np.zeros((160, 3), np.int16), scores) == []
