"""Builds the native half; everything declarative is in pyproject.toml."""

import os
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("src/telcard/_native")
KERNELS = NATIVE / "c"
HEADERS = {path.name: path for kind in ("*.h", "*.inl") for path in KERNELS.glob(kind)}
SANITIZE = os.environ.get("TELCARD_SANITIZE", "")  # e.g. "address,undefined"
SHARED_UTILITY = "telcard._native._cyutility"

# -ffp-contract=off: the same bits at every SIMD level (docs/architecture.md).
# -fno-trapping-math: lets loops that clip floats be vectorised below AVX-512; no value changes.
CFLAGS = ["-std=gnu11", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
CFLAGS += ["-fvisibility=hidden", "-g1", "-Wall", "-Wextra", "-pthread"]
BINDING_CFLAGS = ["-O1"]  # what Cython writes checks and calls; -O3 takes twice as long to compile
LDFLAGS = ["-pthread", "-lm"]
if SANITIZE:
    CFLAGS += ["-O1", "-fno-omit-frame-pointer", f"-fsanitize={SANITIZE}"]
    LDFLAGS += [f"-fsanitize={SANITIZE}"]

# Kernels are sources of each extension that links them; `BuildOnce` compiles them once.
FAX = ["fax_plan.c", "fax_receive.c", "fax_solve.c", "fax_echo.c", "v17.c", "fax_send.c"]  # fast
ECHO = ["echo.c", "bulk_delay.c", "residual.c", "disabler.c"]  # and what belongs to it
BINDINGS = {
    "dsp": ["simd.c", "g711.c", "level.c", "pcm.c", "tone.c", "dtmf.c", "copper.c"],
    "modem": ["simd.c", "fsk.c", "fsk_send.c", "tone.c", "link.c"],
    "fax": ["simd.c", *FAX],
    "detect": ["simd.c", "mf.c", "fax_tones.c", "steady.c", "templates.c"],
    "voice": ["simd.c", "vad.c", "denoise.c", "agc.c", "comfort.c", "plc.c", "tempo.c"],
    "codec": ["simd.c", "adpcm.c", "g726.c", "bitpack.c"],
    "echo": ["simd.c", "fax_tones.c", *ECHO],
    "hdlc": ["hdlc.c", "dchannel.c"],
    "framing": ["e1.c", "t1.c", "hdlc.c"],
    "t4": ["t4.c", "t4_send.c"],
    "faxlane": [
        *("simd.c", "tone.c", "hdlc.c", "fsk.c", "fsk_send.c"),
        *("fax_lane.c", "fax_ear.c", "fax_greeting.c", *FAX),
    ],
    "engine": [
        *("simd.c", "g711.c", "level.c", "tone.c", "dtmf.c", "copper.c", "mix.c"),
        *("engine.c", "commands.c", "lane.c", "collector.c", "recorder.c", "e1line.c", "driver.c"),
        *("player.c", "tempo.c", "agc.c", "hearing.c", "mf.c", "fax_tones.c"),
        *("span.c", "carrier.c", "e1.c", "t1.c", "impair.c", "elastic.c", "biterrors.c"),
        *("fsk.c", "fsk_send.c", "link.c", "modems.c"),
        *("fax_lane.c", "fax_ear.c", "fax_greeting.c", *FAX),
        *("hdlc.c", "dchannel.c"),
        *("cancellers.c", *ECHO),
        *("shared.c", "steady.c", "templates.c", "vad.c"),
    ],
}


def extension(module: str, sources: list[Path]) -> Extension:
    return Extension(
        f"telcard._native.{module}",
        [str(source) for source in sources],
        include_dirs=[str(KERNELS)],
        extra_compile_args=CFLAGS,
        extra_link_args=LDFLAGS,
    )


class BuildOnce(build_ext):
    """Compiles each source once, side by side, and links it into all extensions that have it.

    An object is used again as long as neither its source nor anything that it includes has changed.
    """

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()  # pip drops setup()'s options
        flags = zlib.crc32(" ".join(CFLAGS + BINDING_CFLAGS).encode())
        self.objects = Path(self.build_temp) / f"objects-{flags:08x}"

    def build_extensions(self) -> None:
        self.objects.mkdir(parents=True, exist_ok=True)
        sources = {source for ext in self.extensions for source in ext.sources}
        longest_first = sorted(sources, key=lambda source: -weight(Path(source)))
        with ThreadPoolExecutor(self.parallel) as pool:
            made = dict(zip(longest_first, pool.map(self.compile, longest_first), strict=True))
        for ext in self.extensions:
            ext.extra_objects = [made[source] for source in ext.sources]
            ext.depends = ext.extra_objects
            ext.sources = []
        super().build_extensions()

    def compile(self, source: str) -> str:
        """The object of a source; a new one if need be, whole or not at all."""
        path = Path(source)
        made = self.objects / f"{path.parent.name}-{path.stem}.o"  # engine.c is a kernel's name too
        cflags = CFLAGS if path.parent.name == KERNELS.name else CFLAGS + BINDING_CFLAGS
        if not made.exists() or made.stat().st_mtime < newest(path):
            with TemporaryDirectory(dir=self.objects) as scratch:
                (object_,) = self.compiler.compile(
                    [source], scratch, include_dirs=[str(KERNELS)], extra_postargs=cflags
                )
                Path(object_).replace(made)
        return str(made)


def weight(source: Path) -> int:
    """About how long it takes to compile: kernels, being compiled at three levels, take long."""
    return sum(path.stat().st_size * (3 if path.suffix == ".inl" else 1) for path in parts(source))


def newest(source: Path) -> float:
    """When a source, or something that it includes, was changed last."""
    return max(path.stat().st_mtime for path in parts(source))


def parts(source: Path) -> set[Path]:
    """A source and all of our own that it includes, a kernel's text among it."""
    found, left = set(), [source]
    while left:
        path = left.pop()
        found.add(path)
        left += [HEADERS[name] for name in names(path) if HEADERS.get(name, path) not in found]
    return found


@cache
def names(path: Path) -> set[str]:
    """Names of headers in a source, be they included or given to `levels.inl`."""
    found = re.findall(r'^#.*"(\w+\.(?:h|inl))"', path.read_text("utf-8"), re.MULTILINE)
    return HEADERS.keys() & found


extensions = [
    extension(name, [NATIVE / f"{name}.pyx", *(KERNELS / kernel for kernel in kernels)])
    for name, kernels in BINDINGS.items()
]
extensions.append(extension("_cyutility", [NATIVE / "_cyutility.c"]))  # written by cythonize

if __name__ == "__main__":  # cythonize may start Pythons that read this file as well
    setup(
        ext_modules=cythonize(
            extensions,
            build_dir="build/cython",
            nthreads=os.cpu_count() or 1,
            shared_utility_qualified_name=SHARED_UTILITY,
            compiler_directives={
                "language_level": "3",
                "binding": True,
                "boundscheck": False,
                "wraparound": False,
                "cdivision": True,
                "freethreading_compatible": True,
            },
        ),
        cmdclass={"build_ext": BuildOnce},
    )
