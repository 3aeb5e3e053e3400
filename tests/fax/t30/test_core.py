"""What sender and receiver have in common: evidence, timers, programs."""

import pytest

from telcard.fax.frames import Fcf, Frame
from telcard.fax.phases import (
    CarrierLost,
    CarrierUp,
    Content,
    Fast,
    FrameReceived,
    Frames,
    Greeted,
    Greeting,
    Image,
    Listen,
    PhaseDone,
    Program,
    Rate,
    Silence,
    Tone,
    TrainingCheck,
    TrainingChecked,
)
from telcard.fax.t30 import Ended, Profile, Reason, State, Station, Terminal, Traced
from telcard.fax.t30.core import WAITS
from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from tests.support.fax_script import play
from tests.support.fax_sheets import Sheet, Sink, Source

DCS = Frame(Fcf.DCS, bytes.fromhex("002a00")).encode()


def programs(effects: list[Effect]) -> list[Program]:
    return [effect.pdu for effect in effects if isinstance(effect, Send)]


def timers(effects: list[Effect]) -> list[str]:
    return [effect.name for effect in effects if isinstance(effect, StartTimer)]


def called() -> Terminal:
    machine = Terminal(Station(calling=False), sink=Sink())
    machine.fire("start")
    return machine


def test_an_answer_is_one_program_with_the_listening_for_what_it_calls_forth() -> None:
    machine = Terminal(Station(calling=False), sink=Sink())
    effects = machine.fire("start")
    (program,) = programs(effects)
    silence, ced, dis, listen = program.phases
    assert (silence, ced) == (Silence(1800), Tone.CED)
    assert isinstance(dis, Frames)
    assert isinstance(listen, Listen)
    assert listen.after_dcs == frozenset(Rate)
    assert timers(effects) == ["T1"]


def test_a_caller_says_so_while_it_listens() -> None:
    machine = Terminal(Station(calling=True), Source(Sheet()))
    (program,) = programs(machine.fire("start"))
    assert program.phases == (Listen(calling_tone=True),)


def test_t4_begins_when_all_has_been_said() -> None:
    machine = called()
    assert timers(machine.fire("hear", PhaseDone(0, 1, 1))) == []
    assert timers(machine.fire("hear", PhaseDone(0, 99, 2))) == []
    assert timers(machine.fire("hear", PhaseDone(0, 1, 2))) == ["T4"]


def test_flags_hold_t4_and_a_frame_is_waited_for() -> None:
    machine = called()
    machine.fire("hear", PhaseDone(0, 1, 2))
    assert machine.fire("hear", CarrierUp(10_000, None)) == [StopTimer("T4"), StartTimer("frame")]
    preface = Frame(Fcf.TSI, b"1", final=False).encode()
    assert timers(machine.fire("hear", FrameReceived(18_000, preface))) == ["frame"]
    assert machine.fire("hear", CarrierLost(20_000, None)) == [
        StopTimer("frame"),
        StartTimer("gap"),
    ]
    assert timers(machine.expire("gap")) == ["T4"]


def test_what_ends_too_soon_behind_our_words_is_an_echo() -> None:
    machine = called()
    machine.fire("hear", PhaseDone(8000, 1, 2))
    machine.fire("hear", CarrierUp(9000, None))
    assert timers(machine.fire("hear", CarrierLost(12_000, None))) == ["T4"]


def test_the_training_check_is_listened_for_before_the_dcs_is_known_here() -> None:
    """The carrier does it, by `after_dcs`: a DCS causes no program."""
    machine = called()
    machine.fire("hear", PhaseDone(0, 1, 2))
    effects = machine.fire("hear", FrameReceived(20_000, DCS))
    assert machine.state is State.CHECKING
    assert programs(effects) == []
    assert timers(effects) == ["check"]
    good = TrainingChecked(40_000, Rate.V17_14400, 21_600, 0, 21_600)
    machine.agreement = machine.agreement
    (program,) = programs(machine.fire("hear", good))
    frames, listen = program.phases
    assert isinstance(frames, Frames)
    assert isinstance(listen, Listen)
    assert listen.fast is not None
    assert listen.fast.content is Content.IMAGE


def test_a_page_and_its_command_are_one_program() -> None:
    tester = play("sends 1 plain", ">DIS:v17 <DCS <tcf >CFR <page")
    programs = tester.carrier.log.programs
    dcs, check, listen = programs[-2].phases
    assert isinstance(dcs, Frames)
    assert check == TrainingCheck(Rate.V17_14400)
    assert listen == Listen()
    image, command, listen = programs[-1].phases
    assert isinstance(image, Image)
    assert image.short
    assert isinstance(command, Frames)
    assert listen == Listen()


