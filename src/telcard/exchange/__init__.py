"""The far end of the line: a town whose subscribers call us, listen, and press keys.

    async with Town(card.far_ends, ClipLibrary(), clock) as town:
        async with town.subscriber("02154321") as caller:
            await caller.dial("95588")
            await caller.hear("welcome")        # told from the received sound alone
            await caller.press("12345#")

The town has an engine of its own and meets ours only on the line.
"""

from telcard.dsp.copper import Copper
from telcard.exchange.fax import FaxMachine
from telcard.exchange.lines import LINES, NamedLine
from telcard.exchange.office import Office, TrunkGroup
from telcard.exchange.person import NotHeard, Person
from telcard.exchange.recognise import Listener
from telcard.exchange.repertoire import Repertoire
from telcard.exchange.subscriber import Subscriber
from telcard.exchange.telephone import Telephone
from telcard.exchange.town import Town
from telcard.exchange.track import Heard
from telcard.signalling import Hunt, RouteStats

__all__ = [
    "LINES",
    "Copper",
    "FaxMachine",
    "Heard",
    "Hunt",
    "Listener",
    "NamedLine",
    "NotHeard",
    "Office",
    "Person",
    "Repertoire",
    "RouteStats",
    "Subscriber",
    "Telephone",
    "Town",
    "TrunkGroup",
]
