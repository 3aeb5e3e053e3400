"""Kill a transfer call at every write to its books, and see what is left.

    LD_PRELOAD=mortal.so python -m tests.support.kill_sweep fake killed 1 FOLDER

A caller moves money from one of his accounts to another, in a process of its own that SIGKILL ends
at the n-th write, cut or fsync of the bank's files, for every n until none is left.  Then the bank
is opened again as after any crash, and asked:

* Does the ledger balance, and is the money there?  Was it moved once or not at all?
* Whatever receipt was spoken, even its first syllable: do the books have it?
* What was booked and not heard: is it told at the next call, once, with the same number?

`killed` leaves all that was written, `torn` half of the last write, `power` only what an fsync had
confirmed, as a power failure would.  `fake` is the hotline's flow with a scripted caller; `line` is
a whole house with a town, over an emulated E1, killed before and after every fsync; `fax` is a fax
that somebody has asked for (`fax_sweep`).
"""

import ctypes
import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from telcard import clock
from telcard.bank import Bank, Cost, PinKey, hotline, ledger, sample
from telcard.rehearsal import SAMPLE_PINS, set_stage
from telcard.rehearsal.scenes import ADA, transfer
from telcard.speech import Digits
from telcard.speech.english import UNITS
from telcard.storage import Database
from tests.support import fax_sweep
from tests.support.fake_call import FakeCall

SAVINGS = "10020063"
MOVED = 10_000
BEFORE = (144_755, 500_000)
AFTER = (BEFORE[0] - MOVED, BEFORE[1] + MOVED)
QUICK = Cost(time=1, memory_kib=8, lanes=1)
LOG_IN = (ADA, SAMPLE_PINS[ADA])
KEYS = (*LOG_IN, "3", "1", "100", "100", "1", "*")

MENU_VERB = 5
"""Answer, welcome, account, PIN; then the menu."""

Report = Callable[[str], object]
Arm = Callable[[], None]


class Talker(FakeCall):
    """Reports what is said to him when it begins."""

    report: Report

    async def say(self, *items: Any, interruptible: bool = True) -> None:
        self.report(
            " ".join(item.keys if isinstance(item, Digits) else str(item) for item in items)
        )
        await super().say(*items, interruptible=interruptible)


def prepare(folder: Path) -> None:
    """The books before the call."""
    folder.mkdir()
    PinKey.create(folder / "pin.key")
    bank = Bank.open(folder / "bank.sqlite", folder / "pin.key", clock.VirtualClock(), cost=QUICK)
    sample.build(bank, SAMPLE_PINS)
    bank.database.close()


def fake(folder: Path, arm: Arm, report: Report) -> None:
    """The flow alone, whose caller keys `KEYS`; armed when the menu is read to him."""
    ring(folder, report, KEYS, "call 1", arm)


def ring(
    folder: Path,
    report: Report,
    keys: tuple[str, ...],
    call_id: str,
    arm: Arm | None = None,
) -> None:
    """One call of the hotline, from its offer to the closing of the books."""

    async def begin(call: FakeCall) -> None:
        if arm is not None and call.verbs == MENU_VERB:
            arm()

    async def main() -> None:
        async with Bank.open(
            folder / "bank.sqlite", folder / "pin.key", clock.current(), cost=QUICK
        ) as bank:
            call = Talker(keys, call_id=call_id, before=begin)
            call.report = report
            call.ended = bank.records.add
            await hotline(call, bank)

    clock.run(main(), clock.VirtualClock())


def line(folder: Path, arm: Arm, report: Report) -> None:
    """A house and a town: the caller hears and keys over the line alone."""

    async def main() -> None:
        async with set_stage(folder, pin_cost=QUICK) as stage:
            stage.house.card.events.subscribe(
                lambda event: report(event.facts["text"]) if event.name == "says" else None
            )
            arm()
            async with stage.town.subscriber("02154321004") as caller:
                await transfer(caller)
            await stage.finish()

    clock.run(main(), clock.VirtualClock())


