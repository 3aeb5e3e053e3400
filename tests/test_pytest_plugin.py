"""The fixtures reach people's own tests once telcard is installed: the README's test is played."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FLOW = """
import pytest

async def my_flow(call):
    await call.answer()
    await call.say("welcome")
    await call.collect("{asks}")

"""
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def played(folder: Path, asks: str) -> subprocess.CompletedProcess[str]:
    """Run the README's test, as a stranger's own, against a flow that asks for something."""
    (code,) = re.findall(r"```python\n(def test_.*?)```", README, re.DOTALL)
    (folder / "test_mine.py").write_text(FLOW.format(asks=asks) + code)
    return pytest_in(folder)


def pytest_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a stranger's tests in a folder of his own."""
    # Not by its entry point, so that it is the plugin of this tree, installed or not.
    command = [sys.executable, "-m", "pytest", "-p", "telcard.pytest_plugin", "-q"]
    command += ["-p", "no:cacheprovider", *words]
    # Without the plugins of this house's own tests, which take a second to load.
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        command, cwd=folder, env=alone, capture_output=True, text=True, check=False
    )


def test_the_readmes_test_passes_for_a_flow_that_is_right(tmp_path: Path) -> None:
    done = played(tmp_path, "enter_account")
    assert done.returncode == 0, done.stdout


def test_the_readmes_test_says_what_was_heard_instead(tmp_path: Path) -> None:
    done = played(tmp_path, "enter_pin")
    assert done.returncode == 1
    assert "wanted to hear 'enter_account', heard 'enter_pin" in done.stdout


def test_the_first_steps_of_a_stranger_lead_where_the_page_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "first-steps.md").read_text()
    (code,) = re.findall(r"```python\n(from my_menu import.*?)```", page, re.DOTALL)
    lesson = (ROOT / "examples" / "06_a_menu.py").read_text()
    broken = lesson.replace('("for_your_balance", balance)', '("for_your_balance", place_in_queue)')
    for name, flow in (("my_menu", lesson), ("broken", broken)):
        (tmp_path / f"{name}.py").write_text(flow)
        (tmp_path / f"test_{name}.py").write_text(code.replace("my_menu", name))
    done = pytest_in(tmp_path)
    assert "1 failed, 1 passed" in done.stdout
    (told,) = re.findall(r"NotHeard: (02154321001: .*)", page)
    assert told in done.stdout


def test_what_the_first_steps_change_is_in_the_lesson() -> None:
    page = (ROOT / "docs" / "first-steps.md").read_text()
    (code,) = re.findall(r"```python\nMENU.*?\n(.*?)\n```", page, re.DOTALL)
    assert code in (ROOT / "examples" / "06_a_menu.py").read_text()


BAD_LINES = (ROOT / "examples" / "test_over_bad_lines.py").read_text()


def test_a_test_that_fails_tells_the_seed_of_its_chance(tmp_path: Path) -> None:
    wrong = BAD_LINES.replace('hear("goodbye")', 'hear("enter_pin")', 1)
    (tmp_path / "test_mine.py").write_text(wrong)
    done = pytest_in(tmp_path, "--telcard-seed=7", "-k", "how_bad or no_circuit")
    assert "1 failed, 1 passed" in done.stdout
    assert "repeat with --telcard-seed=7" in done.stdout


@pytest.mark.slow
def test_the_example_of_bad_lines_passes_with_another_seed_too(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(BAD_LINES)
    done = pytest_in(tmp_path, "--telcard-seed=7")
    assert done.returncode == 0, done.stdout
