import inspect

from telcard.dsp import progress_inputs
from telcard.dsp.progress import RULES, Phase


def test_every_input_has_its_rule_in_every_phase() -> None:
    inputs = {
        kind
        for _, kind in inspect.getmembers(progress_inputs, inspect.isclass)
        if issubclass(kind, progress_inputs.Input) and kind is not progress_inputs.Input
    }
    assert set(RULES) == {(phase, kind) for phase in Phase for kind in inputs}
