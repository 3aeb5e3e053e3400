"""The station that sends, as dialogues after the ideas of TSB-85 (groups F to I, MTGN and MTGX)."""

import pytest

from telcard.fax.t30 import PageReport, Trained
from tests.support.fax_script import play

TRAIN = "ced >DIS:v29 <DCS:9600 <tcf:9600"
PLAIN = f"{TRAIN} >CFR <page:9600"
ECM = "ced >DIS:v29,ecm <DCS:9600 <tcf >CFR <ecm"
LAST = "<EOP >MCF <DCN"
DOWN = "<DCS:7200 <tcf >FTT <DCS:4800 <tcf >FTT <DCS:2400 <tcf"
FOUR = ">PPR:0 <ecm:1 <PPS:EOP >PPR:0 <ecm:1 <PPS:EOP >PPR:0 <ecm:1 <PPS:EOP >PPR:0"

SCRIPTS = {
    # training
    "one page": ("sends 1 v29 plain", f"{PLAIN} {LAST} =DONE,1"),
    "at 2400 bit/s where the far end knows no more": (
        "sends 1 plain",
        f"ced >DIS:v27ter <DCS:4800 <tcf >FTT <DCS:2400 <tcf >CFR <page:2400 {LAST} =DONE,1",
    ),
    "down the ladder of V.17 and V.29": (
        "sends 1 plain",
        ">DIS:v17 <DCS:v17-14400 <tcf >FTT <DCS:v17-12000 <tcf >FTT <DCS:v17-9600 <tcf >FTT "
        "<DCS:9600 <tcf >FTT <DCS:v17-7200 <tcf >FTT <DCS:7200 <tcf >FTT <DCS:4800 <tcf >FTT "
        f"<DCS:2400 <tcf >CFR <page:2400 {LAST} =DONE,1",
    ),
    "FTT at every rate": ("sends 1 plain", f"{TRAIN} >FTT {DOWN} >FTT <DCN =CANNOT_TRAIN"),
    "FTT once": ("sends 1 plain", f"{TRAIN} >FTT <DCS:7200 <tcf >CFR <page:7200 {LAST} =DONE,1"),
    "no answer to DCS: three times": (
        "sends 1 plain",
        f"{TRAIN} <DCS:9600@3 <tcf <DCS:9600@3 <tcf <DCN =NO_RESPONSE_TO_DCS",
    ),
    "DIS instead of CFR: three times": (
        "sends 1 plain",
        f"{TRAIN} >DIS:v29 <DCS <tcf >DIS:v29 <DCS <tcf >DIS:v29 <DCN =NO_RESPONSE_TO_DCS",
    ),
    "CRP instead of CFR: three times": (
        "sends 1 plain",
        f"{TRAIN} >CRP <DCS <tcf >CRP <DCS <tcf >CRP <DCN =NO_RESPONSE_TO_DCS",
    ),
    "CRP, then CFR": ("sends 1 plain", f"{TRAIN} >CRP <DCS <tcf >CFR <page {LAST} =DONE,1"),
    "the far end hangs up in training": ("sends 1 plain", f"{TRAIN} >DCN =DISCONNECTED_BEFORE"),
    "a senseless answer to DCS": ("sends 1 plain", f"{TRAIN} >MCF <DCN =INVALID_RESPONSE"),
    "an unknown answer to DCS": ("sends 1 plain", f"{TRAIN} >garbage <DCN =INVALID_RESPONSE"),
    "FNV to our sub-address": (
        "sends 1 plain subaddress",
        "ced >DIS:v29,subaddress <DCS <tcf >FNV <DCN =NOT_ALLOWED",
    ),
    "CFR after 2.9 s": ("sends 1 plain", f"{TRAIN} wait:2.6 >CFR <page {LAST} =DONE,1"),
    "two CFR with a wrong check sequence": (
        "sends 1 plain",
        f"{TRAIN} >bad:CFR <DCS <tcf >bad:CFR <DCS <tcf >CFR <page {LAST} =DONE,1",
    ),
    "DCS is heard at the third time": (
        "sends 1 plain",
        f"{TRAIN} <DCS@3 <tcf <DCS@3 <tcf >CFR <page {LAST} =DONE,1",
    ),
    "a CFR with a wrong check sequence": (
        "sends 1 plain",
        f"{TRAIN} >bad:CFR <DCS <tcf >CFR <page {LAST} =DONE,1",
    ),
    "flags alone, where CFR should be": (
        "sends 1 plain",
        f"{TRAIN} >flags <DCS <tcf >CFR <page {LAST} =DONE,1",
    ),
    # pages
    "two pages": ("sends 2 plain", f"{PLAIN} <MPS >MCF <page {LAST} =DONE,2"),
    "five pages": (
        "sends 5 plain",
        f"{PLAIN} {4 * '<MPS >MCF <page '} {LAST} =DONE,5",
    ),
    "another resolution: EOM, and phase B again": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM >MCF wait:6 >DIS:v29 <DCS <tcf >CFR <page {LAST} =DONE,2",
    ),
    "no DIS behind EOM: T1": ("sends 2 coarse plain", f"{PLAIN} <EOM >MCF quiet:34 =NO_SECOND_DIS"),
    "MCF to EOM was lost, DIS comes instead": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM >DIS:v29 <DCS <tcf >CFR <page {LAST} =DONE,2",
    ),
    "the far end hangs up behind EOM": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM >MCF >DCN =DISCONNECTED_DURING,1",
    ),
    "rows of 20 ms are asked for": (
        "sends 1 plain",
        f">DIS:v29,slow <DCS <tcf >CFR <page {LAST} =DONE",
    ),
    "no answer to EOP: three times": (
        "sends 1 plain",
        f"{PLAIN} <EOP <EOP@3 <EOP@3 <DCN =NO_RESPONSE_TO_PAGE",
    ),
    "no answer to MPS: three times": (
        "sends 2 plain",
        f"{PLAIN} <MPS <MPS@3 <MPS@3 <DCN =NO_RESPONSE_TO_PAGE",
    ),
    "no answer to EOM: three times": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM <EOM@3 <EOM@3 <DCN =NO_RESPONSE_TO_PAGE",
    ),
    "EOM twice, then MCF, and DIS at once": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM <EOM@3 >MCF >DIS:v29 <DCS <tcf >CFR <page {LAST} =DONE,2",
    ),
    "CRP to EOM": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM >CRP <EOM >CRP <EOM >MCF wait:6 >DIS:v29 <DCS <tcf >CFR <page {LAST} =DONE",
    ),
    "CRP to EOM: three times": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM >CRP <EOM >CRP <EOM >CRP <DCN =NO_RESPONSE_TO_PAGE",
    ),
    "CRP to MPS: three times": (
        "sends 2 plain",
        f"{PLAIN} <MPS >CRP <MPS >CRP <MPS >CRP <DCN =NO_RESPONSE_TO_PAGE",
    ),
    "two MCF to EOM with a wrong check sequence": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM >bad:MCF <EOM >bad:MCF <EOM >MCF wait:5 >DIS:v29 <DCS <tcf >CFR <page {LAST}"
        " =DONE,2",
    ),
    "two MCF to MPS with a wrong check sequence": (
        "sends 2 plain",
        f"{PLAIN} <MPS >bad:MCF <MPS >bad:MCF <MPS >MCF <page {LAST} =DONE,2",
    ),
    "MPS is answered at the third time": (
        "sends 2 plain",
        f"{PLAIN} <MPS <MPS@3 <MPS@3 >MCF <page {LAST} =DONE,2",
    ),
    "a frame of another address, where MCF should be: MPS again": (
        "sends 2 plain",
        f"{PLAIN} <MPS >foreign <MPS >MCF <page {LAST} =DONE,2",
    ),
    "flags alone, where MCF should be: MPS again": (
        "sends 2 plain",
        f"{PLAIN} <MPS >flags <MPS >MCF <page {LAST} =DONE,2",
    ),
    "unknown frames before MCF": ("sends 1 plain", f"{PLAIN} <EOP >unknown+MCF <DCN =DONE,1"),
    "EOP once more, then MCF": ("sends 1 plain", f"{PLAIN} <EOP {LAST} =DONE,1"),
    "CRP to EOP": ("sends 1 plain", f"{PLAIN} <EOP >CRP {LAST} =DONE,1"),
    "CRP to EOP: three times": (
        "sends 1 plain",
        f"{PLAIN} <EOP >CRP <EOP >CRP <EOP >CRP <DCN =NO_RESPONSE_TO_PAGE",
    ),
    "CRP to MPS": ("sends 2 plain", f"{PLAIN} <MPS >CRP <MPS >MCF <page {LAST} =DONE,2"),
    "a MCF with a wrong check sequence": ("sends 1 plain", f"{PLAIN} <EOP >bad:MCF {LAST} =DONE,1"),
    "a late MCF collides with our repeat": (
        "sends 2 plain",
        f"{PLAIN} <MPS wait:3.5 >MCF <MPS <page {LAST} =DONE,2",
    ),
    "MCF after 2.6 s": ("sends 1 plain", f"{PLAIN} <EOP wait:2.6 >MCF <DCN =DONE,1"),
    "DCN to EOP": ("sends 1 plain", f"{PLAIN} <EOP >DCN =DISCONNECTED_DURING,0"),
    "DCN to MPS": ("sends 2 plain", f"{PLAIN} <MPS >DCN =DISCONNECTED_DURING,0"),
    "DCN to EOM": ("sends 2 coarse plain", f"{PLAIN} <EOM >DCN =DISCONNECTED_DURING,0"),
    "a senseless answer to EOP": ("sends 1 plain", f"{PLAIN} <EOP >CFR <DCN =INVALID_RESPONSE,0"),
    "an unknown answer to EOP": ("sends 1 plain", f"{PLAIN} <EOP >garbage <DCN =INVALID_RESPONSE"),
    "DIS to EOP: the page once more, a step slower": (
        "sends 1 plain",
        f"{PLAIN} <EOP >DIS <DCS:7200 <tcf >CFR <page:7200 {LAST} =DONE,1",
    ),
    "DIS to EOP behind V.17: the page once more, by V.29": (
        "sends 1 plain v17",
        ">DIS:v17 <DCS:v17-14400 <tcf >CFR <page <EOP >DIS:v17 <DCS:9600 <tcf >CFR <page:9600 "
        f"{LAST} =DONE,1",
    ),
    "DIS to EOP again and again": (
        "sends 1 plain v17",
        ">DIS:v17 <DCS:v17-14400 <tcf >CFR <page <EOP >DIS:v17 "
        "<DCS:9600 <tcf >CFR <page <EOP >DIS:v17 <DCS:7200 <tcf >CFR <page <EOP >DIS:v17 "
        "<DCS:4800 <tcf >CFR <page <EOP >DIS:v17 <DCN =INVALID_RESPONSE",
    ),
    "DIS to MPS: the page once more, a step slower": (
        "sends 2 plain",
        f"{PLAIN} <MPS >DIS <DCS:7200 <tcf >CFR <page <MPS >MCF <page {LAST} =DONE,2",
    ),
    "PPR without error correction": (
        "sends 1 plain",
        f"{PLAIN} <EOP >PPR:0 <DCN =INVALID_RESPONSE",
    ),
    "RNR without error correction": ("sends 1 plain", f"{PLAIN} <EOP >RNR <DCN =INVALID_RESPONSE"),
    "a frame without meaning before MCF": (
        "sends 1 plain",
        f"{PLAIN} <EOP >TSI:1+MCF <DCN =DONE,1",
    ),
    # retraining
    "RTP to MPS: training, then the next page": (
        "sends 2 plain",
        f"{PLAIN} <MPS >RTP <DCS:9600 <tcf >CFR <page {LAST} =DONE,2",
    ),
    "RTP to EOM: the page is taken, and DIS waited for": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM >RTP wait:2 >DIS:v29 <DCS <tcf >CFR <page {LAST} =DONE,2",
    ),
    "RTN to EOM: the page again, a step slower": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM >RTN <DCS:7200 <tcf >CFR <page <EOM >MCF wait:6 >DIS:v29 <DCS <tcf >CFR "
        f"<page {LAST} =DONE,2",
    ),
    "RTN to EOM, then DIS, as if our DCS had not come": (
        "sends 2 coarse plain",
        f"{PLAIN} <EOM >RTN <DCS:7200 <tcf >DIS:v29 <DCS:7200 <tcf >CFR <page <EOM >MCF wait:6 "
        f">DIS:v29 <DCS <tcf >CFR <page {LAST} =DONE,2",
    ),
    "RTP to EOP: the page is taken": ("sends 1 plain", f"{PLAIN} <EOP >RTP <DCN =DONE,1"),
    "RTN to EOP: a step slower, the same page": (
        "sends 1 plain",
        f"{PLAIN} <EOP >RTN <DCS:7200 <tcf >CFR <page:7200 {LAST} =DONE,1",
    ),
    "RTN to MPS: a step slower, the same page": (
        "sends 2 plain",
        f"{PLAIN} <MPS >RTN <DCS:7200 <tcf >CFR <page <MPS >MCF <page {LAST} =DONE,2",
    ),
    "RTN four times": (
        "sends 1 plain",
        f"{PLAIN} {3 * '<EOP >RTN <DCS <tcf >CFR <page '} <EOP >RTN <DCN =PAGE_REFUSED,0",
    ),
    "V.17 trains at length after RTN": (
        "sends 1 plain",
        ">DIS:v17 <DCS <tcf >CFR <page <EOP >RTN <DCS:v17-12000 <tcf >CFR <page:v17-12000 "
        f"{LAST} =DONE,1",
    ),
    # operators
    "PIP: nobody comes, the call goes on": (
        "sends 2 plain",
        f"{PLAIN} <MPS >PIP <page@10 {LAST} =DONE,2",
    ),
    "PIN: nobody comes, the page is sent again": (
        "sends 1 plain",
        f"{PLAIN} <EOP >PIN <DCS:7200@10 <tcf >CFR <page {LAST} =DONE,1",
    ),
    "PIP: an operator takes the call": (
        "sends 1 plain",
        f"{PLAIN} <EOP >PIP !connect =INTERRUPTED",
    ),
    "our operator asks: PRI-EOP": (
        "sends 1 plain",
        f"{TRAIN} !interrupt >CFR <page <PRI-EOP >PIP !connect =INTERRUPTED",
    ),
    "our operator asks in vain": (
        "sends 1 plain",
        f"{TRAIN} !interrupt >CFR <page <PRI-EOP >MCF <DCN =DONE,1",
    ),
    # error correction
    "one page with error correction": ("sends 1", f"{ECM}:2 <PPS:EOP >MCF <DCN =DONE,1"),
    "two pages with error correction": (
        "sends 2",
        f"{ECM} <PPS:MPS >MCF <ecm <PPS:EOP >MCF <DCN =DONE,2",
    ),
    "frames of 64 octets": (
        "sends 1",
        ">DIS:v29,ecm,small <DCS <tcf >CFR <ecm:8 <PPS:EOP >MCF <DCN =DONE,1",
    ),
    "EOM with error correction": (
        "sends 2 coarse",
        f"{ECM} <PPS:EOM >MCF wait:6 >DIS:v29,ecm <DCS <tcf >CFR <ecm <PPS:EOP >MCF <DCN =DONE,2",
    ),
    "DIS instead of MCF to PPS-EOM": (
        "sends 2 coarse",
        f"{ECM} <PPS:EOM >DIS:v29,ecm <DCS <tcf >CFR <ecm <PPS:EOP >MCF <DCN =DONE,2",
    ),
    "PPR: one frame again": (
        "sends 1",
        f"{ECM}:2 <PPS:EOP >PPR:1 <ecm:1 <PPS:EOP >MCF <DCN =DONE,1",
    ),
    "PPR for both pages": (
        "sends 2",
        ">DIS:v29,ecm,small <DCS <tcf >CFR <ecm:8 <PPS:MPS >PPR:0 <ecm:1 <PPS:MPS >MCF <ecm:8 "
        "<PPS:EOP >PPR:3-7 <ecm:5 <PPS:EOP >MCF <DCN =DONE,2",
    ),
    "PPR for frames that do not exist": (
        "sends 1",
        f"{ECM}:2 <PPS:EOP >PPR:1-255 <ecm:1 <PPS:EOP >MCF <DCN =DONE,1",
    ),
    "PPR for nothing: all again": (
        "sends 1",
        f"{ECM} <PPS:EOP >PPR:9 <ecm:2 <PPS:EOP >MCF <DCN =DONE,1",
    ),
    "PPR four times: CTC, a step slower": (
        "sends 1",
        f"{ECM} <PPS:EOP {FOUR} <CTC:7200 >CTR <ecm:1 <PPS:EOP >MCF <DCN =DONE,1",
    ),
    "PPR four times, each for less than half of the one before: CTC at the same rate": (
        "sends 1",
        "ced >DIS:v29,ecm,small <DCS:9600 <tcf >CFR <ecm:8 <PPS:EOP >PPR:0-3 <ecm:4 <PPS "
        ">PPR:0-1 <ecm:2 <PPS >PPR:0-1 <ecm:2 <PPS >PPR:0 <CTC:9600 >CTR <ecm:1 <PPS >MCF <DCN "
        "=DONE,1",
    ),
    "PPR for most of what was trained for in short: CTC, and a long training at the same rate": (
        "sends 1",
        "ced >DIS:v17,ecm <DCS:v17-14400 <tcf >CFR <ecm:2 <PPS:EOP >PPR:0-1 <CTC:v17-14400 >CTR "
        "<ecm:2 <PPS >PPR:0 <ecm:1 <PPS >PPR:0 <CTC:v17-14400 >CTR <ecm:1 <PPS >MCF <DCN =DONE,1",
    ),
    "PPR to CTC: CTC again": (
        "sends 1",
        "ced >DIS:v17,ecm <DCS:v17-14400 <tcf >CFR <ecm:2 <PPS:EOP >PPR:0-1 <CTC:v17-14400 "
        ">PPR:0-1 <CTC:v17-14400 >CTR <ecm:2 <PPS >MCF <DCN =DONE,1",
    ),
    "DIS to CTC: the page once more": (
        "sends 1",
        f"{ECM} <PPS {FOUR} <CTC:7200 >DIS:v29,ecm <DCS:4800 <tcf >CFR <ecm:2 <PPS >MCF <DCN"
        " =DONE,1",
    ),
    "PPR four times at every rate: EOR": (
        "sends 1 v27ter",
        ">DIS:ecm <DCS:4800 <tcf >CFR <ecm <PPS:EOP "
        f"{FOUR} <CTC:2400 >CTR <ecm:1 <PPS:EOP {FOUR} <EOR:EOP >ERR <DCN =CANNOT_CORRECT,0",
    ),
    "PPR four times at the lowest rate, but fewer frames: CTC once more": (
        "sends 1 v27ter",
        ">DIS:ecm,small <DCS:4800 <tcf >FTT <DCS:2400 <tcf >CFR <ecm:8 <PPS:EOP "
        ">PPR:0-5 <ecm:6 <PPS >PPR:0-5 <ecm:6 <PPS >PPR:0-5 <ecm:6 <PPS >PPR:0-5 "
        "<CTC:2400 >CTR <ecm:6 <PPS >PPR:2 <ecm:1 <PPS >PPR:2 <ecm:1 <PPS >PPR:2 <ecm:1 <PPS "
        ">PPR:2 <CTC:2400 >CTR <ecm:1 <PPS >MCF <DCN =DONE,1",
    ),
    "RNR to EOR": (
        "sends 1 v27ter",
        ">DIS:ecm <DCS:4800 <tcf >CFR <ecm <PPS:EOP "
        f"{FOUR} <CTC >CTR <ecm <PPS {FOUR} <EOR >RNR <RR >ERR <DCN =CANNOT_CORRECT,0",
    ),
    "no answer to CTC: three times": (
        "sends 1",
        f"{ECM} <PPS:EOP {FOUR} <CTC <CTC@3 <CTC@3 <DCN =NO_RESPONSE_TO_CORRECTION",
    ),
    "no answer to EOR: three times": (
        "sends 1 v27ter",
        ">DIS:ecm <DCS:4800 <tcf >CFR <ecm <PPS:EOP "
        f"{FOUR} <CTC >CTR <ecm <PPS {FOUR} <EOR <EOR@3 <EOR@3 <DCN =NO_RESPONSE_TO_CORRECTION",
    ),
    "a senseless answer to CTC": ("sends 1", f"{ECM} <PPS {FOUR} <CTC >MCF <DCN =INVALID_RESPONSE"),
    "no answer to PPS: three times": (
        "sends 1",
        f"{ECM} <PPS <PPS@3 <PPS@3 <DCN =NO_RESPONSE_TO_PAGE",
    ),
    "RNR: RR until it is ready": (
        "sends 1",
        f"{ECM} <PPS >RNR <RR >RNR <RR >RNR <RR >MCF <DCN =DONE,1",
    ),
    "RNR without end: T5": ("sends 1", f"{ECM} <PPS {24 * '>RNR <RR '} >RNR <DCN =NOT_READY,0"),
    "no answer to RR: three times": (
        "sends 1",
        f"{ECM} <PPS >RNR <RR <RR@3 <RR@3 <DCN =NO_RESPONSE_TO_CORRECTION",
    ),
    "RNR, then PPR": ("sends 1", f"{ECM} <PPS >RNR <RR >PPR:0 <ecm:1 <PPS >MCF <DCN =DONE,1"),
    "DIS to PPS: the page once more, a step slower": (
        "sends 1",
        f"{ECM} <PPS >DIS <DCS:7200 <tcf >CFR <ecm <PPS >MCF <DCN =DONE,1",
    ),
    "RTN with error correction": ("sends 1", f"{ECM} <PPS >RTN <DCN =INVALID_RESPONSE"),
    "RTP with error correction": ("sends 1", f"{ECM} <PPS >RTP <DCN =INVALID_RESPONSE"),
    "DCN to PPS": ("sends 1", f"{ECM} <PPS >DCN =DISCONNECTED_DURING,0"),
    "CRP to PPS": ("sends 1", f"{ECM} <PPS >CRP <PPS >MCF <DCN =DONE,1"),
    # requests
    "stop behind a page": ("sends 1 plain", f"{PLAIN} <EOP !stop <DCN =STOPPED,0"),
}


