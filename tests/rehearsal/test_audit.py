"""The audit must find every lie: what it does not find it does not prove."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from telcard.exchange import Heard
from telcard.rehearsal.audit import Books, Receipt, audit
from telcard.rehearsal.day import Visit
from telcard.rehearsal.performance import Rehearsed
from telcard.speech import ClipLibrary


def a_visit(played: Rehearsed, errand: str, ended_by: str) -> Visit:
    return next(
        visit for visit in played.visits if (visit.errand, visit.ended_by) == (errand, ended_by)
    )


BALANCE = "your_balance_is"

Lie = Callable[[Rehearsed, Visit], tuple[list[Visit], Books]]


def _record(**lie: object) -> Lie:
    def tell(played: Rehearsed, visit: Visit) -> tuple[list[Visit], Books]:
        records = [
            replace(record, **lie) if record.caller == visit.number else record
            for record in played.books.records
        ]
        return played.visits, replace(played.books, records=records)

    return tell


def _heard(change: Callable[[list[Heard]], list[Heard]]) -> Lie:
    def tell(played: Rehearsed, visit: Visit) -> tuple[list[Visit], Books]:
        liar = replace(visit, heard=change(visit.heard))
        return [liar if other is visit else other for other in played.visits], played.books

    return tell


def _no_record(played: Rehearsed, visit: Visit) -> tuple[list[Visit], Books]:
    records = [record for record in played.books.records if record.caller != visit.number]
    return played.visits, replace(played.books, records=records)


def _two_records(played: Rehearsed, visit: Visit) -> tuple[list[Visit], Books]:
    mine = [record for record in played.books.records if record.caller == visit.number]
    return played.visits, replace(played.books, records=[*played.books.records, *mine])


def _no_visit(played: Rehearsed, visit: Visit) -> tuple[list[Visit], Books]:
    return [other for other in played.visits if other is not visit], played.books


def _another_balance(played: Rehearsed, visit: Visit) -> tuple[list[Visit], Books]:
    account = visit.customer.account
    wrong = [(booked, minor + 1) for booked, minor in played.books.balances[account]]
    return played.visits, replace(played.books, balances={**played.books.balances, account: wrong})


def _other_recordings(played: Rehearsed, visit: Visit) -> tuple[list[Visit], Books]:
    mine = next(record for record in played.books.records if record.caller == visit.number)
    lengths = {record.recording: record.duration_ms for record in played.books.records}
    other = max(lengths, key=lambda name: abs(lengths[name] - mine.duration_ms))
    return _record(recording=other)(played, visit)


def _receipts(change: Callable[[list[Receipt]], list[Receipt]]) -> Lie:
    def tell(played: Rehearsed, visit: Visit) -> tuple[list[Visit], Books]:
        return played.visits, replace(played.books, receipts=change(list(played.books.receipts)))

    return tell


def _moved(receipts: list[Receipt]) -> list[Receipt]:
    """The first receipt is another customer's."""
    first, *rest = receipts
    other = next(one.account for one in rest if one.account != first.account)
    return [replace(first, account=other), *rest]


RECEIPT_LIES: dict[str, tuple[Lie, str]] = {
    "lost receipt": (_receipts(lambda all_: all_[1:]), "which is none of his"),
    "doubled transfer": (_receipts(lambda all_: [*all_, all_[0]]), "ordered 2 transfers"),
    "other customer's": (_receipts(_moved), "which is none of his"),
    "unheard receipt": (
        _receipts(lambda all_: [*all_, replace(all_[0], number="99999995", call="x")]),
        "ordered no transfer",
    ),
    "said to be heard": (
        _receipts(lambda all_: [replace(all_[0], number="99999995"), *all_[1:]]),
        "the bank says that it was heard, and it was not",
    ),
}


@pytest.mark.parametrize("name", RECEIPT_LIES)
def test_every_lie_about_receipts_is_found(played: Rehearsed, name: str) -> None:
    lie, complaint = RECEIPT_LIES[name]
    found = audit(*lie(played, played.visits[0]), ClipLibrary())
    assert any(re.search(complaint, fault) for fault in found), found


LIES: dict[str, tuple[Lie, str]] = {
    "lost record": (_no_record, "want one record of the call, got 0"),
    "doubled record": (_two_records, "want one record of the call, got 2"),
    "invented record": (_no_visit, "a record of a call that nobody made"),
    "wrong end": (_record(ended_by="caller"), "ended by caller .* the town says bank"),
    "never answered": (_record(answered_at=None), "the record says that it was not"),
    "no recording": (_record(recording=""), "answered and not recorded"),
    "other recording": (_other_recordings, "a recording of"),
    "clip not heard": (
        _heard(lambda heard: [one for one in heard if one.clip != BALANCE]),
        "was said and not heard",
    ),
    "clip not said": (_heard(lambda heard: [*heard, heard[0]]), "which the bank did not say"),
    "clips swapped": (_heard(lambda heard: heard[1::-1] + heard[2:]), "was said and not heard"),
    "other balance": (_another_balance, "the ledger says"),
}


@pytest.mark.parametrize("name", LIES)
def test_every_lie_is_found(played: Rehearsed, name: str) -> None:
    lie, complaint = LIES[name]
    visit = a_visit(played, "balance", "bank")
    (found, *_) = audit(*lie(played, visit), ClipLibrary())
    assert visit.number in found
    assert re.search(complaint, found)
