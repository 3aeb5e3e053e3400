"""The dialogue of a statement by fax, key by key: on the call, and to a number."""

from datetime import UTC, datetime

import pytest

from telcard import clock
from telcard.bank import MENU, FaxRules, Sender
from telcard.bank.faxes import Faxes
from telcard.bank.hotline import ask_choice
from telcard.bank.statement import ASK_WHERE, MISTAKES
from telcard.errors import CardError, NoResource
from telcard.fax.t30 import Reason
from telcard.speech import Digits, plan
from tests.support import faults
from tests.support.fake_exchange import SENT, FakeChassis, result
from tests.support.faults import FaultyConnection

NUMBER = "0215432101"
THERE = ("4", "2", NUMBER, NUMBER, "1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
OFFER = ask_choice([choice for choice in MENU if choice.service != "person"]).prompt


@pytest.fixture
def ask(open_bank, visit, fake_call, people):
    """Prove an account, key this, and say goodbye; gives the call, its record and the outbox."""

    def ask(*keys, rules=None, begin=NINE, database=None, **script):
        async def main():
            bank = open_bank(on=clock.current(), database=database)
            faxes = Faxes(
                bank, FakeChassis(SENT), Sender("The Bank", "95588"), rules or FaxRules(zone=UTC)
            )
            call = fake_call((people.ada, people.pins[people.ada], *keys, "*"), **script)
            await visit(call, bank, faxes=faxes)
            for said in (*call.said, *call.asked):
                plan(*said)
            (record,) = await bank.records.newest()
            told = await faxes.outbox.newest()
            bank.database.close()
            return call, record, told

        return clock.run(main(), clock.VirtualClock(begin))

    return ask


def test_a_statement_is_offered_where_faxes_can_be_sent(ask, serve, people):
    assert ("for_a_statement_by_fax", "press", Digits("4")) == OFFER[12:15]
    call, _, _ = ask()
    assert call.asked[2] == OFFER
    call, _ = serve(people.ada, people.pins[people.ada], "4", "*")
    assert "for_a_statement_by_fax" not in call.asked[2]
    assert call.said[-2] == ("invalid_choice",)


def test_it_is_sent_on_the_call_which_is_over_then(ask):
    call, record, told = ask("4", "1", fax=SENT)
    assert call.asked[3] == ASK_WHERE.prompt
    assert call.said[-1] == ("press_start",)
    ((pages, ident),) = call.faxed
    assert ([page.shape for page in pages], ident) == ([(2287, 1728)], "95588")
    assert (record.reason, record.done) == ("statement faxed", "statement by fax")
    assert told == []


@pytest.mark.parametrize(
    ("fax", "words", "done"),
    [
        (result(Reason.NO_SIGNAL, heard=False), ("fax_not_sent",),
         "statement not faxed: nobody has answered"),
        (result(Reason.CANNOT_TRAIN), ("fax_not_sent",),
         "statement not faxed: the line is too bad for any of the modems"),
        (NoResource("no modem"), ("not_available", ".", "nothing_faxed"), ""),
        (CardError("the board is down"), ("not_available", ".", "nothing_faxed"), ""),
    ],
)  # fmt: skip
def test_a_fax_that_fails_says_so_and_the_call_goes_on(ask, fax, words, done):
    call, record, _ = ask("4", "1", fax=fax)
    assert call.said[-2:] == [words, ("goodbye",)]
    assert (record.reason, record.done) == ("goodbye", done)


def test_a_number_is_keyed_twice_read_back_and_confirmed(ask):
    call, record, (fax,) = ask(*THERE)
    assert call.asked[3:7] == [
        ASK_WHERE.prompt,
        ("enter_fax_number",),
        ("enter_fax_number_again",),
        (
            *("we_shall_send_it_to", Digits(NUMBER), "."),
            *("to_confirm", "press", Digits("1"), ".", "to_cancel", "press", Digits("*")),
        ),
    ]
    assert call.said[-2:] == [("fax_accepted",), ("goodbye",)]
    assert (record.reason, record.done) == ("goodbye", "fax 1")
    assert (fax.number, fax.account, fax.what) == (NUMBER, "10020030", "statement")
    assert fax.call_id == record.call_id
    assert call.steps[-5:] == ["fax_number", "confirm", "promised", "menu", "goodbye"]


def test_by_night_it_is_promised_for_the_morning(ask):
    call, _, (fax,) = ask(*THERE, begin=datetime(2026, 1, 5, 23, tzinfo=UTC))
    assert call.said[-2] == ("fax_accepted", ".", "fax_in_the_morning")
    assert fax.state == "waiting"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("4", "*"), ()),
        (("4", "3", "0", "#"), ("too_many_mistakes",)),
        (("4", "2", "*"), ()),
        (("4", "2", "110", "0086123456", "1" * 19), ("too_many_mistakes",)),
        (("4", "2", NUMBER, NUMBER[:-1], NUMBER, "*", "0*1"), ("too_many_mistakes",)),
        (("4", "2", NUMBER, NUMBER, "*"), ()),
        (("4", "2", NUMBER, NUMBER, "2", "2", "2"), ("too_many_mistakes",)),
    ],
)
def test_what_comes_to_nothing_says_so_and_the_call_goes_on(ask, keys, words):
    call, record, told = ask(*keys)
    assert call.said[-2:] == [(*words, ".", "nothing_faxed"), ("goodbye",)]
    assert (record.reason, record.done, told) == ("goodbye", "", [])
    assert MISTAKES == 3


def test_each_mistake_is_told(ask):
    call, _, _ = ask("4", "2", "110", NUMBER, "1", *THERE[2:])
    assert call.said[1:4] == [
        ("fax_number_not_allowed",),
        ("fax_numbers_differ",),
        ("fax_accepted",),
    ]


def test_who_asks_for_too_many_hears_it(ask):
    call, record, told = ask(*THERE, *THERE, rules=FaxRules(zone=UTC, asked_a_day=1))
    assert call.said[-2] == ("too_many_faxes", ".", "nothing_faxed")
    assert (record.done, len(told)) == ("fax 1", 1)


def test_who_hangs_up_before_he_has_confirmed_gets_no_fax(ask):
    _, record, told = ask(*THERE[:-1], hang_up_at=9)
    assert (record.reason, told) == ("caller hung up", [])


@pytest.mark.parametrize("afterwards", [False, True])
def test_a_fault_of_the_books_is_asked_again_and_the_fax_promised_once(ask, afterwards):
    async def before(call):
        if call.verbs == 9:  # the last is the confirmation
            FaultyConnection.arm(1 if not afterwards else 7, afterwards=afterwards)

    call, _, (fax,) = ask(*THERE, before=before, database={"connect": faults.connect})
    assert FaultyConnection.disarm()
    assert call.said[-2] == ("fax_accepted",)
    assert fax.state == "waiting"
