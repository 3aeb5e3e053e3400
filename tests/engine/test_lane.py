import gc
import itertools
import weakref

import numpy as np
import pytest

from telcard.engine import Outcome, Reason, Until, dtmf_segments, make_playlist
from telcard.errors import CardError, MediaError, StaleHandle
from tests.support.line import Ear, Rig, noise

pytestmark = pytest.mark.both_fidelities

# --- playing


@pytest.mark.parametrize("lengths", [[1], [79, 2], [80], [160], [37] * 20, [1] * 256, [0, 5, 0]])
def test_segments_follow_each_other_octet_for_octet_without_a_gap(
    rig: Rig, lengths: list[int]
) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    sound = noise(sum(lengths))
    borders = np.cumsum([0, *lengths])
    pairs = itertools.pairwise(borders)
    play = ours.play([sound[a:b] for a, b in pairs])
    rig.until(lambda: play.outcome)
    rig.run(2)
    assert ear.speech == sound
    start = play.outcome.start
    assert play.outcome == Outcome(
        Reason.END_OF_DATA, "", start, start + len(sound), position=len(sound)
    )


def test_every_octet_value_is_sent_as_it_is(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    ours.play([bytes(range(256))])
    rig.run(6)
    assert bytes(range(256)) in bytes(ear.octets)


def test_nothing_to_play_ends_at_once(rig: Rig) -> None:
    ours, _ = rig.pair()
    play = ours.play([])
    rig.run()
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.END_OF_DATA
    assert play.outcome.start == play.outcome.end


def test_a_play_can_be_limited_in_time(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    play = ours.play([noise(8000)], Until(max_s=0.25))
    rig.run(40)
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.MAX_TIME
    assert ear.speech == noise(8000)[:2000]


def test_a_stopped_play_says_so_and_sends_nothing_more(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    outcomes: list[Outcome] = []
    play = ours.play([noise(8000)], done=outcomes.append)
    rig.run(10)
    play.stop()
    play.stop()
    rig.run(10)
    play.stop()
    rig.run()
    assert [outcome.reasons for outcome in outcomes] == [Reason.STOPPED]
    assert ear.speech == noise(8000)[:800]


def test_a_play_stopped_before_it_began_sends_nothing(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    play = ours.play([noise(800)])
    play.stop()
    rig.run(5)
    assert play.outcome is not None
    assert play.outcome.reasons == Reason.STOPPED
    assert ear.speech == b""


def test_one_operation_at_a_time(rig: Rig) -> None:
    ours, _ = rig.pair()
    ours.play([noise(80)])
    with pytest.raises(CardError, match="cannot collect, busy with play"):
        ours.collect(Until(max_s=1))
    with pytest.raises(CardError, match="cannot tones, busy with play"):
        ours.tones(dtmf_segments("1"))
    rig.run(5)
    ours.collect(Until(max_s=1))


def test_a_callback_may_start_the_next_play_which_follows_in_the_next_tick(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    second: list[Outcome] = []
    ours.play([noise(160)], done=lambda _: ours.play([noise(80, 2)], done=second.append) and None)
    rig.run(8)
    assert ear.speech == noise(160) + noise(80, 2)
    assert len(second) == 1


@pytest.mark.sound_only
def test_played_memory_is_pinned_until_the_play_has_ended(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    buffer = bytearray(noise(800))
    play = ours.play([buffer])
    rig.run(5)
    with pytest.raises(BufferError):
        buffer.clear()
    gc.collect()
    rig.until(lambda: play.outcome)
    rig.run(2)
    assert ear.speech == noise(800)
    buffer.clear()


def test_a_playlist_made_once_plays_on_many_lanes(rig: Rig) -> None:
    playlist = make_playlist([noise(500), noise(500, 2)])
    pairs = [rig.pair(timeslot) for timeslot in range(1, 6)]
    ears = [Ear(far) for _, far in pairs]
    for ours, _ in pairs:
        rig.run()
        ours.play(playlist)
    rig.run(20)
    assert playlist.octets == 1000
    assert all(ear.speech == noise(500) + noise(500, 2) for ear in ears)


def test_arrays_and_views_are_played_if_they_are_octets(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    ours.play([memoryview(noise(100)), np.frombuffer(noise(100, 2), np.uint8)])
    rig.run(5)
    assert ear.speech == noise(100) + noise(100, 2)


@pytest.mark.parametrize(
    ("segments", "complaint"),
    [
        ([np.zeros(4, np.int16)], "segment 0: want octets, got items of 2 octets"),
        ([b"x", np.zeros(8, np.uint8)[::2]], "contiguous"),
        (["text"], "bytes-like"),
        ([b"x"] * 257, "want at most 256 segments, got 257"),
    ],
)
def test_what_is_not_octets_is_refused(rig: Rig, segments: list[object], complaint: str) -> None:
    ours, _ = rig.pair()
    with pytest.raises(MediaError, match=complaint):
        ours.play(segments)  # type: ignore[arg-type]
    assert ours.operation is None


@pytest.mark.sound_only
def test_a_lane_that_ended_lets_go_of_what_it_played(rig: Rig) -> None:
    class Octets(bytearray):
        pass

    ours, _ = rig.pair()
    sound = Octets(noise(80))
    gone = weakref.ref(sound)
    ours.play([sound])
    del sound
    rig.run(3)
    gc.collect()
    assert gone() is None


# --- tapping


@pytest.mark.sound_only
def test_a_tap_with_look_back_hears_the_same_100_ms_later_but_knows_when_it_was(rig: Rig) -> None:
    ours, far = rig.pair()
    late = Ear(ours, look_back=True)
    far.play([noise(800)])
    rig.run(11)
    assert late.first == 80
    assert len(late.octets) == 80
    rig.run(19)
    assert late.speech == noise(800)
    assert late.begin() == 80 + 80


@pytest.mark.sound_only
def test_a_tap_hears_the_last_tick_before_its_lane_closes(rig: Rig) -> None:
    ours, far = rig.pair()
    late = Ear(ours)
    ours.tap(late._hear, look_back=True)
    late.first, late._octets = None, bytearray()
    far.play([noise(8000)])
    rig.run(20)
    ours.close()
    rig.run()
    assert len(late.octets) == 20 * 80


@pytest.mark.sound_only
def test_untap_ends_the_tap(rig: Rig) -> None:
    ours, _ = rig.pair()
    ear = Ear(ours)
    rig.run(3)
    ours.untap()
    rig.run(3)
    assert len(ear.octets) == 240


# --- handles


def test_a_closed_lane_is_stale_and_its_operation_ends_with_hang_up(rig: Rig) -> None:
    ours, _ = rig.pair()
    outcomes: list[Outcome] = []
    ours.play([noise(8000)], done=outcomes.append)
    rig.run(10)
    ours.close()
    ours.close()
    for use in (
        lambda: ours.play([b"x"]),
        lambda: ours.collect(Until(max_s=1)),
        lambda: ours.listen(None),
        lambda: ours.record("never.wav"),
        ours.arm_secret,
        ours.disarm_secret,
        ours.clear_digits,
        ours.query,
        ours.untap,
    ):
        with pytest.raises(StaleHandle, match=r"lane 0 .*the lane was closed"):
            use()
    rig.run()
    assert [outcome.reasons for outcome in outcomes] == [Reason.HANG_UP]
    assert outcomes[0].end - outcomes[0].start == 800


def test_a_row_that_serves_another_call_does_not_answer_to_the_old_handle(rig: Rig) -> None:
    old = rig.span.open_lane(1)
    rig.run()
    old.close()
    rig.run()
    new = rig.span.open_lane(1)
    assert new.index == old.index
    assert new.generation == old.generation + 1
    with pytest.raises(StaleHandle):
        old.play([b"x"])
    old.close()
    rig.run()
    assert new.is_open


def test_a_timeslot_may_be_reopened_in_the_tick_in_which_it_is_closed(rig: Rig) -> None:
    ours, far = rig.pair()
    ear = Ear(far)
    ours.play([b"\x11" * 8000])
    rig.run(5)
    ours.close()
    again = rig.span.open_lane(1)
    again.play([b"\x22" * 160])
    rig.run(10)
    assert again.index != ours.index
    assert ear.speech == b"\x11" * 400 + b"\x22" * 160


def test_a_lane_can_be_asked_what_it_does(rig: Rig) -> None:
    ours, far = rig.pair()
    rig.run(60)
    quiet = ours.query()
    assert (quiet.doing, quiet.recording, quiet.masked) == ("idle", False, False)
    assert quiet.level_dbm0 < -60
    assert quiet.quiet_s == pytest.approx(0.6)
    far.tones(dtmf_segments("5", on_ms=500, level_dbm0=-10, twist_db=0))
    ours.play([noise(8000)])
    rig.run(20)
    loud = ours.query()
    assert loud.doing == "play"
    assert loud.digits_waiting == 1
    assert loud.level_dbm0 == pytest.approx(-7, abs=0.2)
    assert loud.quiet_s == 0
    assert loud.loud_s == pytest.approx(0.19)


def test_reprs_help(rig: Rig) -> None:
    ours, _ = rig.pair(9)
    play = ours.play([noise(80)])
    assert repr(ours) == "<Lane 0.1 on ours span 1 timeslot 9>"
    assert repr(play) == "<Operation: play on lane 0, runs>"
    rig.run(3)
    assert "END_OF_DATA" in repr(play)
    assert repr(rig.ours) == "<Engine ours: 1 of 31 lanes open>"
    assert repr(rig.span) == "<Span ours span 1: end 0, 1 lanes>"
