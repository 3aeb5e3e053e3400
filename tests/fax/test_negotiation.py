"""What two machines agree on."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.fax.fields import RATE, SCAN_TIME, WIDTH, Bit, Fields
from telcard.fax.geometry import Resolution, Width
from telcard.fax.negotiation import (
    LADDER,
    Agreement,
    Capabilities,
    Length,
    Shape,
    choose,
    ladder,
    rates_up_to,
    read_ctc,
    read_dcs,
    read_dis,
    slower,
    write_ctc,
    write_dcs,
    write_dis,
)
from telcard.fax.phases import Rate

V17 = Rate.V17_14400


def test_a_modem_includes_the_slower_ones() -> None:
    assert len(rates_up_to("v17")) == 8
    assert {rate.bit_s for rate in rates_up_to("v29")} == {2400, 4800, 7200, 9600}
    assert {rate.bit_s for rate in rates_up_to("v27ter")} == {2400, 4800}
    with pytest.raises(ValueError, match="want one of v27ter, v29, v17, got 'v34'"):
        rates_up_to("v34")


def test_the_ladder_goes_down_through_rates_and_modems() -> None:
    """14.4, 12, 9.6 of V.17, 9.6 of V.29, 7.2 of V.17, of V.29, 4.8, 2.4."""
    assert sorted(LADDER, key=lambda rate: -rate.bit_s) == list(LADDER)
    assert len(LADDER) == len(Rate)
    steps = ladder(Rate, rates_up_to("v29"))
    way: list[Rate] = [steps[0]]
    while (below := slower(way[-1], steps)) is not None:
        way.append(below)
    assert way == [Rate.V29_9600, Rate.V29_7200, Rate.V27TER_4800, Rate.V27TER_2400]


def test_a_rate_that_both_do_not_know_has_a_step_below_all_the_same() -> None:
    assert slower(Rate.V17_9600, (Rate.V29_9600, Rate.V27TER_2400)) is Rate.V29_9600


@pytest.mark.parametrize(("modems", "code"), [("v27ter", "0100"), ("v29", "1100"), ("v17", "1101")])
def test_modems_have_the_codes_of_table_2(modems: str, code: str) -> None:
    fields = write_dis(Capabilities(rates=rates_up_to(modems)))
    assert f"{fields.get(RATE):04b}"[::-1] == code
    assert read_dis(fields).rates == rates_up_to(modems)


@pytest.mark.parametrize(
    ("code", "rates"),
    [
        (0b0000, {2400}),
        (0b0001, {7200, 9600}),
        (0b0111, {2400, 4800, 7200, 9600}),
        (0b1111, {2400, 4800, 7200, 9600}),
        (0b1000, {2400}),
    ],
)
def test_reserved_codes_are_read_as_what_they_hold(code: int, rates: set[int]) -> None:
    offered = read_dis(Fields().with_number(RATE, code)).rates
    assert {rate.bit_s for rate in offered} == rates


CAPABILITIES = st.builds(
    Capabilities,
    rates=st.sampled_from([rates_up_to(name) for name in ("v27ter", "v29", "v17")]),
    resolutions=st.frozensets(
        st.sampled_from(
            [Resolution.FINE, Resolution.SUPERFINE, Resolution.DPI_300, Resolution.DPI_600]
        )
    ).map(lambda more: more | {Resolution.STANDARD}),
    width=st.sampled_from(Width),
    length=st.sampled_from(Length),
    scan_ms=st.sampled_from([(20, 20), (5, 5), (10, 10), (20, 10), (40, 40), (40, 20), (0, 0)]),
    superfine_faster=st.booleans(),
    small_frames=st.booleans(),
    receives=st.booleans(),
    has_document=st.booleans(),
    subaddress=st.booleans(),
    polled_subaddress=st.booleans(),
    password=st.booleans(),
    selective_polling=st.booleans(),
)


@settings(max_examples=20)
@given(CAPABILITIES)
def test_what_is_offered_is_read_again(ours: Capabilities) -> None:
    assert read_dis(Fields.read(write_dis(ours).octets())) == ours


@pytest.mark.parametrize("resolution", list(Resolution))
def test_resolutions_of_a_dcs_are_read_again(resolution: Resolution) -> None:
    agreement = Agreement(V17, resolution=resolution)
    assert read_dcs(write_dcs(agreement)).resolution is resolution


def test_resolutions_in_inches_are_offered_with_the_bit_for_inches() -> None:
    every = Capabilities(resolutions=frozenset(Resolution))
    assert read_dis(write_dis(every)).resolutions == frozenset(Resolution)
    plain = read_dis(write_dis(Capabilities()))
    assert not {Resolution.DPI_200, Resolution.DPI_400} & plain.resolutions
    inches_alone = Fields({Bit.INCHES, Bit.DPI_400})
    assert Resolution.R16 not in read_dis(inches_alone).resolutions


def test_invalid_values_are_read_as_the_table_says() -> None:
    fields = Fields().with_number(WIDTH, 3)
    assert read_dis(fields).width is Width.A3


AGREEMENTS = st.builds(
    Agreement,
    rate=st.sampled_from(Rate),
    coding=st.sampled_from(["mh", "mr"]),
    resolution=st.sampled_from(Resolution),
    width=st.sampled_from(Width),
    length=st.sampled_from(Length),
    scan_ms=st.sampled_from([0, 5, 10, 20, 40]),
)


@settings(max_examples=20)
@given(AGREEMENTS)
def test_an_agreement_is_read_again(agreement: Agreement) -> None:
    assert read_dcs(Fields.read(write_dcs(agreement).octets())) == agreement


def test_an_agreement_with_error_correction_is_read_again() -> None:
    agreement = Agreement(V17, "mmr", ecm=True, frame_size=64)
    assert read_dcs(write_dcs(agreement)) == agreement


def test_error_correction_wants_no_time_a_row() -> None:
    assert write_dcs(Agreement(V17, ecm=True, scan_ms=20)).get(SCAN_TIME) == 7
    assert Agreement(V17, ecm=True, scan_ms=20).least_bits == 0
    assert Agreement(V17, scan_ms=20).least_bits == 288


def test_the_shortest_coding_that_both_know_is_chosen() -> None:
    ours, theirs = Capabilities(), read_dis(write_dis(Capabilities()))
    chosen = choose(ours, theirs, Shape(), V17)
    assert isinstance(chosen, Agreement)
    assert (chosen.coding, chosen.ecm, chosen.frame_size) == ("mmr", True, 256)
    plain = choose(dataclasses.replace(ours, ecm=False), theirs, Shape(), V17)
    assert isinstance(plain, Agreement)
    assert (plain.coding, plain.ecm) == ("mr", False)
    oldest = choose(ours, read_dis(Fields({Bit.RECEIVER})), Shape(Resolution.STANDARD), V17)
    assert isinstance(oldest, Agreement)
    assert (oldest.coding, oldest.scan_ms) == ("mh", 20)
    nothing = choose(dataclasses.replace(ours, codings=frozenset({"mmr"})), theirs, Shape(), V17)
    assert isinstance(nothing, Agreement)


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (Shape(Resolution.DPI_600), "the far end does not take resolution DPI_600"),
        (Shape(width=Width.A3), "the far end does not take width A3"),
    ],
)
def test_a_page_that_the_far_end_cannot_print_is_refused(shape: Shape, why: str) -> None:
    assert choose(Capabilities(), Capabilities(), shape, V17) == why


@pytest.mark.parametrize(
    ("agreement", "why"),
    [
        (Agreement(V17), "V.17 at 14400 bit/s was not offered"),
        (Agreement(Rate.V29_9600, ecm=True), "error correction was not offered"),
        (Agreement(Rate.V29_9600, "mr"), "coding MR was not offered"),
        (Agreement(Rate.V29_9600, "mmr"), "coding MMR was not offered"),
        (Agreement(Rate.V29_9600, resolution=Resolution.R16), "resolution R16 was not offered"),
        (Agreement(Rate.V29_9600, width=Width.B4), "width B4 was not offered"),
        (Agreement(Rate.V29_9600), ""),
    ],
)
def test_a_dcs_beyond_what_was_offered_is_refused(agreement: Agreement, why: str) -> None:
    ours = Capabilities(
        rates=rates_up_to("v29"), codings=frozenset({"mh"}), ecm=False, width=Width.A4
    )
    assert agreement.refused_by(ours) == why


@pytest.mark.parametrize(
    ("bit", "word"), [(Bit.JBIG, "JBIG"), (Bit.T44_1, "T44 1"), (Bit.BINARY_FILE, "BINARY FILE")]
)
def test_a_dcs_for_another_thing_than_our_pages_is_refused(bit: Bit, word: str) -> None:
    """Though its other bits read like one for a page in MH."""
    agreement = read_dcs(write_dcs(Agreement(V17, ecm=True)).with_bits({bit}))
    assert agreement.coding == "mh"
    assert agreement.refused_by(Capabilities()) == f"{word} was not offered"


def test_mmr_without_error_correction_is_refused() -> None:
    refused = Agreement(V17, "mmr").refused_by(Capabilities())
    assert refused == "MMR needs error correction"


@pytest.mark.parametrize(
    ("resolution", "ms"),
    [(Resolution.STANDARD, 40), (Resolution.FINE, 20), (Resolution.SUPERFINE, 10)],
)
def test_finer_rows_may_be_faster(resolution: Resolution, ms: int) -> None:
    theirs = Capabilities(scan_ms=(40, 20), superfine_faster=True)
    assert theirs.scan_time(resolution) == ms


def test_half_of_the_shortest_time_is_the_shortest_time() -> None:
    theirs = Capabilities(scan_ms=(5, 5), superfine_faster=True)
    assert theirs.scan_time(Resolution.SUPERFINE) == 5


@pytest.mark.parametrize("rate", list(Rate))
def test_ctc_names_a_rate_in_two_octets(rate: Rate) -> None:
    octets = write_ctc(rate)
    assert len(octets) == 2
    assert read_ctc(Fields.read(octets)) is rate
