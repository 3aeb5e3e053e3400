"""Both sides of the books: what the town met, call by call, against what the bank wrote down.

Town and bank share nothing but the line.  So when a caller heard what the call's transcript says
was said, and was hung up on where its record says so, line, engine, signalling, flow and storage
have all done their part.  `audit` is pure: it reads, compares, and names every disagreement.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate
from pathlib import Path

import soundfile

from telcard.bank import Bank, CallRecord
from telcard.bank.receipts import receipt_number
from telcard.bank.sample import CURRENCY
from telcard.bank.transactions import transact
from telcard.daemon import House
from telcard.events import Event
from telcard.exchange import Heard, Town
from telcard.rehearsal.day import Visit
from telcard.speech import ClipLibrary, Digits, Money
from telcard.units import SAMPLE_RATE

SLACK = timedelta(seconds=1.0)
"""How far both sides may differ about an instant: signals travel and are recognised meanwhile."""

CROSSING = timedelta(seconds=0.2)
"""Two hang-ups within this may cross each other on the line."""

BREAKS_BOARD = ("dsp_crash", "card_gone")
"""Kinds of fault that last until the board is up again."""

AFTERMATH = timedelta(seconds=15)
"""What a fault does is over so long after it: alarms are waited out, circuits put back."""

UNHEARD = 800
"""Samples that are played last and perhaps not heard: a hang-up reaches the bank 0.1 s later."""

ALL = 10**9
"""More records than there are."""

ENDED_BY = {"caller": "caller", "bank": "system", "line": "failure"}
"""Who ended a visit, and the word that the call's record has for him."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transfer that the bank has carried out."""

    number: str
    call: str
    """The call in which it was ordered."""
    account: str
    """The customer's first account."""
    told_in: str
    """The call in which the bank believes that the customer has heard of it; "" if in none."""


@dataclass(frozen=True, slots=True)
class Books:
    """What the bank has to show: records, events of all calls, and the recordings' folder."""

    records: Sequence[CallRecord]
    events: Sequence[Event]
    recordings: Path | None
    balances: Mapping[str, Sequence[tuple[datetime, int]]]
    """By account: when it was booked on, and the balance after that, in minor units."""
    currency: str
    receipts: Sequence[Receipt]
    disturbed: Sequence[tuple[datetime, datetime]] = ()
    """When something was broken on purpose, and what was on the line then may have suffered."""


async def read_books(
    bank: Bank, events: Sequence[Event], recordings: Path | None, began: datetime
) -> Books:
    """All that the bank has to show of the calls of which these are the events.

    `began` is the instant of media time 0.
    """
    return Books(
        await bank.records.newest(ALL),
        tuple(events),
        recordings,
        await transact(bank.database, partial(_balances, currency=CURRENCY)),
        CURRENCY,
        await transact(bank.database, _receipts_of),
        _disturbances(events, began),
    )


def _disturbances(events: Sequence[Event], began: datetime) -> list[tuple[datetime, datetime]]:
    """From each fault to its end, and as long as its consequences may be felt."""
    spans = []
    for index, event in enumerate(events):
        if event.name != "fault":
            continue
        over = "board_up" if event.facts["kind"] in BREAKS_BOARD else "fault_over"
        end = event.sample
        if over == "board_up" or event.facts.get("for_s"):
            later = (one.sample for one in events[index:] if one.name == over)
            end = next(later, events[-1].sample)
        at, to = (began + timedelta(seconds=sample / SAMPLE_RATE) for sample in (event.sample, end))
        spans.append((at - SLACK, to + AFTERMATH))
    return spans


def _receipts_of(connection: sqlite3.Connection) -> list[Receipt]:
    rows = connection.execute(
        "SELECT receipt, call_id,"
        " (SELECT number FROM accounts WHERE customer_id = transfers.customer_id"
        "  ORDER BY id LIMIT 1),"
        " coalesce((SELECT receipts_told.call_id FROM receipts_told"
        "  WHERE receipts_told.transaction_id = transfers.transaction_id ORDER BY id LIMIT 1), '')"
        " FROM transfers ORDER BY transaction_id"
    )
    return [Receipt(*row) for row in rows]


def _balances(
    connection: sqlite3.Connection, currency: str
) -> dict[str, list[tuple[datetime, int]]]:
    balances: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    rows = connection.execute(
        "SELECT accounts.number, transactions.booked_at, postings.balance_minor FROM postings"
        " JOIN accounts ON accounts.id = postings.account_id"
        " JOIN transactions ON transactions.id = postings.transaction_id"
        " WHERE accounts.currency = ? ORDER BY postings.id",
        (currency,),
    )
    for number, booked_at, minor in rows:
        balances[number].append((datetime.fromisoformat(booked_at), minor))
    return dict(balances)


