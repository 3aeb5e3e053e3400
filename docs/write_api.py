"""Write `docs/api/`: a page for every door of telcard, from the docstrings and nothing else.

    python docs/write_api.py            # write the pages
    python docs/write_api.py --check    # say which are not as the sources have it, and what is bare

A door is a package or module that people import from: its public names are those of `__all__`, or
else all that it defines without a leading underscore.  The sources are read, not run, so that the
pages are the same on every machine and for every Python.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
PAGES = ROOT / "docs" / "api"

PRIVATE = {"telcard.__main__", "telcard._native", "telcard.cli", "telcard.strict"}
"""What has no door for importing: the command's words are told by `telcard --help`, and the rules
of a table by the page of what is read from it."""

GROUPS = {
    "What most programs need": ["telcard", "telcard.sync", "telcard.pytest_plugin"],
    "Sound": [
        "telcard.dsp", "telcard.audio", "telcard.fax", "telcard.callerid", "telcard.analysis",
        "telcard.speech",
    ],
    "Calls, from the roof down": [
        "telcard.rehearsal", "telcard.bench", "telcard.daemon", "telcard.bank", "telcard.acd",
        "telcard.calls", "telcard.trunks", "telcard.exchange", "telcard.media", "telcard.cards",
        "telcard.engine", "telcard.signalling", "telcard.countries", "telcard.storage",
    ],
}  # fmt: skip
"""Doors by what people look for; those that are named nowhere are the ground floor."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass
class Entry:
    """A public name: what kind of thing, its line of code, its words, and what it holds."""

    name: str
    kind: str
    code: str
    words: str
    members: list[Entry] = field(default_factory=list)


@dataclass
class Door:
    """A page: a module, its docstring, and its public names in the order of `__all__`."""

    module: str
    words: str
    entries: list[Entry]


# --- reading ----------------------------------------------------------------------------------


def path_of(module: str) -> Path | None:
    """A module's source; None when it is not one of ours."""
    stem = SRC.joinpath(*module.split("."))
    for path in (stem / "__init__.py", stem.with_suffix(".py"), stem.with_suffix(".pyi")):
        if path.exists():
            return path
    return None


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def doors() -> list[Door]:
    """All doors: packages, and the modules that stand beside them or are exported as such."""
    modules = ["telcard"]
    for path in sorted((SRC / "telcard").iterdir()):
        name = f"telcard.{path.stem}"
        if name not in PRIVATE and path.name != "__init__.py" and path_of(name):
            modules.append(name)
    found = [read_door(module) for module in modules]
    for door in list(found):
        for entry in list(door.entries):
            if entry.kind == "module":
                found.append(read_door(f"{door.module}.{entry.name}"))
    return found


def read_door(module: str) -> Door:
    """Read one module's docstring and public names."""
    path = path_of(module)
    assert path is not None
    entries = [read(module, name) for name in public(tree(path))]
    return Door(module, ast.get_docstring(tree(path)) or "", entries)


def public(module: ast.Module) -> list[str]:
    """Names of `__all__`; without one, all that the module defines and does not hide."""
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    names = []
    for node in module.body:
        if isinstance(node, Definition):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and (name := target(node)):
            names.append(name)
    return [name for name in names if not name.startswith("_") and not inner_matter(module, name)]


def inner_matter(module: ast.Module, name: str) -> bool:
    """Whether a name is a type variable, a logger, or a letter for another name in tables."""
    for node in module.body:
        if isinstance(node, ast.Assign) and target(node) == name:
            if isinstance(node.value, ast.Call):
                return ast.unparse(node.value.func) in {"TypeVar", "logging.getLogger"}
            return len(name) == 1 and isinstance(node.value, ast.Name)
    return False


