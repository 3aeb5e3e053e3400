"""Registers, signalling and fax tones to and from spandsp (Debian: libspandsp-dev libtiff-dev)."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard import units
from telcard.dsp import g711
from telcard.dsp.fax_tones import FaxToneDetector, detect_fax_tones, fax_tone
from telcard.dsp.mf import MF_HZ, detect_mf, mf, mf_segment
from telcard.dsp.tones import ToneGenerator
from tests.support import fsk_peers, mf_peers
from tests.support.peers import PeerMissing

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        mf_peers.spandsp()
    except PeerMissing as missing:
        pytest.skip(str(missing))


def line(*parts: NDArray[np.int16]) -> NDArray[np.int16]:
    silent = np.zeros(500, np.int16)
    sound = np.concatenate([silent, *parts, silent, silent, silent])
    return g711.decode_alaw(g711.encode_alaw(sound))


def quieter(pcm: NDArray[np.int16], loss_db: float) -> NDArray[np.int16]:
    return np.rint(pcm * 10 ** (-loss_db / 20)).astype(np.int16)


@pytest.mark.parametrize("loss_db", [0, 5])
def test_r1_that_spandsp_sends_we_hear(loss_db: float) -> None:
    events = detect_mf(line(quieter(mf_peers.sends_r1("*1234567890#"), loss_db)), "r1")
    assert [mf_peers.R1[event.signal] for event in events] == [*"*1234567890#"]
    assert abs(events[0].frames - 800) < 30
    assert events[0].levels_dbm0 == pytest.approx([-7 - loss_db] * 2, abs=1)


@pytest.mark.parametrize(("level_dbm0", "twist_db"), [(-7, 0), (-4, -4), (-12, 0), (-8, 4)])
def test_r1_that_we_send_spandsp_hears(level_dbm0: float, twist_db: float) -> None:
    row = list(mf_peers.R1)
    sent = mf(row, "r1", level_dbm0=level_dbm0, twist_db=twist_db)
    # It wants KP before anything else, and hears it first of all.
    assert mf_peers.hears_r1(line(sent)) == "".join(mf_peers.R1[signal] for signal in row)


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("loss_db", [0, 10, 22])
def test_r2_that_spandsp_sends_we_hear(forward: bool, loss_db: float) -> None:
    system = "r2_forward" if forward else "r2_backward"
    row = [mf_peers.sends_r2(character, forward) for character in mf_peers.R2.values()]
    pause = np.zeros(400, np.int16)
    sent = np.concatenate([part for one in row for part in (quieter(one, loss_db), pause)])
    events = detect_mf(line(sent), system)
    assert [event.signal for event in events] == list(mf_peers.R2)
    assert all(abs(event.frames - 800) < 30 for event in events)


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("level_dbm0", [-5, -20, -33])
@pytest.mark.parametrize("twist_db", [-3, 0, 3])
def test_r2_that_we_send_spandsp_hears(forward: bool, level_dbm0: float, twist_db: float) -> None:
    system = "r2_forward" if forward else "r2_backward"
    level = min(level_dbm0, -6.5) if twist_db else level_dbm0
    sent = mf(range(1, 16), system, level_dbm0=level, twist_db=twist_db, on_ms=80, off_ms=60)
    heard = [character for character, _ in mf_peers.hears_r2(line(sent), forward) if character]
    assert heard == list(mf_peers.R2.values())


def test_we_and_spandsp_agree_on_offsets_of_10_hz() -> None:
    for name, signs in itertools.product(MF_HZ["r2_forward"], [(1, 1), (-1, 1), (-1, -1)]):
        low, high = MF_HZ["r2_forward"][name]
        n = np.arange(800)
        peak = units.dbm0_to_peak(-12)
        sound = peak * np.sin(2 * np.pi * (low + 10 * signs[0]) * n / 8000)
        sound += peak * np.sin(2 * np.pi * (high + 10 * signs[1]) * n / 8000)
        pcm = line(sound.astype(np.int16))
        assert [event.signal for event in detect_mf(pcm, "r2_forward")] == [name]
        heard = mf_peers.hears_r2(pcm, True)
        assert [character for character, _ in heard if character] == [mf_peers.R2[name]]


@pytest.mark.parametrize("tone", ["2280", "2600", "2400"])
def test_signalling_tones_pass_both_ways(tone: str) -> None:
    (event,) = detect_mf(line(mf_peers.sends_line(tone)), "signalling")
    assert event.signal == tone
    assert abs(event.frames - 1600) < 40
    ours = ToneGenerator([mf_segment(tone, "signalling", 0.2, level_dbm0=-10)]).process(1600)
    present, changed = 1, 2  # SIG_TONE_1_
    changes = [flags & 3 for flags, _ in mf_peers.hears_line(line(ours), tone)]
    assert changes == [present | changed, changed]


OURS = {
    "cng": ("cng", False), "ans": ("ans", False), "ans, reversed": ("ans", True),
    "ansam": ("ansam", False), "ansam, reversed": ("ansam", True),
    "bell_2225": ("bell_2225", False),
}  # fmt: skip


@pytest.mark.parametrize("tone", OURS)
@pytest.mark.parametrize("loss_db", [0, 15])
def test_modem_tones_that_spandsp_sends_we_hear(tone: str, loss_db: float) -> None:
    detector = FaxToneDetector(early=True)
    events = detector.process(line(quieter(mf_peers.sends_modem(tone), loss_db)))
    name, reversals = OURS[tone]
    assert events[0].tone == events[-1].tone == name
    assert [e.phase for e in events if e.phase == "reverses"] == ["reverses"] * reversals


@pytest.mark.parametrize("tone", [*OURS, "v21_preamble"])
@pytest.mark.parametrize("level_dbm0", [-13, -30])
def test_modem_tones_that_we_send_spandsp_hears(tone: str, level_dbm0: float) -> None:
    name, reversals = OURS.get(tone, (tone, False))
    sent = fax_tone(name, seconds=2.8, level_dbm0=level_dbm0, reversals=reversals)
    asked = "ans, reversed" if tone.startswith("ans") else tone
    heard = mf_peers.hears_modem(line(sent), asked)
    assert mf_peers.MODEM[tone] in heard


@pytest.mark.parametrize("level_dbm0", [-13, -30])
def test_a_preamble_that_spandsp_sends_we_hear(level_dbm0: float) -> None:
    flags = np.tile(np.array([0, 1, 1, 1, 1, 1, 1, 0], np.uint8), 37)
    (event,) = detect_fax_tones(
        line(fsk_peers.spandsp_sends("v21_2", flags, level_dbm0=level_dbm0))
    )
    assert event.tone == "v21_preamble"
    assert abs(event.frames - len(flags) * 8000 / 300) < 260
