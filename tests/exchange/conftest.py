"""Clips of the house, and ways to spoil them as lines do."""

import numpy as np
import pytest

from telcard.dsp import g711
from telcard.exchange.repertoire import Repertoire
from telcard.speech import ClipLibrary


@pytest.fixture(scope="session")
def library() -> ClipLibrary:
    return ClipLibrary("en").load()


@pytest.fixture(scope="session")
def clips(library: ClipLibrary) -> dict[str, np.ndarray]:
    return {name: g711.decode_alaw(library[name]) for name in library.clips()}


@pytest.fixture(scope="session")
def repertoire(library: ClipLibrary) -> Repertoire:
    return Repertoire({name: library[name] for name in library.clips()})
