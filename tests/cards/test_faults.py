"""Scripts of faults: strict files, seeds that repeat, and every kind on a card of its own."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from telcard.cards import (
    BoardState,
    EmulatedCard,
    Fault,
    FaultScript,
    StageFault,
    faults,
    inject,
    load,
)
from telcard.clock import VirtualClock, current, run
from telcard.engine import Alarm, Engine, Fidelity, Outcome, Until, dtmf_segments
from telcard.errors import CardError, ConfigError, UnknownCard

SPEC = load("d300sc_e1")

Said = list[tuple[float, str, dict[str, object]]]


class Rack:
    """Two boards of a model on one engine, and what was said of them."""

    def __init__(self, fidelity: Fidelity = "sound", frames: bool = False) -> None:
        self.engine = Engine(2 * SPEC.lanes, clock=current(), name="rack", fidelity=fidelity)
        self.boards = [
            EmulatedCard(SPEC, self.engine, name, frames=frames)
            for name in ("d300sc_e1", "d300sc_e1#2")
        ]
        self.town = Engine(4, clock=current(), name="far", fidelity=fidelity)
        self.far = [
            self.town.plug(end.line, end.end) for card in self.boards for end in card.far_ends
        ]
        self.said: Said = []

    def report(self, name: str, **facts: object) -> None:
        now = asyncio.get_running_loop().time()
        self.said.append((round(now - self.began, 2), name, facts))

    async def up(self) -> None:
        for board in self.boards:
            await board.bring_up()
        await asyncio.sleep(0.05)
        self.began = asyncio.get_running_loop().time()

    @property
    def names(self) -> list[str]:
        return [name for _, name, _ in self.said]


def on(
    scene: Callable[[Rack], Awaitable[None]], fidelity: Fidelity = "sound", frames: bool = False
) -> Rack:
    async def main() -> Rack:
        rack = Rack(fidelity, frames)
        await rack.up()
        await scene(rack)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left
        rack.engine.close()
        rack.town.close()
        return rack

    return run(main(), VirtualClock())


# --- scripts ---------------------------------------------------------------------------------

EVERY = """
[[fault]]
kind = "late_ticks"
at_s = 9
for_s = 0.2

[[fault]]
kind = "alarm"
at_s = 1.5
for_s = 5.0
target = "dtiB1"
signal = "AIS"

[[fault]]
kind = "slip"
at_s = 2.0
target = "d300sc_e1#2 dtiB1"
octets = -1

[[fault]]
kind = "bit_errors"
at_s = 3.0
for_s = 1.0
target = "dtiB1"
rate = 0.001
seed = 7

[[fault]]
kind = "stuck_channel"
at_s = 4.0
target = "#3"

[[fault]]
kind = "dsp_crash"
at_s = 5.0
target = "d300sc_e1"

[[fault]]
kind = "download_timeout"
at_s = 4.5
target = "d300sc_e1"
stage = "load"

[[fault]]
kind = "card_gone"
at_s = 7.0
for_s = 3.0
target = "d300sc_e1#2"

[[fault]]
kind = "event_overflow"
at_s = 8.0
for_s = 0.5

[[fault]]
kind = "bit_error_burst"
at_s = 10.0
for_s = 1.0
target = "dtiB1"
rate = 0.001
seed = 7
burst = 50

[[fault]]
kind = "lost_bits"
at_s = 11.0
target = "dtiB1"
bits = -3
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "faults.toml"
    path.write_text(text)
    return path


def test_a_file_may_hold_every_kind_and_is_put_in_order(tmp_path: Path) -> None:
    script = FaultScript.from_toml(written(tmp_path, EVERY))
    assert {fault.kind for fault in script.faults} == set(faults.KINDS)
    assert [fault.at_s for fault in script.faults] == sorted(f.at_s for f in script.faults)
    assert script.faults[0] == Fault(1.5, "alarm", "dtiB1", 5.0, signal="AIS")


def test_everything_that_is_wrong_with_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = """
[[fault]]
kind = "alarm"
at_s = -1
for_s = 5
target = "dtiB1"
signal = "BUZZ"

[[fault]]
kind = "dsp_crahs"
at_s = 1

[[fault]]
at_s = 1

[[fault]]
kind = "slip"
at_s = 1
target = "dtiB1"
octets = 99
for_s = 1
"""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        FaultScript.from_toml(path)
    said = str(caught.value).replace(f"{path}: ", "").splitlines()
    assert said == [
        "fault[0].at_s: want a number from 0 to 2.592e+06; got -1",
        "fault[0].signal: want one of LOS, LFA, AIS, RAI; got 'BUZZ'",
        "fault[1].kind: want one of event_overflow, late_ticks, stuck_channel, dsp_crash, "
        "card_gone, download_timeout, alarm, slip, bit_errors, bit_error_burst, lost_bits; got "
        "'dsp_crahs'",
        "fault[2].kind: is missing",
        "fault[3].for_s: unknown key",
        "fault[3].octets: want a whole number from -80 to 80; got 99",
    ]