def audit(visits: Sequence[Visit], books: Books, clips: ClipLibrary) -> list[str]:
    """Every disagreement between town and bank, one sentence each; none is what one hopes for.

    Of a call that was disturbed on purpose the record, the balances and the receipts must be right
    all the same; what was heard, and how it ended, need not.
    """
    records: dict[str, list[CallRecord]] = defaultdict(list)
    for record in books.records:
        records[record.caller].append(record)
    events: dict[str, list[Event]] = defaultdict(list)
    for event in books.events:
        events[event.call].append(event)
    found: list[str] = []
    made: dict[str, Visit] = {}
    numbers = {visit.number for visit in visits}
    for visit in visits:
        disturbed = is_disturbed(visit, books)
        number = visit.number
        if disturbed and number not in records:
            number = _mangled(visit, {n: records[n] for n in records.keys() - numbers})
        mine = records.pop(number, [])
        made[number] = visit
        if len(mine) != 1:
            # Whoever was never connected may have been gone before his call was offered.
            if mine or visit.connected is not None:
                found.append(f"{visit.number}: want one record of the call, got {len(mine)}")
            continue
        faults = [*_balance(visit, events[mine[0].call_id], books, clips)]
        if not disturbed:
            faults += [visit.why] if visit.missed else []
            faults += _ending(visit, mine[0])
            faults += _transcript(visit, events[mine[0].call_id], clips)
            faults += _recording(mine[0], books.recordings)
        found += (f"{visit.number}: {fault}" for fault in faults)
    found += _receipts(visits, made, books, clips)
    found += (f"{number}: a record of a call that nobody made" for number in records)
    return found


def _mangled(visit: Visit, strangers: Mapping[str, Sequence[CallRecord]]) -> str:
    """The number under which the bank knows a caller, digits of whose address are lost.

    `strangers` are the records of numbers that nobody called from.
    """
    assert visit.over is not None, "a visit is judged when it is over"
    for number, (record, *_) in sorted(strangers.items(), key=lambda item: -len(item[0])):
        left = iter(visit.number)
        if (
            all(digit in left for digit in number)
            and visit.dialled <= record.offered_at <= visit.over
            and visit.customer.account.endswith(record.account_tail)
        ):
            return number
    return visit.number


def is_disturbed(visit: Visit, books: Books) -> bool:
    """Whether something was broken on purpose while the visit lasted."""
    over = visit.over or visit.dialled
    return any(begin <= over and visit.dialled <= end for begin, end in books.disturbed)


def _ending(visit: Visit, record: CallRecord) -> Iterator[str]:
    """Whether both say the same of answer and end."""
    if visit.connected is None:
        if record.answered_at is not None and record.ended_by == "system":
            yield f"the bank answered, and the town knows nothing of it ({visit.why})"
        return
    if record.answered_at is None:
        yield "the town was answered, the record says that it was not"
        return
    if abs(record.answered_at - visit.connected) > SLACK:
        yield f"answered at {record.answered_at}, the town says {visit.connected}"
    assert visit.over is not None, "a visit is judged when it is over"
    if abs(record.ended_at - visit.over) > SLACK:
        yield f"ended at {record.ended_at}, the town says {visit.over}"
    wanted = ENDED_BY[visit.ended_by]
    if record.ended_by != wanted and not _crossed(visit, record):
        yield f"ended by {record.ended_by} ({record.reason}), the town says {visit.ended_by}"


def _crossed(visit: Visit, record: CallRecord) -> bool:
    """Whether both hung up at once: the bank had said goodbye, and the caller knew it."""
    return (
        (visit.ended_by, record.ended_by) == ("caller", "system")
        and bool(visit.heard)
        and visit.heard[-1].clip == "goodbye"
        and visit.over is not None
        and abs(record.ended_at - visit.over) < CROSSING
    )


def _transcript(visit: Visit, events: Sequence[Event], clips: ClipLibrary) -> Iterator[str]:
    """Whether the caller heard what was said: each utterance as far as it was played."""
    heard = list(visit.heard)
    plan: list[str] = []
    for event in events:
        if event.name == "says":
            plan = str(event.facts["clips"]).split()
        elif event.name == "said":
            played = event.sample - int(event.facts["start"] or 0) - UNHEARD
            ends = accumulate(len(clips[clip]) for clip in plan)
            sure = [clip for clip, end in zip(plan, ends, strict=True) if end <= played]
            due = sum(clip in clips.clips() for clip in sure)  # the others are silences
            spoken = [clip for clip in plan if clip in clips.clips()]
            if (taken := _follow(spoken, heard)) < due:
                came = ", ".join(map(str, heard[:3])) or "nothing more"
                yield f"{spoken[taken]!r} was said and not heard; heard {came}"
                return
    if heard:
        yield f"heard {heard[0]}, which the bank did not say"


