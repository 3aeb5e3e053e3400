"""Pages put together from what was overheard: repeats, holes, and what was never heard."""

import numpy as np
import pytest

from telcard.fax.ecm import Block, blocks
from telcard.fax.frames import Fcf, Frame, PageEnd, decode
from telcard.fax.negotiation import Agreement
from telcard.fax.overheard import Overheard
from telcard.fax.phases import Quality, Rate
from telcard.fax.t4 import Coding, encode
from tests.support.fax_pages import letter

PAGE = letter(200)


def agreement(coding: Coding, ecm: bool) -> Agreement:
    return Agreement(Rate.V29_9600, coding, ecm=ecm, resolution=Agreement(Rate.V29_9600).resolution)


def block_of(coding: Coding) -> Block:
    (block,) = blocks(encode(PAGE, coding, k=2), 256)
    return block


def heard(pages: Overheard, block: Block, numbers: object = None, without: object = ()) -> None:
    pages.carrier(100)
    for octets in block.frames(numbers):  # type: ignore[arg-type]
        frame = decode(octets)
        assert isinstance(frame, Frame)
        if frame.fcf is Fcf.FCD and frame.fif[0] not in without:  # type: ignore[operator]
            pages.piece(frame)
    pages.heard_with(Quality(snr_db=30.0))


def pps(command: Fcf | None = Fcf.EOP, frames: int = 1, page: int = 0, block: int = 0) -> Frame:
    return Frame(Fcf.PPS, PageEnd(command, page, block, frames).octets())


def test_frames_that_were_sent_again_come_to_their_places() -> None:
    pages, block = Overheard(), block_of("mmr")
    pages.agreed(agreement("mmr", True), 0)
    count = len(block.pieces)
    heard(pages, block, without={1, 3})
    over, note = pages.said(pps(frames=count), 200)
    assert (over, note) == ([], f"2 of {count} frames not heard yet")
    pages.said(Frame(Fcf.PPR, bytes(32)), 210)
    heard(pages, block, (1, 3))
    (page,), _ = pages.said(pps(frames=2), 300)
    assert np.array_equal(page.pixels, PAGE)
    assert (page.requests, page.lost_frames, page.whole) == (1, 0, True)
    assert (page.began, page.ended) == (100, 300)
    assert "mended once" in page.text()
    assert pages.said(pps(frames=2), 400) == ([], "said again")


def test_what_the_receiver_missed_and_we_did_not_is_taken_once() -> None:
    pages, block = Overheard(), block_of("mh")
    pages.agreed(agreement("mh", True), 0)
    heard(pages, block)
    (page,), _ = pages.said(pps(frames=len(block.pieces)), 200)
    heard(pages, block, (0, 5))
    assert pages.said(pps(frames=2), 300) == ([], "said again")
    assert pages.finish(400) == []
    assert np.array_equal(page.pixels, PAGE)


def test_a_page_of_which_nothing_was_heard_is_taken_when_it_comes_again() -> None:
    pages, block = Overheard(), block_of("mmr")
    pages.agreed(agreement("mmr", True), 0)
    pages.carrier(100)
    count = len(block.pieces)
    lacking = ([], "its page was not heard, or not understood")
    assert pages.said(pps(frames=count), 200) == lacking
    heard(pages, block)
    (page,), _ = pages.said(pps(frames=count), 300)
    assert np.array_equal(page.pixels, PAGE)


@pytest.mark.parametrize("coding", ["mh", "mmr"])
def test_what_we_alone_have_missed_is_a_hole_and_is_told(coding: Coding) -> None:
    pages, block = Overheard(), block_of(coding)
    pages.agreed(agreement(coding, True), 0)
    hole = len(block.pieces) // 2
    heard(pages, block, without={hole})
    pages.said(pps(frames=len(block.pieces)), 200)
    (page,), _ = pages.said(Frame(Fcf.MCF), 300)
    assert page.lost_frames == 1
    assert "1 frames never heard" in page.text()
    assert np.array_equal(page.pixels[:40], PAGE[:40])
    if coding == "mh":  # it finds its way back at the next end of line
        assert np.array_equal(page.pixels[-20:], PAGE[-20:])
    else:
        assert len(page.pixels) < len(PAGE)


def test_a_page_of_several_partial_pages_is_one_page() -> None:
    pages = Overheard()
    pages.agreed(agreement("mmr", True), 0)
    coded = encode(PAGE, "mmr", k=2)
    half = len(coded) // 2
    for number, part in enumerate((coded[:half], coded[half:])):
        (block,) = blocks(part, 256)
        pieces = tuple(part[at : at + 256] for at in range(0, len(part), 256))
        heard(pages, Block(number, pieces, True))
        command = Fcf.EOP if number else None
        over, _ = pages.said(pps(command, len(block.pieces), 0, number), 200)
    assert [np.array_equal(page.pixels, PAGE) for page in over] == [True]


