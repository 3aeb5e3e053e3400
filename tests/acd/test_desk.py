"""The desk at work: callers who wait, telephones that ring, and every way in which it may end."""

import asyncio
import itertools

import pytest

import telcard
from telcard.acd import Agent, Desk, Ending, Rules, Screen
from telcard.calls import Call, Disposition, EndedBy
from telcard.errors import ConfigError
from telcard.exchange import Town
from tests.acd.conftest import AGENTS, Office


async def talking(office: Office, agent: str = "Anna"):
    """A caller and an agent who are connected."""
    office.desk.ready(agent)
    caller = await office.call()
    phone = office.phone(agent)
    await phone.rings()
    await asyncio.sleep(1)
    phone.lift()
    await phone.hear("a_caller_for_you")
    await asyncio.sleep(0.2)
    assert office.status(agent) == "talking"
    return caller, phone


def test_a_caller_and_an_agent_talk_and_the_agent_ends_it(office) -> None:
    async def scene(office: Office) -> None:
        caller, phone = await talking(office)
        await asyncio.gather(caller.speak(office.speech("welcome")), phone.hear("welcome"))
        await asyncio.gather(
            phone.speak(office.speech("goodbye")), caller.hear("goodbye", eventually=True)
        )
        phone.put_down()
        await caller.hear("goodbye")
        await caller.hung_up_by_far_end()
        assert office.status() == "wrap-up"
        await asyncio.sleep(5)
        assert office.status() == "ready"

    done = office(scene)
    assert done.endings == [Ending.ENDED]
    agent_s, callers = done.summaries
    assert (agent_s.outgoing, callers.outgoing) == (True, False)
    assert agent_s.on_behalf_of == callers.call_id
    assert agent_s.ended_by is EndedBy.CALLED
    assert (agent_s.caller, agent_s.called) == (callers.caller, "95588")
    assert agent_s.channel == "msiB1C1"
    assert (agent_s.reason, agent_s.done) == ("agent hung up", ("agent Anna",))
    assert agent_s.disposition is callers.disposition is Disposition.ANSWERED


def test_a_voice_is_lent_to_the_agent_only_where_one_is_left(office) -> None:
    async def scene(office: Office) -> None:
        board = office.chassis.cards[0].board
        assert not board.pools["voice"].taken
        office.desk.ready("Anna")
        caller, phone = await office.call(), office.phone()
        await phone.rings()
        rest = [board.pools["voice"].take("test") for _ in range(29)]
        phone.lift()
        await asyncio.sleep(1)
        await asyncio.gather(caller.speak(office.speech("welcome")), phone.hear("welcome"))
        for entry in rest:
            entry.give()
        await caller.hang_up()

    office(scene)


def test_a_flash_sends_the_caller_back(office) -> None:
    async def scene(office: Office) -> None:
        caller, phone = await talking(office)
        await phone.flash()
        await caller.hear("sent_back", eventually=True)
        await asyncio.sleep(6)
        assert office.status() == "ready"
        assert not office.desk.state.agent("Anna").free  # his handset is still up
        phone.put_down()
        await asyncio.sleep(0.1)
        assert office.desk.state.agent("Anna").free

    done = office(scene)
    assert done.endings == [Ending.SENT_BACK]
    assert done.summaries[0].ended_by is EndedBy.SYSTEM
    assert done.summaries[0].reason == "caller sent back"


def test_the_agent_sees_who_calls_before_he_lifts(office) -> None:
    async def scene(office: Office) -> None:
        office.desk.ready("Bert")
        caller = await office.call("02154321007")
        await office.phone("Bert").rings()
        (leg,) = office.telephones.calls
        assert leg.data["account"] == "10020030"  # Bert may see it
        (agent,) = office.desk.status("Bert")["agents"]
        assert agent["screen"]["account"] == "10020030"
        _, agent = office.desk.status()["agents"]
        assert agent["status"] == "ringing"
        assert agent["screen"] == {
            "caller": "02154321007",
            "called": "95588",
            "language": "en",
            "identified": True,
            "account": "0030",
            "entered": "balance",
            "waited_s": 0.0,
        }
        (waiting,) = office.desk.status()["queue"]
        assert (waiting["position"], waiting["rings_at"]) == (1, "Bert")
        await caller.hang_up()

    done = office(scene)
    (screen,) = done.events("screen")
    assert (screen["agent"], screen["account"]) == ("Bert", "0030")
    assert "10020030" not in repr(list(done.chassis.events))


