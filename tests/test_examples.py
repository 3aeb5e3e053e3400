"""Every example runs, and so does every piece of Python in the README."""

import re
import subprocess
import sys
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


def said_by(code: list[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", *code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_runs_and_says_something(path: Path) -> None:
    assert said_by([str(path)])


@pytest.mark.parametrize("number", range(len(README)))
def test_the_readmes_code_runs_and_says_something(number: int) -> None:
    assert said_by(["-c", README[number]])


def test_there_are_examples_and_the_readme_shows_code() -> None:
    assert len(EXAMPLES) >= 2
    assert len(README) >= 2
