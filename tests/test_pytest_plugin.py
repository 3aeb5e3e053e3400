"""The fixtures reach people's own tests once telcard is installed: the README's test is played."""

import re
import subprocess
import sys
from pathlib import Path

FLOW = """
import pytest

async def my_flow(call):
    await call.answer()
    await call.say("welcome")
    await call.collect("{asks}")

"""
README = (Path(__file__).parent.parent / "README.md").read_text()


def played(folder: Path, asks: str) -> subprocess.CompletedProcess[str]:
    """Run the README's test, as a stranger's own, against a flow that asks for something."""
    (code,) = re.findall(r"```python\n(def test_.*?)```", README, re.DOTALL)
    (folder / "test_mine.py").write_text(FLOW.format(asks=asks) + code)
    # Not by its entry point, so that it is the plugin of this tree, installed or not.
    plugin = ["-p", "no:telcard", "-p", "telcard.pytest_plugin", "-p", "no:cacheprovider", "-q"]
    command = [sys.executable, "-m", "pytest", *plugin, "test_mine.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_readmes_test_passes_for_a_flow_that_is_right(tmp_path: Path) -> None:
    done = played(tmp_path, "enter_account")
    assert done.returncode == 0, done.stdout


def test_the_readmes_test_says_what_was_heard_instead(tmp_path: Path) -> None:
    done = played(tmp_path, "enter_pin")
    assert done.returncode == 1
    assert "wanted to hear 'enter_account', heard 'enter_pin" in done.stdout
