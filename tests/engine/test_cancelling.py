"""Echo cancellers on lanes: what they take away, who hears the rest, and who has which place."""

from pathlib import Path

import numpy as np
import pytest

from telcard import audio, units
from telcard.dsp import EchoCanceller, g711, tones
from telcard.dsp.copper import Copper
from telcard.engine import (
    E1Line,
    EchoCancelling,
    EchoTold,
    Lane,
    Reason,
    RecordFormat,
    Until,
)
from telcard.errors import CardError
from tests.support.line import Ear, Rig

PLAIN = EchoCancelling(tail_ms=16, nlp=False, comfort_noise=False)
PATH = (0.0,) * 8 + tuple(np.random.default_rng(5).normal(0, 1, 48) * 0.9 ** np.arange(48))
HYBRID = Copper(echo=PATH, erl_db=8.0, noise_dbm0=(None, -62.0))


def prompt(seconds: float, level_dbm0: float = -14.0, seed: int = 1) -> bytes:
    """Noise that comes and goes as syllables do, a prompt's worth of it in A-law."""
    frames = round(8000 * seconds)
    chance = np.random.default_rng(seed)
    syllables = 0.55 + 0.45 * np.sin(np.arange(frames) * 2 * np.pi * 4 / 8000)
    sound = chance.normal(0, units.dbm0_to_rms(level_dbm0), frames) * syllables
    return g711.encode_alaw(np.clip(sound, -32000, 32000).astype(np.int16)).tobytes()


def on_a_hybrid(
    rig: Rig, how: EchoCancelling | None, timeslot: int = 1, copper: Copper = HYBRID
) -> tuple[Lane, Lane]:
    """Our lane, with a canceller or without, and a subscriber's whose hybrid gives back."""
    ours, far = rig.pair(timeslot)
    far.copper(copper, seed=timeslot)
    if how is not None:
        ours.cancel_echo(how)
    return ours, far


def level(octets: bytes) -> float:
    pcm = g711.decode_alaw(np.frombuffer(octets, np.uint8)).astype(float)
    return units.rms_to_dbm0(float(np.sqrt((pcm**2).mean())))


def test_a_lane_hears_what_the_canceller_leaves_bit_for_bit(rig: Rig) -> None:
    """Against the kernel's own face, with what was sent shifted by what the line states."""
    said, keys = prompt(1.0), g711.encode_alaw(tones.dtmf("12", on_ms=80)).tobytes()
    heard = []
    for used, how in ((rig, PLAIN), (Rig(), None)):
        ours, far = on_a_hybrid(used, how)
        ear = Ear(ours)
        ours.play([said])
        far.play([keys])
        used.run(100)
        heard.append(g711.decode_alaw(np.frombuffer(ear.octets, np.uint8)))
        if used is not rig:
            used.close()
    cancelled, plain = heard
    assert ours.span is not None
    assert ours.span.transmit_to_receive == 160
    sent = np.full(len(plain), 8, np.int16)  # A-law has no zero
    sent[80:] = g711.decode_alaw(np.frombuffer(said, np.uint8))[: len(plain) - 80]
    reference = EchoCanceller(tail_ms=16, nlp=False, comfort_noise=False, delay=80)
    wanted = g711.decode_alaw(g711.encode_alaw(reference.process(sent, plain)))
    np.testing.assert_array_equal(cancelled, wanted)
    assert not np.array_equal(cancelled, plain)


def test_an_echo_of_no_delay_of_its_own_is_inside_the_tail(rig: Rig) -> None:
    """The first tap of the hybrid comes back exactly when the line says that it may."""
    told: list[EchoTold] = []
    ours, far = rig.pair()
    far.copper(Copper(echo=(0.3, 0.2)))
    ours.cancel_echo(EchoCancelling(tail_ms=8, nlp=False), told.append)
    ear = Ear(ours)
    ours.play([prompt(3.0)])
    rig.run(300)
    assert level(ear.octets[-8000:]) < -50
    assert [event.kind for event in told] == ["converged"]
    assert 80 <= told[0].sample < rig.sample
    figures = ours.echo
    assert figures is not None
    assert figures.delay_ms == pytest.approx(20.0, abs=0.2)
    assert figures.erl_db == pytest.approx(8.9, abs=1.0)


