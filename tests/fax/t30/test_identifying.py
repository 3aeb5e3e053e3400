"""Phases A and B as dialogues, after the ideas of the TSB-85 catalogue (groups B, G, E, J, X)."""

import pytest

from telcard.fax.t30 import Identified, OperatorWanted, Traced
from tests.support.fax_script import play

ANSWER = "<ced <DIS"
AFTER_DCS = ">tcf <CFR >page:200 >EOP <MCF >DCN =DONE,1"
TAKES_IT = ">CFR <page <EOP >MCF <DCN =DONE,1"

SCRIPTS = {
    # who answers, and when
    "a called station says CED, then DIS": ("receives", f"{ANSWER} >DCS:4800 {AFTER_DCS}"),
    "its identification goes before its DIS": ("receives ident", f"{ANSWER} >DCS:4800 {AFTER_DCS}"),
    "DIS is said again every T4": ("receives", f"{ANSWER} <DIS@3 <DIS@3 >DCS:4800 {AFTER_DCS}"),
    "nobody answers our DIS: T1": (
        "receives",
        f"{ANSWER} <DIS@3 <DIS <DIS <DIS <DIS <DIS =NO_COMMAND",
    ),
    "DCS may come 55 ms behind DIS": ("receives", f"{ANSWER} >DCS:4800 {AFTER_DCS}"),
    "DCS may come 2.5 s behind DIS": ("receives", f"{ANSWER} wait:2.45 >DCS:4800 {AFTER_DCS}"),
    "a caller waits 30 s for CED and DIS": (
        "sends 1 v27ter plain",
        f"wait:30 ced >DIS <DCS:4800 <tcf {TAKES_IT}",
    ),
    "a caller gives up after 40 s": ("sends 1 plain", "quiet:40 =NO_FAX"),
    "a caller needs no CED": ("sends 1 plain", f">DIS <DCS:4800 <tcf {TAKES_IT}"),
    "DIS once more, when the first one was missed": (
        "sends 1 plain",
        f"ced >bad:DIS wait:3 >DIS <DCS <tcf {TAKES_IT}",
    ),
    "DIS at last, when two were missed": (
        "sends 1 plain",
        f"ced {2 * '>bad:DIS wait:3.4 '} >DIS <DCS <tcf {TAKES_IT}",
    ),
    "unknown frames, then DIS": (
        "sends 1 plain",
        f"ced >foreign wait:1 >unknown+DIS <DCS <tcf {TAKES_IT}",
    ),
    "flags without a frame are no answer": ("sends 1", ">flags wait:3 >flags quiet:40 =NO_FAX"),
    "far end hangs up before DIS": ("sends 1", "ced >DCN =DISCONNECTED_BEFORE"),
    "far end hangs up behind our DIS": ("receives", f"{ANSWER} >DCN =DISCONNECTED_BEFORE"),
    "a frame without meaning before DIS is passed over": (
        "sends 1 plain",
        f"ced >garbage wait:3 >DIS <DCS <tcf {TAKES_IT}",
    ),
    "frames without meaning behind our DIS are passed over": (
        "receives",
        f"{ANSWER} >garbage <DIS >DCS:4800 {AFTER_DCS}",
    ),
    "flags behind our DIS, and DIS again": (
        "receives",
        f"{ANSWER} >flags <DIS >DCS:4800 {AFTER_DCS}",
    ),
    "a command with a wrong check sequence, and DIS again": (
        "receives",
        f"{ANSWER} >bad:DCS:4800 <DIS >DCS:4800 {AFTER_DCS}",
    ),
    "a command that is none of phase B, and DIS again": (
        "receives",
        f"{ANSWER} >EOP <DIS >DCS:4800 {AFTER_DCS}",
    ),
    "commands with a wrong check sequence, twice": (
        "receives",
        f"{ANSWER} >bad:DCS:4800 >tcf <DIS >bad:DCS:4800 >tcf <DIS >DCS:4800 {AFTER_DCS}",
    ),
    "a frame of another address, and DIS again": (
        "receives",
        f"{ANSWER} >foreign <DIS >DCS:4800 {AFTER_DCS}",
    ),
    "CRP twice: our DIS each time": (
        "receives",
        f"{ANSWER} >CRP <DIS >CRP <DIS >DCS:4800 {AFTER_DCS}",
    ),
    "CRP: our DIS again": ("receives", f"{ANSWER} >CRP <DIS >DCS:4800 {AFTER_DCS}"),
    # what is offered and asked for
    "a far end that cannot receive": ("sends 1", "ced >DIS:deaf <DCN =CANNOT_RECEIVE"),
    "a page that it cannot print": ("sends 1", "ced >DIS:coarse <DCN =INCOMPATIBLE"),
    "the fastest modem that both have: V.29": ("sends 1", f">DIS:v29 <DCS:9600 <tcf {TAKES_IT}"),
    "the fastest modem that both have: V.17": (
        "sends 1 plain",
        f">DIS:v17 <DCS:v17-14400 <tcf {TAKES_IT}",
    ),
    "the fastest modem that both have: ours": (
        "sends 1 v27ter plain",
        f">DIS:v17 <DCS:4800 <tcf {TAKES_IT}",
    ),
    "identification, sub-address and sender before DCS": (
        "sends 1 plain ident subaddress",
        f">DIS:v29,subaddress <DCS <tcf {TAKES_IT}",
    ),
    "a rate that was not offered": (
        "receives v29",
        f"{ANSWER} >DCS:v17-9600 <DCN =INVALID_COMMAND",
    ),
    "error correction that was not offered": (
        "receives plain",
        f"{ANSWER} >DCS:9600,ecm <DCN =INVALID_COMMAND",
    ),
    "a resolution that was not offered": (
        "receives",
        f"{ANSWER} >DCS:9600,600dpi <DCN =INVALID_COMMAND",
    ),
    "a DCS for a coding that nobody offered": (
        "receives",
        f"{ANSWER} >DCS:v17-14400,ecm,jbig <DCN =INVALID_COMMAND",
    ),
    "MMR without error correction": ("receives", f"{ANSWER} >DCS:9600,mmr <DCN =INVALID_COMMAND"),
    "a document for a station that only sends": (
        "polled 1",
        f"{ANSWER} >DCS:4800 <DCN =INVALID_COMMAND",
    ),
    # polling
    "polling: DTC for DIS with a document": (
        "polls 0 plain",
        "ced >DIS:document <DTC >DCS:4800 >tcf <CFR >page:200 >EOP <MCF >DCN =DONE,1",
    ),
    "polling two pages": (
        "polls 0 plain",
        "ced >DIS:document <DTC >DCS:4800 >tcf <CFR >page:9 >MPS <MCF "
        ">page:9 >EOP <MCF >DCN =DONE,2",
    ),
    "polling with error correction": (
        "polls 0",
        "ced >DIS:document <DTC >DCS:4800,ecm >tcf <CFR >ecm:0-3 >PPS:EOP,4 <MCF >DCN =DONE,1",
    ),
    "nothing to poll": ("polls 0", "ced >DIS <DCN =NOTHING_TO_POLL"),
    "DIS instead of DCS: DTC again": (
        "polls 0 plain",
        "ced >DIS:document <DTC >DIS:document <DTC >DIS:document <DTC >DIS:document <DCN "
        "=NO_RESPONSE_TO_DTC",
    ),
    "no answer to DTC: three times": (
        "polls 0",
        "ced >DIS:document <DTC <DTC@3 <DTC@3 <DCN =NO_RESPONSE_TO_DTC",
    ),
    "CRP: DTC again": (
        "polls 0 plain",
        "ced >DIS:document <DTC >CRP <DTC >DCS:4800 >tcf <CFR >page:9 >EOP <MCF >DCN =DONE,1",
    ),
    "DTC is refused": ("polls 0 password", ">DIS:document,password <DTC >FNV <DCN =NOT_ALLOWED"),
    "a senseless answer to DTC": ("polls 0", "ced >DIS:document <DTC >MCF <DCN =INVALID_RESPONSE"),
    "the far end hangs up behind DTC": ("polls 0", ">DIS:document <DTC >DCN =DISCONNECTED_BEFORE"),
    "polled: our document for DTC": (
        "polled 1 v27ter plain",
        f"{ANSWER} >DTC <DCS:4800 <tcf >CFR <page <EOP >MCF <DCN =DONE,1",
    ),
    "polled: three pages": (
        "polled 3 plain",
        f"{ANSWER} >DTC <DCS <tcf >CFR <page <MPS >MCF <page <MPS >MCF "
        "<page <EOP >MCF <DCN =DONE,3",
    ),
    "polled with error correction": (
        "polled 1",
        f"{ANSWER} >DTC:v17,ecm <DCS:v17-14400 <tcf >CFR <ecm <PPS:EOP >MCF <DCN =DONE,1",
    ),
    "polled: DTC again when our DCS was lost": (
        "polled 1 plain",
        f"{ANSWER} >DTC <DCS <tcf >DTC <DCS <tcf >CFR <page <EOP >MCF <DCN =DONE,1",
    ),
    "polled with the right password": (
        "polled 1 plain password",
        f"{ANSWER} >PWD:secret+DTC <DCS <tcf >CFR <page <EOP >MCF <DCN =DONE,1",
    ),
    "polled with the wrong password": (
        "polled 1 password",
        f"{ANSWER} >PWD:guessed+DTC <DCN =POLL_REFUSED",
    ),
    "polled without a password": ("polled 1 password", f"{ANSWER} >DTC <DCN =POLL_REFUSED"),
    "polled by DIS instead of DTC": (
        "polled 2 plain",
        f"{ANSWER} >DIS:v29 <DCS <tcf >CFR <page <MPS >MCF <page <EOP >MCF <DCN =DONE,2",
    ),
    "polled by DIS, but a password is wanted": (
        "polled 1 password",
        f"{ANSWER} >DIS <DCN =POLL_REFUSED",
    ),
    "polled by DIS, but there is no document": (
        "receives",
        f"{ANSWER} >DIS <DCN =NOTHING_TO_SEND",
    ),
    "polled, but there is no document": ("receives", f"{ANSWER} >DTC <DCN =NOTHING_TO_SEND"),
    "sending, then polling on the same call": (
        "sends 1 polls plain",
        ">DIS:document <DCS <tcf >CFR <page <EOM >MCF wait:6 >DIS:document <DTC "
        ">DCS:4800 >tcf <CFR >page:9 >EOP <MCF >DCN =DONE,2",
    ),
    # requests
    "stop while calling": ("sends 1", "wait:5 !stop <DCN =STOPPED"),
    "stop while a DIS waits for its answer": ("receives", f"{ANSWER} !stop <DCN =STOPPED"),
    "the line goes while calling": ("sends 1", "wait:5 !hang_up =HUNG_UP"),
    "the line goes in training": ("sends 1", ">DIS <DCS !hang_up =HUNG_UP"),
}