def test_an_agent_without_the_right_sees_the_tail_alone(office) -> None:
    async def scene(office: Office) -> None:
        caller, _ = await talking(office, "Anna")
        assert "10020030" not in repr(office.desk.status("Anna"))
        assert "10020030" not in repr(office.telephones.calls[0].data)
        await caller.hang_up()

    office(scene)


def test_who_waits_hears_his_place_and_moves_up(office) -> None:
    async def scene(office: Office) -> None:
        _, phone = await talking(office)
        second = await office.call("02154321002")
        await second.hear("please_hold")
        third = await office.call("02154321003")
        await third.hear("please_hold")
        await third.hear("you_are_number")
        await third.hear("two_on")
        await third.hear("in_the_queue")
        assert [w["caller"][-1] for w in office.desk.status()["queue"]] == ["2", "3"]
        phone.put_down()
        await phone.rings()
        phone.lift()
        await asyncio.sleep(1)
        (waiting,) = office.desk.status()["queue"]
        assert (waiting["position"], waiting["caller"][-1]) == (1, "3")
        heard = phone.hear("welcome", eventually=True)
        await asyncio.gather(second.speak(office.speech("welcome")), heard)

    office(scene)


def test_who_does_not_lift_is_not_ready_and_the_next_one_rings(office) -> None:
    async def scene(office: Office) -> None:
        office.desk.ready("Anna")
        caller = await office.call()
        await office.phone("Anna").rings()
        await asyncio.sleep(1)
        office.desk.ready("Bert")
        await office.phone("Bert").rings()
        assert office.status("Anna") == "not ready"
        assert office.desk.state.agent("Anna").pause == "no answer"
        assert not office.phone("Anna").ringing
        office.phone("Bert").lift()
        await asyncio.sleep(1)
        assert office.status("Bert") == "talking"
        await caller.hang_up()

    done = office(scene)
    assert [event["agent"] for event in done.events("desk_missed")] == ["Anna"]
    missed = done.summaries[0]
    assert (missed.disposition, missed.cause) == (Disposition.NO_ANSWER, 19)
    assert missed.reason == "nobody answered"


def test_waiting_too_long_ends_the_visit_even_while_it_rings(office) -> None:
    async def scene(office: Office) -> None:
        office.desk.not_ready("Anna", "lunch")
        caller = await office.call()
        await asyncio.sleep(55)
        office.desk.ready("Anna")
        await office.phone().rings()
        await caller.hear("goodbye", eventually=True)
        assert office.status() == "ready"
        assert not office.phone().ringing

    assert office(scene).endings == [Ending.TOO_LONG]


def test_nobody_is_there(office) -> None:
    async def scene(office: Office) -> None:
        caller = await office.call()
        await caller.hear("goodbye", eventually=True)
        office.desk.not_ready("Anna", "lunch")
        await asyncio.sleep(3)
        caller = await office.call("02154321002")
        await caller.hear("please_hold")
        office.desk.log_out("Anna")
        await caller.hear("goodbye", eventually=True)

    assert office(scene).endings == [Ending.NOBODY, Ending.NOBODY]


@pytest.mark.parametrize("when", ["waiting", "ringing", "talking"])
def test_the_board_of_the_telephones_fails_and_comes_back(office, when: str) -> None:
    async def scene(office: Office) -> None:
        board = office.telephones.board
        if when == "talking":
            caller, phone = await talking(office)
        else:
            if when == "waiting":
                office.desk.not_ready("Anna", "lunch")
            else:
                office.desk.ready("Anna")
            caller, phone = await office.call(), office.phone()
            await asyncio.sleep(2)
        board.board.crash("it burns")
        await caller.hear("goodbye", eventually=True)
        await caller.hung_up_by_far_end()
        phone.put_down()
        await board.bring_up()
        await asyncio.sleep(6)
        office.desk.ready("Anna")
        caller = await office.call("02154321002")
        await phone.rings()
        await caller.hang_up()

    first = Ending.LOST if when == "talking" else Ending.NOBODY
    assert office(scene).endings == [first, "hung up"]