@pytest.mark.parametrize("text", ["fault = 3", "fault = [", "", "[[fault]]", "\xff"])
def test_what_is_no_script_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "faults.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=re.escape(str(path))):
        FaultScript.from_toml(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        FaultScript.from_toml(tmp_path / "none.toml")


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"fault: want one of alarm, .*; got 'earthquake'"):
        Fault(1.0, "earthquake")


def test_a_seed_gives_the_same_faults_again_and_they_fit_the_boards() -> None:
    async def scene(rack: Rack) -> None:
        script = FaultScript.from_seed(7, 3600, rack.boards)
        assert script == FaultScript.from_seed(7, 3600, rack.boards)
        assert script != FaultScript.from_seed(8, 3600, rack.boards)
        assert 30 < len(script.faults) < 90
        assert {fault.kind for fault in script.faults} == set(faults.KINDS) - set(faults.FRAMED)
        only = FaultScript.from_seed(7, 3600, rack.boards, every_s=600, kinds=["slip"])
        assert {fault.kind for fault in only.faults} == {"slip"}
        with pytest.raises(ValueError, match="want a distance above 0 s, got 0"):
            FaultScript.from_seed(7, 3600, rack.boards, every_s=0)

    on(scene)


def test_faults_of_frames_are_drawn_for_lines_that_have_them() -> None:
    async def bare(rack: Rack) -> None:
        with pytest.raises(ValueError, match="want a line with frames for bit_error_burst, lost_b"):
            FaultScript.from_seed(7, 3600, rack.boards, kinds=["lost_bits"])
        for kind in faults.FRAMED:
            with pytest.raises(CardError, match=f"want a line with frames for {kind}, dtiB1 has n"):
                await inject(rack, FaultScript.of(Fault(0, kind, "dtiB1")))
        assert rack.said == []

    async def framed(rack: Rack) -> None:
        script = FaultScript.from_seed(7, 3600, rack.boards)
        assert script == FaultScript.from_seed(7, 3600, rack.boards)
        assert {fault.kind for fault in script.faults} == set(faults.KINDS)
        drawn = [fault for fault in script.faults if fault.kind in faults.FRAMED]
        assert {fault.target for fault in drawn} <= {"d300sc_e1 dtiB1", "d300sc_e1#2 dtiB1"}

    on(bare)
    on(framed, frames=True)


def test_bursts_and_lost_bits_harm_the_framing() -> None:
    async def scene(rack: Rack) -> None:
        hurt, whole = (board.lines[0].span.carrier for board in rack.boards)
        assert hurt is not None
        assert whole is not None
        before = whole.status()
        await inject(rack, FaultScript.of(Fault(0.1, "lost_bits", "dtiB1", bits=3)))
        await asyncio.sleep(0.2)
        assert hurt.status().losses == 1
        assert hurt.status().aligned
        blocks = hurt.status().crc_errors
        burst = Fault(0.1, "bit_error_burst", "dtiB1", 1.0, rate=1e-4, seed=5, burst=100)
        await inject(rack, FaultScript.of(burst))
        await asyncio.sleep(0.1)
        # 200 wrong bits, but only in 4 pieces: each of them makes one block, or two.
        assert 1 <= hurt.status().crc_errors - blocks <= 16
        assert hurt.status().losses == 1
        assert whole.status().crc_errors == before.crc_errors

    rack = on(scene, frames=True)
    assert rack.names == ["fault", "fault", "fault_over"]


def test_without_sound_frames_have_no_bits_to_harm() -> None:
    async def scene(rack: Rack) -> None:
        lost = Fault(0.1, "lost_bits", "dtiB1")
        await inject(rack, FaultScript.of(lost, Fault(0.2, "bit_error_burst", "dtiB1", 1.0)))

    rack = on(scene, "events", frames=True)
    assert rack.names == ["fault_skipped", "fault_skipped"]
    assert rack.said[0][2]["why"] == "dtiB1: cannot lose bits, its engine has no sound"


