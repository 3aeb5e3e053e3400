"""Lines by name: their figures have sources, and a call over each of them is understood."""

from dataclasses import fields

import pytest

from telcard.dsp.copper import Copper
from telcard.exchange.lines import HYBRID, LINES, named_line


@pytest.mark.parametrize("name", LINES)
def test_every_figure_has_a_source_and_every_source_a_figure(name: str) -> None:
    line, plain = LINES[name], Copper()
    set_here = {
        field.name
        for field in fields(Copper)
        if getattr(line.copper, field.name) != getattr(plain, field.name)
    }
    assert set(line.sources) == set_here
    assert all(line.sources.values())
    assert line.title


def test_a_line_that_has_no_name_is_refused_with_those_that_have_one() -> None:
    assert named_line("mobile").delay_ms == 90.0
    with pytest.raises(ValueError, match="line 'wet string': want a Copper or one of good_local, "):
        named_line("wet string")


def test_the_hybrid_fits_into_the_kernel() -> None:
    assert len(Copper(echo=HYBRID).taps()) == 96
