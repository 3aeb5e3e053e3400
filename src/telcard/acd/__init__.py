"""ACD: waiting for a person, and talking to one.

    desk = Desk(card, [Agent("Anna", "msiB1C1")])         # a card with telephones
    desk.ready("Anna")
    ending = await desk.visit(call, Screen(caller=call.caller))

`queue` decides, purely, who gets whom; `Desk` rings, connects and keeps the agents' states.
"""

from telcard.acd.desk import Desk, Ending, Rules
from telcard.acd.queue import Activity, Agent, Status
from telcard.acd.screen import Screen

__all__ = ["Activity", "Agent", "Desk", "Ending", "Rules", "Screen", "Status"]
