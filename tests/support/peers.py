"""Foreign implementations for tests and benchmarks: libraries through cffi, programs as processes.

    native = shim("r2", DECLARATIONS, SOURCE, ["spandsp"], needs=("spandsp.h",),
                  packages="libspandsp-dev libtiff-dev")
    native.lib.hear(...)

A shim is a few lines of our own C around a library of the distribution, compiled on first use into
TELCARD_PEERS_CACHE, or else a folder below the system's temporary one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

UNPACKED = Path(__file__).parents[2] / "build" / "peers"


class PeerMissing(RuntimeError):
    """A foreign package is not installed; the message says which."""


def program(name: str, package: str) -> str:
    """The path of an installed program; PeerMissing names the Debian package that has it."""
    path = shutil.which(name)
    if path is None:
        raise PeerMissing(f"apt install {package}")
    return path


def shim(
    name: str,
    declarations: str,
    source: str,
    libraries: Sequence[str],
    *,
    needs: Sequence[str],
    packages: str,
    plus_plus: Sequence[str] | None = None,
    replaces: bool = False,
) -> ModuleType:
    """The compiled cffi module (`ffi`, `lib`) of some C around a library.

    `needs`: headers that must be installed; PeerMissing names the Debian `packages` when one of
    them, or the compiler, is missing.  `plus_plus`: the source is C++, compiled with these options.
    `replaces`: the library finds functions of the source before those of the C library, so that a
    shim may give it a clock, or devices, of its own: what the source calls `gettimeofday` is what
    the library calls.
    """
    compiler = "gcc" if plus_plus is None else "g++"
    if not _installed(tuple(needs), compiler):
        raise PeerMissing(f"apt install {compiler} {packages}")
    options = None if plus_plus is None else tuple(plus_plus)
    return _compiled(name, declarations, source, tuple(libraries), options, replaces)


def built_program(
    name: str,
    source: Path,
    libraries: Sequence[str],
    *,
    needs: Sequence[str],
    packages: str,
    preloaded: bool = False,
) -> Path:
    """A program of our own around a library, which takes the place of calls of the system.

    `preloaded`: it is a library itself, for the LD_PRELOAD of a foreign program.  `needs` and
    `packages` as for `shim`.
    """
    if not _installed(tuple(needs), "gcc"):
        raise PeerMissing(f"apt install gcc {packages}")
    text = source.read_bytes()
    path = _folder() / f"{name}_{hashlib.sha256(text).hexdigest()[:12]}"
    if not path.exists():
        made = path.with_suffix(f".{os.getpid()}")
        kind = ["-shared", "-fPIC"] if preloaded else []
        linked = [f"-l{library}" for library in libraries]
        subprocess.run(["gcc", "-O2", "-w", *kind, "-o", made, source, *linked], check=True)
        made.rename(path)
    return path


def unpacked(path: str, *packages: str) -> Path:
    """A file of Debian packages that are installed, or were unpacked below build/peers.

    So does CI with those that would bring a mail server or other daemons along.  PeerMissing says
    how.
    """
    for root in (Path("/"), UNPACKED):
        if (root / path).exists():
            return root / path
    words = " ".join(packages)
    raise PeerMissing(f".ci/unpack {words}, or apt install {words}")


def _folder() -> Path:
    """Where what was compiled is kept."""
    folder = Path(
        os.environ.get("TELCARD_PEERS_CACHE", Path(tempfile.gettempdir()) / "telcard-peers")
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def spandsp_shim(name: str, declarations: str, source: str) -> ModuleType:
    """A shim around spandsp; `source` is compiled behind its headers."""
    return shim(
        f"{name}_spandsp",
        declarations,
        "#include <tiffio.h>\n#include <spandsp.h>\n" + source,
        ["spandsp"],
        needs=("spandsp.h", "tiffio.h"),
        packages="libspandsp-dev libtiff-dev",
    )


@cache
def _installed(headers: tuple[str, ...], compiler: str) -> bool:
    """Whether there are a compiler and these; looking costs more than a peer's second of sound."""
    return bool(shutil.which(compiler)) and all(_header(header) for header in headers)


def _header(name: str) -> bool:
    include = Path("/usr/include")
    return any(include.glob(name)) or any(include.glob(f"*/{name}"))


@cache
def _compiled(
    name: str,
    declarations: str,
    source: str,
    libraries: tuple[str, ...],
    plus_plus: tuple[str, ...] | None,
    replaces: bool,
) -> ModuleType:
    import cffi

    text = declarations + source + sys.version
    module_name = f"_{name}_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    folder = _folder()
    built = sorted(folder.glob(f"{module_name}*.so"))
    if not built:
        ffi = cffi.FFI()
        ffi.cdef(declarations)
        ffi.set_source(
            module_name,
            source,
            source_extension=".c" if plus_plus is None else ".cpp",
            libraries=list(libraries),
            extra_compile_args=["-O2", "-w", *(plus_plus or ())],
        )
        built = [Path(ffi.compile(tmpdir=str(folder)))]
    spec = importlib.util.spec_from_file_location(module_name, built[0])
    assert spec is not None
    assert spec.loader is not None
    flags = sys.getdlopenflags()
    sys.setdlopenflags(flags | os.RTLD_DEEPBIND if replaces else flags)
    try:
        module = importlib.util.module_from_spec(spec)  # opens the library
        spec.loader.exec_module(module)
    finally:
        sys.setdlopenflags(flags)
    return module
