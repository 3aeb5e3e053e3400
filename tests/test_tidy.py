"""Our own rules, kept by a test: what no linter knows about this house (docs/contributing.md).

Every exception has its reason beside it, and an exception that is no longer needed fails too.
"""

import ast
import importlib
import itertools
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "telcard"
KERNELS = SRC / "_native" / "c"
BULKY = {".venv", "build", "dist", "demo", "__pycache__", ".git"}
TEXT = {".py", ".pyx", ".pxd", ".pyi", ".c", ".h", ".inl", ".toml", ".md", ".svg", ".in", ".sh", ""}

# Rooms that may start threads (house rule: one event loop, few threads).
THREADED = {"engine", "storage", "cards", "clock.py"}

# Floors up to `calls` import the core dependencies only; extras belong above, or in a function.
CORE_ONLY = {"dsp", "audio", "signalling", "speech", "storage", "engine", "cards", "media"} | {
    "fax",
    "analysis",
    "trunks",
    "exchange",
    "calls",
    "callerid",
}
EXTRAS = {"scipy", "matplotlib", "serial", "pydantic", "argon2", "hibari", "soxr"} | {
    "PIL",
    "pypdfium2",
}

# path: why the clock or the random source of the machine itself is wanted there
OWN_TIME: dict[str, str] = {
    "src/telcard/bank/identity.py": "a PIN's key and salt must be unforeseeable",
}

# path: why it has no test of its own name
UNMIRRORED: dict[str, str] = {
    "src/telcard/cli/book_words.py": "test_records and test_faxes say its words",
    "src/telcard/cli/line_words.py": "test_trunks says its words",
    "src/telcard/engine/wiring.py": "test_route, test_monitor and test_copper are its tests",
    "src/telcard/cli/fax_words.py": "test_fax_send and test_fax_decode say its words",
    "src/telcard/exchange/cas.py": "test_town, test_subscriber and test_supervised call over it",
    "src/telcard/exchange/circuit.py": "a face alone",
    "src/telcard/exchange/em.py": "trunks/test_em calls over it both ways",
    "src/telcard/exchange/person.py": "test_subscriber and test_telephone are about such people",
    "src/telcard/fax/t30/memory.py": "plain values",
    "src/telcard/signalling/causes.py": "plain values",
}

# path: why it is longer than 600 lines
LONG: dict[str, str] = {}


@cache
def tracked() -> list[Path]:
    """All files that belong to the project: git's list, or where there is no git all there are."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [
            Path(folder) / name
            for folder, folders, names in os.walk(ROOT)
            if not folders.__setitem__(slice(None), [f for f in folders if f not in BULKY])
            for name in names
        ]
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sources(*suffixes: str, under: Path = SRC) -> list[Path]:
    return [p for p in tracked() if p.suffix in suffixes and p.is_relative_to(under)]


def room(path: Path) -> str:
    return path.relative_to(SRC).parts[0]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Those nodes of a file's tree that a rule asks about; the whole tree is walked once."""
    wanted = ast.Import | ast.ImportFrom | ast.Attribute | ast.Call
    return [node for node in ast.walk(tree(path)) if isinstance(node, wanted)]


