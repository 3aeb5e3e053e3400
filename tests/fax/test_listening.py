"""Listening to whole calls of ours: pages to the bit, and a transcript that is right."""

import numpy as np
import pytest

from telcard.fax.frames import Fcf, Frame
from telcard.fax.listening import FaxListener, speaker
from telcard.fax.negotiation import Agreement
from telcard.fax.phases import Rate
from tests.support.fax_recordings import PAGES, call, mixed, same


def listened(pcm: np.ndarray, cut: int = 8000) -> FaxListener:
    listener = FaxListener(pcm.shape[1])
    for at in range(0, len(pcm), cut):
        listener.process(pcm[at : at + cut])
    listener.finish()
    return listener


@pytest.mark.parametrize(("modems", "ecm"), [("v17", True), ("v17", False), ("v27ter", False)])
@pytest.mark.parametrize("sides", [1, 2])
def test_pages_are_read_out_of_both_kinds_of_recordings(modems: str, ecm: bool, sides: int) -> None:
    pcm = call(modems, ecm)
    listener = listened(pcm if sides == 2 else mixed(pcm))
    assert same(listener.pages, PAGES)
    assert listener.idents == {"caller": "+86 10 95588", "called": "12345"}
    assert listener.is_fax
    told = [line.text() for line in listener.transcript]
    assert [text.split()[1] for text in told if "DIS:" in text or "CFR" in text] == ["called"] * 2
    assert any("training check" in text and " 0 of " in text for text in told)
    assert told[-1].split()[1:] == ["caller", "DCN,", "disconnect"]
    quality = listener.pages[1].quality
    assert quality.snr_db is not None
    assert quality.snr_db > 20
    times = [line.sample for line in listener.transcript]
    assert times == sorted(times)


@pytest.mark.slow
def test_frames_that_slips_have_cost_are_mended_as_the_receiver_has_them_mended() -> None:
    listener = listened(call("v17", True, 60, 3))
    assert sum(line.frame is not None and line.frame.fcf is Fcf.PPR for line in listener.transcript)
    assert same(listener.pages, PAGES)
    assert sum(page.requests for page in listener.pages) > 0


@pytest.mark.slow
def test_any_cut_gives_the_same() -> None:
    pcm = call("v17", False)
    whole = [line.text() for line in listened(pcm, len(pcm)).transcript]
    assert [line.text() for line in listened(pcm, 3001).transcript] == whole


def test_who_comes_behind_the_dcs_hears_commands_and_no_page() -> None:
    pcm = call("v17", False)
    dcs = next(
        line.sample
        for line in listened(pcm).transcript
        if line.frame is not None and line.frame.fcf is Fcf.DCS
    )
    listener = listened(pcm[dcs + 8000 :])
    assert listener.pages == []
    assert any("the DCS before it was not heard" in line.what for line in listener.transcript)


@pytest.mark.parametrize(
    ("modems", "ecm", "behind", "sides", "read"),
    [
        ("v27ter", False, Fcf.CFR, 1, True),
        ("v29", True, Fcf.CFR, 2, True),
        ("v17", False, Fcf.DCS, 1, True),
        ("v17", False, Fcf.CFR, 2, False),
    ],
)
def test_who_knows_what_the_dcs_has_said_reads_the_pages_behind_it(
    modems: str, ecm: bool, behind: Fcf, sides: int, read: bool
) -> None:
    """V.17 behind its training check alone is trained for in short, by what nobody has heard."""
    pcm = call(modems, ecm)
    whole = listened(pcm)
    begins = next(
        line.sample
        for line in whole.transcript
        if line.frame is not None and line.frame.fcf is behind
    )
    late = FaxListener(sides, whole.pages[0].agreement)
    late.process((pcm if sides == 2 else mixed(pcm))[begins + 800 :])
    late.finish()
    assert same(late.pages, PAGES if read else ())


def test_a_dcs_that_is_heard_stands_above_what_was_assumed() -> None:
    wrong = Agreement(Rate.V27TER_2400, "mh")
    listener = FaxListener(2, wrong)
    listener.process(call("v29", True))
    listener.finish()
    assert same(listener.pages, PAGES)


def test_a_recording_that_breaks_off_gives_what_there_was() -> None:
    listener = listened(call("v27ter", False)[: 8000 * 17])
    assert [page.whole for page in listener.pages] == [False]


def test_an_echo_on_the_other_side_is_no_word_of_the_other_end() -> None:
    pcm = call("v17", True).astype(np.int32)
    crossed = pcm + np.roll(pcm[:, ::-1], 240, axis=0) // 16
    listener = listened(crossed.astype(np.int16))
    assert same(listener.pages, PAGES)
    echoes = [line for line in listener.transcript if "echo of the other side" in line.what]
    assert echoes
    assert all(line.echo and not line.station for line in echoes)


def test_noise_and_silence_are_no_fax() -> None:
    noise = np.random.default_rng(1).normal(0, 500, (80_000, 1)).astype(np.int16)
    listener = listened(noise)
    assert not listener.is_fax
    assert listener.pages == []


def test_who_speaks_is_known_from_a_frame() -> None:
    assert speaker(Frame(Fcf.DIS, bytes(3))) == "called"
    assert speaker(Frame(Fcf.CIG)) == "caller"
    assert speaker(Frame(Fcf.MCF)) == "called"
    assert speaker(Frame(Fcf.DCN, x=True)) == "caller"
    assert speaker(Frame(Fcf.FCD, b"\0")) == ""


@pytest.mark.parametrize(
    "pcm", [np.zeros((10, 3), np.int16), np.zeros(10), np.zeros((2, 2, 2), np.int16)]
)
def test_other_samples_are_refused(pcm: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"pcm: want int16, shape \(frames, 2\), got"):
        FaxListener(2).process(pcm)


def test_a_call_has_one_side_or_two() -> None:
    with pytest.raises(ValueError, match="sides: want 1 or 2, got 3"):
        FaxListener(3)
