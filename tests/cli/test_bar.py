"""The bar of commands that go through recordings."""

from io import StringIO

import pytest
from rich.console import Console

from telcard.cli.bar import progress_bar


@pytest.mark.parametrize(("terminal", "seen"), [(True, True), (False, False)])
def test_a_bar_is_seen_by_people_alone(terminal: bool, seen: bool) -> None:
    written = StringIO()
    with progress_bar(Console(file=written, force_terminal=terminal, width=100)) as bar:
        task = bar.add_task("measuring", total=2)
        bar.update(task, completed=1, refresh=True)
    assert ("measuring" in written.getvalue() and "50 %" in written.getvalue()) == seen