def test_a_telephone_that_is_unplugged_loses_its_call(office) -> None:
    async def scene(office: Office) -> None:
        caller, phone = await talking(office)
        phone.unplug()
        await caller.hear("goodbye", eventually=True)

    assert office(scene).endings == [Ending.LOST]


def test_a_wish_to_pause_or_to_go_home_waits_for_the_end_of_the_call(office) -> None:
    async def scene(office: Office) -> None:
        caller, phone = await talking(office)
        office.desk.not_ready("Anna", "lunch")
        assert office.status() == "talking"
        phone.put_down()
        await asyncio.sleep(8)
        assert office.status() == "not ready"
        office.desk.log_out("Anna")
        assert office.status() == "logged out"
        await caller.hung_up_by_far_end()

    office(scene)


def test_what_the_caller_keys_in_the_queue_is_forgotten(office) -> None:
    async def scene(office: Office) -> None:
        caller, phone = await talking(office)
        await caller.press("77")
        await phone.flash()
        await caller.hear("sent_back", eventually=True)

    office(scene)  # a key that was kept would have cut the words short


@pytest.mark.slow
def test_twenty_callers_and_two_agents(office) -> None:
    async def agent(office: Office, name: str) -> None:
        phone = office.phone(name)
        while True:
            await phone.rings(600)
            phone.lift()
            await asyncio.sleep(2)
            phone.put_down()

    async def scene(office: Office) -> None:
        office.desk.ready("Anna")
        office.desk.ready("Bert")
        agents = [asyncio.create_task(agent(office, name)) for name in ("Anna", "Bert")]
        callers = [await office.call(f"021543210{number:02d}") for number in range(20)]
        await asyncio.gather(*(caller.hung_up_by_far_end(300) for caller in callers))
        for task in agents:
            task.cancel()

    done = office(scene, Rules(ring_s=12, wrap_up_s=1, longest_wait_s=300, announce_s=60))
    assert done.endings == [Ending.ENDED] * 20
    taken = [event["agent"] for event in done.events("desk_taken")]
    assert taken == ["Anna", "Bert"] * 10
    legs = [summary for summary in done.summaries if summary.outgoing]
    callers = [summary.call_id for summary in done.summaries if not summary.outgoing]
    assert sorted(leg.on_behalf_of for leg in legs) == sorted(callers)


# The order of the two hang-ups, and of ringing, lifting and flashing, at every distance that may
# matter: one tick, a recognition time, a flash, a hang-up time.
LATER_S = (0.0, 0.05, 1.05)
MORE_LATER_S = (0.01, 0.02, 0.03, 0.04, 0.3, 0.5, 0.8, 1.0, 1.07, 1.1, 1.5)
DEEDS = ("put_down", "flash")
ORDERS = [
    *itertools.product(DEEDS, ("caller", "agent"), LATER_S),
    *(
        pytest.param(*order, marks=pytest.mark.slow)
        for order in itertools.product(DEEDS, ("caller", "agent"), MORE_LATER_S)
    ),
]


@pytest.mark.parametrize(("deed", "first", "later_s"), ORDERS)
def test_every_order_of_hanging_up(office, deed: str, first: str, later_s: float) -> None:
    async def agent_acts(phone) -> None:
        if deed == "flash":
            await phone.flash(0.5)
        phone.put_down()

    async def scene(office: Office) -> None:
        caller, phone = await talking(office)
        acts = [caller.hang_up(), agent_acts(phone)]
        if first == "agent":
            acts.reverse()
        tasks = [asyncio.create_task(acts[0])]
        await asyncio.sleep(later_s)
        tasks.append(asyncio.create_task(acts[1]))
        await asyncio.gather(*tasks)
        await asyncio.sleep(10)
        assert office.desk.state.agent("Anna").free

    done = office(scene, fidelity="events")
    (ending,) = done.endings
    assert ending in ("hung up", Ending.ENDED, Ending.SENT_BACK)
    leg, caller = done.summaries
    assert leg.on_behalf_of == caller.call_id
    assert caller.ended_by is (EndedBy.CALLER if ending == "hung up" else caller.ended_by)


