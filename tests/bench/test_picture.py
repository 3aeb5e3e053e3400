"""The picture of costs."""

import builtins
from pathlib import Path
from typing import Any

import pytest

from telcard.bench import Host, TickCost, draw_costs
from telcard.errors import ConfigError, MissingExtra

HOST = Host("Some Processor", 2, 2048, "v3", "3.11.2", "0.1.0", 0.0)
COSTS = [
    TickCost(lanes, 1000, lanes * 0.4, lanes * 0.7, lanes, recording=False)
    for lanes in (1, 30, 480, 1920)
]


def test_a_picture_is_drawn_the_same_from_the_same_figures(tmp_path: Path) -> None:
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    draw_costs(first, COSTS, HOST)
    draw_costs(second, COSTS, HOST)
    assert first.read_bytes() == second.read_bytes()
    assert "Some Processor" in first.read_text()


def test_a_file_that_cannot_be_drawn_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--picture .*cost\.doc: want a file that ends in"):
        draw_costs(tmp_path / "cost.doc", COSTS, HOST)
    with pytest.raises(ConfigError, match="there is no folder"):
        draw_costs(tmp_path / "none" / "cost.svg", COSTS, HOST)


def test_without_matplotlib_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = builtins.__import__

    def bare(name: str, *rest: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return usual(name, *rest)

    monkeypatch.setattr(builtins, "__import__", bare)
    with pytest.raises(MissingExtra, match="analysis"):
        draw_costs(tmp_path / "cost.svg", COSTS, HOST)
