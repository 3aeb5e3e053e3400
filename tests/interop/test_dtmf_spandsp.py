"""DTMF to and from spandsp and multimon-ng (Debian: libspandsp-dev libtiff-dev multimon-ng)."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.dsp import g711, tones
from telcard.dsp.dtmf import detect_dtmf
from tests.support import dtmf_peers
from tests.support.peers import PeerMissing

pytestmark = pytest.mark.interop

KEYS = "123A456B789C*0#D"


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        dtmf_peers.spandsp()
        dtmf_peers.multimon_hears([])
    except PeerMissing as missing:
        pytest.skip(str(missing))


def alaw(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    return g711.decode_alaw(g711.encode_alaw(pcm))


def between_silences(pcm: NDArray[np.int16], before: int = 500) -> NDArray[np.int16]:
    return np.concatenate([np.zeros(before, np.int16), pcm, np.zeros(1000, np.int16)])


@pytest.mark.parametrize(
    ("on_ms", "off_ms", "level_dbm0", "twist_db"),
    [(50, 50, -9, 2), (80, 80, -3, 0), (100, 60, -25, 3), (60, 60, -12, -4)],
)
def test_what_we_send_spandsp_and_multimon_hear(
    on_ms: float, off_ms: float, level_dbm0: float, twist_db: float
) -> None:
    sent = tones.dtmf(
        KEYS * 3, on_ms=on_ms, off_ms=off_ms, level_dbm0=level_dbm0, twist_db=twist_db
    )
    line = alaw(between_silences(sent))
    assert dtmf_peers.spandsp_hears(line) == KEYS * 3
    assert dtmf_peers.spandsp_hears(line, filter_dialtone=True) == KEYS * 3
    assert dtmf_peers.multimon_hears([line]) == [KEYS * 3]


@pytest.mark.parametrize("on_ms", [40, 50, 100])
@pytest.mark.parametrize("level_dbm0", [-5, -10, -25, -36])
@pytest.mark.parametrize("twist_db", [-6, 0, 3])
def test_what_spandsp_sends_we_hear_as_long_as_it_is(
    on_ms: int, level_dbm0: int, twist_db: int
) -> None:
    sent = dtmf_peers.spandsp_sends(
        KEYS, level_dbm0=level_dbm0, twist_db=twist_db, on_ms=on_ms, off_ms=45
    )
    events = detect_dtmf(alaw(between_silences(sent)))
    assert "".join(event.digit for event in events) == KEYS
    for i, event in enumerate(events):
        assert abs(event.start - (500 + i * (on_ms + 45) * 8)) <= 16
        assert abs(event.frames - on_ms * 8) <= 24
        assert event.twist_db == pytest.approx(twist_db, abs=0.4)


def test_we_and_spandsp_agree_on_a_long_random_row() -> None:
    random = np.random.default_rng(4733)
    keys = "".join(random.choice(list(KEYS), 300))
    line = alaw(between_silences(tones.dtmf(keys, on_ms=55, off_ms=55, level_dbm0=-14)))
    noise = random.normal(0, 300, len(line)).astype(np.int16)
    assert dtmf_peers.spandsp_hears(line + noise) == keys
    assert "".join(event.digit for event in detect_dtmf(line + noise)) == keys


@pytest.mark.parametrize(
    ("on_ms", "off_ms", "level_dbm0", "twist_db"),
    [(40, 40, -3, 0), (40, 25, -10, 2), (40, 30, -39, 0), (1000, 40, -6, -3), (65, 50, -30, 4)],
)
def test_at_the_extremes_of_length_and_level_we_hear_what_spandsp_sends(
    on_ms: int, off_ms: int, level_dbm0: int, twist_db: int
) -> None:
    sent = dtmf_peers.spandsp_sends(
        KEYS, level_dbm0=level_dbm0, twist_db=twist_db, on_ms=on_ms, off_ms=off_ms
    )
    for before in (500, 517, 533):
        events = detect_dtmf(alaw(between_silences(sent, before)))
        assert "".join(event.digit for event in events) == KEYS
        for i, event in enumerate(events):
            assert abs(event.start - (before + i * (on_ms + off_ms) * 8)) <= 16
            assert abs(event.frames - on_ms * 8) <= 24


@pytest.mark.parametrize(
    ("on_ms", "off_ms", "level_dbm0", "twist_db"),
    [(40, 40, -3, 0), (40, 25, -10, 2), (40, 30, -38, 0), (1000, 40, -6, -2.5), (65, 50, -30, 2.5)],
)
def test_at_the_extremes_of_length_and_level_spandsp_hears_what_we_send(
    on_ms: float, off_ms: float, level_dbm0: float, twist_db: float
) -> None:
    sent = tones.dtmf(KEYS, on_ms=on_ms, off_ms=off_ms, level_dbm0=level_dbm0, twist_db=twist_db)
    for before in (500, 517, 533):
        line = alaw(between_silences(sent, before))
        assert dtmf_peers.spandsp_hears(line) == KEYS
        assert "".join(event.digit for event in detect_dtmf(line)) == KEYS


@pytest.mark.parametrize("detector", ["ours", "spandsp"])
def test_neither_hears_pulses_of_20_ms_or_tones_at_minus_55(detector: str) -> None:
    for sent in (
        dtmf_peers.spandsp_sends(KEYS, level_dbm0=-10, on_ms=20, off_ms=60),
        dtmf_peers.spandsp_sends(KEYS, level_dbm0=-55, on_ms=100, off_ms=60),
    ):
        line = alaw(between_silences(sent))
        if detector == "spandsp":
            assert dtmf_peers.spandsp_hears(line) == ""
        else:
            assert detect_dtmf(line) == []
