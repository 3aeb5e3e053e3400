"""A subscriber's line on a lane: what it hears and what it sends, and nobody else."""

import numpy as np
import pytest

from telcard.dsp import g711, level
from telcard.dsp.copper import Copper, CopperLine
from telcard.engine import make_playlist
from telcard.errors import CardError, StaleHandle
from tests.support.line import Ear, Rig, noise

NOISY = Copper(
    loss_db=(6.0, 3.0), noise_dbm0=-40.0, delay_ms=(5.0, 10.0), erl_db=10.0, echo=(1.0, 0.5)
)


def call(rig: Rig, copper: Copper | None, cut_through: bool = True) -> tuple[bytes, bytes]:
    """What the town's lane hears of ours, and ours of it: 20 ticks, each from its first."""
    ours, far = rig.pair(timeslot=3)
    at_home, at_bank = Ear(far), Ear(ours)
    ours.play([noise(1600, 1)])
    far.play([noise(1600, 2)])
    if copper is not None:
        far.copper(copper, seed=9, cut_through=cut_through)
    rig.run(20)
    return bytes(at_home.octets), bytes(at_bank.octets)


def test_an_empty_line_is_octet_exact(rig: Rig) -> None:
    other = Rig()
    assert call(rig, Copper()) == call(other, None)
    other.close()


def test_a_lane_hears_and_sends_what_the_kernel_makes_of_it(rig: Rig) -> None:
    at_home, at_bank = call(rig, NOISY)
    # At the lane's end of the cable: what comes is a tick old, what it sends leaves at once.
    to_him = bytes([0xD5] * 80) + noise(1600, 1)[:1520]
    pcm = [g711.decode_alaw(octets) for octets in (to_him, noise(1600, 2))]
    heard, arrived = (g711.encode_alaw(x).tobytes() for x in CopperLine(NOISY, 9).process(*pcm))
    assert at_home == heard
    assert at_bank[80:] == arrived[:1520]


def test_before_it_is_cut_through_only_the_receiving_way_is_connected(rig: Rig) -> None:
    plain = noise(1600, 2)
    at_home, at_bank = call(rig, NOISY, cut_through=False)
    assert at_bank[80:] == plain[:1520]
    rig2 = Rig()
    assert at_home == call(rig2, NOISY)[0]
    rig2.close()


def test_it_is_cut_through_later_and_taken_away_again(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(ours)
    far.copper(Copper(noise_dbm0=-30.0), cut_through=False)
    rig.run(5)
    assert ear.speech == b""
    far.cut_through()
    rig.run(50)
    heard = g711.decode_alaw(bytes(ear.octets[-3200:]))
    assert level.level_dbm0(heard) == pytest.approx(-30.0, abs=0.3)
    far.copper(None)
    rig.run(3)
    assert bytes(ear.octets[-80:]) == bytes([0xD5] * 80)


def test_noise_sounds_on_this_lane_alone(rig: Rig) -> None:
    ours, far = rig.pair(timeslot=1)
    other, _ = rig.pair(timeslot=2)
    ear, quiet = Ear(ours), Ear(other)
    far.copper(Copper(noise_dbm0=-30.0))
    rig.run(10)
    assert len(ear.speech) > 500
    assert quiet.speech == b""


def test_a_lane_that_closes_lets_its_line_go(rig: Rig) -> None:
    _, far = rig.pair()
    far.copper(NOISY)
    far.copper(Copper(noise_dbm0=-20.0))
    far.close()
    with pytest.raises(StaleHandle):
        far.copper(None)
    rig.run(3)
    ours, far = rig.pair(timeslot=2)
    ear = Ear(ours)
    rig.run(5)
    assert ear.speech == b""  # the row's next lane has no line


def test_sixteen_lines_of_a_group_do_not_disturb_each_other(rig: Rig) -> None:
    alone, _ = call(rig, NOISY)
    together = Rig()
    for timeslot in (1, 2, *range(4, 16)):
        _, far = together.pair(timeslot=timeslot)
        far.play(make_playlist([noise(1600, timeslot)]))
        far.copper(NOISY, seed=timeslot)
    heard, _ = call(together, NOISY)
    together.close()
    assert heard == alone
    assert np.any(np.frombuffer(heard, np.uint8) != 0xD5)


def test_a_resource_has_no_line_to_lay(rig: Rig) -> None:
    resource = rig.town.open_resource("music")
    with pytest.raises(CardError, match="cannot lay a subscriber's line, it has no span"):
        resource.copper(Copper())
    resource.close()
    rig.run(2)
