"""Two whole terminals of ours over one line: pages, reasons, and what users may do wrong."""

from copy import copy, deepcopy
from typing import Any

import numpy as np
import pytest

from telcard.fax import FaxTerminal
from telcard.fax.geometry import Resolution
from telcard.fax.t30 import Reason
from tests.support.fax_peers import letter, run

PAGES = [letter(1, rows=300), letter(2, rows=250)]


def linear(pcm: np.ndarray) -> np.ndarray:
    return pcm


def same(got: object, wanted: list[np.ndarray]) -> bool:
    pages = list(got)  # type: ignore[call-overload]
    return len(pages) == len(wanted) and all(map(np.array_equal, pages, wanted))


@pytest.mark.parametrize(
    ("modems", "ecm"), [("v17", True), ("v17", False), ("v29", True), ("v27ter", False)]
)
def test_pages_go_over_bit_by_bit(modems: str, ecm: bool) -> None:
    sender = FaxTerminal(calling=True, ident="+86 10 95588", modems=modems, ecm=ecm, pages=PAGES)
    receiver = FaxTerminal(calling=False, ident="12345", modems=modems, ecm=ecm)
    took = run(sender, receiver)
    assert sender.result.good
    assert receiver.result.good
    assert same(receiver.result.pages, PAGES)
    assert receiver.result.far is not None
    assert receiver.result.far.ident == "+86 10 95588"
    assert [r.rows for r in receiver.result.reports] == [300, 250]
    assert receiver.result.resolutions == (Resolution.FINE, Resolution.FINE)
    assert [r.number for r in sender.result.reports] == [1, 2]
    quality = receiver.result.reports[0].quality
    assert quality.snr_db is not None
    assert quality.snr_db > 25
    assert str(sender.result).startswith("all pages went over")
    assert sender.result.seconds == pytest.approx(took, abs=0.1)
    assert any("MCF" in frame.text() for frame in sender.result.transcript)


def test_pages_are_polled_from_whoever_is_called() -> None:
    """Who has the password: it is asked for in the DIS, else no machine would say it."""
    holder = FaxTerminal(calling=False, pages=PAGES[:1], password="4711")
    fetcher = FaxTerminal(calling=True, poll=True, password="4711")
    run(holder, fetcher, linear)
    assert fetcher.result.good, fetcher.result
    assert same(fetcher.result.pages, PAGES[:1])


def test_a_faster_modem_is_not_used_than_the_slower_machine_has() -> None:
    sender = FaxTerminal(calling=True, modems="v17", pages=PAGES[:1])
    receiver = FaxTerminal(calling=False, modems="v29")
    run(sender, receiver, linear)
    assert str(sender.result.reports[0].agreement.rate) == "V.29 at 9600 bit/s"


@pytest.mark.parametrize("block", [37, 1000])
def test_any_block_will_do(block: int) -> None:
    page = np.zeros((20, 1728), bool)
    sender, receiver = FaxTerminal(pages=[page], modems="v29"), FaxTerminal(calling=False)
    run(sender, receiver, linear, block=block)
    assert same(receiver.result.pages, [page])


@pytest.mark.parametrize("width", [2048, 2432])
def test_wide_pages_are_taken_as_they_are(width: int) -> None:
    page = np.random.default_rng(width).random((20, width)) < 0.02
    sender, receiver = FaxTerminal(pages=[page]), FaxTerminal(calling=False)
    run(sender, receiver, linear)
    assert same(receiver.result.pages, [page])


def test_who_is_answered_by_nobody_gives_up_and_says_so() -> None:
    lonely = FaxTerminal(calling=True, pages=PAGES)
    quiet = np.zeros(8000, np.int16)
    for _ in range(60):
        lonely.transmit(8000)
        lonely.receive(quiet)
    assert not lonely.active
    assert lonely.result.reason is Reason.NO_FAX
    assert "no fax machine has answered" in str(lonely.result)
    assert not lonely.transmit(8000).any()


def test_a_call_that_is_cut_off_ends() -> None:
    sender = FaxTerminal(pages=PAGES)
    sender.transmit(800)
    sender.hang_up()
    assert sender.result.reason is Reason.HUNG_UP
    sender.hang_up()


def test_who_stops_says_so_to_the_far_end() -> None:
    sender, receiver = FaxTerminal(pages=PAGES), FaxTerminal(calling=False)
    for tick in range(1000):
        said, heard = sender.transmit(160), receiver.transmit(160)
        receiver.receive(said)
        sender.receive(heard)
        if tick == 700:
            sender.stop()
    assert sender.result.reason is Reason.STOPPED
    assert receiver.result.reason in (Reason.DISCONNECTED_BEFORE, Reason.DISCONNECTED_DURING)


def test_noise_alone_ends_a_call_too() -> None:
    rng = np.random.default_rng(2)
    ends = FaxTerminal(calling=True, pages=PAGES), FaxTerminal(calling=False)
    for _ in range(3000):
        for end in ends:
            end.transmit(160)
            end.receive(rng.normal(0, 2000, 160).astype(np.int16))
    assert not any(end.active for end in ends)