def test_a_page_whose_mcf_and_ppr_we_missed_ends_at_the_next_one() -> None:
    pages, block = Overheard(), block_of("mh")
    pages.agreed(agreement("mh", True), 0)
    heard(pages, block, without={2})
    pages.said(pps(Fcf.MPS, len(block.pieces)), 200)
    heard(pages, block)
    over, _ = pages.said(pps(Fcf.EOP, len(block.pieces), page=1), 300)
    assert [page.lost_frames for page in over] == [1, 0]
    assert [page.number for page in pages.pages] == [1, 2]


def test_a_partial_page_that_is_given_up_is_kept_as_it_is() -> None:
    pages, block = Overheard(), block_of("mh")
    pages.agreed(agreement("mh", True), 0)
    heard(pages, block, without={4})
    pages.said(pps(frames=len(block.pieces)), 200)
    eor = Frame(Fcf.EOR, PageEnd(Fcf.EOP).octets(counters=False))
    (page,), _ = pages.said(eor, 300)
    assert page.lost_frames == 1


def test_without_error_correction_a_command_ends_a_page() -> None:
    pages = Overheard()
    pages.agreed(agreement("mr", False), 0)
    pages.carrier(50)
    pages.octets(encode(PAGE, "mr", k=2))
    pages.heard_with(Quality())
    (page,), note = pages.said(Frame(Fcf.PRI_MPS), 100)
    assert np.array_equal(page.pixels, PAGE)
    assert note == ""
    assert pages.said(Frame(Fcf.MPS), 200) == ([], "said again")
    pages.said(Frame(Fcf.MCF), 250)
    assert pages.said(Frame(Fcf.MPS), 300) == ([], "its page was not heard, or not understood")


def test_a_page_that_breaks_off_is_kept_as_far_as_it_came() -> None:
    pages = Overheard()
    pages.agreed(agreement("mh", False), 0)
    pages.carrier(50)
    coded = encode(PAGE, "mh")
    pages.octets(coded[: len(coded) // 2])
    (page,), _ = pages.said(Frame(Fcf.DCN), 100)
    assert 50 < len(page.pixels) < 200
    assert "its end was not heard" in page.text()
    assert pages.finish(100) == []


def test_who_comes_behind_the_dcs_is_told_why_there_is_no_page() -> None:
    pages = Overheard()
    pages.octets(b"\0" * 50)
    lacking = "its page cannot be read: the DCS before it was not heard"
    assert pages.said(Frame(Fcf.EOP), 100) == ([], lacking)
    assert pages.said(pps(), 200) == ([], lacking)
    assert pages.finish(300) == []


def test_frames_without_their_pps_are_kept_at_the_end() -> None:
    pages, block = Overheard(), block_of("mmr")
    pages.agreed(agreement("mmr", True), 0)
    heard(pages, block)
    (page,) = pages.finish(500)
    assert np.array_equal(page.pixels, PAGE)
    assert not page.whole


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_heard_in_whatever_order_ends_well(seed: int) -> None:
    rng, pages = np.random.default_rng(seed), Overheard()
    commands = [
        Frame(fcf, bytes(32)) for fcf in (Fcf.MPS, Fcf.EOP, Fcf.MCF, Fcf.RTN, Fcf.PPR, Fcf.DCN)
    ]
    for sample in range(120):
        match rng.integers(8):
            case 0:
                coding = rng.choice(["mh", "mr", "mmr"])
                pages.agreed(agreement(coding, bool(rng.integers(2))), sample)
            case 1:
                pages.carrier(sample)
            case 2:
                pages.octets(rng.bytes(50))
            case 3:
                pages.piece(Frame(Fcf.FCD, bytes((rng.integers(8),)) + rng.bytes(30)))
            case 4:
                pages.heard_with(Quality())
            case 5:
                command = [None, Fcf.MPS, Fcf.EOP][rng.integers(3)]
                place = rng.integers(3), rng.integers(3)
                pages.said(pps(command, int(rng.integers(1, 9)), *map(int, place)), sample)
            case 6:
                eor = PageEnd([None, Fcf.EOP][rng.integers(2)]).octets(counters=False)
                pages.said(Frame(Fcf.EOR, eor), sample)
            case _:
                pages.said(commands[rng.integers(len(commands))], sample)
    pages.finish(120)
    assert pages.finish(121) == []
    assert [page.number for page in pages.pages] == list(range(1, len(pages.pages) + 1))
