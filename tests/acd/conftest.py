"""A chassis with lines and telephones, a desk on it, and a town of callers and agents."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

import telcard
from telcard.acd import Agent, Desk, Ending, Rules, Screen
from telcard.calls import Call, CallSummary, Card, Chassis
from telcard.dsp import g711
from telcard.errors import HungUp
from telcard.exchange import Repertoire, Subscriber, Telephone, Town
from telcard.speech import ClipLibrary

KNOWN = (
    "a_caller_for_you",
    "please_hold",
    "you_are_number",
    "in_the_queue",
    "two_on",
    "sent_back",
    "goodbye",
    "welcome",
)
RULES = Rules(ring_s=12, wrap_up_s=5, longest_wait_s=60, announce_s=10)
AGENTS = (Agent("Anna", "msiB1C1"), Agent("Bert", "msiB1C2", sees_accounts=True))


@dataclass
class Office:
    """What a scene has in its hands."""

    chassis: Chassis
    desk: Desk
    town: Town
    endings: list[Ending | str] = field(default_factory=list)
    summaries: list[CallSummary] = field(default_factory=list)

    @property
    def telephones(self) -> Card:
        return self.chassis.cards[1]

    def phone(self, agent: str = "Anna") -> Telephone:
        return self.town.telephone(self.desk.state.agent(agent).station)

    def status(self, agent: str = "Anna") -> str:
        return self.desk.state.agent(agent).status.value

    async def call(self, number: str = "02154321001") -> Subscriber:
        """Somebody who has dialled, and is at the desk."""
        caller = self.town.subscriber(number)
        await caller.dial("95588")
        return caller

    async def visit(self, call: Call) -> None:
        """The flow: a visit, and what became of it, told in a word."""
        await call.answer()
        screen = Screen(
            caller=call.caller,
            called=call.called,
            language="en",
            identified=True,
            account="0030",
            number="10020030",
            entered=("balance",),
        )
        try:
            ending = await self.desk.visit(call, screen)
        except HungUp:
            self.endings.append("hung up")
            raise
        self.endings.append(ending)
        await call.say("sent_back" if ending is Ending.SENT_BACK else "goodbye")

    def speech(self, clip: str) -> np.ndarray:
        return g711.decode_alaw(self.chassis.prompts[clip])

    def events(self, name: str) -> list[dict[str, object]]:
        return [dict(event.facts) for event in self.chassis.events if event.name == name]


Scene = Callable[[Office], Awaitable[None]]


@pytest.fixture(scope="session")
def known() -> Repertoire:
    library = ClipLibrary("en").load()
    return Repertoire({name: library[name] for name in KNOWN})


@pytest.fixture
def office(known: Repertoire) -> Callable[..., Office]:
    """Run a scene at a desk, and look that nothing of it stays taken.

    The sweeps run without sound, which is quicker and comes to the same.
    """

    def play(scene: Scene, rules: Rules = RULES, fidelity: str = "sound") -> Office:
        summaries: list[CallSummary] = []

        async def note(summary: CallSummary) -> None:
            summaries.append(summary)

        async def main() -> Office:
            cards = ("emulator:d300sc_e1", "emulator:msi_240sc")
            async with telcard.open_chassis(*cards, ended=note, fidelity=fidelity) as chassis:
                ends = [end for card in chassis.cards for end in card.far_ends]
                async with Town(ends, known) as town:
                    await asyncio.sleep(0.1)
                    desk = Desk(chassis.cards[1], AGENTS, rules)
                    office = Office(chassis, desk, town, summaries=summaries)
                    serving = asyncio.create_task(chassis.serve(office.visit))
                    async with asyncio.timeout(900):
                        await scene(office)
                    await town.hang_up()
                    await chassis.drain()
                    await serving
                    await asyncio.sleep(rules.wrap_up_s + 2)
                    assert chassis.calls == []
                    assert chassis.engine.open_lanes == ()
                    for card in chassis.cards:
                        assert card.board.bearers == ()
                        assert not any(pool.taken for pool in card.board.pools.values())
                    assert desk.state.waiting == ()
                    assert all(not agent.call for agent in desk.state.agents)
                    assert not any(phone.ringing for phone in town.telephones.values())
                    return office

        return telcard.run(main(), telcard.VirtualClock())

    return play
