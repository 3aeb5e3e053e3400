"""Partial pages and their frames."""

from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.fax.ecm import Incoming, blocks
from telcard.fax.frames import Fcf, Frame, decode


def fcd(number: int, octets: bytes = b"x") -> Frame:
    return Frame(Fcf.FCD, bytes((number,)) + octets, final=False)


@settings(max_examples=20)
@given(st.binary(max_size=40_000), st.sampled_from([64, 256]))
def test_a_page_is_cut_into_partial_pages_and_put_together_again(page: bytes, size: int) -> None:
    together = b""
    cut = list(blocks(page, size))
    for number, block in enumerate(cut):
        assert (block.number, block.last) == (number, number == len(cut) - 1)
        incoming = Incoming()
        for octets in block.frames():
            frame = decode(octets)
            assert isinstance(frame, Frame)
            if frame.fcf is Fcf.FCD:
                incoming.add(frame)
        assert not incoming.missing(len(block.pieces))
        together += incoming.octets()
    assert together.rstrip(b"\0") == page.rstrip(b"\0")
    assert len(together) - len(page) <= size


def test_a_partial_page_ends_with_three_rcp() -> None:
    (block,) = blocks(bytes(300))
    kinds = [frame.fcf for frame in map(decode, block.frames()) if isinstance(frame, Frame)]
    assert kinds == [Fcf.FCD, Fcf.FCD, Fcf.RCP, Fcf.RCP, Fcf.RCP]


def test_only_the_frames_asked_for_are_sent_again() -> None:
    (block,) = blocks(bytes(1000), 64)
    again = [decode(octets) for octets in block.frames({3, 1, 200})]
    assert [f.fif[0] for f in again if isinstance(f, Frame) and f.fcf is Fcf.FCD] == [1, 3]
    assert block.within({3, 1, 200}) == {1, 3}


def test_what_lacks_is_asked_for_with_all_numbers_that_do_not_exist() -> None:
    incoming = Incoming()
    for number in (0, 2):
        incoming.add(fcd(number))
    assert incoming.missing(4) == {1, 3} | set(range(4, 256))
    incoming.add(fcd(1))
    incoming.add(fcd(3))
    assert not incoming.missing(2)  # the count of a repetition is smaller


def test_the_first_frame_of_a_number_stands() -> None:
    incoming = Incoming()
    assert incoming.add(fcd(0, b"first"))
    assert not incoming.add(fcd(0, b"second"))
    assert (incoming.octets(), len(incoming)) == (b"first", 1)
