import pytest

from telcard.bank import Over, Reason, service
from telcard.bank.visit import SILENCES, services


@pytest.mark.parametrize("keys", [("", ""), ("10020030", "", ""), ("10020030", "83640275", "", "")])
def test_two_silences_in_a_row_end_the_call(serve, keys):
    call, record = serve(*keys)
    assert call.said[-2:] == [("nothing_heard",), ("nothing_heard", ".", "goodbye")]
    assert (record.reason, record.step) == ("no input", "no_input")
    assert len(call.asked) == len(keys)
    assert SILENCES == 2


def test_a_key_between_two_silences_forgives_the_first(serve, people):
    call, record = serve("", people.ada, "", people.pins[people.ada], "", "1", "", "*")
    assert record.reason == "goodbye"
    assert call.said.count(("nothing_heard",)) == 4


def test_silence_is_no_wrong_try(serve, bank, people):
    serve(people.ada, "", people.pins[people.ada], "*")
    rows = bank.database.transact(lambda c: c.execute("SELECT result FROM tries").fetchall())
    assert rows == [("right",)]


def test_a_service_is_known_by_its_name_and_stays_a_coroutine():
    @service("weather")
    async def tell_weather(visitor):
        raise Over(Reason.GOODBYE, "goodbye")

    assert services["weather"] is tell_weather
    del services["weather"]


def test_the_end_of_a_flow_says_why():
    over = Over(Reason.NO_INPUT, "nothing_heard", ".", "goodbye")
    assert (str(over), over.words, over.cause) == (
        "no input",
        ("nothing_heard", ".", "goodbye"),
        16,
    )
