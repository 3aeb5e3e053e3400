"""Fixtures for people who test their own flows; pytest finds them once telcard is installed.

    def test_a_caller_is_greeted(telcard_trial):
        async def caller(subscriber):
            await subscriber.dial("95588")
            await subscriber.hear("welcome")

        trial = telcard_trial(my_flow, caller, line="noisy_rural")
        assert trial.calls[0].disposition.value == "ANSWERED"

The call is real but for the copper, and takes no time: an emulated card, line signals, A-law,
tones, and a clock that never sleeps.  `telcard_town` gives the whole town instead of a script a
caller; examples/test_over_bad_lines.py shows both.

All chance comes from one seed, `pytest --telcard-seed=7`; a test that fails says which it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from telcard.rehearsal import Trial


def pytest_addoption(parser: pytest.Parser) -> None:
    """Teach pytest `--telcard-seed`."""
    group = parser.getgroup("telcard")
    group.addoption(
        "--telcard-seed",
        type=int,
        default=1,
        metavar="N",
        help="seed of all chance in telcard's towns",
    )


@pytest.fixture
def telcard_seed(request: pytest.FixtureRequest) -> int:
    """The seed of this run, from `--telcard-seed`; 1 unless given.

    A test that fails says how to have the same chance again.
    """
    seed = int(request.config.getoption("--telcard-seed"))
    request.node.add_report_section("setup", "telcard", f"repeat with --telcard-seed={seed}")
    return seed


@pytest.fixture
def telcard_trial(telcard_seed: int) -> Callable[..., Trial]:
    """Play a flow against callers' scripts in virtual time.

    `telcard_trial(flow, *scripts, card=..., prompts=..., seed=..., line=..., fidelity=...)`; see
    `telcard.rehearsal.try_flow`.  With `fidelity="events"` nothing sounds, and hundreds of calls
    take a second.
    """
    from telcard.clock import VirtualClock, run
    from telcard.rehearsal import try_flow

    def trial(flow: Any, *scripts: Any, **options: Any) -> Trial:
        return run(try_flow(flow, *scripts, **{"seed": telcard_seed, **options}), VirtualClock())

    return trial


@pytest.fixture
def telcard_town(telcard_seed: int) -> Callable[..., Trial]:
    """Play a flow against a whole town in virtual time.

    `telcard_town(flow, play, card=..., prompts=..., seed=..., offices=...)` awaits `play(town)`;
    see `telcard.rehearsal.try_town`.
    """
    from telcard.clock import VirtualClock, run
    from telcard.rehearsal import try_town

    def trial(flow: Any, play: Any, **options: Any) -> Trial:
        return run(try_town(flow, play, **{"seed": telcard_seed, **options}), VirtualClock())

    return trial
