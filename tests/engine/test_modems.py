"""Data links on lanes: octets between two engines, places that are used again, and refusals."""

import pytest

from telcard._native import engine as native
from telcard.dsp.datalink import DataLink, LinkEnd, LinkTimes
from telcard.engine import Engine, Lane, Reason
from telcard.errors import CardError
from tests.support.line import Ear, Rig

QUICK = LinkTimes(quiet_s=0.02, tone_s=0.1, carrier_s=2)
SHORT = LinkTimes(quiet_s=0, tone_s=0, pause_s=0, carrier_s=0.3)


def linked(rig: Rig, lane: Lane, far: Lane, mode: str) -> tuple[DataLink, DataLink]:
    host, terminal = DataLink(mode, times=QUICK), DataLink(mode, "call", times=QUICK)
    lane.modem(host)
    far.modem(terminal)
    return host, terminal


@pytest.mark.parametrize("mode", ["v21", "v23_half"])
def test_octets_cross_a_line_between_two_engines(rig: Rig, mode: str) -> None:
    lane, far = rig.pair()
    host, terminal = linked(rig, lane, far, mode)
    rig.until(lambda: host.connected and terminal.connected)
    terminal.write(b"request")
    came = bytearray()
    rig.until(lambda: came.extend(host.read()) or len(came) == 7)
    assert came == b"request"
    assert lane.query().doing == "modem"
    host.write(b"reply")
    came.clear()
    rig.until(lambda: came.extend(terminal.read()) or len(came) == 5)
    assert came == b"reply"
    operation = lane.operation
    assert operation is not None
    host.close()
    rig.until(lambda: operation.outcome)
    assert operation.outcome is not None
    assert operation.outcome.reasons == Reason.END_OF_DATA
    assert host.why is LinkEnd.CLOSED


def test_many_lanes_run_modems_side_by_side_and_none_hears_another(rig: Rig) -> None:
    pairs = [rig.pair(slot) for slot in [*range(1, 16), *range(17, 20)]]
    modes = ["v21", "v23_half", "bell103"]
    links = [linked(rig, *pair, modes[i % 3]) for i, pair in enumerate(pairs)]
    rig.until(lambda: all(a.connected and b.connected for a, b in links))
    for i, (_, terminal) in enumerate(links):
        terminal.write(b"terminal %02d" % i)
    rig.run(100)
    assert [host.read() for host, _ in links] == [b"terminal %02d" % i for i in range(len(links))]


def test_a_lanes_sound_does_not_depend_on_its_place(rig: Rig) -> None:
    first, far_first = rig.pair(1)
    second, far_second = rig.pair(2)
    ears = Ear(far_first), Ear(far_second)
    first.modem(DataLink("v23_half", times=SHORT))
    second.modem(other := DataLink("v23_half", times=SHORT))
    assert first.operation is not None
    first.operation.stop()
    rig.run(3)
    first.modem(again := DataLink("v23_half", times=SHORT))
    other.write(b"same")
    again.write(b"same")
    rig.run(50)
    assert ears[0].speech == ears[1].speech != b""


def test_news_come_when_there_are_some(rig: Rig) -> None:
    lane, far = rig.pair()
    host = DataLink("v21", times=QUICK)
    told: list[str] = []
    lane.modem(host, news=lambda: told.append(host.state.phase.name))
    rig.run(60)
    assert told == ["ANSWER_TONE", "PAUSE", "WAITS"]
    assert far.operation is None


def test_every_end_says_why_and_gives_the_place_back(rig: Rig) -> None:
    lane, _ = rig.pair()
    places = set()
    for _ in range(40):
        outcomes: list[Reason] = []
        link = DataLink("v21", times=SHORT)
        operation = lane.modem(link, done=lambda outcome: outcomes.append(outcome.reasons))  # noqa: B023
        places.add(repr(rig.ours.modems))
        rig.run(2)
        operation.stop()
        rig.run(2)
        assert outcomes == [Reason.STOPPED]
    assert places == {"<Modems of ours: 1 groups>"}
    link = DataLink("v21", times=SHORT)
    operation = lane.modem(link)
    rig.until(lambda: operation.outcome)
    assert link.why is LinkEnd.NO_CARRIER
    operation = lane.modem(DataLink("v21", times=SHORT))
    rig.run(2)
    lane.close()
    rig.until(lambda: operation.outcome)
    assert operation.outcome is not None
    assert operation.outcome.reasons == Reason.HANG_UP


def test_what_cannot_be_is_refused_in_one_sentence(rig: Rig) -> None:
    lane, _ = rig.pair()
    link = DataLink()
    lane.modem(link)
    with pytest.raises(CardError, match="busy with modem"):
        lane.play([b"x"])
    with pytest.raises(CardError, match="cannot arm a secret, a modem runs"):
        lane.arm_secret()
    other, _ = rig.pair(2)
    with pytest.raises(ValueError, match="want a new link, it ran on ours lane 0"):
        other.modem(link)
    other.arm_secret()
    with pytest.raises(CardError, match="cannot run a modem, a secret step is armed"):
        other.modem(DataLink())
    quiet = Engine(1, fidelity="events")
    with pytest.raises(CardError, match="cannot run a modem, it carries events and no sound"):
        quiet.open_resource("x").modem(DataLink())
    quiet.close()


def test_places_run_out() -> None:
    engine = Engine(1)
    assert isinstance(engine.core, native.Core)
    lane = engine.open_resource("x")
    count = engine.core.modem_groups()
    engine.modems._made = [None] * count  # type: ignore[list-item]
    with pytest.raises(CardError, match=f"no place for another modem, all {count} groups of 16"):
        lane.modem(DataLink())
    engine.close()
