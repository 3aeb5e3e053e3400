"""Builds the native half; everything declarative is in pyproject.toml."""

import copy
import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("src/telcard/_native")
KERNELS = NATIVE / "c"
HEADERS = [str(path) for kind in ("*.h", "*.inl") for path in sorted(KERNELS.glob(kind))]
SANITIZE = os.environ.get("TELCARD_SANITIZE", "")  # e.g. "address,undefined"
SHARED_UTILITY = "telcard._native._cyutility"

# -ffp-contract=off: the same bits at every SIMD level (docs/architecture.md).
# -fno-trapping-math: lets loops that clip floats be vectorised below AVX-512; no value changes.
CFLAGS = ["-std=gnu11", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
CFLAGS += ["-fvisibility=hidden", "-g1", "-Wall", "-Wextra", "-pthread"]
LDFLAGS = ["-pthread", "-lm"]
if SANITIZE:
    CFLAGS += ["-O1", "-fno-omit-frame-pointer", f"-fsanitize={SANITIZE}"]
    LDFLAGS += [f"-fsanitize={SANITIZE}"]

# Kernels are sources of each extension that links them: a shared static library is not
# relinked after an edit.
ECHO = ["echo.c", "residual.c", "disabler.c"]  # the canceller and what belongs to it
BINDINGS = {
    "dsp": ["simd.c", "g711.c", "level.c", "pcm.c", "tone.c", "dtmf.c", "copper.c"],
    "modem": ["simd.c", "fsk.c", "fsk_send.c", "tone.c", "link.c"],
    "detect": ["simd.c", "mf.c", "fax_tones.c", "steady.c", "templates.c"],
    "voice": ["simd.c", "vad.c", "denoise.c", "agc.c", "comfort.c", "plc.c", "tempo.c"],
    "codec": ["simd.c", "adpcm.c", "g726.c", "bitpack.c"],
    "echo": ["simd.c", "fax_tones.c", *ECHO],
    "engine": [
        *("simd.c", "g711.c", "level.c", "tone.c", "dtmf.c", "copper.c", "mix.c"),
        *("engine.c", "commands.c", "lane.c", "collector.c", "recorder.c", "e1line.c", "driver.c"),
        *("player.c", "tempo.c", "agc.c", "hearing.c", "mf.c", "fax_tones.c"),
        *("span.c", "impair.c", "elastic.c", "biterrors.c"),
        *("fsk.c", "fsk_send.c", "link.c", "modems.c"),
        *("cancellers.c", *ECHO),
        *("shared.c", "steady.c", "templates.c", "vad.c"),
    ],
}


def extension(module: str, sources: list[Path]) -> Extension:
    return Extension(
        f"telcard._native.{module}",
        [str(source) for source in sources],
        include_dirs=[str(KERNELS)],
        depends=HEADERS,
        extra_compile_args=CFLAGS,
        extra_link_args=LDFLAGS,
    )


class BuildApart(build_ext):
    """Each extension has its own folder of objects.

    They are built side by side, and those that link the same kernel would write one object file
    at the same time: now and then a symbol was missing.
    """

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()  # pip drops setup()'s options

    def build_extension(self, ext: Extension) -> None:
        apart = copy.copy(self)
        apart.build_temp = str(Path(self.build_temp) / ext.name)
        super(BuildApart, apart).build_extension(ext)


extensions = [
    extension(name, [NATIVE / f"{name}.pyx", *(KERNELS / kernel for kernel in kernels)])
    for name, kernels in BINDINGS.items()
]
extensions.append(extension("_cyutility", [NATIVE / "_cyutility.c"]))  # written by cythonize

setup(
    ext_modules=cythonize(
        extensions,
        build_dir="build/cython",
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
    cmdclass={"build_ext": BuildApart},
)