def test_a_receiver_trains_in_short_as_the_sender_does() -> None:
    tester = play("receives", "<ced <DIS >DCS:v17-9600 >tcf <CFR >page:9 >MPS <MCF")
    fast = [p.phases[-1].fast for p in tester.carrier.log.programs if len(p.phases) == 2]
    assert fast == [Fast(Rate.V17_9600, True, Content.IMAGE)] * 2


def test_nothing_is_heard_before_the_beginning_and_behind_the_end() -> None:
    machine = Terminal(Station(calling=False), sink=Sink())
    assert machine.fire("hear", Greeted(0, Greeting.CNG)) == []
    machine.fire("start")
    ended = machine.fire("hang_up")
    assert [e.event for e in ended if isinstance(e, Report)] == [Ended(Reason.HUNG_UP, phase="B")]
    assert programs(ended) == [Program(2, ())]
    assert machine.running == set()
    assert machine.fire("hear", FrameReceived(1, DCS)) == []


def test_a_caller_that_does_not_know_of_an_answer_waits_by_t0_then_by_t1() -> None:
    machine = Terminal(Station(calling=True), Source(Sheet()))
    assert timers(machine.fire("start", False)) == ["T0"]
    voice, ced = Greeted(400, Greeting.SOUND), Greeted(800, Greeting.CED)
    assert machine.fire("hear", voice) == [Report(Traced(400, False, voice))]
    heard = machine.fire("hear", ced)
    assert heard == [Report(Traced(800, False, ced)), StopTimer("T0"), StartTimer("T1")]
    assert machine.fire("hear", CarrierUp(900, None)) == []
    silent = Terminal(Station(calling=True), Source(Sheet()))
    silent.fire("start", False)
    ended = [e.event for e in silent.expire("T0") if isinstance(e, Report)]
    assert ended == [Ended(Reason.NO_SIGNAL, "nothing was heard", "A")]


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        ((), "nothing was heard"),
        ((Greeting.SOUND,), "a voice or another sound was heard, but no fax"),
        ((Greeting.SOUND, Greeting.CED), "CED was heard, but no frames"),
    ],
)
def test_a_caller_whom_no_fax_answers_tells_what_was_there(
    heard: tuple[Greeting, ...], words: str
) -> None:
    machine = Terminal(Station(calling=True), Source(Sheet()))
    machine.fire("start")
    for greeting in heard:
        machine.fire("hear", Greeted(800, greeting))
    ended = [e.event for e in machine.expire("T1") if isinstance(e, Report)]
    assert ended == [Ended(Reason.NO_FAX, words, "A")]


def test_a_fault_of_ours_is_told_as_such() -> None:
    machine = Terminal(Station(calling=False), sink=Sink())
    machine.fire("start")
    failed = machine.fire("fail", "cp6_sc: it was pulled out")
    (ended,) = [e.event for e in failed if isinstance(e, Report)]
    assert ended == Ended(Reason.FAULT, "cp6_sc: it was pulled out", "B")
    assert machine.fire("fail", "again") == []


def test_a_timer_that_is_late_does_nothing() -> None:
    assert called().expire("T3") == []


def test_whatever_waits_has_a_timer() -> None:
    """After every step of a dialogue."""
    tester = play("receives", "<ced <DIS")
    machine = tester.carrier.machine
    script = ">DCS:9600 >tcf <CFR >page:9 >garbage >MPS <MCF >flags >EOP <RTN"
    for step in script.split():
        tester.play(step)
        wait = WAITS.get(machine.state)
        assert wait is None or machine.sending or machine.running & {wait, "frame", "gap"}


def test_endless_talk_without_getting_on_ends() -> None:
    """A far end that says flags for ever, and nothing else."""
    machine = Terminal(Station(False), sink=Sink(), profile=Profile(fruitless=10))
    machine.fire("start")
    machine.fire("hear", PhaseDone(0, 1, 2))
    machine.fire("hear", FrameReceived(9000, DCS))
    at = 40_000
    for _ in range(40):
        if machine.state is State.DISCONNECTING:
            break
        at += 20_000
        machine.fire("hear", CarrierUp(at, None))
        machine.fire("hear", CarrierLost(at + 12_000, None))
        machine.expire("gap")
    assert machine.state is State.DISCONNECTING


def test_frames_are_told_with_what_became_of_them() -> None:
    log = play("receives", "<ced <DIS >bad:DCS:9600 >DCS:9600").carrier.log
    notes = [(told.sent, told.note) for told in log.of(Traced)]
    assert notes == [(True, ""), (False, "check sequence wrong"), (False, "")]