def test_an_echo_from_far_away_is_found(rig: Rig) -> None:
    """The subscriber's line needs 90 ms each way, of which ours states nothing."""
    far_away = Copper(echo=PATH, erl_db=8.0, noise_dbm0=(None, -62.0), delay_ms=90.0)
    told: list[EchoTold] = []
    ours, far = rig.pair()
    far.copper(far_away)
    ours.cancel_echo(EchoCancelling(tail_ms=16, nlp=False, find_delay=True), told.append)
    ear = Ear(ours)
    ours.play([prompt(4.0)])
    rig.run(400)
    assert level(ear.octets[8000:9600]) > -30
    assert level(ear.octets[-8000:]) < -48
    assert [event.kind for event in told] == ["delay_found", "converged"]
    assert told[0].sample < 2 * 8000
    figures = ours.echo
    assert figures is not None
    assert figures.delay_ms == pytest.approx(20 + 2 * 90, abs=2.5)
    assert 0 < figures.delay_ms - figures.begins_ms < 6


def test_digits_behind_a_loud_prompts_echo_are_found(rig: Rig) -> None:
    """All along a loud prompt a digit is keyed, as loud as the prompt's echo."""
    row = "159#3460"
    found: dict[bool, str] = {}
    for cancels in (False, True):
        used = Rig()
        digits: list[str] = []
        ours, far = on_a_hybrid(used, EchoCancelling(tail_ms=32) if cancels else None)
        ours.on_digit(lambda event, digits=digits: digits.append(event.digit))  # type: ignore[misc]
        ours.play([prompt(3.0 + len(row) * 0.35, -8.0)])
        used.run(250)
        for digit in row:
            used.press(far, digit, on_ms=60, off_ms=60, level_dbm0=-19)
            used.run(10)
        found[cancels] = "".join(digits)
        used.close()
    assert found[True] == "".join(row), found
    assert len(found[False]) < len(row) * 2 / 3, found


def test_neither_recorder_nor_barge_in_hears_the_prompts_echo(rig: Rig, tmp_path: Path) -> None:
    """A prompt that speech may end is not ended by itself."""
    until = Until(sound_s=0.2)
    outcomes = []
    for timeslot, how in ((1, None), (2, EchoCancelling(tail_ms=32))):
        ours, _ = on_a_hybrid(rig, how, timeslot)
        ours.play([prompt(1.5)])
        rig.run(170)  # the canceller has met its line
        ours.record(tmp_path / f"{timeslot}.wav", format=RecordFormat())
        play = ours.play([prompt(2.0, seed=2)], until)
        rig.run(240)
        outcomes.append(play.outcome)
        ours.close()
    rig.run(30)
    without, with_it = outcomes
    assert without is not None
    assert with_it is not None
    assert without.reasons == Reason.SOUND
    assert with_it.reasons == Reason.END_OF_DATA
    inbound = [audio.read(tmp_path / f"{n}.wav")[0][:2000, 0].astype(float) for n in (1, 2)]
    loss_db = 10 * np.log10((inbound[0] ** 2).mean() / (inbound[1] ** 2).mean())
    assert loss_db > 15


def test_a_u_law_line_has_its_own_octets_as_reference(rig: Rig) -> None:
    line = E1Line("u-law")
    ours_u, far_u = rig.ours.plug(line, 0), rig.town.plug(line, 1)
    ours, far = ours_u.open_lane(1), far_u.open_lane(1, detect=False)
    far.copper(HYBRID)
    ours.cancel_echo(PLAIN)
    ear = Ear(ours)
    ours.play([prompt(3.0)])
    rig.run(300)
    assert level(ear.octets[-8000:]) < -50  # of an echo at -26 dBm0