@pytest.mark.parametrize("lift_s", [0.0, 0.02, 0.03, 0.04])
@pytest.mark.parametrize("caller_first", [True, False])
def test_the_caller_goes_at_the_moment_the_agent_lifts(
    office, lift_s: float, caller_first: bool
) -> None:
    async def scene(office: Office) -> None:
        office.desk.ready("Anna")
        caller, phone = await office.call(), office.phone()
        await phone.rings()
        await asyncio.sleep(1)
        if caller_first:
            await caller.hang_up()
            await asyncio.sleep(lift_s)
            phone.lift()
        else:
            phone.lift()
            await asyncio.sleep(lift_s)
            await caller.hang_up()
        await asyncio.sleep(1)
        phone.put_down()
        await asyncio.sleep(8)
        assert office.desk.state.agent("Anna").free

    assert office(scene, fidelity="events").endings == ["hung up"]


def test_without_sound_the_same_comes_to_pass(office) -> None:
    async def scene(office: Office) -> None:
        caller, phone = await talking(office)
        second = await office.call("02154321002")
        await phone.flash()
        await caller.hear("sent_back", eventually=True)
        phone.put_down()
        await phone.rings()
        phone.lift()
        await phone.hear("a_caller_for_you")
        phone.put_down()
        await second.hear("goodbye", eventually=True)
        await second.hung_up_by_far_end()

    done = [office(scene, fidelity=fidelity) for fidelity in ("sound", "events")]
    told = [[event.name for event in each.chassis.events] for each in done]
    assert told[0] == told[1]
    assert done[0].endings == done[1].endings == [Ending.SENT_BACK, Ending.ENDED]


def test_agents_sit_at_the_telephones_of_several_boards() -> None:
    async def main() -> None:
        boards = ("emulator:d300sc_e1", "emulator:msi_240sc", "emulator:msi_240sc")
        async with telcard.open_chassis(*boards, fidelity="events") as chassis:
            ends = [end for card in chassis.cards for end in card.far_ends]
            async with Town(ends) as town:
                await asyncio.sleep(0.1)
                desk = Desk(chassis, [Agent("Anna", "msiB1C1"), Agent("Cleo", "msiB2C24")])
                serving = asyncio.create_task(chassis.serve(lambda call: visit(call, desk)))
                desk.ready("Cleo")
                async with (
                    town.subscriber("0215432") as caller,
                    town.telephone("msiB2C24") as phone,
                ):
                    await caller.dial("95588")
                    await phone.rings()
                    phone.lift()
                    await phone.hear("a_caller_for_you")
                await chassis.drain()
                await serving

    async def visit(call: Call, desk: Desk) -> None:
        await call.answer()
        await desk.visit(call, Screen())

    telcard.run(main(), telcard.VirtualClock())


def test_who_is_not_an_agent_is_told_so(office) -> None:
    async def scene(office: Office) -> None:
        for ask in (office.desk.ready, office.desk.log_out, office.desk.status):
            with pytest.raises(ConfigError, match="want an agent of Anna, Bert, got 'Zoe'"):
                ask("Zoe")
        with pytest.raises(ConfigError, match="agent Anna: want a reason"):
            office.desk.not_ready("Anna", "")

    office(scene)


def test_agents_who_cannot_sit_there_are_refused_with_every_fault(office) -> None:
    async def scene(office: Office) -> None:
        wrong = (*AGENTS, Agent("Anna", "msiB1C3"), Agent("Cleo", "msiB1C1"), Agent("Dora", "x"))
        with pytest.raises(ConfigError) as refused:
            Desk(office.telephones, wrong)
        assert str(refused.value).splitlines() == [
            "agent Anna: want each name once",
            "agent Cleo: station msiB1C1 is another's already",
            "agent Dora: want one of msiB1C1 to msiB1C24, got station 'x'",
        ]
        Desk(office.chassis, AGENTS)
        with pytest.raises(ConfigError, match="want a card with telephones"):
            Desk(office.chassis.cards[0], AGENTS)

    office(scene)
