import numpy as np
import pytest

from telcard.dsp import g711, tones
from telcard.engine import ToneSegment, dtmf_segments
from telcard.engine.quiet.track import IDLE_ENERGY, of_octets, of_tones
from tests.support.line import noise


def energies(octets: bytes) -> list[int]:
    padded = octets + b"\xd5" * (-len(octets) % 80)
    pcm = g711.decode_alaw(np.frombuffer(padded, np.uint8)).astype(np.int64)
    return (pcm.reshape(-1, 80) ** 2).sum(axis=1).tolist()


def test_pieces_lie_where_they_are_played() -> None:
    one, two = noise(100), noise(250, seed=2)
    track = of_octets([one, b"", two])
    assert track.frames == 350
    assert track.piece_at(99) == (0, 100, one)
    assert track.piece_at(100) == (100, 350, two)
    assert track.piece_at(350) is None
    assert not track.lasts(350)


def test_a_cadence_without_end_has_a_piece_anywhere() -> None:
    track = of_tones([tone.as_native() for tone in (ToneSegment(1, 425), ToneSegment(4))], 0)
    assert track.frames is None
    piece = track.piece_at(40_000 * 1000 + 8_000)
    assert piece is not None
    assert piece[:2] == (40_000 * 1000 + 8_000, 40_000 * 1001)
    assert piece[2] == ToneSegment(4)


def test_keys_are_found_in_every_round() -> None:
    segments = [tone.as_native() for tone in dtmf_segments("5")]
    track = of_tones(segments, 3)
    assert [key.start for key in track.keys_from(0)] == [0, 1280, 2560]
    assert [key.start for key in track.keys_from(640)] == [1280, 2560]
    assert {key.digit for key in track.keys_from(0)} == {"5"}


def test_it_is_as_loud_as_the_sound_that_nobody_made() -> None:
    octets = noise(1000)
    assert of_octets([octets[:300], octets[300:]]).energies(0, 13) == energies(octets)
    track = of_octets([octets])
    assert track.energies(-160, 3) == [IDLE_ENERGY, IDLE_ENERGY, energies(octets)[0]]
    assert track.energies(960, 2) == [energies(octets)[12], IDLE_ENERGY]
    assert track.energies(50, 2) == energies(octets[50:210])
    for_ever = of_octets([octets[:160]], 0)
    assert for_ever.energies(160_000, 2) == energies(octets[:160])


@pytest.mark.parametrize("ticks", [1, 7, 30])
def test_so_are_tones(ticks: int) -> None:
    segments = dtmf_segments("15")
    track = of_tones([tone.as_native() for tone in segments], 1)
    octets = g711.encode_alaw(tones.dtmf("15")).tobytes()
    in_parts = [energy for at in range(0, 60, ticks) for energy in track.energies(at * 80, ticks)]
    assert in_parts[:32] == energies(octets)
    assert set(in_parts[32:]) == {IDLE_ENERGY}


def test_one_tone_is_no_key() -> None:
    assert of_tones([ToneSegment(1, 425).as_native()], 1).keys == []