def imports(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, module and name ("" for a whole module) of every import in a Python file."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, node.module or "", alias.name) for alias in node.names)


def hits(pattern: str, paths: list[Path]) -> list[str]:
    """`path:line: text` of every line in which the pattern is found."""
    wanted = re.compile(pattern)
    return [
        f"{shown(path)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if wanted.search(line)
    ]


def apart_from(allowed: dict[str, str], found: list[str]) -> list[str]:
    """What was found outside the exceptions; an exception that nothing needs is found too."""
    files = {hit.partition(":")[0] for hit in found}
    idle = [f"{name}: no longer an exception" for name in allowed if name not in files]
    return [hit for hit in found if hit.partition(":")[0] not in allowed] + idle


def tidy(found: list[str]) -> None:
    """Fail with one line for everything found."""
    if found:
        pytest.fail("\n".join(found), pytrace=False)


# --- time, chance, threads -------------------------------------------------------------------

CLOCKS = {
    "time": r"time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|sleep"
    r"|localtime|gmtime|clock_gettime",
    "datetime": "now|utcnow|today",
    "date": "today",
    "random": "(?!Random$)[a-z]\\w*|SystemRandom",
    "secrets": r"\w+",
    "uuid": "uuid1|uuid4",
    "os": "urandom|getrandom",
}


def test_time_and_chance_come_from_the_clock_or_from_a_seed_that_was_given() -> None:
    found = []
    for path in sources(".py"):
        if path == SRC / "clock.py":
            continue
        for node in nodes(path):
            line = getattr(node, "lineno", 0)
            match node:
                case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in CLOCKS:
                    if re.fullmatch(CLOCKS[owner], name):
                        found.append(f"{shown(path)}:{line}: {owner}.{name}")
                case ast.Attribute(value=ast.Attribute(attr="random"), attr=name):
                    if name not in {"Generator", "default_rng"}:
                        found.append(f"{shown(path)}:{line}: numpy.random.{name}")
                case ast.Call(func=ast.Attribute(attr="default_rng"), args=[]):
                    found.append(f"{shown(path)}:{line}: default_rng without a seed")
                case ast.ImportFrom(module="time" | "random" | "secrets") as statement:
                    names = [alias.name for alias in statement.names]
                    if names != ["Random"]:
                        found.append(
                            f"{shown(path)}:{line}: from {statement.module} import {names}"
                        )
    native = sources(".pyx", ".pxd")
    found += hits(r"\b(import|cimport) (time|random|datetime)\b|from (time|random) ", native)
    tidy(apart_from(OWN_TIME, found))


def test_kernels_know_no_time_no_chance_and_no_allocation() -> None:
    kernels = [path for path in sources(".c", ".h", ".inl") if path.stem not in NATIVE_WORLD]
    banned = r"\b(time|clock|gettimeofday|clock_gettime|s?rand|random|malloc|calloc|realloc|free)\("
    tidy(hits(banned, kernels))


# C files that are no kernels: they own threads, memory and files on the engine's behalf.
NATIVE_WORLD = {"engine", "e1line", "recorder", "ring", "driver", "secret"}


def test_threads_are_started_in_few_rooms() -> None:
    found = [
        f"{shown(path)}:{line}: {module}"
        for path in sources(".py")
        if room(path) not in THREADED
        for line, module, _ in imports(path)
        if module.split(".")[0] in {"threading", "_thread", "multiprocessing", "concurrent"}
    ]
    native = [path for path in sources(".pyx", ".pxd") if path.stem != "engine"]
    found += hits(r"\bimport (threading|multiprocessing|concurrent)\b", native)
    found += hits(r"\bpthread_create\b", [p for p in sources(".c") if p.stem not in NATIVE_WORLD])
    tidy(found)


# --- imports ---------------------------------------------------------------------------------


def test_native_modules_are_imported_in_the_one_form_that_the_import_linter_sees() -> None:
    found = [
        f"{shown(path)}:{line}: want `from telcard._native import x`"
        for path in sources(".py")
        for line, module, name in imports(path)
        if module.startswith("telcard._native.") or (module == "telcard._native" and not name)
    ]
    found += hits(
        r"^\s*(import telcard\._native|from telcard\._native\.\w+ import)", sources(".pyx")
    )
    tidy(found)


def test_native_modules_import_nothing_from_the_floors_above() -> None:
    """The import linter does not read Cython; errors and units are below everybody."""
    above = r"^\s*(from|import) telcard(?!\.(_native|errors|units)\b)"
    tidy(hits(above, sources(".pyx", ".pxd")))


def test_floors_up_to_calls_import_the_core_dependencies_only() -> None:
    found = []
    for path in sources(".py"):
        if room(path) not in CORE_ONLY:
            continue
        for node in tree(path).body:  # inside a function, behind a MissingExtra, it is welcome
            if isinstance(node, ast.Import | ast.ImportFrom):
                named = (
                    [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
                )
                extras = {(name or "").split(".")[0] for name in named} & EXTRAS
                found += [f"{shown(path)}:{node.lineno}: {extra}" for extra in extras]
    tidy(found)


def test_scipy_is_never_imported_at_run_time() -> None:
    found = [
        f"{shown(path)}:{line}"
        for path in sources(".py")
        for line, module, _ in imports(path)
        if module.split(".")[0] == "scipy"
    ]
    tidy(found)


def test_importing_telcard_loads_neither_numpy_nor_asyncio() -> None:
    code = "import telcard, sys; print(sorted({'numpy', 'asyncio'} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# --- files -----------------------------------------------------------------------------------


def test_every_module_has_a_test_that_mirrors_it() -> None:
    found = []
    for path in sources(".py", ".pyx"):
        if path.stem in {"__init__", "__main__"} or path.is_relative_to(KERNELS):
            continue  # beside the kernels lie the generators of their tables
        inside = path.relative_to(SRC)
        name = f"test_{path.stem.lstrip('_')}.py"
        folder = ROOT / "tests" / Path(*(part.lstrip("_") for part in inside.parent.parts))
        # A binding's tests may be a folder of their own: tests/dsp/ for _native/dsp.pyx.
        whole_room = path.suffix == ".pyx" and any((ROOT / "tests" / path.stem).glob("test_*.py"))
        if not (folder / name).exists() and not whole_room:
            found.append(f"{shown(path)}: want {shown(folder / name)}")
    tidy(apart_from(UNMIRRORED, found))


def test_every_test_mirrors_a_module_or_tests_a_room() -> None:
    """A test file whose module has gone is a dead file."""
    whole_house = {"__init__", "conftest", "test_tidy", "test_preflight", "test_examples"} | {
        "test_api_pages",  # docs/write_api.py
    }
    free = {"vectors", "interop", "simulation", "support", "fuzz"}  # folders that mirror nothing
    modules = {path.stem.lstrip("_") for path in sources(".py", ".pyx", ".c")}
    rooms = {path.name.lstrip("_") for path in SRC.iterdir() if path.is_dir()}
    found = []
    for path in sources(".py", under=ROOT / "tests"):
        parts = path.relative_to(ROOT / "tests").parts
        if len(parts) > 1 and parts[0] not in free and parts[0] not in rooms:
            found.append(f"{shown(path)}: no room of this name")
        elif len(parts) > 1 or path.stem in whole_house:
            continue
        elif path.stem.removeprefix("test_") not in modules | rooms:
            found.append(f"{shown(path)}: no module of this name")
    tidy(found)


def test_no_file_is_longer_than_600_lines() -> None:
    found = []
    for path in tracked():
        if path.suffix in {".py", ".pyx", ".pxd", ".pyi", ".c", ".h", ".inl"}:
            lines = len(path.read_text("utf-8").splitlines())
            if lines > 600:
                found.append(f"{shown(path)}: {lines} lines")
    tidy(apart_from(LONG, found))


def test_every_package_has_a_door() -> None:
    bare = [
        shown(path)
        for path in sources(".py")
        if path.name == "__init__.py"
        if not ast.get_docstring(tree(path))
    ]
    tidy(bare)


def test_every_kernel_is_built_and_every_header_included() -> None:
    build = (ROOT / "setup.py").read_text("utf-8")
    text = "".join(path.read_text("utf-8") for path in sources(".c", ".h", ".inl", ".pyx", ".pxd"))
    dead = [shown(path) for path in sources(".c") if f'"{path.name}"' not in build]
    dead += [shown(path) for path in sources(".h", ".inl") if f'"{path.name}"' not in text]
    tidy(dead)


def test_every_binding_has_its_stub() -> None:
    tidy([shown(p) for p in sources(".pyx") if not p.with_suffix(".pyi").exists()])


# --- text ------------------------------------------------------------------------------------


def texts() -> list[Path]:
    return [path for path in tracked() if path.suffix in TEXT and path != Path(__file__).resolve()]


def test_nothing_is_left_for_later() -> None:
    tidy(hits(r"\b(TODO|FIXME|XXX)\b", texts()))


def test_no_path_of_somebodys_machine_is_written_down() -> None:
    tidy(hits(r"(?<![\w.])/(root|work|tmp|home/\w+|Users/\w+)/", texts()))


def test_no_package_registry_is_named() -> None:
    registries = r"pypi\.org|pythonhosted\.org|deb\.debian\.org|index-url|find-links"
    tidy(hits(registries, texts()))


def test_tests_do_not_sleep() -> None:
    """Virtual time; foreign peers, which live in ours, are exempt."""
    suspect = re.compile(r"time\.sleep|from time import")  # few, so that few need parsing
    tests = [
        path
        for path in sources(".py", under=ROOT / "tests")
        if "interop" not in path.parts and suspect.search(path.read_text("utf-8"))
    ]
    found = [
        f"{shown(path)}:{getattr(node, 'lineno', 0)}"
        for path in tests
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        if node.attr == "sleep" and ast.unparse(node) == "time.sleep"
    ]
    found += [
        f"{shown(path)}:{line}"
        for path in tests
        for line, module, name in imports(path)
        if (module, name) == ("time", "sleep")
    ]
    tidy(found)


def test_every_fuzzer_is_found_by_make_fuzz() -> None:
    fuzzers = sources(".py", under=ROOT / "tests" / "fuzz")
    tidy([shown(path) for path in fuzzers if "mark.fuzz" not in path.read_text("utf-8")])


# --- what the pages say ----------------------------------------------------------------------

PAGES = [path for path in tracked() if path.suffix == ".md"]


def exists(name: str) -> bool:
    """Whether a dotted name can be imported, its tail perhaps as an attribute."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_names_that_a_page_mentions_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    names = set(re.findall(r"`(telcard(?:\.\w+)+)(?:\(.*?\))?`", text))
    for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("telcard"):
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Attribute):
                dotted = ast.unparse(node)
                if re.fullmatch(r"telcard(\.\w+)+", dotted):
                    names.add(dotted)
    tidy(sorted(name for name in names if not exists(name)))


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_commands_and_files_that_a_page_mentions_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"(?:`|^    |^\$ )make ([a-z]+)\b", text, re.MULTILINE))
    missing = [
        f"make {t}" for t in sorted(targets) if not re.search(rf"^{t}:", makefile, re.MULTILINE)
    ]
    for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text):
        if not (page.parent / link).exists():
            missing.append(link)
    tidy(missing)


def test_requirements_have_one_row_each() -> None:
    rows = re.findall(
        r"^\| ([A-Z]\d+) \|", (ROOT / "docs" / "requirements.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(rows) == len(set(rows)) > 70


def test_the_picture_of_the_floors_shows_what_the_import_linter_checks() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = [re.split(r" [|:] ", layer) for layer in contracts["contracts"][0]["layers"]]
    picture = (ROOT / "docs" / "floors.svg").read_text("utf-8")
    rows: dict[str, list[str]] = {}  # rooms by height in the picture, from the roof down
    for top, name in re.findall(r'y="(\d+)"[^>]*>([a-z_, ]+)</text>', picture):
        if all(part in {room for floor in layers for room in floor} for part in name.split(", ")):
            rows.setdefault(top, []).extend(name.split(", "))
    drawn = [room for _, row in sorted(rows.items(), key=lambda item: int(item[0])) for room in row]
    assert sorted(drawn) == sorted(room for floor in layers for room in floor)
    height = {room: depth for depth, row in enumerate(sorted(rows, key=int)) for room in rows[row]}
    for upper, lower in itertools.pairwise(layers):
        assert max(height[room] for room in upper) <= min(height[room] for room in lower)
