"""The machine that is measured."""

from pathlib import Path

from telcard.bench.host import _l2_kib, _processor, host
from telcard.dsp import simd


def test_a_host_tells_what_figures_depend_on() -> None:
    machine = host()
    assert machine.processor
    assert machine.cores >= 1
    assert machine.simd in simd.levels()


def test_a_processor_is_called_by_the_systems_name_for_it(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Some Processor\nflags\t: x\n")
    assert _processor(cpuinfo) == "Some Processor"


def test_a_system_that_tells_neither_processor_nor_cache_does_no_harm(tmp_path: Path) -> None:
    assert _processor(tmp_path / "none")
    assert _l2_kib(tmp_path) is None


def test_the_second_level_cache_is_found_among_the_others(tmp_path: Path) -> None:
    for index, (level, size) in enumerate((("1", "48K"), ("2", "2048K"), ("3", "99K"))):
        folder = tmp_path / f"index{index}"
        folder.mkdir()
        (folder / "level").write_text(f"{level}\n")
        (folder / "size").write_text(f"{size}\n")
    assert _l2_kib(tmp_path) == 2048
