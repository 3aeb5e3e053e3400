"""How many examples a property gets when `make fuzz` asks for a number of them."""

import os

import hypothesis

ASKED = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "0"))


def costly(times: int) -> hypothesis.settings:
    """For a property whose example costs `times` as much as a parser's: so many times fewer.

    Outside `make fuzz` the profile's number stands, but for the dearest.
    """
    if ASKED:
        return hypothesis.settings(max_examples=max(100, ASKED // times))
    return hypothesis.settings(max_examples=30) if times >= 1000 else hypothesis.settings()
