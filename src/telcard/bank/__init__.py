"""The bank behind the telephone: a ledger, identities, a book of calls, and the hotline itself.

    PinKey.create("pin.key")                            # once; keep it apart from the database
    async with Bank.open("bank.db", "pin.key") as bank:
        async with telcard.open("emulator:d300sc_e1", ended=bank.records.add) as card:
            await card.serve(lambda call: hotline(call, bank))      # welcome, PIN, balance, goodbye

`telcard.bank.sample` builds a small made-up bank to try it with.
"""

from telcard.bank.branch import Bank
from telcard.bank.fax_plan import Fax, FaxRules
from telcard.bank.faxes import Faxes
from telcard.bank.hotline import MENU, Choice, hotline
from telcard.bank.identity import Cost, Identity, PinKey, TypedSecret
from telcard.bank.ledger import Account, Entry, Ledger, Order, Posting, Receipt
from telcard.bank.limits import Budget, Limits
from telcard.bank.money import Amount
from telcard.bank.outbox import FaxOrder, Outbox, TooManyFaxes
from telcard.bank.receipts import Declined, Slip, Transfer
from telcard.bank.records import CallRecord, CallRecords
from telcard.bank.statement_page import Sender
from telcard.bank.visit import Over, Question, Reason, Visitor, service

__all__ = [
    "MENU",
    "Account",
    "Amount",
    "Bank",
    "Budget",
    "CallRecord",
    "CallRecords",
    "Choice",
    "Cost",
    "Declined",
    "Entry",
    "Fax",
    "FaxOrder",
    "FaxRules",
    "Faxes",
    "Identity",
    "Ledger",
    "Limits",
    "Order",
    "Outbox",
    "Over",
    "PinKey",
    "Posting",
    "Question",
    "Reason",
    "Receipt",
    "Sender",
    "Slip",
    "TooManyFaxes",
    "Transfer",
    "TypedSecret",
    "Visitor",
    "hotline",
    "service",
]
