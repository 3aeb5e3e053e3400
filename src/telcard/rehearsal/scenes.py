"""What callers do: small scripts, each a scene of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telcard.daemon.config import AgentSection, FaxSection
from telcard.dsp import g711
from telcard.exchange import FaxMachine, Subscriber, Telephone
from telcard.rehearsal.stage import HOTLINE, SAMPLE_PINS
from telcard.rehearsal.steps import identify, move_money, say_goodbye
from telcard.speech import ClipLibrary

ADA, BENNO = "10020030", "10020048"


@dataclass(frozen=True, slots=True)
class Scene:
    """One caller's script: who calls, when (seconds after curtain up), and what he does.

    In some an agent of the bank has a part as well, at the telephone of his station.
    """

    title: str
    caller: str
    at_s: float
    play: Callable[[Subscriber], Awaitable[None]]
    agent: Callable[[Telephone], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class FaxScene:
    """The script of somebody at a fax machine, whose number is `caller`; otherwise as a `Scene`."""

    title: str
    caller: str
    at_s: float
    play: Callable[[FaxMachine], Awaitable[None]]


def words(clip: str) -> npt.NDArray[np.int16]:
    """What people say in these scenes: the clips of the house are all the speech there is."""
    return g711.decode_alaw(ClipLibrary()[clip])


async def hear_balance_and_entries(caller: Subscriber) -> None:
    """Know the PIN, hear the balance, then the last entries, and say goodbye."""
    await caller.dial(HOTLINE)
    await caller.hear("welcome")
    await identify(caller, ADA, SAMPLE_PINS[ADA])
    await caller.hear("to_end_the_call", eventually=True)
    await caller.press("1")
    await caller.hear("your_balance_is")
    await caller.hear("for_your_last_entries", eventually=True)
    await caller.press("2")
    await caller.hear("your_last_entries_are")
    await caller.hear("to_end_the_call", timeout_s=60, eventually=True)
    await caller.press("*")
    await caller.hear("goodbye")
    await caller.hung_up_by_far_end()


async def transfer(caller: Subscriber) -> None:
    """Move a hundred dollars to the other account, and hear the receipt number."""
    await caller.dial(HOTLINE)
    await identify(caller, ADA, SAMPLE_PINS[ADA])
    await move_money(caller, "100#")
    await caller.hear("your_receipt_number_is")
    await say_goodbye(caller)


async def forget_the_pin(caller: Subscriber) -> None:
    """Guess three times; the bank ends the call and writes an alarm."""
    await caller.dial(HOTLINE)
    for guess in ("1234", "0000", "141422"):
        await identify(caller, BENNO, guess)
    await caller.hear("too_many_tries")
    await caller.hung_up_by_far_end()


async def hang_up_in_the_menu(caller: Subscriber) -> None:
    """Get as far as the menu, then put the receiver down."""
    await caller.dial(HOTLINE)
    await identify(caller, ADA, SAMPLE_PINS[ADA])
    await caller.hear("for_your_balance")
    await caller.hang_up()


async def ask_for_a_person(caller: Subscriber) -> None:
    """Wait for a person, talk to her, be sent back, and hear the balance after all."""
    await caller.dial(HOTLINE)
    await identify(caller, ADA, SAMPLE_PINS[ADA])
    await caller.hear("for_your_balance")
    await caller.press("0")
    await caller.hear("please_hold")
    await caller.hear("one_moment", timeout_s=60, eventually=True)
    await caller.speak(words("your_balance_is"))
    await caller.hear("sent_back", eventually=True)
    await caller.hear("for_your_balance")
    await caller.press("1")
    await caller.hear("your_balance_is")
    await caller.hear("for_your_balance", eventually=True)
    await caller.press("*")
    await caller.hear("goodbye")
    await caller.hung_up_by_far_end()


async def answer_and_send_back(phone: Telephone) -> None:
    """Lift at the second ring, ask for a moment, and send the caller back to the machine."""
    await phone.rings(120)
    await asyncio.sleep(6.5)
    phone.lift()
    await phone.hear("a_caller_for_you")
    await phone.speak(words("one_moment"))
    await phone.hear("your_balance_is", eventually=True)
    await phone.flash()
    await asyncio.sleep(1)
    phone.put_down()


async def ask_for_a_statement(machine: FaxMachine) -> None:
    """Call from the fax machine's handset, and press start when asked to."""
    await machine.dial(HOTLINE)
    await identify(machine, ADA, SAMPLE_PINS[ADA])
    await machine.hear("for_a_statement_by_fax", eventually=True)
    await machine.press("4")
    await machine.hear("to_receive_it_on_this_call")
    await machine.press("1")
    await machine.hear("press_start", eventually=True)
    await asyncio.sleep(2)
    machine.received.append(await machine.receive())


async def have_a_statement_sent(machine: FaxMachine) -> None:
    """Have it sent to the machine from which one calls, and talk on, so that its line is busy."""
    await machine.dial(HOTLINE)
    await identify(machine, BENNO, SAMPLE_PINS[BENNO])
    await machine.hear("for_a_statement_by_fax", eventually=True)
    await machine.press("4")
    await machine.hear("to_have_it_sent", eventually=True)
    await machine.press("2")
    for question in ("enter_fax_number", "enter_fax_number_again"):
        await machine.hear(question, eventually=True)
        await machine.press(f"{machine.number}#")
    await machine.hear("to_confirm", timeout_s=60, eventually=True)
    await machine.press("1")
    await machine.hear("fax_accepted", eventually=True)
    await say_goodbye(machine)
    await machine.hang_up()


SCENES = (
    Scene("hears balance and last entries", "02154321001", 0.0, hear_balance_and_entries),
    Scene("has forgotten the PIN", "02154321002", 7.0, forget_the_pin),
    Scene("hangs up in the menu", "02154321003", 15.0, hang_up_in_the_menu),
    Scene("moves money to the savings", "02154321004", 20.0, transfer),
)
"""What three callers do with the machine alone."""

AGENT = AgentSection(name="Anna", station="msiB1C1", ready=True)
"""Who answers in the next one."""

WITH_AN_AGENT = Scene(
    "speaks to a person", "02154321005", 22.0, ask_for_a_person, answer_and_send_back
)
"""What a caller and an agent do together, where the house has a desk with `AGENT`."""

FAX = FaxSection(name="The Bank", ident="+86 10 95588", number=HOTLINE, zone="UTC")
"""How the house sends faxes in the last two."""

BY_FAX = (
    FaxScene("has a statement sent on the call", "02154321006", 0.0, ask_for_a_statement),
    FaxScene("has one sent to a number", "02154321007", 30.0, have_a_statement_sent),
)
"""What callers at fax machines do, where the house sends faxes as `FAX` says."""
