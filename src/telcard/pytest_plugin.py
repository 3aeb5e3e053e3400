"""Fixtures for people who test their own flows; pytest finds them once telcard is installed.

    def test_a_caller_is_greeted(telcard_trial):
        async def caller(subscriber):
            await subscriber.dial("95588")
            await subscriber.hear("welcome")

        trial = telcard_trial(my_flow, caller)
        assert trial.calls[0].disposition.value == "ANSWERED"

The call is real but for the copper, and takes no time: an emulated card, line signals, A-law,
tones, and a clock that never sleeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from telcard.rehearsal import Trial


@pytest.fixture
def telcard_trial() -> Callable[..., Trial]:
    """Play a flow against callers' scripts in virtual time.

    `telcard_trial(flow, *scripts, card=..., prompts=..., seed=...)`; see
    `telcard.rehearsal.try_flow`.
    """
    from telcard.clock import VirtualClock, run
    from telcard.rehearsal import try_flow

    def trial(flow: Any, *scripts: Any, **options: Any) -> Trial:
        return run(try_flow(flow, *scripts, **options), VirtualClock())

    return trial
