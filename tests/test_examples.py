"""Every example runs, and so does every piece of Python in the README."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Those that are tests themselves are played by tests/test_pytest_plugin.py.
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))
# Pieces that run by themselves; one that defines a test is played by tests/test_pytest_plugin.py.
README = [
    code
    for code in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    if "def test_" not in code
]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_runs_and_says_something(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runpy.run_path(str(path), run_name="__main__")
    assert capsys.readouterr().out


@pytest.mark.parametrize("number", range(len(README)))
def test_the_readmes_code_runs_and_says_something(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(README[number], f"README {number}", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out


def test_examples_are_lessons_short_enough_to_be_read() -> None:
    assert [path.name for path in EXAMPLES if len(path.read_text().splitlines()) > 65] == []


def test_there_are_examples_and_the_readme_shows_code() -> None:
    assert len(EXAMPLES) >= 2
    assert len(README) >= 2
