"""The station that receives, as dialogues after the ideas of TSB-85 (MRGN, OREN, MRGX)."""

import pytest

from telcard.fax.frames import Fcf, Frame
from telcard.fax.phases import Quality, TrainingChecked
from telcard.fax.t30 import Identified, OperatorWanted, PageReport, Trained
from telcard.machine import Send
from tests.support.fax_script import play

DIS = "<ced <DIS"
READY = f"{DIS} >DCS:4800 >tcf <CFR"
FAST = f"{DIS} >DCS:v17-14400 >tcf <CFR"
ECM = f"{DIS} >DCS:v17-14400,ecm >tcf <CFR"
LAST = ">page:200 >EOP <MCF >DCN =DONE"
REST = "8,9,10,11,12,13,14,15,16,17,18,19"

SCRIPTS = {
    # training
    "one page at each rate: 2400": ("receives", f"{DIS} >DCS:2400 >tcf <CFR {LAST},1"),
    "one page at each rate: 4800": ("receives", f"{READY} {LAST},1"),
    "one page at each rate: V.29 7200": ("receives", f"{DIS} >DCS:7200 >tcf <CFR {LAST},1"),
    "one page at each rate: V.29 9600": ("receives", f"{DIS} >DCS:9600 >tcf <CFR {LAST},1"),
    "one page at each rate: V.17 7200": ("receives", f"{DIS} >DCS:v17-7200 >tcf <CFR {LAST},1"),
    "one page at each rate: V.17 9600": ("receives", f"{DIS} >DCS:v17-9600 >tcf <CFR {LAST},1"),
    "one page at each rate: V.17 12000": ("receives", f"{DIS} >DCS:v17-12000 >tcf <CFR {LAST},1"),
    "one page at each rate: V.17 14400": ("receives", f"{FAST} {LAST},1"),
    "a bad training check: FTT": (
        "receives",
        f"{DIS} >DCS:9600 >tcf:bad <FTT >DCS:7200 >tcf:bad <FTT >DCS:4800 >tcf <CFR {LAST},1",
    ),
    "a DCS without a training check: FTT": (
        "receives",
        f"{DIS} >DCS:4800 <FTT@4 >DCS:4800 >tcf <CFR {LAST},1",
    ),
    "DCS once more, when our CFR was lost": ("receives", f"{READY} >DCS:4800 >tcf <CFR {LAST},1"),
    "DCS at another rate behind CFR": ("receives", f"{FAST} >DCS:9600 >tcf <CFR {LAST},1"),
    "CRP: CFR again": ("receives", f"{READY} >CRP <CFR {LAST},1"),
    "DCS behind FTT was lost, its check was not heard, and it comes again": (
        "receives",
        f"{DIS} >DCS:4800 >tcf:bad <FTT >bad:DCS:4800 wait:6.5 >DCS:4800 >tcf <CFR {LAST},1",
    ),
    "DCS 5 s behind FTT": (
        "receives",
        f"{DIS} >DCS:4800 >tcf:bad <FTT wait:4 >DCS:4800 >tcf <CFR {LAST},1",
    ),
    "nothing behind FTT: T2": ("receives", f"{DIS} >DCS:4800 >tcf:bad <FTT quiet:7 =COMMAND_LOST"),
    "nothing behind CFR: T2": ("receives", f"{READY} quiet:7 =NO_PAGE"),
    "DCN behind CFR": ("receives", f"{READY} >DCN =DISCONNECTED_DURING"),
    "DCN behind FTT": ("receives", f"{DIS} >DCS:4800 >tcf:bad <FTT >DCN =DISCONNECTED_DURING"),
    "a DCS with eight octets of fields": (
        "receives",
        f"{DIS} >TSI:1+DCS:4800,eight >tcf <CFR {LAST},1",
    ),
    "two DCS without a training check": (
        "receives",
        f"{DIS} >DCS:4800 <FTT@4 >DCS:4800 <FTT@4 >DCS:4800 >tcf <CFR {LAST},1",
    ),
    "a DCS without a training check behind CFR": (
        "receives",
        f"{READY} >DCS:4800 <FTT@4 >DCS:4800 >tcf <CFR {LAST},1",
    ),
    "DCS behind CFR was lost, its check is no page, and it comes again": (
        "receives",
        f"{READY} >bad:DCS:4800 >tcf wait:3.4 >DCS:4800 >tcf <CFR {LAST},1",
    ),
    "a DCS that says it has received a DIS": (
        "receives",
        f"{DIS} >x:DCS:4800 >tcf <CFR >x:DCS:4800 >tcf <CFR >DCN =DISCONNECTED_DURING",
    ),
    "the line goes in a training check": ("receives", f"{READY} >DCS:4800 >tcf !hang_up =HUNG_UP"),
    # pages
    "5 s between all that belongs together": (
        "receives",
        f"{READY} wait:4.9 >page:200 wait:4.9 >MPS <MCF wait:4.9 >page:200 wait:4.9 >EOP <MCF "
        ">DCN =DONE,2",
    ),
    "two pages": ("receives", f"{READY} >page:200 >MPS <MCF {LAST},2"),
    "V.17 trains in short behind the first page": (
        "receives",
        f"{FAST} >page:200 >MPS <MCF >page:200 >MPS <MCF {LAST},3",
    ),
    "EOM: DIS behind T2, and a new document": (
        "receives",
        f"{READY} >page:200 >EOM <MCF <DIS@7 >DCS:9600 >tcf <CFR {LAST},2",
    ),
    "EOM: DCS without waiting for DIS": (
        "receives",
        f"{READY} >page:200 >EOM <MCF >DCS:9600 >tcf <CFR {LAST},2",
    ),
    "EOM, and nothing more": (
        "receives",
        f"{READY} >page:200 >EOM <MCF <DIS@7 {7 * '<DIS '} =NO_COMMAND,1",
    ),
    "EOM again and again": (
        "receives",
        f"{READY} >page:200 >EOM <MCF >EOM <MCF >EOM <MCF <DIS@7 >DCS:4800 >tcf <CFR {LAST},2",
    ),
    "a page, then ours is polled behind DIS": (
        "receives holds plain",
        f"{READY} >page:200 >EOM <MCF <DIS@7 >DTC:v29 <DCS <tcf >CFR <page <EOP >MCF <DCN =DONE,2",
    ),
    "a page, then ours is polled at once": (
        "receives holds plain",
        f"{READY} >page:200 >EOM <MCF wait:2 >DTC:v29 <DCS <tcf >CFR <page <EOP >MCF <DCN =DONE,2",
    ),
    "EOM, then the document of ours is polled": (
        "polled 1 plain",
        f"{DIS} >DTC:v29 <DCS <tcf >CFR <page <EOP >MCF <DCN =DONE,1",
    ),
    "EOP once more, when our MCF was lost": (
        "receives",
        f"{READY} >page:200 >EOP <MCF wait:1.5 >EOP <MCF >DCN =DONE,1",
    ),
    "EOP again and again": (
        "receives",
        f"{READY} >page:200 >EOP <MCF {5 * 'wait:1.5 >EOP <MCF '} >DCN =DONE,1",
    ),
    "MPS once more, when our MCF was lost": (
        "receives",
        f"{READY} >page:200 >MPS <MCF wait:1.5 >MPS <MCF {LAST},2",
    ),
    "MPS again and again": (
        "receives",
        f"{READY} >page:200 >MPS <MCF {2 * 'wait:3 >MPS <MCF '} {LAST},2",
    ),
    "the line goes behind a repeated command": (
        "receives",
        f"{READY} >page:200 >EOP <MCF >EOP !hang_up =HUNG_UP,1",
    ),
    "DCN was lost": ("receives", f"{READY} >page:200 >EOP <MCF quiet:7 =DONE,1"),
    "DCN behind a page": ("receives", f"{READY} >page:200 >DCN =DISCONNECTED_DURING,0"),
    "DCN behind MPS": ("receives", f"{READY} >page:200 >MPS <MCF >DCN =DISCONNECTED_DURING,1"),
    "DCN behind EOM": ("receives", f"{READY} >page:200 >EOM <MCF >DCN =DONE,1"),
    "nothing behind a page: T2": ("receives", f"{READY} >page:200 quiet:7 =COMMAND_LOST,0"),
    "nothing behind MPS: T2": ("receives", f"{READY} >page:200 >MPS <MCF quiet:7 =NO_PAGE,1"),
    "a command without its page: RTN": (
        "receives",
        f"{READY} >EOP <RTN >DCS:2400 >tcf <CFR {LAST},1",
    ),
    "EOP without its page behind MPS: RTN": (
        "receives",
        f"{READY} >page:200 >MPS <MCF >EOP <RTN >DCS:2400 >tcf <CFR {LAST},2",
    ),
    "a training check without end: FTT": (
        "receives",
        f"{DIS} >DCS:4800 >tcf:endless <FTT@5 >DCS:4800 >tcf <CFR {LAST},1",
    ),
    "a frame without meaning behind a page is passed over": (
        "receives",
        f"{READY} >page:200 >garbage >EOP <MCF >DCN =DONE,1",
    ),
    "only frames without meaning behind a page": (
        "receives",
        f"{READY} >page:200 >garbage >garbage quiet:7 =COMMAND_LOST",
    ),
    "flags behind a page, then EOP": (
        "receives",
        f"{READY} >page:200 >flags >EOP <MCF >DCN =DONE,1",
    ),
    "EOP with a wrong check sequence, then EOP": (
        "receives",
        f"{READY} >page:200 >bad:EOP wait:3 >EOP <MCF >DCN =DONE,1",
    ),
    "commands with a wrong check sequence, twice each": (
        "receives",
        f"{READY} >page:200 {2 * '>bad:MPS wait:6 '} >MPS <MCF >page:200 {2 * '>bad:EOP wait:3.4 '}"
        " >EOP <MCF >DCN =DONE,2",
    ),
    "unknown frames before a command are passed over": (
        "receives",
        f"{DIS} >unknown+DCS:4800 >tcf <CFR >page:200 >foreign+MPS <MCF >page:200 >unknown+EOP "
        "<MCF >DCN =DONE,2",
    ),
    "CRP behind a page: MCF again": (
        "receives",
        f"{READY} >page:200 >EOP <MCF >CRP <MCF >DCN =DONE,1",
    ),
    "PPS without error correction is passed over": (
        "receives",
        f"{READY} >page:200 >PPS:EOP,3 >EOP <MCF >DCN =DONE,1",
    ),
    # bad rows
    "4.9 % of bad rows: MCF": ("receives", f"{READY} >page:1000,49 >EOP <MCF >DCN =DONE,1"),
    "10 % of bad rows: RTP": (
        "receives",
        f"{READY} >page:1000,100 >MPS <RTP >DCS:2400 >tcf <CFR {LAST},2",
    ),
    "15.1 % of bad rows: RTN": (
        "receives",
        f"{READY} >page:1000,151 >EOP <RTN >DCN =DISCONNECTED_DURING,0",
    ),
    "15.1 % of bad rows, then a better page": (
        "receives",
        f"{READY} >page:1000,151 >EOP <RTN >DCS:2400 >tcf <CFR {LAST},1",
    ),
    "RTP to EOP, and the end": ("receives", f"{READY} >page:1000,100 >EOP <RTP >DCN =DONE,1"),
    "a page that breaks off in a hole of the line: RTN": (
        "receives",
        f"{READY} >broken:200 wait:1 >EOP <RTN >DCS:2400 >tcf <CFR {LAST},1",
    ),
    "a page that its sender does not end: MCF": (
        "receives",
        f"{READY} >broken:200 >EOP <MCF >DCN =DONE,1",
    ),
    "a hole behind a page that is whole: MCF": (
        "receives",
        f"{READY} >page:200 wait:1 >EOP <MCF >DCN =DONE,1",
    ),
    "a page whose rest cannot be read: RTN": (
        "receives",
        f"{READY} >page:200 >unread:200 >EOP <RTN >DCS:2400 >tcf <CFR {LAST},1",
    ),
    "EOP once more, when our RTN was lost": (
        "receives",
        f"{READY} >page:1000,500 >EOP <RTN wait:1.5 >EOP <RTN >DCS:2400 >tcf <CFR {LAST},1",
    ),
    # operators
    "PRI-EOP is answered as EOP": ("receives", f"{READY} >page:200 >PRI-EOP <MCF >DCN =DONE,1"),
    "PRI-MPS is answered as MPS": ("receives", f"{READY} >page:200 >PRI-MPS <MCF {LAST},2"),
    "our operator wants to talk: PIP": (
        "receives",
        f"{READY} !interrupt >page:200 >EOP <PIP !connect =INTERRUPTED,1",
    ),
    "our operator wants to talk about a bad page: PIN": (
        "receives",
        f"{READY} !interrupt >page:200,100 >EOP <PIN !connect =INTERRUPTED,0",
    ),
    "our operator wants to talk, and the far end goes on with the next page": (
        "receives",
        f"{READY} !interrupt >page:200 >MPS <PIP {LAST},2",
    ),
    "our operator wants to talk, and the far end ends": (
        "receives",
        f"{READY} !interrupt >page:200 >EOP <PIP >DCN =DONE,1",
    ),
    "our operator wants to talk, and the far end sends a bad page again": (
        "receives",
        f"{READY} !interrupt >page:200,100 >EOP <PIN >DCS:4800 >tcf <CFR {LAST},1",
    ),
    "our operator does not come, and then the next page does": (
        "receives",
        f"{READY} !interrupt >page:200 >MPS <PIP wait:12 {LAST},2",
    ),
    "PIP again, when it was lost": (
        "receives",
        f"{READY} !interrupt >page:200 >EOP <PIP wait:3 >EOP <PIP !connect =INTERRUPTED,1",
    ),
    "our operator wants to talk, with error correction": (
        "receives",
        f"{ECM} !interrupt >ecm:0 >PPS:MPS,1 <PIP >ecm:0 >PPS:EOP,1,1 <MCF >DCN =DONE,2",
    ),
    "our operator does not come": (
        "receives",
        f"{READY} !interrupt >page:200 >EOP <PIP quiet:17 =OPERATOR_MISSED,1",
    ),
    # error correction
    "one page with error correction": ("receives", f"{ECM} >ecm:0-4 >PPS:EOP,5 <MCF >DCN =DONE,1"),
    "frames of 64 octets": (
        "receives",
        f"{DIS} >DCS:9600,ecm,small >tcf <CFR >ecm:0-9 >PPS:EOP,10 <MCF >DCN =DONE,1",
    ),
    "two pages with error correction": (
        "receives",
        f"{ECM} >ecm:0-4 >PPS:MPS,5 <MCF >ecm:0-2 >PPS:EOP,3,1 <MCF >DCN =DONE,2",
    ),
    "a page of two partial pages": (
        "receives",
        f"{ECM} >ecm:0-255 >PPS:NULL,256 <MCF >ecm:0-2 >PPS:EOP,3,0,1 <MCF >DCN =DONE,1",
    ),
    "a lost frame is asked for": (
        "receives",
        f"{ECM} >ecm:0-1,3-7 >PPS:EOP,8 <PPR:2,{REST} >ecm:2 >PPS:EOP,1 <MCF >DCN =DONE,1",
    ),
    "lost frames are asked for until they are there": (
        "receives",
        f"{ECM} >ecm:0-1,3 >PPS:EOP,8 <PPR >ecm:2,4 >PPS:EOP,5 <PPR:5,6,7,{REST} >ecm:5-7 "
        ">PPS:EOP,3 <MCF >DCN =DONE,1",
    ),
    "frames that were lost at the end": (
        "receives",
        f"{ECM} >ecm:0-5 >PPS:EOP,8 <PPR:6,7,{REST} >ecm:6-7 >PPS:EOP,2 <MCF >DCN =DONE,1",
    ),
    "a partial page that was lost as a whole": (
        "receives",
        f"{ECM} >PPS:EOP,8 <PPR:0,1,2,3,4,5,6,7,{REST} >ecm:0-7 >PPS:EOP,8 <MCF >DCN =DONE,1",
    ),
    "PPS once more, when our MCF was lost": (
        "receives",
        f"{ECM} >ecm:0-4 >PPS:EOP,5 <MCF >PPS:EOP,5 <MCF >DCN =DONE,1",
    ),
    "the partial page once more, when our MCF was lost": (
        "receives",
        f"{ECM} >ecm:0-4 >PPS:MPS,5 <MCF >ecm:0-4 >PPS:MPS,5 <MCF >ecm:0-1 "
        ">PPS:EOP,2,1 <MCF >DCN =DONE,2",
    ),
    "lost frames in both partial pages of a page, and in the next page": (
        "receives",
        f"{ECM} >ecm:1-255 >PPS:NULL,256 <PPR:0 >ecm:0 >PPS:NULL,1 <MCF >ecm:0-3 >PPS:MPS,5,0,1 "
        f"<PPR:4,5,6,7,{REST} >ecm:4 >PPS:MPS,1,0,1 <MCF >ecm:1-2 >PPS:EOP,3,1 <PPR >ecm:0 "
        ">PPS:EOP,1,1 <MCF >DCN =DONE,2",
    ),
    "a page of just one whole partial page, and the next one": (
        "receives",
        f"{ECM} >ecm:0-255 >PPS:MPS,256 <MCF >ecm:0-251 >PPS:EOP,252,1 <MCF >DCN =DONE,2",
    ),
    "PPS once more, when our PPR was lost": (
        "receives",
        f"{ECM} >ecm:0-3 >PPS:EOP,5 <PPR >PPS:EOP,5 <PPR >ecm:4 >PPS:EOP,1 <MCF >DCN =DONE,1",
    ),
    "four times PPR, then CTC at the same rate": (
        "receives",
        f"{ECM} {4 * '>ecm:0-3 >PPS:EOP,5 <PPR '} >CTC:v17-14400 <CTR >ecm:4 "
        ">PPS:EOP,1 <MCF >DCN =DONE,1",
    ),
    "CTC changes the modem": (
        "receives",
        f"{ECM} >ecm:0-3 >PPS:EOP,5 <PPR >CTC:4800 <CTR >ecm:4 >PPS:EOP,1 <MCF >DCN =DONE,1",
    ),
    "CTC once more, when our CTR was lost": (
        "receives",
        f"{ECM} >ecm:0-3 >PPS:EOP,5 <PPR >CTC:9600 <CTR >CTC:9600 <CTR >ecm:4 "
        ">PPS:EOP,1 <MCF >DCN =DONE,1",
    ),
    "CTC with a rate that was not offered": (
        "receives v29",
        f"{DIS} >DCS:9600,ecm >tcf <CFR >ecm:0 >PPS:EOP,5 <PPR >CTC:v17-9600 <DCN =INVALID_COMMAND",
    ),
    "EOR-NULL: the partial page is given up": (
        "receives",
        f"{ECM} >ecm:0-3 >PPS:NULL,256 <PPR >EOR:NULL <ERR >ecm:0-3 "
        ">PPS:EOP,4,0,1 <MCF >DCN =DONE,0",
    ),
    "EOR-EOP behind a partial page that was taken": (
        "receives",
        f"{ECM} >ecm:0-255 >PPS:NULL,256 <MCF {4 * '>ecm:1-3 >PPS:EOP,4,0,1 <PPR '} >EOR:EOP <ERR "
        ">DCN =DISCONNECTED_DURING,0",
    ),
    "EOR-EOP: the page is given up": (
        "receives",
        f"{ECM} >ecm:0-3 >PPS:EOP,5 <PPR >EOR:EOP <ERR >DCN =DISCONNECTED_DURING,0",
    ),
    "EOR-EOP for a page of which nothing came": (
        "receives",
        f"{ECM} >PPS:EOP,5 <PPR >EOR:EOP <ERR >EOR:EOP <ERR >DCN =DISCONNECTED_DURING,0",
    ),
    "EOR-MPS, then the next page": (
        "receives",
        f"{ECM} >ecm:0-3 >PPS:MPS,5 <PPR >EOR:MPS <ERR >ecm:0-1 >PPS:EOP,2,1 <MCF >DCN =DONE,1",
    ),
    "EOR once more, when our ERR was lost": (
        "receives",
        f"{ECM} >ecm:0-3 >PPS:EOP,5 <PPR >EOR:EOP <ERR >EOR:EOP <ERR >DCN =DISCONNECTED_DURING",
    ),
    "not ready: RNR, until it is": (
        "receives busy:2",
        f"{ECM} >ecm:0-3 >PPS:MPS,4 <RNR >RR <RNR >RR <MCF >ecm:0 >PPS:EOP,1,1 <MCF >DCN =DONE,2",
    ),
    "RR once more, when our MCF was lost": (
        "receives busy:1",
        f"{ECM} >ecm:0-3 >PPS:EOP,4 <RNR >RR <MCF >RR <MCF >DCN =DONE,1",
    ),
    "PPS instead of RR, when our RNR was lost": (
        "receives busy:2",
        f"{ECM} >ecm:0-3 >PPS:EOP,4 <RNR >PPS:EOP,4 <RNR >RR <MCF >DCN =DONE,1",
    ),
    "never ready: T5": (
        "receives busy:99",
        f"{ECM} >ecm:0-3 >PPS:EOP,4 {24 * '<RNR >RR '} <DCN =NOT_READY",
    ),
    "not ready, and the far end falls silent": (
        "receives busy:9",
        f"{ECM} >ecm:0-3 >PPS:EOP,4 <RNR quiet:7 =COMMAND_LOST",
    ),
    "MPS with error correction is passed over": (
        "receives",
        f"{ECM} >ecm:0-3 >MPS quiet:2 >PPS:EOP,4 <MCF >DCN =DONE,1",
    ),
    "DCN behind a partial page": ("receives", f"{ECM} >ecm:0-3 >DCN =DISCONNECTED_DURING,0"),
    "DCN behind PPR": ("receives", f"{ECM} >ecm:0-3 >PPS:EOP,5 <PPR >DCN =DISCONNECTED_DURING,0"),
    "EOM with error correction": (
        "receives",
        f"{ECM} >ecm:0 >PPS:EOM,1 <MCF <DIS@7 >DCS:9600,ecm >tcf <CFR >ecm:0 "
        ">PPS:EOP,1,1 <MCF >DCN =DONE,2",
    ),
    "PPS-PRI-EOP": ("receives", f"{ECM} >ecm:0 >PPS:PRI-EOP,1 <MCF >DCN =DONE,1"),
    # requests
    "stop while a page is waited for": ("receives", f"{READY} !stop <DCN =STOPPED"),
    "the line goes behind a page": ("receives", f"{READY} >page:200 !hang_up =HUNG_UP,0"),
}


