"""The pages of all public names, and the rule that every one of them has words."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_api", ROOT / "docs" / "write_api.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["write_api"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def made(
    writer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> ModuleType:
    """The script, with a telcard of one module."""
    (tmp_path / "telcard").mkdir()
    (tmp_path / "telcard" / "__init__.py").write_text(text)
    monkeypatch.setattr(writer, "SRC", tmp_path)
    return writer


def test_the_pages_tell_signatures_words_and_members(
    writer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = made(
        writer,
        tmp_path,
        monkeypatch,
        '"""A house."""\n\nclass Door:\n    """A way in; see `knock`."""\n\n'
        "    def __init__(self, width_mm: float, *, oak: bool = True) -> None:\n"
        '        self.width_mm = width_mm\n        """How wide."""\n        self._secret = oak\n\n'
        '    @property\n    def open(self) -> bool:\n        """Whether it is open."""\n\n'
        'def knock(door: Door, /, *times: int, **how: str) -> None:\n    """Ask to be let in."""\n',
    )
    texts = script.pages(script.doors())
    page = texts["telcard.md"]
    assert "class Door(width_mm: float, *, oak: bool = True)" in page
    assert "* `width_mm: float`: How wide." in page
    assert "### Door.open" in page
    assert "knock(door: Door, /, *times: int, **how: str) -> None" in page
    assert "see [`knock`](#knock)" in page
    assert "_secret" not in page
    assert "| [telcard](telcard.md) | A house. |" in texts["README.md"]


def test_a_public_name_without_words_is_found(
    writer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = made(
        writer,
        tmp_path,
        monkeypatch,
        '"""A house."""\n\nSIZE = 3\nROOMS = 4\n"""How many."""\n\ndef bare(): ...\n\n'
        'class Hall:\n    """Large."""\n\n    def enter(self): ...\n    def _sweep(self): ...\n',
    )
    assert script.bare(script.doors()) == ["telcard.SIZE", "telcard.bare", "telcard.Hall.enter"]


def test_a_stale_page_and_one_that_nothing_writes_are_found(
    writer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PAGES", tmp_path)
    for name in ("fresh.md", "stale.md", "gone.md"):
        (tmp_path / name).write_text("old")
    assert writer.stale({"fresh.md": "old", "stale.md": "new", "new.md": "x"}) == [
        "gone.md", "new.md", "stale.md",
    ]  # fmt: skip


def test_what_lazy_importing_offers_is_what_the_package_says_it_offers(writer: ModuleType) -> None:
    assert {"open", "Call", "VirtualClock"} <= {
        entry.name for entry in writer.read_door("telcard").entries
    }