def test_noise_behind_silence_is_no_signal() -> None:
    """A gateway is silent until it is through; behind it noise of -46 dBm0 on a direct current."""
    rng, heard = np.random.default_rng(4), 0

    def line(pcm: np.ndarray) -> np.ndarray:
        nonlocal heard
        heard += len(pcm)
        if heard < 32_000:
            return np.zeros_like(pcm)
        return np.asarray(pcm + rng.normal(500, 81, len(pcm)), np.int16)

    sender, receiver = FaxTerminal(pages=PAGES[:1]), FaxTerminal(calling=False)
    seconds = run(sender, receiver, line)
    assert same(receiver.result.pages, PAGES[:1])
    assert receiver.result.reports[0].agreement.rate.bit_s == 14_400
    assert seconds < 30, "nobody has waited for the line to become quiet"


def test_pages_that_no_fax_has_are_refused() -> None:
    for page, words in (
        (np.zeros((10, 1000), bool), "fax page at FINE: want 1728, 2048, 2432 pixels a row"),
        (np.zeros((10, 1728)), "want a 2-D array of bool, got float64"),
        (np.zeros(1728, bool), r"want a 2-D array of bool, got bool, shape \(1728,\)"),
        (np.zeros((0, 1728), bool), "want at least one row, got none"),
    ):
        with pytest.raises(ValueError, match=words):
            FaxTerminal(pages=[page])


def test_whatever_else_no_call_can_be_made_of_is_refused() -> None:
    page = np.zeros((10, 1728), bool)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "fax: want pages to send, or poll=True to fetch some, got neither"),
        ({"pages": page}, r"fax pages: want a list of 2-D .* got one array, shape \(10, 1728\)"),
        ({"pages": None}, "fax pages: want a list of 2-D arrays of bool, got None"),
        ({"ident": 123}, "ident: want a string, got 123"),
        ({"ident": "1" * 21}, "ident: want at most 20 printable ASCII characters, got '1111"),
        ({"subaddress": "\u4e0a"}, "subaddress: want at most 20 printable ASCII"),
        (
            {"pages": [page], "modems": ["v17"]},
            r"fax modem: want .* v17, got \['v17'\]",
        ),
        ({"pages": [page], "resolution": "fine"}, "resolution: want a .*Resolution, got 'fine'"),
        (
            {"codings": "mmr", "pages": [page]},
            "codings: want some of .* in a list, got 'mmr'",
        ),
        ({"nonstandard": bytes(71)}, "nonstandard: want at most 70 bytes"),
    ]
    for options, words in wrong:
        with pytest.raises((TypeError, ValueError), match=words):
            FaxTerminal(**options)


def test_pages_are_sent_as_they_were_when_they_were_given() -> None:
    page = PAGES[1].copy()
    sender, receiver = FaxTerminal(pages=[page]), FaxTerminal(calling=False)
    page[:] = True
    run(sender, receiver, linear)
    assert same(receiver.result.pages, PAGES[1:])


def test_a_call_is_shown_and_not_copied() -> None:
    terminal = FaxTerminal(calling=False)
    terminal.transmit(4000)
    assert repr(terminal) == "<FaxTerminal called, 0.5 s: still going on>"
    for clone in (copy, deepcopy):
        with pytest.raises(TypeError, match="a call cannot be copied or pickled"):
            clone(terminal)


def test_sound_that_is_none_is_refused() -> None:
    terminal = FaxTerminal(calling=False)
    with pytest.raises(ValueError, match=r"pcm: want int16, shape \(frames,\), got float64"):
        terminal.receive(np.zeros(10))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="frames: want 0 or more, got -1"):
        terminal.transmit(-1)
    with pytest.raises(ValueError, match="fax modem: want one of v27ter, v29, v17, got 'v34'"):
        FaxTerminal(calling=False, modems="v34")


@pytest.mark.slow
def test_two_hundred_pages_go_over_in_one_call() -> None:
    pages = [letter(seed, rows=120 + seed % 7) for seed in range(200)]
    sender = FaxTerminal(calling=True, pages=pages)
    receiver = FaxTerminal(calling=False)
    run(sender, receiver, linear, longest_s=3600, block=800)
    assert sender.result.good, sender.result
    assert receiver.result.good, receiver.result
    assert same(receiver.result.pages, pages)
    assert [report.number for report in receiver.result.reports] == list(range(1, 201))
    assert sender.result.ended is not None
    assert sender.result.ended.pages_sent == 200


@pytest.mark.slow
def test_seventy_two_faxes_at_once_do_not_disturb_each_other() -> None:
    kinds = [(m, e) for m in ("v17", "v29", "v27ter") for e in (True, False)]
    pages = [letter(seed, rows=130) for seed in range(36)]
    calls = []
    for number, page in enumerate(pages):
        modems, ecm = kinds[number % len(kinds)]
        sender = FaxTerminal(calling=True, ident=str(number), modems=modems, ecm=ecm, pages=[page])
        calls.append((sender, FaxTerminal(calling=False, modems=modems, ecm=ecm)))
    for _ in range(120 * 50):
        for sender, receiver in calls:
            said, answered = sender.transmit(160), receiver.transmit(160)
            receiver.receive(said)
            sender.receive(answered)
        if not any(sender.active or receiver.active for sender, receiver in calls):
            break
    for number, (sender, receiver) in enumerate(calls):
        assert sender.result.good, (number, sender.result)
        assert same(receiver.result.pages, [pages[number]])
        assert receiver.result.far is not None
        assert receiver.result.far.ident == str(number)