@pytest.mark.parametrize(("words", "script"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_dialogues_of_a_receiver_end_as_the_standard_says(words: str, script: str) -> None:
    play(words, script)


def test_pages_reach_the_sink_once_and_bad_ones_not_at_all() -> None:
    again = ">DCS:2400 >tcf <CFR >page:20 >EOP <MCF wait:1.5 >EOP <MCF >DCN"
    sink = play("receives", f"{READY} >page:1000,500 >EOP <RTN {again}").sink
    assert (sink.pages, sink.dropped) == ([b"\x07" * 20], 1)


def test_a_partial_page_that_comes_twice_is_taken_once() -> None:
    script = (
        f"{ECM} >ecm:0-1 >PPS:NULL,2 <MCF >ecm:0-1 >PPS:NULL,2 <MCF >ecm:0 >PPS:EOP,1,0,1 <MCF >DCN"
    )
    assert [len(page) for page in play("receives", script).sink.pages] == [3 * 256]


def test_a_page_without_its_command_is_kept_but_not_counted() -> None:
    log = play("receives", f"{READY} >page:200 >DCN =DISCONNECTED_DURING,0")
    (page,) = log.carrier.log.of(PageReport)
    assert (page.accepted, page.rows) == (False, 200)
    assert len(log.sink.pages) == 1


def test_evidence_of_a_page_has_rows_bad_rows_signal_and_time() -> None:
    (page,) = play("receives", f"{READY} >page:1000,49 >EOP <MCF").carrier.log.of(PageReport)
    assert (page.rows, page.bad_rows, page.sent, page.accepted) == (1000, 49, False, True)
    assert page.quality.snr_db == 30.0
    assert page.agreement.rate.bit_s == 4800
    assert 2.5 < page.seconds < 4


def test_evidence_of_a_page_with_error_correction_counts_requests() -> None:
    script = f"{ECM} >ecm:0-3 >PPS:EOP,6 <PPR >ecm:4 >PPS:EOP,2 <PPR >ecm:5 >PPS:EOP,1 <MCF >DCN"
    (page,) = play("receives", script).carrier.log.of(PageReport)
    assert (page.requests, page.octets, page.accepted) == (2, 6 * 256, True)


def test_training_checks_are_told_with_what_was_counted() -> None:
    log = play("receives", f"{DIS} >DCS:9600 >tcf:bad <FTT >DCS:7200 >tcf <CFR").carrier.log
    bad, good = log.of(Trained)
    assert (bad.good, good.good) == (False, True)
    assert bad.checked.bad_bits > 0
    assert good.checked.bits == 10_800


@pytest.mark.parametrize(
    ("dcs", "clean_s", "second_s", "bad", "snr_db", "slips", "answer"),
    [
        ("9600", 1.0, 0.0, 900, 19.0, 0, "CFR"),
        ("9600", 0.99, 0.0, 3, 35.0, 0, "FTT"),
        ("9600", 0.65, 0.6, 900, 25.0, 0, "CFR"),  # one burst of 0.25 s
        ("9600", 0.65, 0.59, 3, 35.0, 0, "FTT"),
        ("9600", 0.75, 0.7, 3, 24.9, 0, "FTT"),  # that may be noise
        ("9600", 0.75, 0.7, 72, 19.0, 1, "CFR"),  # a sample was lost
        ("9600", 0.75, 0.7, 72, 19.0, 2, "FTT"),
        ("9600", 0.75, 0.7, 72, None, 0, "FTT"),
        ("4800,ecm", 0.5, 0.1, 21, 35.0, 0, "CFR"),  # 0.3 %: half the speed would cost more
        ("4800,ecm", 0.5, 0.1, 22, 35.0, 0, "FTT"),
        ("4800,ecm", 0.49, 0.1, 6, 35.0, 0, "FTT"),
        ("4800", 0.9, 0.1, 6, 35.0, 0, "FTT"),
        ("9600,ecm", 0.9, 0.1, 6, 35.0, 0, "FTT"),
    ],
)
def test_a_training_check_may_have_errors_for_which_its_rate_is_not_to_blame(
    dcs: str,
    clean_s: float,
    second_s: float,
    bad: int,
    snr_db: float | None,
    slips: int,
    answer: str,
) -> None:
    tester = play("receives", f"{DIS} >DCS:{dcs}")
    machine = tester.carrier.machine
    rate = machine.agreed.rate
    clean, second = round(clean_s * rate.bit_s), round(second_s * rate.bit_s)
    bits = 3 * rate.bit_s // 2
    quality = Quality(snr_db, slips=slips)
    check = TrainingChecked(machine.sample + 1, rate, bits, bad, clean, quality, second)
    (said,) = [e.pdu for e in machine.fire("hear", check) if isinstance(e, Send)]
    assert said.phases[0] == machine.frames(Frame(Fcf[answer]))


def test_a_row_without_end_is_refused() -> None:
    """T.4 4.1.4, TSB-85 MRGN03: 4.9 s are a row, 5.1 s are none."""
    for seconds, answer in ((4.9, "MCF"), (5.1, "RTN")):
        tester = play("receives", READY)
        tester.sink.row_bits = int(seconds * 4800)
        tester.play(f">page:200 >EOP <{answer}")


def test_an_operator_is_called_when_the_far_end_asks() -> None:
    log = play("receives", f"{READY} >page:200 >PRI-EOP <MCF").carrier.log
    assert len(log.of(OperatorWanted)) == 1


def test_the_sender_is_identified() -> None:
    log = play("receives", f"{DIS} >TSI:86101234+DCS:4800 >tcf <CFR").carrier.log
    assert [told.ident for told in log.of(Identified)] == ["86101234"]
