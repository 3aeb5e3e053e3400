"""`telcard convert`: sound files into other formats, one or whole folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from telcard.audio import Raw, convert
from telcard.cli.analyze import sound_files
from telcard.cli.bar import progress_bar
from telcard.errors import ConfigError, MediaError


def run(
    paths: Sequence[Path],
    out: Path,
    *,
    suffix: str,
    raw: Raw | None,
    to: Raw | None,
    subtype: str | None,
    rate: int,
) -> int:
    """Convert every file; returns the exit status: 1 if one was damaged or could not be read.

    Several files, or a folder, go into the folder `out`, which keeps the folders they lay in.
    """
    complaints = Console(stderr=True, highlight=False, soft_wrap=True)
    jobs = _jobs(paths, out, suffix if suffix.startswith(".") else f".{suffix}", raw)
    status = 0
    with progress_bar(complaints) as bar:
        task = bar.add_task("", total=len(jobs))
        for number, (source, target) in enumerate(jobs):

            def progress(done: float, number: int = number) -> None:
                bar.update(task, completed=number + done)

            bar.update(task, description=source.name, completed=number)
            try:
                told = convert(
                    source, target, raw=raw, to=to, subtype=subtype, samplerate=rate,
                    progress=progress,
                )  # fmt: skip
            except MediaError as error:
                told = str(error)
            if told:
                status = 1
                complaints.print(f"telcard: {told}", markup=False)
    return status


def _jobs(
    paths: Sequence[Path], out: Path, suffix: str, raw: Raw | None
) -> list[tuple[Path, Path]]:
    """What becomes what; ConfigError where two files would become one, or a file itself."""
    if len(paths) == 1 and not paths[0].is_dir() and not out.is_dir():
        jobs = [(paths[0], out)]
    else:
        jobs = []
        for path in paths:
            above = path if path.is_dir() else path.parent
            jobs += [
                (file, out / file.relative_to(above).with_suffix(suffix))
                for file in sound_files([path], raw)
            ]
    taken: set[Path] = set()
    for source, target in jobs:
        if target in taken:
            raise ConfigError(f"{target}: want one file to become this, got several")
        if target.exists() and source.exists() and target.samefile(source):
            raise ConfigError(f"{target}: want another file to write than the one that is read")
        taken.add(target)
    for folder in {target.parent for _, target in jobs}:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"--out {out}: want a folder to write into") from error
    return jobs
