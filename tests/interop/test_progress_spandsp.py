"""Tones of countries to and from spandsp's super tones (Debian: libspandsp-dev libtiff-dev)."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.countries import country, meaning
from telcard.dsp import g711, tones
from telcard.dsp.call_progress import follow_call
from telcard.dsp.templates import TemplateDetector, ToneTemplate
from tests.support import progress_peers
from tests.support.peers import PeerMissing

pytestmark = pytest.mark.interop

NAMES = ("dial", "ringback", "busy", "congestion")
COUNTRIES = ("US", "GB", "CN", "DE")


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        progress_peers.spandsp()
    except PeerMissing as missing:
        pytest.skip(str(missing))


def alaw(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    return g711.decode_alaw(g711.encode_alaw(pcm))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", COUNTRIES)
def test_what_spandsp_sends_we_recognise(code: str, name: str) -> None:
    tone = country(code).tones[name]
    seconds = 3.0 if tone.continuous else 2.4 * tone.period_s
    sent = alaw(progress_peers.spandsp_sends(tone, -16, seconds))
    detector = TemplateDetector([ToneTemplate.of(name, tone)])
    events = detector.process(sent) + detector.flush()
    assert [event.name for event in events][:1] == [name]
    assert events[-1].hz == pytest.approx(tone.during(0), abs=1)
    assert events[-1].dbm0 == pytest.approx([-16] * len(events[-1].hz), abs=0.5)
    told = follow_call(sent, code)[0].evidence
    assert name in (meaning(told.name), told.rival)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", ["US", "GB", "CN"])
def test_what_we_send_spandsp_recognises(code: str, name: str) -> None:
    tone = country(code).tones[name]
    seconds = 4.0 if tone.continuous else 4 * tone.period_s
    detector = progress_peers.SpandspTones([tone])
    assert 0 in detector.hear(alaw(tones.sounded(tone, seconds)))
