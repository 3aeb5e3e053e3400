"""How many examples a property gets when `make fuzz` asks for a number of them.

hypothesis looks for the smallest example and never gives the same twice: fine for parsers, but from
ten thousand examples on this costs more than what is tested.  Walks through a machine take their
chance from a seed instead (`by_chance`).
"""

import os
from collections.abc import Callable
from random import Random

import hypothesis

ASKED = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "0"))


def costly(times: int) -> hypothesis.settings:
    """For a property whose example costs `times` as much as a parser's: so many times fewer.

    Outside `make fuzz` the profile's number stands.
    """
    return (
        hypothesis.settings(max_examples=max(100, ASKED // times))
        if ASKED
        else hypothesis.settings()
    )


def by_chance(
    seed: int, inputs: int, few: int = 100
) -> Callable[[Callable[[Random], None]], Callable[[], None]]:
    """Make a test of a walk that takes its chance from a `Random`, and about so many inputs.

    It is walked `few` times, or as often as makes the number of inputs that `make fuzz` asks for;
    the walk that fails is named by seed and number, and always is the same.
    """

    def decorate(walk: Callable[[Random], None]) -> Callable[[], None]:
        def test() -> None:
            for number in range(max(few, ASKED // inputs)):
                try:
                    walk(Random(f"{seed}/{number}"))
                except BaseException as error:
                    error.add_note(f'walk {number}: Random("{seed}/{number}")')
                    raise

        test.__name__, test.__doc__ = walk.__name__, walk.__doc__
        return test

    return decorate