def test_the_sent_way_is_taken_behind_its_gain(rig: Rig) -> None:
    """A gain that changes does not change the path that was learnt."""
    ours, _ = on_a_hybrid(rig, PLAIN)
    ear = Ear(ours)
    ours.play([prompt(3.0, -20.0)])
    rig.run(200)
    ours.set_gains(transmit_db=8.0)
    rig.run(3)
    before = len(ear.octets)
    rig.run(20)
    assert level(ear.octets[before:]) < -20 + 8 - 8 - 12


def test_switched_off_the_line_is_heard_as_it_is(rig: Rig) -> None:
    ours, _ = on_a_hybrid(rig, PLAIN)
    ear, other = Ear(ours), Rig()
    plain = Ear(on_a_hybrid(other, None)[0])
    for used in (rig, other):
        used.span.lanes[1].play([prompt(0.6)])
        used.run(10)
    ours.cancel_echo(None)
    assert ours.echo is None
    for used in (rig, other):
        used.run(20)
    assert ear.octets[-800:] == plain.octets[-800:]
    assert ear.octets[:800] != plain.octets[:800]
    ours.cancel_echo(None)  # as often as one likes
    other.close()


def test_neighbours_and_places_make_no_difference(rig: Rig) -> None:
    """A lane alone, and among thirty of several tails."""
    said = prompt(0.5)
    alone, _ = on_a_hybrid(rig, PLAIN, timeslot=9)
    heard = Ear(alone)
    alone.play([said])
    rig.run(50)
    other = Rig()
    for timeslot in range(1, 31):
        if timeslot == 9:
            continue
        lane, _ = on_a_hybrid(other, EchoCancelling(tail_ms=8 + 8 * (timeslot % 3)), timeslot)
        lane.play([prompt(0.5, seed=timeslot)])
    crowded, _ = on_a_hybrid(other, PLAIN, timeslot=9)
    heard_there = Ear(crowded)
    crowded.play([said])
    other.run(50)
    assert heard_there.octets == heard.octets
    other.close()


def test_a_lane_that_closes_gives_its_place_back(rig: Rig) -> None:
    cancellers = rig.ours.cancellers
    for _ in range(40):
        ours, far = rig.pair()
        ours.cancel_echo(PLAIN)
        ours.cancel_echo(EchoCancelling())  # another kind
        ours.cancel_echo(PLAIN)
        rig.run(1)
        ours.close()
        far.close()
        rig.run(2)
    assert len(cancellers._made) == 2
    assert cancellers._places == {}
    assert [len(free) for free in cancellers._free.values()] == [16, 16]


def test_a_full_command_ring_leaves_everything_as_it_was(rig: Rig) -> None:
    ours, _ = rig.pair()
    while rig.ours.core.clear_digits(ours.index):
        pass
    with pytest.raises(CardError, match="the command ring is full"):
        ours.cancel_echo(PLAIN)
    assert ours.echo is None
    assert [len(free) for free in rig.ours.cancellers._free.values()] == [16]
    rig.run(2)
    ours.cancel_echo(PLAIN)
    rig.run(2)
    assert ours.echo is not None


def test_what_cannot_be_is_one_sentence(rig: Rig) -> None:
    resource = rig.ours.open_resource("music")
    with pytest.raises(CardError, match="cannot cancel echo, it has no line"):
        resource.cancel_echo(PLAIN)
    with pytest.raises(ValueError, match="tail_ms: want 8 to 128 in steps of 8, got 20"):
        EchoCancelling(tail_ms=20)
    assert rig.span.transmit_to_receive == 160
    ours, _ = rig.pair()
    rig.span.transmit_to_receive = 80_000
    with pytest.raises(ValueError, match="delay: want 0 to 4000 samples, got 80000"):
        ours.cancel_echo(PLAIN)
    quiet = Rig(fidelity="events")
    lane, _ = quiet.pair()
    with pytest.raises(CardError, match="cannot cancel echo, it carries events and no sound"):
        lane.cancel_echo(PLAIN)
    lane.cancel_echo(None)
    quiet.close()
    resource.close()
    rig.run(2)