@pytest.mark.parametrize(("words", "script"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_dialogues_of_a_sender_end_as_the_standard_says(words: str, script: str) -> None:
    play(words, script)


def test_evidence_of_each_page_is_told() -> None:
    script = f"{ECM} <PPS:MPS >PPR:0 <ecm <PPS >MCF <ecm <PPS:EOP >MCF <DCN =DONE"
    first, second = play("sends 2", script).carrier.log.of(PageReport)
    assert (first.number, first.sent, first.accepted, first.requests) == (1, True, True, 1)
    assert (second.number, second.requests, second.rows, second.octets) == (2, 0, 500, 500)
    assert first.seconds > second.seconds > 1
    assert first.agreement.coding == "mmr"
    assert first.judgement.rows == 500


def test_evidence_of_a_page_that_was_sent_again_counts_its_repeats() -> None:
    script = f"{PLAIN} <EOP >RTN <DCS <tcf >CFR <page <EOP >MCF <DCN"
    log = play("sends 1 plain", script).carrier.log
    (page,) = log.of(PageReport)
    assert (page.repeats, page.accepted, page.agreement.rate.bit_s) == (1, True, 7200)
    assert [(told.rate.bit_s, told.good) for told in log.of(Trained)] == [
        (9600, True),
        (7200, True),
    ]


def test_rows_are_as_long_as_the_receiver_asks_for() -> None:
    tester = play("sends 1 plain", ">DIS:v29,slow <DCS <tcf >CFR <page")
    assert tester.carrier.machine.source.page(0, None).asked == [("mr", 192)]
