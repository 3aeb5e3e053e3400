"""Fax programs with a class 1 modem as far ends of calls: efax, and HylaFAX's faxsend and faxgetty.

    with Efax(calling=True, folder=tmp_path, pages=pages) as peer:
        run(ours, peer, block=BLOCK)
        peer.left(), peer.told                 # how it ended, and what it wrote about that

They run as they are, but for the modem and the clock below them (class1_modem.c): no serial port,
no daemons, no waiting.  Debian: apt install gcc libspandsp-dev libtiff-dev efax, and
.ci/unpack hylafax-server hylafax-client.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from telcard.fax import tiff
from telcard.fax.geometry import Resolution
from telcard.fax.t4 import Coding
from tests.support.fax_peers import Signal, alaw
from tests.support.peers import built_program, program, unpacked

Page = NDArray[np.bool_]

BLOCK = 80
"""Samples that a program gives and takes at a time."""

HEADER_ROWS = 20
"""White rows that efax puts over every page, for the header that it has not been given."""

PATIENCE_S = 60
"""Of real time, for a program that neither goes on nor ends."""

_EFAX_RATES = {"v27ter": 1, "v29": 3, "v17": 5}
_HYLAFAX_RATES = {
    "v27ter": "24,48",
    "v29": "24,48,72,96",
    "v17": "24,48,72,73,74,96,97,98,121,122,145,146",
}
_SPOOL = ("sendq", "recvq", "docq", "doneq", "tmp", "status", "info", "log", "bin", "etc", "client")
_HYLAFAX_CODINGS = {"mh": 0, "mr": 1, "mmr": 3}


def modem() -> Path:
    """The library that is preloaded; PeerMissing names what it needs."""
    return built_program(
        "class1_modem",
        Path(__file__).with_name("class1_modem.c"),
        ["spandsp", "tiff"],
        needs=("spandsp.h", "tiffio.h"),
        packages="libspandsp-dev libtiff-dev",
        preloaded=True,
    )


class FaxProgram:
    """A program that faxes, as one end of a call."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        port: str,
        folder: Path,
        rings: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._line, line = socket.socketpair()
        self._line.settimeout(PATIENCE_S)
        settings = {
            "LD_PRELOAD": str(modem()),
            "TELCARD_PORT": port,
            "TELCARD_LINE": str(line.fileno()),
            "TZ": "UTC",
        }
        self._told = folder / "told"
        with line, self._told.open("wb") as told:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **settings, **({"TELCARD_RINGS": "1"} if rings else {})}
                | dict(environment or {}),
                pass_fds=[line.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
            )
        self.active = True
        """Whether the call goes on."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.close()
        self._process.kill()
        self._process.wait()
        if error is not None:
            error.add_note(self.told)

    def transmit(self, frames: int) -> Signal:
        """The next samples that it sends; `frames` is BLOCK."""
        octets = b""
        while self.active and len(octets) < 2 * frames:
            piece = self._line.recv(2 * frames - len(octets))
            self.active = bool(piece)
            octets += piece
        return np.frombuffer(octets.ljust(2 * frames, b"\0"), np.int16)

    def receive(self, pcm: Signal) -> None:
        """Let it hear as many."""
        try:
            self._line.sendall(np.ascontiguousarray(pcm).tobytes())
        except (BrokenPipeError, ConnectionResetError):
            self.active = False

    def left(self) -> int:
        """Its exit status, once the call is over."""
        return self._process.wait(PATIENCE_S)

    @property
    def told(self) -> str:
        """What it has written about the call."""
        return self._told.read_text(errors="replace")


class Efax(FaxProgram):
    """efax: no error correction, no MR; its pages to be sent are MH files."""

    def __init__(
        self,
        *,
        calling: bool,
        folder: Path,
        ident: str = "222",
        modems: str = "v17",
        scan_code: int = 0,
        bad_rows: int = 10,
        pages: Sequence[Page] = (),
        polls: bool = False,
    ) -> None:
        self._folder = folder
        capabilities = f"1,{_EFAX_RATES[modems]},0,2,0,0,0,{scan_code}"
        words = ["-d", "/dev/telcard", "-o1", "-v", "ewinchrt", "-l", ident, "-c", capabilities]
        words += ["-h", " ", "-q", str(bad_rows), "-r", str(folder / "got")]
        if calling or polls:
            words += ["-t", "555"]
        for number, page in enumerate(pages):
            file = folder / f"sent{number}"
            file.write_bytes(b"P4 %d %d\n" % page.shape[::-1] + np.packbits(page, axis=1).tobytes())
            words.append(str(file))
        super().__init__([program("efax", "efax"), *words], port="/dev/telcard", folder=folder)

    @property
    def pages(self) -> list[Page]:
        """The pages that it has received."""
        files = sorted(self._folder.glob("got.*"))
        return [page.pixels for file in files for page in tiff.read(file)]


class Hylafax(FaxProgram):
    """HylaFAX: error correction, MR and MMR; a spool folder of its own."""

    def __init__(
        self,
        *,
        calling: bool,
        folder: Path,
        ident: str = "222",
        modems: str = "v17",
        coding: Coding = "mmr",
        ecm: bool = True,
        pages: Sequence[Page] = (),
        resolution: Resolution = Resolution.FINE,
        polls: bool = False,
        job: Mapping[str, object] | None = None,
        config: Mapping[str, object] | None = None,
    ) -> None:
        self._folder = folder
        rates = f'"!{_HYLAFAX_RATES[modems]}"'
        settings = {
            "FAXNumber": ident,
            "LocalIdentifier": f'"{ident}"',
            "TagLineFormat": '""',
            "DialStringRules": "etc/dialrules",
            "SessionTracing": "0xFFFF",
            "RingsBeforeAnswer": 1,
            "UUCPLockDir": folder,
            "ModemType": "Class1",
            "ModemRate": 38400,
            "ModemFlowControl": "rtscts",
            "Class1ECMSupport": "yes" if ecm else "no",
            "DesiredDF": _HYLAFAX_CODINGS[coding],
            "Class1TMQueryCmd": rates,
            "Class1RMQueryCmd": rates,
            **(config or {}),
        }
        for name in _SPOOL:
            (folder / name).mkdir()
        text = "".join(f"{name}: {value}\n" for name, value in settings.items())
        for name in ("config", "config.modem"):
            (folder / "etc" / name).write_text(text)
        (folder / "etc/dialrules").write_text("CanonicalNumber := [\n]\nDialString := [\n]\n")
        (folder / "bin/faxrcvd").write_text("#!/bin/sh\n")
        (folder / "bin/faxrcvd").chmod(0o755)
        packages = "hylafax-server", "hylafax-client"
        library = unpacked("usr/lib/hylafax/libhylafax-6.0.so.7", *packages).parent
        command: list[str | Path]
        if calling:
            item = f"poll:0::{ident}" if polls else "fax:0::docq/pages.tif"
            self._queue(item, pages, resolution, ecm, job or {})
            command = [unpacked("usr/lib/hylafax/bin/faxsend", *packages), "-m", "modem"]
            command.append("sendq/q1")
        else:
            command = [unpacked("usr/sbin/faxgetty", *packages), "-q", folder, "modem"]
        super().__init__(
            command,
            port="/dev/modem",
            folder=folder,
            rings=not calling,
            environment={"LD_LIBRARY_PATH": str(library)},
        )

    def _queue(
        self,
        item: str,
        pages: Sequence[Page],
        resolution: Resolution,
        ecm: bool,
        job: Mapping[str, object],
    ) -> None:
        """The job as its scheduler would have prepared it."""
        tiff.write(self._folder / "docq/pages.tif", pages, resolution, coding="mmr")
        shape = f"{0x20 | (resolution is not Resolution.STANDARD):02x}"  # any length, A4
        lines = {
            "tts": 0,
            "state": 6,
            "totpages": len(pages),
            "maxdials": 1,
            "maxtries": 1,
            "pagewidth": 215,
            "resolution": 98 if resolution is Resolution.STANDARD else 196,
            "desiredbr": 13,
            "desiredec": 2 if ecm else 0,
            "external": 555,
            "number": 555,
            "mailaddr": "here",
            "sender": "here",
            "jobid": 1,
            "pagehandling": f"{shape}S" * (len(pages) - 1) + f"{shape}P",
            "modem": "modem",
            "client": "here",
            "owner": "here",
            "groupid": 1,
            "jobtype": "facsimile",
            "notify": "none",
            "pagechop": "none",
            **job,
        }
        text = "".join(f"{name}:{value}\n" for name, value in lines.items())
        (self._folder / "sendq/q1").write_text(f"{text}{item}\n")

    @property
    def told(self) -> str:
        """What it has written about the call: its log, and what went to the system's."""
        logs = sorted((self._folder / "log").glob("c*"))
        return super().told + "".join(log.read_text(errors="replace") for log in logs)

    @property
    def status(self) -> str:
        """Why the job has failed; "" where it has not."""
        found = re.search(r"^status:(.*)$", (self._folder / "sendq/q1").read_text(), re.M)
        return found[1] if found else ""

    @property
    def pages(self) -> list[Page]:
        """The pages that it has received."""
        files = sorted((self._folder / "recvq").glob("*.tif"))
        return [page.pixels for file in files for page in tiff.read(file)]


class Hits:
    """A line of A-law on which there is nothing but noise from and to these times, in seconds.

    `every_s`, `for_s`: for so long every so often between them, rather than all the time.
    """

    def __init__(self, *spans: tuple[float, float], every_s: float = 1.0, for_s: float = 1.0):
        self._spans, self._every_s, self._for_s = spans, every_s, for_s
        self._samples = 0
        self._random = np.random.default_rng(1)

    def __call__(self, pcm: Signal) -> Signal:
        now = self._samples / 8000
        self._samples += len(pcm)
        for begin, end in self._spans:
            if begin <= now < end and (now - begin) % self._every_s < self._for_s:
                return self._random.normal(0, 1500, len(pcm)).astype(np.int16)
        return alaw(pcm)
