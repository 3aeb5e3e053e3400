"""T.4 and T.6 by bits worked out from the tables; libtiff judges whole pages in tests/interop."""

import re

import numpy as np
import pytest

from telcard.fax.t4 import (
    CODINGS,
    Ended,
    PageDecoder,
    PageEncoder,
    decode,
    encode,
    least_bits,
)
from tests.support.fax_pages import WIDTHS, letter, pages

EOL = "000000000001"
SEED = 4


def row(*runs: int) -> np.ndarray:
    """One row by its runs, white first."""
    colours = np.arange(len(runs)) % 2 == 1
    return np.repeat(colours, runs)[None]


def bits(octets: bytes) -> str:
    """What goes over the line: the lowest bit of each octet first."""
    return "".join(f"{octet:08b}"[::-1] for octet in octets)


def eols(text: str) -> np.ndarray:
    """Where an EOL begins, fill apart."""
    return np.array([found.start() for found in re.finditer(EOL, text)])


def octets(bits: str) -> bytes:
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def damaged(data: bytes, *places: int) -> bytes:
    spoilt = bytearray(data)
    for place in places:
        spoilt[place // 8] ^= 1 << place % 8
    return bytes(spoilt)


# --- sending ---------------------------------------------------------------------------------


def test_run_lengths_are_the_codes_of_tables_2_and_3() -> None:
    coded = bits(encode(row(0, 3, 1725), "mh"))
    assert coded.startswith(EOL + "00110101" + "10" + "011000" + "00110010" + EOL)  # 1664 + 61


def test_a_white_row_of_a4_is_one_make_up_code_and_a_run_of_none() -> None:
    assert bits(encode(row(1728), "mh")).startswith(EOL + "010011011" + "00110101" + EOL)


def test_runs_beyond_2560_repeat_its_make_up_code() -> None:
    long = "000000011111"
    assert bits(encode(row(5184), "mh")).startswith(
        EOL + long + long + "11011" + "00110101" + EOL  # 2560 + 2560 + 64 + 0
    )
    assert bits(encode(row(0, 2624), "mh")).startswith(
        EOL + "00110101" + long + "0000001111" + "0000110111" + EOL
    )


def test_modes_are_those_of_t6_table_1() -> None:
    above = row(10, 10, 10, 10, 60)
    page = np.concatenate([above, row(11, 12, 37, 5, 35)])
    # Against white: 10 white, 10 black; 10, 10; the rest is vertical.  Then: 11 is one to the right
    # of 10; 23 three to the right of 20; the run of 30 to 40 is passed; from there 20 white,
    # 5 black.
    first = "001" + "00111" + "0000100" + "001" + "00111" + "0000100" + "1"
    second = "011" + "0000011" + "0001" + "001" + "0001000" + "0011" + "1"
    assert bits(encode(page, "mmr")).startswith(first + second + EOL + EOL)


def test_mr_tags_its_rows_and_codes_every_kth_by_run_lengths() -> None:
    whites = np.zeros((7, 1728), bool)
    by_runs, by_changes = EOL + "1" + "010011011" + "00110101", EOL + "0" + "1"
    rows = by_runs + 2 * by_changes + by_runs + 2 * by_changes + by_runs
    assert bits(encode(whites, "mr", k=3)).startswith(rows + 6 * (EOL + "1"))
    assert bits(encode(whites, "mr", k=1)).startswith(2 * by_runs)


def test_six_eols_end_a_page() -> None:
    coded = bits(encode(row(1728), "mh"))
    assert coded.rstrip("0").endswith(6 * EOL)
    assert coded.count(EOL) == 7


def test_octets_of_files_have_their_first_bit_highest() -> None:
    line, file = encode(letter(50), "mr"), encode(letter(50), "mr", lsb_first=False)
    assert bits(line) == "".join(f"{octet:08b}" for octet in file)


@pytest.mark.parametrize("coding", ["mh", "mr"])
def test_short_rows_are_filled_up(coding) -> None:
    page = letter(40)
    least = least_bits(20, 14_400)
    assert least == 288
    coded = bits(encode(page, coding, least_bits=least))
    ends = eols(coded)[: len(page) + 1]
    lengths = np.diff(ends)
    assert len(lengths) == len(page)
    assert lengths.min() == least
    assert lengths.max() > least
    np.testing.assert_array_equal(decode(octets(coded), 1728, coding).page, page)


@pytest.mark.parametrize("coding", ["mh", "mr"])
def test_eols_may_end_with_an_octet(coding) -> None:
    page = letter(40)
    coded = bits(encode(page, coding, aligned=True))
    ends = eols(coded)[: len(page) + 1] + 12
    assert not np.any(ends % 8)
    np.testing.assert_array_equal(decode(octets(coded), 1728, coding).page, page)


# --- both ways -------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", CODINGS)
def test_pages_come_back(coding) -> None:
    for width in WIDTHS:
        for name, page in pages(width):
            lsb_first = bool(len(page) % 8)
            coded = encode(page, coding, lsb_first=lsb_first)
            found = decode(coded, width, coding, lsb_first=lsb_first)
            assert np.array_equal(found.page, page), (width, name)
            assert found.report.ended.whole, (width, name)
            assert found.report.bad_rows == 0, (width, name)


def test_rows_without_eols_come_back() -> None:
    for width in (1, 8, 65, 1728):
        for name, page in pages(width):
            found = decode(encode(page, "mh", eols=False), width, "mh", eols=False)
            assert np.array_equal(found.page, page), (width, name)
            assert found.report.ended is Ended.NO_DATA


@pytest.mark.parametrize("coding", CODINGS)
def test_rows_are_the_same_however_a_stream_is_cut(coding) -> None:
    page = letter(30)
    encoder = PageEncoder(1728, coding)
    coded = b"".join(encoder.process(page[at : at + 7]) for at in range(0, 30, 7))
    coded += encoder.flush()
    assert coded == encode(page, coding)
    spoilt = damaged(coded, *np.random.default_rng(SEED).integers(0, len(coded) * 8, 9))
    for data in (coded, spoilt):
        whole = decode(data, 1728, coding)
        for step in (1, 3, 64):
            decoder = PageDecoder(1728, coding)
            rows = [decoder.process(data[at : at + step]) for at in range(0, len(data), step)]
            rows.append(decoder.flush())
            np.testing.assert_array_equal(np.concatenate(rows), whole.page)
            assert decoder.report == whole.report
            assert decoder.bad == np.flatnonzero(~whole.good).tolist()


def test_an_encoder_goes_on_with_the_next_page() -> None:
    encoder = PageEncoder(1728, "mr")
    first, second = letter(30), letter(33, seed=2)
    assert encoder.process(first) + encoder.flush() == encode(first, "mr")
    assert encoder.process(second) + encoder.flush() == encode(second, "mr")


# --- errors ----------------------------------------------------------------------------------


def test_a_bad_row_of_mh_is_replaced_and_the_next_one_found() -> None:
    page = letter(60)
    coded = encode(page, "mh")
    starts = eols(bits(coded))
    hit = damaged(coded, starts[30] + 40)
    found = decode(hit, 1728, "mh")
    assert found.report.bad_rows == found.report.longest_bad == 1
    assert np.flatnonzero(~found.good).tolist() == [30]
    expected = page.copy()
    expected[30] = page[29]
    np.testing.assert_array_equal(found.page, expected)
    white = decode(hit, 1728, "mh", repair="white").page
    assert not white[30].any()
    np.testing.assert_array_equal(white[31:], page[31:])


def test_an_error_in_mr_costs_the_rows_up_to_the_next_one_by_run_lengths() -> None:
    page = letter(60)
    coded = encode(page, "mr", k=4)
    starts = eols(bits(coded))
    found = decode(damaged(coded, starts[28] + 30), 1728, "mr")  # 28 is coded by run lengths
    assert np.flatnonzero(~found.good).tolist() == [28, 29, 30, 31]
    assert found.report.longest_bad == 4
    assert (found.page[28:32] == page[27]).all()
    np.testing.assert_array_equal(found.page[32:], page[32:])


@pytest.mark.parametrize("coding", ["mh", "mr"])
def test_a_spoilt_page_keeps_its_length_and_most_of_its_rows(coding) -> None:
    """Some errors cannot be seen: another vertical mode makes up the width as well."""
    page = letter(300)
    coded = encode(page, coding)
    places = np.random.default_rng(SEED).integers(0, eols(bits(coded))[-6] - 40, 20)
    found = decode(damaged(coded, *places), 1728, coding)
    assert found.report.rows == len(found.page) == 300
    assert found.report.ended is Ended.RTC
    assert 10 < found.report.bad_rows == np.sum(~found.good) < 70
    right = (found.page == page).all(axis=1)
    assert np.mean(right | ~found.good) > 0.97


@pytest.mark.parametrize("coding", ["mh", "mr"])
def test_rows_that_noise_has_swallowed_are_counted_by_their_time(coding) -> None:
    """Their EOLs have gone too: a hundred rows leave a handful of bad ones."""
    page = letter(300)
    coded = bytearray(encode(page, coding))
    starts = eols(bits(bytes(coded))) // 8
    hole = slice(starts[100], starts[200])
    coded[hole] = np.random.default_rng(SEED).bytes(hole.stop - hole.start)
    report = decode(bytes(coded), 1728, coding).report
    assert report.rows < 230
    assert 280 < report.rows + report.lost_rows < 320
    assert decode(encode(page, coding), 1728, coding).report.lost_rows == 0


@pytest.mark.parametrize("coding", ["mh", "mr"])
def test_a_page_ends_whichever_eol_of_its_rtc_is_hit(coding) -> None:
    page = letter(30)
    text = bits(encode(page, coding))
    end = text.rindex(EOL)
    step = 13 if coding == "mr" else 12
    for number in range(6):
        found = decode(damaged(octets(text), end - (5 - number) * step + 4), 1728, coding)
        assert found.report.ended is Ended.RTC, number
        # The first EOL ends the last row as well; what stands before the second looks like one.
        assert len(found.page) == len(page) + (number == 1), number
        np.testing.assert_array_equal(found.page[: 30 - (number == 0)], page[: 30 - (number == 0)])


@pytest.mark.parametrize("coding", CODINGS)
def test_a_file_may_leave_the_end_away_and_a_reader_may_want_so_many_rows(coding) -> None:
    page = letter(30)
    coded = encode(page, coding, rtc=False)
    assert bits(coded).count(EOL) <= 30
    np.testing.assert_array_equal(decode(coded, 1728, coding).page, page)
    found = decode(coded, 1728, coding, most_rows=17)
    assert found.report.ended is Ended.FULL
    np.testing.assert_array_equal(found.page, page[:17])


@pytest.mark.parametrize("coding", CODINGS)
def test_a_page_without_an_end_keeps_its_whole_rows(coding) -> None:
    page = letter(100)
    coded = encode(page, coding)
    found = decode(coded[: len(coded) // 2], 1728, coding)
    assert found.report.ended is Ended.NO_DATA
    assert 20 < len(found.page) < 80
    np.testing.assert_array_equal(found.page, page[: len(found.page)])
    assert found.good.all()


@pytest.mark.parametrize(
    ("data", "ended"),
    [
        ("1" + "0000000001", Ended.NO_CODE),
        ("001" + "010011011" + "11011", Ended.TOO_LONG),  # 1728 and 64 more
        ("000011" + "1", Ended.TOO_LONG),  # two to the right of the edge
        ("0001", Ended.TOO_LONG),  # nothing to be passed
        # 10 white, 10 black; then 3 white, 6 black, and three to the left of 10
        ("001" + "00111" + "0000100" + "1" + "001" + "1000" + "0010" + "0000010", Ended.BACKWARDS),
        ("0000001111", Ended.EXTENSION),
        ("1" + EOL + EOL, Ended.EOFB),
        ("1" + "0" * 30, Ended.NO_DATA),
    ],
)  # fmt: skip
def test_mmr_ends_at_its_first_error_and_says_which(data, ended) -> None:
    assert decode(octets(data + "0" * 24), 1728, "mmr").report.ended is ended


def test_what_comes_before_the_first_eol_is_noise_unless_a_file_says_otherwise() -> None:
    page = letter(30)
    text = bits(encode(page, "mh"))
    assert np.array_equal(decode(octets("1101001" + text), 1728, "mh").page, page)
    assert np.array_equal(decode(octets(text[12:]), 1728, "mh").page, page[1:])
    assert np.array_equal(decode(octets(text[12:]), 1728, "mh", headless=True).page, page)
    assert np.array_equal(decode(octets(text), 1728, "mh", headless=True).page, page)


def test_a_row_that_never_ends_can_be_seen() -> None:
    decoder = PageDecoder(1728, "mh")
    decoder.process(encode(row(1728), "mh")[:5] + bytes(1000))
    assert 8000 < decoder.line_bits <= 8040
    assert not decoder.ended


# --- what is refused -------------------------------------------------------------------------


def test_bad_options_are_named_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^width: want 1 to 32000 pixels, got 0$"):
        PageDecoder(0)
    with pytest.raises(ValueError, match=r"^coding: want mh, mr, mmr, got 'g3'$"):
        PageEncoder(8, "g3")
    with pytest.raises(ValueError, match=r"^eols: rows without EOLs are coded in mh, not in mr$"):
        PageEncoder(8, "mr", eols=False)
    with pytest.raises(ValueError, match=r"^k: want 1 or more, got 0$"):
        PageEncoder(8, "mr", k=0)
    with pytest.raises(ValueError, match=r"^least_bits: want 0 or more, got -1$"):
        PageEncoder(8, "mr", least_bits=-1)
    with pytest.raises(ValueError, match=r"rows without EOLs cannot be filled up"):
        PageEncoder(8, "mmr", aligned=True)
    with pytest.raises(ValueError, match=r"^repair: want above or white, got 'none'$"):
        PageDecoder(8, repair="none")
    with pytest.raises(ValueError, match=r"^rows: want bool, shape \(n, 8\), got uint8, shape"):
        PageEncoder(8).process(np.zeros((2, 8), np.uint8))
    with pytest.raises(ValueError, match=r"^page: want bool, shape \(rows, width\), got bool"):
        encode(np.zeros(8, bool))


def test_packed_rows_are_the_same_rows() -> None:
    page = np.random.default_rng(5).random((300, 1725)) < 0.1
    encoder, decoder = PageEncoder(1725, "mr"), PageDecoder(1725, "mr")
    octets = encoder.process_packed(np.packbits(page, axis=1)) + encoder.flush()
    assert octets == encode(page, "mr")
    packed = np.concatenate([decoder.process_packed(octets), decoder.flush_packed()])
    assert np.array_equal(packed, np.packbits(page, axis=1))
    with pytest.raises(ValueError, match=r"rows: want uint8, shape \(n, 216\), got bool"):
        encoder.process_packed(page)