def target(node: ast.stmt) -> str | None:
    """The plain name that a statement assigns to."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return None


def read(module: str, name: str, called: str = "") -> Entry:
    """A name as its home defines it, however many doors it comes through."""
    called = called or name
    path = path_of(module)
    assert path is not None, f"{module}: no source"
    body = tree(path).body
    for at, node in enumerate(body):
        if isinstance(node, Definition) and node.name == name:
            return define(node, called)
        if isinstance(node, ast.Assign | ast.AnnAssign) and target(node) == name:
            return constant(node, called, attribute_words(body, at))
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    if path_of(f"{node.module}.{alias.name}"):
                        return Entry(called, "module", "", "")
                    if path_of(node.module):
                        return read(node.module, alias.name, called)
    if path_of(f"{module}.{name}"):
        return Entry(called, "module", "", "")
    raise SystemExit(f"{module}: nothing in it is called {name}")


def attribute_words(body: list[ast.stmt], at: int) -> str:
    """The string below an assignment; such strings are docstrings by custom (PEP 257)."""
    if at + 1 < len(body):
        match body[at + 1]:
            case ast.Expr(value=ast.Constant(value=str(text))):
                return inspect.cleandoc(text)
    return ""


def define(node: Definition, called: str) -> Entry:
    """A function or class."""
    words = ast.get_docstring(node) or ""
    if isinstance(node, ast.ClassDef):
        return Entry(called, "class", class_line(node, called), words, list(members(node)))
    return Entry(called, "function", function_line(node, called), words)


def members(node: ast.ClassDef) -> Iterator[Entry]:
    """Public fields, properties and methods that the class itself defines."""
    for at, inner in enumerate(node.body):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = {ast.unparse(one) for one in inner.decorator_list}
            if inner.name == "__init__":
                yield from instance_attributes(inner)
            elif not inner.name.startswith("_") and not any(".setter" in d for d in decorators):
                words = ast.get_docstring(inner) or ""
                if decorators & {"property", "cached_property"}:
                    returns = f": {ast.unparse(inner.returns)}" if inner.returns else ""
                    yield Entry(inner.name, "property", inner.name + returns, words)
                else:
                    yield Entry(inner.name, "method", function_line(inner, inner.name), words)
        elif (name := target(inner)) and not name.startswith("_"):
            yield Entry(name, "field", field_line(inner), attribute_words(node.body, at))


def instance_attributes(init: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Entry]:
    """Public attributes that the constructor makes; their types, if it says them."""
    types = {arg.arg: arg.annotation for arg in [*init.args.args, *init.args.kwonlyargs]}
    for at, inner in enumerate(init.body):
        match inner:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)]):
                source = inner.value
                kind = types.get(source.id) if isinstance(source, ast.Name) else None
            case ast.AnnAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                kind = inner.annotation
            case _:
                continue
        if not name.startswith("_"):
            typed = f": {ast.unparse(kind)}" if kind else ""
            yield Entry(name, "field", name + typed, attribute_words(init.body, at))


def class_line(node: ast.ClassDef, called: str) -> str:
    """The constructor's call; of what others make, and of what has fields alone, only the bases."""
    bases = [ast.unparse(base) for base in node.bases]
    made_elsewhere = re.search(r"\bmade by\b", ast.get_docstring(node) or "", re.IGNORECASE)
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__" and not made_elsewhere:
            return f"class {called}({arguments(inner)})"
    return f"class {called}({', '.join(bases)})" if bases else f"class {called}"


def function_line(node: ast.FunctionDef | ast.AsyncFunctionDef, called: str) -> str:
    prefix = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{prefix}{called}({arguments(node)}){returns}"


def arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The parameters as a formatter would write them, without `self` and `cls`."""
    given = node.args
    plain = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
    parts = [parameter(arg, value) for arg, value in zip(plain, defaults, strict=True)]
    if given.posonlyargs:
        parts.insert(len(given.posonlyargs), "/")
    if plain and plain[0].arg in {"self", "cls"}:
        parts.pop(0)
    if given.vararg:
        parts.append("*" + parameter(given.vararg, None))
    elif given.kwonlyargs:
        parts.append("*")
    pairs = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    parts += [parameter(arg, value) for arg, value in pairs]
    if given.kwarg:
        parts.append("**" + parameter(given.kwarg, None))
    return ", ".join(parts)


def parameter(arg: ast.arg, default: ast.expr | None) -> str:
    """One parameter with its type and default."""
    text = arg.arg + (f": {ast.unparse(arg.annotation)}" if arg.annotation else "")
    if default is None:
        return text
    return (
        f"{text} = {ast.unparse(default)}" if arg.annotation else f"{text}={ast.unparse(default)}"
    )


def field_line(node: ast.stmt) -> str:
    match node:
        case ast.AnnAssign(target=name, annotation=kind, value=None):
            return f"{ast.unparse(name)}: {ast.unparse(kind)}"
        case ast.AnnAssign(target=name, annotation=kind, value=value) if value is not None:
            return f"{ast.unparse(name)}: {ast.unparse(kind)} = {short(value)}"
        case ast.Assign(targets=[name], value=value):
            return f"{ast.unparse(name)} = {short(value)}"
    raise AssertionError(node)


def short(value: ast.expr) -> str:
    """A value as far as it fits a line."""
    text = ast.unparse(value)
    return text if len(text) <= 70 else text[:67] + "..."


def constant(node: ast.stmt, called: str, words: str) -> Entry:
    return Entry(called, "constant", field_line(node), words)


# --- writing ----------------------------------------------------------------------------------


def pages(all_doors: list[Door]) -> dict[str, str]:
    """Every page's text by file name."""
    homes: dict[str, set[str]] = {}
    for door in all_doors:
        for entry in door.entries:
            if entry.kind != "module":  # "fxs" in prose is the socket, not our module
                homes.setdefault(entry.name, set()).add(door.module)
    written = {f"{door.module}.md": page(door, homes) for door in all_doors}
    return {"README.md": index(all_doors), **written}