def test_a_target_that_is_not_there_is_refused_before_anything_happens() -> None:
    async def scene(rack: Rack) -> None:
        ok = Fault(0, "slip", "dtiB1")
        for fault, said in (
            (Fault(9, "alarm", "dtiB9"), "no line is called 'dtiB9'; there are d300sc_e1, "),
            (Fault(9, "stuck_channel", "dxxxB99C1"), "no channel is called 'dxxxB99C1'"),
            (Fault(9, "dsp_crash", "msi"), "no board is called 'msi'"),
            (Fault(9, "slip", "msi dtiB1"), "no board is called 'msi'"),
            (Fault(9, "download_timeout", "d300sc_e1", stage="x"), "want a stage of reset, "),
        ):
            with pytest.raises(UnknownCard, match=said):
                await inject(rack, FaultScript.of(ok, fault))
        assert rack.said == []

    on(scene)


# --- every kind ------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", faults.SIGNALS)
def test_an_alarm_stands_for_its_time(signal: str) -> None:
    async def scene(rack: Rack) -> None:
        line = rack.boards[1].lines[0]
        told: list[tuple[float, Alarm]] = []
        loop = asyncio.get_running_loop()
        line.on_alarm(lambda alarms: told.append((round(loop.time() - rack.began, 1), alarms)))
        fault = Fault(1.0, "alarm", "d300sc_e1#2 dtiB1", 5.0, signal=signal)
        await inject(rack, FaultScript.of(fault))
        await asyncio.sleep(0.1)
        assert told == [(1.0, Alarm[signal]), (6.0, Alarm.NONE)]
        assert rack.boards[0].lines[0].alarms() == Alarm.NONE
        assert [(at, name) for at, name, _ in rack.said] == [(1.0, "fault"), (6.0, "fault_over")]

    on(scene)


def test_alarms_that_overlap_end_with_the_last_of_them() -> None:
    async def scene(rack: Rack) -> None:
        line = rack.boards[0].lines[0]
        first = Fault(1.0, "alarm", "dtiB1", 5.0, signal="LOS")
        script = FaultScript.of(first, Fault(3.0, "alarm", "dtiB1", 5.0, signal="AIS"))
        injecting = asyncio.create_task(inject(rack, script))
        for at_s, alarm in ((2, Alarm.LOS), (4, Alarm.AIS), (7, Alarm.AIS), (9, Alarm.NONE)):
            await asyncio.sleep(at_s - (asyncio.get_running_loop().time() - rack.began))
            assert line.alarms() == alarm
        await injecting

    on(scene)


def test_an_injection_that_is_cancelled_mends_what_lasts() -> None:
    async def scene(rack: Rack) -> None:
        script = FaultScript.of(
            Fault(1.0, "alarm", "dtiB1", 50.0),
            Fault(1.0, "card_gone", "d300sc_e1#2", 50.0),
            Fault(1.0, "event_overflow", for_s=50.0),
            Fault(30.0, "slip", "dtiB1"),
        )
        injecting = asyncio.create_task(inject(rack, script))
        await asyncio.sleep(2)
        injecting.cancel()
        await asyncio.gather(injecting, return_exceptions=True)
        await asyncio.sleep(0.1)
        assert rack.boards[0].lines[0].alarms() == Alarm.NONE
        assert rack.boards[1].hardware.there
        assert rack.names.count("fault_over") == 3

    on(scene)


def test_slips_and_bit_errors_reach_the_line() -> None:
    async def scene(rack: Rack) -> None:
        board = rack.boards[0]
        with board.open_bearer(board.spans[0], 1):
            await inject(
                rack,
                FaultScript.of(
                    Fault(0.1, "slip", "dtiB1", octets=-3),
                    Fault(0.1, "bit_errors", "dtiB1", 1.0, rate=0.01),
                ),
            )
            await asyncio.sleep(0.02)
            counted = board.spans[0].bit_errors
            await asyncio.sleep(1)
            assert board.spans[0].bit_errors == counted
        assert board.spans[0].slips == 3
        assert 500 < counted < 800  # 64,000 bits
        assert rack.boards[1].spans[0].slips == 0

    on(scene)


@pytest.mark.parametrize("target", ["dtiB1T4", "dxxxB1C4", "d300sc_e1 dxxxB1C4", "#2", "#4"])
def test_a_stuck_channel_is_found_by_its_names(target: str) -> None:
    async def scene(rack: Rack) -> None:
        board = rack.boards[0]
        bearers = [board.open_bearer(board.spans[0], timeslot) for timeslot in (3, 4)]
        ended: list[Outcome] = []
        stuck: list[bool] = []
        bearers[1].lane.on_stuck(lambda: stuck.append(True))
        bearers[1].lane.play([bytes(8000)], done=ended.append)
        # The voice resources are taken in order, whatever timeslot asks for them.
        await inject(rack, FaultScript.of(Fault(0.1, "stuck_channel", target)))
        await asyncio.sleep(5)
        assert (ended, stuck) == ([], [True])
        for bearer in bearers:
            bearer.close()
        await asyncio.sleep(0.1)
        assert len(ended) == 1

    on(scene)