def _follow(utterance: Sequence[str], heard: list[Heard]) -> int:
    """Take from `heard` what belongs to the utterance; returns how much of that came whole."""
    taken = 0
    while taken < len(utterance) and heard and heard[0].clip == utterance[taken]:
        whole = heard.pop(0).complete
        if not whole:
            break
        taken += 1
    return taken


def _balance(
    visit: Visit, events: Sequence[Event], books: Books, clips: ClipLibrary
) -> Iterator[str]:
    """Whether a balance that was told is one that the account had during the call."""
    for event in events:
        if event.name != "says" or not str(event.facts["clips"]).startswith("your_balance_is "):
            continue
        assert visit.over is not None, "a visit is judged when it is over"
        had = [0]
        for booked, minor in books.balances[visit.customer.account]:
            had = [*had, minor] if booked > visit.dialled else [minor]
            if booked > visit.over:
                break
        said = str(event.facts["clips"])
        plans = (clips.plan("your_balance_is", Money(minor, books.currency)) for minor in had)
        if said not in {" ".join(plan) for plan in plans}:
            yield f"was told {event.facts['text']!r}, the ledger says {had}"


def _receipts(
    visits: Sequence[Visit], made: Mapping[str, Visit], books: Books, clips: ClipLibrary
) -> Iterator[str]:
    """Whether every receipt that a customer heard is his, and every one of his was heard or waits.

    No call orders two transfers, and none is carried out that nobody ordered.  `made` are the
    visits by the numbers that the bank has for them.
    """
    by_call = Counter(receipt.call for receipt in books.receipts)
    yield from (f"call {call} ordered {n} transfers" for call, n in by_call.items() if n > 1)
    calls = {record.call_id: made.get(record.caller) for record in books.records}
    heard: set[str] = set()
    for visit in visits:
        mine = [one.number for one in books.receipts if one.account == visit.customer.account]
        spoken = {
            tuple(clip for clip in clips.plan(Digits(number)) if clip in clips.clips()): number
            for number in mine
        }
        for digits in _numbers(visit.heard):
            if digits in spoken:
                heard.add(spoken[digits])
            elif not is_disturbed(visit, books):
                yield f"{visit.number}: heard the receipt {' '.join(digits)}, which is none of his"
    for receipt in books.receipts:
        ordered, told = calls.get(receipt.call), calls.get(receipt.told_in)
        if ordered is None or "transfer" not in ordered.errand:
            yield f"receipt {receipt.number}: call {receipt.call} ordered no transfer"
        if told and receipt.number not in heard and not is_disturbed(told, books):
            yield f"receipt {receipt.number}: the bank says that it was heard, and it was not"


def _numbers(heard: Sequence[Heard]) -> Iterator[tuple[str, ...]]:
    """The receipt numbers that were heard whole, as clips, a digit each."""
    length = len(receipt_number(0))
    names = [one.clip if one.complete else "" for one in heard]
    for at, name in enumerate(names):
        digits = tuple(names[at + 1 : at + 1 + length])
        if name == "your_receipt_number_is" and len(digits) == length and all(digits):
            yield digits


def _recording(record: CallRecord, folder: Path | None) -> Iterator[str]:
    """Whether the recording is there, and as long as the call."""
    if folder is None or record.answered_at is None:
        return
    if not record.recording:
        yield "the call was answered and not recorded"
        return
    lasted = timedelta(seconds=soundfile.info(folder / record.recording).duration)
    called = record.ended_at - record.offered_at
    if abs(lasted - called) > SLACK:
        yield f"a call of {called}, a recording of {lasted}"


def leaks(house: House, town: Town) -> list[str]:
    """What was taken and not given back, once nobody calls any more."""
    found = [f"call {call.id} is still there" for call in house.chassis.calls]
    for engine in (house.chassis.engine, town.engine):
        found += [f"{lane} is still open" for lane in engine.open_lanes]
    for card in house.chassis.cards:
        found += [f"{bearer} is still taken" for bearer in card.board.bearers]
        for pool in card.board.pools.values():
            found += [f"{entry} is still taken" for entry in pool.taken]
        found += [
            f"circuit {circuit.name} still has a call"
            for circuit in card.circuits()
            if circuit.call
        ]
    if house.bank.records.waiting:
        found.append(f"{house.bank.records.waiting} call records are not written")
    folder = str(house.config.recordings.folder.resolve())
    for handle in Path("/proc/self/fd").iterdir():
        try:
            name = str(handle.readlink())
        except OSError:  # it was the one with which the folder was read
            continue
        if name.startswith(folder):
            found.append(f"{name} is still open")
    return found


def summary(visits: Sequence[Visit]) -> Counter[tuple[str, str]]:
    """How many visits had which errand and which end."""
    return Counter((visit.errand, visit.ended_by) for visit in visits)