def page(door: Door, homes: dict[str, set[str]]) -> str:
    lines = [f"# {door.module}", "", linked(door.words, door, homes), ""]
    for entry in door.entries:
        lines += [f"## {entry.name}", ""]
        if entry.kind == "module":
            lines += [f"A module: [{door.module}.{entry.name}]({door.module}.{entry.name}.md).", ""]
            continue
        lines += ["```py", wrapped(entry.code), "```", "", linked(entry.words, door, homes), ""]
        plain = [member for member in entry.members if member.kind == "field"]
        if plain:
            lines += [field_row(member, door, homes) for member in plain]
            lines.append("")
        for member in entry.members:
            if member.kind != "field":
                lines += [f"### {entry.name}.{member.name}", ""]
                lines += ["```py", wrapped(member.code), "```", ""]
                lines += [linked(member.words, door, homes), ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def field_row(member: Entry, door: Door, homes: dict[str, set[str]]) -> str:
    words = " ".join(linked(member.words, door, homes).split())
    return f"* `{member.code}`" + (f": {words}" if words else "")


def wrapped(code: str) -> str:
    """One parameter a line when all of them do not fit into one."""
    if len(code) <= 96 or "(" not in code:
        return code
    opening = code.index("(")
    depth, parts, start = 0, [], opening + 1
    for at in range(opening, len(code)):
        depth += (code[at] in "([{") - (code[at] in ")]}")
        if depth == 0:
            parts.append(code[start:at])
            return "\n".join(
                [code[: opening + 1], *(f"    {part.strip()}," for part in parts), code[at:]]
            )
        if depth == 1 and code[at] == ",":
            parts.append(code[start:at])
            start = at + 1
    return code


def linked(words: str, door: Door, homes: dict[str, set[str]]) -> str:
    """Names in backticks become links where it is certain which name is meant."""

    def link(found: re.Match[str]) -> str:
        text = found[1]
        base = re.sub(r"\(.*\)$", "", text)
        first, _, rest = base.partition(".")
        if base.startswith("telcard."):
            module, _, name = base.rpartition(".")
            if module in homes.get(name, ()):
                return f"[`{text}`]({module}.md#{name.lower()})"
            return found[0]
        where = homes.get(first, set())
        anchor = (first + rest).lower()
        if door.module in where:
            return f"[`{text}`](#{anchor})"
        if len(where) == 1:
            return f"[`{text}`]({next(iter(where))}.md#{anchor})"
        return found[0]

    prose = []
    for line in words.splitlines():
        prose.append(
            line if line.startswith("    ") else re.sub(r"`([\w.]+(?:\(\))?)`", link, line)
        )
    return "\n".join(prose)


def index(all_doors: list[Door]) -> str:
    lines = [
        "# All public names",
        "",
        "A page for every package and module that programs import from, written by",
        "`make api` out of the docstrings. `import telcard` alone gives what most",
        "programs need; arrays of sound are for `telcard.dsp`.",
    ]
    named = {name for names in GROUPS.values() for name in names}
    known = {door.module: door for door in all_doors}
    ground = [name for name in known if name not in named and name.count(".") < 2]
    for title, names in {**GROUPS, "The ground floor": ground}.items():
        lines += ["", f"## {title}", "", "| | |", "| --- | --- |"]
        for name in names:
            if name in known:
                first = known[name].words.split("\n\n")[0].replace("\n", " ")
                first = re.sub(r"^[\w.]+: (?=[a-z])", "", first)
                first = first[:1].upper() + first[1:]
                lines.append(f"| [{name}]({name}.md) | {first} |")
    return "\n".join(lines) + "\n"


def bare(all_doors: list[Door]) -> list[str]:
    """Public names without a docstring."""
    found = []
    for door in all_doors:
        if not door.words:
            found.append(door.module)
        for entry in door.entries:
            if not entry.words and entry.kind != "module":
                found.append(f"{door.module}.{entry.name}")
            found += [
                f"{door.module}.{entry.name}.{member.name}"
                for member in entry.members
                if not member.words and member.kind != "field"
            ]
    return found


def stale(texts: dict[str, str]) -> list[str]:
    """Pages that are not as they would be written now, and pages that nothing would write."""
    there = {path.name: path.read_text("utf-8") for path in PAGES.glob("*.md")}
    return sorted(name for name in {*texts, *there} if texts.get(name) != there.get(name))


def main() -> int:
    """Write or check; the exit status is 1 when a check finds something."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    options = parser.parse_args()
    all_doors = doors()
    texts = pages(all_doors)
    if options.check:
        faults = [f"{name}: has no docstring" for name in bare(all_doors)]
        faults += [
            f"docs/api/{name}: is not as docs/write_api.py writes it" for name in stale(texts)
        ]
        print("\n".join(faults) or f"docs/api: {len(texts)} pages, all as the sources have it")
        return 1 if faults else 0
    PAGES.mkdir(exist_ok=True)
    for name in stale(texts):
        path = PAGES / name
        if name in texts:
            path.write_text(texts[name], "utf-8")
        else:
            path.unlink()
        print(f"docs/api/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