def test_faults_that_find_nothing_to_harm_are_skipped_and_told() -> None:
    async def scene(rack: Rack) -> None:
        script = FaultScript.of(
            Fault(0.1, "stuck_channel", "#1"),
            Fault(0.2, "stuck_channel", "dtiB1T1"),
            Fault(0.3, "dsp_crash", "d300sc_e1"),
            Fault(0.4, "dsp_crash", "d300sc_e1"),
        )
        await inject(rack, script)

    rack = on(scene)
    assert rack.names == ["fault_skipped", "fault_skipped", "fault", "fault_skipped"]
    assert rack.said[0][2]["why"] == "no channel is in use"
    assert rack.said[1][2]["why"] == "dtiB1T1 is not in use"
    assert "d300sc_e1 is fault" in str(rack.said[3][2]["why"])


def test_a_download_that_is_to_hang_hangs_once() -> None:
    async def scene(rack: Rack) -> None:
        board = rack.boards[0]
        await inject(
            rack,
            FaultScript.of(
                Fault(0.1, "download_timeout", "d300sc_e1", stage="load"),
                Fault(0.2, "dsp_crash", "d300sc_e1"),
            ),
        )
        assert board.hardware.next_faults == {"load": StageFault.SILENT}
        with pytest.raises(Exception, match="no answer within 30 s"):
            await board.bring_up()
        await board.bring_up()
        assert board.status.state is BoardState.READY
        assert rack.boards[1].status.state is BoardState.READY

    on(scene)


def test_a_card_that_is_gone_sends_nothing_until_it_is_back() -> None:
    async def scene(rack: Rack) -> None:
        board = rack.boards[1]
        injecting = asyncio.create_task(
            inject(rack, FaultScript.of(Fault(1.0, "card_gone", "d300sc_e1#2", 3.0)))
        )
        await asyncio.sleep(2)
        assert board.status.state is BoardState.ABSENT
        assert [span.alarms for span in rack.far] == [Alarm.NONE, Alarm.LOS]
        await injecting
        await board.bring_up()
        await asyncio.sleep(0.1)
        assert [span.alarms for span in rack.far] == [Alarm.NONE, Alarm.NONE]

    on(scene)


def test_a_full_ring_of_events_delays_what_somebody_waits_for() -> None:
    async def scene(rack: Rack) -> None:
        board = rack.boards[0]
        ended: list[float] = []
        loop = asyncio.get_running_loop()
        with board.open_bearer(board.spans[0], 1) as bearer:
            rack.far[0].open_lane(1).tones(dtmf_segments("12"))
            until = Until(max_digits=2)
            bearer.lane.collect(until, lambda outcome: ended.append(loop.time() - rack.began))
            script = FaultScript.of(Fault(0.0, "event_overflow", for_s=2.0))
            await inject(rack, script)
            await asyncio.sleep(0.1)
        assert ended == [pytest.approx(2.01, abs=0.02)]
        assert rack.engine.stats().events.lost > 0

    on(scene)


def test_late_ticks_are_made_up_for() -> None:
    async def scene(rack: Rack) -> None:
        board = rack.boards[0]
        with board.open_bearer(board.spans[0], 1) as bearer:
            playing = bearer.lane.play([bytes(8000)])
            await inject(rack, FaultScript.of(Fault(0.2, "late_ticks", for_s=0.3)))
            assert playing.outcome is None
            await asyncio.sleep(1)
            assert playing.outcome is not None
            assert playing.outcome.end - playing.outcome.start == 8000
        assert rack.engine.stats().ticks_late == 30

    on(scene)


def test_without_sound_lines_and_boards_fail_and_what_only_sound_can_suffer_is_skipped() -> None:
    async def scene(rack: Rack) -> None:
        script = FaultScript.of(
            Fault(0.1, "slip", "dtiB1"),
            Fault(0.2, "bit_errors", "dtiB1", 1.0),
            Fault(0.3, "event_overflow", for_s=1.0),
            Fault(0.4, "late_ticks", for_s=1.0),
            Fault(0.5, "alarm", "dtiB1", 1.0),
            Fault(0.6, "dsp_crash", "d300sc_e1"),
        )
        injecting = asyncio.create_task(inject(rack, script))
        await asyncio.sleep(1)
        assert rack.boards[0].lines[0].alarms() == Alarm.LOS
        assert rack.boards[0].status.state is BoardState.FAULT
        await injecting

    rack = on(scene, "events")
    assert rack.names == [*["fault_skipped"] * 4, "fault", "fault", "fault_over"]
    assert "cannot slip octets" in str(rack.said[0][2]["why"])