def survive(play: Callable[[Report], None]) -> tuple[bool, list[str]]:
    """Run `play` in a process of its own; whether it lived, and what it reported."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            play(lambda said: os.write(writing, said.encode() + b"\n"))
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False, said
    assert status == 0, f"the call's process ended with status {status} by itself"
    return True, said


def judge(folder: Path, said: list[str]) -> str:
    """What came of it; raises where anything is wrong.

    A receipt that waits to be told is told in a next call, which is made here.
    """
    receipts, told = books(folder)
    heard = [sentence for sentence in said if is_receipt(sentence)]
    again: list[str] = []
    if receipts and not told:
        lived, all_again = survive(lambda report: ring(folder, report, (*LOG_IN, "*"), "call 2"))
        assert lived
        again = [sentence for sentence in all_again if is_receipt(sentence)]
        assert len(again) == 1, "booked, and not told at the next call"
        assert books(folder) == (receipts, 1)
    for sentence in heard + again:
        assert receipts, f"spoken, but not in the books: {sentence}"
        assert speaks(sentence, receipts[0]), f"{sentence} is not {receipts[0]}"
    if not receipts:
        return "nothing"
    if heard:
        return "told, and again at the next call" if again else "told"
    return "told at the next call"


def books(folder: Path) -> tuple[list[str], int]:
    """Receipts in the books, and how often they were told; raises where the books are not sound."""
    with Database(folder / "bank.sqlite") as database:
        faults = database.transact(ledger.faults)
        receipts = database.transact(
            lambda c: [receipt for (receipt,) in c.execute("SELECT receipt FROM transfers")]
        )
        told = database.transact(
            lambda c: c.execute("SELECT count(*) FROM receipts_told").fetchone()[0]
        )
        balances = tuple(
            database.transact(lambda c, n=number: ledger.balance(c, n).minor)
            for number in (ADA, SAVINGS)
        )
    assert faults == [], faults
    assert len(receipts) <= 1, f"moved more than once: {receipts}"
    assert balances == (AFTER if receipts else BEFORE), balances
    return receipts, told


def is_receipt(sentence: str) -> bool:
    """Whether a sentence, in clips or in writing, is one with a receipt number."""
    return "your_receipt_number_is" in sentence or "receipt number is" in sentence


def speaks(sentence: str, receipt: str) -> bool:
    """Whether the number is in the sentence, in digits or in words."""
    spelled = " ".join(UNITS[int(digit)] for digit in receipt)
    return receipt in sentence or spelled in sentence.lower().replace(",", "").replace(".", "")


def sweep(what: str, how: str, stride: int, folder: Path) -> dict[str, Any]:
    """Kill at every point, or at every `stride`th; returns how many, and what came of them."""
    mortal = ctypes.CDLL(None)
    mortal.mortal_arm.argtypes = [
        *(ctypes.c_char_p, ctypes.c_char_p, ctypes.c_long, ctypes.c_int, ctypes.c_int)
    ]
    play = {"fake": fake, "line": line, "fax": fax_sweep.fax}[what]
    faxes = partial(fax_sweep.judge, survive=survive)
    ask, unhurt = (faxes, "sent") if what == "fax" else (judge, "told")
    ready = folder / "ready"
    prepare(ready)
    if what == "fax":
        fax_sweep.warm(ready)
    outcomes: Counter[str] = Counter()
    for nth in count(1, stride):
        here, platter = folder / f"{nth}", folder / f"{nth} platter"
        shutil.copytree(ready, here)
        shutil.copytree(ready, platter)
        arm = partial(
            *(mortal.mortal_arm, os.fsencode(here), os.fsencode(platter)),
            *(nth, how == "torn", what == "line"),
        )
        lived, said = survive(partial(play, here, arm))
        try:
            outcome = ask(platter if how == "power" and not lived else here, said)
            assert not lived or outcome == unhurt, outcome
        except AssertionError as error:
            raise AssertionError(f"{what}, {how}, point {nth}: {error}") from error
        if lived:
            break
        outcomes[outcome] += 1
        shutil.rmtree(here)
        shutil.rmtree(platter)
    return {"points": outcomes.total(), "outcomes": dict(outcomes)}


if __name__ == "__main__":
    what, how, stride, place = sys.argv[1:]
    print(json.dumps(sweep(what, how, int(stride), Path(place))))  # noqa: T201
