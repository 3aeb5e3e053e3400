"""Fast fax modems to and from spandsp (Debian: libspandsp-dev libtiff-dev)."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.dsp.faxmodem import FAX_RATES, FaxReceiver, fax_carrier
from tests.support import fax_modem_peers as peers
from tests.support.modem_line import ModemLine
from tests.support.peers import PeerMissing

pytestmark = pytest.mark.interop

ALL = [(modem, rate) for modem, rates in FAX_RATES.items() for rate in rates]
OCTETS = np.random.default_rng(17).bytes(1500)


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        peers.spandsp()
    except PeerMissing as missing:
        pytest.skip(str(missing))


def over_a_line(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    """Silence on either side, and A-law."""
    silence = np.zeros(800, np.int16)
    return ModemLine(law="A").carry(np.concatenate([silence, pcm, silence]))


@pytest.mark.parametrize(("modem", "rate"), ALL)
@pytest.mark.parametrize("echo_protection", [False, True])
@pytest.mark.parametrize("level_dbm0", [-10, -13, -24, -34])
def test_what_we_send_spandsp_receives(
    modem: str, rate: int, echo_protection: bool, level_dbm0: float
) -> None:
    sent = fax_carrier(OCTETS, modem, rate, echo_protection=echo_protection, level_dbm0=level_dbm0)
    heard = peers.spandsp_hears(modem, rate, over_a_line(sent))
    assert heard.trained == 1
    assert heard.errors(OCTETS) == 0


@pytest.mark.parametrize("rate", FAX_RATES["v17"])
@pytest.mark.parametrize("level_dbm0", [-10, -13, -20])
def test_spandsp_understands_our_short_training(rate: int, level_dbm0: float) -> None:
    receiver = peers.SpandspReceiver("v17", rate)
    long = fax_carrier(OCTETS[:300], "v17", rate, level_dbm0=level_dbm0)
    assert receiver.hear(over_a_line(long)).errors(OCTETS[:300]) == 0
    for _ in range(3):
        short = fax_carrier(OCTETS, "v17", rate, short=True, level_dbm0=level_dbm0)
        assert receiver.hear(over_a_line(short), short=True).errors(OCTETS) == 0


@pytest.mark.parametrize(("modem", "rate"), ALL)
@pytest.mark.parametrize("echo_protection", [False, True])
def test_what_spandsp_sends_we_receive(modem: str, rate: int, echo_protection: bool) -> None:
    for level_dbm0 in (-7, -20, -40):  # its peaks wrap round above
        sent = peers.spandsp_sends(
            modem, rate, OCTETS, echo_protection=echo_protection, level_dbm0=level_dbm0
        )
        receiver = FaxReceiver(modem, rate)
        receiver.process(ModemLine(law="A" if level_dbm0 > -40 else "").carry(np.pad(sent, 800)))
        assert receiver.read()[: len(OCTETS)] == OCTETS, level_dbm0


@pytest.mark.parametrize("rate", FAX_RATES["v17"])
def test_we_understand_spandsp_s_short_training(rate: int) -> None:
    for level_dbm0 in (-13, -30):
        receiver = FaxReceiver("v17", rate)
        for count in range(3):
            sent = peers.spandsp_sends(
                "v17", rate, OCTETS[:400], short=count > 0, level_dbm0=level_dbm0
            )
            receiver.arm("v17", rate, short=count > 0)
            receiver.process(over_a_line(sent))
            assert receiver.read()[:400] == OCTETS[:400]
