"""The same stream through an object with `process` and `flush`, cut at random."""

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray


def through(stream: Any, pcm: NDArray[np.int16], seed: int | None = None) -> NDArray[np.int16]:
    """All that the stream makes of `pcm`, given at once or, with a seed, in random pieces."""
    places = [0, len(pcm)]
    if seed is not None:
        places[1:1] = sorted(np.random.default_rng(seed).integers(0, len(pcm), 40).tolist())
    made = [stream.process(pcm[a:b]) for a, b in itertools.pairwise(places)]
    return np.concatenate([*made, stream.flush()])
