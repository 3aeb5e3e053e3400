"""The preflight on machines that lack something: each is a folder of stand-ins used as PATH."""

import shutil
import subprocess
from pathlib import Path

import pytest

PREFLIGHT = Path(__file__).resolve().parent.parent / ".ci" / "preflight"
TOOLS = ["sh", "awk", "cat", "df", "echo", "grep", "mktemp", "printf", "rm", "tr"]


class Box:
    """A machine made of a few tools, in a folder with a space in its name."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "a machine" / "bin"
        self.bin.mkdir(parents=True)
        self.called = folder / "sudo was called"
        for tool in TOOLS:
            if where := shutil.which(tool):
                (self.bin / tool).symlink_to(where)
        self.script("sudo", f'touch "{self.called}"')

    def script(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def python(
        self, name: str, version: str, *, venv: bool = True, headers: bool = True, cc: str = "gcc"
    ) -> None:
        self.script(name, f"printf '%s\\n' {version} {venv} {headers} {cc}")

    def compiler(self, name: str = "gcc") -> None:
        self.script(name, "exit 0")

    def packages(self, tool: str = "apt-get") -> None:
        self.script(tool, f'touch "{self.called}"')

    def preflight(self, **environment: str) -> tuple[int, str, list[str]]:
        """Exit status, the interpreter that was chosen, lines of complaint."""
        done = subprocess.run(
            ["/bin/sh", str(PREFLIGHT)],
            env={"PATH": str(self.bin), **environment},
            cwd=self.bin.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not self.called.exists(), "the preflight installs nothing itself"
        return done.returncode, done.stdout.strip(), done.stderr.splitlines()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_a_machine_that_has_all_is_let_through_with_its_newest_python(box: Box) -> None:
    box.compiler()
    for version in ("3.9", "3.11", "3.13", "3.12"):
        box.python(f"python{version}", version)
    box.python("python3", "3.9")
    assert box.preflight() == (0, str(box.bin / "python3.13"), [])


def test_a_plain_python3_will_do(box: Box) -> None:
    box.compiler()
    box.python("python3", "3.14")
    assert box.preflight()[1] == str(box.bin / "python3")


def test_a_shim_that_fails_to_run_is_passed_over(box: Box) -> None:
    box.compiler()
    box.python("python3.11", "3.11")
    box.script("python3.13", 'echo "pyenv: python3.13: command not found" >&2; exit 127')
    assert box.preflight() == (0, str(box.bin / "python3.11"), [])


def test_an_older_python_that_has_all_is_preferred_to_a_newer_one_that_does_not(box: Box) -> None:
    box.compiler()
    box.python("python3.11", "3.11")
    box.python("python3.13", "3.13", headers=False)
    assert box.preflight()[1] == str(box.bin / "python3.11")


def test_all_that_lacks_is_in_one_line_to_paste(box: Box) -> None:
    box.packages()
    box.python("python3.12", "3.12", venv=False, headers=False)
    status, chosen, complaint = box.preflight()
    assert (status, chosen) == (1, "")
    assert complaint[0].startswith("telcard: this machine lacks venv with ensurepip for ")
    assert "a C compiler" in complaint[0]
    assert complaint[1:] == ["sudo apt-get install -y python3.12-venv python3.12-dev gcc libc6-dev"]


def test_where_there_is_no_python_apt_is_asked_for_the_newest_it_has(box: Box) -> None:
    box.compiler()
    box.packages()
    box.script("cc", "exit 0")
    box.script(
        "apt-cache",
        'case $2 in python3.13-dev | python3.11-dev) echo "  Candidate: 3.1";; '
        '*) echo "  Candidate: (none)";; esac',
    )
    assert box.preflight()[2] == [
        "telcard: this machine lacks Python 3.11 or newer, its venv, Python.h.",
        "sudo apt-get install -y python3.13 python3.13-venv python3.13-dev",
    ]


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        ("dnf", "sudo dnf install -y python3.12-devel gcc"),
        ("pacman", "sudo pacman -S --needed python gcc"),
        ("apk", "sudo apk add python3-dev gcc musl-dev"),
    ],
)
def test_other_distributions_get_their_own_line(box: Box, tool: str, line: str) -> None:
    box.packages(tool)
    box.python("python3", "3.12", headers=False)
    assert box.preflight()[2][1:] == [line]


def test_where_no_package_tool_is_known_the_lack_is_told_all_the_same(box: Box) -> None:
    box.python("python3", "3.12")
    assert box.preflight()[2] == ["telcard: this machine lacks a C compiler."]


def test_a_compiler_without_the_c_library_is_no_compiler(box: Box) -> None:
    box.packages()
    box.python("python3", "3.12")
    box.script("gcc", 'echo "fatal error: stdio.h: No such file" >&2; exit 1')
    assert box.preflight()[2][1:] == ["sudo apt-get install -y gcc libc6-dev"]


def test_a_python_that_was_built_with_clang_wants_clang(box: Box) -> None:
    box.compiler("gcc")
    box.packages()
    box.python("python3", "3.12", cc="clang")
    assert box.preflight()[2][1:] == ["sudo apt-get install -y clang libc6-dev"]
    assert box.preflight(CC="gcc")[0] == 0


def test_little_room_on_the_disk_is_told_in_numbers(box: Box) -> None:
    box.compiler()
    box.python("python3", "3.12")
    (box.bin / "df").unlink()
    box.script("df", "echo Filesystem; echo 'disk 10000000 1 204800 99% /'")
    assert box.preflight()[2] == [
        "telcard: this machine lacks disk space here (200 MB free, 1000 MB wanted)."
    ]


def test_an_interpreter_that_was_asked_for_is_taken_or_refused_in_words(box: Box) -> None:
    box.compiler()
    box.python("python3.13", "3.13")
    box.python("python3.11", "3.11")
    box.python("python3.9", "3.9")
    assert box.preflight(PYTHON="python3.11")[1] == str(box.bin / "python3.11")
    assert box.preflight(PYTHON="python3.9")[2] == [
        "telcard: PYTHON=python3.9: want Python 3.11 or newer, this is 3.9"
    ]
    assert box.preflight(PYTHON="nowhere")[2] == [
        "telcard: PYTHON=nowhere: want Python 3.11 or newer, and this is no Python that runs"
    ]
