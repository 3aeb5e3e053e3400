"""What only the native face of page coding can be asked; pages are tested in tests/fax."""

import numpy as np

from telcard._native import t4
from tests.support.fax_pages import letter

MH, MR, MMR = range(3)


def encoder(width: int, coding: int = MH) -> t4.Encoder:
    return t4.Encoder(
        coding, width, lsb_first=True, no_eol=False, aligned=False, k=4, least_bits=0, no_rtc=False
    )


def decoder(width: int, coding: int = MH) -> t4.Decoder:
    return t4.Decoder(
        coding, width, lsb_first=True, no_eol=False, headless=False, white=False, most_rows=0
    )


def test_bits_behind_the_width_do_not_matter_and_come_back_as_0() -> None:
    for width in (1, 7, 13, 63, 65, 127):
        page = letter(20, width)
        clean = np.packbits(page, axis=1)
        dirty = clean.copy()
        dirty[:, -1] |= 0xFF >> ((width - 1) % 8 + 1)
        coded = encoder(width)
        octets = coded.encode(dirty) + coded.end()
        rows, good = np.full((30, clean.shape[1]), 0xAA, np.uint8), np.zeros(30, np.uint8)
        taken, made = decoder(width).decode(octets, rows, good)
        assert (taken, made) == (len(octets), 20)
        np.testing.assert_array_equal(rows[:20], clean)
        assert good[:20].all()
        assert (rows[20:] == 0xAA).all()


def test_a_decoder_stops_when_the_rows_are_full_and_goes_on() -> None:
    page = np.packbits(letter(40), axis=1)
    for coding in (MH, MR, MMR):
        coded = encoder(1728, coding)
        octets = coded.encode(page) + coded.end()
        receiver = decoder(1728, coding)
        rows, good = np.zeros((41, 216), np.uint8), np.zeros(41, np.uint8)
        made = at = 0
        while receiver.ended == 0:
            taken, new = receiver.decode(octets[at:], rows[made : made + 3], good[made:])
            at, made = at + taken, made + new
            assert new <= 3
        assert made == 40
        assert receiver.counts() == (40, 0, 0)
        np.testing.assert_array_equal(rows[:40], page)