@pytest.mark.parametrize(("words", "script"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_dialogues_of_phases_a_and_b_end_as_the_standard_says(words: str, script: str) -> None:
    play(words, script)


def test_who_the_far_end_is_is_told() -> None:
    called = "<ced <DIS >TSI:555+SUB:42+SID:me+DCS:4800"
    (told,) = play("receives", called).carrier.log.of(Identified)
    assert (told.ident, told.subaddress, told.sender) == ("555", "42", "me")
    tester = play("sends 1", ">NSF:x+CSI:777+DIS:v29")
    (told,) = tester.carrier.log.of(Identified)
    assert told.ident == "777"
    assert str(told.maker) == "an unknown maker"
    assert told.capabilities is not None
    assert told.capabilities.receives


def test_what_we_say_of_ourselves_goes_before_dcs() -> None:
    tester = play("sends 1 ident subaddress plain", ">DIS:subaddress <DCS")
    said = [event.frame for event in tester.carrier.log.of(Traced) if event.sent]
    assert [str(frame.fcf) for frame in said] == ["TSI", "SUB", "DCS"]
    assert [frame.characters for frame in said[:2]] == ["+86 10 1234", "42"]


@pytest.mark.parametrize(
    ("offered", "said"), [("polled-subaddress", ["PSA", "DTC"]), ("subaddress", ["DTC"])]
)
def test_what_is_polled_is_named_to_whom_bit_35_says_that_he_reads_it(
    offered: str, said: list[str]
) -> None:
    tester = play("polls 0 subaddress", f">DIS:document,{offered} <DTC")
    frames = [event.frame for event in tester.carrier.log.of(Traced) if event.sent]
    assert [str(frame.fcf) for frame in frames] == said


def test_prefaces_of_an_endless_far_end_are_bounded() -> None:
    tester = play("receives", "<ced <DIS >" + "TSI:1+" * 24 + "DCS:4800 >tcf <CFR")
    assert len(tester.carrier.machine.prefaces) == 0
    assert not tester.carrier.log.of(OperatorWanted)
