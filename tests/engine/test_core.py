"""The two halves that may run below an engine."""

import pytest

from telcard._native import engine as native
from telcard.engine import FIDELITIES, E1Line, Engine, check_fidelity, native_core
from telcard.errors import CardError


def test_a_fidelity_that_does_not_exist_is_one_sentence() -> None:
    assert [check_fidelity(fidelity) for fidelity in FIDELITIES] == ["sound", "events"]
    with pytest.raises(ValueError, match=r"^fidelity: want one of sound, events, got 'stereo'$"):
        check_fidelity("stereo")
    with pytest.raises(ValueError, match="fidelity: want one of sound, events"):
        Engine(1, fidelity="none")  # type: ignore[arg-type]


def test_both_ends_of_a_cable_carry_the_same() -> None:
    line = E1Line()
    sound = Engine(1, name="sound")
    events = Engine(1, name="events", fidelity="events")
    assert line.fidelity is None
    events.plug(line, 0)
    assert line.fidelity == "events"
    with pytest.raises(CardError, match=r"^sound: want a line that carries sound, this"):
        sound.plug(line, 1)
    events.close()
    assert line.fidelity is None
    sound.plug(line, 1)
    assert line.fidelity == "sound"
    sound.close()


def test_only_an_engine_with_sound_has_a_native_half() -> None:
    assert isinstance(native_core(Engine(1)), native.Core)
    with pytest.raises(CardError, match="engine: want an engine with sound, it carries events"):
        native_core(Engine(1, fidelity="events"))
